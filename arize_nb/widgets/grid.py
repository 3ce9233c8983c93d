"""A table of any length in a notebook: Python keeps the rows, the browser gets one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import traitlets

from arize_nb.errors import ColumnError, InputError
from arize_nb.widgets import sections
from arize_nb.widgets.display_text import cell
from arize_nb.widgets.front import GridFront, use_plain
from arize_nb.widgets.grid_page import cells, heads
from arize_nb.widgets.row_source import MAX_PAGE, RowOrder, RowSource
from arize_nb.widgets.shown import Shown
from arize_nb.widgets.static import STATIC_CLIP, STATIC_ROWS, rows_html
from arize_nb.widgets.tables import table_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from arize_nb.widgets.plain_front import PlainGridFront

PAGE_SIZES = (10, 25, 50, MAX_PAGE)
MAX_COLUMNS = 40
"""Most columns drawn; the detail pane and `.frame()` have all of them."""

Message = Mapping[str, Any]
Detail = Callable[[dict[str, Any]], tuple[str, list[sections.Section]]]


class Grid(Shown):
    """Rows to page through, search, filter, sort, select and open.

    Works in any VBox. With `ARIZE_NB_GRID=plain` the table is drawn through a display handle instead of a custom widget.

    Parameters
    ----------
    rows : DataFrame, pyarrow.Table or list of dict
        The rows; never copied to the browser as a whole.
    id_column : str, optional
        Column that identifies a row. Default: `id`, then `example_id`, when its values are distinct; else the position.
    columns : sequence of str, optional
        Columns to draw, in this order. Default: all, up to 40.
    pinned : sequence of str, optional
        Columns that stay in sight when the table scrolls sideways; drawn first.
    page_size : int, default 25
        Rows of a page, 1 to 100.
    caption : str, default "rows"
        What the rows are; read by screen readers and printed in the status line.
    detail : callable, optional
        Gets a row as a dict, returns a title and sections for the detail pane. Default: all columns of the row.
    command : str, optional
        The `%ax` line that fetches the rows, for `.command`.

    Attributes
    ----------
    query, sort, filters, page, page_size
        What is shown; set them from Python too. `sort` is None or `(column, "ascending" | "descending")`.
    selected_ids : tuple of str
        Ids of the selected rows, kept across pages, sorts and filters. Observable.

    Raises
    ------
    InputError
        Rows that are no table, or a name that is no column.
    """

    query = traitlets.Unicode("")
    sort = traitlets.Any(None, allow_none=True)
    filters = traitlets.Dict()
    page = traitlets.Int(0, min=0)
    page_size = traitlets.Int(25, min=1, max=MAX_PAGE)
    selected_ids = traitlets.Tuple()

    def __init__(
        self,
        rows: Any,
        *,
        id_column: str | None = None,
        columns: Sequence[str] | None = None,
        pinned: Sequence[str] = (),
        page_size: int = 25,
        caption: str = "rows",
        detail: Detail | None = None,
        command: str | None = None,
    ) -> None:
        self._ready = False
        super().__init__(page_size=max(1, min(page_size, MAX_PAGE)))
        self._caption = caption
        self._detail = detail
        self._command = command
        self._take(rows, id_column, columns, pinned)
        self._front = self._make_front()
        self.children = (self._front,)
        self._say_page({})  # a browser asks for itself; the plain form has nobody to ask
        self._ready = True
        self.observe(self._changed, ["query", "sort", "filters", "page", "page_size"])
        self.observe(self._selection_changed, ["selected_ids"])

    def _take(self, rows: Any, id_column: str | None, columns: Sequence[str] | None, pinned: Sequence[str]) -> None:
        self._source = RowSource(table_of(rows), id_column=id_column)
        names = self._source.table.column_names
        for name in (*(columns or ()), *pinned):
            if name not in names:
                raise ColumnError(f"no column {name!r}", column=name, hint=f"Columns: {', '.join(names[:12])}")
        wanted = list(columns) if columns is not None else names
        self._pinned = tuple(pinned)
        self._columns = [*pinned, *(name for name in wanted if name not in pinned)][:MAX_COLUMNS]
        self._left_out = len(dict.fromkeys([*pinned, *wanted])) - len(self._columns)

    def _make_front(self) -> GridFront | PlainGridFront:
        handlers = {"hello": self._say_page, "page": self._turn, "select": self._select, "detail": self._open, "close": self._close}
        if not use_plain():
            return GridFront(handlers)
        from arize_nb.widgets.plain_front import PlainGridFront

        return PlainGridFront(handlers)

    # -- what is shown ----------------------------------------------------------------------------

    def show_rows(
        self,
        rows: Any,
        *,
        id_column: str | None = None,
        columns: Sequence[str] | None = None,
        pinned: Sequence[str] = (),
        caption: str | None = None,
    ) -> None:
        """Show other rows; query and selection stay, as far as the new rows have them."""
        self._take(rows, id_column, columns, pinned)
        self._caption = caption or self._caption
        names = self._source.table.column_names
        with self._quietly():
            self.page = 0
            self.filters = {name: text for name, text in self.filters.items() if name in names}
            self.sort = self.sort if self.sort and self.sort[0] in names else None
        self._front.post("closed", {})
        self._say_page({})

    @property
    def order(self) -> RowOrder:
        """Return the query, sort and filters as one value."""
        sort = tuple(self.sort) if self.sort else None
        return RowOrder(query=self.query, sort=sort, filters=dict(self.filters))

    def frame(self, *, all_pages: bool = False) -> pd.DataFrame:
        """Return the rows on screen as a DataFrame; with `all_pages` every row that matches, in the order shown."""
        if not all_pages:
            return _frame(self._source.take(self._source.positions(self.order, self.page, self.page_size)))
        order = self._source.order(self.order)
        return _frame(self._source.table if order is None else self._source.table.take(order))

    @property
    def selected(self) -> pd.DataFrame:
        """Return the selected rows as a DataFrame, in the order they were selected."""
        return _frame(self._source.rows_of(self.selected_ids))

    @property
    def command(self) -> str:
        """Return the line that shows these rows again."""
        given = {"query": self.query, "sort": self.sort, "filters": dict(self.filters)}
        asked = "; ".join(f"grid.{name} = {value!r}" for name, value in given.items() if value)
        line = self._command or "grid = ax.Grid(rows)"
        return f"{line}  # then: {asked}" if asked else line

    # -- messages from the browser ----------------------------------------------------------------

    def _turn(self, message: Message) -> None:
        state = message["state"]
        sort = state.get("sort")
        with self._quietly():
            before = (self.query, self.sort, self.filters, self.page, self.page_size)
            try:
                self.query = str(state.get("query") or "")
                self.filters = {str(name): str(text) for name, text in (state.get("filters") or {}).items()}
                self.sort = (str(sort[0]), str(sort[1])) if sort else None
                self.page_size = max(1, min(int(state.get("size") or 25), MAX_PAGE))
                self.page = max(0, int(state.get("page") or 0))
                page = self._page(message)
            except Exception:
                self.query, self.sort, self.filters, self.page, self.page_size = before
                raise
        self._front.post("page", page)

    def _say_page(self, message: Message) -> None:
        self._front.post("page", self._page(message))

    def _select(self, message: Message) -> None:
        keys = [str(key) for key in message["keys"]][:MAX_PAGE]
        kept = dict.fromkeys(self.selected_ids)
        for key in keys:
            if message["on"]:
                kept[key] = None
            else:
                kept.pop(key, None)
        self.selected_ids = tuple(kept)

    def _open(self, message: Message) -> None:
        key = str(message["key"])
        title, content = self.detail_of(key)
        self._front.post(
            "detail", {"view": message.get("view"), "seq": message.get("seq"), "key": key, "title": cell(title), "sections": content}
        )

    def _close(self, _message: Message) -> None:
        """Nothing is kept for an open detail pane."""

    # -- answers ----------------------------------------------------------------------------------

    def detail_of(self, key: str) -> tuple[str, list[sections.Section]]:
        """Return the title and sections of one row.

        Parameters
        ----------
        key : str
            Id of the row.
        """
        position = self._source.position(key)
        if position is None:
            raise InputError(f"no row {key!r} here any more")
        row = self._source.take([position]).to_pylist()[0]
        if self._detail is not None:
            return self._detail(row)
        return (f"{self._source.id_column} {key}" if self._source.id_column else f"row {position + 1}"), sections.record(row)

    def _page(self, message: Message) -> dict[str, Any]:
        order = self.order
        matched = self._source.matched(order)
        pages = max(1, -(-matched // self.page_size))
        number = min(self.page, pages - 1)
        if number != self.page:
            with self._quietly():
                self.page = number
        positions = self._source.positions(order, number, self.page_size)
        keys = self._source.keys(positions)
        chosen = set(self.selected_ids)
        first = number * self.page_size
        texts = cells(self._source.take(positions), self._columns)
        return {
            "view": message.get("view"),
            "seq": message.get("seq"),
            "state": {"query": self.query, "sort": self.sort, "filters": dict(self.filters), "page": number, "size": self.page_size},
            "columns": self._heads(),
            "rows": [
                {"key": key, "index": first + place, "selected": key in chosen, "cells": row}
                for place, (key, row) in enumerate(zip(keys, texts, strict=True))
            ],
            "matched": matched,
            "pages": pages,
            "sizes": sorted({*PAGE_SIZES, self.page_size}),
            "caption": self._caption,
            "empty": f"no {self._caption} match" if len(self._source) else f"no {self._caption} here",
            "status": self._status(matched),
        }

    def _heads(self) -> list[dict[str, Any]]:
        return heads(self._source.table.schema, self._columns, self._pinned)

    def _status(self, matched: int) -> str:
        total = len(self._source)
        first = min(self.page * self.page_size + 1, matched)
        last = min((self.page + 1) * self.page_size, matched)
        parts = [
            f"{first:,}–{last:,} of {matched:,} {self._caption}"
            if matched
            else f"no {self._caption} match"
            if total
            else f"no {self._caption}"
        ]
        if matched != total:
            parts.append(f"{total:,} in all")
        if self.sort:
            parts.append(f"sorted by {self.sort[0]}, {self.sort[1]}")
        if self.selected_ids:
            parts.append(f"{len(self.selected_ids):,} selected")
        if self._left_out:
            parts.append(f"{self._left_out} more columns in the detail")
        return " · ".join(parts)

    # -- changes made from Python -------------------------------------------------------------------

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change traits together and without telling the browser, which asked for the change."""
        was, self._ready = self._ready, False
        try:
            yield
        finally:
            self._ready = was

    def _changed(self, change: Any) -> None:
        if not self._ready:
            return
        if change["name"] in ("query", "filters", "sort", "page_size"):
            with self._quietly():
                self.page = 0
        self._say_page({})

    def _selection_changed(self, _change: Any) -> None:
        positions = self._source.positions(self.order, self.page, self.page_size)
        chosen = set(self.selected_ids)
        on_page = [key for key in self._source.keys(positions) if key in chosen]
        self._front.post("selection", {"keys": on_page, "status": self._status(self._source.matched(self.order))})

    # -- without a kernel -------------------------------------------------------------------------

    def _brief_html(self) -> str:
        return self.to_html()

    def to_html(self, rows: int = STATIC_ROWS) -> str:
        """Return the first rows as a static, escaped table that says how many there are."""
        positions = self._source.positions(self.order, 0, min(rows, MAX_PAGE))
        matched = self._source.matched(self.order)
        drawn = self._heads()
        caption = f"{len(positions):,} of {matched:,} {self._caption}"
        return rows_html(
            [head["name"] for head in drawn],
            cells(self._source.take(positions), self._columns, STATIC_CLIP),
            caption,
            numeric=[head["numeric"] for head in drawn],
        )

    def __repr__(self) -> str:
        """Say how many rows and columns there are, never what is in them."""
        return f"<Grid: {len(self._source):,} {self._caption} × {len(self._source.table.column_names)} columns>"


def _frame(table: pa.Table) -> pd.DataFrame:
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)
