"""Conditions on a column of numbers, exact for 64-bit integers and decimals: `0.5`, `>0.5`, `<=3`, `!=0`,
`0..1`, `1,003`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation, localcontext
from typing import Any

from arize_nb.errors import InputError

_SIGNED = re.compile(r"(>=|<=|==|!=|=|>|<|!|≥|≤|≠)?\s*(.*)", re.DOTALL)
_NUMBER = re.compile(
    r"[+-]?(\d+(,\d{3})*|\d+(_\d+)*)?(\.\d*)?([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE
)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
SIGNS = {
    "": "=",
    "=": "=",
    "==": "=",
    "!": "≠",
    "!=": "≠",
    "≠": "≠",
    ">": ">",
    ">=": "≥",
    "≥": "≥",
    "<": "<",
    "<=": "≤",
    "≤": "≤",
}
"""What may be typed, and how it is read out."""
_FINEST = 100
"""More digits than any column has before or behind the point (a 256-bit decimal has 76)."""
_HINT = "Write 0.5, >0.5, <=3, 0..1, is:missing or is:present."


def signed(text: str) -> tuple[str, str]:
    """Split a condition into its sign, as it is read out (`=` when there is none), and the rest."""
    found = _SIGNED.fullmatch(text)
    return (SIGNS[found[1] or ""], found[2].strip()) if found else ("=", text)


def number_filter(name: str, kind: object, text: str) -> tuple[str, Callable[[Any], Any]]:
    """Read a condition on numbers; returns how it was read, and what makes the mask.

    Parameters
    ----------
    name : str
        The column, for the message.
    kind : pyarrow.DataType
        Integer, floating or decimal.
    text : str
        As typed, stripped.
    """
    import pyarrow.compute as pc

    sign, operand = signed(text)
    low, dots, high = operand.partition("..")
    if dots and sign == "=" and (low or high):
        ends = [(one, _number(name, end.strip())) for one, end in (("≥", low), ("≤", high)) if end.strip()]
        reading = (
            f"from {low.strip()} to {high.strip()}"
            if len(ends) == 2
            else f"{ends[0][0]} {(low or high).strip()}"
        )
        parts = [_compared(kind, one, value) for one, value in ends]
        return reading, lambda column: pc.and_(parts[0](column), parts[-1](column))
    return f"{sign} {operand}", _compared(kind, sign, _number(name, operand))


def _number(name: str, text: str) -> Decimal:
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    try:
        if not _NUMBER.fullmatch(plain) or "," in plain:
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation:
        raise InputError(f"{text!r} is no number, and column {name!r} holds numbers", hint=_HINT) from None


def _compared(kind: Any, sign: str, value: Decimal) -> Callable[[Any], Any]:
    import pyarrow.types as types

    if types.is_floating(kind):
        return _compared_floats(kind, sign, value)
    scale = kind.scale if types.is_decimal(kind) else 0
    digits = kind.precision - scale if types.is_decimal(kind) else 0
    lowest, highest = (-(Decimal(10) ** digits), Decimal(10) ** digits) if digits else _integer_range(kind)
    return _compared_exactly(kind, sign, value, scale, (lowest, highest))


def _integer_range(kind: Any) -> tuple[Decimal, Decimal]:
    import pyarrow.types as types

    unsigned = types.is_unsigned_integer(kind)
    bits = kind.bit_width - (0 if unsigned else 1)
    return Decimal(0 if unsigned else -(2**bits)), Decimal(2**bits - 1)


def _compared_floats(kind: Any, sign: str, value: Decimal) -> Callable[[Any], Any]:
    """Compare in the column's own precision, so that the 0.1 that is seen is the 0.1 that is found; NaN meets
    nothing.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    with np.errstate(over="ignore"):
        scalar = pa.scalar(kind.to_pandas_dtype()(float(value)), kind)
    compare = _functions()[sign]

    def mask(column: object) -> Any:
        found = compare(column, scalar)
        return pc.and_(found, pc.invert(pc.is_nan(column))) if sign == "≠" else found

    return mask


def _compared_exactly(
    kind: object, sign: str, value: Decimal, scale: int, bounds: tuple[Decimal, Decimal]
) -> Callable[[Any], Any]:
    """Compare whole multiples of 10**-scale with any number: what lies between two of them is moved to the
    one that keeps the answer.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lowest, highest = bounds
    if value < lowest or value > highest or not value.is_finite():
        met = {"=": False, "≠": True, ">": value < 0, "≥": value < 0, "<": value > 0, "≤": value > 0}[sign]
        return lambda column: pc.and_(pc.is_valid(column), pa.scalar(met))
    moved = _to_scale(value, scale, up=sign in ("≥", "<"))
    if sign in ("=", "≠") and moved != value:
        return lambda column: pc.and_(pc.is_valid(column), pa.scalar(sign == "≠"))
    exact = pa.scalar(int(moved) if not pa.types.is_decimal(kind) else moved, kind)
    compare = _functions()[sign]
    return lambda column: compare(column, exact)


def _to_scale(value: Decimal, scale: int, *, up: bool) -> Decimal:
    """Round a number within the bounds of a column to its decimals, losing no digit on the way."""
    least = Decimal(1).scaleb(-scale)
    if value and value.adjusted() < -_FINEST:  # far below any decimal: only its sign counts
        return (least if up else Decimal(0)) if value > 0 else (Decimal(0) if up else -least)
    with localcontext(Context(prec=2 * _FINEST)):
        return value.quantize(least, rounding=ROUND_CEILING if up else ROUND_FLOOR)


def _functions() -> dict[str, Callable[..., Any]]:
    import pyarrow.compute as pc

    return {
        "=": pc.equal,
        "≠": pc.not_equal,
        ">": pc.greater,
        "≥": pc.greater_equal,
        "<": pc.less,
        "≤": pc.less_equal,
    }
