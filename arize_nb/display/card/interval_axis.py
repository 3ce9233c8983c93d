"""Intervals drawn in characters: zero in one column for all rows, one scale for all rows of one unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.comparison.analysis.verdict import CLAIMS
from arize_nb.comparison.metrics.directions import LOWER
from arize_nb.comparison.metrics.metric import PASS_FAIL

if TYPE_CHECKING:
    from arize_nb.comparison.words.row_sentences import Row

ZERO, POINT, OPEN_POINT, LINE, CROSSED, LEFT, RIGHT = "┊", "●", "○", "─", "┼", "├", "┤"
_LEAST_SIDE = 0.25
"""Share of the longer side of zero that the shorter one has at least, so that both ways can be seen."""
_UNITS = {
    "ms": "ms",
    "milliseconds": "ms",
    "s": "s",
    "seconds": "s",
    "usd": "USD",
    "cost": "cost",
    "tokens": "tokens",
    "chars": "characters",
    "characters": "characters",
    "words": "words",
    "bytes": "bytes",
}
"""Last word of a metric's name -> its unit."""


def unit_of(row: Row) -> str:
    """Return what the numbers of a row are in; rows of one unit share a scale.

    Pass rates are in points, numbers that are called by a unit in that unit, scores whose means lie within
    -1 and 1 in one of their own; of any other number nothing is known, so it is alone.
    """
    if row["kind"] == PASS_FAIL:
        return "points"
    last = str(row["metric"]).lower().replace(".", "_").replace("-", "_").rpartition("_")[2]
    if last in _UNITS:
        return _UNITS[last]
    means = (row["baseline_mean"], row["candidate_mean"])
    return "score" if all(abs(mean) <= 1 for mean in means) else f"metric {row['metric']}"


def better_right(row: Row) -> tuple[float, float, float] | None:
    """Return a difference as low end, value, high end, turned so that more is better; None without one."""
    delta = row["delta"]
    if not math.isfinite(delta):
        return None
    ends = [end if math.isfinite(end) else delta for end in (row["ci_low"], row["ci_high"])]
    turn = -1.0 if row["direction"] == LOWER else 1.0
    low, high = sorted(turn * end for end in ends)
    return low, turn * delta, high


@dataclass(frozen=True, slots=True)
class Axis:
    """Where differences stand in so many columns."""

    columns: int
    """Columns of the drawing."""
    extents: Mapping[str, float]
    """Unit -> the farthest that any row of it reaches from zero."""
    worse: float
    """How far the worse side reaches, in extents; at most 1."""
    better: float
    """How far the better side reaches, in extents."""

    @property
    def zero(self) -> int:
        """The column of zero."""
        return round(self.worse * self._scale)

    @property
    def _scale(self) -> float:
        return (self.columns - 1) / (self.worse + self.better)

    def column(self, value: float, unit: str) -> int:
        """Return the column of a difference that is turned so that more is better."""
        place = (self.worse + value / self.extents[unit]) * self._scale
        return min(max(round(place), 0), self.columns - 1)

    def _beside_zero(self, value: float, unit: str, ends: tuple[float, float, float]) -> int:
        """Return the column of a value; an interval that excludes zero never touches its column."""
        place = self.column(value, unit)
        if ends[0] > 0:
            return max(place, self.zero + 1)
        return min(place, self.zero - 1) if ends[2] < 0 else place

    def drawn(self, row: Row) -> str:
        """Draw the interval of a row; only zero where there is none."""
        cells = [" "] * self.columns
        cells[self.zero] = ZERO
        turned = better_right(row)
        unit = unit_of(row)
        if turned is None or not self.extents.get(unit):
            return "".join(cells)
        low, middle, high = (self._beside_zero(value, unit, turned) for value in turned)
        for place in range(low, high + 1):
            cells[place] = CROSSED if place == self.zero else LINE
        if low < high:
            cells[low], cells[high] = LEFT, RIGHT
        cells[middle] = POINT if row["verdict"] in CLAIMS else OPEN_POINT
        return "".join(cells)


def axis_for(rows: Iterable[Row], columns: int) -> Axis:
    """Return the axis that holds the intervals of all rows.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of a summary, of slices too.
    columns : int
        Columns to draw in, from 3.
    """
    extents: dict[str, float] = {}
    turned = [(unit_of(row), ends) for row in rows if (ends := better_right(row)) is not None]
    for unit, ends in turned:
        extents[unit] = max(extents.get(unit, 0.0), *map(abs, ends))
    reached = [
        (low / extents[unit], high / extents[unit]) for unit, (low, _, high) in turned if extents[unit]
    ]
    worse = max((-low for low, _ in reached), default=1.0)
    better = max((high for _, high in reached), default=1.0)
    least = _LEAST_SIDE * max(worse, better)
    return Axis(columns=columns, extents=extents, worse=max(worse, least), better=max(better, least))
