"""pydantic-evals evaluators: `evaluate_async(EvaluatorContext)`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, of_value


def recognises(metric: object) -> bool:
    """Say whether it is an evaluator of pydantic-evals'."""
    return not isinstance(metric, type) and any(
        base.__module__.startswith("pydantic_evals.evaluators") and base.__name__ == "Evaluator"
        for base in type(metric).__mro__
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt an evaluator; `ctx.expected_output` and `ctx.inputs` are there when the dataset has them."""
    context_type = sys.modules["pydantic_evals.evaluators.context"].EvaluatorContext

    async def judge(fields: dict[str, Any]) -> Any:
        context = context_type(
            name=None,
            inputs=fields.get("input"),
            metadata=fields.get("metadata"),
            expected_output=fields.get("expected_output"),
            output=fields["output"],
            duration=0.0,
            _span_tree=None,
            attributes={},
            metrics={},
        )
        result = await metric.evaluate_async(context)
        if isinstance(result, Mapping):
            return named({str(name): _one(value) for name, value in result.items()})
        return _one(result)

    name = str(metric.get_default_evaluation_name())
    needs = ("output", "expected_output") if type(metric).__name__ == "EqualsExpected" else ("output",)
    optional = tuple(one for one in ("expected_output", "input", "metadata") if one not in needs)
    return AdaptedMetric(
        name=name, tool="pydantic-evals", required=needs, optional=optional, call=judge, subject=metric
    )


def _one(result: object) -> dict[str, Any] | None:
    """Return what one value says; `EvaluationReason` has the value and why."""
    if hasattr(result, "value") and hasattr(result, "reason"):
        return of_value(result.value, result.reason)
    return of_value(result)
