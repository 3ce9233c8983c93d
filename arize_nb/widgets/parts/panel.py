"""A pane of texts, tables and pictures in a widget, none of which is ever a trait of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from arize_nb.display.sections import note
from arize_nb.widgets.parts.channel import PanelFront, use_plain

if TYPE_CHECKING:
    from arize_nb.display.sections import Section


class Panel(ipywidgets.VBox):  # type: ignore[misc]
    """Shows sections (see `sections.py`); Python keeps them and sends them to whoever looks.

    Parameters
    ----------
    on_pick : callable, optional
        Gets the place of the row whose name was pressed, in a table section made with `pick=True`.
    """

    def __init__(self, on_pick: Callable[[int], None] | None = None) -> None:
        self._on_pick = on_pick
        self._sections: list[Section] = []
        self._buffers: list[bytes] = []
        self._made: Any = (
            self._make_front() if use_plain() else None
        )  # plain drawings are placed with what is displayed
        super().__init__([self._made] if self._made is not None else [])

    @property
    def _front(self) -> Any:
        """Return the browser side, made when there is something to show: its module is not sent for an empty
        pane.
        """
        if self._made is None:
            self._made = self._make_front()
            self.children = (self._made,)
        return self._made

    def _make_front(self) -> Any:
        handlers = {"hello": self._say, "pick": self._picked}
        if not use_plain():
            return PanelFront(handlers)
        from arize_nb.widgets.parts.fallback import PlainPanelFront

        return PlainPanelFront(handlers)

    def show(self, sections: Sequence[Section], buffers: Sequence[bytes] = ()) -> None:
        """Replace what is shown; `buffers` are the PNGs that `image` sections name by place."""
        self._sections, self._buffers = list(sections), list(buffers)
        if self._sections or self._made is not None:
            self._say({})

    def busy(self, text: str) -> None:
        """Say what is being made, until it is shown; whoever comes meanwhile sees it too."""
        self._sections, self._buffers = [note(text)], []
        self._front.post("busy", {"text": text, "sections": self._sections})

    def problem(self, text: str) -> None:
        """Show one line of trouble above the content."""
        self._front.problem(text)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return what is shown."""
        return tuple(self._sections)

    def _picked(self, message: Mapping[str, Any]) -> None:
        if self._on_pick is not None:
            self._on_pick(int(message["row"]))

    def _say(self, _message: Mapping[str, Any]) -> None:
        self._front.post("show", {"sections": self._sections}, self._buffers)
