"""Rows as a table of plain text, for a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

CELL_WIDTH = 60
"""Columns of a terminal that a cell may take; longer text ends in an ellipsis."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return text that cannot steer a terminal: control characters and direction overrides become visible spaces."""
    return _CONTROL.sub(" ", text)


def cell(value: Any, width: int = CELL_WIDTH) -> str:
    """Write a value into a cell: times to the second, missing values as nothing, long text clipped."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:g}"
    text = plain(str(value))
    return text if len(text) <= width else text[: width - 1] + "…"


def _columns_wide(text: str) -> int:
    """Count the columns that text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns_wide(text))


def table(rows: Iterable[Mapping[str, Any]], *, first: tuple[str, ...] = ("name", "id")) -> str:
    """Lay rows out in columns, all-empty columns left out.

    Parameters
    ----------
    rows : iterable of mappings
        A row each; a name that a row lacks is an empty cell.
    first : tuple of str
        Columns to show first when they are there.

    Returns
    -------
    str
        Lines without a closing newline; "" without rows.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    names = [name for name in first if name in names] + [name for name in names if name not in first]
    names = [name for name in names if any(row.get(name) is not None for row in rows)]
    lines = [[plain(name) for name in names], *([cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(_columns_wide(line[index]) for line in lines) for index in range(len(names))]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join("  ".join(_padded(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def panel(fields: Mapping[str, Any]) -> str:
    """Lay the fields of one thing out, a line each, missing ones left out."""
    shown = {plain(name): cell(value, 100) for name, value in fields.items() if value is not None}
    width = max((_columns_wide(name) for name in shown), default=0)
    return "\n".join(f"{_padded(name, width)}  {text}".rstrip() for name, text in shown.items())
