"""Pick experiments and compare them, off the kernel's thread: the explorer's upper part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets

from arize_nb.widgets.parts.channel import LOG, guarded, one_line
from arize_nb.widgets.parts.controls import StatusLine
from arize_nb.widgets.pickers.pickers import ExperimentPicker

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.widgets.parts.background import Background

_COMPARE, _COMPARING, _AGAIN = "Compare", "Comparing…", "Pick other experiments"


class ComparisonChooser(ipywidgets.VBox):  # type: ignore[misc]
    """A picker, a button that compares what is picked, and one that gives up waiting.

    The button never goes away nor is it disabled under the person's hand, so that the keyboard stays where it
    was.

    Parameters
    ----------
    client : Client
        Asked from a worker thread only.
    background : Background
        Runs the comparing.
    scope : mapping
        `dataset` and `space` to begin with.
    compare : callable
        Gets the picked experiments, returns their comparison; runs in a worker thread.
    take : callable
        Gets the comparison, where widgets may be touched.
    """

    def __init__(
        self,
        client: Any,
        background: Background,
        scope: Mapping[str, Any],
        compare: Callable[..., Comparison],
        take: Callable[[Comparison], None],
    ) -> None:
        self._background = background
        self._compare_them = compare
        self._take = take
        self.status = StatusLine()
        self.picker = ExperimentPicker(client, **scope)
        self.compare_button = ipywidgets.Button(
            description=_COMPARE,
            button_style="primary",
            disabled=True,
            layout=ipywidgets.Layout(width="auto", min_width="148px"),
        )
        self.cancel_button = ipywidgets.Button(description="Cancel", layout=ipywidgets.Layout(display="none"))
        super().__init__(
            [self.picker, ipywidgets.HBox([self.compare_button, self.cancel_button, self.status])]
        )
        self.picker.observe(guarded(lambda _: self._picked(), self.status.problem), "value")
        self.compare_button.on_click(guarded(lambda _: self._pressed(), self.status.problem))
        self.cancel_button.on_click(guarded(lambda _: self._cancel(), self.status.problem))

    def _picked(self) -> None:
        self.compare_button.disabled = len(self.picker.value) < 2

    def _pressed(self) -> None:
        if self.compare_button.description == _AGAIN:
            self._show_picker(True)
        elif self.compare_button.description == _COMPARE:
            self._compare()

    def _show_picker(self, shown: bool) -> None:
        self.picker.layout.display = None if shown else "none"
        self.compare_button.description = _COMPARE if shown else _AGAIN

    def _compare(self) -> None:
        """Read the runs and compare them."""
        chosen = self.picker.value
        self.compare_button.description, self.cancel_button.layout.display = _COMPARING, None
        said = f"reading the runs of {len(chosen)} experiments…"
        self.status.say(said)
        self._background.submit("compare", lambda: self._compare_them(*chosen), self._compared, self._failed)
        self._background.tick("compare", lambda seconds: self.status.say(f"{said} {seconds:.0f} s"))

    def _compared(self, comparison: Comparison) -> None:
        self._take(comparison)
        self._show_picker(False)
        self.status.say("")
        self.cancel_button.layout.display = "none"

    def _failed(self, error: Exception) -> None:
        LOG.warning("comparing failed", exc_info=error)
        self._show_picker(True)
        self.status.problem(one_line(error))
        self.cancel_button.layout.display = "none"

    def _cancel(self) -> None:
        """Drop what is being read; the button stays, since it has the keyboard."""
        if self.compare_button.description == _COMPARING:
            self._background.forget("compare")
            self._show_picker(True)
            self.status.say("cancelled; what was being read is dropped")

    def wait(self, timeout_s: float) -> bool:
        """Wait until the picker has its answers."""
        return self.picker.wait(timeout_s)
