"""Distributions of a metric's values, an experiment beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.verdict import FEW_PAIRS
from arize_nb.comparison.metrics.metric import LABEL, SCORE
from arize_nb.errors import ComparisonError
from arize_nb.plots.names import plain, short_names
from arize_nb.plots.style import BLUE, GREY, HATCHES, SERIES, axes, finish, legend, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BESIDE = 4
"""Experiments drawn over one another; more get a line each."""
_FEW_VALUES = 12
_BINS = 20


def _way(metric: Any) -> str:
    """Say which way of a metric is better, and where that was read from when it was guessed."""
    better = f"{metric.direction} is better" if metric.sign else str(metric.direction)
    return f"{better} {plain(metric.direction_rule, 60)}" if metric.guessed else better


def draw(
    comparison: Any, *, ax: Axes | None = None, metric: str | None = None, candidate: str | None = None
) -> Any:
    """Draw the share of examples at every value, and the mean.

    Up to four experiments beside each other: bars for few distinct values, steps over bins for many, a dashed
    line at the mean. More experiments have a line each: dots whose area is the share, or quartiles, and a
    diamond at the mean.
    """
    chosen = _metric(comparison, metric)
    study = comparison.study
    names = [comparison.baseline, *(name for name in comparison.candidates if candidate in (None, name))]
    values = {}
    for name in names:
        found = study.outcome(chosen, study.side_number(name)).value
        values[name] = found[~np.isnan(found)]
    everything = np.concatenate(list(values.values()))
    shown = {
        f"{short} (n = {len(values[name]):,})": values[name]
        for name, short in zip(names, short_names(names), strict=True)
    }
    beside = len(names) <= MOST_BESIDE
    ax = axes(ax, width=5.4 + 0.07 * max(map(len, shown)), height=3.6 if beside else 1.3 + 0.3 * len(names))
    distinct = np.unique(everything)
    if not len(everything):
        nothing(ax, "no scored example")
    elif not beside:
        _lines(ax, shown, distinct)
    elif len(distinct) <= _FEW_VALUES:
        _bars(ax, shown, distinct)
    else:
        _steps(ax, shown, np.linspace(distinct[0], distinct[-1], _BINS + 1))
    if beside and len(everything):
        _means(ax, shown)
        legend(ax)
    few = min(map(len, values.values())) < FEW_PAIRS
    means = ", ".join(
        f"{name} mean {found.mean():.4g} (n = {len(found):,})" for name, found in values.items() if len(found)
    )
    marks = "area: share of examples" if len(distinct) <= _FEW_VALUES else "bar: quartiles, line: 5% to 95%"
    how = "" if beside else f"; {marks}; ◇: mean"
    return finish(
        ax,
        title=f"{plain(chosen.name)}{', directional only' if few else ''}",
        x=f"{plain(chosen.name)} ({_way(chosen)}){how}",
        y="share of examples" if beside else "",
        alt=f"Distribution of {chosen.name}: {means}{'; directional only' if few else ''}.",
    )


def _metric(comparison: Any, name: str | None) -> Any:
    if name is not None:
        chosen = comparison.study.metric(name)
        if chosen.kind == LABEL:
            raise ComparisonError(
                f"metric {name!r} has labels without an order, no scores", hint="Use plot('transitions')."
            )
        return chosen
    graded = [metric for metric in comparison.metrics if metric.kind == SCORE]
    numeric = graded or [metric for metric in comparison.metrics if metric.kind != LABEL]
    if not numeric:
        raise ComparisonError("no metric with values to draw", hint="Use plot('transitions') for labels.")
    return numeric[0]


def _bars(ax: Axes, values: dict[str, Any], distinct: Any) -> None:
    """Draw bars beside each other at every value."""
    slot = np.diff(distinct).min() if len(distinct) > 1 else 1.0
    width = 0.8 * slot / len(values)
    for place, (name, found) in enumerate(values.items()):
        shares = [float((found == value).mean()) if len(found) else 0.0 for value in distinct]
        left = distinct - 0.4 * slot + width * place
        colour = SERIES[place % len(SERIES)]
        ax.bar(
            left,
            shares,
            width * 0.92,
            align="edge",
            color=colour,
            label=name,
            hatch=HATCHES[place % len(HATCHES)],
            edgecolor="none",
        )
    if len(distinct) <= 6:
        ax.set_xticks(distinct, [f"{value:g}" for value in distinct])


def _steps(ax: Axes, values: dict[str, Any], edges: Any) -> None:
    """Draw a step line per experiment over common bins."""
    styles = ("-", "--", "-.", ":")
    for place, (name, found) in enumerate(values.items()):
        shares = np.histogram(found, edges)[0] / max(len(found), 1)
        colour = SERIES[place % len(SERIES)]
        ax.stairs(
            shares, edges, color=colour, linewidth=1.8, linestyle=styles[place % len(styles)], label=name
        )
        ax.stairs(shares, edges, color=colour, alpha=0.12, fill=True)


def _means(ax: Axes, values: dict[str, Any]) -> None:
    """Draw the means as dashed lines up to the highest bar."""
    top = ax.get_ylim()[1]
    for place, found in enumerate(values.values()):
        if len(found):
            ax.plot(
                [found.mean()] * 2, [0, top], color=SERIES[place % len(SERIES)], linewidth=1.2, linestyle="--"
            )
    ax.set_ylim(0, top)


def _lines(ax: Axes, values: dict[str, Any], distinct: Any) -> None:
    """Draw a line per experiment, the baseline on top."""
    for place, found in enumerate(values.values()):
        if not len(found):
            continue
        if len(distinct) <= _FEW_VALUES:
            shares = np.array([(found == value).mean() for value in distinct])
            ax.scatter(
                distinct, np.full(len(distinct), place), s=520 * shares, color=BLUE, alpha=0.8, linewidths=0
            )
        else:
            low, first, third, high = np.percentile(found, [5, 25, 75, 95])
            ax.plot([low, high], [place, place], color=BLUE, linewidth=1.2)
            ax.plot([first, third], [place, place], color=BLUE, linewidth=6, solid_capstyle="butt")
        ax.plot(
            [found.mean()],
            [place],
            marker="D",
            markersize=6,
            color=GREY,
            markerfacecolor="white",
            linestyle="",
            zorder=3,
        )
    ax.set_yticks(range(len(values)), list(values))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.margins(x=0.06)
