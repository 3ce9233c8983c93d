"""What a browser may ask of a table, message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.text.values import cell
from arize_nb.widgets.grid.row_source import MAX_PAGE
from arize_nb.widgets.grid.table_text import csv_bytes

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.display import sections
    from arize_nb.widgets.grid.row_source import RowOrder
    from arize_nb.widgets.grid.view import GridView

PAGE_SIZES = (10, 25, 50, MAX_PAGE)
_MOST_SELECTED_AT_ONCE = 100_000
_MOST_SENT_BYTES = 64 * 2**20
"""Largest CSV that goes through the browser; a larger one is written by `Grid.to_csv`."""

Message = Mapping[str, Any]


class GridRequests:
    """The part of a table that answers its browser side; the state is the table's."""

    if TYPE_CHECKING:
        query: str
        sort: Any
        filters: Any
        page: int
        page_size: int
        selected_ids: tuple[str, ...]
        _ready: bool
        _front: Any
        _view: GridView

        @property
        def order(self) -> RowOrder:
            """Return the query, sort and filters as one value."""

        def detail_of(self, key: str) -> tuple[str, list[sections.Section]]:
            """Return the title and sections of one row."""

        def _matching(self) -> pa.Table: ...

    def _asked_for(self) -> dict[str, Callable[[Message], None]]:
        """Return what a browser may ask for."""
        return {
            "hello": self._say_page,
            "page": self._turn,
            "select": self._select,
            "range": self._select_range,
            "detail": self._open,
            "close": lambda _: None,
            "columns": self._arrange,
            "jump": self._jump,
            "peek": self._peek,
            "copy": self._copy,
            "save": self._save,
        }

    def _turn(self, message: Message) -> None:
        state = message["state"]
        with self._quietly():
            before = (self.query, self.sort, self.filters, self.page, self.page_size)
            try:
                self.query = str(state.get("query") or "")
                self.filters = {str(name): str(text) for name, text in (state.get("filters") or {}).items()}
                self.sort = state.get("sort")
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
        self._choose([str(key) for key in message["keys"]][:MAX_PAGE], bool(message["on"]))

    def _select_range(self, message: Message) -> None:
        self._choose(
            self._view.between(self.order, str(message["from"]), str(message["to"]))[:_MOST_SELECTED_AT_ONCE],
            True,
        )

    def _choose(self, keys: Sequence[str], on: bool) -> None:
        kept = dict.fromkeys(self.selected_ids)
        for key in keys:
            if on:
                kept[key] = None
            else:
                kept.pop(key, None)
        before, self.selected_ids = self.selected_ids, tuple(kept)
        if before == self.selected_ids:
            self._selection_changed({})  # whoever asked waits for an answer

    def _open(self, message: Message) -> None:
        key = str(message["key"])
        title, content = self.detail_of(key)
        self._answer("detail", message, {"key": key, "title": cell(title), "sections": content})

    def _arrange(self, message: Message) -> None:
        self._view.columns.arrange(
            [str(name) for name in message["shown"]],
            [str(name) for name in message["pinned"]],
            message["widths"],
        )
        self._say_page(message)

    def _jump(self, message: Message) -> None:
        place = self._view.place_of(self.order, str(message["to"]))
        with self._quietly():
            self.page = place // self.page_size
        self._front.post("page", {**self._page(message), "focus": place % self.page_size})

    def _peek(self, message: Message) -> None:
        key, column = str(message["key"]), str(message["column"])
        self._answer("peeked", message, {"key": key, "column": column, "text": self._view.peek(key, column)})

    def _copy(self, message: Message) -> None:
        form = str(message["form"])
        if form == "cell":
            key, column = str(message["key"]), str(message["column"])
            said = {
                "text": self._view.cell(key, column) or "",
                "said": f"copied {cell(column)} of {cell(key)}",
            }
        else:
            keys = [str(key) for key in message["keys"]] if message.get("keys") else list(self.selected_ids)
            name = "Markdown" if form == "markdown" else "tab-separated text"
            said = {
                "text": self._view.copied(keys, form),
                "said": f"copied {len(keys):,} row{'' if len(keys) == 1 else 's'} as {name}",
            }
        self._answer("copied", message, said)

    def _save(self, message: Message) -> None:
        data = csv_bytes(self._matching())
        if len(data) > _MOST_SENT_BYTES:
            raise InputError(
                f"{len(data) / 2**20:,.0f} MB are too much for the browser",
                hint='Write them here: grid.to_csv("rows.csv")',
            )
        self._answer("file", message, {"name": f"{self._view.caption.replace(' ', '-')}.csv"}, [data])

    def _answer(self, kind: str, message: Message, content: Message, buffers: Sequence[bytes] = ()) -> None:
        """Answer the view that asked."""
        self._front.post(kind, {"view": message.get("view"), "seq": message.get("seq"), **content}, buffers)

    def _page(self, message: Message) -> dict[str, Any]:
        pages = max(1, -(-self._view.source.matched(self.order) // self.page_size))
        if self.page >= pages:
            with self._quietly():
                self.page = pages - 1
        sort = [list(key) for key in self.order.sort_keys]
        state = {
            "query": self.query,
            "sort": sort,
            "filters": dict(self.filters),
            "page": self.page,
            "size": self.page_size,
        }
        return {
            "view": message.get("view"),
            "seq": message.get("seq"),
            "state": state,
            "pages": pages,
            "sizes": sorted({*PAGE_SIZES, self.page_size}),
            **self._view.page(self.order, self.page, self.page_size, self.selected_ids),
        }

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change traits together and without telling the browser, which asked for the change."""
        was, self._ready = self._ready, False
        try:
            yield
        finally:
            self._ready = was

    def _selection_changed(self, _change: object) -> None:
        source, order = self._view.source, self.order
        chosen = set(self.selected_ids)
        on_page = [
            key for key in source.keys(source.positions(order, self.page, self.page_size)) if key in chosen
        ]
        self._front.post(
            "selection",
            {"keys": on_page, "status": self._view.status(order, self.page, self.page_size, len(chosen))},
        )
