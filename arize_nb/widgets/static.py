"""Static, escaped HTML of rows and sections: what a reader without a kernel sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

STATIC_ROWS = 20
"""Rows of a static table; the count of all of them is always printed."""


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
    heads = "".join(
        f'<th scope="col" style="text-align:{"right" if align else "left"}">{escape(name)}</th>'
        for name, align in zip(columns, right, strict=True)
    )
    body = "".join(f"<tr>{''.join(_td(cell, align) for cell, align in zip(row, right, strict=True))}</tr>" for row in rows)
    return (
        f"<table><caption style='text-align:left'>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _td(cell: str | None, right: bool) -> str:
    if cell is None:
        return "<td>—</td>"
    return (
        f'<td dir="auto" style="text-align:{"right" if right else "start"};unicode-bidi:isolate;overflow-wrap:anywhere">{_inert(cell)}</td>'
    )


def _inert(text: str) -> str:
    """Escape HTML, and `$` and backslash as well: MathJax in a page would typeset what stands between them."""
    return escape(text).replace("$", "&#36;<span></span>").replace("\\", "&#92;<span></span>")


def sections_html(sections: Sequence[Mapping[str, Any]]) -> str:
    """Return sections (see `sections.py`) as escaped HTML; pictures are left out."""
    return "".join(
        f"<h4>{_inert(section['title'])}</h4>{_DRAW[section['type']](section)}" if section.get("title") else _DRAW[section["type"]](section)
        for section in sections
    )


def _pre(text: str | None) -> str:
    if text is None:
        return "<p><em>no value</em></p>"
    return f'<pre dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{_inert(text)}</pre>'


def _pair(section: Mapping[str, Any]) -> str:
    cells = "".join(
        f'<td style="vertical-align:top;text-align:left"><b>{_inert(side["title"])}</b>{_pre(side["text"])}</td>'
        for side in section["sides"]
    )
    return f'<table style="width:100%;table-layout:fixed"><tr>{cells}</tr></table>'


def _spans(parts: Sequence[Sequence[str]]) -> str:
    return "".join(_inert(text) if tag == "same" else f"<{tag}>{_inert(text)}</{tag}>" for tag, text in parts)


def _diff(section: Mapping[str, Any]) -> str:
    heads = "".join(f'<th scope="col">{_inert(head)}</th>' for head in section["heads"])
    style = "vertical-align:top;text-align:left;white-space:pre-wrap;overflow-wrap:anywhere"
    rows = "".join(
        f'<tr><td>{escape(sign)}</td><td style="{style}">{_spans(left)}</td><td style="{style}">{_spans(right)}</td></tr>'
        for sign, left, right in section["rows"]
    )
    return f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _facts(section: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{_inert(name)}</th>{_td(value, False)}</tr>' for name, value in section["rows"]
    )
    return f"<table>{rows}</table>"


def _table(section: Mapping[str, Any]) -> str:
    return rows_html(section["columns"], section["rows"], section.get("caption") or "", numeric=section.get("numeric") or ())


def _link(section: Mapping[str, Any]) -> str:
    url = str(section["url"])
    if not url.startswith(("http://", "https://")):
        return f"<p>{_inert(section['text'])}</p>"
    return f'<p><a href="{escape(url, quote=True)}" target="_blank" rel="noopener noreferrer">{_inert(section["text"])}</a></p>'


_DRAW = {
    "text": lambda section: _pre(section["text"]),
    "note": lambda section: f"<p>{_inert(section['text'])}</p>",
    "pair": _pair,
    "diff": _diff,
    "facts": _facts,
    "table": _table,
    "link": _link,
    "image": lambda section: f"<p>{_inert(section['alt'])}</p>",
}
