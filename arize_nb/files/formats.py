"""File formats and compressions by the ending of a name; and what is no table at all, whatever its name
says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arize_nb.errors import FileError

RowKind = Literal["run", "example", "annotation", "record"]
"""What the rows of a file are; a record is a plain object of any kind."""
ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".xlsx": "excel",
    ".xls": "excel",
    ".ods": "excel",
}
"""Endings that are read (any case), and the format of each."""
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
"""Endings that may follow one of these."""
WRITTEN = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""Endings that are written, and the format of each."""
STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/proc/self/fd/0", "stdin"})
"""Names that mean standard input, as for the official program."""


@dataclass(frozen=True, kw_only=True)
class FileForm:
    """What the ending of a name says."""

    form: str
    """csv, tsv, json, jsonl, parquet, arrow or excel."""
    compression: str | None = None
    """gzip or zstd around it."""


def form_of(path: Path) -> FileForm | None:
    """Return what a path's ending says; None for one that is not known."""
    compression = COMPRESSIONS.get(path.suffix.lower())
    form = ENDINGS.get((Path(path.stem) if compression else path).suffix.lower())
    return FileForm(form=form, compression=compression) if form else None


def readable_form(path: Path) -> FileForm:
    """Return what a path's ending says.

    Raises
    ------
    FileError
        For an ending that is not known.
    """
    found = form_of(path)
    if found is None:
        raise _unknown(path, f"{', '.join(ENDINGS)}, each also with {' or '.join(COMPRESSIONS)}")
    return found


def format_of(path: Path) -> str:
    """Return the format in which a path is written.

    Raises
    ------
    FileError
        For an ending that cannot be written.
    """
    known = WRITTEN.get(path.suffix.lower())
    if known is None:
        raise _unknown(path, ", ".join(WRITTEN))
    return known


def _unknown(path: Path, endings: str) -> FileError:
    """Make the error for an ending that is not known."""
    shown = f"the ending {path.suffix!r}" if path.suffix else "no ending"
    return FileError(f"{str(path)!r} has {shown}", path=str(path), hint=f"Use one of {endings}.")


HEAD = 512
"""Bytes of a file that are enough to know."""
_KINDS = (
    (
        ("<!doctype", "<html", "<?xml", "<head", "<body"),
        "an HTML page",
        "A login page, perhaps: download the file again.",
    ),
    (("version https://git-lfs",), "a pointer of git-lfs, not the file", "Fetch the file: git lfs pull"),
    (("-----begin",), "a key or certificate", None),
)


def refuse_other_kinds(head: bytes, form: str, shown: str) -> None:
    """Refuse a file that is a document of another kind.

    Parameters
    ----------
    head : bytes
        The first `HEAD` bytes, decompressed.
    form : str
        What it was taken for.
    shown : str
        The file, for the message.

    Raises
    ------
    FileError
        It is an HTML page, a pointer of git-lfs, or a key.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].decode("ascii", "replace").lower()
    for beginnings, what, hint in _KINDS:
        if start.startswith(beginnings):
            raise FileError(f"{shown} is {what}, no {form}", path=shown, hint=hint)
