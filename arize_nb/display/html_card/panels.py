"""The panels below the rows: labels against labels, slices, how the differences are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from arize_nb.comparison.metrics.metric import LABEL, SCORE
from arize_nb.display.html_card.rows import SliceLine, slice_lines
from arize_nb.display.slice_sentences import shown_slices
from arize_nb.errors import ComparisonError
from arize_nb.text.number_text import single

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arize_nb.comparison.comparison import Comparison
    from arize_nb.comparison.metrics.metric import Metric

_MOST_LABELS = 6
_MOST_SLICES = 8
_BINS = 25


@dataclass(frozen=True, slots=True)
class Cell:
    """A count of pairs, and whether what it counts got worse or better."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a histogram, in percent of the highest."""

    height: int
    tone: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; of its kind only the parts that it needs are there."""

    kind: Literal["labels", "slices", "histogram"]
    title: str
    aside: str
    names: tuple[str, ...] = ()
    cells: tuple[tuple[Cell, ...], ...] = ()
    slices: tuple[SliceLine, ...] = ()
    rest: str = ""
    bins: tuple[Bin, ...] = ()
    ticks: tuple[str, ...] = ()
    label: str = ""
    metric: str = ""
    """The metric it is about."""
    candidate: str = ""
    """The candidate it is about."""
    column: str = ""
    """The column of its slices."""
    edges: tuple[float, ...] = ()
    """Where its bars begin and end; what lies beyond counts to the outermost."""


def panels(comparison: Comparison) -> list[Panel]:
    """Return the panels that a comparison has something for."""
    drawn = (_labels(comparison), _slices(comparison), _spread(comparison))
    return [panel for panel in drawn if panel is not None]


def _labels(comparison: Comparison) -> Panel | None:
    """Count pairs by the label of both sides, for the first metric that has labels."""
    metric = next((one for one in comparison.metrics if one.kind != SCORE and len(one.vocabulary) != 1), None)
    if metric is None or len(metric.vocabulary) > _MOST_LABELS:
        return None
    counts = comparison.transitions(metric.name, comparison.candidates[0])
    names = tuple(map(str, counts.index))
    values = counts.to_numpy()
    passing = _passing(metric, names)
    cells = tuple(
        tuple(
            Cell(f"{values[row, column]:,}", _move(passing[row], passing[column]))
            for column in range(len(names))
        )
        for row in range(len(names))
    )
    beside = "baseline in rows" if len(comparison.candidates) == 1 else comparison.candidates[0]
    title = "Labels" if len(comparison.metrics) == 1 else f"Labels of {metric.name}"
    return Panel(
        "labels",
        title,
        beside,
        names=names,
        cells=cells,
        metric=metric.name,
        candidate=comparison.candidates[0],
    )


def _passing(metric: Metric, names: tuple[str, ...]) -> list[bool | None]:
    """Say which labels pass; None where no label is better than another."""
    if metric.kind == LABEL or not metric.sign:
        return [None] * len(names)
    if not metric.by_label:
        return [name == "pass" for name in names]
    passing = metric.passing or frozenset()
    return [(name if metric.cased else name.casefold()) in passing for name in names]


def _move(before: bool | None, after: bool | None) -> str:
    if before is None or after is None or before == after:
        return ""
    return "b" if after else "w"


def _slices(comparison: Comparison) -> Panel | None:
    """Draw the slices of one metric: those asked for, else of the column in which a slice clearly changed."""
    rows = list(shown_slices(comparison)[1])
    found = [row for row in comparison.slice_findings if not np.isnan(row["delta"])]
    if not rows and found:
        try:
            rows = list(comparison.slice_rows(found[0]["column"]))
        except ComparisonError:
            return None
    if not rows:
        return None
    first: Mapping[str, object] = found[0] if found else rows[0]
    chosen = ("metric", "candidate", "column")
    own = [row for row in rows if all(row[name] == first[name] for name in chosen)]
    if all(np.isnan(row["delta"]) for row in own):
        return None
    rest = f"and {len(own) - _MOST_SLICES:,} more slices" if len(own) > _MOST_SLICES else ""
    about = str(first["metric"])
    if len(comparison.candidates) > 1:
        about = f"{about}, {first['candidate']}"
    return Panel(
        "slices",
        f"By {first['column']}",
        f"{about}: difference, exploratory",
        slices=tuple(slice_lines(own[:_MOST_SLICES])),
        rest=rest,
        metric=str(first["metric"]),
        candidate=str(first["candidate"]),
        column=str(first["column"]),
    )


def _spread(comparison: Comparison) -> Panel | None:
    """Draw how the differences of the first score are spread."""
    metric = next((one for one in comparison.metrics if one.kind == SCORE), None)
    if metric is None:
        return None
    pairs = comparison.study.pairs(metric, 1)
    change = pairs.after - pairs.before
    if not len(change) or not change.any():
        return None
    reach = float(np.quantile(np.abs(change), 0.99)) or float(np.abs(change).max())
    counts, edges = np.histogram(np.clip(change, -reach, reach), bins=_BINS, range=(-reach, reach))
    middles = (edges[:-1] + edges[1:]) / 2
    half = reach / _BINS
    tones = ["" if abs(x) < half or not metric.sign else "b" if x * metric.sign > 0 else "w" for x in middles]
    highest = int(counts.max())
    bins = tuple(Bin(round(100 * int(n) / highest), tone) for n, tone in zip(counts, tones, strict=True))
    worse, better = (int((change * side > 0).sum()) for side in (-1, 1))
    return Panel(
        "histogram",
        f"Change of {metric.name}",
        f"{len(change):,} pairs",
        bins=bins,
        ticks=(f"≤ {single(-reach)}", "0", f"≥ +{single(reach)}"),
        label=f"{worse:,} pairs went down, {better:,} up",
        metric=metric.name,
        candidate=comparison.candidates[0],
        edges=tuple(edges.tolist()),
    )
