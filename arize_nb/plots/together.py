"""All pictures that fit a comparison, in one figure."""

from __future__ import annotations

from typing import Any

from arize_nb.comparison.metrics import LABEL, SCORE


def draw(comparison: Any) -> Any:
    """Draw the differences, then what the first metric is made of, then cost against quality where there is one; return the Figure."""
    from arize_nb.plots import plot
    from arize_nb.plots.style import new_figure

    first = comparison.metrics[0]
    kinds = ["delta"]
    if any(metric.kind != SCORE for metric in comparison.metrics):
        kinds.append("transitions")
    if any(metric.kind != LABEL for metric in comparison.metrics):
        kinds.append("scores")
    if any(metric.kind == SCORE for metric in comparison.metrics):
        kinds.append("scatter")
    if comparison.settings.by:
        kinds.append("slices")
    columns = 2 if len(kinds) > 1 else 1
    rows = -(-len(kinds) // columns)
    figure = new_figure(6.6 * columns, 4.2 * rows)
    for place, kind in enumerate(kinds, 1):
        ax = figure.add_subplot(rows, columns, place)
        plot(comparison, kind, ax=ax, metric=first.name if kind == "transitions" and first.kind != SCORE else None)
    return figure
