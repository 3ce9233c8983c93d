"""The summary within every slice of the examples; exploratory, so adjusted for how many slices were looked
at.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.summary import judged_rows
from arize_nb.comparison.analysis.verdict import CHANGED, IMPROVED, REGRESSED
from arize_nb.comparison.diagnostics.lost_runs import Measured, measured
from arize_nb.comparison.metrics.pairs import pair_up
from arize_nb.comparison.stats.multiplicity import asked_in_turn
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """One metric and candidate within one slice."""

    column: str
    """Column that the examples are sliced by."""
    label: str
    """Value of that column, or the quarter of its numbers."""
    measured: Measured
    """The difference within the slice."""
    turn: int = 1
    """In which question the column was first asked for, counted from 1."""


MOST_SLICES = 500
"""A column with more values than this is no column to slice by."""
MANY_EXAMPLES = 200_000
"""With more examples, slices are looked at only when they are asked for."""
_BINS = 4
_FEW_NUMBERS = 12


def measured_slices(study: Study, column: str, turn: int = 1) -> list[Slice]:
    """Measure every slice by a column, metric and candidate; `turn` counts the questions that asked for new
    columns, this one too.

    Raises
    ------
    ComparisonError
        No such column, or one with too many values.
    """
    found = []
    codes, labels = slice_codes(study, column)
    tests = len(labels) * len(study.metrics) * (len(study.names) - 1)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(-1, len(labels)), side="right")
    for number, label in enumerate(labels):
        within = order[ends[number] : ends[number + 1]]
        for metric in study.metrics:
            for candidate in range(1, len(study.names)):
                pairs = pair_up(
                    metric, study.outcome(metric, 0), study.outcome(metric, candidate), 0, candidate, within
                )
                one = measured(study, pairs, within, tests=tests)
                found.append(Slice(column=column, label=label, measured=one, turn=turn))
    return found


def examples_in(study: Study, column: str, label: str) -> NDArray[np.intp]:
    """Return the examples of one slice by a column."""
    codes, labels = slice_codes(study, column)
    return np.flatnonzero(codes == list(labels).index(label))


def judged_slices(study: Study, slices: Sequence[Slice]) -> list[dict[str, Any]]:
    """Return a summary row per slice, metric and candidate; p values are adjusted over all that are given,
    and for being asked in turn.
    """
    turns = [one.turn for one in slices]
    rows = judged_rows(
        study, [one.measured for one in slices], lambda p_values: asked_in_turn(p_values, turns)
    )
    return [{"column": one.column, "slice": one.label, **row} for one, row in zip(slices, rows, strict=True)]


def verdict_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Order rows of slices for reading: what got worse, then what changed, then what got better, the clearest
    first; then the others.
    """
    order = {REGRESSED: 0, CHANGED: 1, IMPROVED: 2}

    def place(row: Mapping[str, Any]) -> tuple[float, float]:
        known = row["verdict"] in order and not math.isnan(row["p_adjusted"])
        return (order.get(row["verdict"], 3), row["p_adjusted"] if known else 0.0)

    return sorted(rows, key=place)


def slice_codes(study: Study, column: str) -> tuple[NDArray[np.int32], Sequence[str]]:
    """Return the slice of every example (-1 for none) and the names of the slices; a number with many values
    is cut into quarters.
    """
    from arize_nb.comparison.sources.column_source import numbers_of

    codes, labels = study.groups(column)
    if len(labels) > _FEW_NUMBERS:
        numbers = numbers_of(study.attribute(column, np.arange(study.alignment.examples)))
        if numbers is not None:
            return _quarters(numbers)
    if len(labels) > MOST_SLICES:
        raise ComparisonError(
            f"column {column!r} has {len(labels):,} values: too many to slice by",
            hint=f"Use one with at most {MOST_SLICES} values.",
        )
    order = sorted(range(len(labels)), key=lambda place: labels[place])
    places = np.empty(len(labels) + 1, dtype=np.int32)
    places[order], places[-1] = np.arange(len(labels)), -1
    return places[codes], [labels[place] for place in order]


def _quarters(numbers: NDArray[np.float64]) -> tuple[NDArray[np.int32], list[str]]:
    """Cut numbers at their quartiles."""
    known = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, _BINS + 1)))
    codes = np.full(len(numbers), -1, dtype=np.int32)
    codes[known] = np.clip(
        np.searchsorted(edges, numbers[known], side="right") - 1, 0, max(len(edges) - 2, 0)
    )
    said = _told_apart(edges)
    # A slice holds its lower edge, and only the last one its upper edge too.
    names = [
        f"{low} to {'' if place == len(said) - 2 else '<'}{high}"
        for place, (low, high) in enumerate(itertools.pairwise(said))
    ]
    return codes, names or said


def _told_apart(edges: NDArray[np.float64]) -> list[str]:
    """Write numbers, all different, with as few digits as tell them apart; at least six, and the whole part
    where it is not endless.
    """
    whole = len(f"{np.abs(edges).max():.0f}")
    written = (
        [f"{edge:.{digits}g}" for edge in edges] for digits in range(max(6, whole if whole <= 15 else 0), 18)
    )
    return next(texts for texts in written if len(set(texts)) == len(edges))
