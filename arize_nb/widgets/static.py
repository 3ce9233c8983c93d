"""Static, escaped HTML of rows and sections: what a reader without a kernel sees."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

STATIC_ROWS = 20
"""Rows of a static table; the count of all of them is always printed."""
_CELL = 'dir="auto" style="vertical-align:top;text-align:left;white-space:pre-wrap;overflow-wrap:anywhere"'
_SIDE = {False: "left", True: "right"}
_LONG = 40
"""Characters from which on a cell is prose, not a name or a number."""
_LEAST_WIDTH, _MOST_WIDTH = "16em", "32em"


def rows_html(columns: Sequence[str], rows: Sequence[Sequence[str | None]], caption: str, *, numeric: Sequence[bool] = ()) -> str:
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
    heads = "".join(f'<th scope="col" style="text-align:{_SIDE[at]}">{_inert(name)}</th>' for name, at in zip(columns, right, strict=True))
    lines = ("".join(_td(cell, at) for cell, at in zip(row, right, strict=True)) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    head = f"<caption style='text-align:left'>{_inert(caption)}</caption><thead><tr>{heads}</tr></thead>"
    return f'<div style="overflow-x:auto"><table>{head}<tbody>{body}</tbody></table></div>'


def _td(cell: str | None, right: bool) -> str:
    """Return a cell. Long text keeps a width to be read at: `anywhere` would let a wide table squeeze it to single letters."""
    if cell is None:
        return "<td>—</td>"
    least = f"min-width:{_LEAST_WIDTH};" if len(cell) > _LONG else ""
    side = "right" if right else "start"
    style = f"vertical-align:top;text-align:{side};unicode-bidi:isolate;{least}max-width:{_MOST_WIDTH};overflow-wrap:break-word"
    return f'<td dir="auto" style="{style}">{_inert(cell)}</td>'


def _inert(text: str) -> str:
    """Escape HTML, and `$` and backslash as well: MathJax in a page would typeset what stands between them."""
    return escape(text).replace("$", "&#36;<span></span>").replace("\\", "&#92;<span></span>")


def sections_html(sections: Sequence[Mapping[str, Any]], buffers: Sequence[bytes] | None = None) -> str:
    """Return sections (see `sections.py`) as escaped HTML; without their buffers pictures give way to their description."""
    return "".join(f"{_heading(section)}{_DRAW[section['type']]({**section, 'buffers': buffers})}" for section in sections)


def _heading(section: Mapping[str, Any]) -> str:
    return f"<h4>{_inert(section['title'])}</h4>" if section.get("title") else ""


def _pre(text: str | None) -> str:
    if text is None:
        return "<p><em>no value</em></p>"
    return f'<pre dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{_inert(text)}</pre>'


def _pair(section: Mapping[str, Any]) -> str:
    cells = "".join(f"<td {_CELL}><b>{_inert(side['title'])}</b>{_pre(side['text'])}</td>" for side in section["sides"])
    return f'<table style="width:100%;table-layout:fixed"><tr>{cells}</tr></table>'


def _spans(parts: Sequence[Sequence[str]]) -> str:
    return "".join(_inert(text) if tag == "same" else f"<{tag}>{_inert(text)}</{tag}>" for tag, text in parts)


def _diff(section: Mapping[str, Any]) -> str:
    heads = "".join(f'<th scope="col">{_inert(head)}</th>' for head in section["heads"])
    lines = (
        f"<td>{escape(sign)}</td><td {_CELL}>{_spans(left)}</td><td {_CELL}>{_spans(right)}</td>" for sign, left, right in section["rows"]
    )
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _facts(section: Mapping[str, Any]) -> str:
    lines = (f'<th scope="row" style="text-align:left">{_inert(name)}</th>{_td(value, False)}' for name, value in section["rows"])
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>{rows}</table>"


def _table(section: Mapping[str, Any]) -> str:
    return rows_html(section["columns"], section["rows"], section.get("caption") or "", numeric=section.get("numeric") or ())


def _link(section: Mapping[str, Any]) -> str:
    url = str(section["url"])
    if not url.startswith(("http://", "https://")):
        return f"<p>{_inert(section['text'])}</p>"
    return f'<p><a href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer">{_inert(section["text"])}</a></p>'


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
