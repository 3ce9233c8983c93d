"""The card in colour, for a terminal: the lines of the plain text; rich is loaded for this alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from arize_nb.display.card.card import card_lines
from arize_nb.display.card.spans import Line, columns_of, span, wrapped
from arize_nb.display.comparison_text import detail_lines

if TYPE_CHECKING:
    from rich.text import Text

    from arize_nb.comparison.comparison import Comparison

STYLES = {
    "worse": "bold color(166)",
    "better": "bold color(31)",
    "open": "bold",
    "name": "bold",
    "head": "bold",
    "faint": "dim",
    "warning": "color(136)",
}
"""Tone -> style. The colours have a contrast of 3 : 1 or more against black and white; orange and blue differ
for all kinds of colour sight, and a sign and a word always stand beside them.
"""


def comparison_rich(comparison: Comparison, columns: int) -> Text:
    """Return the comparison as text with styles, no line longer than the terminal is wide.

    Parameters
    ----------
    comparison : Comparison
        What is shown.
    columns : int
        Columns of the terminal.
    """
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ignore")
    for line in _lines(comparison, columns):
        for one in line:
            text.append(one.text, STYLES.get(one.tone, ""))
        text.append("\n")
    text.right_crop(1)
    return text


def _lines(comparison: Comparison, columns: int) -> list[Line]:
    """Return the card and all that stands below it, broken between words."""
    lines: list[Line] = []
    for line in card_lines(comparison, columns):
        lines += wrapped(line, columns, 2) if columns_of(line) > columns else [line]
    lines.append(())
    for text in detail_lines(comparison):
        indent = len(text) - len(text.lstrip(" "))
        lines += wrapped((span(text, "faint"),), columns, indent + 2)
    return lines


def print_coloured(comparison: Comparison, stream: TextIO) -> None:
    """Print a comparison to a terminal, in as many colours as it has; `NO_COLOR` is obeyed."""
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    console.print(comparison_rich(comparison, console.width), soft_wrap=True)
