"""Which examples changed, ordered by how bad that is: a share of the metric's range, and named measures where
that is a tie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import same
from arize_nb.comparison.diagnostics.lost_runs import newly_errored
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.metrics.pairs import Pairs

REGRESSED_ROWS, IMPROVED_ROWS, CHANGED_ROWS = "regressions", "improvements", "changes"
_MANY = 200_000
"""Above so many examples that changed alike, their outputs are not read to order them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """Examples of one metric and candidate, chosen and ordered."""

    pairs: Pairs
    """The counts of the pairs they are chosen from."""
    examples: NDArray[np.integer[Any]]
    """The chosen examples, worst first."""
    before: NDArray[np.float64]
    """Their values in the baseline; NaN where it errored."""
    after: NDArray[np.float64]
    """Their values in the candidate; NaN where it errored."""
    severity: NDArray[np.float64]
    """How bad each is: its change against the better way, as a share of the metric's range;
    bigger is worse.
    """
    shrunken: NDArray[np.float64] | None = None
    """The change that is to be expected of each in new runs (`shrunken_changes`); None without
    repetitions.
    """

    def kept(self, chosen: NDArray[np.bool_]) -> Chosen:
        """Return some of them."""
        return replace(
            self,
            examples=self.examples[chosen],
            before=self.before[chosen],
            after=self.after[chosen],
            severity=self.severity[chosen],
            shrunken=None if self.shrunken is None else self.shrunken[chosen],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Changed:
    """Examples that changed, not yet ordered."""

    examples: NDArray[np.integer[Any]]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    worse: NDArray[np.float64]
    """How much for the worse (in a list of improvements: for the better), as a share of the range."""
    shrunken: NDArray[np.float64] | None

    def kept(self, chosen: NDArray[Any]) -> _Changed:
        return _Changed(
            examples=self.examples[chosen],
            before=self.before[chosen],
            after=self.after[chosen],
            worse=self.worse[chosen],
            shrunken=None if self.shrunken is None else self.shrunken[chosen],
        )


def choose(study: Study, pairs: Pairs, which: str, limit: int | None = None) -> Chosen:
    """Choose the examples that regressed, improved or changed, the biggest change for the worse (of
    improvements: for the better) first.

    An example that passed before and errored now is among what regressed. With repetitions the change is the
    shrunken one. Ties are broken by the measures of `order_words`, then by example id: the order of the input
    rows does not matter.
    """
    found = _changed(study, pairs, which)
    if limit is not None and 0 < limit < len(found.worse):
        # Finer measures only break ties: those that cannot be among the first are not looked at.
        found = found.kept(
            found.worse >= np.partition(found.worse, len(found.worse) - limit)[len(found.worse) - limit]
        )
    keys = [np.negative(key) for key in (found.worse, *_finer(study, pairs, found.examples, which))]
    found = found.kept(np.lexsort((_id_rank(study, found.examples), *keys[::-1]))[:limit])
    return Chosen(
        pairs=pairs.counted(),
        examples=found.examples,
        before=found.before,
        after=found.after,
        severity=found.worse,
        shrunken=found.shrunken,
    )


def _changed(study: Study, pairs: Pairs, which: str) -> _Changed:
    """Return the examples that regressed, improved or changed; where neither way is better the size of the
    change counts, 1 for labels.
    """
    metric, before, after = pairs.metric, pairs.before, pairs.after
    places = np.flatnonzero(~same(metric, before, after)).astype(np.int32)
    if metric.kind == LABEL or metric.sign == 0:
        places = places if which == CHANGED_ROWS else places[:0]
        sizes = (
            np.ones(len(places))
            if metric.kind == LABEL
            else np.abs(before[places] - after[places]) / _range(pairs)
        )
        return _Changed(
            examples=pairs.examples[places],
            before=before[places],
            after=after[places],
            worse=sizes,
            shrunken=None,
        )
    if which == REGRESSED_ROWS:
        places = places[(before[places] - after[places]) * metric.sign > 0]
    elif which == IMPROVED_ROWS:
        places = places[(before[places] - after[places]) * metric.sign < 0]
    expected = shrunken_changes(study, pairs)
    change = (after - before if expected is None else expected)[places]
    paired = _Changed(
        examples=pairs.examples[places],
        before=before[places],
        after=after[places],
        worse=np.asarray(change * (-metric.sign / _range(pairs))),
        shrunken=None if expected is None else expected[places],
    )
    if which == IMPROVED_ROWS:
        return replace(paired, worse=np.negative(paired.worse))
    return _joined(paired, _errored(study, pairs)) if metric.kind == PASS_FAIL else paired


def _errored(study: Study, pairs: Pairs) -> _Changed:
    """Return the examples of a pass/fail metric that passed before and errored now."""
    before, after = study.outcome(pairs.metric, pairs.baseline), study.outcome(pairs.metric, pairs.candidate)
    examples = np.flatnonzero(newly_errored(pairs, before, after)).astype(np.int32)
    return _Changed(
        examples=examples,
        before=before.value[examples],
        after=after.value[examples],
        worse=np.ones(len(examples)),
        shrunken=np.full(len(examples), np.nan),
    )


def _joined(first: _Changed, second: _Changed) -> _Changed:
    if not len(second.examples):
        return first
    parts = (first, second)
    shrunken = [part.shrunken for part in parts if part.shrunken is not None]
    return _Changed(
        examples=np.concatenate([part.examples for part in parts]),
        before=np.concatenate([part.before for part in parts]),
        after=np.concatenate([part.after for part in parts]),
        worse=np.concatenate([part.worse for part in parts]),
        shrunken=None if first.shrunken is None else np.concatenate(shrunken),
    )


def shrunken_changes(study: Study, pairs: Pairs) -> NDArray[np.float64] | None:
    """Return the change that is to be expected of every pair in new runs; None where no example has several
    runs.

    The empirical Bayes estimate m + t / (t + v) (d - m) of a change d, with m the mean change, v = s_b^2 /
    K_b + s_c^2 / K_c from the pooled variances of runs of the same example, and t = max(0, var(d) - mean(v))
    what is left of the variance between examples (Efron, Morris 1975, JASA 70:311).
    """
    sides = [study.outcome(pairs.metric, number) for number in (pairs.baseline, pairs.candidate)]
    within = np.zeros(len(pairs.examples))
    if pairs.metric.kind == LABEL or not len(within) or all(side.spread is None for side in sides):
        return None
    pooled = _pooled_variance(sides)
    for side in sides:
        runs = 1 if side.scored_runs is None else side.scored_runs[pairs.examples]
        within = within + pooled / runs
    change = pairs.after - pairs.before
    middle = float(change.mean())
    between = max(0.0, float(change.var(ddof=1)) - float(within.mean())) if len(change) > 1 else 0.0
    kept = np.divide(between, between + within, out=np.ones(len(change)), where=between + within > 0)
    return np.asarray(middle + kept * (change - middle))


def _pooled_variance(sides: list[Any]) -> float:
    """Return the variance of runs of the same example, over the examples of both sides that have several."""
    total = freedom = 0.0
    for side in sides:
        if side.spread is not None:
            several = ~np.isnan(side.spread)
            more = side.scored_runs[several] - 1
            total, freedom = total + float((side.spread[several] * more).sum()), freedom + float(more.sum())
    return total / freedom if freedom else 0.0


def _range(pairs: Pairs) -> float:
    """Return the range of the values of both sides, 1 where there is none: changes of metrics in other units
    can then be ordered.
    """
    if not len(pairs.examples):
        return 1.0
    low = min(float(pairs.before.min()), float(pairs.after.min()))
    high = max(float(pairs.before.max()), float(pairs.after.max()))
    return (high - low) or 1.0


def _graded(study: Study, metric: Metric) -> Metric | None:
    """Return the graded score beside a verdict."""
    return next((one for one in study.metrics if one.name == f"{metric.name}.score"), None)


def _others(study: Study, metric: Metric) -> list[Metric]:
    """Return the metrics by which ties are broken: all others that have a better way."""
    beside = _graded(study, metric)
    return [one for one in study.metrics if one not in (metric, beside) and one.kind != LABEL and one.sign]


def order_words(study: Study, metrics: tuple[Metric, ...] | list[Metric]) -> str:
    """Say by what a list is ordered, and by what where that is a tie."""
    keys = ["size of the change as a share of the metric's range"]
    if any(side.repeated for side in study.alignment.sides):
        keys = ["change expected in new runs (shrunken), as a share of the metric's range"]
    if any(_graded(study, metric) for metric in metrics):
        keys.append("the score beside the verdict")
    if any(_others(study, metric) for metric in metrics):
        keys.append("how the other metrics changed")
    if all("output" in side.source for side in study.alignment.sides):
        keys.append("how much shorter or longer the output became")
    return f"ordered by {', then '.join([*keys, 'example id'])}"


def _finer(
    study: Study, pairs: Pairs, examples: NDArray[np.integer[Any]], which: str
) -> list[NDArray[np.float64]]:
    """Return the measures that break ties, bigger first: the graded score beside, the other metrics, the
    length of the output.
    """
    turn = -1 if which == IMPROVED_ROWS else 1
    beside = _graded(study, pairs.metric)
    keys = [turn * _worse_by(study, pairs, beside, examples)] if beside is not None else []
    others = [_worse_by(study, pairs, metric, examples) for metric in _others(study, pairs.metric)]
    if others:
        keys.append(turn * np.mean(others, axis=0))
    return [*keys, _length_change(study, pairs, examples)]


def _worse_by(
    study: Study, pairs: Pairs, metric: Metric, examples: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Return how much worse some examples are under another metric, as a share of its range; 0 where that is
    not known.
    """
    before, after = (study.outcome(metric, number).value for number in (pairs.baseline, pairs.candidate))
    known = [values[~np.isnan(values)] for values in (before, after)]
    if not all(map(len, known)):
        return np.zeros(len(examples))
    span = (max(float(part.max()) for part in known) - min(float(part.min()) for part in known)) or 1.0
    return np.asarray(np.nan_to_num((before[examples] - after[examples]) * ((metric.sign or 1) / span)))


def _length_change(study: Study, pairs: Pairs, examples: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return by how many characters the output became shorter or longer; 0 where a side has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sides = [study.alignment.sides[number] for number in (pairs.baseline, pairs.candidate)]
    if len(examples) > _MANY or len(examples) < 2 or not all("output" in side.source for side in sides):
        return np.zeros(len(examples))
    lengths = []
    for side in sides:
        texts = side.source.take("output", side.first_row[examples])
        if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
            return np.zeros(len(examples))
        lengths.append(
            np.asarray(
                pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False), dtype=np.float64
            )
        )
    return np.abs(lengths[0] - lengths[1])


def _id_rank(study: Study, examples: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return the rank of the examples by id."""
    import pyarrow.compute as pc

    if not len(examples):
        return np.empty(0, dtype=np.int64)
    rank = np.empty(len(examples), dtype=np.int64)
    rank[pc.sort_indices(study.alignment.ids(examples)).to_numpy()] = np.arange(len(examples))
    return rank
