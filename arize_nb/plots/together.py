"""All pictures that fit a comparison, in one figure."""

from __future__ import annotations

from typing import Any

from arize_nb.comparison.metrics.metric import LABEL, SCORE


def draw(comparison: Any) -> Any:
    """Draw the differences, then what the first metric is made of, then cost against quality where there is
    one; return the Figure.
    """
    from arize_nb.plots import plot
    from arize_nb.plots.forest import height_of
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
    # The forest plot has the whole width and the height that its lines need; the others stand below in pairs.
    top = height_of(
        [""] * len(comparison.rows)
        + ([""] * len(comparison.metrics) if len(comparison.candidates) > 1 else [])
    )
    below = -(-(len(kinds) - 1) // 2)
    figure = new_figure(11.0, top + 4.2 * below)
    grid = figure.add_gridspec(1 + below, 2, height_ratios=[top, *[4.2] * below])
    places = [grid[0, :], *(grid[1 + place // 2, place % 2] for place in range(len(kinds) - 1))]
    for kind, place in zip(kinds, places, strict=True):
        # A part of the figure of its own: long names of one picture then take nothing from the pictures above
        # and below it.
        part = figure.add_subfigure(place, facecolor="none")
        plot(
            comparison,
            kind,
            ax=part.add_subplot(),
            metric=first.name if kind == "transitions" and first.kind != SCORE else None,
        )
    return figure
