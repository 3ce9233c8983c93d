"""The browser side of the widgets: ES modules and one custom-message channel; no synced trait holds any cell
text.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from arize_nb.errors import AxError

LOG = logging.getLogger("arize_nb.widgets")
LOG.addHandler(logging.NullHandler())

_HERE = Path(__file__).parents[1] / "static"


def use_plain() -> bool:
    """Say whether the plain tables were asked for: `ARIZE_NB_GRID=plain`, where a custom widget
    cannot load.
    """
    return os.environ.get("ARIZE_NB_GRID", "").strip().lower() == "plain"


_COMMENT = re.compile(r"(^| )// [^\"'`]*$|^// .*$")
"""A comment at the end of a line (one that holds no quote), or a line of its own."""


def _style(*names: str) -> str:
    """Join style sheets without their comments and line ends; they travel with every widget too."""
    text = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


_TOKENS = _style("tokens.css")
"""The colours, and what every widget shows with them alone."""
_STYLE = _style("tokens.css", "front.css")


@cache
def _module(*names: str) -> str:
    """Join ES module sources; only the last one exports, so plain joining is a module again.

    Indentation and comments stay behind: the module travels with every widget and is saved with the notebook.
    """
    lines = (
        _COMMENT.sub("", line.strip())
        for name in names
        for line in (_HERE / name).read_text(encoding="utf-8").splitlines()
    )
    return "\n".join(line for line in lines if line)


class Front(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget whose whole state travels by custom message, both ways.

    Parameters
    ----------
    handlers : mapping of str to callable
        By the message's `kind`; each gets the message. An exception becomes one line in the widget and a log
        record.
    **traits
        Of the widget.
    """

    _anywidget_id = traitlets.Unicode().tag(sync=True)

    def __init__(self, handlers: Mapping[str, Callable[[Mapping[str, Any]], None]], **traits: Any) -> None:
        self._looked_at = False
        self._trouble = ""
        super().__init__(**traits)
        self._handlers = dict(handlers)
        self.on_msg(self._hear)

    @traitlets.default("_anywidget_id")  # type: ignore[untyped-decorator]
    def _own_name(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}"

    def add_traits(self, **traits: object) -> None:
        """Add what the class does not declare: anywidget's own way makes a class for every instance, and
        `type(grid)` is not `Grid`.
        """
        missing = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if missing:
            super().add_traits(**missing)

    def _hear(self, _widget: object, content: object, _buffers: object = None) -> None:
        kind = str(content.get("kind")) if isinstance(content, Mapping) else ""
        if kind == "ping":
            self.send({"kind": "pong"})
        handler = self._handlers.get(kind)
        if handler is None:
            return
        self._looked_at = True
        trouble = self._trouble
        guarded(handler, self.problem)(content)
        if kind == "hello" and trouble:
            self.problem(trouble)

    def problem(self, text: str) -> None:
        """Show one line of trouble; a view that comes later is told as well, until something else was shown.

        Parameters
        ----------
        text : str
            The line.
        """
        self._trouble = text
        self.send({"kind": "problem", "text": text})

    def post(self, kind: str, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send a message to every view of this widget; none before the first has said hello, since it then
        asks for everything.

        Parameters
        ----------
        kind : str
            What the message is; the browser side knows the kinds.
        content : mapping
            Its members, as JSON.
        buffers : sequence of bytes
            Bytes that travel beside it.
        """
        self._trouble = ""
        if self._looked_at:
            self.send({"kind": kind, **content}, buffers=list(buffers))


class GridFront(Front):
    """The table."""

    _css = traitlets.Unicode(_STYLE).tag(sync=True)
    _esm = traitlets.Unicode(
        _module(
            "dom.js",
            "sections.js",
            "channel.js",
            "detail.js",
            "clipboard.js",
            "grid_columns.js",
            "grid_keys.js",
            "grid.js",
        )
    ).tag(sync=True)


class PanelFront(Front):
    """A pane of sections; it takes its style from the table it always stands beside."""

    _esm = traitlets.Unicode(_module("dom.js", "sections.js", "channel.js", "panel.js")).tag(sync=True)


class ReviewFront(Front):
    """A run to label, with the keyboard."""

    _css = traitlets.Unicode(_STYLE).tag(sync=True)
    _esm = traitlets.Unicode(
        _module("dom.js", "sections.js", "channel.js", "review_fields.js", "review.js")
    ).tag(sync=True)


class LiveFront(Front):
    """What puts a widget's live view in the place of its static form in the page, and says when its kernel is
    gone.
    """

    _css = traitlets.Unicode(_TOKENS).tag(sync=True)
    _esm = traitlets.Unicode(_module("dom.js", "channel.js", "live.js")).tag(sync=True)
    mark = traitlets.Unicode("").tag(sync=True)
    """Class of the element in the static form that tells which widget it is of."""
    shown = traitlets.Unicode("").tag(sync=True)
    """Model id of the live view."""

    def __init__(self, shown: str) -> None:
        super().__init__(
            {"hello": lambda _: self.send({"kind": "here"})}, mark=f"axn-live-{uuid4().hex}", shown=shown
        )


def one_line(error: BaseException) -> str:
    """Say an error in one line."""
    said = str(error).strip().replace("\n", " ") or type(error).__name__
    return said if isinstance(error, AxError) else f"{type(error).__name__}: {said}"


def guarded(handler: Callable[..., None], show: Callable[[str], None]) -> Callable[..., None]:
    """Wrap a handler: what it raises is shown as one line and logged, as Jupyter would lose it."""

    def run(*args: object, **kwargs: object) -> None:
        try:
            handler(*args, **kwargs)
        except Exception as error:
            LOG.warning("widget handler %s failed", getattr(handler, "__name__", handler), exc_info=True)
            show(one_line(error))

    return run
