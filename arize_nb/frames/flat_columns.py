"""Records -> one Arrow table, page by page or all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import pyarrow as pa

from arize_nb.errors import ColumnError
from arize_nb.frames.cells.arrays import Cells, cells, endless_cells, id_cells, text_cells, unified
from arize_nb.frames.cells.json_cells import marked
from arize_nb.frames.columns import ID_COLUMNS, Kind, fixed_dtype
from arize_nb.frames.flatten import NESTED, flat_record


class FlatColumns:
    """Collect records a page at a time; `table()` returns all of them.

    Parameters
    ----------
    kind : "run" or "example"
        What the records are.
    strict : bool
        Whether wrong records are refused (an upload) or kept as they are (a reading).
    as_given : bool
        For a reader that refuses infinite numbers itself: they stay in every column, not only in scores.

    Notes
    -----
    Columns come in order of first appearance; a record that lacks one has null there. A column whose pages
    differ in type holds cells of JSON as a whole, just as if all records had come at once.
    """

    def __init__(self, kind: Kind, *, strict: bool = False, as_given: bool = False) -> None:
        self.kind = kind
        self.strict = strict
        self.as_given = as_given
        self.rows = 0
        """Records so far."""
        self._pages: dict[str, list[tuple[int, Cells]]] = {}

    def add(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Add a page of records, flat or nested.

        Raises
        ------
        ColumnError
            For a value that no column can hold, or (strict) a nested member of the wrong shape.
        """
        if not records:
            return
        for name, values in self._columns(records).items():
            check_name(name)
            self._pages.setdefault(name, []).append((self.rows, self._cells(name, values)))
        self.rows += len(records)

    def flat_table(self) -> pa.Table:
        """Return everything added so far under the names of the service, columns by first appearance; cells
        of JSON are marked.
        """
        columns = {name: unified(self._filled(pages)) for name, pages in self._pages.items()}
        arrays = {name: cells.array for name, cells in columns.items()}
        return marked(
            arrays or {"id": pa.nulls(self.rows, pa.string())},
            [name for name, cells in columns.items() if cells.is_json],
        )

    def _columns(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
        """Transpose a page."""
        names = tuple(records[0])
        alike = len(names) > 1 and set(map(len, records)) == {len(names)}
        if alike and NESTED[self.kind].isdisjoint(names):
            try:
                return dict(zip(names, zip(*map(itemgetter(*names), records), strict=True), strict=True))
            except KeyError:  # as many keys, but others
                pass
        names = tuple(dict.fromkeys(chain.from_iterable(records)))
        if not NESTED[self.kind].isdisjoint(names):
            flat = [
                flat_record(record, self.kind, strict=self.strict, index=self.rows + index)
                for index, record in enumerate(records)
            ]
            names = tuple(dict.fromkeys(chain.from_iterable(flat)))
            return {name: [record.get(name) for record in flat] for name in names}
        return {name: [record.get(name) for record in records] for name in names}

    def _cells(self, name: str, values: Sequence[Any]) -> Cells:
        """Turn the values of one column of a page into an array."""
        return column_cells(
            name, values, self.kind, strict=self.strict, start=self.rows, as_given=self.as_given
        )

    def _filled(self, pages: list[tuple[int, Cells]]) -> list[Cells]:
        """Put nulls where a column was absent."""
        filled: list[Cells] = []
        row = 0
        for start, part in pages:
            if start > row:
                filled.append(Cells(array=pa.nulls(start - row)))
            filled.append(part)
            row = start + len(part.array)
        if row < self.rows:
            filled.append(Cells(array=pa.nulls(self.rows - row)))
        return filled


def check_name(name: object) -> None:
    """Refuse a column name that is not text.

    Raises
    ------
    ColumnError
        It is of another type, or holds a lone surrogate, which is not valid Unicode.
    """
    if not isinstance(name, str):
        raise ColumnError(f"the column name {name!r} is not text", column=str(name), hint="Use text as keys.")
    try:
        name.encode()
    except UnicodeEncodeError:
        what = f"the column name {name!a} is not valid Unicode (a lone surrogate)"
        raise ColumnError(what, column=ascii(name), hint="Rename it.") from None


def column_cells(
    name: str,
    values: Sequence[Any],
    kind: Kind,
    *,
    strict: bool,
    start: int = 0,
    as_given: bool = False,
) -> Cells:
    """Turn the values of a column into an array.

    Parameters
    ----------
    name : str
        Name of the column: some always hold text.
    values : sequence
        Python values; None is a missing one.
    kind : "run" or "example"
        What the rows are.
    strict : bool
        Whether ids must be text or whole numbers.
    start : int
        Position of the first value among all records, for the error.
    as_given : bool
        Whether infinite numbers stay, whatever the column.

    Raises
    ------
    ColumnError
        For a value that has no JSON form; names column and record.
    """
    turn = cells
    if strict and name in ID_COLUMNS[kind]:
        turn = id_cells
    elif fixed_dtype(name, kind) == "string":
        turn = text_cells
    elif as_given or fixed_dtype(name, kind) == "double":
        turn = endless_cells
    try:
        return turn(values)
    except (
        TypeError,
        ValueError,
    ) as error:  # UnicodeEncodeError is one, as is an integer of too many digits to be written
        for index, value in enumerate(values, start=start):
            try:
                turn([value])
            except UnicodeEncodeError as reason:
                what = f"column {name!r}, record {index}: the text is not valid Unicode (a lone surrogate)"
                hint = "Replace it: text.encode('utf-8', 'replace').decode()."
                raise ColumnError(what, column=name, path=name, record=index, hint=hint) from reason
            except (TypeError, ValueError) as reason:
                what = f"column {name!r}, record {index}: {reason}"
                raise ColumnError(
                    what, column=name, path=name, record=index, hint="Turn it into text first: str(value)."
                ) from reason
        raise ColumnError(f"column {name!r}: {error}", column=name, path=name) from error
