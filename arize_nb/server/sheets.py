"""Sheets: a table of rows for each experiment and each dataset version, whose columns grow and widen with what arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from arize_nb.server.cells import MAX_EXACT, SQL_TYPES, Incoming, IncomingColumn, Kind, converted, merged_kind
from arize_nb.server.database import one, rows, run

if TYPE_CHECKING:
    import duckdb

_INCOMING: Final = "incoming_rows"


class Layout(StrEnum):
    """Which system columns a sheet has."""

    RUNS = "runs"
    EXAMPLES = "examples"


SYSTEM_COLUMNS: Final[dict[Layout, dict[str, tuple[str, pa.DataType]]]] = {
    Layout.RUNS: {
        "id": ("VARCHAR", pa.string()),
        "example_id": ("VARCHAR", pa.string()),
        "output": ("VARCHAR", pa.string()),
        "error": ("VARCHAR", pa.string()),
    },
    # Times of examples are milliseconds since 1970 (UTC), as Flight carries them.
    Layout.EXAMPLES: {"id": ("VARCHAR", pa.string()), "created_at": ("BIGINT", pa.int64()), "updated_at": ("BIGINT", pa.int64())},
}


@dataclass(frozen=True)
class SheetColumn:
    """A user column of a sheet."""

    name: str
    """The user's name: any text, told apart by case."""
    kind: Kind
    """What its cells hold."""
    position: int
    """Place among the user columns; also names its storage, since DuckDB's own names ignore case."""

    @property
    def storage(self) -> str:
        """SQL name of the stored column; a column of kind EMPTY has none."""
        return f"c{self.position}"

    @property
    def sql(self) -> str:
        """SQL expression for the stored cells."""
        return "NULL" if self.kind is Kind.EMPTY else self.storage


def table(sheet: int) -> str:
    """Return the SQL name of a sheet's table."""
    return f"sheet_{sheet:d}"


def create(db: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    """Make an empty sheet and return its number."""
    sheet = int(one(db, "SELECT nextval('sheet_numbers')")[0])
    system = ", ".join(f"{name} {sql_type}" for name, (sql_type, _) in SYSTEM_COLUMNS[layout].items())
    run(db, f"CREATE TABLE {table(sheet)} (seq BIGINT NOT NULL, {system})")
    return sheet


def drop(db: duckdb.DuckDBPyConnection, sheets: Sequence[int]) -> None:
    """Remove sheets with all their rows."""
    for sheet in sheets:
        run(db, f"DROP TABLE {table(sheet)}")
        run(db, "DELETE FROM sheet_columns WHERE sheet = ?", [sheet])


def copy(db: duckdb.DuckDBPyConnection, source: int, layout: Layout) -> int:
    """Make a sheet with the same columns and rows as another."""
    sheet = create(db, layout)
    _add_columns(db, sheet, columns(db, source))
    # A zero-row insert would make DuckDB 2.0 lose a bulk insert that follows in the same transaction.
    if last_seq(db, source):
        names = ", ".join(["seq", *SYSTEM_COLUMNS[layout], *(c.storage for c in columns(db, source) if c.kind is not Kind.EMPTY)])
        run(db, f"INSERT INTO {table(sheet)} ({names}) SELECT {names} FROM {table(source)}")  # noqa: S608 - our own names
    return sheet


def columns(db: duckdb.DuckDBPyConnection, sheet: int) -> list[SheetColumn]:
    """Return the user columns of a sheet, in the order in which they first arrived."""
    found = rows(db, "SELECT name, kind, position FROM sheet_columns WHERE sheet = ? ORDER BY position", [sheet])
    return [SheetColumn(name, Kind(kind), position) for name, kind, position in found]


def last_seq(db: duckdb.DuckDBPyConnection, sheet: int) -> int:
    """Return the place of the last row; 0 for an empty sheet."""
    return int(one(db, f"SELECT coalesce(max(seq), 0) FROM {table(sheet)}")[0])  # noqa: S608


def append(db: duckdb.DuckDBPyConnection, sheet: int, incoming: Incoming, *, order_by: Sequence[str] = ()) -> None:
    """Add rows at the end of a sheet, with the columns and kinds that they need.

    Parameters
    ----------
    incoming : Incoming
        The rows, with all system columns of the sheet.
    order_by : sequence of str
        System columns to sort the new rows by; empty to keep the order of arrival.
    """
    if not incoming.rows:
        _widen(db, sheet, incoming.columns)
        return
    start = last_seq(db, sheet) + 1
    targets = _widen(db, sheet, incoming.columns)
    # With an order asked for, the place is given in SQL; else it is counted off as the batches pass.
    # Rows that are counted off are not sorted as well: DuckDB keeps their order, and a sort would hold all of them in memory.
    sort = " ORDER BY place" if order_by else ""
    place = f"{start - 1} + row_number() OVER (ORDER BY {', '.join(order_by)})" if order_by else "seq"
    into = ", ".join(["seq", *incoming.system, *(name for name, _ in targets)])
    values = ", ".join([f"{place} AS place", *incoming.system, *(expression for _, expression in targets)])
    db.register(_INCOMING, _numbered(incoming, start))
    try:
        run(db, f"INSERT INTO {table(sheet)} ({into}) SELECT {values} FROM {_INCOMING}{sort}")  # noqa: S608
    finally:
        db.unregister(_INCOMING)


def update(db: duckdb.DuckDBPyConnection, sheet: int, incoming: Incoming, given: pa.Table, stamp: int) -> list[str]:
    """Change cells of the rows with the given ids; ids that the sheet lacks are passed over.

    Parameters
    ----------
    incoming : Incoming
        A row an id, with the system column ``id``.
    given : pyarrow.Table
        Truth values ``g0``, ``g1``, …: whether the row gives that column at all. Others keep their cell.
    stamp : int
        New ``updated_at``, milliseconds.

    Returns
    -------
    list of str
        Ids that were found, in the order of `incoming`.
    """
    batch = next(incoming.batches())
    wanted = pa.Table.from_batches([batch])
    for name in given.column_names:
        wanted = wanted.append_column(name, given.column(name))
    targets = _widen(db, sheet, incoming.columns, every=True)
    changes = [
        f"{name} = CASE WHEN i.g{index} THEN {expression} ELSE t.{name} END" for index, (name, expression) in enumerate(targets) if name
    ]
    db.register(_INCOMING, wanted)
    try:
        found = {row[0] for row in rows(db, f"SELECT t.id FROM {table(sheet)} t SEMI JOIN {_INCOMING} i ON t.id = i.id")}  # noqa: S608
        assignments = ", ".join([f"updated_at = {stamp:d}", *changes])
        run(db, f"UPDATE {table(sheet)} t SET {assignments} FROM {_INCOMING} i WHERE t.id = i.id")  # noqa: S608
    finally:
        db.unregister(_INCOMING)
    return [identifier for identifier in batch.column("id").to_pylist() if identifier in found]


def delete(db: duckdb.DuckDBPyConnection, sheet: int, ids: Sequence[str]) -> set[str]:
    """Remove rows by id and return the ids that were there."""
    found = rows(db, f"DELETE FROM {table(sheet)} WHERE list_contains(?, id) RETURNING id", [list(ids)])  # noqa: S608
    return {row[0] for row in found}


def known_ids(db: duckdb.DuckDBPyConnection, sheet: int, ids: Sequence[str]) -> set[str]:
    """Return those of the ids that the sheet has."""
    return {row[0] for row in rows(db, f"SELECT id FROM {table(sheet)} WHERE list_contains(?, id)", [list(ids)])}  # noqa: S608


def repeated_id(db: duckdb.DuckDBPyConnection, sheet: int) -> str | None:
    """Return an id that several rows carry, if any."""
    found = rows(db, f"SELECT id FROM {table(sheet)} GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 1")  # noqa: S608
    return str(found[0][0]) if found else None


def _numbered(incoming: Incoming, start: int) -> pa.RecordBatchReader:
    """Read the incoming batches with the running place of each row in front."""
    schema = pa.schema([pa.field("seq", pa.int64()), *incoming.schema])

    def numbered() -> Iterator[pa.RecordBatch]:
        place = start
        for batch in incoming.batches():
            seq = pa.array(range(place, place + batch.num_rows), pa.int64())
            place += batch.num_rows
            yield pa.RecordBatch.from_arrays([seq, *batch.columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, numbered())


def _widen(db: duckdb.DuckDBPyConnection, sheet: int, arriving: Sequence[IncomingColumn], *, every: bool = False) -> list[tuple[str, str]]:
    """Make room for columns, and say where each goes: stored name and SQL for its cells.

    A column that brings no cells is left out; with `every` it stays in place, its stored name empty when there is none.
    """
    known = {column.name: column for column in columns(db, sheet)}
    start = max((column.position for column in known.values()), default=-1) + 1
    fresh = [column for column in arriving if column.name not in known]
    added = [SheetColumn(column.name, column.kind, position) for position, column in enumerate(fresh, start)]
    _add_columns(db, sheet, added)
    known |= {column.name: column for column in added}
    targets = []
    for index, column in enumerate(arriving):
        stored = known[column.name]
        if column.kind not in (stored.kind, Kind.EMPTY):
            stored = _fit(db, sheet, stored, column)
        if stored.kind is not Kind.EMPTY and (every or column.kind is not Kind.EMPTY):
            targets.append((stored.storage, converted(f"u{index}", column.kind, stored.kind)))
        elif every:
            targets.append(("", ""))
    return targets


def _add_columns(db: duckdb.DuckDBPyConnection, sheet: int, added: Sequence[SheetColumn]) -> None:
    """Add user columns, all null."""
    if added:
        entries = [[column.position for column in added], [column.name for column in added], [column.kind.value for column in added]]
        run(db, "INSERT INTO sheet_columns SELECT ?, unnest(?), unnest(?), unnest(?)", [sheet, *entries])
    for column in added:
        if column.kind is not Kind.EMPTY:
            run(db, f"ALTER TABLE {table(sheet)} ADD COLUMN {column.storage} {SQL_TYPES[column.kind]}")


def _fit(db: duckdb.DuckDBPyConnection, sheet: int, stored: SheetColumn, arriving: IncomingColumn) -> SheetColumn:
    """Change a stored column's kind, when it must, so that it holds the arriving cells as well."""
    source, exact = stored.kind, arriving.exact
    if stored.kind is not Kind.EMPTY:
        count, smallest, largest = _range(db, sheet, stored)
        exact = exact and smallest >= -MAX_EXACT and largest <= MAX_EXACT
        source = stored.kind if count else Kind.EMPTY
    kind = merged_kind(source, arriving.kind, exact=exact)
    if kind is stored.kind:
        return stored
    fitted = SheetColumn(stored.name, kind, stored.position)
    if stored.kind is Kind.EMPTY:
        run(db, f"ALTER TABLE {table(sheet)} ADD COLUMN {fitted.storage} {SQL_TYPES[kind]}")
    else:
        cells = converted(stored.storage, source, kind)
        run(db, f"ALTER TABLE {table(sheet)} ALTER {stored.storage} SET DATA TYPE {SQL_TYPES[kind]} USING {cells}")
    run(db, "UPDATE sheet_columns SET kind = ? WHERE sheet = ? AND position = ?", [kind.value, sheet, stored.position])
    return fitted


def _range(db: duckdb.DuckDBPyConnection, sheet: int, column: SheetColumn) -> tuple[int, Any, Any]:
    """Return how many cells a stored column has, and the smallest and largest integer (0 for other kinds)."""
    extremes = f"coalesce(min({column.storage}), 0), coalesce(max({column.storage}), 0)" if column.kind is Kind.INTEGER else "0, 0"
    count, smallest, largest = one(db, f"SELECT count({column.storage}), {extremes} FROM {table(sheet)}")  # noqa: S608
    return int(count), smallest, largest
