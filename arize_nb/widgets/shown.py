"""How a widget of ours is displayed: live, with static HTML beside it, and with its plain drawings under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets

from arize_nb.widgets.front import use_plain


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

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return the live view and the static forms."""
        live = dict(super()._repr_mimebundle_(**kwargs) or {})
        return {**live, "text/plain": repr(self), "text/html": self._brief_html()}

    def _show_with_drawings(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        for drawing in _drawings(self):
            drawing.place()


def _drawings(box: Any) -> Iterator[Any]:
    """Find the display handles of plain parts, in order."""
    for child in box.children:
        if hasattr(child, "drawings"):
            yield from child.drawings()
        elif hasattr(child, "children"):
            yield from _drawings(child)
