"""Where the rows and quoted cells of a table of text are: physical lines, quotes that are wrong, rows of
another width.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.errors import FileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUOTE, _LF, _CR = 34, 10, 13


@dataclass(frozen=True)
class CsvStructure:
    """The rows of a text below its header.

    Raises on first use of its members what `rows` would: quotes that are wrong.
    """

    data: bytes
    """The whole text, UTF-8."""
    start: int
    """Byte after the header's line end."""
    delimiter: str
    """One character."""
    shown: str
    """What errors call the file."""

    @cached_property
    def _bytes(self) -> NDArray[np.uint8]:
        return np.frombuffer(self.data, np.uint8, offset=self.start)

    @cached_property
    def quoted_starts(self) -> NDArray[np.int64]:
        """Places of the quotes that open a cell.

        Raises
        ------
        FileError
            A quote that is not closed, or text after a closing one; names the physical line.
        """
        return self._quotes[0]

    @cached_property
    def _quotes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the places of opening and of closing quotes, doubled quotes inside a cell left out."""
        places = np.flatnonzero(self._bytes == _QUOTE)
        if not len(places):
            return places, places
        quick = self._quick_quotes(places)
        return quick if quick is not None else self._walked_quotes(places)

    def _quick_quotes(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Pair quotes by turns; None where that does not fit, as with a quote inside an unquoted cell."""
        if len(places) % 2:
            return None
        opening, closing = places[::2], places[1::2]
        again = opening[1:] == closing[:-1] + 1  # a doubled quote: closed and opened at once
        first = np.concatenate(([True], ~again))
        last = np.concatenate((~again, [True]))
        opening, closing = opening[first], closing[last]
        if not self._at_cell_start(opening).all() or not self._at_cell_end(closing).all():
            return None
        return opening, closing

    @cached_property
    def _ends_of_cells(self) -> NDArray[np.uint8]:
        return np.array([ord(self.delimiter) if ord(self.delimiter) < 128 else _LF, _LF, _CR], np.uint8)

    def _at_cell_start(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        before = self._bytes[np.maximum(places - 1, 0)]
        return np.asarray((places == 0) | np.isin(before, self._ends_of_cells))

    def _at_cell_end(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        last = len(self._bytes) - 1
        after = self._bytes[np.minimum(places + 1, last)]
        return np.asarray((places == last) | np.isin(after, self._ends_of_cells))

    def _walked_quotes(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pair quotes one by one: a quote inside an unquoted cell is a character like any other."""
        starts, ends = self._at_cell_start(places).tobytes(), self._at_cell_end(places).tobytes()
        where = places.tolist()
        opening, closing = [], []
        number = 0
        while number < len(where):
            if not starts[number]:
                number += 1
                continue
            opened, number = number, number + 1
            while number + 1 < len(where) and where[number + 1] == where[number] + 1:
                number += 2
            if number >= len(where):
                line = self.line_at(where[opened])
                raise self._wrong(
                    f"a quote opened in line {line:,} is not closed",
                    "Close it, or double quotes inside a cell.",
                )
            if not ends[number]:
                line = self.line_at(where[number])
                raise self._wrong(
                    f"there is text after the closing quote of a cell in line {line:,}",
                    'Double quotes inside a quoted cell: ""',
                )
            opening.append(where[opened])
            closing.append(where[number])
            number += 1
        return np.array(opening, np.int64), np.array(closing, np.int64)

    def _wrong(self, what: str, hint: str) -> FileError:
        return FileError(f"{self.shown} is not a table: {what}", path=self.shown, hint=hint)

    @cached_property
    def _outside(self) -> NDArray[np.bool_] | None:
        """Say for each byte whether it is outside of quoted cells; None when nothing is quoted."""
        opening, closing = self._quotes
        if not len(opening):
            return None
        steps = np.zeros(len(self._bytes) + 1, np.int8)
        steps[opening] = 1
        steps[closing] = -1
        return np.asarray(np.cumsum(steps[:-1], dtype=np.int8) == 0)

    @cached_property
    def row_starts(self) -> NDArray[np.int64]:
        """Places where rows begin, empty lines left out."""
        ends = (self._bytes == _LF) | (self._bytes == _CR)
        if self._outside is not None:
            ends &= self._outside
        starts = np.flatnonzero(ends) + 1
        starts = np.concatenate(([0], starts))
        starts = starts[starts < len(self._bytes)]
        return np.asarray(starts[~ends[starts]])

    def line_at(self, place: int) -> int:
        """Return the physical line, from 1, of a place below the header."""
        end = self.start + place
        text = self.data
        return (
            1
            + text.count(b"\n", 0, end)
            + text.count(b"\r", 0, end)
            - text.count(b"\r\n", 0, end + (text[end : end + 1] == b"\n"))
        )

    def lines(self) -> list[int]:
        """Return the physical line, from 1, on which every row begins."""
        line_feeds = self._bytes == _LF
        returns = self._bytes == _CR
        returns[:-1] &= ~line_feeds[1:]
        before = np.concatenate(([0], np.cumsum(line_feeds | returns)))
        found: list[int] = (before[self.row_starts] + self.line_at(0)).tolist()
        return found

    def widths(self) -> NDArray[np.int64]:
        """Return the number of cells of every row."""
        return np.asarray(np.diff(self._delimiters_before(np.append(self.row_starts, len(self._bytes)))) + 1)

    def _delimiters_before(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the delimiters outside of quoted cells before each place."""
        return np.searchsorted(self._delimiters, places)

    @cached_property
    def _delimiters(self) -> NDArray[np.int64]:
        found = self._bytes == ord(self.delimiter)
        if self._outside is not None:
            found &= self._outside
        return np.flatnonzero(found)

    def quoted(self, column: int, of: int) -> NDArray[np.bool_]:
        """Say for every row whether its cell of a column is quoted, the number of columns being `of`."""
        flags = np.zeros(len(self.row_starts) * of, bool)
        opening = self.quoted_starts
        rows = np.searchsorted(self.row_starts, opening, side="right") - 1
        columns = self._delimiters_before(opening) - self._delimiters_before(self.row_starts[rows])
        flags[rows * of + columns] = True
        return flags.reshape(-1, of)[:, column]

    def quoted_columns(self, of: int) -> NDArray[np.int64]:
        """Count the quoted cells of every column."""
        opening = self.quoted_starts
        rows = np.searchsorted(self.row_starts, opening, side="right") - 1
        columns = self._delimiters_before(opening) - self._delimiters_before(self.row_starts[rows])
        return np.bincount(columns, minlength=of)

    def wrong_width(self, columns: int) -> FileError | None:
        """Return the error for the first row that has more or fewer cells than the header; None
        when all fit.
        """
        widths = self.widths()
        wrong = np.flatnonzero(widths != columns)
        if not len(wrong):
            return None
        row = int(wrong[0])
        line = self.line_at(int(self.row_starts[row]))
        several = f" ({len(wrong):,} such rows)" if len(wrong) > 1 else ""
        count = f"{widths[row]:,} {'cell' if widths[row] == 1 else 'cells'}"
        hint = "Quote cells that hold the delimiter or line breaks."
        return self._wrong(f"line {line:,} has {count}, the header {columns:,}{several}", hint)
