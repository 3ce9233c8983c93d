"""openevals evaluators: functions of `outputs`, `reference_outputs`, `inputs` by keyword -> a dict of key,
score, comment.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, one

FIELDS = ("outputs", "reference_outputs", "inputs")


def recognises(metric: object) -> bool:
    """Say whether it is a function of openevals', or one of that shape: `outputs` (and `reference_outputs`)
    by name.
    """
    if isinstance(metric, type) or not callable(metric):
        return False
    try:
        parameters = inspect.signature(metric).parameters
    except (TypeError, ValueError):
        return False
    return "outputs" in parameters and (bool({"reference_outputs"} & set(parameters)) or _is_theirs(metric))


def _is_theirs(metric: object) -> bool:
    return str(getattr(metric, "__module__", "")).startswith("openevals.")


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a function, `def` or `async def`."""
    parameters = inspect.signature(metric).parameters
    taken = [name for name in FIELDS if name in parameters]
    required = tuple(
        name for name in taken if name == "outputs" or parameters[name].default is inspect.Parameter.empty
    )
    optional = tuple(name for name in taken if name not in required)
    others = tuple(
        name for name, one_ in parameters.items() if one_.kind is one_.KEYWORD_ONLY and name not in taken
    )
    required += tuple(name for name in others if parameters[name].default is inspect.Parameter.empty)
    name = str(getattr(metric, "__name__", None) or type(metric).__name__)

    async def judge_async(fields: dict[str, Any]) -> Any:
        return _results(name, await metric(**fields))

    def judge(fields: dict[str, Any]) -> Any:
        return _results(name, metric(**fields))

    call = judge_async if inspect.iscoroutinefunction(metric) else judge
    return AdaptedMetric(
        name=name, tool="openevals", required=required, optional=optional, call=call, subject=metric
    )


def _results(name: str, result: object) -> Any:
    if isinstance(result, list):
        return named({str(part.get("key") or name): _one(part) for part in result})
    return _one(result) if isinstance(result, Mapping) else result


def _one(part: Mapping[str, Any]) -> dict[str, Any]:
    label = part.get("value") if isinstance(part.get("value"), str) else None
    score, comment, metadata = (part.get(name) for name in ("score", "comment", "metadata"))
    return one(score=score, label=label, explanation=comment, metadata=metadata)
