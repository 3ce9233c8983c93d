"""File formats by the ending of a name."""

from __future__ import annotations

from pathlib import Path

from arize_nb.errors import FileError

ENDINGS = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".parquet": "parquet", ".pq": "parquet"}
"""Endings that are understood (any case), and the format of each."""
STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/proc/self/fd/0", "stdin"})
"""Names that mean standard input, as for the official program."""


def format_of(path: Path) -> str:
    """Return the format that a path's ending names.

    Raises
    ------
    FileError
        For an ending that is not known.
    """
    known = ENDINGS.get(path.suffix.lower())
    if known is None:
        shown = f"the ending {path.suffix!r}" if path.suffix else "no ending"
        raise FileError(f"{str(path)!r} has {shown}", path=str(path), hint=f"Use one of {', '.join(ENDINGS)}.")
    return known
