"""MLflow scorers: keywords among inputs, outputs, expectations; `Feedback` or a plain value."""

from __future__ import annotations

import inspect
from typing import Any

from arize_nb.errors import InputError
from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, of_value


def recognises(metric: object) -> bool:
    """Say whether it is a scorer of MLflow's."""
    return not isinstance(metric, type) and any(
        base.__module__.startswith("mlflow.genai.scorers") and base.__name__ == "Scorer"
        for base in type(metric).__mro__
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a scorer; inputs and expectations are mappings there, made of the example's columns.

    Raises
    ------
    InputError
        It wants a trace or a session: it cannot stand alone.
    """
    parameters = inspect.signature(metric.__call__).parameters
    taken = [name for name in ("inputs", "outputs", "expectations", "trace", "session") if name in parameters]
    alone = [
        name
        for name in ("trace", "session")
        if name in taken and parameters[name].default is inspect.Parameter.empty
    ]
    if alone:
        what = f"the MLflow scorer {metric.name!r} wants a {alone[0]}, which runs here do not have"
        raise InputError(what, hint="Take one of inputs, outputs and expectations.")

    def judge(fields: dict[str, Any]) -> Any:
        given: dict[str, Any] = {"outputs": fields["output"], "inputs": {"input": fields.get("input")}}
        expected = fields.get("expected")
        given["expectations"] = expected if isinstance(expected, dict) else {"expected_response": expected}
        result = metric(**{name: given[name] for name in taken if name in given})
        return named({one.name: _one(one) for one in result}) if isinstance(result, list) else _one(result)

    required = (
        "output",
        *(("expected",) if "expectations" in taken else ()),
        *(("input",) if "inputs" in taken else ()),
    )
    return AdaptedMetric(name=metric.name, tool="mlflow", required=required, call=judge, subject=metric)


def _one(result: Any) -> dict[str, Any] | None:
    """Return what a value or a `Feedback` says.

    Raises
    ------
    RuntimeError
        The feedback holds an error.
    """
    if hasattr(result, "rationale") and hasattr(result, "value"):
        if getattr(result, "error", None) is not None:
            raise RuntimeError(str(getattr(result.error, "error_message", None) or result.error))
        return of_value(result.value, result.rationale, getattr(result, "metadata", None))
    return of_value(result)
