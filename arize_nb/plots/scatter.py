"""Paired scatter: every example by its baseline and its candidate value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import same
from arize_nb.comparison.analysis.verdict import note
from arize_nb.comparison.metrics.metric import LABEL, SCORE
from arize_nb.comparison.words.example_names import counted
from arize_nb.errors import ComparisonError
from arize_nb.plots.names import plain
from arize_nb.plots.style import BLUE, GREY, PURPLE, VERMILION, axes, finish, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DOTS = 5_000
"""Above so many pairs a sample is drawn, and the title says so."""
_FEW_VALUES = 25


def draw(
    comparison: Any, *, ax: Axes | None = None, metric: str | None = None, candidate: str | None = None
) -> Any:
    """Draw baseline against candidate; on the diagonal nothing changed. Equal pairs are one dot whose area is
    their number.
    """
    study = comparison.study
    if metric is None:
        numeric = [one for one in comparison.metrics if one.kind == SCORE] or [
            one for one in comparison.metrics if one.kind != LABEL
        ]
        if not numeric:
            raise ComparisonError("no metric with values to draw", hint="Use plot('transitions') for labels.")
        chosen = numeric[0]
    else:
        chosen = study.metric(metric)
        if chosen.kind == LABEL:
            raise ComparisonError(
                f"metric {metric!r} has labels without an order, no scores", hint="Use plot('transitions')."
            )
    candidate = candidate or comparison.candidates[0]
    pairs = study.pairs(chosen, study.side_number(candidate))
    n = len(pairs.examples)
    ax = axes(ax, width=4.6, height=4.4)
    worse = np.where(
        same(chosen, pairs.before, pairs.after), 0, np.sign(pairs.after - pairs.before) * chosen.sign
    )
    shown, sampled = _dots(pairs.before, pairs.after, worse, comparison.settings.seed)
    kinds = (
        ((0, GREY, "o", "stayed"), (1, BLUE, "^", "better"), (-1, VERMILION, "v", "worse"))
        if chosen.sign
        else ((0, PURPLE, "o", "pairs"),)
    )
    counts = []
    for kind, colour, mark, word in kinds:
        x, y, size = (part[shown[3] == kind] for part in shown[:3])
        count = int((worse == kind).sum()) if chosen.sign else n
        ax.scatter(x, y, s=size, color=colour, marker=mark, alpha=0.8, linewidths=0)
        counts.append(f"{count:,} {word}")
    if n:
        low, high = min(pairs.before.min(), pairs.after.min()), max(pairs.before.max(), pairs.after.max())
        room = 0.07 * ((high - low) or abs(high) or 1.0)
        ax.plot(
            [low - room, high + room],
            [low - room, high + room],
            color=GREY,
            linewidth=1,
            linestyle=(0, (4, 3)),
            zorder=0,
        )
        ax.set_xlim(low - room, high + room)
        ax.set_ylim(low - room, high + room)
    else:
        nothing(ax, "no pair to draw")
    ax.set_aspect("equal", adjustable="box")
    extra = [
        word
        for word in (
            f"{MOST_DOTS:,} of {n:,} pairs drawn" if sampled else "",
            "directional only" if note(n) else "",
        )
        if word
    ]
    return finish(
        ax,
        title=f"{plain(chosen.name)}: {', '.join([*counts, *extra])}",
        x=plain(comparison.baseline),
        y=plain(candidate),
        alt=(
            f"Scatter of {chosen.name}, {comparison.baseline} against {candidate}: {counted(n, 'pair')},"
            f" {', '.join([*counts, *extra])}."
        ),
    )


def _dots(before: Any, after: Any, worse: Any, seed: int) -> tuple[Any, bool]:
    """Return x, y, area and kind of the dots, and whether they are a sample."""
    points, first, counts = np.unique(
        np.column_stack([before, after]), axis=0, return_index=True, return_counts=True
    )
    if len(points) <= _FEW_VALUES**2 and len(points) < len(before):
        return (points[:, 0], points[:, 1], 14 + 500 * counts / counts.max(), worse[first]), False
    chosen = np.arange(len(before))
    if len(chosen) > MOST_DOTS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(before), MOST_DOTS, replace=False))
    return (before[chosen], after[chosen], np.full(len(chosen), 16.0), worse[chosen]), len(chosen) < len(
        before
    )
