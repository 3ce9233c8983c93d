"""DeepEval metrics: `measure(LLMTestCase)`; what came out stands on the object, so every call has a copy of
its own.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import one

USUAL = ("input", "actual_output")
"""Fields of a test case that every metric is given."""
FACTS = ("threshold", "score_breakdown", "evaluation_cost", "evaluation_model")
"""What a metric says besides; kept as metadata."""


def recognises(metric: object) -> bool:
    """Say whether it is a metric of DeepEval's, or of a class made from one."""
    return not isinstance(metric, type) and any(
        base.__module__.startswith("deepeval.metrics") and base.__name__ == "BaseMetric"
        for base in type(metric).__mro__
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a metric; what it requires are the members of `_required_params`."""
    wanted = [
        getattr(param, "value", str(param)) for param in getattr(metric, "_required_params", None) or ()
    ]
    required = tuple(dict.fromkeys(["actual_output", *(name for name in wanted if name != "input")]))
    case_type = sys.modules["deepeval.test_case"].LLMTestCase

    def measured(own: Any) -> dict[str, Any]:
        if own.error:
            raise RuntimeError(str(own.error))
        label = None if own.success is None else "pass" if own.success else "fail"
        facts = {name: getattr(own, name, None) for name in FACTS}
        return one(score=own.score, label=label, explanation=own.reason, metadata=facts)

    def case_of(fields: dict[str, Any]) -> Any:
        texts = {
            name: value if isinstance(value, list) or value is None else str(value)
            for name, value in fields.items()
        }
        return case_type(
            **{"input": ""} | {name: value for name, value in texts.items() if value is not None}
        )

    async def judge(fields: dict[str, Any]) -> Any:
        own = copy.copy(metric)
        own.error = None
        await own.a_measure(case_of(fields), _show_indicator=False) if _takes_indicator(
            own
        ) else await own.a_measure(case_of(fields))
        return measured(own)

    optional = tuple(name for name in ("input", "expected_output") if name not in required)
    needs_input = "input" in wanted
    return AdaptedMetric(
        name=str(getattr(metric, "__name__", None) or type(metric).__name__),
        tool="deepeval",
        required=(*required, "input") if needs_input else required,
        optional=tuple(name for name in optional if not (needs_input and name == "input")),
        call=judge,
        subject=metric,
    )


def _takes_indicator(metric: Any) -> bool:
    """Say whether `a_measure` takes the switch of the spinner."""
    import inspect

    return "_show_indicator" in inspect.signature(metric.a_measure).parameters
