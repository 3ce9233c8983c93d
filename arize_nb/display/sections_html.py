"""Static, escaped HTML of rows and sections: what a reader without a kernel sees."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

STATIC_ROWS = 20
"""Rows of a static table; the count of all of them is always printed."""
_CELL = 'dir="auto" style="vertical-align:top;text-align:left;white-space:pre-wrap;overflow-wrap:anywhere"'
STATIC_CLIP = 160
"""Most characters of a cell of a static table."""
_SHORT_CELL = 24
_SIDE = {False: "left", True: "right"}


def rows_html(
    columns: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    caption: str,
    *,
    numeric: Sequence[bool] = (),
) -> str:
    """Return an escaped table; None cells read as a dash.

    Parameters
    ----------
    columns : sequence of str
        Heads.
    rows : sequence of sequences
        Cells as text, already clipped.
    caption : str
        Says how many of how many rows these are.
    numeric : sequence of bool, optional
        Columns to align right.
    """
    right = [place < len(numeric) and numeric[place] for place in range(len(columns))]
    looks = [_look(at, [row[place] for row in rows]) for place, at in enumerate(right)]
    heads = "".join(
        f'<th scope="col" style="text-align:{_SIDE[at]};vertical-align:bottom">{_breakable(name)}</th>'
        for name, at in zip(columns, right, strict=True)
    )
    lines = ("".join(_td(cell, look) for cell, look in zip(row, looks, strict=True)) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    head = f"<caption style='text-align:left'>{_inert(caption)}</caption><thead><tr>{heads}</tr></thead>"
    return f'<div style="overflow-x:auto" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def _look(right: bool, cells: Sequence[str | None]) -> str:
    """Return the style of a column: short values stay on one line, long ones get room within bounds, so that
    none squeezes the others.
    """
    short = right or max((len(cell or "") for cell in cells), default=0) <= _SHORT_CELL
    return f"text-align:{'right' if right else 'start'};{'white-space:nowrap' if short else 'min-width:16em;max-width:32em'}"


def _td(cell: str | None, look: str) -> str:
    shown = "—" if cell is None else _inert(cell)
    return (
        '<td dir="auto"'
        f' style="vertical-align:top;{look};unicode-bidi:isolate;overflow-wrap:break-word">{shown}</td>'
    )


def _breakable(name: str) -> str:
    """Return a column's name that may go on in a second line after each of its parts."""
    return "<wbr>".join(_inert(part) for part in re.split(r"(?<=[._])", name))


def _inert(text: str) -> str:
    """Escape HTML, and `$` and backslash as well: MathJax in a page would typeset what stands
    between them.
    """
    return escape(text).replace("$", "&#36;<span></span>").replace("\\", "&#92;<span></span>")


def sections_html(sections: Sequence[Mapping[str, Any]], buffers: Sequence[bytes] | None = None) -> str:
    """Return sections (see `sections.py`) as escaped HTML; without their buffers pictures give way to their
    description.
    """
    return "".join(
        f"{_heading(section)}{_DRAW[section['type']]({**section, 'buffers': buffers})}"
        for section in sections
    )


def _heading(section: Mapping[str, Any]) -> str:
    return f"<h4>{_inert(section['title'])}</h4>" if section.get("title") else ""


def _pre(text: str | None) -> str:
    if text is None:
        return "<p><em>no value</em></p>"
    return (
        '<pre dir="auto"'
        f' style="white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal">{_inert(text)}</pre>'
    )


def _pair(section: Mapping[str, Any]) -> str:
    cells = "".join(
        f"<td {_CELL}><b>{_inert(side['title'])}</b>{_pre(side['text'])}</td>" for side in section["sides"]
    )
    return f'<table style="width:100%;table-layout:fixed"><tr>{cells}</tr></table>'


def _spans(parts: Sequence[Sequence[str]]) -> str:
    return "".join(_inert(text) if tag == "same" else f"<{tag}>{_inert(text)}</{tag}>" for tag, text in parts)


def _diff(section: Mapping[str, Any]) -> str:
    heads = "".join(f'<th scope="col">{_inert(head)}</th>' for head in section["heads"])
    lines = (
        f"<td>{escape(sign)}</td><td {_CELL}>{_spans(left)}</td><td {_CELL}>{_spans(right)}</td>"
        for sign, left, right in section["rows"]
    )
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _facts(section: Mapping[str, Any]) -> str:
    lines = (
        f'<th scope="row" style="text-align:left">{_inert(name)}</th>{_td(value, "text-align:start")}'
        for name, value in section["rows"]
    )
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{rows}</table>"


def _table(section: Mapping[str, Any]) -> str:
    return rows_html(
        section["columns"],
        section["rows"],
        section.get("caption") or "",
        numeric=section.get("numeric") or (),
    )


def _link(section: Mapping[str, Any]) -> str:
    url = str(section["url"])
    if not url.startswith(("http://", "https://")):
        return f"<p>{_inert(section['text'])}</p>"
    return (
        f'<p><a href="{escape(url, quote=True)}" target="_blank" rel="noopener'
        f' noreferrer">{_inert(section["text"])}</a></p>'
    )


def _image(section: Mapping[str, Any]) -> str:
    if section["buffers"] is None:
        return f"<p>{_inert(section['alt'])}</p>"
    data = b64encode(section["buffers"][section["buffer"]]).decode("ascii")
    return f'<img alt="{escape(section["alt"], quote=True)}" src="data:image/png;base64,{data}">'


def _text(section: Mapping[str, Any]) -> str:
    return _pre(section["text"])


def _note(section: Mapping[str, Any]) -> str:
    return f"<p>{_inert(section['text'])}</p>"


_DRAW: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "text": _text,
    "note": _note,
    "pair": _pair,
    "diff": _diff,
    "facts": _facts,
    "table": _table,
    "link": _link,
    "image": _image,
}
