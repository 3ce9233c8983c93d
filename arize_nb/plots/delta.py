"""Forest plot: the delta of every metric and candidate with its interval."""

from __future__ import annotations

import math
from typing import Any

from arize_nb.comparison.verdict import FEW_PAIRS
from arize_nb.plots.style import GREY, VERDICT_COLOURS, VERDICT_MARKS, axes, finish, plain


def draw(comparison: Any, *, ax: Any = None, metric: str | None = None, candidate: str | None = None) -> Any:
    """Draw a line per metric and candidate: the mark is the delta, the bar its interval; better is always to the right.

    A metric that is better when lower is mirrored and says so. Metrics in other units than 0..1 are drawn as a share of the
    baseline's mean.
    """
    rows = [
        row
        for row in comparison.rows
        if metric in (None, row["metric"]) and candidate in (None, row["candidate"]) and not math.isnan(row["delta"])
    ]
    ax = axes(ax, height=1.3 + 0.42 * max(len(rows), 1))
    several = len(comparison.candidates) > 1
    ax.axvline(0, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    words = []
    for place, row in enumerate(rows):
        sign, unit = (-1 if row["direction"] == "lower" else 1), scale(row)
        middle, ends = sign * row["delta"] / unit, sorted((sign * row["ci_low"] / unit, sign * row["ci_high"] / unit))
        colour = VERDICT_COLOURS.get(row["verdict"], GREY)
        few = row["n_paired"] < FEW_PAIRS
        if all(map(math.isfinite, ends)):
            ax.plot(ends, [place, place], color=colour, linewidth=2, linestyle=":" if few else "-", solid_capstyle="butt", zorder=2)
        ax.plot(
            [middle],
            [place],
            marker=VERDICT_MARKS.get(row["verdict"], "o"),
            color=colour,
            markersize=7,
            markerfacecolor="none" if few else colour,
            linestyle="",
            zorder=3,
        )
        said = f"{row['verdict']}, directional only" if few else row["verdict"]
        ax.annotate(
            f"{said} (n = {row['n_paired']:,})",
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color=GREY,
            annotation_clip=False,
        )
        words.append(f"{row['metric']} {row['candidate']}: {row['delta']:+.4g} [{row['ci_low']:.4g}, {row['ci_high']:.4g}], {said}.")
    ax.set_yticks(range(len(rows)), [label(row, several=several) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    level = f"{100 * comparison.settings.confidence:g}%"
    title = f"Difference from {plain(comparison.baseline)}, {level} intervals"
    return finish(
        ax, title=title, x="worse  ←  difference  →  better", alt="Forest plot of differences from the baseline. " + " ".join(words)
    )


def scale(row: Any) -> float:
    """Return what a delta is divided by: 1 for values within 0..1, else the size of the baseline's mean."""
    if max(abs(row["baseline_mean"]), abs(row["candidate_mean"])) <= 1:
        return 1.0
    return abs(row["baseline_mean"]) or 1.0


def label(row: Any, *, several: bool) -> str:
    """Return the name of a line."""
    name = plain(row["metric"])
    if several:
        name += f"  {plain(row['candidate'], 24)}"
    extra = [word for word, there in (("lower is better", row["direction"] == "lower"), ("share of baseline", scale(row) != 1)) if there]
    return f"{name}\n({', '.join(extra)})" if extra else name
