"""What lost runs could change: the pairs when every lost run counts against the candidate, and when it counts for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics import LABEL, PASS_FAIL
from arize_nb.comparison.outcomes import ERRORED, MISSING, SCORED, UNSCORED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from arize_nb.comparison.effects import Effect
    from arize_nb.comparison.outcomes import Outcome
    from arize_nb.comparison.pairs import Pairs
    from arize_nb.comparison.study import Study

_WORDS = {ERRORED: "errored", MISSING: "are missing", UNSCORED: "got no value"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """The difference over the pairs of one metric and candidate, and what lost runs could make of it."""

    pairs: Pairs
    """The pairs, counted."""
    effect: Effect
    """The difference over them."""
    worst: Effect | None = None
    """The difference when lost runs of the candidate fail and those of the baseline pass; None when none is lost on one side."""
    best: Effect | None = None
    """The difference when lost runs of the candidate pass and those of the baseline fail; None likewise."""
    lost: int = 0
    """Runs that were lost on one side."""
    lost_text: str = ""
    """In words, which these are."""
    errored_passes: int | None = None
    """Examples that passed in the baseline and errored in the candidate; None where nothing passes."""


def measured(study: Study, pairs: Pairs, within: NDArray[np.integer[Any]] | None = None, *, tests: int = 1) -> Measured:
    """Measure a difference over the pairs, and at both bounds of what the lost runs could have been.

    A lost run is an errored or unscored one, or an example without any run, whose other side has a value. In pass/fail metrics it is
    counted as a fail and as a pass, in scores as the worst and the best value that any run of the two sides has. The bounds hold whatever
    made the runs fail (Manski 1989, J Hum Resour 24:343, worst-case bounds).

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
    bounds = None if pairs.metric.kind == LABEL else _bounds(pairs, before, after, chosen)
    if bounds is None:
        return Measured(pairs=pairs.counted(), effect=effect, errored_passes=_errored_passes(pairs, before, after, chosen))
    worst, best = (study.measure(bound) for bound in bounds)
    reasons = list(lost_reasons(study, pairs, chosen))
    return Measured(
        pairs=pairs.counted(),
        effect=effect,
        worst=worst,
        best=best,
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
    """Say which examples passed (in all their runs that have a value) in the first outcome and errored in the second."""
    return (before.value == pairs.metric.pass_value) & np.isnan(after.value) & (after.state == ERRORED)


def _bounds(pairs: Pairs, before: Outcome, after: Outcome, chosen: NDArray[np.integer[Any]] | slice) -> tuple[Pairs, Pairs] | None:
    """Return the pairs at both bounds; None when no run was lost on one side."""
    sides = (before, after)
    gone = [lost_runs_of(side)[chosen] > 0 for side in sides]
    has = [~np.isnan(side.value[chosen]) for side in sides]
    # An example without any value on either side says nothing about the difference between them.
    counted = (has[0] | has[1]) & (gone[0] | has[0]) & (gone[1] | has[1])
    if not (counted & (gone[0] | gone[1])).any():
        return None
    low, high = _range(pairs, before, after)
    good, bad = (high, low) if pairs.metric.sign >= 0 else (low, high)
    examples = (np.flatnonzero(counted) if isinstance(chosen, slice) else chosen[counted]).astype(np.int32)
    worst = replace(pairs, examples=examples, before=_filled(before, good)[examples], after=_filled(after, bad)[examples])
    best = replace(pairs, examples=examples, before=_filled(before, bad)[examples], after=_filled(after, good)[examples])
    return worst, best


def lost_runs_of(side: Outcome) -> NDArray[np.int64]:
    """Count the lost runs of every example: errored and unscored ones; an example without a run has lost one, unless outside a part."""
    if not side.side.repeated:
        lost = np.isnan(side.value).astype(np.int64)
    else:
        codes, values = side.side.codes, side.run_value
        gone = (codes >= 0) & np.isnan(values)
        lost = np.bincount(codes[gone], minlength=side.side.examples)
        lost[side.state == MISSING] = 1
    if side.side.source.part:
        lost[side.state == MISSING] = 0
    return lost


def _range(pairs: Pairs, before: Outcome, after: Outcome) -> tuple[float, float]:
    """Return the least and the largest value that a run can have (verdicts), or that any run of the two sides has."""
    if pairs.metric.kind == PASS_FAIL:
        return 0.0, 1.0
    values = [side.run_value for side in (before, after)]
    known = [part[~np.isnan(part)] for part in values]
    return min(float(part.min()) for part in known if len(part)), max(float(part.max()) for part in known if len(part))


def _filled(side: Outcome, value: float) -> NDArray[np.float64]:
    """Return the value of every example when each of its lost runs has the given one."""
    lost = lost_runs_of(side)
    if side.scored_runs is None:
        return np.where(lost > 0, value, side.value)
    runs = side.scored_runs + lost
    total = np.where(side.scored_runs > 0, np.nan_to_num(side.value) * side.scored_runs, 0.0) + value * lost
    return np.divide(total, runs, out=np.full(len(runs), np.nan), where=runs > 0)


def lost_reasons(study: Study, pairs: Pairs, chosen: NDArray[np.integer[Any]] | slice) -> Iterator[tuple[int, str]]:
    """Count, for each side, its runs lost for each reason where the other side has a value, and say so with how many passed there."""
    numbers = (pairs.baseline, pairs.candidate)
    for mine, other in (numbers[::-1], numbers):
        side, against = study.outcome(pairs.metric, mine), study.outcome(pairs.metric, other)
        lost, has = lost_runs_of(side)[chosen], ~np.isnan(against.value[chosen])
        state, values = side.state[chosen], against.value[chosen]
        for kind in (ERRORED, MISSING, UNSCORED):
            where = has & (lost > 0) & (state == kind)
            if where.any():
                count = int(lost[where].sum())
                yield count, _said(study, pairs, (mine, other), f"{_WORDS[kind]}", count, values[where])
        some = has & (lost > 0) & (state == SCORED)
        if some.any():
            count = int(lost[some].sum())
            yield count, _said(study, pairs, (mine, other), "were lost beside others of the same examples", count, None)


def _said(study: Study, pairs: Pairs, sides: tuple[int, int], word: str, count: int, values: NDArray[np.float64] | None) -> str:
    """Return one reason in words: `94 runs of b errored that a passed`."""
    mine, other = (study.names[number] for number in sides)
    runs = f"{count:,} {'run' if count == 1 else 'runs'} of {mine} {word if count > 1 else _one(word)}"
    if values is None or pairs.metric.kind != PASS_FAIL:
        return f"{runs}" if values is None else f"{runs} that {other} has a value for"
    passed = int((values == pairs.metric.pass_value).sum())
    if passed == len(values):
        return f"{runs} that {other} passed"
    return f"{runs} that {other} has a verdict for ({passed:,} passed)"


def _one(word: str) -> str:
    return word.replace("are ", "is ").replace("were ", "was ")
