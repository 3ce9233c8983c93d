"""Turn any cell into text that is safe and honest to show: clipped, control characters made visible, nothing
interpreted.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from arize_nb.text.number_text import exact

CLIP = 300
"""Most characters of a cell in a table."""
WHOLE = 100_000
"""Most characters of one text in a detail pane; what is left out is counted."""

# Control pictures for C0 and DEL: a null byte or an escape sequence is seen, and never reaches a terminal or
# a parser.
_VISIBLE: dict[int, str] = {code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)} | {
    0x7F: "\u2421"
}
# Bidirectional overrides reorder text around them; their names are shown in place.
_VISIBLE |= {
    code: f"[U+{code:04X}]"
    for code in (0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069)
}
# Lone surrogates cannot be encoded for the wire.
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """Return the text with control characters, overrides and lone surrogates made visible; CR
    LF becomes LF.
    """
    seen = text.replace("\r\n", "\n").translate(_VISIBLE)
    if _SURROGATE.search(seen):
        seen = seen.encode("utf-8", "replace").decode("utf-8")
    return seen


def shortened(name: str, limit: int) -> str:
    """Return a name of at most `limit` characters; a long one loses its middle, since names often differ at
    their ends.
    """
    return name if len(name) <= limit else f"{name[: limit - limit // 2 - 1]}…{name[-(limit // 2) :]}"


def text_of(value: object) -> str | None:
    """Return the whole text of a cell, a number with all its digits; None stays None (missing)."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal | np.number):
        return exact(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def cell(value: object, clip: int = CLIP) -> str | None:
    """Return a cell for a table: one line, at most `clip` characters; None when missing."""
    whole = text_of(value)
    if whole is None:
        return None
    cut = whole if len(whole) <= clip else whole[: clip - 1] + "…"
    return plain(cut).replace("\n", " ⏎ ").replace("\t", " ")


def whole(value: object, limit: int = WHOLE) -> str | None:
    """Return a text for a detail pane; a text longer than `limit` ends with the count of what is left out."""
    text = text_of(value)
    if text is None:
        return None
    if len(text) <= limit:
        return plain(text)
    return (
        f"{plain(text[:limit])}\n… {len(text) - limit:,} of {len(text):,} characters left out here; .frame()"
        " has all of them"
    )
