"""Take rows in any form as an Arrow table whose columns can be searched and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.text.values import text_of

if TYPE_CHECKING:
    import pyarrow as pa


def table_of(rows: Any) -> pa.Table:
    """Return a DataFrame, a list of dicts or an Arrow table as an Arrow table; columns of mixed types become
    text.
    """
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, Sequence) and not isinstance(rows, str):
        names = list(dict.fromkeys(name for row in rows for name in row))
        return pa.table({name: _array([row.get(name) for row in rows]) for name in names})
    if hasattr(rows, "columns") and hasattr(rows, "to_dict"):
        return pa.table(
            {str(name): _from_series(rows.iloc[:, place]) for place, name in enumerate(rows.columns)}
        )
    raise InputError(
        f"cannot show a {type(rows).__name__} as rows",
        hint="Give a DataFrame, a pyarrow Table or a list of dicts.",
    )


def _from_series(series: Any) -> Any:
    import pyarrow as pa

    try:
        found = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return _array(series.tolist())
    return found


def _array(values: list[Any]) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([text_of(value) for value in values], pa.large_string())


def decoded(table: pa.Table) -> pa.Table:
    """Decode dictionary, view and 16-bit float columns, which Arrow's functions do not all take."""
    import pyarrow as pa

    for place, column in enumerate(table.schema):
        kind = column.type
        if pa.types.is_dictionary(kind):
            table = table.set_column(place, column.name, table[column.name].cast(kind.value_type))
        elif pa.types.is_float16(kind):  # which Arrow neither compares nor sorts; no digit is lost
            table = table.set_column(place, column.name, table[column.name].cast(pa.float32()))
        elif str(kind) == "string_view":
            table = table.set_column(place, column.name, table[column.name].cast(pa.large_string()))
    return table
