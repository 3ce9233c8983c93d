"""Names short enough to draw and still told apart, and long words broken to fit."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from itertools import takewhile

INCHES_A_POINT = 0.0078
"""Width of a character per point of its size, about."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: object, longest: int = 40) -> str:
    """Return text to draw: without control and direction characters, cut in the middle when long."""
    shown = _CONTROL.sub(" ", str(text))
    if len(shown) > longest:
        shown = f"{shown[: longest // 2]}…{shown[-(longest - longest // 2 - 1) :]}"
    return shown


def short_names(names: Sequence[object], longest: int = 28) -> list[str]:
    """Return names to draw, no two alike: where cutting would make them so, what all have in common is left
    out first.
    """
    whole = [_CONTROL.sub(" ", str(name)) for name in names]
    cut = [plain(name, longest) for name in whole]
    if len(set(cut)) == len(set(whole)):
        return cut
    start = _shared(whole)
    end = _shared([name[start:][::-1] for name in whole])
    cores = [_core(name, start, end, longest) for name in whole]
    return (
        cores
        if len(set(cores)) == len(set(whole))
        else [f"{place}: {name}" for place, name in enumerate(cut)]
    )


def _shared(names: Sequence[str]) -> int:
    """Count the characters that all names begin with."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False)))


def _core(name: str, start: int, end: int, longest: int) -> str:
    """Return the part of a name that others do not have, with as much of what follows it as there is room
    for.
    """
    own = name[start : len(name) - end] if end else name[start:]
    after = name[len(name) - end :] if end else ""
    room = max(longest - len(own) - 2, 0)
    before = re.split(r"[-_./ :]", name[max(0, start - min(room, 8)) : start])[-1]
    rest = after[: max(room - len(before), 0)]
    return plain(
        f"{'…' if len(before) < start else ''}{before}{own}{rest}{'…' if len(rest) < len(after) else ''}",
        longest,
    )


def broken(text: str, inches: float, size: float) -> str:
    """Break text into lines that fit a width, given its size in points."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    columns = max(int(inches / (INCHES_A_POINT * size) * (len(text) / (len(text) + wide) if wide else 1)), 8)
    return "\n".join(line for part in text.split("\n") for line in textwrap.wrap(part, columns) or [""])
