"""Stream rows into a Parquet file: constant memory, the file is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from arize_nb.errors import FileError, FlightUnavailableError
from arize_nb.frames import RecordColumns, canonical
from arize_nb.frames.cells.json_cells import json_array, json_field, json_names
from arize_nb.frames.columns import fixed_dtype
from arize_nb.resources.reading import table as exports
from arize_nb.resources.reading.freed_memory import give_back
from arize_nb.resources.reading.paging import FirstPage, Records, each_page, first_page

if TYPE_CHECKING:
    from arize_nb.filters import Expression
    from arize_nb.resources.lookup import Link, Stream
    from arize_nb.resources.reading.rows import Kind, Rows

GROUP_ROWS = 50_000
GROUP_BYTES = 32 * 2**20
_NULL = pa.null()
_JSON = "json"
"""Stands for the type of a column whose cells are JSON."""


def write_rows(link: Link, rows: Rows, path: str | os.PathLike[str]) -> Path:
    """Write all rows to a Parquet file in the order of the service (ids ascend on every service known).

    Raises
    ------
    FileError
        The folder is missing or cannot be written.
    IncompleteExportError
        The export broke; there is no file.
    """
    target = Path(path).expanduser()
    try:
        with tempfile.TemporaryDirectory(
            prefix=f".{target.name}.", suffix=".partial", dir=target.parent
        ) as folder:
            parts = Parts(rows.kind, Path(folder))
            try:
                _collect(link, rows, parts)
                parts.finish().replace(target)
            finally:
                parts.close()
    except OSError as error:
        raise FileError(
            f"{str(target)!r} cannot be written: {error.strerror or error}", path=str(target)
        ) from error
    return target


class Parts:
    """Canonical tables of one kind, written as they come.

    A new file is begun whenever a table has a column, or a type, that the file before cannot hold. Mostly
    there is one file, and it is the result; else they are brought under one schema at the end.
    """

    def __init__(self, kind: Kind, folder: Path) -> None:
        self._kind = kind
        self._folder = folder
        self._types: dict[str, pa.DataType | str] = {}
        self._written: list[Path] = []
        self._writer: Any = None

    def add(self, table: pa.Table) -> None:
        """Write one table as a row group."""
        seen = {name: self._seen_type(table, name) for name in table.column_names}
        if self._writer is None or any(
            kind not in (_NULL, self._types.get(name)) for name, kind in seen.items()
        ):
            self._begin({**self._types, **{name: self._merged(name, kind) for name, kind in seen.items()}})
        self._writer.write_table(self._aligned(table), row_group_size=max(table.num_rows, 1))

    def finish(self) -> Path:
        """Return the one file that holds everything."""
        self._close_writer()
        if not self._written:
            self.add(RecordColumns(self._kind).table())
            self._close_writer()
        if len(self._written) == 1:
            return self._written[0]
        whole = self._folder / "whole.parquet"
        with pq.ParquetWriter(whole, self._schema(), compression="zstd") as writer:
            for part in self._written:
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        writer.write_table(self._aligned(file.read_row_group(group)))
        return whole

    def close(self) -> None:
        """Let go of the file that is being written."""
        self._close_writer()

    def _begin(self, types: dict[str, pa.DataType | str]) -> None:
        """Begin a file of a wider schema."""
        self._close_writer()
        names = canonical(pa.table({name: pa.nulls(0) for name in types}), self._kind).column_names
        self._types = {name: types.get(name, _NULL) for name in names}
        self._written.append(self._folder / f"{len(self._written)}.parquet")
        self._writer = pq.ParquetWriter(self._written[-1], self._schema(), compression="zstd")

    def _close_writer(self) -> None:
        """Complete the file that is being written."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _schema(self) -> pa.Schema:
        """Return the schema so far; a column without any value yet is text, as everywhere."""
        plain = {
            name: pa.field(name, pa.string() if kind == _NULL else kind)
            for name, kind in self._types.items()
            if kind != _JSON
        }
        return pa.schema([plain.get(name) or json_field(name) for name in self._types])

    def _seen_type(self, table: pa.Table, name: str) -> pa.DataType | str:
        """Return the type of a column; null while it has no value that would show it."""
        column = table.column(name)
        if name in json_names(table):
            return _JSON
        if fixed_dtype(name, self._kind) is None and column.null_count == len(column):
            return _NULL
        return column.type

    def _merged(self, name: str, kind: pa.DataType | str) -> pa.DataType | str:
        """Return the type that holds what was there and what comes."""
        known = self._types.get(name, _NULL)
        if _NULL in (known, kind) or known == kind:
            return kind if known == _NULL else known
        return pa.float64() if {known, kind} == {pa.int64(), pa.float64()} else _JSON

    def _aligned(self, table: pa.Table) -> pa.Table:
        """Bring a table to the schema so far."""
        columns = {}
        for field in self._schema():
            column = table.column(field.name) if field.name in table.column_names else None
            if column is None or column.null_count == len(column):
                columns[field.name] = pa.nulls(table.num_rows, field.type)
            elif self._types[field.name] == _JSON and field.name not in json_names(table):
                columns[field.name] = json_array(column.to_pylist())
            else:
                columns[field.name] = column.cast(field.type)
        return pa.table(columns, schema=self._schema())


def _collect(link: Link, rows: Rows, parts: Parts) -> None:
    """Add all rows, over the transport that `exports.read_table` would choose."""
    first = first_page(link, rows) if rows.transport != "flight" else None
    if rows.transport == "rest" or (first is not None and first[1] is None):
        _collect_pages(link, rows, first, parts)
        return
    try:
        for table in _flight_groups(link, rows, len(first[0]) + 1 if first is not None else 0):
            parts.add(table)
        return
    except FlightUnavailableError as error:
        if rows.transport == "flight":
            raise
        link.notice(f"{error.what}: reading over REST instead, which is slower.")
    _collect_pages(link, rows, first, parts)


def _collect_pages(link: Link, rows: Rows, first: FirstPage | None, parts: Parts) -> None:
    """Add pages in groups of some ten thousand rows."""
    columns = RecordColumns(rows.kind)

    def take(records: Records) -> None:
        nonlocal columns
        columns.add(records)
        if columns.rows >= GROUP_ROWS:
            parts.add(exports.without_annotations(columns.table(), rows))
            columns = RecordColumns(rows.kind)

    each_page(link, rows, first, take)
    if columns.rows:
        parts.add(exports.without_annotations(columns.table(), rows))


def _flight_groups(link: Link, rows: Rows, expected: int) -> Iterator[pa.Table]:
    """Collect batches of one stream."""
    from arize_nb import filters

    expression = filters.parse(rows.filter_text) if rows.filter_text is not None else None
    with link.flight.stream(rows.ticket(), about=rows.about) as stream:
        if exports.needs_rest_for_annotations(link, rows, stream):
            yield exports.read_table(link, exports.over_rest(rows))
            return
        if expression is not None and not {part.field for part in expression.predicates()} <= set(
            stream.schema.names
        ):
            # such a filter needs all rows at once: which annotations there are is known only at the end
            yield exports.read_table(link, rows)
            return
        yield from _converted(stream, rows, expression)
        exports.check_complete(stream.rows, expected, rows)


def _converted(stream: Stream, rows: Rows, expression: Expression | None) -> Iterator[pa.Table]:
    """Yield canonical tables of the rows of a stream that match."""
    waiting: list[pa.RecordBatch] = []
    size = count = 0
    for batch in exports.watched(stream, rows):
        waiting.append(batch)
        size, count = size + batch.nbytes, count + batch.num_rows
        if count >= GROUP_ROWS or size >= GROUP_BYTES:
            table = _table(waiting, stream.schema, rows, expression)
            waiting, size, count = [], 0, 0
            give_back()
            yield table
            del table
            give_back()
    if waiting:
        yield _table(waiting, stream.schema, rows, expression)


def _table(
    batches: list[pa.RecordBatch], schema: pa.Schema, rows: Rows, expression: Expression | None
) -> pa.Table:
    """Bring some batches to the contract."""
    raw = exports.without_empty_annotations(pa.Table.from_batches(batches, schema=schema))
    table = canonical(raw, rows.kind) if expression is None else exports.filtered(raw, expression, rows.kind)
    return exports.without_annotations(table, rows)
