"""Text measured and cut in columns of a terminal."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from typing import Protocol

_WITHOUT_COLUMN = ("Mn", "Mc", "Me", "Cf")
"""Categories of characters that take no column: marks on the one before, joiners, variation selectors."""


class HasWidth(Protocol):
    """Options of a console, as rich gives them to what it prints."""

    @property
    def max_width(self) -> int:
        """Columns to fill."""


def terminal_columns(in_a_pipe: int) -> int:
    """Return how many columns the terminal has that is printed to; `in_a_pipe` when there is none."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size((in_a_pipe, 24)).columns if is_terminal else in_a_pipe


def width(text: str) -> int:
    """Count the columns that text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(c) in _WITHOUT_COLUMN
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def clipped(text: str, columns: int) -> str:
    """Cut text to a number of terminal columns, with an ellipsis where something is left out."""
    if width(text) <= columns:
        return text
    kept = ""
    taken = 1
    for character in text:
        taken += width(character)
        if taken > columns:
            break
        kept += character
    return f"{kept}…"
