"""A table of any length in a notebook: Python keeps the rows, the browser gets one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from arize_nb.display import sections
from arize_nb.display.sections_html import STATIC_ROWS
from arize_nb.widgets.grid.arrow_rows import table_of
from arize_nb.widgets.grid.columns import ColumnLayout
from arize_nb.widgets.grid.order import Conditions, checked_filters, checked_sort, kept_filters
from arize_nb.widgets.grid.requests import GridRequests
from arize_nb.widgets.grid.row_source import MAX_PAGE, RowOrder, RowSource
from arize_nb.widgets.grid.table_text import csv_bytes
from arize_nb.widgets.grid.view import GridView
from arize_nb.widgets.parts.channel import GridFront, use_plain
from arize_nb.widgets.parts.displayed import Shown
from arize_nb.widgets.parts.lifetime import close_alone

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Detail = Callable[[dict[str, Any]], tuple[str, list[sections.Section]]]


class Grid(GridRequests, Shown, GridFront):
    """Rows to page through, search, filter, sort, select, copy and open.

    An anywidget: put it into any box, or into `mo.ui.anywidget` of marimo. With `ARIZE_NB_GRID=plain` the
    table is drawn through a display handle instead (in a box of your own put `.view` then).

    Parameters
    ----------
    rows : DataFrame, pyarrow.Table or list of dict
        The rows; never copied to the browser as a whole.
    id_column : str, optional
        Column that identifies a row. Default: `id`, then `example_id`, when its values are distinct; else the
        position.
    columns : sequence of str, optional
        Columns to draw, in this order. Default: all, up to 40.
    pinned : sequence of str, optional
        Columns that stay in sight when the table scrolls sideways; drawn first.
    page_size : int, default 25
        Rows of a page, 1 to 100.
    caption : str, default "rows"
        What the rows are; read by screen readers and printed in the status line.
    detail : callable, optional
        Gets a row as a dict, returns a title and sections for the detail pane. Default: all columns of the
        row.
    command : str, optional
        The `%ax` line that fetches the rows, for `.command`.

    Attributes
    ----------
    query, sort, filters, page, page_size
        What is shown; set them from Python too. `sort` is None, `(column, "ascending" | "descending")` or
        several of those. A condition that cannot be read is refused and changes nothing; `.readings` says
        how each was read.
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
        self._detail = detail
        self._command = command
        self._view = _view(rows, id_column, columns, pinned, caption)
        super().__init__(self._asked_for(), filters={}, page_size=max(1, min(page_size, MAX_PAGE)))
        self._front: Any = self
        if use_plain():
            from arize_nb.widgets.parts.fallback import PlainGridFront

            close_alone(self)  # its place is taken by core controls
            self._front = PlainGridFront(self._asked_for())
            self._say_page({})  # a browser asks for itself; the plain form has nobody to ask
        self._ready = True
        self.observe(self._changed, ["query", "sort", "filters", "page", "page_size"])
        self.observe(self._selection_changed, ["selected_ids"])

    @property
    def view(self) -> Any:
        """Return the widget to put into a box of your own: this one, or its plain form under
        `ARIZE_NB_GRID=plain`.
        """
        return getattr(self, "_front", self)

    # -- what is shown ----------------------------------------------------------------------------

    def show_rows(
        self,
        rows: object,
        *,
        id_column: str | None = None,
        columns: Sequence[str] | None = None,
        pinned: Sequence[str] = (),
        caption: str | None = None,
    ) -> None:
        """Show other rows; query and selection stay, as far as the new rows have them."""
        widths = self._view.columns.widths
        self._view = _view(rows, id_column, columns, pinned, caption or self._view.caption)
        self._view.columns.widths = widths
        table = self._view.source.table
        with self._quietly():
            self.page = 0
            self.filters = kept_filters(table, self.filters)
            self.sort = tuple(key for key in self.order.sort_keys if key[0] in table.column_names) or None
        self._front.post("closed", {})
        self._say_page({})

    @property
    def order(self) -> RowOrder:
        """Return the query, sort and filters as one value."""
        return RowOrder(query=self.query, sort=self.sort, filters=dict(self.filters))

    @property
    def readings(self) -> tuple[str, ...]:
        """Return how the conditions were read: `('output contains "<think>"', 'score > 0.5')`."""
        return tuple(reading["text"] for reading in self._view.source.readings(self.order))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns drawn, in order; set it to draw others."""
        return tuple(self._view.columns.shown)

    @columns.setter
    def columns(self, names: Sequence[str]) -> None:
        self._view.columns.arrange(names)
        self._say_page({})

    @property
    def pinned(self) -> tuple[str, ...]:
        """Columns that stay in sight, the first ones; set it to pin others."""
        return tuple(self._view.columns.pinned)

    @pinned.setter
    def pinned(self, names: Sequence[str]) -> None:
        self._view.columns.arrange(self._view.columns.shown, names)
        self._say_page({})

    def frame(self, *, all_pages: bool = False) -> pd.DataFrame:
        """Return the rows on screen as a DataFrame; with `all_pages` every row that matches, in the order
        shown.
        """
        source = self._view.source
        if not all_pages:
            return _frame(source.take(source.positions(self.order, self.page, self.page_size)))
        return _frame(self._matching())

    def to_csv(self, path: str | Path) -> Path:
        """Write every row that matches, in the order shown, with all columns, as CSV; returns the path.

        A missing value is an empty cell, an empty text is `""`, lists and dicts are JSON.

        Parameters
        ----------
        path : str or Path
            File to write; one that is there is replaced.
        """
        Path(path).write_bytes(csv_bytes(self._matching()))
        return Path(path)

    def _matching(self) -> pa.Table:
        order = self._view.source.order(self.order)
        table: pa.Table = self._view.source.table
        return table if order is None else table.take(order)

    @property
    def selected(self) -> pd.DataFrame:
        """Return the selected rows as a DataFrame, in the order they were selected."""
        return _frame(self._view.source.rows_of(self.selected_ids))

    @property
    def command(self) -> str:
        """Return the line that shows these rows again."""
        given = {"query": self.query, "sort": self.sort, "filters": dict(self.filters)}
        asked = "; ".join(f"grid.{name} = {value!r}" for name, value in given.items() if value)
        line = self._command or "grid = ax.Grid(rows)"
        return f"{line}  # then: {asked}" if asked else line

    # -- answers ----------------------------------------------------------------------------------

    def detail_of(self, key: str) -> tuple[str, list[sections.Section]]:
        """Return the title and sections of one row.

        Parameters
        ----------
        key : str
            Id of the row.
        """
        position, row = self._view.row(key)
        if self._detail is not None:
            return self._detail(row)
        name = self._view.source.id_column
        return (f"{name} {key}" if name else f"row {position + 1}"), sections.record(row)

    # -- changes made from Python -------------------------------------------------------------------

    @traitlets.validate("filters")  # type: ignore[untyped-decorator]
    def _check_filters(self, proposal: Any) -> Conditions:
        return checked_filters(self._view.source.table, proposal["value"])

    @traitlets.validate("sort")  # type: ignore[untyped-decorator]
    def _check_sort(self, proposal: Any) -> Any:
        return checked_sort(self._view.source.table.schema, proposal["value"])

    def _changed(self, change: Any) -> None:
        if not self._ready:
            return
        if change["name"] in ("query", "filters", "sort", "page_size"):
            with self._quietly():
                self.page = 0
        self._say_page({})

    # -- without a kernel -------------------------------------------------------------------------

    def _brief_html(self) -> str:
        return self.to_html()

    def _text(self) -> str:
        return self._view.text(self.order)

    def _instead(self) -> str:
        return (
            "No widgets here: .frame(all_pages=True) has the rows, .filters and .sort choose them,"
            " .detail_of(id) has one in full."
        )

    def to_html(self, rows: int = STATIC_ROWS) -> str:
        """Return the first rows as a static, escaped table that says how many there are."""
        return self._view.html(self.order, rows)

    def __repr__(self) -> str:
        """Say how many rows and columns there are, never what is in them."""
        source = self._view.source
        return f"<Grid: {len(source):,} {self._view.caption} × {len(source.table.column_names)} columns>"


def _view(
    rows: object, id_column: str | None, columns: Sequence[str] | None, pinned: Sequence[str], caption: str
) -> GridView:
    source = RowSource(table_of(rows), id_column=id_column)
    return GridView(
        source=source, columns=ColumnLayout.of(source.table.column_names, columns, pinned), caption=caption
    )


def _frame(table: pa.Table) -> pd.DataFrame:
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)
