"""What a file may cost: sizes that it declares are checked before memory is taken."""

from __future__ import annotations

from typing import NoReturn

from arize_nb.errors import FileError

MAX_COLUMNS = 10_000
"""Columns, or members of all objects together, that a file may have."""
DECODED_FLOOR = 400 << 20
"""Bytes that any file may take once it is decoded, however small it is; with this no input of 10 MB takes
more than 1 GB.
"""
DECODED_TIMES = 40
"""A larger file may take so many times its own size."""
TEXT_FLOOR = 100 << 20
"""Bytes that the text of any compressed file may have."""
TEXT_TIMES = 10
"""The text of a larger compressed file may have so many times the file's size."""
OBJECTS_FLOOR = 700 << 20
"""Bytes that the Python objects of any JSON file may take."""
OBJECTS_TIMES = 70
"""Those of a larger file may take so many times its size."""
CELLS_FLOOR = 20_000_000
"""Cells (rows x columns) that any file may have."""
CELLS_TIMES = 4
"""A larger file may have so many cells for each of its bytes."""

_HINT = "Read it with pandas or pyarrow, a part at a time, and give the table."


def decoded_limit(size: int) -> int:
    """Return the bytes that a file of `size` bytes may take once it is decoded."""
    return max(DECODED_FLOOR, DECODED_TIMES * size)


def text_limit(size: int) -> int:
    """Return the bytes that the text of a compressed file of `size` bytes may have."""
    return max(TEXT_FLOOR, TEXT_TIMES * size)


def check_cells(rows: int, columns: int, size: int, shown: str) -> None:
    """Refuse a table of too many columns, or mostly of gaps.

    Raises
    ------
    FileError
        Names the number and the limit.
    """
    if columns > MAX_COLUMNS:
        hint = "Keep what varies in one column, as an object."
        raise FileError(f"{shown} has {columns:,} columns, more than {MAX_COLUMNS:,}", path=shown, hint=hint)
    if rows * columns > max(CELLS_FLOOR, CELLS_TIMES * size):
        raise FileError(
            f"{shown} has {rows:,} rows of {columns:,} columns, too many for its {size:,} bytes",
            path=shown,
            hint=_HINT,
        )


def too_large(shown: str, size: int, limit: int, *, what: str = "decodes to") -> NoReturn:
    """Refuse a file that would take more than it may.

    Raises
    ------
    FileError
        Names the sizes.
    """
    megabytes = f"{size / 2**20:,.0f} MB" if size < 2**40 else "more than a million MB"
    raise FileError(
        f"{shown} {what} {megabytes}, more than the {limit / 2**20:,.0f} MB that a file of its size may",
        path=shown,
        hint=_HINT,
    )


def objects_size(data: bytes) -> int:
    """Estimate the bytes that the Python objects of a JSON text take, from its marks (CPython 3.11 to 3.14,
    64 bits).
    """
    return (
        len(data)
        + 80 * data.count(b"{")
        + 72 * data.count(b"[")
        + 80 * data.count(b":")
        + 30 * data.count(b",")
        + 28 * data.count(b'"')
    )


def check_objects(data: bytes, size: int, shown: str) -> None:
    """Refuse JSON whose objects would take too much.

    Raises
    ------
    FileError
        Names the sizes.
    """
    limit = max(OBJECTS_FLOOR, OBJECTS_TIMES * size)
    needed = objects_size(data)
    if needed > limit:
        too_large(shown, needed, limit, what="needs about")
