"""How a widget of ours is displayed: live, with static HTML beside it, and with its plain drawings under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets

from arize_nb.widgets.front import use_plain
from arize_nb.widgets.lifetime import close_tree, open_tree, shown_in


class Shown(ipywidgets.VBox):  # type: ignore[misc]
    """A box that says its static form too.

    Readers without a kernel (GitHub, nbconvert, a reopened notebook) see it; a kernel's front end prefers the live view.
    """

    def __init__(self, children: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(children, **options)
        if use_plain():
            # Only then: where the custom widgets load, the ordinary bundle is what every host understands.
            self._ipython_display_ = self._show_with_drawings

    def _brief_html(self) -> str:
        """Return the static, escaped form that travels with the live view; small, since every display sends it."""
        raise TypeError(f"{type(self).__name__} has no static form")

    def close(self) -> None:
        """End the live view with all it is made of, and the requests that only fill it; what was chosen or said stays.

        A cell that is run again does this to the widgets it showed before. A closed widget opens again when it is shown.
        """
        if self.comm is not None:  # Python closes what is deleted, a half-made widget too
            self._end()
            close_tree(self)

    def _end(self) -> None:
        """Give up what only the live view needs."""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return the live view and the static forms."""
        if self.comm is None:
            open_tree(self)
        where = _executing_cell()
        if where is not None:
            shown_in(self, *where)
        live = dict(super()._repr_mimebundle_(**kwargs) or {})
        return {**live, "text/plain": repr(self), "text/html": self._brief_html()}

    def _show_with_drawings(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        for drawing in _drawings(self):
            drawing.place()


def _executing_cell() -> tuple[str, str] | None:
    """Return the id of the cell that is being executed and of its execution; None where the front end does not say."""
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent("shell") if kernel is not None else {}
    cell = request.get("metadata", {}).get("cellId")
    return (str(cell), str(request["header"]["msg_id"])) if cell and request["header"]["msg_type"] == "execute_request" else None


def _drawings(box: Any) -> Iterator[Any]:
    """Find the display handles of plain parts, in order."""
    for child in box.children:
        if hasattr(child, "drawings"):
            yield from child.drawings()
        elif hasattr(child, "children"):
            yield from _drawings(child)
