"""Reading sheets: a page as JSON-able rows, or everything as Arrow batches in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa

from arize_nb.server.rows.annotations import ANNOTATION_LIST, annotation_lists, annotations_of
from arize_nb.server.rows.cells import ARROW_TYPES, JSON_CELLS, Kind
from arize_nb.server.rows.tables import (
    SYSTEM_COLUMNS,
    Layout,
    SheetColumn,
    columns,
    last_seq,
    parts_of,
    table,
)
from arize_nb.server.store.database import one, rows, run

if TYPE_CHECKING:
    import duckdb

_FIRST_CHUNK: Final = 128  # rows; nothing is known of their size yet
_LARGEST_CHUNK: Final = 122_880  # a row group of DuckDB
_CHUNK_BYTES: Final = 16 << 20

_JSON_TIME: Final = "strftime(make_timestamp({0} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')"


@dataclass(frozen=True)
class Sheet:
    """A sheet, and the resource whose rows it holds."""

    number: int
    """Number of the sheet."""
    layout: Layout
    """Which system columns it has."""
    owner: str
    """Id of the experiment or dataset, which annotations hang on."""


@dataclass(frozen=True)
class Condition:
    """A part of a WHERE clause with its bound values."""

    sql: str
    """SQL over the alias `t` of the sheet's table, and `p1`, `p2`… of its further parts."""
    parameters: tuple[Any, ...] = ()
    """Values for its question marks, in order."""
    parts: tuple[int, ...] = ()
    """Further parts that it needs."""


@dataclass(frozen=True)
class RowPage:
    """Some rows of a sheet in order."""

    records: list[dict[str, Any]]
    """JSON-able rows for orjson, every column of the sheet present."""
    next_position: int | None
    """Where the next page starts; None on the last page."""


def page(
    db: duckdb.DuckDBPyConnection, sheet: Sheet, *, after: int, limit: int, condition: Condition | None = None
) -> RowPage:
    """Read the rows that follow a place.

    Parameters
    ----------
    after : int
        Place of the last row seen; 0 to start.
    limit : int
        Most rows to return.
    condition : Condition, optional
        Only rows that meet it.
    """
    where, values = ("", ()) if condition is None else (f" AND ({condition.sql})", condition.parameters)
    needed = () if condition is None else condition.parts
    name = " ".join(
        [
            f"{table(sheet.number)} t",
            *(f"JOIN {table(sheet.number, p)} p{p} ON p{p}.seq = t.seq" for p in needed),
        ]
    )
    # Places first, rows second: finding the place of the last row reads one column, so that the second query
    # can name a range and DuckDB skips all other row groups. Sorting whole rows would read the rest of the
    # sheet.
    places = rows(
        db,
        f"SELECT t.seq FROM {name} WHERE t.seq > ?{where} ORDER BY t.seq LIMIT ?",
        [after, *values, limit + 1],
    )
    if not places:
        return RowPage([], None)
    shown = [place for (place,) in places[:limit]]
    user = columns(db, sheet.number)
    records = _records(db, sheet, user, shown)
    said = annotations_of(db, sheet.owner, [record["id"] for record in records])
    for record in records if said else ():
        if record["id"] in said:
            record["annotations"] = said[record["id"]]
    return RowPage(records, shown[-1] if len(places) > limit else None)


def _json_system(layout: Layout) -> list[str]:
    """Return SQL for the system columns as REST shows them."""
    return [_JSON_TIME.format(name) if name.endswith("_at") else name for name in SYSTEM_COLUMNS[layout]]


def _records(
    db: duckdb.DuckDBPyConnection, sheet: Sheet, user: Sequence[SheetColumn], places: Sequence[int]
) -> list[dict[str, Any]]:
    """Read the rows at some places as dicts; a JSON cell goes out as the text it is stored as."""
    records: list[dict[str, Any]] = [{} for _ in places]
    for part in (0, *parts_of(user)):
        own = [column for column in user if column.part == part]
        names = [*(SYSTEM_COLUMNS[sheet.layout] if part == 0 else ()), *(column.name for column in own)]
        select = ", ".join(
            [*(_json_system(sheet.layout) if part == 0 else ()), *(column.sql for column in own)]
        )
        source = f"{table(sheet.number, part)} t JOIN (SELECT unnest(?) AS wanted) ON t.seq = wanted"
        sql = f"SELECT {select} FROM {source} WHERE t.seq BETWEEN ? AND ? ORDER BY t.seq"
        for record, row in zip(records, rows(db, sql, [list(places), places[0], places[-1]]), strict=True):
            record.update(zip(names, row, strict=True))
    for column in user:
        if column.kind is Kind.JSON:
            for record in records:
                text = record[column.name]
                if text is not None:
                    record[column.name] = orjson.Fragment(text)
    return records


class SheetStream:
    """All rows of a sheet as Arrow batches, from one snapshot.

    Chunks are cut by bytes, not by rows, so that a million short rows and a thousand huge ones both take
    about the same memory. Closing it, or reading it to its end, lets go of the snapshot.

    Parameters
    ----------
    db : DuckDB cursor
        A cursor of the stream's own, inside a transaction; closed at the end.
    sheet : Sheet
        What to read.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, sheet: Sheet) -> None:
        self._db = db
        self._sheet = sheet
        self._columns = columns(db, sheet.number)
        self._annotated = one(db, "SELECT count(*) FROM annotations WHERE owner = ?", [sheet.owner])[0] > 0
        system = [
            pa.field(name, arrow_type) for name, (_, arrow_type) in SYSTEM_COLUMNS[sheet.layout].items()
        ]
        user = [
            pa.field(
                column.name,
                ARROW_TYPES[column.kind],
                metadata=JSON_CELLS if column.kind is Kind.JSON else None,
            )
            for column in self._columns
        ]
        annotations = [pa.field("annotations", ANNOTATION_LIST)] if sheet.layout is Layout.RUNS else []
        self.schema = pa.schema([*system, *user, *annotations])

    def close(self) -> None:
        """Let go of the snapshot."""
        self._db.close()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order."""
        try:
            last = last_seq(self._db, self._sheet.number)
            place, chunk = 0, _FIRST_CHUNK
            while place < last:
                read = read_bytes = 0
                for batch in self._chunk(place, place + chunk):
                    read += batch.num_rows
                    read_bytes += batch.nbytes
                    yield batch
                place += chunk
                row_bytes = read_bytes / read if read else 1.0
                chunk = min(max(int(_CHUNK_BYTES / row_bytes), 1), chunk * 8, _LARGEST_CHUNK)
        finally:
            self.close()

    def _chunk(self, after: int, until: int) -> Iterator[pa.RecordBatch]:
        """Read the rows whose place is in ``(after, until]``."""
        parts = parts_of(self._columns)
        if not parts:
            for batch in self._part(0, after, until):
                yield self._canonical(list(batch.columns), batch.num_rows)
            return
        # their batches may be cut differently, so a chunk is put together whole
        tables = [self._part(part, after, until).read_all() for part in (0, *parts)]
        arrays = [[column.combine_chunks() for column in found.columns] for found in tables]
        annotations = (
            [arrays[0].pop()]
            if len(arrays[0]) > len(SYSTEM_COLUMNS[self._sheet.layout]) + self._in_first()
            else []
        )
        if tables[0].num_rows:
            yield self._canonical(
                [array for part in arrays for array in part] + annotations, tables[0].num_rows
            )

    def _in_first(self) -> int:
        """Count the user columns of the first part."""
        return sum(column.part == 0 for column in self._columns)

    def _part(self, part: int, after: int, until: int) -> pa.RecordBatchReader:
        """Read the columns of one part."""
        own = [column.sql for column in self._columns if column.part == part]
        source, parameters = f"{table(self._sheet.number, part)} t", []
        if part == 0:
            own = [*(f"t.{name}" for name in SYSTEM_COLUMNS[self._sheet.layout]), *own]
            if self._annotated and self._sheet.layout is Layout.RUNS:
                own.append("a.annotations")
                source += f" LEFT JOIN ({annotation_lists()}) a ON a.record_id = t.id"
                parameters = [self._sheet.owner]
        sql = f"SELECT {', '.join(own)} FROM {source} WHERE t.seq > ? AND t.seq <= ? ORDER BY t.seq"
        return self._db.sql(sql, params=[*parameters, after, until]).to_arrow_reader(_LARGEST_CHUNK)

    def _canonical(self, arrays: list[pa.Array], count: int) -> pa.RecordBatch:
        """Give the columns of some rows, as DuckDB has them, the stream's names and types."""
        for index, field in enumerate(self.schema):
            if index == len(arrays) or pa.types.is_null(field.type):
                arrays[index : index + 1] = [pa.nulls(count, field.type)]
            elif arrays[index].type != field.type:
                arrays[index] = arrays[index].cast(field.type)
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def open_stream(db: duckdb.DuckDBPyConnection, sheet: Sheet) -> SheetStream:
    """Start reading a whole sheet; `db` is inside a transaction and now belongs to the stream."""
    try:
        return SheetStream(db, sheet)
    except BaseException:
        run(db, "ROLLBACK")
        db.close()
        raise
