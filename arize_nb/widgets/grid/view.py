"""What a table shows of its rows, as messages, static HTML and text: no widget, no state of its own but how
the columns stand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.display.sections_html import STATIC_CLIP, STATIC_ROWS, rows_html
from arize_nb.display.tables import text_table
from arize_nb.errors import InputError
from arize_nb.text.values import text_of, whole
from arize_nb.widgets.column_filters.filters import exact_spelling
from arize_nb.widgets.grid.page import cells, exact_numbers, heads
from arize_nb.widgets.grid.row_source import MAX_PAGE, RowOrder, RowSource, python_values
from arize_nb.widgets.grid.table_text import markdown, tsv

if TYPE_CHECKING:
    from arize_nb.widgets.grid.columns import ColumnLayout

TEXT_ROWS = 10
"""Rows of the form for a terminal."""
_TEXT_CLIP = 60
_PEEK = 20_000
"""Most characters of a text shown under the pointer."""


@dataclass(kw_only=True)
class GridView:
    """Rows, the columns drawn of them, and what the rows are called."""

    source: RowSource
    """The rows."""
    columns: ColumnLayout
    """The columns drawn."""
    caption: str
    """What the rows are, in the plural."""

    def page(self, order: RowOrder, number: int, size: int, selected: Collection[str]) -> dict[str, Any]:
        """Return one page as a message: columns, rows, counts, how conditions were read, one
        line of status.
        """
        matched = self.source.matched(order)
        positions = self.source.positions(order, number, size)
        names, chosen, first = self.columns.shown, set(selected), number * size
        texts = cells(self.source, positions, names)
        exact = exact_numbers(self.source, positions, names, texts)
        rows = zip(self.source.keys(positions), texts, exact, strict=True)
        return {
            "columns": [{**head, "width": self.columns.widths.get(head["name"])} for head in self.heads()],
            "offered": self.columns.offered(),
            "rows": [
                {"key": key, "index": first + place, "selected": key in chosen, "cells": row, "exact": whole}
                for place, (key, row, whole) in enumerate(rows)
            ],
            "readings": self.source.readings(order),
            "matched": matched,
            "caption": self.caption,
            "empty": self._empty(order),
            "status": self.status(order, number, size, len(chosen)),
        }

    def _empty(self, order: RowOrder) -> str:
        """Say that there is nothing to show, and where a condition may have been meant otherwise, how to
        write that.
        """
        if not len(self.source):
            return f"no {self.caption} here"
        hint = exact_spelling(self.source.table.schema, order.filters)
        return f"no {self.caption} match{f': {hint}' if hint else ''}"

    def heads(self) -> list[dict[str, Any]]:
        """Describe the columns drawn."""
        return heads(self.source.table.schema, self.columns.shown, self.columns.pinned)

    def status(self, order: RowOrder, number: int, size: int, selected: int) -> str:
        """Say in one line which rows of how many are shown, and how."""
        matched, total = self.source.matched(order), len(self.source)
        first, last = min(number * size + 1, matched), min((number + 1) * size, matched)
        nothing = f"no {self.caption} match" if total else f"no {self.caption}"
        parts = [f"{first:,}–{last:,} of {matched:,} {self.caption}" if matched else nothing]
        if matched != total:
            parts.append(f"{total:,} in all")
        if order.sort_keys:
            parts.append(
                f"sorted by {', then '.join(f'{name}, {direction}' for name, direction in order.sort_keys)}"
            )
        if selected:
            parts.append(f"{selected:,} selected")
        if self.columns.left_out:
            parts.append(f"{self.columns.left_out} more columns in the detail")
        return " · ".join(parts)

    def row(self, key: str) -> tuple[int, dict[str, Any]]:
        """Return where a row is, and the row.

        Raises
        ------
        InputError
            No such row.
        """
        position = self.source.position(key)
        if position is None:
            raise InputError(f"no row {key!r} here any more")
        table = self.source.take([position])
        return position, {name: python_values(table[name])[0] for name in table.column_names}

    def cell(self, key: str, column: str) -> str | None:
        """Return one cell, whole and exact; None when missing."""
        return text_of(self.row(key)[1].get(column))

    def peek(self, key: str, column: str) -> str | None:
        """Return one cell for reading under the pointer: control characters visible, the longest texts cut
        and counted.
        """
        return whole(self.row(key)[1].get(column), _PEEK)

    def place_of(self, order: RowOrder, wanted: str) -> int:
        """Return the place, from 0 in the order shown, of a row by its number from 1 or its id.

        Raises
        ------
        InputError
            No such row, or one that does not match.
        """
        matched = self.source.matched(order)
        number = wanted.strip().replace(",", "")
        position = self.source.position(wanted.strip())
        place = self._place(order, position) if position is not None and self.source.id_column else None
        if place is None and number.isdecimal() and 1 <= int(number) <= matched:
            return int(number) - 1
        if place is None:
            raise InputError(
                f"no row {wanted!r} is shown", hint=f"Give a number from 1 to {matched:,}, or an id."
            )
        return place

    def between(self, order: RowOrder, one: str, other: str) -> list[str]:
        """Return the ids of the rows from one to the other, both included, in the order shown, over pages."""
        places = sorted(
            place
            for key in (one, other)
            if (place := self._place(order, self.source.position(key))) is not None
        )
        if len(places) < 2:
            return [one] if one == other else []
        found = self.source.order(order)
        positions = (
            range(places[0], places[1] + 1)
            if found is None
            else found.slice(places[0], places[1] - places[0] + 1).to_pylist()
        )
        return self.source.keys(list(positions))

    def _place(self, order: RowOrder, position: int | None) -> int | None:
        import pyarrow.compute as pc

        if position is None:
            return None
        found = self.source.order(order)
        place = position if found is None else pc.index(found, position).as_py()
        return int(place) if place >= 0 else None

    def copied(self, keys: Sequence[str], form: str) -> str:
        """Return rows as text to paste, the columns as they are drawn: `tsv` or `markdown`."""
        table = self.source.rows_of(keys)
        return (markdown if form == "markdown" else tsv)(table, self.columns.shown)

    def html(self, order: RowOrder, rows: int = STATIC_ROWS) -> str:
        """Return the first rows as a static, escaped table that says how many there are and how they were
        chosen.
        """
        positions = self.source.positions(order, 0, min(rows, MAX_PAGE))
        drawn = self.heads()
        said = "".join(f" · {reading['text']}" for reading in self.source.readings(order))
        if not positions:
            said += f" · {self._empty(order)}"
        return rows_html(
            [head["name"] for head in drawn],
            cells(self.source, positions, self.columns.shown, STATIC_CLIP),
            f"{len(positions):,} of {self.source.matched(order):,} {self.caption}{said}",
            numeric=[head["numeric"] for head in drawn],
        )

    def text(self, order: RowOrder) -> str:
        """Return the first rows as aligned text with their count."""
        positions = self.source.positions(order, 0, TEXT_ROWS)
        names = self.columns.shown
        rows = cells(self.source, positions, names, _TEXT_CLIP)
        for place, head in enumerate(self.heads()):
            if head["numeric"]:
                room = max((len(row[place] or "") for row in rows), default=0)
                rows = [[*row[:place], (row[place] or "").rjust(room), *row[place + 1 :]] for row in rows]
        count = f"{len(positions):,} of {self.source.matched(order):,} {self.caption}"
        table = text_table([dict(zip(names, row, strict=True)) for row in rows], max_width=160)
        return f"{table}\n{count}" if table else count
