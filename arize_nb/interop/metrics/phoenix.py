"""arize-phoenix-evals evaluators: `evaluate({fields})` -> a list of scores."""

from __future__ import annotations

from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, one


def recognises(metric: object) -> bool:
    """Say whether it is an evaluator of Phoenix's."""
    return not isinstance(metric, type) and any(
        base.__module__.startswith("phoenix.evals") and base.__name__ == "Evaluator"
        for base in type(metric).__mro__
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt an evaluator; its schema says what it needs, and which fields are lists."""
    schema = metric.describe()["input_schema"]
    required = tuple(schema.get("required") or schema.get("properties") or ())
    lists = {name for name, told in (schema.get("properties") or {}).items() if told.get("type") == "array"}
    optional = tuple(name for name in schema.get("properties") or () if name not in required)

    async def judge(fields: dict[str, Any]) -> Any:
        given = {
            name: [value] if name in lists and not isinstance(value, list) else value
            for name, value in fields.items()
        }
        scores = await metric.async_evaluate(given)
        found = {score.name: _one(score) for score in scores}
        return next(iter(found.values()), None) if set(found) == {metric.name} else named(found)

    return AdaptedMetric(
        name=metric.name, tool="phoenix", required=required, optional=optional, call=judge, subject=metric
    )


def _one(score: Any) -> dict[str, Any]:
    facts = {"kind": getattr(score, "kind", None), "direction": getattr(score, "direction", None)}
    metadata = {**facts, **(getattr(score, "metadata", None) or {})}
    return one(score=score.score, label=score.label, explanation=score.explanation, metadata=metadata)
