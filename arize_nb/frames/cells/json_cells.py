"""Cells of any JSON type in a column of text: how they are written, which columns hold them, and the way back
to Python.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

JSON_MARK = {b"arize_nb.cells": b"json"}
"""Metadata of an Arrow field whose text cells each stand for a JSON value."""
JSON_COLUMNS = "json_columns"
"""Where `.attrs["arize"]` of a DataFrame names such columns."""
DEEPEST = 200
"""Nesting beyond this is refused: it is a cycle, or nothing that a column can hold."""

_MAY_BE_JSON = frozenset('{["-0123456789tfn \t\n\r')


def json_text(value: object) -> str:
    """Render one value as compact JSON, characters beyond ASCII as they are."""
    try:
        return orjson.dumps(value).decode()
    except (
        TypeError
    ):  # integers beyond 64 bits, lone surrogates (which Arrow refuses with the better message)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)


_DECODER = json.JSONDecoder(parse_constant=_refused, parse_float=_finite)
_LONG_NUMBER = re.compile(r"[0-9]{19}|[eE][+]?[0-9]{3}")
_NOT_JSON = object()


def _json_value(text: str) -> Any:
    """Return the JSON value that a text spells, or `_NOT_JSON`: numbers beyond a double, NaN and null spell
    none.
    """
    if text[:1] not in _MAY_BE_JSON:
        return _NOT_JSON
    try:
        # orjson is several times faster, and turns whole numbers beyond 64 bits into doubles
        value = _DECODER.decode(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except (ValueError, RecursionError):
        return _NOT_JSON
    return _NOT_JSON if value is None else value


def encoded_cell(value: object) -> str:
    """Write a plain JSON value as one cell: text as it is unless it spells a JSON value, all else as JSON.

    `Paris` stands for the text, `4` for the number, `"4"` for the text of a digit, `["a"]` for the list:
    `decoded_cell` gives each back.
    """
    if type(value) is str:
        return value if _json_value(value) is _NOT_JSON else json_text(value)
    return json_text(value)


def decoded_cell(text: str) -> Any:
    """Return the value that a cell stands for, the inverse of `encoded_cell`; strict JSON text is read as
    well.
    """
    value = _json_value(text)
    return text if value is _NOT_JSON else value


def json_array(values: Iterable[Any]) -> pa.Array:
    """Build an array of cells, one for each plain JSON value; None stays null."""
    return pa.array([None if value is None else encoded_cell(value) for value in values], pa.string())


def json_names(rows: pa.Table | pa.RecordBatch | pa.Schema | pd.DataFrame) -> frozenset[str]:
    """Return the columns whose text cells each stand for a JSON value.

    Parameters
    ----------
    rows : pyarrow.Table, RecordBatch, Schema or pandas.DataFrame
        Arrow says it in the metadata of the field, a frame in `.attrs["arize"]`.
    """
    schema = rows if isinstance(rows, pa.Schema) else getattr(rows, "schema", None)
    if isinstance(schema, pa.Schema):
        return frozenset(field.name for field in schema if is_json_field(field))
    facts = getattr(rows, "attrs", {}).get("arize")
    named = facts.get(JSON_COLUMNS, ()) if isinstance(facts, Mapping) else ()
    return frozenset(named) & frozenset(rows.columns)


def is_json_field(field: pa.Field) -> bool:
    """Whether the cells of an Arrow field each stand for a JSON value: ours, or Arrow's own type for JSON."""
    if str(getattr(field.type, "extension_name", "")) == "arrow.json":
        return True
    return (field.metadata or {}).get(b"arize_nb.cells") == b"json"


def json_field(name: str) -> pa.Field:
    """Return the field of a column of JSON cells."""
    return pa.field(name, pa.string(), metadata=JSON_MARK)


def marked(columns: Mapping[str, Any], names: Iterable[str]) -> pa.Table:
    """Make a table; the columns `names` that hold text are marked as cells of JSON."""
    table = pa.table(dict(columns))
    wanted = frozenset(names)
    if not wanted:
        return table
    fields = [
        json_field(field.name) if field.name in wanted and field.type == pa.string() else field
        for field in table.schema
    ]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))


def decoded(column: pa.Array | pa.ChunkedArray | pd.Series, *, is_json: bool = False) -> list[Any]:
    """Return the values of a column as Python has them.

    Parameters
    ----------
    column : pyarrow.Array, ChunkedArray or pandas.Series
        One column of a frame or table.
    is_json : bool
        Whether its text cells each stand for a JSON value: whether its name is in `json_names` of its table
        or frame.

    Returns
    -------
    list
        Numbers as numbers, booleans as booleans, text as text, lists and objects as lists and dicts, missing
        as None.
    """
    if not hasattr(column, "to_pylist"):
        if column.dtype == object:  # Python values already
            return [None if missing else value for value, missing in zip(column, column.isna(), strict=True)]
        column = pa.array(column, from_pandas=True)
    if isinstance(column.type, pa.BaseExtensionType):
        is_json, column = (
            is_json or column.type.extension_name == "arrow.json",
            column.cast(column.type.storage_type),
        )
    values: list[Any] = column.to_pylist()
    if pa.types.is_map(column.type):
        return [None if value is None else dict(value) for value in values]
    if not is_json:
        return values
    return [decoded_cell(value) if type(value) is str else value for value in values]


def decoded_columns(rows: pa.Table | pa.RecordBatch) -> dict[str, list[Any]]:
    """Return every column of a table as Python values, see `decoded`."""
    cells = json_names(rows)
    return {
        name: decoded(column, is_json=name in cells)
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
    }


def decoded_records(rows: pa.Table | pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as dicts of Python values, see `decoded`."""
    columns = decoded_columns(rows)
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))
