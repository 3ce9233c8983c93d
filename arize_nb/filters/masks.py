"""Apply a filter to Arrow data: expression -> truth value a row."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.filters.expression import (
    And,
    Comparison,
    Contains,
    InList,
    IsNull,
    Like,
    Not,
    Or,
    Predicate,
    parse_time,
)

if TYPE_CHECKING:
    from arize_nb.filters.expression import Expression, Kind, Value

_COMPARE = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def mask(expression: Expression, table: pa.Table | pa.RecordBatch) -> pa.BooleanArray:
    """Return one non-null truth value a row of `table` (see the package for the meaning of a filter)."""
    if isinstance(expression, And):
        return reduce(pc.and_, (mask(part, table) for part in expression.parts))
    if isinstance(expression, Or):
        return reduce(pc.or_, (mask(part, table) for part in expression.parts))
    if isinstance(expression, Not):
        return pc.invert(mask(expression.part, table))
    assert isinstance(expression, Predicate)
    return _predicate_mask(expression, table)


def kind_of(arrow_type: pa.DataType) -> Kind | None:
    """Say what cells of an Arrow type hold for a filter; None for the null type."""
    types = pa.types
    if types.is_dictionary(arrow_type):
        return kind_of(arrow_type.value_type)
    if types.is_null(arrow_type):
        return None
    if types.is_string(arrow_type) or types.is_large_string(arrow_type) or types.is_string_view(arrow_type):
        return "text"
    if types.is_boolean(arrow_type):
        return "boolean"
    if types.is_integer(arrow_type) or types.is_floating(arrow_type) or types.is_decimal(arrow_type):
        return "number"
    return "time" if types.is_timestamp(arrow_type) or types.is_date(arrow_type) else "other"


def _predicate_mask(predicate: Predicate, table: pa.Table | pa.RecordBatch) -> pa.BooleanArray:
    """Mask of one predicate."""
    if predicate.field not in table.schema.names:
        missing = isinstance(predicate, IsNull) and not predicate.negated
        return pa.repeat(pa.scalar(missing), table.num_rows)
    column = _plain(table.column(predicate.field))
    if isinstance(predicate, IsNull):
        return pc.is_valid(column) if predicate.negated else pc.is_null(column)
    found = _matches(predicate, column, kind_of(column.type))
    if found is None:
        return pa.repeat(pa.scalar(False), table.num_rows)
    return pc.fill_null(found, False)


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array of a type that every comparison takes; NaN becomes null, as it is missing in JSON."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # too large for one array of its type
            column = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in column.chunks])
    types = pa.types
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_string_view(column.type):
        return column.cast(pa.large_string())
    if types.is_decimal(column.type) or types.is_uint64(column.type) or types.is_float16(column.type):
        return column.cast(pa.float64(), safe=False)
    if types.is_date(column.type):
        return column.cast(pa.timestamp("us"))
    if types.is_floating(column.type):
        not_a_number = pc.is_nan(column)
        if pc.any(not_a_number).as_py():
            return pc.if_else(not_a_number, pa.scalar(None, column.type), column)
    return column


def _matches(predicate: Predicate, column: pa.Array, kind: Kind | None) -> pa.BooleanArray | None:
    """Truth values of a predicate, null where the cell is missing; None when no cell can match."""
    if isinstance(predicate, Comparison):
        value = _fitting(predicate.value, kind, column.type)
        if (
            value is not None
            and kind == "number"
            and not (pa.types.is_integer(column.type) and pa.types.is_integer(value.type))
        ):
            # As DuckDB does: a whole number beside a fraction is the nearest double, even where that is not
            # exact.
            column, value = column.cast(pa.float64(), safe=False), pa.scalar(float(value.as_py()))
        return None if value is None else _COMPARE[predicate.op](column, value)
    if isinstance(predicate, InList):
        found = _in_list(predicate.items, column, kind)
    elif kind != "text":
        return None
    elif isinstance(predicate, Like):
        found = pc.match_substring_regex(column, like_regex(predicate.pattern))
    else:
        assert isinstance(predicate, Contains)
        return pc.match_substring(column, predicate.text)
    if found is None:
        return None
    return pc.invert(found) if predicate.negated else found


def _fitting(value: Value, kind: Kind | None, arrow_type: pa.DataType) -> pa.Scalar | None:
    """Make a scalar that cells of this kind compare with; None across kinds."""
    if kind == "time" and isinstance(value, str):
        moment = parse_time(value)
        if moment is None:
            return None
        return pa.scalar(
            moment if arrow_type.tz else moment.replace(tzinfo=None), pa.timestamp("us", tz=arrow_type.tz)
        )
    own: Kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    return pa.scalar(value) if own == kind else None


def _in_list(items: tuple[Value, ...], column: pa.Array, kind: Kind | None) -> pa.BooleanArray | None:
    """Whether each cell is one of the items of its kind; null where it is missing. An item of another kind
    matches nothing.
    """
    if kind is None or kind == "other":
        return None
    scalars = [
        scalar for scalar in (_fitting(item, kind, column.type) for item in items) if scalar is not None
    ]
    if not scalars:
        return None
    values: list[Any] = [scalar.as_py() for scalar in scalars]
    if kind == "number":
        whole = pa.types.is_integer(column.type) and all(isinstance(value, int) for value in values)
        common = pa.int64() if whole else pa.float64()
    else:
        common = scalars[0].type if kind == "time" else column.type
    found = pc.is_in(column.cast(common, safe=False), value_set=pa.array(values, common))
    return pc.if_else(pc.is_valid(column), found, pa.scalar(None, pa.bool_()))


def like_regex(pattern: str) -> str:
    """Translate a LIKE pattern to a regular expression that matches the whole text."""
    out = []
    characters = iter(pattern)
    for character in characters:
        if character == "%":
            out.append(".*")
        elif character == "_":
            out.append(".")
        else:
            out.append(_escaped(next(characters, "\\") if character == "\\" else character))
    return r"\A(?s:" + "".join(out) + r")\z"


def _escaped(character: str) -> str:
    """Write one character so that RE2 takes it as it is."""
    return character if character.isalnum() or ord(character) > 127 else f"\\x{ord(character):02x}"


def column_kinds(schema: pa.Schema) -> dict[str, Kind | None]:
    """Say what each column of an Arrow schema holds; None for a column without any value
    (Arrow's null type).
    """
    return {field.name: kind_of(field.type) for field in schema}
