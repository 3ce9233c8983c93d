"""A row a metric: baseline and candidate, the interval on an axis, verdict, worse · same · better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.comparison.analysis.verdict import IMPROVED, REGRESSED, verdict_text
from arize_nb.comparison.words.row_sentences import (
    ADJUSTED,
    MARKS,
    Row,
    amount,
    better_words,
    counts_text,
    interval_text,
    p_text,
    slice_name,
)
from arize_nb.display.card.change_bar import bar_parts
from arize_nb.display.card.interval_axis import Axis, axis_for, better_right, unit_of

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison

_STEPS = 1_001
"""Places of an axis: a tenth of a percent each."""
_WIDEST_NUMBER = 0.09
"""Share of a bar from which on a part has room for its number."""
TONES: Mapping[str, str] = {IMPROVED: "b", REGRESSED: "w"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """An interval in percent of its axis."""

    tone: str
    zero: float
    low: float = 0.0
    width: float = 0.0
    point: float | None = None


@dataclass(frozen=True, slots=True)
class MetricRow:
    """What a row shows, each part as it is read."""

    metric: str
    candidate: str
    better: str
    before: str
    after: str
    difference: str
    interval: str
    p: str
    verdict: str
    mark: str
    tone: str
    drawn: Drawn
    label: str
    counts: str
    bar: tuple[int, int, int] | None
    bar_words: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SliceLine:
    """A slice with its interval."""

    name: str
    pairs: str
    drawn: Drawn
    label: str
    mark: str
    word: str
    difference: str


def metric_rows(comparison: Comparison) -> list[MetricRow]:
    """Return the rows of a comparison, all on axes that rows of one unit share."""
    axis = axis_for(comparison.rows, _STEPS)
    return [_row(row, axis) for row in comparison.rows]


def slice_lines(rows: Sequence[Row]) -> list[SliceLine]:
    """Return a line a slice, all of one metric, on one axis."""
    axis = axis_for(rows, _STEPS)
    words = {"b": "better", "w": "worse", "": "faint"}
    lines = []
    for row in rows:
        tone = TONES.get(row["verdict"], "")
        gap = "–" if math.isnan(row["delta"]) else amount(row["delta"], row["kind"], difference=True)
        lines.append(
            SliceLine(
                name=str(row["slice"]),
                pairs=f"{row['n_paired']:,}",
                drawn=drawn(row, axis),
                label=f"{slice_name(row)}: {gap}, {interval_text(row)}",
                mark=MARKS[row["verdict"]],
                word=words[tone],
                difference=gap.removesuffix(" points"),
            )
        )
    return lines


def drawn(row: Row, axis: Axis) -> Drawn:
    """Return the interval of a row in percent of the axis; only its zero where there is none."""
    tone = TONES.get(row["verdict"], "n")
    zero = _percent(axis.zero, axis)
    turned, unit = better_right(row), unit_of(row)
    if turned is None or not axis.extents.get(unit):
        return Drawn(tone, zero)
    low, point, high = (_percent(axis.column(value, unit), axis) for value in turned)
    return Drawn(tone, zero, low=low, width=round(high - low, 1), point=point)


def _percent(column: int, axis: Axis) -> float:
    return round(100 * column / (axis.columns - 1), 1)


def _row(row: Row, axis: Axis) -> MetricRow:
    without = math.isnan(row["delta"])
    before, after = (
        "" if without else amount(row[f"{side}_mean"], row["kind"]) for side in ("baseline", "candidate")
    )
    gap = "" if without else amount(row["delta"], row["kind"], difference=True)
    p = f"{ADJUSTED}: {p_text(row['p_adjusted']).removeprefix('p ').removeprefix('= ')}"
    bar = bar_parts(row)
    return MetricRow(
        metric=str(row["metric"]),
        candidate=str(row["candidate"]),
        better=better_words(row),
        before=before,
        after=after,
        difference=gap,
        interval="" if without else interval_text(row),
        p=p,
        verdict=verdict_text(row),
        mark=MARKS[row["verdict"]],
        tone=TONES.get(row["verdict"], ""),
        drawn=drawn(row, axis),
        label=f"{row['metric']}: {gap}, {interval_text(row)}" if gap else f"{row['metric']}: no interval",
        counts=counts_text(row),
        bar=bar,
        bar_words=_bar_words(bar),
    )


def _bar_words(parts: Iterable[int] | None) -> tuple[str, str, str]:
    """Return the numbers that have room in their part."""
    counts = tuple(parts or (0, 0, 0))
    total = sum(counts) or 1
    worse, same, better = (f"{n:,}" if n and n / total >= _WIDEST_NUMBER else "" for n in counts)
    return worse, same, better
