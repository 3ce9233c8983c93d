"""Cells of user columns: the kinds they come in, how kinds merge, and JSON records as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa

from arize_nb.server import limits
from arize_nb.server.problems import unprocessable

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

MAX_INTEGER: Final = 2**63 - 1
MIN_INTEGER: Final = -(2**63)
MAX_EXACT: Final = 2**53
"""Largest magnitude up to which every integer is also a double."""


class Kind(StrEnum):
    """What the cells of a column hold, nulls aside."""

    EMPTY = "empty"
    """Nothing yet; the column has no storage."""
    TEXT = "text"
    INTEGER = "integer"
    """64-bit signed."""
    FLOAT = "float"
    """Finite doubles."""
    BOOLEAN = "boolean"
    JSON = "json"
    """Any JSON value but null, as JSON text: lists, objects and mixtures."""


SQL_TYPES: Final[Mapping[Kind, str]] = {
    Kind.EMPTY: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.JSON: "VARCHAR",
}

ARROW_TYPES: Final[Mapping[Kind, pa.DataType]] = {
    Kind.EMPTY: pa.null(),
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.JSON: pa.string(),
}


JSON_CELLS: Final[Mapping[bytes, bytes]] = {b"arize_nb.cells": b"json"}
"""Metadata of an Arrow field whose texts are JSON, both ways: a client that knows it keeps numbers, lists and
objects as they are.
"""


@dataclass(frozen=True)
class IncomingColumn:
    """A user column on its way in."""

    name: str
    """The user's name, any text."""
    kind: Kind
    """Kind of its cells."""
    exact: bool = True
    """Whether its integers are all doubles as well; True for other kinds."""


@dataclass(frozen=True)
class Incoming:
    """Rows on their way in: Arrow batches with the system columns by name, then user columns as ``u0``,
    ``u1`` and so on.
    """

    system: tuple[str, ...]
    """Names of the system columns that the batches have."""
    columns: tuple[IncomingColumn, ...]
    """User columns, in the order of the batches."""
    rows: int
    """How many rows the batches have in all."""
    batches: Callable[[], Iterator[pa.RecordBatch]]
    """Start an iteration over the batches."""
    schema: pa.Schema
    """Schema of every batch."""


def incoming_schema(system: Mapping[str, pa.DataType], columns: Iterable[IncomingColumn]) -> pa.Schema:
    """Return the schema that batches of these columns have."""
    user = [(f"u{index}", ARROW_TYPES[column.kind]) for index, column in enumerate(columns)]
    return pa.schema([*system.items(), *user])


def merged_kind(stored: Kind, arriving: Kind, *, exact: bool) -> Kind:
    """Return the kind that holds the cells of both, values unchanged.

    Parameters
    ----------
    stored, arriving : Kind
        The two kinds.
    exact : bool
        Whether the integers among them are all doubles as well.
    """
    if arriving in (stored, Kind.EMPTY):
        return stored
    if stored is Kind.EMPTY:
        return arriving
    if exact and {stored, arriving} == {Kind.INTEGER, Kind.FLOAT}:
        return Kind.FLOAT
    return Kind.JSON


def converted(expression: str, source: Kind, target: Kind) -> str:
    """Return SQL that turns an expression of one kind into another that `merged_kind` gave."""
    if source is target:
        return expression
    if source is Kind.EMPTY:
        return f"CAST(NULL AS {SQL_TYPES[target]})"
    if target is Kind.FLOAT:
        return f"CAST({expression} AS DOUBLE)"
    return f"CAST(to_json({expression}) AS VARCHAR)"


def columns_of_records(
    records: Sequence[Mapping[str, Any]],
    system: Mapping[str, Sequence[Any]],
    system_types: Mapping[str, pa.DataType],
    skip: AbstractSet[str],
    where: str,
) -> Incoming:
    """Turn JSON objects into columns.

    Parameters
    ----------
    records : sequence of mapping
        The objects; a member that one lacks is null there.
    system : mapping of str to sequence
        Cells of the system columns, already checked.
    system_types : mapping of str to Arrow type
        Their types.
    skip : set of str
        Members of the records that are not user columns.
    where : str
        What the records are called in an error, such as ``experiment_runs``.

    Raises
    ------
    Problem
        422: an integer beyond 64 bits.
    """
    cells: dict[str, list[Any]] = {}
    for index, record in enumerate(records):
        for name, value in record.items():
            if name in skip:
                continue
            column = cells.get(name)
            if column is None:
                limits.check_columns((name,), len(cells) + 1, where)
                column = cells[name] = [None] * len(records)
            column[index] = value
    columns = []
    arrays = [pa.array(values, system_types[name]) for name, values in system.items()]
    for name, values in cells.items():
        typed, array = _typed(name, values, where)
        columns.append(typed)
        arrays.append(array)
    batch = pa.RecordBatch.from_arrays(
        arrays, schema=incoming_schema({name: system_types[name] for name in system}, columns)
    )
    return Incoming(tuple(system), tuple(columns), len(records), lambda: iter([batch]), batch.schema)


def _typed(name: str, values: list[Any], where: str) -> tuple[IncomingColumn, pa.Array]:
    """Find the kind of one column's cells and put them into an array."""
    present = set(map(type, values)) - {type(None)}
    exact = True
    if int in present:
        integers = [value for value in values if type(value) is int]
        smallest, largest = min(integers), max(integers)
        if smallest < MIN_INTEGER or largest > MAX_INTEGER:
            index = next(
                index
                for index, value in enumerate(values)
                if type(value) is int and not MIN_INTEGER <= value <= MAX_INTEGER
            )
            raise unprocessable(f"{where}[{index}].{name}: an integer beyond 64 bits; send it as text")
        exact = smallest >= -MAX_EXACT and largest <= MAX_EXACT
    kind = _kind_of(present, exact=exact)
    if kind is Kind.JSON:
        texts = [
            None if value is None else json_text(value, f"{where}[{index}].{name}")
            for index, value in enumerate(values)
        ]
        check_texts(texts, f"{where}: {name}")
        return IncomingColumn(name, kind), pa.array(texts, pa.string())
    if kind is Kind.TEXT:
        check_texts(values, f"{where}: {name}")
    return IncomingColumn(name, kind, exact), pa.array(values, ARROW_TYPES[kind])


def check_texts(texts: Sequence[str | None], where: str) -> None:
    """Raise a 422 when a cell is too large."""
    longest = max((text for text in texts if text is not None), key=len, default="")
    if len(longest) > limits.MAX_CELL_BYTES // 4:  # a character takes four bytes at most
        limits.check_cell(max(len(text.encode()) for text in texts if text is not None), where)


def _kind_of(present: AbstractSet[type], *, exact: bool) -> Kind:
    """Return the kind for a set of Python types."""
    if not present:
        return Kind.EMPTY
    if present == {int, float}:
        return Kind.FLOAT if exact else Kind.JSON
    if len(present) == 1:
        return {str: Kind.TEXT, int: Kind.INTEGER, float: Kind.FLOAT, bool: Kind.BOOLEAN}.get(
            next(iter(present)), Kind.JSON
        )
    return Kind.JSON


def _as_double(value: object) -> float:
    """Write a decimal inside of a list or an object as one in a column of its own is written."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be kept")


def json_text(value: object, where: str) -> str:
    """Write one value as JSON text.

    Raises
    ------
    Problem
        422: it holds something that JSON, or 64 bits, cannot.
    """
    try:
        return orjson.dumps(value, default=_as_double).decode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise unprocessable(f"{where}: {error}") from None
