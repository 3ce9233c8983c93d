"""Tables as aligned text and as static, escaped HTML; nothing here needs a kernel or the network."""

from __future__ import annotations

import datetime as dt
import json
import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from arize_nb.text.number_text import column_texts, single
from arize_nb.text.terminal import clipped, width
from arize_nb.text.visible import visible

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 50
"""Rows of a frame that its HTML shows."""
MAX_CELL = 300
"""Characters of a cell that HTML shows; the rest is in the frame."""
_MAX_COLUMN = 60
_MIN_COLUMN = 8
_GAP = "  "
_TABLE_ID = "ax"  # fixed: the same frame gives the same text in every run

_LINE = "var(--jp-border-color2, rgba(128, 128, 128, 0.4))"
_FAINT = "var(--jp-content-font-color2, currentColor)"
TABLE_STYLES: list[Any] = [
    {
        "selector": "",
        "props": (
            "border-collapse: collapse; color: inherit; background: transparent; font-size: 0.9em; margin:"
            " 0.3em 0;"
        ),
    },
    {
        "selector": "caption",
        "props": (
            f"caption-side: bottom; text-align: left; padding-top: 0.4em; color: {_FAINT}; opacity: 0.85;"
        ),
    },
    {
        "selector": "th",
        "props": (
            f"text-align: left; font-weight: 600; padding: 0.25em 0.7em; border-bottom: 1px solid {_LINE};"
            " background: transparent;"
        ),
    },
    {
        "selector": "td",
        "props": (
            "text-align: left; vertical-align: top; padding: 0.25em 0.7em; max-width: 32em; white-space:"
            f" pre-wrap; overflow-wrap: anywhere; border-bottom: 1px solid {_LINE}; background: transparent;"
        ),
    },
    {
        "selector": "td.ax-number",
        "props": "text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;",
    },
]
"""Styler rules that read in light and dark: inherited colours, JupyterLab's own line colour where there is
one.
"""

_MEMBERS_STYLE = "border-collapse: collapse; color: inherit; background: transparent; font-size: 0.9em"
_TITLE_STYLE = (
    f"caption-side: top; text-align: left; font-weight: 600; color: inherit; border-bottom: 1px solid {_LINE}"
)
_HEAD_STYLE = "text-align: left; font-weight: 600; padding: 0.15em 0.9em 0.15em 0; vertical-align: top"
_CELL_STYLE = "text-align: left; padding: 0.15em 0; overflow-wrap: anywhere; white-space: pre-wrap"


def cell_text(value: object) -> str:
    """Return a value as one line of text; a missing value is empty.

    Control characters are shown as pictures (an escape sequence in a model's output must not reach a
    terminal).
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else single(value).replace(",", "")
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple, dict)):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return visible(str(value)).replace("\n", "⏎")


def text_table(
    records: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    *,
    max_width: int | None = None,
) -> str:
    """Return records as a table of aligned text.

    Parameters
    ----------
    records : sequence of Mapping
        Rows; a missing member is an empty cell.
    columns : sequence of str, optional
        What to show, in order; all members by first appearance when None, those without any value left out.
    max_width : int, optional
        Columns of the terminal; asked for when None, and without limit when the output is no terminal. Long
        cells are cut, the widest column first; ids and names are never cut, since they are typed again.

    Returns
    -------
    str
        A header line and a line a record, numbers to the right; no trailing line end.
    """
    if columns is None:
        columns = [
            name
            for name in dict.fromkeys(name for record in records for name in record)
            if any(r.get(name) is not None for r in records)
        ]
    if not columns:
        return ""
    right = [_numeric([record.get(name) for record in records]) for name in columns]
    texts = [
        _column_text([record.get(name) for record in records], numeric)
        for name, numeric in zip(columns, right, strict=True)
    ]
    cells = [list(row) for row in zip(*texts, strict=True)]
    heads = [visible(name) for name in columns]
    whole = [name in ("id", "name") or name.endswith("_id") for name in columns]
    longest = [max(map(width, column)) for column in zip(heads, *cells, strict=True)]
    widths = [most if uncut else min(most, _MAX_COLUMN) for most, uncut in zip(longest, whole, strict=True)]
    widths = _fitted(widths, whole, max_width or _terminal_width())
    return "\n".join(_line(row, widths, right) for row in (heads, *cells))


def _numeric(values: Sequence[Any]) -> bool:
    """Whether all values that are there are numbers."""
    given = [value for value in values if value is not None]
    return bool(given) and all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in given
    )


def _column_text(values: Sequence[Any], numeric: bool) -> list[str]:
    """Return a column as lines of text; its numbers have as many decimals as each other."""
    if not numeric:
        return [cell_text(value) for value in values]
    return ["" if text in (None, "NaN") else str(text) for text in column_texts(values, group=False)]


def _terminal_width() -> int:
    """Return how many columns the terminal has; no limit when the output goes elsewhere."""
    return shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else sys.maxsize


def _fitted(widths: list[int], whole: Sequence[bool], room: int) -> list[int]:
    """Shrink the widest columns that may be cut until the line fits, or all are at their least."""
    fitted = list(widths)
    while sum(fitted) + len(_GAP) * (len(fitted) - 1) > room:
        widest = max((size for size, uncut in zip(fitted, whole, strict=True) if not uncut), default=0)
        if widest <= _MIN_COLUMN:
            break
        fitted[next(i for i, size in enumerate(fitted) if size == widest and not whole[i])] -= 1
    return fitted


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """Return one line of a table."""
    parts = []
    for text, room, to_right in zip(row, widths, right, strict=True):
        shown = clipped(text, room)
        padding = " " * (room - width(shown))
        parts.append(padding + shown if to_right else shown + padding)
    return _GAP.join(parts).rstrip()


def html_cell(value: object) -> str:
    """Return a value as escaped HTML, cut to a readable length; a missing value is a faint dash."""
    text = cell_text(value) if not isinstance(value, str) else visible(value)
    if value is None or (text == "" and not isinstance(value, str)):
        return f'<span style="color: {_FAINT}; opacity: 0.6">–</span>'
    more = f"… ({len(text) - MAX_CELL:,} more characters)" if len(text) > MAX_CELL else ""
    return escape(text[:MAX_CELL]) + more


def frame_html(
    frame: pd.DataFrame,
    *,
    caption: str | None = None,
    max_rows: int = MAX_ROWS,
    noun: str = "rows",
    total: int | None = None,
) -> str:
    """Return a frame as a static HTML table that reads on GitHub, in nbconvert output and without a kernel.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows; everything in it is escaped, names included.
    caption : str, optional
        What the table is; followed by "20 of 600 rows" when rows are left out.
    max_rows : int
        Rows to show.
    noun : str
        What a row is, in the plural.
    total : int, optional
        Rows there are, when the frame holds only some of them.
    """
    import pandas as pd
    from pandas.io.formats.style import Styler

    shown = frame.head(max_rows).reset_index(drop=True)
    whole = len(frame) if total is None else total
    count = (
        f"{len(shown):,} of {whole:,} {noun}"
        if len(shown) < whole
        else f"{whole:,} {noun.removesuffix('s') if whole == 1 else noun}"
    )
    names = [escape(visible(str(name))) for name in shown.columns]
    cells = shown.astype(object).where(shown.notna(), None)
    cells.columns = range(len(names))  # names may be there twice, or hold markup
    classes = cells.copy()
    for position in cells.columns:
        numbers = _numeric(list(cells[position]))
        classes[position] = "ax-number" if numbers else ""
        if numbers:
            cells[position] = pd.Series(
                column_texts(list(cells[position]), name=names[position]), index=cells.index, dtype=object
            )
    styler = Styler(
        cells,
        uuid=_TABLE_ID,
        cell_ids=False,
        caption=escape(visible(f"{caption}: {count}" if caption else count)),
        formatter=html_cell,
    )
    styler.hide(axis="index").format_index(lambda position: names[position], axis="columns")
    html: str = styler.set_td_classes(classes).set_table_styles(TABLE_STYLES).to_html()
    return html


def members_html(title: str, members: Mapping[str, Any]) -> str:
    """Return one object as a two-column HTML table; members without a value are left out.

    Parameters
    ----------
    title : str
        What the object is.
    members : Mapping
        Names and values, all escaped.
    """
    rows = "".join(
        f'<tr><th scope="row" style="{_HEAD_STYLE}">{escape(visible(name))}</th><td'
        f' style="{_CELL_STYLE}">{html_cell(value)}</td></tr>'
        for name, value in members.items()
        if value is not None
    )
    caption = f'<caption style="{_TITLE_STYLE}">{escape(visible(title))}</caption>'
    return f'<table class="ax-members" style="{_MEMBERS_STYLE}">{caption}<tbody>{rows}</tbody></table>'


def members_text(title: str, members: Mapping[str, Any]) -> str:
    """Return one object as lines of `name  value`; members without a value are left out."""
    given = {visible(name): cell_text(value) for name, value in members.items() if value is not None}
    room = max(map(width, given), default=0)
    return "\n".join(
        [
            visible(title),
            *(f"  {name}{' ' * (room - width(name))}  {value}".rstrip() for name, value in given.items()),
        ]
    )
