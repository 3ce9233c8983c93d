"""CSV -> Arrow: text and quoted cells stay text, all other columns have the one type that fits every cell."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from arize_nb.errors import ColumnError, FileError
from arize_nb.files.csv_format.dialect import NAMES, Dialect, dialect_of
from arize_nb.files.csv_format.structure import CsvStructure
from arize_nb.files.limits import MAX_COLUMNS, check_cells

if TYPE_CHECKING:
    from arize_nb.files.facts import ReadFacts
    from arize_nb.files.formats import RowKind
    from arize_nb.frames import Origin

TEXT_COLUMNS = frozenset(("id", "example_id", "record_id", "output", "error", "name", "label", "text"))
"""Columns that are text whatever they look like."""
TEXT_ENDINGS = (".label", ".explanation", ".text", ".error", ".trace.id")
"""Endings of such columns."""

_INTEGER = r"^-?(0|[1-9][0-9]{0,18})$"
_NUMBER = (
    r"^-?(0|[1-9][0-9]{0,14})$"  # whole numbers that a double holds to the last digit
    r"|^-?(0|[1-9][0-9]*)?\.[0-9]*([eE][-+]?[0-9]+)?$"
    r"|^-?(0|[1-9][0-9]*)[eE][-+]?[0-9]+$"
)
_COMMA_NUMBER = r"^-?(0|[1-9][0-9]*),[0-9]+$"
_COMMA_OR_WHOLE = r"^-?(0|[1-9][0-9]{0,14})(,[0-9]+)?$"
_THOUSANDS = r"^-?[1-9][0-9]{0,2}(,[0-9]{3})+$"
_HAS_DIGIT = r"[0-9]"
_BOOLEAN = r"^([Tt]rue|TRUE|[Ff]alse|FALSE)$"
READ_AS_OTHER = f"{_INTEGER}|{_NUMBER}|{_BOOLEAN}|{_COMMA_NUMBER}"
"""Text that `inferred` may read as another type: a writer quotes it."""
_BLOCK_BYTES = (1 << 20, 1 << 30)
_HEADER_BYTES = 4 << 20
_HEADER_LINES = 100
_LINE_END = re.compile(rb"\r\n|\r|\n")


def table_from_csv(data: bytes, facts: ReadFacts, kind: RowKind, size: int) -> pa.Table:
    """Read CSV with a header line.

    Parameters
    ----------
    data : bytes
        UTF-8; separated by commas, semicolons, tabs or pipes, quoted by `"`.
    facts : ReadFacts
        Says whether the file is csv or tsv; takes what is found out.
    kind : "run", "example", "annotation" or "record"
        What the rows are.
    size : int
        Bytes of the file as it lies on the disk, by which limits go.

    Returns
    -------
    pyarrow.Table
        Ids, outputs, labels, explanations and texts are always strings, and so is a column with a quoted
        cell. Any other column is int64, double or bool when every cell is one (a leading zero or plus sign,
        or more than 64 bits, makes it text, and so do `nan` and numbers beyond a double), else a string;
        dates stay text. An empty cell is missing, a quoted empty one is the empty string; a run's empty
        output beside no error is the empty string. A first column without a name (the index of a DataFrame),
        empty columns without one and empty rows at the end are left out.

    Raises
    ------
    FileError
        No such table: a quote that is not closed, a row with more or fewer cells than the header.
    ColumnError
        A column name that is missing or there twice.
    """
    dialect = dialect_of(data, facts.form, facts.shown)
    if dialect.is_guess:
        facts.reading.append(f"{NAMES.get(dialect.delimiter, repr(dialect.delimiter))}-separated")
    names, start = _header(data, dialect, facts.shown)
    structure = CsvStructure(data, start, dialect.delimiter, facts.shown)
    _check_rows(data, structure, len(names), size)
    quoted = (
        structure.quoted_columns(len(names))
        if b'"' in data[start:] and _fits(structure, len(names))
        else np.zeros(len(names), int)
    )
    table = _text_table(data, start, len(names), dialect, structure)
    table = _without_empty_rows(table, facts)
    if table.num_rows == 0:
        raise FileError(
            f"{facts.shown} has a header and no rows", path=facts.shown, hint="It must hold at least one row."
        )
    facts.origin = _origin(facts, structure)
    if int(quoted.sum()) == table.num_rows * len(names) and _has_numbers(table, names):
        facts.remarks.append(
            "every cell is quoted, so its numbers are text (scores are read as numbers all the same)"
        )
    columns = {}
    for position in _named_columns(names, table, facts):
        name, column = names[position], table.column(position)
        stays = is_text_column(name) or quoted[position]
        columns[name] = column if stays else inferred(column, name, dialect.delimiter != ",", facts)
    if kind == "run" and "output" in columns:
        columns["output"] = _empty_outputs(columns["output"], columns.get("error"))
    return pa.table(columns)


def _check_rows(data: bytes, structure: CsvStructure, columns: int, size: int) -> None:
    """Refuse too many cells before they are made; line ends are counted, and rows only where those are too
    many.
    """
    try:
        check_cells(max(data.count(b"\n"), data.count(b"\r")), columns, size, structure.shown)
    except FileError:
        if b'"' not in data:
            raise
        check_cells(len(structure.row_starts), columns, size, structure.shown)


def _origin(facts: ReadFacts, structure: CsvStructure) -> Origin:
    """Return where the rows are."""
    from arize_nb.frames import Origin

    return Origin(shown=facts.shown, lines=structure.lines)


def _fits(structure: CsvStructure, columns: int) -> bool:
    """Check quotes and widths, which only the structure can place in the file."""
    wrong = structure.wrong_width(columns)
    if wrong is not None:
        raise wrong
    return True


def _header(data: bytes, dialect: Dialect, shown: str) -> tuple[list[str], int]:
    """Return the column names without blanks around them, and the byte at which rows begin."""
    head = data[dialect.start : dialect.start + _HEADER_BYTES]
    end = _header_end(head, dialect, shown)
    if end is None:
        raise FileError(
            f"{shown} is not a table: its first line is longer than {_HEADER_BYTES:,} bytes", path=shown
        )
    text = head[:end].decode("utf-8", "replace")
    if text.count(dialect.delimiter) >= MAX_COLUMNS:
        check_cells(0, text.count(dialect.delimiter) + 1, len(data), shown)
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter), [])
    return _checked_names([name.strip() for name in names], shown), dialect.start + end


def _header_end(head: bytes, dialect: Dialect, shown: str) -> int | None:
    """Return the place after the header's line end, line breaks in quoted names passed over; None when it is
    not in sight.

    Raises
    ------
    FileError
        A quote of the header is not closed.
    """
    open_quote: FileError | None = None
    for tried, match in enumerate(_LINE_END.finditer(head)):
        try:
            CsvStructure(head[: match.end()], 0, dialect.delimiter, shown).quoted_starts  # noqa: B018 - refuses an open quote
            return match.end()
        except FileError as error:
            open_quote = open_quote or error
        if tried > _HEADER_LINES:
            break
    if open_quote is not None:
        raise open_quote
    return len(head) if len(head) < _HEADER_BYTES else None


def _checked_names(names: list[str], shown: str) -> list[str]:
    """Refuse names that are there twice, or too long."""
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise ColumnError(
                f"{shown}: two columns are named {name!r}",
                column=name,
                path=name,
                hint="Rename or drop one of them.",
            )
        seen.add(name)
    return names


def _text_table(data: bytes, start: int, columns: int, dialect: Dialect, structure: CsvStructure) -> pa.Table:
    """Read every column as text, under numbers for names."""
    body = pa.py_buffer(data).slice(start)
    numbers = [str(number) for number in range(columns)]
    if not data[start:].strip(b"\r\n"):
        return pa.table({number: pa.array([], pa.string()) for number in numbers})
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(
                column_names=numbers, block_size=min(max(body.size + 1, _BLOCK_BYTES[0]), _BLOCK_BYTES[1])
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(numbers, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        wrong = structure.wrong_width(columns)
        if wrong is None:
            reason = str(error).removeprefix("CSV parse error: ").partition("\n")[0][:160]
            wrong = FileError(f"{structure.shown} is not a table: {reason}", path=structure.shown)
        raise wrong from None
    return table


def _without_empty_rows(table: pa.Table, facts: ReadFacts) -> pa.Table:
    """Leave out the rows without any cell at the end, which spreadsheets write."""
    kept = table.num_rows
    last = [pc.indices_nonzero(pc.is_valid(column)) for column in table.columns]
    kept = max((places[-1].as_py() + 1 for places in last if len(places)), default=0)
    left_out = table.num_rows - kept
    if left_out and kept:
        facts.remarks.append(f"{left_out:,} empty {'row' if left_out == 1 else 'rows'} at the end left out")
    return table.slice(0, kept) if left_out else table


def _named_columns(names: list[str], table: pa.Table, facts: ReadFacts) -> list[int]:
    """Return the places of the columns that have a name; an index at the start and empty
    columns need none.
    """
    places = []
    empty = 0
    for position, name in enumerate(names):
        if name:
            places.append(position)
        elif table.column(position).null_count == table.num_rows and (position or len(names) > 1):
            empty += 1
        elif position:
            what = f"{facts.shown}: column {position + 1} has no name"
            raise ColumnError(what, column="", hint="Name it in the first line, or drop it.")
    if empty and names[0]:
        facts.remarks.append(
            f"{empty:,} empty {'column' if empty == 1 else 'columns'} without a name left out"
        )
    return places


def _has_numbers(table: pa.Table, names: list[str]) -> bool:
    """Whether some column that is not always text would be numbers or booleans, were its cells not quoted."""
    columns = (
        column.drop_null()
        for name, column in zip(names, table.columns, strict=True)
        if not is_text_column(name)
    )
    return any(len(column) and _all_match(column, READ_AS_OTHER) for column in columns)


def is_text_column(name: str) -> bool:
    """Whether a CSV column is text whatever its cells look like."""
    return name in TEXT_COLUMNS or name.endswith(TEXT_ENDINGS)


def inferred(column: pa.ChunkedArray, name: str, may_have_commas: bool, facts: ReadFacts) -> pa.ChunkedArray:
    """Give a column of text the one type that fits every cell; text when none does."""
    given = column.drop_null()
    if not len(given):
        return column
    if _all_match(given, _BOOLEAN):
        return pc.equal(pc.utf8_lower(column), "true")
    try:
        if _all_match(given, _INTEGER):
            return column.cast(pa.int64())
        if _all_match(given, _NUMBER) and pc.any(pc.match_substring_regex(given, _HAS_DIGIT)).as_py():
            numbers = column.cast(pa.float64())
            return numbers if pc.all(pc.is_finite(numbers), min_count=0).as_py() else column
        if may_have_commas and _has_decimal_commas(given):
            facts.reading.append(f"decimal comma in {name!r}")
            return pc.replace_substring(column, ",", ".").cast(pa.float64())
    except pa.ArrowInvalid:  # more than 64 bits: such digits are an id
        return column
    _tell_of_words(name, given, facts)
    return column


def _has_decimal_commas(given: pa.ChunkedArray) -> bool:
    """Whether all cells are numbers and some have a comma that cannot part thousands."""
    commas = given.filter(pc.match_substring_regex(given, _COMMA_NUMBER))
    return bool(len(commas)) and _all_match(given, _COMMA_OR_WHOLE) and not _all_match(commas, _THOUSANDS)


def _tell_of_words(name: str, given: pa.ChunkedArray, facts: ReadFacts) -> None:
    """Say it when a column is text only for words such as `nan` among its numbers; of a column of scores the
    one reader of scores says it.
    """
    from arize_nb.frames import eval_column
    from arize_nb.frames.cells.scores import NOTHING

    part = eval_column(name)
    if part is not None and part.member == "score":
        return
    words = pc.is_in(pc.utf8_lower(given), pa.array([*NOTHING, "inf", "-inf"]))
    numbers = given.filter(pc.invert(words))
    if len(numbers) and len(numbers) < len(given) and _all_match(numbers, f"{_INTEGER}|{_NUMBER}"):
        word = given.filter(words)[0].as_py()
        facts.text_columns[name] = (
            f"{name!r} is text because of {word!r} (leave a cell empty for a missing number)"
        )


def _all_match(column: pa.ChunkedArray, pattern: str) -> bool:
    """Whether every cell matches."""
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())


def _empty_outputs(output: pa.ChunkedArray, error: pa.ChunkedArray | None) -> pa.ChunkedArray:
    """Read an empty cell of a run without error as an empty output: CSV of other programs has no other way to
    say it.
    """
    from arize_nb.frames import read_labels

    empty = pc.is_null(output)
    if error is not None:
        empty = pc.and_(empty, pc.is_null(read_labels(error).labels))
    return pc.if_else(empty, "", output)
