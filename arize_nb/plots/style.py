"""What all pictures share: colours for every eye, text that is never read as mathematics, figures without pyplot."""

from __future__ import annotations

import base64
import functools
import html
import io
import re
from typing import Any

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442"
"""Okabe and Ito's palette, told apart with any colour vision."""
GREY = "#797979"
"""Text and lines: contrast 4.3:1 on white and on #111 alike, the most that one colour can have on both."""
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
MARKS = ("o", "s", "^", "D", "v", "P")
HATCHES = ("", "//", "..", "xx", "--", "++")
"""Marks and hatches beside colours, in the same order."""
VERDICT_COLOURS = {"improved": BLUE, "regressed": VERMILION, "changed": PURPLE, "equivalent": GREEN}
VERDICT_MARKS = {"improved": "^", "regressed": "v", "changed": "D", "equivalent": "s"}
"""Marks beside colours, so that no verdict is told by colour alone."""
LONGEST_ALT = 2_000
"""Characters of a picture's alt text."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: object, longest: int = 40) -> str:
    """Return text to draw: without control and direction characters, cut in the middle when long."""
    shown = _CONTROL.sub(" ", str(text))
    if len(shown) > longest:
        shown = f"{shown[: longest // 2]}…{shown[-(longest - longest // 2 - 1) :]}"
    return shown


def axes(ax: Any, *, width: float = 6.4, height: float = 3.6) -> Any:
    """Return the Axes to draw on: the one given, or that of a new transparent figure which pyplot does not know."""
    if ax is None:
        ax = new_figure(width, height).add_subplot(axes_class=_shown_classes()[1])
    ax.patch.set_alpha(0.0)
    ax.tick_params(colors=GREY, which="both", labelsize=9)
    for name, spine in ax.spines.items():
        spine.set_color(GREY)
        spine.set_visible(name in ("left", "bottom"))
    return ax


def new_figure(width: float, height: float) -> Any:
    """Return a transparent figure that pyplot does not know, and that shows itself in a notebook."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _shown_classes()[0](figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.patch.set_alpha(0.0)
    return figure


@functools.cache
def _shown_classes() -> tuple[type[Any], type[Any]]:
    """Make the Figure and Axes classes that a notebook shows without pyplot, with their alt text; matplotlib is loaded here."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure that a notebook shows as an image with alt text."""

        def _repr_html_(self) -> str:
            return img(self)

    class ShownAxes(Axes):
        """Axes that a notebook shows as their whole figure."""

        def _repr_html_(self) -> str:
            return img(self.figure)

    return ShownFigure, ShownAxes


def img(figure: Any) -> str:
    """Return a figure as an HTML image that holds its own data and alt text."""
    data = base64.b64encode(png(figure)).decode("ascii")
    return f'<img alt="{html.escape(str(figure.get_label()))}" src="data:image/png;base64,{data}" style="max-width: 100%; display: block">'


def finish(ax: Any, *, title: str, alt: str, x: str = "", y: str = "") -> Any:
    """Write title, axis labels and alt text, take every text literally; return the Axes."""
    from matplotlib.text import Text

    ax.set_title(title, color=GREY, fontsize=10, loc="left")
    ax.set_xlabel(x, color=GREY, fontsize=9)
    ax.set_ylabel(y, color=GREY, fontsize=9)
    for text in (*ax.findobj(Text), *ax.get_xticklabels(), *ax.get_yticklabels()):
        # A dollar sign in a label or in a model's output is a dollar sign, whatever the user's rcParams say.
        text.set_parse_math(False)
        text.set_usetex(False)
    before = ax.figure.get_label()
    ax.figure.set_label(_CONTROL.sub(" ", f"{before} {alt}").strip()[:LONGEST_ALT])
    return ax


def png(figure: Any, dpi: int = 110) -> bytes:
    """Return a figure as PNG with its alt text as description."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, transparent=True, metadata={"Description": str(figure.get_label()), "Software": None})
    return buffer.getvalue()
