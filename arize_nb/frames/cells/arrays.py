"""Python values of one column -> one Arrow array: strings, 64-bit integers, doubles, booleans,
or JSON text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import math
import numbers
import uuid
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.frames.cells.json_cells import DEEPEST, json_array, json_text

_INTEGER_RANGE = range(-(2**63), 2**63)
_NONE = type(None)


def plain(value: object, depth: int = 0) -> Any:
    """Turn a value into what JSON can hold.

    NaN, infinities, NaT and NA become None; NumPy values their Python value; dates and times ISO 8601 text
    (aware times in UTC, ending in Z); durations seconds; decimals numbers; enums their value; sets and tuples
    lists.

    Raises
    ------
    TypeError
        For a value that has no JSON form (bytes, a function, an object, a list in itself or nested too
        deeply).
    """
    if value is None or type(value) in (bool, str, int):
        return value
    if depth > DEEPEST:
        raise TypeError(f"a value nested more than {DEEPEST} levels deep cannot be kept")
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, (float, decimal.Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else _key_text(key): plain(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes, bytearray, memoryview)):
        return [plain(item, depth + 1) for item in value]
    return _rare(value)


def _key_text(key: object) -> str:
    """Return the text of an object's key, as json.dumps would write it."""
    value = plain(key)
    return value if isinstance(value, str) else json_text(value)


def _rare(value: object) -> Any:
    """Handle the types that few cells have."""
    if getattr(value, "__module__", "").startswith("pandas") or type(value).__name__ in ("NAType", "NaTType"):
        import pandas as pd

        if value is pd.NA or value is pd.NaT:
            return None
    if isinstance(value, dt.datetime):
        return timestamp_text(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, (uuid.UUID, PurePath, str)):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if hasattr(value, "tolist"):  # NumPy scalars and arrays, without importing NumPy
        listed = value.tolist()
        if type(listed) is not type(value):
            return plain(listed)
    if hasattr(value, "model_dump"):  # pydantic, without importing it
        return plain(value.model_dump(mode="json"))
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")


def timestamp_text(value: dt.datetime) -> str:
    """Return ISO 8601 text; an aware time is given in UTC and ends in Z."""
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"


def simple_array(values: Sequence[Any], kinds: set[type]) -> pa.Array | None:
    """Build an array when the values are of one kind; None when they are not (or hold objects or lists)."""
    present = kinds - {_NONE}
    try:
        if present == {str}:
            return pa.array(values, pa.string())
        if present == {int}:
            return pa.array(values, pa.int64())
        if present == {bool}:
            return pa.array(values, pa.bool_())
        if present == {float} or present == {int, float}:
            return finite(pa.array(values, pa.float64(), from_pandas=True))
        if not present:
            return pa.nulls(len(values))
    except (OverflowError, pa.ArrowInvalid):  # an integer beyond 64 bits, or one that a double cannot hold
        return None
    return None


def finite(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Replace NaN and infinities by null: JSON has none of them."""
    good = pc.is_finite(array)
    if pc.all(good, min_count=0).as_py():
        return array
    return pc.if_else(good, array, pa.scalar(None, array.type))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cells:
    """Values of one column of some rows."""

    array: pa.Array | pa.ChunkedArray
    """The values."""
    is_json: bool = False
    """Whether each cell stands for a JSON value (`json_cells`), because the column holds objects, lists or
    several kinds.
    """
    whole: pa.Array | None = None
    """Which doubles were whole numbers as they came, where both were: another page may make cells of JSON of
    them.
    """

    def values(self) -> list[Any]:
        """Return the values as they came."""
        listed: list[Any] = self.array.to_pylist()
        if self.whole is None:
            return listed
        return [
            int(value) if whole else value
            for value, whole in zip(listed, self.whole.to_pylist(), strict=True)
        ]


def cells(values: Sequence[Any]) -> Cells:
    """Turn the values of a column into an array: by their kind, or as cells of JSON when there is none that
    fits all.

    Raises
    ------
    TypeError
        For a value that has no JSON form.
    UnicodeEncodeError
        For text with a lone surrogate, which is not valid Unicode.
    """
    array = simple_array(values, set(map(type, values)))
    if array is None:
        values = [plain(value) for value in values]
        array = simple_array(values, set(map(type, values)))
    if array is None:
        return Cells(array=json_array(values), is_json=True)
    return Cells(array=array, whole=_whole(values) if pa.types.is_floating(array.type) else None)


def _whole(values: Sequence[Any]) -> pa.Array | None:
    """Say which of some numbers are integers; None when none is."""
    return pa.array([type(value) is int for value in values]) if int in set(map(type, values)) else None


def unified(parts: Sequence[Cells]) -> Cells:
    """Join the pages of a column under one type, as if all values had come at once; the array is chunked."""
    typed = [part for part in parts if not pa.types.is_null(part.array.type)]
    types = {part.array.type for part in typed}
    wide = None
    if not types:
        wide = pa.string()
    elif len(types) == 1 and len({part.is_json for part in typed}) == 1:
        wide = types.pop()
    elif types == {pa.int64(), pa.float64()}:
        wide = pa.float64()
    try:
        if wide is not None:
            is_json = bool(typed) and typed[0].is_json
            return Cells(
                array=pa.chunked_array([part.array.cast(wide) for part in parts], wide), is_json=is_json
            )
    except pa.ArrowInvalid:  # an integer that a double cannot hold
        pass
    arrays = [part.array if part.is_json else json_array(part.values()) for part in parts]
    return Cells(array=pa.chunked_array(arrays, pa.string()), is_json=True)


def endless_cells(values: Sequence[Any]) -> Cells:
    """Turn numbers into an array as `cells` does, but infinite ones stay, where they would vanish as nulls:
    whoever reads the column refuses them. Among values of other kinds one is its text.
    """
    as_cells = cells(values)
    if as_cells.array.null_count == values.count(None):
        return as_cells
    if pa.types.is_floating(as_cells.array.type) and set(map(type, values)) <= {float, int, _NONE}:
        return dataclasses.replace(as_cells, array=pa.array(values, pa.float64(), from_pandas=True))
    return cells(list(map(endless_as_text, values)))


def endless_as_text(value: object) -> object:
    """Return a number that is infinite as a double as its text; any other value as it is."""
    if isinstance(value, numbers.Rational) or not isinstance(value, (decimal.Decimal, numbers.Real)):
        return value
    number = float(value)
    return str(number) if math.isinf(number) else value


def text_cells(values: Sequence[Any]) -> Cells:
    """Turn the values of a column that is always text into an array: strings as they are, all else as JSON
    text.
    """
    if set(map(type, values)) <= {str, _NONE}:
        return Cells(array=pa.array(values, pa.string()))
    simple = (plain(value) for value in values)
    return Cells(
        array=pa.array(
            [value if value is None or isinstance(value, str) else json_text(value) for value in simple],
            pa.string(),
        )
    )


def id_cells(values: Sequence[Any]) -> Cells:
    """Turn ids into text: strings as they are, whole numbers by their digits.

    Raises
    ------
    TypeError
        For any other value: the text that a float, a boolean or an object stood for cannot be known any more.
    """
    if not set(map(type, values)) <= {str, _NONE}:
        values = [plain(value) for value in values]
        wrong = [value for value in values if value is not None and type(value) not in (str, int)]
        if wrong:
            raise TypeError(f"an id must be text, not the {type(wrong[0]).__name__} {wrong[0]!r}")
    return text_cells(values)


def without_nulls(value: object) -> Any:
    """Drop null members of objects: an Arrow struct cannot tell them from absent ones. A list keeps its
    nulls.
    """
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
