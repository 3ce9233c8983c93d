"""CSV <-> Arrow: columns that are text stay text, all others keep the one type that fits every cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from arize_nb.errors import ColumnError, FileError
from arize_nb.files.json_text import utf8_text

if TYPE_CHECKING:
    from arize_nb.files.reading import RowKind

TEXT_COLUMNS = frozenset(("id", "example_id", "record_id", "output", "error", "name", "label", "text"))
"""Columns that are text whatever they look like."""
TEXT_ENDINGS = (".label", ".explanation", ".text", ".error", ".trace.id")
"""Endings of such columns."""

_INTEGER = r"^-?(0|[1-9][0-9]{0,18})$"
_NUMBER = (
    r"^-?(0|[1-9][0-9]{0,14})$"  # whole numbers that a double holds to the last digit
    r"|^-?(0|[1-9][0-9]*)?\.[0-9]*([eE][-+]?[0-9]+)?$"
    r"|^-?(0|[1-9][0-9]*)[eE][-+]?[0-9]+$"
    r"|^-?[Nn]a[Nn]$"
)
_HAS_DIGIT = r"[0-9]"
_BOOLEAN = r"^([Tt]rue|TRUE|[Ff]alse|FALSE)$"
_BLOCK_BYTES = (1 << 20, 1 << 30)
_BATCH_ROWS = 50_000


def table_from_csv(data: bytes, shown: str, kind: RowKind) -> pa.Table:
    """Read CSV with a header line.

    Parameters
    ----------
    data : bytes
        UTF-8, comma separated, quoted by `"`.
    shown : str
        What errors call the file.
    kind : "run", "example", "annotation" or "record"
        What the rows are.

    Returns
    -------
    pyarrow.Table
        Ids, outputs, labels, explanations and texts are always strings. Any other column is int64, double or bool when
        every cell is one (a leading zero or plus sign, or more than 64 bits, makes it text), else a string; dates stay
        text. An empty cell is missing, a quoted empty one is the empty string; a run's empty output beside no error is
        the empty string. A first column without a name (the index of a DataFrame) is left out.

    Raises
    ------
    FileError
        Not UTF-8, or a row with more or fewer cells than the header.
    ColumnError
        A column name that is missing or there twice.
    """
    header = _header(utf8_text(data, shown), shown)
    try:
        table = _text_table(data, header, threads=True)
    except pa.ArrowInvalid:
        table = _text_table(data, header, threads=False, shown=shown)
    if table.num_rows == 0:
        raise FileError(f"{shown} has a header and no rows", path=shown, hint="It must hold at least one row.")
    names = [name for name in table.column_names if name]
    columns = {
        name: column if is_text_column(name) else inferred(column) for name, column in zip(names, table.select(names).columns, strict=True)
    }
    if kind == "run" and "output" in columns:
        columns["output"] = _empty_outputs(columns["output"], columns.get("error"))
    return pa.table(columns)


def _text_table(data: bytes, header: list[str], *, threads: bool, shown: str = "") -> pa.Table:
    """Read every column as text; one thread alone can say which row is broken."""
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(use_threads=threads, block_size=min(max(len(data) + 1, _BLOCK_BYTES[0]), _BLOCK_BYTES[1])),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if threads:
            raise
        reason = str(error).removeprefix("CSV parse error: ").partition("\n")[0][:160]
        raise FileError(f"{shown} is not a table: {reason}", path=shown, hint="Quote cells that hold commas or line breaks.") from None


def _header(text: str, shown: str) -> list[str]:
    """Return the column names, refusing names that are missing or there twice."""
    names = next(csv.reader(io.StringIO(text, newline="")), [])
    if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
        raise FileError(
            f"{shown} is separated by {'semicolons' if ';' in names[0] else 'tabs'}, not by commas", path=shown, hint="Save it with commas."
        )
    for position, name in enumerate(names):
        if not name and position:
            raise ColumnError(f"{shown}: column {position + 1} has no name", column="", hint="Name it in the first line, or drop it.")
        if name in names[:position]:
            raise ColumnError(f"{shown}: two columns are named {name!r}", column=name, path=name, hint="Rename or drop one of them.")
    return names


def is_text_column(name: str) -> bool:
    """Whether a CSV column is text whatever its cells look like."""
    return name in TEXT_COLUMNS or name.endswith(TEXT_ENDINGS)


def inferred(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column of text the one type that fits every cell; text when none does."""
    given = column.filter(pc.not_equal(column, ""))
    if not len(given):
        return column
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if _all_match(given, _BOOLEAN):
        return pc.equal(pc.utf8_lower(filled), "true")
    try:
        if _all_match(given, _INTEGER):
            return filled.cast(pa.int64())
        if _all_match(given, _NUMBER) and pc.any(pc.match_substring_regex(given, _HAS_DIGIT)).as_py():
            return filled.cast(pa.float64())
    except pa.ArrowInvalid:  # more than 64 bits: such digits are an id
        return column
    return column


def _all_match(column: pa.ChunkedArray, pattern: str) -> bool:
    """Whether every cell matches."""
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())


def _empty_outputs(output: pa.ChunkedArray, error: pa.ChunkedArray | None) -> pa.ChunkedArray:
    """Read an empty cell of a run without error as an empty output: CSV of other programs has no other way to say it."""
    empty = pc.is_null(output)
    if error is not None:
        empty = pc.and_(empty, pc.or_(pc.is_null(error), pc.fill_null(pc.equal(error, ""), False)))
    return pc.if_else(empty, "", output)


def csv_chunks(table: pa.Table) -> Iterator[bytes]:
    """Yield a table as CSV (UTF-8), a batch of rows at a time.

    Missing values are empty, empty text is `""`; doubles keep their point (`1.0`), so that they come back as doubles.
    """
    yield ",".join(_quoted_name(name) for name in table.column_names).encode() + b"\n"
    for start in range(0, table.num_rows, _BATCH_ROWS):
        cells = [_cell_text(column) for column in table.slice(start, _BATCH_ROWS).columns]
        lines = pc.binary_join_element_wise(*cells, ",") if len(cells) > 1 else cells[0]
        yield "\n".join(lines.to_pylist()).encode() + b"\n"


def _quoted_name(name: str) -> str:
    """Quote a column name where it must be."""
    return '"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\r\n') or not name else name


def _cell_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Render a column as CSV cells, null as an empty cell."""
    from arize_nb.frames import contract_type

    column = contract_type(column)
    if pa.types.is_floating(column.type):
        text = column.cast(pa.string())
        text = pc.if_else(pc.match_substring_regex(text, r"[.e]"), text, pc.binary_join_element_wise(text, "0", "."))
    elif pa.types.is_boolean(column.type):
        text = pc.if_else(column, "True", "False")
    elif pa.types.is_string(column.type):
        needs = pc.or_(pc.match_substring_regex(column, r'[,"\r\n]'), pc.equal(column, ""))
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
        text = pc.if_else(needs, quoted, column)
    else:
        text = column.cast(pa.string())
    return pc.fill_null(text, "")
