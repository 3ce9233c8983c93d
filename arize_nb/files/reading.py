"""A path or standard input -> rows, their types preserved, and how they were read."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from arize_nb.errors import FileError
from arize_nb.files.facts import FileRows, ReadFacts
from arize_nb.files.formats import (
    HEAD,
    STANDARD_INPUT,
    FileForm,
    RowKind,
    form_of,
    readable_form,
    refuse_other_kinds,
)

if TYPE_CHECKING:
    import pyarrow as pa


_NAMES = {
    "csv": "CSV",
    "tsv": "TSV",
    "json": "JSON",
    "jsonl": "JSON lines",
    "parquet": "Parquet file",
    "arrow": "Arrow file",
    "excel": "spreadsheet",
}
"""Formats as messages call them."""
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"FEA1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"PK\x03\x04", "excel"),
)


def read(
    source: str | os.PathLike[str], kind: RowKind = "run", *, stdin: IO[Any] | str | bytes | None = None
) -> pa.Table | list[dict[str, Any]]:
    """Read runs, examples, annotations or plain records.

    Parameters
    ----------
    source : path
        A file ending in .csv, .tsv, .json, .jsonl, .parquet, .arrow, .feather, .xlsx or the like
        (`formats.ENDINGS`), each also followed by .gz or .zst; or `-` for standard input, or a pipe (`<(…)`
        in a shell), whose format is found from its first characters: `[` JSON, `{` JSON lines, else CSV (and
        binary formats by their magic bytes).
    kind : "run", "example", "annotation" or "record"
        What the rows are: it decides which CSV columns are always text.
    stdin : file object, str or bytes, optional
        What `-` reads; the standard input of the process when None.

    Returns
    -------
    pyarrow.Table or list of dict
        A table from CSV, Parquet, Arrow and Excel, dicts from JSON; always dicts for annotations (grouped by
        record) and records. Names and nesting are the file's own: `frames.from_input` checks and flattens
        them.

    Raises
    ------
    FileError
        Missing, unreadable, empty, wrongly named or broken; says where (line, column, byte).
    InputError
        Readable, but not rows of that kind.
    """
    return read_file(source, kind, stdin=stdin).rows


def read_file(
    source: str | os.PathLike[str], kind: RowKind = "run", *, stdin: IO[Any] | str | bytes | None = None
) -> FileRows:
    """Read rows as `read` does, and say how.

    Returns
    -------
    FileRows
        The rows, and the facts of the reading: `facts.line` tells a user what was guessed or left out,
        `facts.origin` finds the physical line of a row for an error.

    Raises
    ------
    FileError, InputError
        As `read`.
    """
    from arize_nb.frames import Origin

    name = os.fspath(source)
    if name in STANDARD_INPUT:
        facts = ReadFacts(shown="standard input")
        data = _stdin_bytes(stdin)
        form = None
    else:
        path = Path(name).expanduser()
        facts = ReadFacts(shown=str(path))
        form = form_of(path) if path.is_fifo() else readable_form(path)
        data = _file_bytes(path)
    if not data.strip():
        raise FileError(f"{facts.shown} is empty", path=facts.shown, hint="It must hold at least one row.")
    facts.origin = Origin(shown=facts.shown)
    rows = _parsed(data, form, facts, kind)
    if kind == "annotation":
        from arize_nb.frames import annotation_records

        rows = annotation_records(rows, origin=facts.origin, notes=facts.remarks)
    elif kind == "record" and not isinstance(rows, list):
        from arize_nb.frames import decoded_records

        rows = list(decoded_records(rows))
    return FileRows(rows=rows, facts=facts)


def _file_bytes(path: Path) -> bytes:
    """Read a file whole."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"there is no file {str(path)!r}", path=str(path), hint=_near(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(f"{str(path)!r} cannot be read: {reason}", path=str(path)) from error


def _near(path: Path) -> str:
    """Name a file of a similar name, or say where files are looked for."""
    names = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Files are looked for from {str(Path.cwd())!r}."


def _stdin_bytes(stdin: IO[Any] | str | bytes | None) -> bytes:
    """Read standard input whole, as bytes where it has any."""
    if isinstance(stdin, str):
        return stdin.encode("utf-8", "surrogateescape")
    if isinstance(stdin, bytes):
        return stdin
    stream = sys.stdin if stdin is None else stdin
    read = getattr(stream, "buffer", stream).read()
    return read if isinstance(read, bytes) else read.encode("utf-8", "surrogateescape")


def _parsed(
    data: bytes, form: FileForm | None, facts: ReadFacts, kind: RowKind
) -> pa.Table | list[dict[str, Any]]:
    """Turn the bytes of a file into rows."""
    size = len(data)
    compression = (
        form.compression if form is not None else {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}.get(data[:2])
    )
    binary = form is not None and form.form in ("parquet", "arrow", "excel")
    if compression:
        from arize_nb.files.compressed import decompressed
        from arize_nb.files.limits import decoded_limit, text_limit

        data = decompressed(
            data, compression, decoded_limit(size) if binary else text_limit(size), facts.shown
        )
    facts.form = (
        form.form
        if form is not None
        else next((name for start, name in _MAGIC if data.startswith(start)), "")
    )
    if form is not None:
        refuse_other_kinds(data[:HEAD], _NAMES.get(facts.form, facts.form), facts.shown)
    if facts.form in ("parquet", "arrow", "excel"):
        return _binary(data, facts, size)
    from arize_nb.files.text_bytes import utf8_bytes

    facts.form = facts.form or "csv"
    text = utf8_bytes(data, facts)
    if not text.strip():
        raise FileError(f"{facts.shown} is empty", path=facts.shown, hint="It must hold at least one row.")
    sniffed = (
        {b"[": "json", b"{": "lines"}.get(text[:4096].lstrip()[:1], "csv") if form is None else facts.form
    )
    return _text(text, sniffed, facts, kind, size)


def _binary(data: bytes, facts: ReadFacts, size: int) -> pa.Table:
    """Read one of the formats that are no text."""
    if facts.form == "excel":
        from arize_nb.files.excel import table_from_excel

        return table_from_excel(data, facts, size)
    from arize_nb.files.binary_tables import table_from_arrow, table_from_parquet

    return (table_from_parquet if facts.form == "parquet" else table_from_arrow)(data, facts)


def _text(
    text: bytes, form: str, facts: ReadFacts, kind: RowKind, size: int
) -> pa.Table | list[dict[str, Any]]:
    """Read one of the formats that are text; `lines` is JSON on standard input, which may be one object."""
    if form in ("json", "jsonl", "lines"):
        from arize_nb.files.json_format import records_from_json, records_from_lines

        facts.form = form
        return (records_from_json if form == "json" else records_from_lines)(text, facts, size)
    from arize_nb.files.csv_format.reading import table_from_csv

    facts.form = form
    return table_from_csv(text, facts, kind, size)
