"""Rows of a table as text to paste or to keep: tab-separated, Markdown, CSV; every value whole and exact."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.text.values import plain, text_of
from arize_nb.widgets.column_filters.kinds import column_kind
from arize_nb.widgets.grid.row_source import python_values

if TYPE_CHECKING:
    import pyarrow as pa

_QUOTED = re.compile(r'[\t\r\n"]')
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#$~&])")


def column_values(table: pa.Table, name: str) -> list[str | None]:
    """Return a column as exact text, None where a value is missing."""
    return [text_of(value) for value in python_values(table[name])]


def tsv(table: pa.Table, columns: Sequence[str]) -> str:
    """Return rows as a spreadsheet takes them: a head, tabs, cells with tabs, line ends or quotes quoted;
    missing values empty.
    """
    lines = zip(*(column_values(table, name) for name in columns), strict=True)
    return "\n".join("\t".join(map(_tsv_cell, line)) for line in [tuple(columns), *lines])


def _tsv_cell(text: str | None) -> str:
    if text is None:
        return ""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def markdown(table: pa.Table, columns: Sequence[str]) -> str:
    """Return rows as a Markdown table; nothing in a cell is read as Markdown or HTML, numbers stand right,
    missing values are empty.
    """
    rules = ["---:" if column_kind(table.schema.field(name).type) == "number" else "---" for name in columns]
    lines = zip(*(column_values(table, name) for name in columns), strict=True)
    rows = [[_markdown_cell(text) for text in line] for line in [tuple(columns), *lines]]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rules, *rows[1:]])


def _markdown_cell(text: str | None) -> str:
    if text is None:
        return ""
    return _MARKDOWN.sub(r"\\\1", plain(text)).replace("\n", "<br>")


def csv_bytes(table: pa.Table) -> bytes:
    """Return rows as CSV in UTF-8: a missing value is an empty cell, an empty text is `""`, nested values are
    JSON.
    """
    import pyarrow as pa
    import pyarrow.csv

    for place, column in enumerate(table.schema):
        values: Any = table[column.name]
        if column_kind(column.type) in ("nested", "other"):
            values = pa.array([text_of(value) for value in values.to_pylist()], pa.large_string())
        elif pa.types.is_decimal(column.type) or pa.types.is_float16(column.type):
            values = pa.array(column_values(table, column.name), pa.large_string())
        table = table.set_column(place, column.name, values)
    made = io.BytesIO()
    pyarrow.csv.write_csv(table, made, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return made.getvalue()
