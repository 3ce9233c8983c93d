"""Sheets: the rows of each experiment and each dataset version, in tables whose columns grow and widen with
what arrives.

The first columns are in the sheet's own table, further ones in tables of some hundred columns each, its
parts, which have the same rows (by `seq`): what DuckDB needs for a statement grows with the columns it
touches, for some steps with their square.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from arize_nb.server import limits
from arize_nb.server.rows.cells import (
    MAX_EXACT,
    SQL_TYPES,
    Incoming,
    IncomingColumn,
    Kind,
    converted,
    merged_kind,
)
from arize_nb.server.store.database import one, rows, run

if TYPE_CHECKING:
    import duckdb

_INCOMING: Final = "incoming_rows"
_FIRST_PART: Final = 100
_FURTHER_PART: Final = 400


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
    Layout.EXAMPLES: {
        "id": ("VARCHAR", pa.string()),
        "created_at": ("BIGINT", pa.int64()),
        "updated_at": ("BIGINT", pa.int64()),
    },
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
    part: int = 0
    """Which of the sheet's tables it is in; 0 is the one that has the system columns."""

    @property
    def storage(self) -> str:
        """SQL name of the stored column; a column of kind EMPTY has none."""
        return f"c{self.position}"

    @property
    def sql(self) -> str:
        """SQL expression for the stored cells."""
        return "NULL" if self.kind is Kind.EMPTY else self.storage

    @property
    def cell(self) -> str:
        """SQL expression where the sheet's table has the alias ``t``, and its parts ``p1``,
        ``p2`` and so on.
        """
        return (
            "NULL" if self.kind is Kind.EMPTY else f"{f'p{self.part}' if self.part else 't'}.{self.storage}"
        )


@dataclass(frozen=True)
class _Target:
    """Where the cells of an arriving column go."""

    index: int
    """Place among the arriving columns."""
    part: int
    """Part of the sheet."""
    storage: str
    """Name of the stored column; empty when there is none."""
    cells: str
    """SQL for the cells as they are stored."""


def table(sheet: int, part: int = 0) -> str:
    """Return the SQL name of a sheet's table, or of one of its further parts."""
    return f"sheet_{sheet:d}_{part:d}" if part else f"sheet_{sheet:d}"


def parts_of(user: Sequence[SheetColumn]) -> list[int]:
    """Return which parts columns are in beside the first, in order."""
    return sorted({column.part for column in user} - {0})


def create(db: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    """Make an empty sheet and return its number."""
    sheet = int(one(db, "SELECT nextval('sheet_numbers')")[0])
    run(db, f"CREATE TABLE {table(sheet)} ({', '.join(_system(layout))})")
    return sheet


def drop(db: duckdb.DuckDBPyConnection, sheets: Sequence[int]) -> None:
    """Remove sheets with all their rows."""
    for sheet in sheets:
        for part in (0, *parts_of(columns(db, sheet))):
            run(db, f"DROP TABLE {table(sheet, part)}")
        run(db, "DELETE FROM sheet_columns WHERE sheet = ?", [sheet])


def copy(db: duckdb.DuckDBPyConnection, source: int, layout: Layout) -> int:
    """Make a sheet with the same columns and rows as another."""
    sheet = int(one(db, "SELECT nextval('sheet_numbers')")[0])
    user = columns(db, source)
    # A zero-row insert would make DuckDB 2.0 lose a bulk insert that follows in the same transaction.
    has_rows = last_seq(db, source) > 0
    for part in (0, *parts_of(user)):
        definitions = [*_system(layout if part == 0 else None), *_definitions(user, part)]
        run(db, f"CREATE TABLE {table(sheet, part)} ({', '.join(definitions)})")
        if has_rows:
            names = ", ".join(definition.partition(" ")[0] for definition in definitions)
            run(db, f"INSERT INTO {table(sheet, part)} ({names}) SELECT {names} FROM {table(source, part)}")
    _enter(db, sheet, user)
    return sheet


def columns(db: duckdb.DuckDBPyConnection, sheet: int) -> list[SheetColumn]:
    """Return the user columns of a sheet, in the order in which they first arrived."""
    found = rows(
        db, "SELECT name, kind, position, part FROM sheet_columns WHERE sheet = ? ORDER BY position", [sheet]
    )
    return [SheetColumn(name, Kind(kind), position, part) for name, kind, position, part in found]


def last_seq(db: duckdb.DuckDBPyConnection, sheet: int) -> int:
    """Return the place of the last row; 0 for an empty sheet."""
    return int(one(db, f"SELECT coalesce(max(seq), 0) FROM {table(sheet)}")[0])


def append(
    db: duckdb.DuckDBPyConnection, sheet: int, incoming: Incoming, *, order_by: Sequence[str] = ()
) -> None:
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
    # With an order asked for, the place is given in SQL; else it is counted off as the batches pass. Rows
    # that are counted off are not sorted as well: DuckDB keeps their order, and a sort would hold all of them
    # in memory.
    sort = " ORDER BY place" if order_by else ""
    place = f"{start - 1} + row_number() OVER (ORDER BY {', '.join(order_by)})" if order_by else "seq"
    for part in (0, *parts_of(columns(db, sheet))):
        own = [target for target in targets if target.part == part and target.storage]
        system = incoming.system if part == 0 else tuple(order_by)
        into = ", ".join(
            ["seq", *(incoming.system if part == 0 else ()), *(target.storage for target in own)]
        )
        values = ", ".join(
            [f"{place} AS place", *(incoming.system if part == 0 else ()), *(target.cells for target in own)]
        )
        db.register(_INCOMING, _numbered(incoming, start, [*system, *(f"u{target.index}" for target in own)]))
        try:
            run(db, f"INSERT INTO {table(sheet, part)} ({into}) SELECT {values} FROM {_INCOMING}{sort}")
        finally:
            db.unregister(_INCOMING)


def update(
    db: duckdb.DuckDBPyConnection, sheet: int, incoming: Incoming, given: pa.Table, stamp: int
) -> list[str]:
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
    targets = [target for target in _widen(db, sheet, incoming.columns, every=True) if target.storage]
    found: set[str] = set()
    for part in (0, *sorted({target.part for target in targets} - {0})):
        own = [target for target in targets if target.part == part]
        changes = [f"{t.storage} = CASE WHEN i.g{t.index} THEN {t.cells} ELSE p.{t.storage} END" for t in own]
        db.register(
            _INCOMING, wanted.select(["id", *(f"{kind}{target.index}" for target in own for kind in "ug")])
        )
        try:
            if part == 0:
                found = {
                    row[0]
                    for row in rows(
                        db, f"SELECT p.id FROM {table(sheet)} p SEMI JOIN {_INCOMING} i ON p.id = i.id"
                    )
                }
                assignments = ", ".join([f"updated_at = {stamp:d}", *changes])
                run(db, f"UPDATE {table(sheet)} p SET {assignments} FROM {_INCOMING} i WHERE p.id = i.id")
            else:
                source = f"(SELECT t.seq, i.* FROM {table(sheet)} t JOIN {_INCOMING} i ON t.id = i.id) i"
                run(
                    db,
                    f"UPDATE {table(sheet, part)} p SET {', '.join(changes)} FROM {source} WHERE p.seq ="
                    " i.seq",
                )
        finally:
            db.unregister(_INCOMING)
    return [identifier for identifier in batch.column("id").to_pylist() if identifier in found]


def delete(db: duckdb.DuckDBPyConnection, sheet: int, ids: Sequence[str]) -> set[str]:
    """Remove rows by id and return the ids that were there."""
    for part in parts_of(columns(db, sheet)):
        gone = f"SELECT seq FROM {table(sheet)} WHERE list_contains(?, id)"
        run(db, f"DELETE FROM {table(sheet, part)} WHERE seq IN ({gone})", [list(ids)])
    found = rows(db, f"DELETE FROM {table(sheet)} WHERE list_contains(?, id) RETURNING id", [list(ids)])
    return {row[0] for row in found}


def known_ids(db: duckdb.DuckDBPyConnection, sheet: int, ids: Sequence[str]) -> set[str]:
    """Return those of the ids that the sheet has."""
    return {
        row[0] for row in rows(db, f"SELECT id FROM {table(sheet)} WHERE list_contains(?, id)", [list(ids)])
    }


def repeated_id(db: duckdb.DuckDBPyConnection, sheet: int) -> str | None:
    """Return an id that several rows carry, if any."""
    found = rows(db, f"SELECT id FROM {table(sheet)} GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 1")
    return str(found[0][0]) if found else None


def _numbered(incoming: Incoming, start: int, names: Sequence[str]) -> pa.RecordBatchReader:
    """Read some columns of the incoming batches with the running place of each row in front."""
    chosen = [incoming.schema.get_field_index(name) for name in names]
    schema = pa.schema([pa.field("seq", pa.int64()), *(incoming.schema.field(index) for index in chosen)])

    def numbered() -> Iterator[pa.RecordBatch]:
        place = start
        for batch in incoming.batches():
            seq = pa.array(range(place, place + batch.num_rows), pa.int64())
            place += batch.num_rows
            yield pa.RecordBatch.from_arrays([seq, *(batch.column(index) for index in chosen)], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, numbered())


def _widen(
    db: duckdb.DuckDBPyConnection, sheet: int, arriving: Sequence[IncomingColumn], *, every: bool = False
) -> list[_Target]:
    """Make room for columns, and say where the cells of each go.

    A column that brings no cells is left out; with `every` it stays, without storage when there is none.
    """
    known = {column.name: column for column in columns(db, sheet)}
    fresh = [column for column in arriving if column.name not in known]
    limits.check_columns((column.name for column in fresh), len(known) + len(fresh), "the columns")
    added = _placed(list(known.values()), fresh)
    _add_columns(db, sheet, added)
    known |= {column.name: column for column in added}
    targets = []
    for index, column in enumerate(arriving):
        stored = known[column.name]
        if column.kind not in (stored.kind, Kind.EMPTY):
            stored = _fit(db, sheet, stored, column)
        if stored.kind is not Kind.EMPTY and (every or column.kind is not Kind.EMPTY):
            targets.append(
                _Target(index, stored.part, stored.storage, converted(f"u{index}", column.kind, stored.kind))
            )
        elif every:
            targets.append(_Target(index, stored.part, "", ""))
    return targets


def _placed(known: Sequence[SheetColumn], fresh: Sequence[IncomingColumn]) -> list[SheetColumn]:
    """Give new columns their positions, and the last part as long as it has room."""
    position = max((column.position for column in known), default=-1)
    part = max((column.part for column in known), default=0)
    taken = sum(column.part == part for column in known)
    added = []
    for column in fresh:
        position += 1
        if taken >= (_FURTHER_PART if part else _FIRST_PART):
            part, taken = part + 1, 0
        taken += 1
        added.append(SheetColumn(column.name, column.kind, position, part))
    return added


def _add_columns(db: duckdb.DuckDBPyConnection, sheet: int, added: Sequence[SheetColumn]) -> None:
    """Add user columns, all null; parts that are new are made whole."""
    there = {0, *parts_of(columns(db, sheet))}
    for part in sorted(set(parts_of(added)) - there):
        run(
            db,
            f"CREATE TABLE {table(sheet, part)} ({', '.join([*_system(None), *_definitions(added, part)])})",
        )
        if last_seq(db, sheet):
            run(db, f"INSERT INTO {table(sheet, part)} (seq) SELECT seq FROM {table(sheet)} ORDER BY seq")
    for column in added:
        if column.part in there and column.kind is not Kind.EMPTY:
            run(
                db,
                f"ALTER TABLE {table(sheet, column.part)} ADD COLUMN {column.storage}"
                f" {SQL_TYPES[column.kind]}",
            )
    _enter(db, sheet, added)


def _enter(db: duckdb.DuckDBPyConnection, sheet: int, added: Sequence[SheetColumn]) -> None:
    """Note which columns a sheet has."""
    if added:
        entries = [
            [getattr(column, name) for column in added] for name in ("position", "name", "kind", "part")
        ]
        run(
            db,
            "INSERT INTO sheet_columns SELECT ?, unnest(?), unnest(?), unnest(?), unnest(?)",
            [sheet, *entries],
        )


def _system(layout: Layout | None) -> list[str]:
    """Return SQL that defines the columns of our own: of a sheet's first table, or without a layout of a
    further part.
    """
    own = SYSTEM_COLUMNS[layout].items() if layout is not None else ()
    return ["seq BIGINT NOT NULL", *(f"{name} {sql_type}" for name, (sql_type, _) in own)]


def _definitions(user: Sequence[SheetColumn], part: int) -> list[str]:
    """Return SQL that defines the stored columns of a part."""
    return [
        f"{column.storage} {SQL_TYPES[column.kind]}"
        for column in user
        if column.part == part and column.kind is not Kind.EMPTY
    ]


def _fit(
    db: duckdb.DuckDBPyConnection, sheet: int, stored: SheetColumn, arriving: IncomingColumn
) -> SheetColumn:
    """Change a stored column's kind, when it must, so that it holds the arriving cells as well."""
    source, exact = stored.kind, arriving.exact
    if stored.kind is not Kind.EMPTY:
        count, smallest, largest = _range(db, sheet, stored)
        exact = exact and smallest >= -MAX_EXACT and largest <= MAX_EXACT
        source = stored.kind if count else Kind.EMPTY
    kind = merged_kind(source, arriving.kind, exact=exact)
    if kind is stored.kind:
        return stored
    fitted = SheetColumn(stored.name, kind, stored.position, stored.part)
    if stored.kind is Kind.EMPTY:
        run(db, f"ALTER TABLE {table(sheet, stored.part)} ADD COLUMN {fitted.storage} {SQL_TYPES[kind]}")
    else:
        cells = converted(stored.storage, source, kind)
        run(
            db,
            f"ALTER TABLE {table(sheet, stored.part)} ALTER {stored.storage} SET DATA TYPE {SQL_TYPES[kind]}"
            f" USING {cells}",
        )
    run(
        db,
        "UPDATE sheet_columns SET kind = ? WHERE sheet = ? AND position = ?",
        [kind.value, sheet, stored.position],
    )
    return fitted


def _range(db: duckdb.DuckDBPyConnection, sheet: int, column: SheetColumn) -> tuple[int, Any, Any]:
    """Return how many cells a stored column has, and the smallest and largest integer (0 for other kinds)."""
    extremes = (
        f"coalesce(min({column.storage}), 0), coalesce(max({column.storage}), 0)"
        if column.kind is Kind.INTEGER
        else "0, 0"
    )
    count, smallest, largest = one(
        db, f"SELECT count({column.storage}), {extremes} FROM {table(sheet, column.part)}"
    )
    return int(count), smallest, largest
