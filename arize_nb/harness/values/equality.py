"""Whether two values say the same: numbers by value, text by text, objects and lists member by member."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

RELATIVE = 1e-12
"""How near two numbers are that count as equal when one of them is a float: what arithmetic of doubles loses,
and no more.
"""
_NUMBER = re.compile(r"[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_NUMBER_IN_TEXT = re.compile(
    r"(?<![\w.,])[-+−]?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?"
    r"(?![\w]|[.,][0-9])"
)


def fold(text: str) -> str:
    """Fold what people read as the same: Unicode form (NFKC), case, and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_number(value: object) -> bool:
    """Tell a number; a boolean is none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def equal_values(first: Any, second: Any, *, folded: bool = True) -> bool:
    """Tell whether two JSON-able values say the same.

    Where one of them is a number, the other must be that number, or its text: ``91``, ``91.0``, ``"91"`` and
    ``"9.1e1"`` are equal. Text against text is compared as text: ``"1.10"`` is not ``"1.1"``, ``"001"`` is
    not ``"1"``. A boolean is no number. Text of a JSON object or array is that object or array.

    Parameters
    ----------
    first, second
        JSON-able values.
    folded : bool
        Ignore case, white space and Unicode forms of text.
    """
    if is_number(first) or is_number(second):
        return _equal_numbers(as_number(first), as_number(second))
    first, second = structure(first), structure(second)
    if isinstance(first, dict) or isinstance(second, dict):
        both = isinstance(first, dict) and isinstance(second, dict) and len(first) == len(second)
        return both and all(
            key in second and equal_values(item, second[key], folded=folded) for key, item in first.items()
        )
    if isinstance(first, list) or isinstance(second, list):
        both = isinstance(first, list) and isinstance(second, list) and len(first) == len(second)
        return both and all(equal_values(*pair, folded=folded) for pair in zip(first, second, strict=True))
    if first is None or second is None:
        return first is second
    how: Callable[[str], str] = fold if folded else str
    return how(str(first)) == how(str(second))


def as_number(value: Any) -> Decimal | None:
    """Return a number, or the one that a text is; None for anything else. A float is the shortest decimal
    that reads as it.
    """
    if is_number(value):
        return Decimal(str(value)) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    return _decimal(text) if _NUMBER.fullmatch(text) else None


def numbers_in(text: str) -> list[Decimal]:
    """Return the numbers that stand in a text by themselves; commas between groups of three digits are
    understood.
    """
    found = (_decimal(match.replace(",", "")) for match in _NUMBER_IN_TEXT.findall(text))
    return [number for number in found if number is not None]


def holds_number(text: str, wanted: object) -> bool:
    """Tell whether a number stands in a text by itself."""
    number = as_number(wanted)
    return any(_equal_numbers(number, found) for found in numbers_in(text))


def structure(value: object) -> Any:
    """Read the text of a JSON object or array; any other value stays."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return value


def _no_json(constant: str) -> Any:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{constant} is not JSON")


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace("−", "-"))
    except InvalidOperation:
        return None


def _equal_numbers(first: Decimal | None, second: Decimal | None) -> bool:
    if first is None or second is None:
        return False
    if first == second:
        return True
    if first == first.to_integral_value() and second == second.to_integral_value():
        return False
    try:
        return math.isclose(first, second, rel_tol=RELATIVE)
    except OverflowError:
        return False
