"""What lost runs could change: the pairs when every lost run counts against the candidate, and when it counts
for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.metrics.outcome import ERRORED, MISSING, SCORED, UNSCORED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.analysis.effect import Effect
    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.metrics.outcome import Outcome
    from arize_nb.comparison.metrics.pairs import Pairs

_WORDS = {
    ERRORED: "errored",
    MISSING: "missing",
    UNSCORED: "unscored",
    SCORED: "lost beside others of the same example",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """The difference over the pairs of one metric and candidate, and what lost runs could make of it."""

    pairs: Pairs
    """The pairs, counted."""
    effect: Effect
    """The difference over them."""
    worst: Effect | None = None
    """The difference when lost runs of the candidate fail and those of the baseline pass; None when none is
    lost on one side.
    """
    best: Effect | None = None
    """The difference when lost runs of the candidate pass and those of the baseline fail; None likewise."""
    failing: Effect | None = None
    """The difference when the lost runs of both sides fail, so that losses that befall both alike move
    nothing; None likewise.
    """
    lost: int = 0
    """Runs that were lost on one side."""
    lost_text: str = ""
    """In words, which these are."""
    errored_passes: int | None = None
    """Examples that passed in the baseline and errored in the candidate; None where nothing passes."""


def measured(
    study: Study, pairs: Pairs, within: NDArray[np.integer[Any]] | None = None, *, tests: int = 1
) -> Measured:
    """Measure a difference over the pairs, and at both bounds of what the lost runs could have been.

    A lost run is an errored or unscored one, or an example without any run, whose other side has a value. In
    pass/fail metrics it is counted as a fail and as a pass, in scores as the worst and the best value that
    any run of the two sides has. The bounds hold whatever made the runs fail (Manski 1989, J Hum Resour
    24:343, worst-case bounds).

    Parameters
    ----------
    study : Study
        Where the pairs come from.
    pairs : Pairs
        All pairs, or those of the examples `within`.
    within : ndarray of int, optional
        Examples that are looked at; all when None.
    tests : int
        How many tests will be adjusted together.
    """
    effect = study.measure(pairs, tests)
    before, after = study.outcome(pairs.metric, pairs.baseline), study.outcome(pairs.metric, pairs.candidate)
    chosen: NDArray[np.integer[Any]] | slice = slice(None) if within is None else within
    bounds = None if pairs.metric.kind == LABEL else _bounds(study, pairs, before, after, chosen)
    if bounds is None:
        return Measured(
            pairs=pairs.counted(), effect=effect, errored_passes=_errored_passes(pairs, before, after, chosen)
        )
    worst, best, failing = (study.measure(bound) for bound in bounds)
    reasons = list(_lost_on(study, pairs, chosen))
    return Measured(
        pairs=pairs.counted(),
        effect=effect,
        worst=worst,
        best=best,
        failing=failing,
        lost=sum(count for count, _ in reasons),
        lost_text="; ".join(text for _, text in reasons),
        errored_passes=_errored_passes(pairs, before, after, chosen),
    )


def _errored_passes(pairs: Pairs, before: Outcome, after: Outcome, chosen: Any) -> int | None:
    """Count the examples that passed before and errored now."""
    if pairs.metric.kind != PASS_FAIL or not pairs.metric.sign:
        return None
    return int(newly_errored(pairs, before, after)[chosen].sum())


def newly_errored(pairs: Pairs, before: Outcome, after: Outcome) -> NDArray[np.bool_]:
    """Say which examples passed (in all their runs that have a value) in the first outcome and errored in the
    second.
    """
    gone: NDArray[np.bool_] = (
        (before.value == pairs.metric.pass_value) & np.isnan(after.value) & (after.state == ERRORED)
    )
    return gone


def _bounds(
    study: Study, pairs: Pairs, before: Outcome, after: Outcome, chosen: NDArray[np.integer[Any]] | slice
) -> tuple[Pairs, Pairs, Pairs] | None:
    """Return the pairs at the worst and the best bound, and with all lost runs failing; None when no run was
    lost on one side.
    """
    sides = (before, after)
    lost = [lost_counts(study, pairs.metric, side, chosen) for side in sides]
    has = [~np.isnan(side.value[chosen]) for side in sides]
    # An example without any value on either side says nothing about the difference between them.
    counted = (has[0] | has[1]) & ((lost[0] > 0) | has[0]) & ((lost[1] > 0) | has[1])
    if not (counted & ((lost[0] > 0) | (lost[1] > 0))).any():
        return None
    low, high = _range(pairs, before, after)
    good, bad = (high, low) if pairs.metric.sign >= 0 else (low, high)
    examples = (np.flatnonzero(counted) if isinstance(chosen, slice) else chosen[counted]).astype(np.int32)
    baseline, candidate = (
        _filled(side, examples, part[counted], (bad, good)) for side, part in zip(sides, lost, strict=True)
    )
    cases = ((baseline[1], candidate[0]), (baseline[0], candidate[1]), (baseline[0], candidate[0]))
    worst, best, failing = (
        replace(pairs, examples=examples, before=values[0], after=values[1]) for values in cases
    )
    return worst, best, failing


def lost_counts(
    study: Study, metric: Metric, side: Outcome, chosen: NDArray[np.integer[Any]] | slice
) -> NDArray[np.int64]:
    """Count the lost runs of some examples: errored and unscored ones; an example without a run has lost one,
    unless outside a part.
    """
    if not side.side.repeated:
        lost = np.isnan(side.value[chosen]).astype(np.int64)
    else:
        key = f"lost runs of {metric.name} in {side.side.source.name}"
        if key not in study.cache:
            gone = (side.side.codes >= 0) & np.isnan(side.run_value)
            study.cache[key] = np.bincount(side.side.codes[gone], minlength=side.side.examples)
        lost = np.where(side.state[chosen] == MISSING, 1, study.cache[key][chosen])
    return np.where(side.state[chosen] == MISSING, 0, lost) if side.side.source.part else lost


def _range(pairs: Pairs, before: Outcome, after: Outcome) -> tuple[float, float]:
    """Return the least and the largest value that a run can have (verdicts), or that any run of the two sides
    has.
    """
    if pairs.metric.kind == PASS_FAIL:
        return 0.0, 1.0
    values = [side.run_value for side in (before, after)]
    known = [part[~np.isnan(part)] for part in values]
    return min(float(part.min()) for part in known if len(part)), max(
        float(part.max()) for part in known if len(part)
    )


def _filled(
    side: Outcome, examples: NDArray[np.integer[Any]], lost: NDArray[np.int64], values: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of some examples when each of their lost runs has the first, and the second, of two
    values.
    """
    known = side.value[examples]
    if side.scored_runs is None:
        gone = lost > 0
        return np.where(gone, values[0], known), np.where(gone, values[1], known)
    scored = side.scored_runs[examples]
    total, runs = np.nan_to_num(known) * scored, scored + lost
    return (total + values[0] * lost) / runs, (total + values[1] * lost) / runs


def _lost_on(
    study: Study, pairs: Pairs, chosen: NDArray[np.integer[Any]] | slice
) -> Iterator[tuple[int, str]]:
    """Count, for each side, its runs lost where the other side has a value, and say for which reasons and how
    many passed there.
    """
    numbers = (pairs.baseline, pairs.candidate)
    for mine, other in (numbers[::-1], numbers):
        side, against = study.outcome(pairs.metric, mine), study.outcome(pairs.metric, other)
        values, state = against.value[chosen], side.state[chosen]
        lost = np.where(np.isnan(values), 0, lost_counts(study, pairs.metric, side, chosen))
        reasons = {_WORDS[kind]: int(lost[state == kind].sum()) for kind in _WORDS}
        count = sum(reasons.values())
        if count:
            yield (
                count,
                _said(
                    reasons, study.names[mine], study.names[other], _passed(pairs.metric, values[lost > 0])
                ),
            )


def _passed(metric: Metric, values: NDArray[np.float64]) -> tuple[int, int] | None:
    """Return how many of some values of the other side pass, and how many they are; None where nothing
    passes.
    """
    return (int((values == metric.pass_value).sum()), len(values)) if metric.kind == PASS_FAIL else None


def _said(reasons: Mapping[str, int], mine: str, other: str, passed: tuple[int, int] | None) -> str:
    """Return the losses of one side in words: `94 runs of b errored that a passed`, `20 runs of b (7 errored,
    13 missing) that a has …`.
    """
    found = {word: count for word, count in reasons.items() if count}
    total = sum(found.values())
    runs = f"{total:,} {'run' if total == 1 else 'runs'} of {mine}"
    if len(found) > 1:
        runs += f" ({', '.join(f'{count:,} {word}' for word, count in found.items())})"
    else:
        runs += f" {next(iter(found))}"
    if passed is not None and passed[0] == passed[1]:
        return f"{runs} that {other} passed"
    return f"{runs} that {other} has a value for" + (
        "" if passed is None else f", of which {passed[0]:,} passed"
    )
