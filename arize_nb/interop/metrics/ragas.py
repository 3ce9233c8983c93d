"""ragas metrics: those of `ragas.metrics` (samples), of `ragas.metrics.collections` and the decorators
(keywords).
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

from arize_nb.errors import InputError
from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import of_value


def recognises(metric: object) -> bool:
    """Say whether it is a metric of ragas'."""
    names = {
        base.__name__ for base in type(metric).__mro__ if base.__module__.startswith("ragas.metrics.base")
    }
    return not isinstance(metric, type) and bool(
        names & {"SingleTurnMetric", "SimpleBaseMetric", "MultiTurnMetric"}
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a metric.

    Raises
    ------
    InputError
        It judges conversations only.
    """
    bases = {base.__name__ for base in type(metric).__mro__}
    if "SingleTurnMetric" in bases:
        return _single_turn(metric)
    if "SimpleBaseMetric" in bases:
        return _keywords(metric)
    raise InputError(
        f"the ragas metric {metric.name!r} judges conversations of several turns",
        hint="Take one for single turns.",
    )


def _single_turn(metric: Any) -> AdaptedMetric:
    """Adapt a metric of samples: what it requires is asked for, since a missing reference scores 0 without a
    word.
    """
    required = tuple(
        sorted(
            name.split(":")[0]
            for name in metric.required_columns["SINGLE_TURN"]
            if not name.endswith(":optional")
        )
    )
    optional = tuple(
        sorted(
            name.split(":")[0]
            for name in metric.required_columns["SINGLE_TURN"]
            if name.endswith(":optional")
        )
    )
    sample_type = sys.modules["ragas.dataset_schema"].SingleTurnSample

    async def judge(fields: dict[str, Any]) -> Any:
        return of_value(float(await metric.single_turn_ascore(sample_type(**fields))))

    return AdaptedMetric(
        name=metric.name, tool="ragas", required=required, optional=optional, call=judge, subject=metric
    )


def _keywords(metric: Any) -> AdaptedMetric:
    """Adapt a metric that takes its fields by name: those of the function behind a decorator, else of
    `ascore`.
    """
    function = getattr(metric, "_func", None) or metric.ascore
    parameters = [
        one for one in inspect.signature(function).parameters.values() if one.kind is not one.VAR_KEYWORD
    ]
    required = tuple(
        one.name for one in parameters if one.default is one.empty and one.name not in ("self", "llm")
    )
    optional = tuple(one.name for one in parameters if one.default is not one.empty)

    async def judge(fields: dict[str, Any]) -> Any:
        result = await metric.ascore(**fields)
        return of_value(result.value, result.reason)

    return AdaptedMetric(
        name=metric.name, tool="ragas", required=required, optional=optional, call=judge, subject=metric
    )
