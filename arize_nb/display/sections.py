"""Describe what a detail pane shows as plain data; the browser and the static page draw it as text only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arize_nb.display.diff_html import diff_rows
from arize_nb.text.values import plain, text_of, whole

Section = dict[str, Any]
_SHORT = 240


def text(title: str, value: Any) -> Section:
    """Show one text in full."""
    return {"type": "text", "title": plain(title), "text": whole(value)}


def note(line: str) -> Section:
    """Say a line of explanation."""
    return {"type": "note", "text": plain(line)}


def pair(title: str, left: tuple[str, Any], right: tuple[str, Any]) -> Section:
    """Show two titled texts side by side."""
    return {
        "type": "pair",
        "title": plain(title),
        "sides": [{"title": plain(head), "text": whole(value)} for head, value in (left, right)],
    }


def diff(title: str, left: tuple[str, Any], right: tuple[str, Any]) -> list[Section]:
    """Compare two texts line by line, changed words marked; a note where there is nothing to mark."""
    before, after = text_of(left[1]), text_of(right[1])
    if before is None or after is None:
        return []
    if before == after:
        return [note("The outputs are the same, character by character.")]
    rows, remark = diff_rows(plain(before), plain(after))
    found: list[Section] = (
        [{"type": "diff", "title": plain(title), "heads": [plain(left[0]), plain(right[0])], "rows": rows}]
        if rows
        else []
    )
    return found + ([note(remark)] if remark else [])


def facts(title: str, rows: Sequence[tuple[str, Any]]) -> Section:
    """Show names and values."""
    return {
        "type": "facts",
        "title": plain(title),
        "rows": [[plain(name), whole(value)] for name, value in rows],
    }


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    *,
    caption: str = "",
    numeric: Sequence[bool] = (),
    current: int | None = None,
) -> Section:
    """Show a small table of ready text; its first column names the row.

    With `current`, the place of a row or -1, the names are buttons that choose a row (see `Panel`), and that
    row is marked.
    """
    cells = [[None if cell is None else plain(cell) for cell in row] for row in rows]
    return {
        "type": "table",
        "title": plain(title),
        "caption": caption,
        "columns": [plain(name) for name in columns],
        "rows": cells,
        "numeric": list(numeric),
        "pick": current is not None,
        "current": current,
    }


def link(label: str, url: str) -> Section:
    """Link to a web page; anything but http(s) is shown as text."""
    return {"type": "link", "text": plain(label), "url": url}


def image(alt: str, buffer: int) -> Section:
    """Show a PNG that travels beside the message, by its place there."""
    return {"type": "image", "alt": plain(alt), "buffer": buffer}


def record(row: Mapping[str, Any], title: str = "") -> list[Section]:
    """Show a whole row: short values as facts, long texts in full."""
    texts = {name: text_of(value) for name, value in row.items()}
    short = [
        (name, value)
        for name, value in texts.items()
        if value is None or (len(value) <= _SHORT and "\n" not in value)
    ]
    long = [
        text(name, value)
        for name, value in texts.items()
        if value is not None and (len(value) > _SHORT or "\n" in value)
    ]
    return ([facts(title, short)] if short else []) + long
