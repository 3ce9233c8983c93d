"""Metrics of scikit-learn's shape, `f(y_true, y_pred)`, and Hugging Face `evaluate` metrics,
`compute(predictions=, references=)`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, of_value


def recognises(metric: Any) -> bool:
    """Say whether it takes `y_true` and `y_pred`, or computes from predictions and references."""
    if isinstance(metric, type):
        return False
    if hasattr(metric, "compute") and type(metric).__module__.startswith(("evaluate", "evaluate_modules")):
        return True
    try:
        names = list(inspect.signature(metric).parameters)
    except (TypeError, ValueError):
        return False
    return names[:2] == ["y_true", "y_pred"]


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a metric to one run: arrays of one, what was expected first."""
    if hasattr(metric, "compute"):

        def compute(fields: dict[str, Any]) -> Any:
            result = metric.compute(predictions=[fields["y_pred"]], references=[fields["y_true"]])
            return named(
                {
                    str(name): of_value(_plain(value))
                    for name, value in result.items()
                    if isinstance(_plain(value), (int, float))
                }
            )

        return AdaptedMetric(
            name=str(metric.name),
            tool="evaluate",
            required=("y_true", "y_pred"),
            call=compute,
            subject=metric,
        )

    def judge(fields: dict[str, Any]) -> Any:
        result = metric([fields["y_true"]], [fields["y_pred"]])
        return (
            named({k: of_value(_plain(v)) for k, v in result.items()})
            if isinstance(result, Mapping)
            else of_value(_plain(result))
        )

    return AdaptedMetric(
        name=metric.__name__, tool="scikit-learn", required=("y_true", "y_pred"), call=judge, subject=metric
    )


def _plain(value: object) -> Any:
    """Return a NumPy number as Python's."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value
