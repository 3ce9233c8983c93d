"""Heat map of how labels changed from the baseline to a candidate."""

from __future__ import annotations

from typing import Any

from arize_nb.comparison.metrics import SCORE
from arize_nb.errors import ComparisonError
from arize_nb.plots.style import BLUE, GREY, VERMILION, axes, finish, plain


def draw(comparison: Any, *, ax: Any = None, metric: str | None = None, candidate: str | None = None) -> Any:
    """Draw the label x label counts of one metric and candidate; the diagonal is what stayed."""
    from matplotlib.colors import to_rgb

    labelled = [one.name for one in comparison.metrics if one.kind != SCORE]
    metric = metric or (labelled[0] if labelled else None)
    if metric is None:
        raise ComparisonError("no metric with labels to draw transitions of", hint="Use plot('scatter') for scores.")
    candidate = candidate or comparison.candidates[0]
    table = comparison.transitions(metric, candidate)
    counts = table.to_numpy()
    k = len(counts)
    ax = axes(ax, width=2.6 + 0.75 * k, height=1.7 + 0.6 * k)
    most = max(int(counts.max()), 1) if k else 1
    for row in range(k):
        for column in range(k):
            colour = to_rgb(BLUE if row == column else VERMILION)
            share = counts[row, column] / most
            ax.add_patch(_cell(column, row, (*colour, 0.08 + 0.72 * share)))
            ax.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", fontsize=10, color="white" if share > 0.55 else GREY)
    names = [plain(name, 18) for name in table.index]
    ax.set_xticks(range(k), names, rotation=30 if max(map(len, names), default=0) > 8 else 0)
    ax.set_yticks(range(k), names)
    ax.set_xlim(-0.5, k - 0.5)
    ax.set_ylim(k - 0.5, -0.5)
    for spine in ax.spines.values():
        spine.set_visible(False)
    n = int(counts.sum())
    few = "" if n >= 30 else ", directional only"
    moved = n - int(counts.trace())
    return finish(
        ax,
        title=f"{plain(metric)}: {moved:,} of {n:,} labels changed{few}",
        x=f"in {plain(candidate)}",
        y=f"in {plain(comparison.baseline)}",
        alt=f"Heat map of labels of {metric}, baseline against {candidate}: {moved} of {n} changed{few}.",
    )


def _cell(column: int, row: int, colour: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=colour, edgecolor="none")
