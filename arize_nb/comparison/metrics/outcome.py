"""What became of every run and every example under a metric: passed, failed, errored, missing or unscored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL, Metric, passes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.sources.alignment import Side
    from arize_nb.comparison.sources.column_source import Source

SCORED, ERRORED, UNSCORED, MISSING = 0, 1, 2, 3
"""State of an example on one side, the best of its runs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """One metric of one experiment, by example and by run."""

    side: Side
    """The experiment."""
    value: NDArray[np.float64]
    """Value of every example: the mean of its scored runs (the commonest label for labels); NaN for none."""
    state: NDArray[np.uint8]
    """State of every example."""
    scored_runs: NDArray[np.int64] | None
    """Scored runs of every example; None when no example has several runs."""
    spread: NDArray[np.float64] | None
    """Sample variance of the values within every example (NaN below two scored runs); None when no example
    has several runs.
    """
    counts: dict[str, int]
    """`scored`, `passed`, `failed` (-1 where the metric has no verdict), `errored`, `unscored` count runs;
    `missing` counts examples.
    """
    repeated: tuple[NDArray[np.float64], NDArray[np.uint8]] | None
    """Value and state of every run; None when no example has several runs, since they are then those of the
    examples.
    """

    @cached_property
    def span(self) -> tuple[float, float]:
        """Least and largest value of an example; infinite the wrong way round where none has one."""
        known = self.value[~np.isnan(self.value)]
        return (float(known.min()), float(known.max())) if len(known) else (float("inf"), float("-inf"))

    @cached_property
    def most_runs(self) -> int:
        """The most scored runs that an example has, at least 1."""
        return 1 if self.scored_runs is None else max(int(self.scored_runs.max(initial=1)), 1)

    @property
    def run_value(self) -> NDArray[np.float64]:
        """Value of every run (a verdict as 1 or 0, a label by its number); NaN for none."""
        if self.repeated is not None:
            return self.repeated[0]
        return np.append(self.value, np.nan)[self.side.codes]

    @property
    def run_state(self) -> NDArray[np.uint8]:
        """SCORED, ERRORED or UNSCORED for every run; MISSING for one that is left out."""
        if self.repeated is not None:
            return self.repeated[1]
        return np.append(self.state, np.uint8(MISSING))[self.side.codes]


def errored_runs(side: Side) -> NDArray[np.bool_]:
    """Say for every run whether it has an error."""
    return side.source.filled("error") if "error" in side.source else np.zeros(side.source.rows, dtype=bool)


def run_values(metric: Metric, side: Side) -> NDArray[np.float64]:
    """Return the value that a metric gives every run, NaN where it gives none; the run's own error is not
    looked at.

    A run without a label falls back on its score where the labels only repeat scores of 0 and 1; one whose
    label is no known word does not: a judge that answers "unparseable" writes a score of 0 beside it.
    """
    source = side.source
    if metric.kind == LABEL:
        if metric.label_column not in source:
            return np.full(source.rows, np.nan)
        labels = source.labels(str(metric.label_column))
        places = {label: float(place) for place, label in enumerate(metric.vocabulary)}
        return np.array([*(places[label] for label in labels.vocabulary), np.nan])[labels.codes]
    if metric.by_label:
        return _by_label(metric, source)
    numbers = source.numbers(str(metric.score_column)) if metric.score_column in source else None
    if numbers is None:
        return np.full(source.rows, np.nan)
    if metric.threshold is not None:
        passed = numbers <= metric.threshold if metric.at_most else numbers >= metric.threshold
        return np.where(np.isnan(numbers), np.nan, passed.astype(np.float64))
    return numbers


def _by_label(metric: Metric, source: Source) -> NDArray[np.float64]:
    """Return the values of the runs of a metric judged by label."""
    if metric.label_column in source:
        values, bare = passes(metric, source), source.labels(str(metric.label_column)).codes < 0
    else:
        values, bare = np.full(source.rows, np.nan), np.ones(source.rows, dtype=bool)
    numbers = (
        source.numbers(str(metric.score_column)) if bare.any() and metric.score_column in source else None
    )
    if numbers is not None and ((numbers == 0) | (numbers == 1) | np.isnan(numbers)).all():
        known = ~np.isnan(values) & ~np.isnan(numbers)
        if (values[known] == numbers[known]).all():
            values = np.where(bare, numbers, values)
    return np.asarray(values, dtype=np.float64)


def outcome(metric: Metric, side: Side, errored: NDArray[np.bool_], *, errors_fail: bool = False) -> Outcome:
    """Work out what became of every run and every example of one experiment under one metric.

    Parameters
    ----------
    metric : Metric
        The metric.
    side : Side
        The experiment.
    errored : ndarray of bool
        Which runs have an error: an error beats any score.
    errors_fail : bool
        Give errored runs of a pass/fail metric the value of a fail; they are still counted as errored.
    """
    values = run_values(metric, side)
    failed_judge = metric.column("error")
    if failed_judge in side.source:
        values = np.where(side.source.filled(str(failed_judge)), np.nan, values)
    state = np.where(np.isnan(values), np.uint8(UNSCORED), np.uint8(SCORED))
    if errored.any():
        state[errored] = ERRORED
        values = np.where(
            errored, metric.fail_value if errors_fail and metric.kind == PASS_FAIL else np.nan, values
        )
    examples = _by_example(metric, side, values, state)
    return Outcome(
        side=side,
        value=examples.value,
        state=examples.state,
        scored_runs=examples.scored_runs,
        spread=examples.spread,
        counts=_counts(metric, side, values, state),
        repeated=(values, state) if side.repeated else None,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Examples:
    """The part of an outcome that is by example."""

    value: NDArray[np.float64]
    state: NDArray[np.uint8]
    scored_runs: NDArray[np.int64] | None = None
    spread: NDArray[np.float64] | None = None


def _by_example(
    metric: Metric, side: Side, values: NDArray[np.float64], state: NDArray[np.uint8]
) -> _Examples:
    """Bring runs to their examples: one value and one state each."""
    codes, n = side.codes, side.examples
    if side.kept is not None:
        codes, values, state = codes[side.kept], values[side.kept], state[side.kept]
    value = np.full(n, np.nan)
    states = np.full(n, MISSING, dtype=np.uint8)
    if not side.repeated:
        value[codes], states[codes] = values, state
        return _Examples(value=value, state=states)
    # The best state of its runs: scored before errored before unscored, so write in the opposite order.
    for kind in (UNSCORED, ERRORED, SCORED):
        states[codes[state == kind]] = kind
    there = ~np.isnan(values)
    codes, values = codes[there], values[there]
    runs = np.bincount(codes, minlength=n)
    if metric.kind == LABEL:
        return _Examples(value=commonest(codes, values, n), state=states, scored_runs=runs)
    has = runs > 0
    value[has] = np.bincount(codes, weights=values, minlength=n)[has] / runs[has]
    squares = np.bincount(codes, weights=(values - value[codes]) ** 2, minlength=n)
    spread = np.full(n, np.nan)
    several = runs > 1
    spread[several] = squares[several] / (runs[several] - 1)
    return _Examples(value=value, state=states, scored_runs=runs, spread=spread)


def commonest(codes: NDArray[np.int32], values: NDArray[np.generic], n: int) -> NDArray[np.float64]:
    """Return the commonest label number of every example; of equally common ones the lowest."""
    labels = int(values.max()) + 1 if len(values) else 1
    cells, counts = np.unique(codes.astype(np.int64) * labels + values.astype(np.int64), return_counts=True)
    order = np.lexsort((-(cells % labels), counts))
    value = np.full(n, np.nan)
    value[cells[order] // labels] = cells[order] % labels
    return value


def _counts(
    metric: Metric, side: Side, values: NDArray[np.float64], state: NDArray[np.uint8]
) -> dict[str, int]:
    """Count the runs of every outcome, and the examples without a run."""
    if side.kept is not None:
        values, state = values[side.kept], state[side.kept]
    tally = np.bincount(state, minlength=3)
    passed = (
        int(((values == metric.pass_value) & (state == SCORED)).sum()) if metric.kind == PASS_FAIL else -1
    )
    return {
        "scored": int(tally[SCORED]),
        "passed": passed,
        "failed": int(tally[SCORED]) - passed if passed >= 0 else -1,
        "errored": int(tally[ERRORED]),
        "missing": 0 if side.source.part else int((side.counts == 0).sum()),
        "unscored": int(tally[UNSCORED]),
    }
