"""End what a cell showed before, when it is run again: else every run would leave a hundred models and comms
behind.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from ipywidgets import Widget

_showing: dict[str, tuple[str, list[weakref.ref[Any]]]] = {}
"""By cell: the execution that was the last to show widgets there, and those."""
_places: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()
"""Where each widget was shown; one that is shown in several cells is never ended."""


def shown_in(widget: object, cell: str, execution: str) -> None:
    """Note that a widget is shown in a cell by an execution; what an earlier execution showed there, and
    nowhere else, ends.
    """
    last, shown = _showing.get(cell, ("", []))
    if last != execution:
        for ref in shown:
            earlier = ref()
            if earlier is not None and earlier is not widget and _places.get(earlier) == {cell}:
                earlier.close()
        shown = []
    _showing[cell] = (execution, [*shown, weakref.ref(widget)])
    _places.setdefault(widget, set()).add(cell)


def close_tree(widget: object) -> None:
    """Close a widget with everything it is made of; its Python side goes on, and it can be shown again."""
    for part in _parts(widget):
        close_alone(part)


def close_alone(widget: Any) -> None:
    """Close a widget and nothing that it is made of."""
    if widget.comm is not None:
        Widget.close(widget)
        vars(widget).pop("_repr_mimebundle_", None)  # closing hides the class's own


def open_tree(widget: object) -> None:
    """Open what `close_tree` closed; a widget that is open stays as it is."""
    for part in _parts(widget):
        part.open()


def _parts(widget: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield the widgets that a widget holds, in sight or not, each before what it is part of."""
    seen = set() if seen is None else seen
    seen.add(id(widget))
    for held in (*widget._trait_values.values(), *vars(widget).values()):
        for one in held if isinstance(held, list | tuple) else (held,):
            if isinstance(one, Widget) and id(one) not in seen:
                yield from _parts(one, seen)
    yield widget
