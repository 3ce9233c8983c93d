"""Lines of a card as spans of text, each with what it means: plain text and colour are made of the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.text.terminal import clipped, width
from arize_nb.text.visible import visible_line

if TYPE_CHECKING:
    from arize_nb.comparison.words.summary_sentence import Tone

_LONGEST = 4_000
"""Characters of one text that are looked at: a line of a terminal shows fewer."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line that may be printed as it is: nothing in it acts on a terminal."""

    text: str
    tone: Tone | str = ""


Line = tuple[Span, ...]


def span(text: object, tone: Tone | str = "") -> Span:
    """Return any text as a span of one line, control characters shown instead of obeyed."""
    return Span(visible_line(str(text)[:_LONGEST]).replace("\t", " "), tone)


def plain(line: Line) -> str:
    """Return a line without its tones."""
    return "".join(one.text for one in line).rstrip()


def columns_of(line: Iterable[Span]) -> int:
    """Count the columns that a line takes in a terminal."""
    return sum(width(one.text) for one in line)


def cell(text: object, columns: int, tone: Tone | str = "", *, right: bool = False) -> Span:
    """Return text cut or filled to so many columns."""
    cut = clipped(span(text).text, columns)
    gap = " " * (columns - width(cut))
    return Span(f"{gap}{cut}" if right else f"{cut}{gap}", tone)


def filled(line: Line, columns: int) -> Line:
    """Fill a line to so many columns."""
    return (*line, Span(" " * max(columns - columns_of(line), 0)))


def wrapped(line: Iterable[Span], columns: int, indent: int = 0) -> list[Line]:
    """Break a line between words; the lines after the first begin with so many spaces.

    Parameters
    ----------
    line : iterable of Span
        One line of any length.
    columns : int
        Columns of the terminal; a word that takes more is cut.
    indent : int
        Spaces before the lines after the first.
    """
    lines: list[Line] = []
    current: list[Span] = []
    taken = 0
    for word in _words(line):
        room = columns - (indent if lines else 0)
        size = columns_of(word)
        blank = not "".join(one.text for one in word).strip()
        if current and taken + size > room and not blank:
            lines.append(_ended(current, indent if lines else 0))
            current, taken = [], 0
            room = columns - indent
        if blank and not current and lines:
            continue
        current += word if size <= room else [Span(clipped(plain(tuple(word)), room), word[0].tone)]
        taken += min(size, room)
    return [*lines, _ended(current, indent if lines else 0)] if current or not lines else lines


def _words(line: Iterable[Span]) -> Iterable[Sequence[Span]]:
    """Yield words and the spaces between them; a word may go over several spans."""
    word: list[Span] = []
    for one in line:
        for part in re.findall(r" +|[^ ]+", one.text):
            if part.isspace():
                if word:
                    yield word
                word = []
                yield [Span(part)]
            else:
                word.append(Span(part, one.tone))
    if word:
        yield word


def _ended(spans: list[Span], indent: int) -> Line:
    while spans and not spans[-1].text.strip():
        spans = spans[:-1]
    return (Span(" " * indent), *spans) if indent else tuple(spans)
