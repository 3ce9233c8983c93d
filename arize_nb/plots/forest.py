"""One line of a forest plot: a difference, its interval, and what is said beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.plots.style import GREY, VERDICT_COLOURS, VERDICT_MARKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_A_CHARACTER = 0.078
"""Width of a character of a label, about."""


def draw_line(ax: Axes, place: int, row: Mapping[str, Any], said: str, unit: float = 1.0) -> None:
    """Draw a summary row at a height: mark at the delta, bar over the interval, words at the right; better is
    to the right.

    A hollow mark on a dotted bar stands for what is directional only. `unit` is what the delta is divided by.
    """
    sign = -1 if row["direction"] == "lower" else 1
    ends = sorted((sign * row["ci_low"] / unit, sign * row["ci_high"] / unit))
    colour, few = VERDICT_COLOURS.get(row["verdict"], GREY), bool(row["note"])
    if all(map(math.isfinite, ends)):
        ax.plot(
            ends,
            [place, place],
            color=colour,
            linewidth=2,
            linestyle=":" if few else "-",
            solid_capstyle="butt",
            zorder=2,
        )
    ax.plot(
        [sign * row["delta"] / unit],
        [place],
        marker=VERDICT_MARKS.get(row["verdict"], "o"),
        color=colour,
        markersize=7,
        markerfacecolor="none" if few else colour,
        linestyle="",
        zorder=3,
    )
    ax.annotate(
        said,
        (1.01, place),
        xycoords=("axes fraction", "data"),
        va="center",
        annotation_clip=False,
        fontsize=8,
        color=GREY,
    )


def width_of(labels: list[str], words: list[str]) -> float:
    """Return the width in inches that a forest plot with such texts needs."""
    lines = [line for label in labels for line in label.split("\n")]
    longest = max(map(len, lines), default=0) + max(map(len, words), default=0)
    return 3.4 + INCHES_A_CHARACTER * longest


def height_of(labels: list[str]) -> float:
    """Return the height in inches that a forest plot with such labels needs."""
    return 1.1 + 0.16 * sum(1 + label.count("\n") for label in labels) + 0.14 * max(len(labels), 1)


def frame(ax: Axes, labels: list[str]) -> None:
    """Mark zero, name the lines, put the first on top."""
    ax.axvline(0, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(len(labels), 1) - 0.4, -0.6)
