"""A list of one kind of resource: type-ahead through the service, pages, one choice or several; core
ipywidgets only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets
import traitlets

from arize_nb.models import Page
from arize_nb.widgets.parts.channel import guarded, one_line
from arize_nb.widgets.parts.controls import StatusLine, beside, inert

if TYPE_CHECKING:
    from arize_nb.widgets.parts.background import Background

TYPING_S = 0.2
"""Pause in typing after which the service is asked."""
_LINE = {"width": "auto", "height": "24px", "margin": "0 2px", "flex": "0 0 auto"}
PAGE = 15
"""Resources of a page."""


class Fetch(Protocol):
    """Ask the service for a page of resources."""

    def __call__(self, *, name: str | None, cursor: str | None, limit: int) -> Page[Any]:
        """Return the page that follows the cursor, of names that contain `name`."""
        ...


class ChoiceList(ipywidgets.VBox):  # type: ignore[misc]
    """Search box, list and page buttons for one kind of resource.

    Parameters
    ----------
    kind : str
        What is listed, singular ("dataset"): heads the list and names its requests.
    background : Background
        Runs the requests.
    label : callable
        Resource to one line of text.
    multiple : bool
        Whether several may be chosen; then each is a checkbox.
    """

    chosen = traitlets.Tuple()
    """Chosen resources, the first chosen first; kept over pages and searches."""

    def __init__(
        self, kind: str, background: Background, label: Callable[[Any], str], *, multiple: bool = False
    ) -> None:
        self.kind = kind
        self._background = background
        self._label = label
        self._multiple = multiple
        self._fetch: Fetch | None = None
        self._items: tuple[Any, ...] = ()
        self._cursors: list[str | None] = [None]
        self._next: str | None = None
        self._drawing = False
        self.search = ipywidgets.Text(
            description=f"Find {kind}",
            placeholder="part of a name",
            continuous_update=True,
            **beside(width="auto"),
        )
        # Checkboxes, not a select: JupyterLab takes arrow keys and letters for itself while a select has the
        # keyboard.
        self.choices = ipywidgets.VBox(layout=ipywidgets.Layout(max_height="400px", overflow="auto"))
        self.ticks: list[ipywidgets.Checkbox] = []
        self.newer = ipywidgets.Button(
            description="‹ Newer",
            disabled=True,
            tooltip=f"Newer {kind}s",
            layout=ipywidgets.Layout(width="80px"),
        )
        self.older = ipywidgets.Button(
            description="Older ›",
            disabled=True,
            tooltip=f"Older {kind}s",
            layout=ipywidgets.Layout(width="80px"),
        )
        self.status = StatusLine()
        self._buttons = ipywidgets.HBox([self.newer, self.older], layout=ipywidgets.Layout(display="none"))
        super().__init__(
            [self.search, self.choices, self._buttons, self.status],
            layout=ipywidgets.Layout(width="32%", min_width="230px", padding="0 8px 0 0"),
        )
        self.search.observe(self._typed, "value")
        self.newer.on_click(guarded(lambda _: self._turn(-1), self.status.problem))
        self.older.on_click(guarded(lambda _: self._turn(+1), self.status.problem))

    # -- asking the service ---------------------------------------------------------------------

    def start(self, fetch: Fetch | None, *, chosen: tuple[Any, ...] = ()) -> None:
        """List what `fetch` gives, from its first page; None empties the list."""
        self._fetch = fetch
        self._cursors = [None]
        self.chosen = chosen
        if fetch is None:
            self._background.forget(self.kind)
            self._show(Page(items=()))
            self.status.say("")
            return
        self._ask()

    def _typed(self, _change: object) -> None:
        self._cursors = [None]
        self._ask(delay_s=TYPING_S)

    def _turn(self, step: int) -> None:
        if step > 0 and self._next:
            self._cursors.append(self._next)
        elif step < 0 and len(self._cursors) > 1:
            self._cursors.pop()
        self._ask()

    def _ask(self, *, delay_s: float = 0.0) -> None:
        fetch = self._fetch
        if fetch is None:
            return
        name, cursor = self.search.value.strip() or None, self._cursors[-1]
        self.status.say("asking the service…")
        self._background.submit(
            self.kind,
            lambda: fetch(name=name, cursor=cursor, limit=PAGE),
            self._show,
            self._failed,
            delay_s=delay_s,
        )

    def _failed(self, error: Exception) -> None:
        from arize_nb.widgets.parts.channel import LOG

        LOG.warning("listing %ss failed", self.kind, exc_info=error)
        self.status.problem(one_line(error))

    @property
    def items(self) -> tuple[Any, ...]:
        """Return the resources in sight: those chosen elsewhere, then the page."""
        return self._items

    # -- showing a page -------------------------------------------------------------------------

    def _show(self, page: Page[Any]) -> None:
        ids = {item.id for item in page.items}
        # What was chosen on another page or by another search stays in sight, above the page.
        self._items = (*(item for item in self.chosen if item.id not in ids), *page.items)
        self._next = page.next_cursor
        self.older.disabled = self._next is None
        self.newer.disabled = len(self._cursors) == 1
        first = (len(self._cursors) - 1) * PAGE + 1
        if not page.items:
            self.status.say(
                f"no {self.kind} matches" if self.search.value.strip() else f"no {self.kind}s here"
            )
        else:
            self.status.say(self._count(first, len(page.items)))
        self._buttons.layout.display = None if self._next or len(self._cursors) > 1 else "none"
        self.draw()

    def _count(self, first: int, items: int) -> str:
        if len(self._cursors) == 1 and not self._next:
            return f"{items:,} {self.kind}{'s' if items != 1 else ''}"
        return f"{self.kind}s {first:,}–{first + items - 1:,}{', more follow' if self._next else ''}"

    def draw(self) -> None:
        """Show the page and what of it is chosen."""
        ids = [item.id for item in self.chosen]
        while len(self.ticks) < len(self._items):
            # One layout and one style for all: each would be a model of its own, to be made and sent.
            shared = (
                {"layout": self.ticks[0].layout, "style": self.ticks[0].style}
                if self.ticks
                else {"layout": ipywidgets.Layout(**_LINE)}
            )
            tick = ipywidgets.Checkbox(indent=False, **shared)
            tick.observe(guarded(self._ticked, self.status.problem), "value")
            self.ticks.append(tick)
        self._drawing = True
        for tick, item in zip(self.ticks, self._items, strict=False):
            mark = "★ baseline: " if self._multiple and ids and item.id == ids[0] else ""
            tick.tooltip = inert(item.name or item.id, 400)
            tick.description = f"{mark}{inert(self._label(item))}"
            tick.value = item.id in ids
        self._drawing = False
        self.choices.children = tuple(self.ticks[: len(self._items)])

    # -- choosing -------------------------------------------------------------------------------

    def _ticked(self, change: Any) -> None:
        if self._drawing:
            return
        item = self._items[self.ticks.index(change["owner"])]
        kept = tuple(one for one in self.chosen if one.id != item.id) if self._multiple else ()
        self.chosen = (*kept, item) if change["new"] else kept
        self.draw()
