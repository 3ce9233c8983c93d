"""What the tools' metrics return -> mappings of score, label and explanation, one or several by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arize_nb.errors import InputError


def one(*, score: Any = None, label: Any = None, explanation: Any = None) -> dict[str, Any]:
    """Return one evaluation; a truth value is a verdict."""
    if isinstance(score, bool):
        label, score = label if label is not None else ("pass" if score else "fail"), float(score)
    found = {"score": score, "label": label, "explanation": explanation if explanation else None}
    return {name: value for name, value in found.items() if value is not None}


def of_value(value: Any, explanation: Any = None) -> dict[str, Any] | None:
    """Return one evaluation of a value whose kind tells what it is; None stays None: unscored.

    Raises
    ------
    InputError
        It is neither number, truth value nor text.
    """
    if value is None:
        return None
    if isinstance(value, (bool, int, float)):
        return one(score=value, explanation=explanation)
    if isinstance(value, str):
        return one(label=value, explanation=explanation)
    raise InputError(f"a metric gave a value of kind {type(value).__name__}", hint="Numbers, truth values and text are taken.")


def named(results: Mapping[str, dict[str, Any] | None]) -> Any:
    """Return several evaluations by name; one alone under the metric's own name stays one."""
    return {name: result for name, result in results.items() if result is not None} or None
