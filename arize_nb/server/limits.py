"""What one request may bring, so that a small input cannot cost much: documented in docs/local-workspace.md,
checked before it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from arize_nb.server.problems import Problem, unprocessable

MAX_COLUMNS: Final = 10_000
"""Columns of an experiment's runs, or members of a dataset version's examples, in all."""

MAX_NAME: Final = 1_000
"""Characters of a column's name."""

MAX_CELL_BYTES: Final = 64 << 20
"""Bytes of one cell, as UTF-8 or as JSON text."""

MAX_BATCH_ROWS: Final = 5_000_000
"""Rows of one Arrow batch."""

MAX_VALUES: Final = 20_000
"""Annotation values of one request."""

# An upload may decode to this much in any case, and to so many times what it sent beyond that.
FREE_CELLS: Final = 16_000_000
CELLS_A_BYTE: Final = 8
FREE_PARTS: Final = 2_000_000
PARTS_A_BYTE: Final = 1
FREE_TEXT_BYTES: Final = 256 << 20
TEXT_A_BYTE: Final = 8


def check_columns(names: Iterable[str], count: int, where: str) -> None:
    """Raise a 422 when there are too many columns, or one has too long a name.

    Parameters
    ----------
    names : iterable of str
        Names that arrive.
    count : int
        How many columns there would be in all.
    where : str
        What they are columns of, for the message.
    """
    if count > MAX_COLUMNS:
        raise unprocessable(
            f"{where}: {count:,} columns, more than {MAX_COLUMNS:,}; put some of them into one list or object"
        )
    for name in names:
        if len(name) > MAX_NAME:
            raise unprocessable(
                f"{where}: the column name {name[:40]!r}… has {len(name):,} characters, more than"
                f" {MAX_NAME:,}"
            )


def check_cell(size: int, where: str) -> None:
    """Raise a 422 when a cell is too large.

    Parameters
    ----------
    size : int
        Bytes of the largest one.
    where : str
        Its column.
    """
    if size > MAX_CELL_BYTES:
        what = f"a cell of {size >> 20:,} MB, more than {MAX_CELL_BYTES >> 20} MB"
        raise unprocessable(f"{where}: {what}; keep it elsewhere, and its address here")


def too_large(where: str, what: str) -> Problem:
    """Say that something small would become too large."""
    return Problem(413, f"{where}: {what}; send it in smaller uploads, uncompressed, each value once")
