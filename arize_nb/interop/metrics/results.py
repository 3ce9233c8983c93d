"""What the tools' metrics return -> mappings of score, label, explanation and metadata, one or several by
name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from arize_nb.errors import InputError


def one(
    *,
    score: object = None,
    label: object = None,
    explanation: object = None,
    metadata: object = None,
) -> dict[str, Any]:
    """Return one evaluation; a truth value is a verdict, and metadata alone says nothing."""
    if isinstance(score, bool):
        label, score = label if label is not None else ("pass" if score else "fail"), float(score)
    found = {"score": score, "label": label, "explanation": explanation if explanation else None}
    members = {name: value for name, value in found.items() if value is not None}
    facts = plain_members(metadata) if members else {}
    return {**members, "metadata": facts} if facts else members


def plain_members(metadata: object) -> dict[str, object]:
    """Return the members of a library's metadata that JSON can hold; a verdict is not lost over the others.

    Parameters
    ----------
    metadata : object
        A mapping; anything else has no members. Members that are None say nothing and are left out.
    """
    if not isinstance(metadata, Mapping):
        return {}
    return {str(name): value for name, value in metadata.items() if value is not None and _is_plain(value)}


def _is_plain(value: object) -> bool:
    if type(value) in (str, int, bool):
        return True
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def of_value(value: object, explanation: object = None, metadata: object = None) -> dict[str, Any] | None:
    """Return one evaluation of a value whose kind tells what it is; None stays None: unscored.

    Raises
    ------
    InputError
        It is neither number, truth value nor text.
    """
    if value is None:
        return None
    if isinstance(value, (bool, int, float)):
        return one(score=value, explanation=explanation, metadata=metadata)
    if isinstance(value, str):
        return one(label=value, explanation=explanation, metadata=metadata)
    raise InputError(
        f"a metric gave a value of kind {type(value).__name__}",
        hint="Numbers, truth values and text are taken.",
    )


def named(results: Mapping[str, dict[str, Any] | None]) -> Any:
    """Return several evaluations by name; one alone under the metric's own name stays one."""
    return {name: result for name, result in results.items() if result is not None} or None
