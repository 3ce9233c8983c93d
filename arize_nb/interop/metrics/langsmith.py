"""LangSmith and LangChain evaluators: `evaluate_run(run, example)` of objects that look like runs and
examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, one


def recognises(metric: object) -> bool:
    """Say whether it is a run evaluator."""
    return not isinstance(metric, type) and any(
        base.__module__.startswith("langsmith.evaluation") and base.__name__ == "RunEvaluator"
        for base in type(metric).__mro__
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a run evaluator; what was put in and what came out are mappings there."""

    def judge(fields: dict[str, Any]) -> Any:
        run = SimpleNamespace(
            inputs=_mapping(fields.get("input"), "input"),
            outputs=_mapping(fields["output"], "output"),
            id=None,
            error=None,
        )
        example = SimpleNamespace(
            inputs=run.inputs, outputs=_mapping(fields.get("expected"), "expected"), metadata={}, id=None
        )
        return _results(metric.evaluate_run(run, example))

    function = getattr(metric, "func", None)
    name = (
        getattr(metric, "evaluation_name", None)
        or getattr(function, "__name__", None)
        or type(metric).__name__
    )
    return AdaptedMetric(
        name=str(name),
        tool="langsmith",
        required=("output",),
        optional=("expected", "input"),
        call=judge,
        subject=metric,
    )


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {} if value is None else {name: value}


def _results(result: object) -> Any:
    """Return one evaluation, or several by their keys."""
    several = result.get("results") if isinstance(result, Mapping) else getattr(result, "results", None)
    if several is not None:
        return named({str(_member(part, "key")): _one(part) for part in several})
    return _one(result)


def _member(part: object, name: str) -> Any:
    return part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)


def _one(part: object) -> dict[str, Any] | None:
    value = _member(part, "value")
    label = value if isinstance(value, str) else None
    score = _member(part, "score")
    chosen = score if score is not None or label is not None else value
    comment, info = _member(part, "comment"), _member(part, "evaluator_info")
    return one(score=chosen, label=label, explanation=comment, metadata=info) or None
