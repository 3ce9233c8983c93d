"""Forest plot of one metric's delta within every slice."""

from __future__ import annotations

import math
from typing import Any

from arize_nb.comparison.metrics import LABEL
from arize_nb.comparison.verdict import FEW_PAIRS
from arize_nb.errors import ComparisonError
from arize_nb.plots.style import GREY, VERDICT_COLOURS, VERDICT_MARKS, axes, finish, plain

MOST_LINES = 30
"""Slices drawn: the worst ones; the title says when there are more."""


def draw(comparison: Any, *, ax: Any = None, metric: str | None = None, candidate: str | None = None, by: Any = None) -> Any:
    """Draw a line per slice, worst first: delta and interval; a small or hollow mark stands for few pairs."""
    chosen = comparison.study.metric(metric) if metric else next((one for one in comparison.metrics if one.kind != LABEL), None)
    if chosen is None or chosen.kind == LABEL:
        raise ComparisonError("no metric with a difference to draw by slice", hint="Use plot('transitions') for labels.")
    candidate = candidate or comparison.candidates[0]
    frame = comparison.slices(by, metric=chosen.name, candidate=candidate)
    rows = [row for row in frame.to_dict("records") if not math.isnan(row["delta"])]
    sign = chosen.sign or 1
    rows.sort(key=lambda row: sign * row["delta"])
    hidden = len(rows) - MOST_LINES
    rows = rows[:MOST_LINES]
    ax = axes(ax, height=1.4 + 0.3 * max(len(rows), 1))
    ax.axvline(0, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for place, row in enumerate(rows):
        few = row["n_paired"] < FEW_PAIRS
        colour = VERDICT_COLOURS.get(row["verdict"], GREY)
        ends = sorted((sign * row["ci_low"], sign * row["ci_high"]))
        if all(map(math.isfinite, ends)):
            ax.plot(ends, [place, place], color=colour, linewidth=1.8, linestyle=":" if few else "-", solid_capstyle="butt", zorder=2)
        ax.plot(
            sign * row["delta"],
            place,
            marker=VERDICT_MARKS.get(row["verdict"], "o"),
            color=colour,
            markerfacecolor="none" if few else colour,
            markersize=6,
            linestyle="",
            zorder=3,
        )
        said = f"n = {row['n_paired']:,}, directional only" if few else f"n = {row['n_paired']:,}"
        ax.annotate(said, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=GREY, annotation_clip=False)
    several = len({row["column"] for row in rows}) > 1
    ax.set_yticks(range(len(rows)), [plain(f"{row['column']}: {row['slice']}" if several else row["slice"], 28) for row in rows])
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    columns = ", ".join(dict.fromkeys(str(row["column"]) for row in rows))
    more = f" ({hidden} more not drawn)" if hidden > 0 else ""
    words = " ".join(f"{row['slice']}: {row['delta']:+.3g} (n = {row['n_paired']})." for row in rows[:12])
    return finish(
        ax,
        title=f"{plain(chosen.name)} by {plain(columns)}: {plain(candidate)} against {plain(comparison.baseline)}, exploratory{more}",
        x="worse  ←  difference  →  better" if chosen.sign else "difference",
        alt=f"Differences of {chosen.name} by {columns}, worst first, exploratory. {words}",
    )
