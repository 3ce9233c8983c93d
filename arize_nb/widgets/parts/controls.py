"""Text and layout of core ipywidgets: names of resources only, with nothing in them that a front end would
interpret.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

import ipywidgets

from arize_nb.text.values import plain, shortened

# Front ends typeset LaTeX in labels and descriptions, and MathJax makes links of \href; the look-alikes are
# never typeset.
_INERT = str.maketrans({"$": "＄", "\\": "＼", "\n": " ", "\t": " "})


def inert(text: str, limit: int = 120) -> str:
    """Return one line that no front end interprets, clipped."""
    line = plain(text).translate(_INERT)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def short_name(name: str, limit: int = 100) -> str:
    """Return a name as such a line; a long one loses its middle, since names often differ at their ends."""
    return shortened(plain(name).translate(_INERT), limit)


def moment(when: datetime | None) -> str:
    """Return a time as `2026-11-20 14:03` (UTC); empty when unknown."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if when else ""


def beside(**layout: object) -> dict[str, Any]:
    """Return options of a control whose description stands beside it in full."""
    room = {"width": "auto", "max_width": "100%", "margin": "2px 12px 2px 0", **layout}
    return {"style": {"description_width": "initial"}, "layout": ipywidgets.Layout(**room)}


class StatusLine(ipywidgets.HTML):  # type: ignore[misc]
    """One line of state or trouble, escaped, read out by screen readers."""

    def __init__(self) -> None:
        super().__init__(layout=ipywidgets.Layout(min_height="24px"))
        self.say("")

    def say(self, text: str) -> None:
        """Show a state."""
        self.value = f'<span role="status">{escape(inert(text, 300))}</span>'

    def problem(self, text: str) -> None:
        """Show one line of trouble."""
        self.value = (
            f'<span role="alert"><b>⚠ {escape(inert(text, 400))}</b></span>'
            if text
            else '<span role="status"></span>'
        )
