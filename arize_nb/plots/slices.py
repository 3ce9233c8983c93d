"""Forest plot of one metric's delta within every slice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.verdict import CLAIMS
from arize_nb.comparison.metrics.metric import LABEL
from arize_nb.errors import ComparisonError
from arize_nb.plots.forest import draw_line, frame, height_of, width_of
from arize_nb.plots.names import plain, short_names
from arize_nb.plots.style import axes, finish, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LINES = 30
"""Slices drawn: the worst ones; the title says when there are more."""


def _said(row: Mapping[str, Any]) -> str:
    """Return what stands beside a line: the verdict where it says something, and the pairs."""
    verdict = f"{row['verdict']}, " if row["verdict"] in CLAIMS else ""
    return f"{verdict}n = {row['n_paired']:,}{', directional only' if row['note'] else ''}"


def draw(
    comparison: Any,
    *,
    ax: Axes | None = None,
    metric: str | None = None,
    candidate: str | None = None,
    by: object = None,
) -> Any:
    """Draw a line per slice, worst first: delta and interval; a small or hollow mark stands for few pairs."""
    chosen = (
        comparison.study.metric(metric)
        if metric
        else next((one for one in comparison.metrics if one.kind != LABEL), None)
    )
    if chosen is None or chosen.kind == LABEL:
        raise ComparisonError(
            "no metric with a difference to draw by slice", hint="Use plot('transitions') for labels."
        )
    candidate = candidate or comparison.candidates[0]
    table = comparison.slices(by, metric=chosen.name, candidate=candidate)
    rows = [row for row in table.to_dict("records") if not math.isnan(row["delta"])]
    sign = chosen.sign or 1
    rows.sort(key=lambda row: sign * row["delta"])
    hidden = len(rows) - MOST_LINES
    rows = rows[:MOST_LINES]
    several = len({row["column"] for row in rows}) > 1
    labels = short_names(
        [f"{row['column']}: {row['slice']}" if several else row["slice"] for row in rows], 36
    )
    said = [_said(row) for row in rows]
    ax = axes(ax, width=width_of(labels, said), height=height_of(labels))
    frame(ax, labels)
    if not rows:
        nothing(ax, "no slice with a difference to draw")
    for place, row in enumerate(rows):
        draw_line(ax, place, row, said[place])
    columns = ", ".join(dict.fromkeys(str(row["column"]) for row in table.to_dict("records")))
    more = f" ({hidden} more not drawn)" if hidden > 0 else ""
    words = " ".join(
        f"{row['slice']}: {row['delta']:+.3g} ({count})."
        for row, count in list(zip(rows, said, strict=True))[:12]
    )
    return finish(
        ax,
        title=(
            f"{plain(chosen.name)} by {plain(columns)}: {plain(candidate)} against"
            f" {plain(comparison.baseline)}, exploratory{more}"
        ),
        x="worse  ←  difference  →  better" if chosen.sign else "difference",
        alt=f"Differences of {chosen.name} by {columns}, worst first, exploratory. {words}",
    )
