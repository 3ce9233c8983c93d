"""Distributions of a metric's values, an experiment beside another."""

from __future__ import annotations

from typing import Any

import numpy as np

from arize_nb.comparison.metrics import LABEL, SCORE
from arize_nb.comparison.verdict import FEW_PAIRS
from arize_nb.errors import ComparisonError
from arize_nb.plots.style import GREY, HATCHES, SERIES, axes, finish, plain

_FEW_VALUES = 12
_BINS = 20


def draw(comparison: Any, *, ax: Any = None, metric: str | None = None, candidate: str | None = None) -> Any:
    """Draw the share of examples at every value: bars for few distinct values, steps over bins for many; the dashed line is the mean."""
    chosen = _metric(comparison, metric)
    study = comparison.study
    names = [comparison.baseline, *(name for name in comparison.candidates if candidate in (None, name))]
    values = {}
    for name in names:
        found = study.outcome(chosen, study.side_number(name)).value
        values[name] = found[~np.isnan(found)]
    everything = np.concatenate(list(values.values()))
    ax = axes(ax)
    distinct = np.unique(everything)
    if not len(everything):
        ax.text(0.5, 0.5, "no scored example", transform=ax.transAxes, ha="center", color=GREY)
    elif len(distinct) <= _FEW_VALUES:
        _bars(ax, values, distinct)
    else:
        _steps(ax, values, np.linspace(distinct[0], distinct[-1], _BINS + 1))
    _leave_room(ax, values)
    few = min(map(len, values.values())) < FEW_PAIRS
    if len(everything):
        ax.legend(frameon=False, labelcolor=GREY, fontsize=8, loc="upper left")
    means = ", ".join(f"{name} mean {found.mean():.4g} (n = {len(found):,})" for name, found in values.items() if len(found))
    return finish(
        ax,
        title=f"{plain(chosen.name)}{', directional only' if few else ''}",
        x=f"{plain(chosen.name)} ({chosen.direction}{' is better' if chosen.sign else ''})",
        y="share of examples",
        alt=f"Distribution of {chosen.name}: {means}{'; directional only' if few else ''}.",
    )


def _metric(comparison: Any, name: str | None) -> Any:
    if name is not None:
        chosen = comparison.study.metric(name)
        if chosen.kind == LABEL:
            raise ComparisonError(f"metric {name!r} has labels without an order, no scores", hint="Use plot('transitions').")
        return chosen
    graded = [metric for metric in comparison.metrics if metric.kind == SCORE]
    numeric = graded or [metric for metric in comparison.metrics if metric.kind != LABEL]
    if not numeric:
        raise ComparisonError("no metric with values to draw", hint="Use plot('transitions') for labels.")
    return numeric[0]


def _label(name: str, values: Any) -> str:
    return f"{plain(name, 28)} (n = {len(values):,})"


def _bars(ax: Any, values: dict[str, Any], distinct: Any) -> None:
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
            label=_label(name, found),
            hatch=HATCHES[place % len(HATCHES)],
            edgecolor="none",
        )
    if len(distinct) <= 6:
        ax.set_xticks(distinct, [f"{value:g}" for value in distinct])


def _steps(ax: Any, values: dict[str, Any], edges: Any) -> None:
    """Draw a step line per experiment over common bins."""
    styles = ("-", "--", "-.", ":")
    for place, (name, found) in enumerate(values.items()):
        shares = np.histogram(found, edges)[0] / max(len(found), 1)
        colour = SERIES[place % len(SERIES)]
        ax.stairs(shares, edges, color=colour, linewidth=1.8, linestyle=styles[place % len(styles)], label=_label(name, found))
        ax.stairs(shares, edges, color=colour, alpha=0.12, fill=True)


def _leave_room(ax: Any, values: dict[str, Any]) -> None:
    """Draw the means as dashed lines up to the highest bar, and leave room for the legend above it."""
    top = ax.get_ylim()[1]
    for place, found in enumerate(values.values()):
        if len(found):
            ax.plot([found.mean()] * 2, [0, top], color=SERIES[place % len(SERIES)], linewidth=1.2, linestyle="--")
    ax.set_ylim(0, top * (1.05 + 0.11 * len(values)))
    ax.set_yticks([tick for tick in ax.get_yticks() if tick <= 1])
