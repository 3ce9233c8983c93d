"""Numbers as text: a column's decimals line up, thousands are separated, and nothing is rounded to what it is
not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

_MOST_EXACT = 6
"""Decimals that a column may have when they show every value exactly."""
_SIGNIFICANT = 4
"""Digits of a typical value of a column that would need more."""
_HUGE = 1e15
"""From here on floats no longer hold every whole number with decimals; they are written with an exponent."""
_MOST_DECIMALS = 17
_NAMES = re.compile(r"(^|[_. ])(id|key|hash|seed|year|version|port|zip)$", re.IGNORECASE)
"""Columns whose whole numbers are names rather than amounts: they are written without separators."""
_TELLING = (0.0, 1.0, 100.0)
"""What a value that is near it is never rounded to: none, all, 100 %."""


def exact(value: object) -> str:
    """Return a number with all its digits, as it can be typed again: no separators, never rounded.

    Parameters
    ----------
    value : int, float, bool, Decimal or numpy scalar
        A float is written with the fewest digits that give it back; of a 32-bit one those of 32 bits.
    """
    if is_truth_value(value):
        return "true" if value else "false"
    if _is_numpy(value, "float"):
        value = float(str(value))
    if not isinstance(value, float):
        return format(value, "f") if isinstance(value, Decimal) and abs(value.adjusted()) < 30 else str(value)
    if math.isnan(value):
        return "NaN"
    if value.is_integer() and abs(value) < _HUGE:
        return str(int(value)) if value or math.copysign(1, value) > 0 else "0"
    return repr(value)


def column_decimals(values: Iterable[Any]) -> int:
    """Return how many decimals a column of numbers is shown with.

    As many as show every value exactly, when six will do; else as many as give a small value of the column
    (its lower decile) four digits.

    Parameters
    ----------
    values : iterable of numbers
        Finite ones count; None and NaN do not.
    """
    import numpy as np  # loaded on use: a list in a terminal has no column of fractions

    known = np.asarray([_widened(value) for value in values if value is not None], dtype=np.float64)
    known = np.abs(known[np.isfinite(known)])
    known = known[(known > 0) & (known < _HUGE)]
    for decimals in range(_MOST_EXACT + 1):
        # by its digits, not by a difference: 1003.0001 is near 1003 and not equal to it
        if bool(np.all(np.round(known, decimals) == known)):
            return decimals
    small = float(np.quantile(known, 0.1))
    decimals = min(_MOST_EXACT, max(1, _SIGNIFICANT - 1 - math.floor(math.log10(small))))
    while decimals < _MOST_EXACT and bool(
        np.any(np.isin(np.round(known, decimals), _TELLING) & ~np.isin(known, _TELLING))
    ):
        decimals += 1  # 0.99999 needs more to be no 1: then all have them, and line up
    return decimals


def column_texts(
    values: Sequence[Any], *, name: str = "", decimals: int | None = None, group: bool = True
) -> list[str | None]:
    """Return the numbers of a column as they are shown, None where one is missing.

    Parameters
    ----------
    values : sequence of numbers
        The column, or a part of it.
    name : str
        What the column is called: whole numbers that are names (`id`, `seed`, `year`) are not separated.
    decimals : int, optional
        Digits behind the point of floats; those of `values` by default (give it, where these are only a part
        of the column).
    group : bool
        Whether to put separators between thousands.
    """
    if decimals is None:
        decimals = column_decimals(value for value in values if _is_floating(value))
    separated = group and not _NAMES.search(name)

    def text(value: Any) -> str | None:
        if value is None:
            return None
        if _is_floating(value):
            shown = fixed(_widened(value), decimals)
            return shown if group else shown.replace(",", "")
        if _is_whole(value) and separated:
            return grouped(int(value))
        return exact(value)

    return [text(value) for value in values]


def fixed(value: float, decimals: int) -> str:
    """Return a number with this many decimals and with separators between thousands.

    A value that would read as 0, 1 or 100 and is not gets the digits that tell it apart; one too large or too
    small for plain digits an exponent.

    Parameters
    ----------
    value : float
        The number.
    decimals : int
        Digits behind the point, 0 to 17.
    """
    number = float(value)
    if not math.isfinite(number):
        return exact(number)
    if abs(number) >= _HUGE or 0 < abs(number) < 10.0**-9:
        return f"{number:.{_SIGNIFICANT}g}"
    for places in range(decimals, _MOST_DECIMALS + 1):
        text = f"{number:,.{places}f}"
        read = float(text.replace(",", ""))
        if abs(read) not in _TELLING or read == number:
            return text if read or not text.startswith("-") else text[1:]
    return exact(value)


def _widened(value: Any) -> float:
    """Return a float; one of 32 bits becomes the 0.1 that it is read as, not 0.10000000149."""
    return float(str(value)) if _is_numpy(value, "float") and not isinstance(value, float) else float(value)


def grouped(value: int) -> str:
    """Return a whole number with separators between thousands."""
    return f"{value:,}"


def single(value: float) -> str:
    """Return one number that stands alone: four significant digits, all of its whole part, never rounded to
    0, 1 or 100.

    Parameters
    ----------
    value : float or int
        The number; of a bool its truth.
    """
    if is_truth_value(value):
        return exact(value)
    if isinstance(value, int):
        return grouped(value)
    if not math.isfinite(value) or abs(value) >= _HUGE:
        return exact(value) if not math.isfinite(value) else f"{value:.{_SIGNIFICANT}g}"
    if value == int(value):
        return grouped(int(value))
    decimals = max(0, _SIGNIFICANT - 1 - math.floor(math.log10(abs(value))))
    text = fixed(value, min(decimals, _MOST_DECIMALS))
    while "e" not in text and decimals < _MOST_DECIMALS and float(text.replace(",", "")).is_integer():
        decimals += 1  # 1003.04 is not 1003: say that there is more
        text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _is_numpy(value: object, kind: str) -> bool:
    """Say whether a value is one of NumPy's of a kind (float, int, bool), without loading NumPy."""
    return type(value).__module__ == "numpy" and type(value).__name__.startswith(kind)


def is_truth_value(value: object) -> bool:
    """Say whether a value is true or false."""
    return isinstance(value, bool) or _is_numpy(value, "bool")


def _is_floating(value: object) -> bool:
    return isinstance(value, float) or _is_numpy(value, "float")


def _is_whole(value: object) -> bool:
    return (
        (isinstance(value, int) and not isinstance(value, bool))
        or _is_numpy(value, "int")
        or _is_numpy(value, "uint")
    )
