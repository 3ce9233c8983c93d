"""How a widget is displayed: a static form that stays in the notebook; the live view takes its place while a
kernel answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arize_nb.widgets.parts.channel import LiveFront, use_plain
from arize_nb.widgets.parts.hosts import executing_cell, host
from arize_nb.widgets.parts.lifetime import close_tree, open_tree, shown_in

_VIEW = "application/vnd.jupyter.widget-view+json"
_PATIENCE_S = {"jupyter": 2.0, "view": 2.0, "executor": 30.0, "console": 30.0, "terminal": 30.0, "none": 0.0}
"""How long a display waits for what is being read, so that the static form says it."""


class Shown:
    """A widget that says its static form too.

    A Jupyter page that is connected to the kernel puts the live view in the static form's place (see
    `live.js`). The output in the notebook is the static form alone, so that nbconvert, papermill, GitHub
    and a reopened notebook show it, whether widget state was stored or not. Front ends that take a widget
    by its view type only get that beside it.
    """

    _live_front: LiveFront | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if use_plain():
            # Only then: where the custom widgets load, the ordinary bundle is what every host understands.
            self._ipython_display_ = self._show_with_drawings

    @property
    def view(self) -> Any:
        """Return the widget to put into a box of your own: this one, or its plain form under
        `ARIZE_NB_GRID=plain`.
        """
        return self

    def _brief_html(self) -> str:
        """Return the static, escaped form; small, since every display sends it."""
        raise TypeError(f"{type(self).__name__} has no static form")

    def _text(self) -> str:
        """Return what is there as lines of text."""
        raise TypeError(f"{type(self).__name__} has no text form")

    def _instead(self) -> str:
        """Say what to use where no widget can be drawn."""
        raise TypeError(f"{type(self).__name__} has no text form")

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until everything asked for so far is shown (scripts, tests); False when it is not.

        Parameters
        ----------
        timeout_s : float
            Longest wait in seconds, above 0.
        """
        return timeout_s > 0

    def _settle(self, timeout_s: float) -> None:
        """Wait until the static form has something to say."""
        self.wait(timeout_s)

    def close(self) -> None:
        """End the live view with all it is made of, and the requests that only fill it; what was chosen or
        said stays.

        A cell that is run again does this to the widgets it showed before. A closed widget opens again when
        it is shown.
        """
        if (
            getattr(self.view, "comm", None) is not None
        ):  # Python closes what is deleted, a half-made widget too
            self._end()
            close_tree(self.view)

    def _end(self) -> None:
        """Give up what only the live view needs."""

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, Any]:
        """Return the forms that the front end at hand takes."""
        where = host()
        if _PATIENCE_S[where]:
            self._settle(_PATIENCE_S[where])
        text = self._text() if where in ("terminal", "console", "executor") else repr(self)
        if where in ("terminal", "console"):
            text = f"{text}\n{self._instead()}"
        if where == "terminal":
            return {"text/plain": text, "text/html": self._brief_html()}
        if self.view.comm is None:
            open_tree(self.view)
        cell = executing_cell()
        if cell is not None:
            shown_in(self, *cell)
        if where in ("jupyter", "console", "executor") and not use_plain():
            return {"text/plain": text, "text/html": self._live_mark() + self._brief_html()}
        view = {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}
        return {_VIEW: view, "text/plain": text, "text/html": self._brief_html()}

    def _live_mark(self) -> str:
        """Return the mark by which a page finds the static form that the live view replaces."""
        if self._live_front is None:
            self._live_front = LiveFront(self.view.model_id)
        self._live_front.shown = self.view.model_id
        return f'<div class="{self._live_front.mark}" hidden></div>'

    def _show_with_drawings(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        for drawing in _drawings(self.view):
            drawing.place()


def _drawings(part: object) -> Iterator[Any]:
    """Find the display handles of plain parts, in order."""
    if hasattr(part, "drawings"):
        yield from part.drawings()
    else:
        for child in getattr(part, "children", ()):
            yield from _drawings(child)
