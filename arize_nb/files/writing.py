"""Rows -> a file or a stream; a file is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from arize_nb.errors import FileError
from arize_nb.files.formats import format_of
from arize_nb.files.json_format import json_chunks, line_chunks, object_text
from arize_nb.persistence.atomic_write import replacing

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.files.formats import RowKind


def write(
    rows: pa.Table | Iterable[Mapping[str, Any]] | Mapping[str, Any],
    target: str | os.PathLike[str] | IO[Any],
    format: str | None = None,  # noqa: A002 - the word of the command line
    *,
    kind: RowKind = "record",
    for_spreadsheets: bool = False,
) -> Path | None:
    """Write rows as JSON, JSON lines, CSV, TSV or Parquet.

    Parameters
    ----------
    rows : pyarrow.Table, iterable of dict, or one dict
        JSON of a table of runs is nested (`evaluations`, `metadata`), of examples flat; CSV and Parquet are
        always flat. An iterable is consumed once; JSON never holds more than one record in memory. One dict
        is one JSON object, or one row.
    target : path or file object
        A file is written beside its name and renamed at the end. A text stream takes all formats but Parquet.
    format : "json", "jsonl", "csv", "tsv" or "parquet", optional
        By the ending of the path when None.
    kind : "run", "example", "annotation" or "record"
        What the rows are.
    for_spreadsheets : bool
        In CSV and TSV: text that a spreadsheet would carry out as a formula gets an apostrophe, the file a
        byte order mark.

    Returns
    -------
    Path or None
        The file; None for a stream.

    Raises
    ------
    FileError
        For an ending that is not known, a folder that is missing, or Parquet on a text stream.
    """
    if not isinstance(target, (str, os.PathLike)):
        _write_stream(rows, target, _Way(form=format or "json", kind=kind, for_spreadsheets=for_spreadsheets))
        return None
    path = Path(target).expanduser()
    chosen = format or format_of(path)
    with replacing(path) as stream:
        _write_bytes(rows, stream, _Way(form=chosen, kind=kind, for_spreadsheets=for_spreadsheets))
    return path


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How rows are written."""

    form: str
    kind: RowKind
    for_spreadsheets: bool


def _write_stream(rows: object, stream: IO[Any], way: _Way) -> None:
    """Write to a stream of bytes, or of text."""
    if not hasattr(stream, "encoding"):
        _write_bytes(rows, stream, way)
    elif way.form == "parquet":
        raise FileError("Parquet cannot be written to standard output", hint="Give a file: -o runs.parquet")
    else:
        for chunk in _chunks(rows, way):
            stream.write(chunk.decode())


def _write_bytes(rows: object, stream: IO[bytes], way: _Way) -> None:
    """Write to a stream of bytes."""
    if way.form == "parquet":
        from arize_nb.files.binary_tables import write_parquet

        write_parquet(_table(rows, way.kind), stream)
        return
    for chunk in _chunks(rows, way):
        stream.write(chunk)


def _chunks(rows: object, way: _Way) -> Iterator[bytes]:
    """Yield the bytes of a text format."""
    form, kind = way.form, way.kind
    if form in ("csv", "tsv"):
        from arize_nb.files.csv_format.writing import csv_chunks

        return csv_chunks(
            _table(rows, kind),
            delimiter="\t" if form == "tsv" else ",",
            for_spreadsheets=way.for_spreadsheets,
        )
    if form == "json" and isinstance(rows, Mapping):
        return iter((object_text(rows),))
    if form in ("json", "jsonl"):
        return (json_chunks if form == "json" else line_chunks)(_records(rows, kind))
    raise FileError(f"there is no format {form!r}", hint="Use json, jsonl, csv, tsv or parquet.")


def _records(rows: object, kind: RowKind) -> Iterable[Mapping[str, Any]]:
    """Return the rows as records: nested for runs."""
    if isinstance(rows, Mapping):
        return [rows]
    if not hasattr(rows, "column_names"):
        return cast("Iterable[Mapping[str, Any]]", rows)
    if kind in ("run", "example"):
        from arize_nb.frames import nested_records

        return nested_records(rows, kind)
    from arize_nb.frames import decoded_records

    return decoded_records(rows)


def _table(rows: Any, kind: RowKind) -> pa.Table:
    """Return the rows as a flat table."""
    if hasattr(rows, "column_names"):
        return rows
    from arize_nb.frames import RecordColumns, table_from_records

    rows = [rows] if isinstance(rows, Mapping) else rows
    if kind in ("run", "example"):
        return table_from_records(rows, kind)
    columns = RecordColumns("example")
    columns.add([dict(row) for row in rows])
    return columns.flat_table()
