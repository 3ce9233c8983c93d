"""Latency and cost against quality: what a better score costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import is_binary
from arize_nb.comparison.analysis.verdict import FEW_PAIRS
from arize_nb.comparison.metrics.directions import LOWER
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL, SCORE
from arize_nb.comparison.stats.binary import wilson
from arize_nb.comparison.stats.paired import t_interval
from arize_nb.errors import ComparisonError
from arize_nb.plots.names import plain, short_names
from arize_nb.plots.style import MARKS, SERIES, axes, finish, legend, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COSTS = (
    "latency_ms",
    "total_cost",
    "cost",
    "cost_usd",
    "total_tokens",
    "tokens",
    "latency",
    "metadata.latency_ms",
    "metadata.cost",
)


def draw(
    comparison: Any,
    *,
    ax: Axes | None = None,
    metric: str | None = None,
    candidate: str | None = None,
    cost: str | None = None,
) -> Any:
    """Draw a mark per experiment: mean cost (x) against mean quality (y) with the interval of either; up and
    to the left is better.

    `cost` names a numeric column; the first of latency, cost and tokens that every experiment has when None.
    """
    study = comparison.study
    quality = (
        study.metric(metric)
        if metric
        else next((one for one in comparison.metrics if one.kind != LABEL and one.direction != LOWER), None)
    )
    if quality is None or quality.kind == LABEL:
        raise ComparisonError(
            "no metric of quality to set against cost", hint="Name one: plot('latency', metric=…)."
        )
    column = cost or _cost_column(study)
    names = [comparison.baseline, *(name for name in comparison.candidates if candidate in (None, name))]
    shown = short_names(names)
    ax = axes(ax, width=5.6 + 0.07 * max(map(len, shown)))
    words, few = [], False
    for place, name in enumerate(names):
        number = study.side_number(name)
        x, y = _by_example(study, column, number), study.outcome(quality, number).value
        x, y = x[~np.isnan(x)], y[~np.isnan(y)]
        if not len(x) or not len(y):
            continue
        few = few or len(y) < FEW_PAIRS
        colour = SERIES[place % len(SERIES)]
        middle = (float(x.mean()), float(y.mean()))
        ax.errorbar(
            *middle,
            xerr=_ends(x, comparison),
            yerr=_ends(y, comparison),
            fmt=MARKS[place % len(MARKS)],
            color=colour,
            markersize=8,
            capsize=3,
            linewidth=1.4,
            label=shown[place],
        )
        words.append(f"{name}: {column} {middle[0]:.4g}, {quality.name} {middle[1]:.4g}.")
    ax.margins(0.12)
    if quality.kind == PASS_FAIL:
        ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= 1])
    if words:
        legend(ax)
    else:
        nothing(ax, "no experiment has both values")
    level = f"{100 * comparison.settings.confidence:g}%"
    better = {1: "higher is better", -1: "lower is better"}.get(quality.sign, "")
    return finish(
        ax,
        title=(
            f"{plain(quality.name)} against {plain(column)}, means with {level}"
            f" intervals{', directional only' if few else ''}"
        ),
        x=f"{plain(column)} (lower is better)",
        y=f"{plain(quality.name)}{f' ({better})' if better else ''}",
        alt=f"{quality.name} against {column}. {' '.join(words)}{' Directional only.' if few else ''}",
    )


def _cost_column(study: Any) -> str:
    sides = [side.source for side in study.alignment.sides]
    for column in (
        *_COSTS,
        *(one.score_column for one in study.metrics if one.kind == SCORE and one.direction == LOWER),
    ):
        if all(column in source and source.numbers(column) is not None for source in sides):
            return str(column)
    raise ComparisonError(
        "no column of latency, cost or tokens in all experiments", hint="Name one: plot('latency', cost=…)."
    )


def _by_example(study: Any, column: str, number: int) -> Any:
    """Return the mean of a numeric column within every example; runs that errored are left out."""
    side = study.alignment.sides[number]
    values = side.source.numbers(column) if column in side.source else None
    if values is None:
        raise ComparisonError(
            f"experiment {side.source.name!r} has no numbers in {column!r}",
            hint="Name a numeric column: plot('latency', cost=…).",
        )
    counted = (side.codes >= 0) & ~np.isnan(values) & ~study.errored(number)
    runs = np.bincount(side.codes[counted], minlength=side.examples)
    sums = np.bincount(side.codes[counted], weights=values[counted], minlength=side.examples)
    return np.divide(sums, runs, out=np.full(side.examples, math.nan), where=runs > 0)


def _ends(values: Any, comparison: Any) -> Any:
    """Return how far the interval of a mean reaches down and up: Wilson's of a pass rate, else Student's."""
    level, mean = comparison.settings.confidence, float(values.mean())
    if len(values) < 2:
        return [[0.0], [0.0]]
    interval = (
        wilson(int(values.sum()), len(values), level) if is_binary(values) else t_interval(values, level)
    )
    return [[mean - interval.low], [interval.high - mean]]
