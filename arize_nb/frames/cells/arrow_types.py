"""Arrow types of the world -> the few types of a frame: string, int64, double, bool."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.frames.cells.arrays import finite, plain, without_nulls
from arize_nb.frames.cells.json_cells import json_text

_ZERO_FRACTION = r"\.0{6}(0{3})?(Z?)$"
_PLAIN = (pa.string(), pa.int64(), pa.bool_())


def contract_type(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column one of the four types of a frame.

    A column without any value is text. Integers of other widths become int64 (text when they do not fit),
    floats and decimals double (NaN and infinities null), times ISO 8601 text, durations seconds, objects and
    lists JSON text.

    Raises
    ------
    pyarrow.ArrowInvalid, UnicodeDecodeError
        For bytes that are not text.
    """
    kind = column.type
    if column.null_count == len(column) and len(column):
        return pa.chunked_array([pa.nulls(len(column), pa.string())])
    if kind in _PLAIN:
        return column
    if pa.types.is_floating(kind):
        return finite(column if kind == pa.float64() else column.cast(pa.float64()))
    if pa.types.is_integer(kind):
        fits = kind != pa.uint64() or pc.max(column).as_py() < 2**63
        return column.cast(pa.int64() if fits else pa.string())
    if pa.types.is_decimal(kind):
        return finite(column.cast(pa.float64(), safe=False))
    return _rare_type(column)


def _rare_type(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Handle the types that few columns have."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return contract_type(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return _time_text(column)
    if pa.types.is_duration(kind):
        return pc.divide(column.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 1e6)
    if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
        return as_text(column)
    return column.cast(pa.string())


def _time_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write times as ISO 8601 text, aware ones in UTC with a Z; nanoseconds only where there are any."""
    kind = column.type
    zone = "UTC" if kind.tz else None
    try:
        column = column.cast(pa.timestamp("us", tz=zone))
    except pa.ArrowInvalid:
        column = column.cast(pa.timestamp("ns", tz=zone))
    text = pc.replace_substring(column.cast(pa.string()), " ", "T", max_replacements=1)
    return pc.replace_substring_regex(text, _ZERO_FRACTION, r"\2")


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Turn any column into text: strings as they are, all else as JSON text."""
    if pa.types.is_null(column.type) or _is_textual(column.type):
        return column.cast(pa.string())
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return column.cast(pa.string())
    if pa.types.is_timestamp(column.type):
        return _time_text(column)
    values = (plain(without_nulls(_pairs(value, column.type))) for value in column.to_pylist())
    texts = [value if value is None or isinstance(value, str) else json_text(value) for value in values]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _pairs(value: Any, kind: pa.DataType) -> Any:
    """Return a map cell as the object it stands for."""
    return dict(value) if value is not None and pa.types.is_map(kind) else value


def _is_textual(kind: pa.DataType) -> bool:
    """Whether a type holds text."""
    if pa.types.is_dictionary(kind):
        return _is_textual(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def typed(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """Give a column the type that its name asks for.

    Raises
    ------
    pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError
        When a value does not fit.
    """
    if column.type == wanted:
        return finite(column) if wanted == pa.float64() else column
    if pa.types.is_null(column.type) or column.null_count == len(column):
        return pa.chunked_array([pa.nulls(len(column), wanted)])
    if wanted == pa.string():
        return as_text(column)
    if wanted == pa.float64():
        return finite(column.cast(pa.float64()))
    if pa.types.is_timestamp(wanted):
        return _times(column, wanted)
    return column.cast(wanted)


def _times(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """Read times: ISO 8601 text over REST, epoch milliseconds over Flight; both end as milliseconds."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()).cast(wanted)
    if _is_textual(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC"))
    elif pa.types.is_timestamp(column.type) and column.type.tz is None:
        column = column.cast(pa.timestamp(column.type.unit, tz="UTC"))
    return column.cast(wanted, safe=False)
