"""Text measured and cut in columns of a terminal."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Count the columns that text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
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
