"""The examples with a value on both sides under one metric, and the settings of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.metrics.metric import said_of
from arize_nb.comparison.metrics.outcome import ERRORED, MISSING
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.metrics.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user chose, beside the metrics."""

    confidence: float = 0.95
    """Level of the intervals; 1 - confidence is the level of the tests."""
    seed: int = 0
    """Seed of everything drawn."""
    margin: float | Mapping[str, float] | None = None
    """Difference too small to matter, in the unit of the metric; one for all or by metric."""
    by: str | tuple[str, ...] | None = None
    """Columns to slice by unless told otherwise."""
    cluster: str | None = None
    """Column whose values group examples that are not independent."""
    errors_as_fails: bool = False
    """Whether errored runs of a pass/fail metric count as failed."""
    weights: str | None = None
    """Column with the weight of every example; None where all count alike."""
    sequential: bool = False
    """Whether the comparison is looked at again as runs arrive: intervals and p values hold at every look."""

    def __post_init__(self) -> None:
        """Refuse a margin that nothing can lie within."""
        for value in (
            self.margin.values()
            if isinstance(self.margin, Mapping)
            else ()
            if self.margin is None
            else (self.margin,)
        ):
            if not value > 0:
                raise ComparisonError(
                    f"margin is {value}", hint="Give the largest difference that does not matter, above 0."
                )
        asked = [name for name in ("cluster", "weights", "sequential") if getattr(self, name)]
        if len(asked) > 1:
            raise ComparisonError(
                f"{' and '.join(asked)} cannot be had together",
                hint="Each changes the test: ask for one of them.",
            )

    def margin_of(self, metric: str) -> float | None:
        """Return the margin of a metric, if it has one."""
        margin = said_of(self.margin, metric)
        return None if margin is None else float(margin)

    def rules_of(self, metric: Metric) -> DecisionRules:
        """Return what a difference under a metric is held against."""
        return DecisionRules(confidence=self.confidence, margin=self.margin_of(metric.name), sign=metric.sign)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """The examples with a value on both sides under one metric."""

    metric: Metric
    """The metric."""
    baseline: int
    """Number of the baseline's side."""
    candidate: int
    """Number of the candidate's side."""
    examples: NDArray[np.integer[Any]]
    """Example of every pair."""
    before: NDArray[np.float64]
    """Baseline's value of every pair."""
    after: NDArray[np.float64]
    """Candidate's value of every pair."""
    n_baseline: int
    """Examples with a value in the baseline."""
    n_candidate: int
    """Examples with a value in the candidate."""
    n_missing: int
    """Pairs lost since one side has no run."""
    n_error: int
    """Pairs lost since a side errored (and none is missing)."""
    n_unscored: int
    """Pairs lost since a side was not scored (and none is missing or errored)."""
    span: tuple[float, float]
    """Least and largest value of any example on either side, whether it is a pair or not."""
    runs: int
    """Most scored runs of one example on either side; 1 without repetitions."""

    def counted(self) -> Pairs:
        """Return the counts without the values, to be kept."""
        # Not a slice, which would keep the whole array alive.
        return replace(self, examples=np.empty(0, dtype=np.int32), before=np.empty(0), after=np.empty(0))


def lost_of(
    before: Outcome, after: Outcome, within: NDArray[np.integer[Any]] | slice = slice(None)
) -> NDArray[np.bool_]:
    """Say which examples are no pair though one side has a run of them; those outside a run that is marked as
    a part are not lost.
    """
    lost = np.isnan(before.value[within]) | np.isnan(after.value[within])
    states = [(found, found.state[within]) for found in (before, after)]
    lost &= ~np.logical_and.reduce([state == MISSING for _, state in states])
    for found, state in states:
        if found.side.source.part:
            lost &= state != MISSING
    return lost


def pair_up(
    metric: Metric,
    before: Outcome,
    after: Outcome,
    baseline: int,
    candidate: int,
    within: NDArray[np.integer[Any]] | None = None,
) -> Pairs:
    """Pair the examples of two sides; every example that one of them has is a pair or is counted under one
    reason.

    `within` takes some examples only.
    """
    values, states = (before.value, after.value), (before.state, after.state)
    if within is not None:
        values, states = (values[0][within], values[1][within]), (states[0][within], states[1][within])
    has_before, has_after = ~np.isnan(values[0]), ~np.isnan(values[1])
    both = has_before & has_after
    lost = lost_of(before, after, slice(None) if within is None else within)
    missing = errors = unscored = 0
    if lost.any():
        either_missing = (states[0][lost] == MISSING) | (states[1][lost] == MISSING)
        either_errored = (states[0][lost] == ERRORED) | (states[1][lost] == ERRORED)
        missing = int(either_missing.sum())
        errors = int((either_errored & ~either_missing).sum())
        unscored = int(lost.sum()) - missing - errors
    whole = bool(both.all())
    return Pairs(
        metric=metric,
        baseline=baseline,
        candidate=candidate,
        examples=np.flatnonzero(both).astype(np.int32) if within is None else within[both],
        before=values[0] if whole else values[0][both],
        after=values[1] if whole else values[1][both],
        n_baseline=int(has_before.sum()),
        n_candidate=int(has_after.sum()),
        n_missing=missing,
        n_error=errors,
        n_unscored=unscored,
        span=(min(before.span[0], after.span[0]), max(before.span[1], after.span[1])),
        runs=max(before.most_runs, after.most_runs),
    )
