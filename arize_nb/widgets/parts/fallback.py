"""Stand-ins for the custom widgets where those cannot load: core controls, and text drawn through display
handles.

Nothing here puts a cell into a widget trait: a display handle's output is replaced in place, and only its
last state is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from arize_nb.display.sections_html import rows_html, sections_html
from arize_nb.widgets.parts.channel import guarded
from arize_nb.widgets.parts.controls import StatusLine, beside, inert

_OWN_ORDER = ("own order",)  # no column has such a name
"""Value of the choice to sort by nothing: a Dropdown would show a None as if nothing were chosen."""
Handlers = Mapping[str, Callable[[Mapping[str, Any]], None]]


class Drawing:
    """One place in a cell's output that is drawn again and again."""

    def __init__(self) -> None:
        self._html = ""
        self._handle: Any = None

    def draw(self, html: str) -> None:
        """Replace what is shown; before `place` it is only remembered."""
        from IPython.display import HTML

        self._html = html
        if self._handle is not None:
            self._handle.update(HTML(html))

    def place(self) -> None:
        """Show it here, under the output made so far."""
        from IPython.display import HTML, display

        self._handle = display(HTML(self._html), display_id=True)


class PlainGridFront(ipywidgets.VBox):  # type: ignore[misc]
    """The table's controls in core ipywidgets; its page goes through a display handle."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._state: dict[str, Any] = {"query": "", "sort": [], "filters": {}, "page": 0, "size": 25}
        self._drawing = False
        self.page_drawing, self.detail_drawing = Drawing(), Drawing()
        self.search = ipywidgets.Text(
            description="Search text", **beside(width="240px"), continuous_update=False
        )
        self.column = ipywidgets.Dropdown(description="Sort by", **beside(width="260px"))
        self.direction = ipywidgets.Dropdown(
            description="Order", options=["ascending", "descending"], **beside(width="170px")
        )
        self.filter = ipywidgets.Text(
            description="Filter that column",
            placeholder="text   >0.5   true   is:missing",
            **beside(width="260px"),
            continuous_update=False,
        )
        self.back = ipywidgets.Button(description="‹ Previous page")
        self.forward = ipywidgets.Button(description="Next page ›")
        self.rows = ipywidgets.SelectMultiple(description="Selected rows", rows=5, **beside(width="220px"))
        self.opened = ipywidgets.Dropdown(description="Open row", **beside(width="220px"))
        self.status = StatusLine()
        top = ipywidgets.HBox(
            [self.search, self.column, self.direction, self.filter],
            layout=ipywidgets.Layout(flex_flow="row wrap"),
        )
        bottom = ipywidgets.HBox([self.rows, self.opened], layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([top, ipywidgets.HBox([self.back, self.forward]), bottom, self.status])
        for control in (self.search, self.column, self.direction, self.filter):
            control.observe(self._guard(self._asked), "value")
        self.back.on_click(self._guard(lambda _: self._turn(-1)))
        self.forward.on_click(self._guard(lambda _: self._turn(+1)))
        self.rows.observe(self._guard(self._selected), "value")
        self.opened.observe(self._guard(self._opened), "value")

    def drawings(self) -> tuple[Drawing, ...]:
        """Return what is to be placed under the controls."""
        return self.page_drawing, self.detail_drawing

    def post(self, kind: str, content: Mapping[str, Any], _buffers: Sequence[bytes] = ()) -> None:
        """Show what the grid says (the protocol of the custom widget)."""
        shows: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "page": self._show_page,
            "selection": lambda message: self.status.say(message["status"]),
            "detail": lambda message: self.detail_drawing.draw(
                f"{sections_html([{'type': 'note', 'text': message['title']}, *message['sections']])}"
            ),
            "closed": lambda _: self.detail_drawing.draw(""),
        }
        shows[kind](content)

    def problem(self, text: str) -> None:
        """Show one line of trouble."""
        self.status.problem(text)

    def _guard(self, handler: Callable[..., None]) -> Callable[..., None]:
        return guarded(handler, self.problem)

    def _show_page(self, message: Mapping[str, Any]) -> None:
        self._state = dict(message["state"])
        names = [column["name"] for column in message["columns"]]
        keys = [row["key"] for row in message["rows"]]
        self._drawing = True
        sort = next(iter(self._state["sort"]), None)
        self.search.value = self._state["query"]
        self.column.options = [("table's own order", _OWN_ORDER), *((inert(name), name) for name in names)]
        self.column.value = sort[0] if sort and sort[0] in names else _OWN_ORDER
        self.filter.value = self._state["filters"].get(self.column.value, "")
        self.filter.disabled = self.column.value == _OWN_ORDER
        self.direction.value = sort[1] if sort else "ascending"
        self.rows.options = [(inert(key, 60), key) for key in keys]
        self.rows.value = tuple(row["key"] for row in message["rows"] if row["selected"])
        self.opened.options = [("none", None), *((inert(key, 60), key) for key in keys)]
        self.back.disabled = self._state["page"] <= 0
        self.forward.disabled = self._state["page"] >= message["pages"] - 1
        self._drawing = False
        self.status.say("")  # the table's caption says it
        heads = [column["label"] for column in message["columns"]]
        cells = [row["cells"] for row in message["rows"]]
        numeric = [column["numeric"] for column in message["columns"]]
        if any(row["key"] not in row["cells"] for row in message["rows"]):
            heads, numeric = ["row", *heads], [False, *numeric]
            cells = [[row["key"], *row["cells"]] for row in message["rows"]]
        said = "".join(f" · {reading['text']}" for reading in message["readings"])
        self.page_drawing.draw(rows_html(heads, cells, message["status"] + said, numeric=numeric))

    def _asked(self, change: Any) -> None:
        if self._drawing:
            return
        column = self.column.value
        filters = dict(self._state["filters"])
        if (
            change["owner"] is self.filter and column != _OWN_ORDER
        ):  # a newly chosen column keeps the condition that it has
            filters[column] = self.filter.value
            filters = {name: text for name, text in filters.items() if text.strip()}
        sort = [(column, self.direction.value)] if column != _OWN_ORDER else []
        self._ask({"query": self.search.value, "sort": sort, "filters": filters, "page": 0})

    def _turn(self, step: int) -> None:
        self._ask({"page": self._state["page"] + step})

    def _ask(self, change: Mapping[str, Any]) -> None:
        self._handlers["page"]({"state": {**self._state, **change}})

    def _selected(self, change: Any) -> None:
        if self._drawing:
            return
        gone = [key for key in change["old"] if key not in change["new"]]
        self._handlers["select"]({"keys": gone, "on": False})
        self._handlers["select"]({"keys": list(change["new"]), "on": True})

    def _opened(self, change: Any) -> None:
        if self._drawing:
            return
        if change["new"] is None:
            self.detail_drawing.draw("")
        else:
            self._handlers["detail"]({"key": change["new"]})


class PlainPanelFront(ipywidgets.VBox):  # type: ignore[misc]
    """A pane whose text goes through a display handle; pictures too."""

    def __init__(self, _handlers: Handlers) -> None:
        self._drawing = Drawing()
        self.status = StatusLine()
        super().__init__([self.status])

    def drawings(self) -> tuple[Drawing, ...]:
        """Return what is to be placed under the controls."""
        return (self._drawing,)

    def post(self, kind: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Show the sections."""
        if kind == "busy":
            self.status.say(content["text"])
        else:
            self.status.say("")
            self._drawing.draw(sections_html(content["sections"], buffers))

    def problem(self, text: str) -> None:
        """Show one line of trouble."""
        self.status.problem(text)
