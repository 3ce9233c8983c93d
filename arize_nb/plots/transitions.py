"""Heat map of how labels changed from the baseline to a candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.verdict import FEW_PAIRS
from arize_nb.comparison.metrics.metric import SCORE
from arize_nb.errors import ComparisonError
from arize_nb.plots.names import plain, short_names
from arize_nb.plots.style import BLUE, GREY, VERMILION, axes, finish, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LABELS = 12
"""Labels drawn: of more, the rarer ones stand together."""
_NAMED_MOVES = 5


def draw(
    comparison: Any, *, ax: Axes | None = None, metric: str | None = None, candidate: str | None = None
) -> Any:
    """Draw the label x label counts of one metric and candidate; the diagonal is what stayed.

    With repetitions an example counts by its commonest label, so that fewer change than by its mean, which
    the verdict goes by: the title says so.
    """
    labelled = [one.name for one in comparison.metrics if one.kind != SCORE]
    metric = metric or (labelled[0] if labelled else None)
    if metric is None:
        raise ComparisonError(
            "no metric with labels to draw transitions of", hint="Use plot('scatter') for scores."
        )
    candidate = candidate or comparison.candidates[0]
    table = comparison.transitions(metric, candidate)
    whole = table.to_numpy()
    n, moved = int(whole.sum()), int(whole.sum() - whole.trace())
    counts, labels, joined = _folded(whole, list(table.index))
    names, k = short_names(labels, 18), len(labels)
    ax = axes(ax, width=2.6 + 0.75 * k, height=1.9 + 0.5 * k)
    if n:
        _cells(ax, counts, joined)
        slanted = max(map(len, names)) > 9
        ax.set_xticks(
            range(k),
            names,
            rotation=35 if slanted else 0,
            ha="right" if slanted else "center",
            rotation_mode="anchor",
        )
        ax.set_yticks(range(k), names)
        ax.set_xlim(-0.5, k - 0.5)
        ax.set_ylim(k - 0.5, -0.5)
        ax.tick_params(length=0)
    else:
        nothing(ax, "no pair with labels to draw")
    for spine in ax.spines.values():
        spine.set_visible(False)
    sides = comparison.study.alignment.sides
    repeated = any(
        sides[comparison.study.side_number(name)].repeated for name in (comparison.baseline, candidate)
    )
    what = "examples changed their commonest label" if repeated else "labels changed"
    few = "" if n >= FEW_PAIRS else ", directional only"
    more = f"; {len(whole) - k + 1} rarer labels drawn together" if joined else ""
    return finish(
        ax,
        title=f"{plain(metric)}: {moved:,} of {n:,} {what}{few}{more}",
        x=f"in {plain(candidate)}",
        y=f"in {plain(comparison.baseline)}",
        alt=(
            f"Heat map of labels of {metric}, baseline against {candidate}: {moved} of {n}"
            f" {what}{few}{more}.{_moves(table)}"
        ),
    )


def _folded(counts: Any, labels: list[str]) -> tuple[Any, list[str], bool]:
    """Join the rarer labels into one row and column, where there are more than can be read; say whether that
    was done.
    """
    if len(labels) <= MOST_LABELS:
        return counts, labels, False
    often = np.sort(np.argsort(-(counts.sum(axis=0) + counts.sum(axis=1)), kind="stable")[: MOST_LABELS - 1])
    place = np.full(len(labels), MOST_LABELS - 1)
    place[often] = np.arange(MOST_LABELS - 1)
    folded = np.zeros((MOST_LABELS, MOST_LABELS), dtype=counts.dtype)
    np.add.at(folded, (place[:, None], place[None, :]), counts)
    return folded, [*(labels[number] for number in often), "(rarer labels)"], True


def _cells(ax: Axes, counts: Any, joined: bool) -> None:
    """Draw a box per pair of labels; its text is dark or white by what stands out on it, whatever lies behind
    the picture.
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    last = len(counts) - 1
    most = max(int(counts.ravel()[:-1].max() if joined else counts.max()), 1)
    for row, column in np.ndindex(counts.shape):
        count = int(counts[row, column])
        # Among joined labels it cannot be seen what stayed.
        hue = np.array(
            to_rgb(GREY if joined and row == column == last else BLUE if row == column else VERMILION)
        )
        colour = 1 - (0.18 + 0.82 * min(count / most, 1)) * (1 - hue)
        if count:
            ax.add_patch(
                Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=colour, edgecolor="none")
            )
        dark = float(colour @ (0.299, 0.587, 0.114)) > 0.55
        ax.text(
            column,
            row,
            f"{count:,}",
            ha="center",
            va="center",
            fontsize=10,
            color=GREY if not count else "#111111" if dark else "white",
        )


def _moves(table: Any) -> str:
    """Say which labels changed most often into which, for who cannot see the picture."""
    counts = table.to_numpy() * (1 - np.eye(len(table), dtype=int))
    order = np.argsort(-counts, axis=None, kind="stable")[:_NAMED_MOVES]
    cells = [np.unravel_index(place, counts.shape) for place in order]
    said = [
        f"{table.index[row]} to {table.index[column]} {counts[row, column]}"
        for row, column in cells
        if counts[row, column]
    ]
    return f" {'; '.join(said)}." if said else ""
