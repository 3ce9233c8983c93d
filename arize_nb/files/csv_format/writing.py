"""Arrow -> CSV: every cell is written so that reading it gives the same value of the same type."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.files.csv_format.reading import READ_AS_OTHER, is_text_column
from arize_nb.frames.cells.json_cells import json_text

_BATCH_ROWS = 50_000
_FORMULA = r"^[\s\x00]*[=+\-@\t\r]"
"""Text that a spreadsheet would take for a formula (OWASP, "CSV Injection")."""


def csv_chunks(table: pa.Table, *, delimiter: str = ",", for_spreadsheets: bool = False) -> Iterator[bytes]:
    """Yield a table as CSV (UTF-8), a batch of rows at a time.

    Parameters
    ----------
    table : pyarrow.Table
        Any columns; objects and lists are written as JSON.
    delimiter : str
        A comma or a tab.
    for_spreadsheets : bool
        Put an apostrophe before text that a spreadsheet would carry out as a formula (`=`, `+`, `-`, `@` at
        its start), and a byte order mark before the file, by which Excel knows UTF-8. Such a cell does not
        come back as it was.

    Notes
    -----
    A missing value is an empty cell, empty text is `""`. Doubles keep their point (`1.0`), so that they come
    back as doubles. Text that would be read as a number or a boolean is quoted, and a quoted cell is text to
    the reader.
    """
    from arize_nb.frames import json_names

    cells_of_json = json_names(table)
    mark = b"\xef\xbb\xbf" if for_spreadsheets else b""
    names = [_neutral_name(name) if for_spreadsheets else name for name in table.column_names]
    yield mark + delimiter.join(_quoted_name(name, delimiter) for name in names).encode() + b"\n"
    for start in range(0, table.num_rows, _BATCH_ROWS):
        part = table.slice(start, _BATCH_ROWS)
        cells = [
            _json_cell_text(column, name, delimiter, neutral=for_spreadsheets)
            if name in cells_of_json
            else _cell_text(column, name, delimiter, neutral=for_spreadsheets)
            for name, column in zip(part.column_names, part.columns, strict=True)
        ]
        lines = pc.binary_join_element_wise(*cells, delimiter) if len(cells) > 1 else cells[0]
        yield "\n".join(lines.to_pylist()).encode() + b"\n"


def _neutral_name(name: str) -> str:
    """Keep a column name from being taken for a formula."""
    return f"'{name}" if name.lstrip()[:1] in ("=", "+", "-", "@") else name


def _quoted_name(name: str, delimiter: str) -> str:
    """Quote a column name where it must be."""
    must = not name or any(mark in name for mark in (delimiter, '"', "\r", "\n"))
    return '"' + name.replace('"', '""') + '"' if must else name


def _cell_text(column: pa.ChunkedArray, name: str, delimiter: str, *, neutral: bool) -> pa.ChunkedArray:
    """Render a column as CSV cells, null as an empty cell."""
    from arize_nb.frames import contract_type

    column = contract_type(column)
    if pa.types.is_floating(column.type):
        text = column.cast(pa.string())
        text = pc.if_else(
            pc.match_substring_regex(text, r"[.e]"), text, pc.binary_join_element_wise(text, "0", ".")
        )
    elif pa.types.is_boolean(column.type):
        text = pc.if_else(column, "True", "False")
    elif pa.types.is_string(column.type):
        text = _quoted_text(_neutral(column) if neutral else column, name, delimiter)
    else:
        text = column.cast(pa.string())
    return pc.fill_null(text, "")


def _json_cell_text(column: pa.ChunkedArray, name: str, delimiter: str, *, neutral: bool) -> pa.ChunkedArray:
    """Render cells of JSON: text as text, all else as JSON, which no spreadsheet takes for a formula."""
    from arize_nb.frames import decoded

    values = decoded(column, is_json=True)
    text = pa.chunked_array(
        [pa.array([value if isinstance(value, str) else None for value in values], pa.string())]
    )
    other = pa.chunked_array(
        [pa.array([None if isinstance(value, str) else json_text(value) for value in values], pa.string())]
    )
    nothing = pc.is_null(column)
    cells = pc.coalesce(
        _quoted_text(_neutral(text) if neutral else text, name, delimiter), _quoted_marks(other, delimiter)
    )
    return pc.if_else(nothing, "", cells)


def _neutral(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put an apostrophe before text that is a formula to a spreadsheet; a plain negative number is none."""
    formula = pc.and_(
        pc.match_substring_regex(column, _FORMULA), pc.invert(pc.match_substring_regex(column, READ_AS_OTHER))
    )
    return pc.if_else(formula, pc.binary_join_element_wise("'", column, ""), column)


def _quoted_text(column: pa.ChunkedArray, name: str, delimiter: str) -> pa.ChunkedArray:
    """Quote text where it holds a mark of CSV, is empty, or would be read as a value of another type."""
    needs = pc.equal(column, "")
    if not is_text_column(name):
        needs = pc.or_(needs, pc.match_substring_regex(column, READ_AS_OTHER))
    return _quoted_marks(column, delimiter, needs)


def _quoted_marks(
    column: pa.ChunkedArray, delimiter: str, also: pa.ChunkedArray | None = None
) -> pa.ChunkedArray:
    """Quote text that holds a mark of CSV, and where `also` says so."""
    needs = pc.match_substring_regex(column, f'["\\r\\n{delimiter}]')
    needs = needs if also is None else pc.or_(needs, also)
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(needs, quoted, column)
