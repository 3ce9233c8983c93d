"""Two texts beside each other with the words that differ marked, as escaped HTML."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html import escape

from arize_nb.views.tables import visible

MAX_CHARACTERS = 4_000
"""Longest part of a text that is shown and compared; difflib is quadratic at worst."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_DEL = "background: rgba(213, 94, 0, 0.18); text-decoration: line-through; color: inherit"
_INS = "background: rgba(0, 114, 178, 0.18); text-decoration: underline; color: inherit"


def diff_html(before: str | None, after: str | None) -> tuple[str, str]:
    """Return both texts as HTML: words that only the first has within `<del>`, words that only the second has within `<ins>`.

    Marks are lines as well as colours. Text beyond 4,000 characters is cut, and the cut is said. None is a dash.
    """
    if before is None or after is None or before == after:
        return _whole(before), _whole(after)
    left, right = _WORDS.findall(visible(before[:MAX_CHARACTERS])), _WORDS.findall(visible(after[:MAX_CHARACTERS]))
    gone, come = [], []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=len(left) > 500).get_opcodes():
        old, new = escape("".join(left[a:b])), escape("".join(right[c:d]))
        gone.append(old if kind == "equal" or not old else f'<del style="{_DEL}">{old}</del>')
        come.append(new if kind == "equal" or not new else f'<ins style="{_INS}">{new}</ins>')
    return "".join(gone) + _cut(before), "".join(come) + _cut(after)


def _whole(text: str | None) -> str:
    return "–" if text is None else escape(visible(text[:MAX_CHARACTERS])) + _cut(text)


def _cut(text: str) -> str:
    return f"… ({len(text) - MAX_CHARACTERS:,} more characters)" if len(text) > MAX_CHARACTERS else ""
