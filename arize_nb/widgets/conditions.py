"""Conditions on one column, as typed above it: text -> mask."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_CONDITION = re.compile(r"^\s*(>=|<=|!=|=|>|<|!)?\s*(.*?)\s*$", re.DOTALL)


def is_text(kind: Any) -> bool:
    """Say whether a column of this Arrow type holds text."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def condition_mask(name: str, column: pa.ChunkedArray, text: str) -> Any:
    """Return which rows meet one column's condition."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = _CONDITION.match(text)
    sign, operand = (found.group(1) or "", found.group(2)) if found else ("", text)
    if not operand and sign in ("=", "!="):
        return pc.is_null(column, nan_is_null=True) if sign == "=" else pc.is_valid(column)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        mask = _number_mask(name, column, sign, operand)
    else:
        mask = _text_mask(column if is_text(column.type) else _as_text(name, column), sign, operand)
    return pc.fill_null(mask, False)


def _text_mask(column: Any, sign: str, operand: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    compare: dict[str, Callable[..., Any]] = {">": pc.greater, ">=": pc.greater_equal, "<": pc.less, "<=": pc.less_equal}
    if sign in compare:
        return compare[sign](column, pa.scalar(operand, column.type))
    if sign in ("=", "!="):
        equal = pc.equal(column, pa.scalar(operand, column.type))
        return equal if sign == "=" else pc.invert(equal)
    has = pc.match_substring(column, operand, ignore_case=True)
    return pc.invert(pc.fill_null(has, False)) if sign == "!" else has


def _number_mask(name: str, column: Any, sign: str, operand: str) -> Any:
    import pyarrow.compute as pc

    low, dots, high = operand.partition("..")
    try:
        if dots:
            return pc.and_(pc.greater_equal(column, float(low or "-inf")), pc.less_equal(column, float(high or "inf")))
        value = float(operand)
    except ValueError:
        raise InputError(
            f"{operand!r} is no number, and column {name!r} holds numbers", hint="Write 0.5, >0.5, <=3, 0..1 or != (present)."
        ) from None
    compare = {">": pc.greater, ">=": pc.greater_equal, "<": pc.less, "<=": pc.less_equal, "!=": pc.not_equal, "!": pc.not_equal}
    return compare.get(sign, pc.equal)(column, value)


def _as_text(name: str, column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.cast(column, pa.large_string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        raise InputError(f"column {name!r} ({column.type}) cannot be filtered") from None
