"""Excel and OpenDocument sheets -> Arrow, through pandas and python-calamine (an extra)."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from arize_nb.errors import ColumnError, FileError
from arize_nb.files.limits import check_cells, decoded_limit, too_large

if TYPE_CHECKING:
    from arize_nb.files.facts import ReadFacts

_LONGEST_CELL = 32_767
"""Characters of a cell, Excel's own limit."""
_SHEET_TIMES = 100
"""A workbook's XML may have so many times the bytes of the file."""
_SHEET_FLOOR = 100 << 20
_SHARED = "xl/sharedStrings.xml"
_REFERENCE = re.compile(rb't="s"[^>]*>\s*<v>([0-9]{1,9})</v>')
_LONG_TEXT = re.compile(rb"<t[^>]*>[^<]{%d}" % (4 * _LONGEST_CELL))


def table_from_excel(data: bytes, facts: ReadFacts, size: int) -> pa.Table:
    """Read the first sheet of a workbook whose first row holds the names.

    Parameters
    ----------
    data : bytes
        xlsx, xls or ods.
    facts : ReadFacts
        Takes the sheet that was read when there are several.
    size : int
        Bytes of the file on the disk.

    Returns
    -------
    pyarrow.Table
        A column has the one type of its cells; one of several types is text, whole numbers without a point.
        Empty cells are missing; rows without any cell at the end are left out.

    Raises
    ------
    FileError
        python-calamine is not installed; no workbook, damaged, larger than it may be, or without rows.
    ColumnError
        A column without a name that holds values, or two of one name.
    """
    try:
        import python_calamine
    except ImportError:
        hint = "pip install 'arize-nb[excel]', or save it as CSV."
        raise FileError(
            f"{facts.shown} is a workbook, which needs python-calamine", path=facts.shown, hint=hint
        ) from None
    _check_archive(data, size, facts)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # noqa: BLE001 - calamine raises several classes of its own, and Rust's panics
        reason = str(error).partition("\n")[0][:160]
        raise FileError(f"{facts.shown} is not a workbook: {reason}", path=facts.shown) from None
    if len(names) > 1:
        facts.reading.append(f"sheet {names[0]!r}, the first of {len(names):,}")
    return _table(rows, facts, size)


def _check_archive(data: bytes, size: int, facts: ReadFacts) -> None:
    """Refuse a workbook whose parts are larger than they may be, as their archive declares and
    as they are.
    """
    if data[:2] != b"PK":
        return  # an old .xls: nothing in it is compressed
    limit = max(_SHEET_FLOOR, min(_SHEET_TIMES * size, decoded_limit(size)))
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    total += _part_size(stream, limit - total, facts)
            shared = _shared_size(archive)
            if shared > decoded_limit(size):
                too_large(facts.shown, shared, decoded_limit(size))
    except FileError:
        raise
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        KeyError,
    ) as error:
        raise FileError(f"{facts.shown} is not a workbook: {error}", path=facts.shown) from None
    except Exception as error:  # noqa: BLE001 - zlib.error is not an OSError
        raise FileError(f"{facts.shown} is damaged: {error}", path=facts.shown) from None


def _part_size(stream: Any, limit: int, facts: ReadFacts) -> int:
    """Count the bytes of a part, and refuse texts that no spreadsheet can hold: one shared by many cells
    would be copied to each.
    """
    total = 0
    while block := stream.read(4 << 20):
        total += len(block)
        if total > limit:
            too_large(facts.shown, total, limit, what="unpacks to more than")
        if _LONG_TEXT.search(block):
            raise FileError(
                f"{facts.shown} holds a cell of more than {_LONGEST_CELL:,} characters", path=facts.shown
            )
    return total


def _shared_size(archive: zipfile.ZipFile) -> int:
    """Return the bytes of all cells that refer to a shared text: a workbook keeps each text once, its reader
    a copy for each cell.
    """
    if _SHARED not in archive.namelist():
        return 0
    lengths = np.array([len(text) for text in archive.read(_SHARED).split(b"</si>")], np.int64)
    total = 0
    for name in archive.namelist():
        if name.startswith("xl/worksheets/"):
            sheet = archive.read(name)
            if sheet.count(b't="s"') * int(lengths.max()) > _SHEET_FLOOR:
                places = np.array(_REFERENCE.findall(sheet), dtype="S9").astype(np.int64)
                total += int(lengths[places[places < len(lengths)]].sum())
    return total


def _table(rows: list[list[Any]], facts: ReadFacts, size: int) -> pa.Table:
    """Make a table; the first row that has a cell holds the names."""
    while rows and all(cell in ("", None) for cell in rows[0]):
        rows = rows[1:]
    kept = len(rows)
    while kept and all(cell in ("", None) for cell in rows[kept - 1]):
        kept -= 1
    if kept < len(rows):
        facts.remarks.append(f"{len(rows) - kept:,} empty rows at the end left out")
    if kept < 2:
        raise FileError(
            f"{facts.shown} has no rows",
            path=facts.shown,
            hint="The first row holds the names, each other one a record.",
        )
    names = [_text(cell).strip() for cell in rows[0]]
    check_cells(kept - 1, len(names), size, facts.shown)
    columns: dict[str, pa.Array] = {}
    for position, name in enumerate(names):
        cells = [None if row[position] == "" else row[position] for row in rows[1:kept]]
        if not name and not any(cell is not None for cell in cells):
            continue
        if not name and position:
            raise ColumnError(
                f"{facts.shown}: column {position + 1} has no name",
                column="",
                hint="Name it in the first row, or drop it.",
            )
        if name in columns:
            raise ColumnError(
                f"{facts.shown}: two columns are named {name!r}",
                column=name,
                path=name,
                hint="Rename or drop one of them.",
            )
        if name:
            columns[name] = _array(cells)
    return pa.table(columns)


def _array(cells: list[Any]) -> pa.Array:
    """Give a column the one type of its cells; whole numbers, which Excel keeps as doubles, are integers."""
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds == {float} and all(cell is None or (cell.is_integer() and abs(cell) < 2**53) for cell in cells):
        return pa.array([None if cell is None else int(cell) for cell in cells], pa.int64())
    if len(kinds) <= 1 or kinds == {int, float}:
        return pa.array(cells)
    return pa.array([None if cell is None else _text(cell) for cell in cells], pa.string())


def _text(cell: object) -> str:
    """Return the text of a cell."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
