"""What all pictures share: colours for every eye, text that is never read as mathematics, figures without
pyplot.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import warnings
from typing import TYPE_CHECKING, Any, cast

from arize_nb.plots.names import broken, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
)
"""Okabe and Ito's palette, told apart with any colour vision."""
GREY = "#797979"
"""Text and lines: contrast 4.3:1 on white and on #111 alike, the most that one colour can have on both."""
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
MARKS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "//", "..", "xx", "--", "++", "\\\\")
"""Marks and hatches beside colours; one more of them, so that colour and mark together repeat after
forty-two.
"""
VERDICT_COLOURS = {
    "improved": BLUE,
    "regressed": VERMILION,
    "changed": PURPLE,
    "equivalent": GREEN,
    "not worse": SKY,
}
VERDICT_MARKS = {"improved": "^", "regressed": "v", "changed": "D", "equivalent": "s", "not worse": ">"}
"""Marks beside colours, so that no verdict is told by colour alone."""
LONGEST_ALT = 2_000
"""Characters of a picture's alt text."""


def axes(ax: Axes | None, *, width: float = 6.4, height: float = 3.6) -> Any:
    """Return the Axes to draw on: the one given, or that of a new transparent figure which pyplot does not
    know.
    """
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
    """Make the Figure and Axes classes that a notebook shows without pyplot, with their alt text; matplotlib
    is loaded here.
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure that a notebook shows as an image with alt text."""

        def _repr_html_(self) -> str:
            return img(self)

    class ShownAxes(Axes):
        """Axes that a notebook shows as their whole figure."""

        def _repr_html_(self) -> str:
            return img(cast("Figure", self.figure))

    return ShownFigure, ShownAxes


def img(figure: Figure) -> str:
    """Return a figure as an HTML image that holds its own data and alt text."""
    data = base64.b64encode(png(figure)).decode("ascii")
    return (
        f'<img alt="{html.escape(str(figure.get_label()))}" src="data:image/png;base64,{data}"'
        ' style="max-width: 100%; display: block">'
    )


def finish(ax: Axes, *, title: str, alt: str, x: str = "", y: str = "") -> Any:
    """Write title, axis labels and alt text, broken into lines that fit; take every text literally; return
    the Axes.
    """
    from matplotlib.text import Text

    width, height = _slot(ax)
    ticks = [line for label in ax.get_yticklabels() for line in label.get_text().split("\n")]
    left = 0.45 + 0.07 * max([5, *map(len, ticks)]) if ax.axison else 0.1
    ax.set_title(broken(title, width - left, 10), color=GREY, fontsize=10, loc="left")
    ax.set_xlabel(broken(x, width - left, 9), color=GREY, fontsize=9)
    ax.set_ylabel(broken(y, height - 0.9, 9), color=GREY, fontsize=9)
    for text in (*ax.findobj(Text), *ax.get_xticklabels(), *ax.get_yticklabels()):
        # A dollar sign in a label or in a model's output is a dollar sign, whatever the user's rcParams say.
        text.set_parse_math(False)
        text.set_usetex(False)
    whole = ax.figure.figure  # of a part of a figure the figure
    said = " ".join(f"{whole.get_label()} {alt}".split())
    whole.set_label(plain(said[:LONGEST_ALT], LONGEST_ALT))
    return ax


def _slot(ax: Axes) -> tuple[float, float]:
    """Return the width and height in inches that an Axes has in its figure, with its labels."""
    width, height = ax.figure.bbox.width / ax.figure.dpi, ax.figure.bbox.height / ax.figure.dpi
    spec = ax.get_subplotspec()
    rows, columns = spec.get_gridspec().get_geometry() if spec is not None else (1, 1)
    return float(width) / columns, float(height) / rows


def legend(ax: Axes) -> None:
    """Name what is drawn, to the right of it, where nothing lies."""
    ax.legend(
        frameon=False,
        labelcolor=GREY,
        fontsize=8,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
    )


def nothing(ax: Axes, words: str) -> None:
    """Say in the middle of an Axes that there is nothing to draw, and why; take the scales away."""
    ax.set_axis_off()
    for line in list(ax.lines):
        line.remove()
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=GREY, fontsize=9)


def png(figure: Figure, dpi: int = 110) -> bytes:
    """Return a figure as PNG with its alt text as description."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A character that no font of this machine has is a box in the picture; a line of stderr for each
        # helps nobody.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(
            buffer,
            format="png",
            dpi=dpi,
            transparent=True,
            metadata={"Description": str(figure.get_label()), "Software": None},
        )
    return buffer.getvalue()
