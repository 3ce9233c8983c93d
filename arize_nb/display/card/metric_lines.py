"""A line a metric, aligned: baseline and candidate, interval, difference, verdict, bar; two when narrow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.comparison.analysis.verdict import IMPROVED, REGRESSED, TOO_FEW
from arize_nb.comparison.words.row_sentences import MARKS, Row, amount
from arize_nb.display.card.change_bar import bar_parts, change_bar
from arize_nb.display.card.interval_axis import ZERO, Axis, axis_for, unit_of
from arize_nb.display.card.spans import Line, Span, cell, span
from arize_nb.text.terminal import width

if TYPE_CHECKING:
    from arize_nb.comparison.words.summary_sentence import Tone

_GAP = 2
_LONGEST_NAME = 28
"""Columns that a name may take at most."""
_AXIS, _BAR = (13, 41), (6, 20)
"""Least and most columns of an interval and of a bar."""
_FIRST_HEAD = "metric"
_TONES: Mapping[str, Tone] = {REGRESSED: "worse", IMPROVED: "better"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row with what it is called, and what stands once above all rows of one group."""

    name: str
    row: Row
    group: str = ""

    @property
    def text(self) -> str:
        """What stands in the first column: indented below the name of its group."""
        return f"  {self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table of metrics."""

    name: int
    before: int
    after: int
    difference: int
    verdict: int
    digits: tuple[int, int]
    bar: int
    two_lines: bool
    axis: Axis

    @property
    def means(self) -> int:
        """Columns of `69.2% → 48.7%`."""
        return self.before + self.after + 3


def layout(rows: Sequence[Labelled], columns: int) -> Layout:
    """Fit a table into so many columns: names give way first, then each metric takes two lines.

    Parameters
    ----------
    rows : sequence of Labelled
        All rows that stand below each other.
    columns : int
        Columns of the terminal.
    """
    widest = max(width(span(one.text).text) for one in rows)
    name = min(max(widest, len(_FIRST_HEAD)), _LONGEST_NAME)
    cells = [_numbers(one.row) for one in rows]
    before, after, difference = (max(width(one[place]) for one in cells) for place in range(3))
    verdict = max(width(_verdict(one.row)) for one in rows)
    parts = [counts for one in rows if (counts := bar_parts(one.row)) is not None]
    digits = tuple(max((len(f"{one[place]:,}") for one in parts), default=1) for place in (0, 2))
    sides = digits[0] + digits[1] + 2
    texts = [name, before + after + 3, difference, verdict]
    room = columns - sum(texts) - _GAP * (len(texts) + 1)
    least = _AXIS[0] + _BAR[0] + sides
    two_lines = room < least
    if two_lines:
        over = sum(texts) + _GAP * (len(texts) - 1) - columns
        name = max(name - max(over, 0), 8)
        room = columns - 2 * _GAP
    drawn = min(max((room - sides) * 3 // 5, _AXIS[0]), _AXIS[1])
    return Layout(
        name=name,
        before=before,
        after=after,
        difference=difference,
        verdict=verdict,
        digits=(digits[0], digits[1]),
        bar=min(max(room - sides - drawn, _BAR[0]), _BAR[1]),
        two_lines=two_lines,
        axis=axis_for([one.row for one in rows], drawn - (1 - drawn % 2)),
    )


def head_lines(fit: Layout) -> list[Line]:
    """Return the heads of the columns: which side of zero is better is said here."""
    heads = (
        cell(_FIRST_HEAD, fit.name, "faint"),
        cell(_fitting(("baseline → candidate", "base → cand", "means"), fit.means), fit.means, "faint"),
        _axis_head(fit.axis),
        cell(_fitting(("difference", "change", "Δ"), fit.difference), fit.difference, "faint", right=True),
        cell("verdict", fit.verdict, "faint"),
        _bar_head(fit),
    )
    return _placed(fit, [(one,) for one in heads])


def table_lines(fit: Layout, rows: Sequence[Labelled]) -> list[Line]:
    """Return rows below each other, the name of a group once above its rows."""
    lines: list[Line] = []
    above = ""
    for one in rows:
        if one.group != above:
            lines.append((span(one.group, "name"),))
            above = one.group
        lines += _row_lines(fit, one)
    return lines


def _row_lines(fit: Layout, one: Labelled) -> list[Line]:
    """Return the line of a row, or its two lines."""
    row = one.row
    tone: Tone = _TONES.get(row["verdict"], "")
    before, after, difference = _numbers(row)
    name = (cell(one.text, fit.name, "" if one.group else "name"),)
    means = (
        cell(before, fit.before, right=True),
        Span(" → " if before else "   ", "faint"),
        cell(after, fit.after, "name"),
    )
    drawn = _drawn(fit.axis, row, tone)
    change = (cell(difference, fit.difference, right=True),)
    verdict = (cell(_verdict(row), fit.verdict, tone),)
    bar = change_bar(row, fit.bar, fit.digits)
    return _placed(fit, [name, means, drawn, change, verdict, bar])


def _drawn(axis: Axis, row: Row, tone: Tone) -> Line:
    """Draw an interval; zero, where nothing lies over it, says nothing of better or worse."""
    before, zero, after = axis.drawn(row).partition(ZERO)
    return (Span(before, tone), Span(zero, "faint"), Span(after, tone))


def _placed(fit: Layout, cells: Sequence[Sequence[Span]]) -> list[Line]:
    """Put name, means, interval, difference, verdict and bar into one line, or interval and bar below."""
    name, means, drawn, difference, verdict, bar = cells
    if fit.two_lines:
        return [_spaced([name, means, difference, verdict]), _spaced([(), drawn, bar])]
    return [_spaced(cells)]


def foot_lines(fit: Layout, rows: Sequence[Labelled]) -> list[Line]:
    """Explain what the table marks: few pairs, several axes, rows of which no way is better."""
    notes = dict.fromkeys(one.row["note"] for one in rows if _is_marked(one.row))
    lines: list[Line] = [(span(f"* {note}", "faint"),) for note in notes]
    units: dict[str, Row] = {}
    for one in rows:
        units.setdefault(unit_of(one.row), one.row)
    reach = [
        f"{amount(fit.axis.extents[unit], row['kind'], difference=True).removeprefix('+')} ({row['metric']})"
        for unit, row in units.items()
        if fit.axis.extents.get(unit)
    ]
    if len(reach) > 1:
        lines.append((span(f"each unit has its own axis; its farthest end: {', '.join(reach)}", "faint"),))
    aimless = [
        one.row["metric"] for one in rows if one.row["regressions"] is None and one.row["down"] is not None
    ]
    if aimless:
        which = ", ".join(dict.fromkeys(map(str, aimless)))
        lines.append((span(f"right is higher of {which}: no way of it is known to be better", "faint"),))
    return lines


def _numbers(row: Row) -> tuple[str, str, str]:
    """Return both means and the difference as they are shown; empty where there are none."""
    if math.isnan(row["delta"]):
        return "", "", ""
    difference = amount(row["delta"], row["kind"], difference=True).replace(" points", " pts")
    return amount(row["baseline_mean"], row["kind"]), amount(row["candidate_mean"], row["kind"]), difference


def _verdict(row: Row) -> str:
    return f"{MARKS[row['verdict']]} {row['verdict']}{'*' if _is_marked(row) else ''}"


def _is_marked(row: Row) -> bool:
    """Say whether a verdict stands under a reservation; too few pairs are one by themselves."""
    return bool(row["note"]) and row["verdict"] != TOO_FEW


def _bar_head(fit: Layout) -> Span:
    columns = fit.bar + sum(fit.digits) + 2
    return cell(_fitting(("worse · same · better", "worse · better"), columns), columns, "faint")


def _axis_head(axis: Axis) -> Span:
    """Name the two sides of zero over it, as far as there is room."""
    worse, better = "◂ worse", "better ▸"
    left = worse if len(worse) <= axis.zero else "◂" * min(axis.zero, 1)
    beyond = axis.columns - axis.zero - 1
    right = better if len(better) <= beyond else "▸" * min(beyond, 1)
    return Span(f"{left:<{axis.zero}}{ZERO}{right:>{beyond}}", "faint")


def _fitting(texts: Sequence[str], columns: int) -> str:
    return next((text for text in texts if width(text) <= columns), "")


def _spaced(cells: Sequence[Sequence[Span]]) -> Line:
    """Put cells beside each other."""
    spans: list[Span] = []
    for place, one in enumerate(cells):
        spans += [Span(" " * _GAP)] if place else []
        spans += one
    return tuple(spans)
