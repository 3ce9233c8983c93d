"""A path or standard input -> rows, their types preserved."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from arize_nb.errors import FileError
from arize_nb.files.formats import ENDINGS, STANDARD_INPUT, format_of
from arize_nb.files.json_text import records_from_json, records_from_lines

if TYPE_CHECKING:
    import pyarrow as pa

RowKind = Literal["run", "example", "annotation", "record"]
"""What the rows of a file are; a record is a plain object of any kind."""


def read(
    source: str | os.PathLike[str], kind: RowKind = "run", *, stdin: IO[Any] | str | bytes | None = None
) -> pa.Table | list[dict[str, Any]]:
    """Read runs, examples, annotations or plain records.

    Parameters
    ----------
    source : path
        A file ending in .csv, .json, .jsonl, .parquet or .pq; or `-` for standard input, or a pipe (`<(…)` in a shell), whose format is
        found from its first characters: `[` JSON, `{` JSON lines, else CSV (and Parquet by its magic bytes).
    kind : "run", "example", "annotation" or "record"
        What the rows are: it decides which CSV columns are always text.
    stdin : file object, str or bytes, optional
        What `-` reads; the standard input of the process when None.

    Returns
    -------
    pyarrow.Table or list of dict
        A table from CSV and Parquet, dicts from JSON; always dicts for annotations (grouped by record) and records.
        Names and nesting are the file's own: `frames.from_input` checks and flattens them.

    Raises
    ------
    FileError
        Missing, unreadable, empty, wrongly named or broken; says where (line, column, byte).
    InputError
        Readable, but not rows of that kind.
    """
    name = os.fspath(source)
    if name in STANDARD_INPUT:
        shown = "standard input"
        data = _stdin_bytes(stdin)
        form = _sniffed(data)
    else:
        path = Path(name).expanduser()
        shown = str(path)
        piped = path.suffix.lower() not in ENDINGS and path.is_fifo()
        form = "" if piped else format_of(path)
        data = _file_bytes(path)
        form = form or _sniffed(data)
    if not data.strip():
        raise FileError(f"{shown} is empty", path=shown, hint="It must hold at least one row.")
    rows = _parsed(data, form, shown, kind)
    if kind == "annotation":
        from arize_nb.frames import annotation_records

        return annotation_records(rows)
    if kind == "record" and not isinstance(rows, list):
        records: list[dict[str, Any]] = rows.to_pylist()
        return records
    return rows


def _file_bytes(path: Path) -> bytes:
    """Read a file whole."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"there is no file {str(path)!r}", path=str(path), hint=_near(path)) from None
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be read: {error.strerror}", path=str(path)) from error


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


def _sniffed(data: bytes) -> str:
    """Find the format of standard input from its first characters."""
    if data[:4] == b"PAR1":
        return "parquet"
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return {b"[": "json", b"{": "jsonl"}.get(start, "csv")


def _parsed(data: bytes, form: str, shown: str, kind: RowKind) -> pa.Table | list[dict[str, Any]]:
    """Turn the bytes of a file into rows."""
    if form == "json":
        return records_from_json(data, shown)
    if form == "jsonl":
        return records_from_lines(data, shown)
    if form == "csv":
        from arize_nb.files.csv_text import table_from_csv

        return table_from_csv(data, shown, kind)
    from arize_nb.files.parquet import table_from_parquet

    return table_from_parquet(data, shown)
