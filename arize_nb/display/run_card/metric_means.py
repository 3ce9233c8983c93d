"""The mean of each metric over the examples of a run, with the interval that a mean of so many can claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import wilson
from arize_nb.comparison.stats.paired import t_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.harness.records.run_record import RunRecord

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricMean:
    """A metric over all runs that have it."""

    name: str
    scored: int
    """Runs with a score or a label."""
    errors: int
    """Runs whose evaluator failed."""
    labels: Mapping[str, int]
    """How often each label was given, the commonest first."""
    mean: float | None = None
    """Mean over the examples of the mean over the runs of each; None without scores."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95% interval of the mean; None with fewer than two examples."""
    is_rate: bool = False
    """Whether all scores are 0 or 1: the mean is a share."""


def metric_means(records: Sequence[RunRecord]) -> list[MetricMean]:
    """Return the metrics of a run, in the order in which they first appear.

    Scores that are all 0 or 1, one for an example, have the interval of Wilson (1927), JASA 22:209;
    others Student's t over the means of the examples: runs of one example are not independent.
    """
    scores: dict[str, dict[str, list[float]]] = {}
    labels: dict[str, Counter[str]] = {}
    scored: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for record in records:
        for evaluator, given in record.evaluations.items():
            errors.update(given.failures or ([evaluator] if given.failure is not None else []))
            for metric, one in given.evaluations.items():
                scored[metric] += 1
                if one.score is not None:
                    scores.setdefault(metric, {}).setdefault(record.example_id, []).append(one.score)
                if one.label is not None:
                    labels.setdefault(metric, Counter())[one.label] += 1
    names = dict.fromkeys([*scored, *(name for name, count in errors.items() if count)])
    estimates = {name: _estimate(list(scores.get(name, {}).values())) for name in names}
    return [
        MetricMean(
            name=name,
            scored=scored[name],
            errors=errors[name],
            labels=dict(labels.get(name, Counter()).most_common()),
            mean=one.mean,
            low=one.low,
            high=one.high,
            is_rate=one.is_rate,
        )
        for name, one in estimates.items()
    ]


@dataclass(frozen=True, slots=True)
class _Estimate:
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    is_rate: bool = False


def _estimate(by_example: Sequence[Sequence[float]]) -> _Estimate:
    """Return mean and interval of scores by example."""
    if not by_example:
        return _Estimate()
    is_rate = all(score in (0, 1) for given in by_example for score in given)
    means: NDArray[np.float64] = np.array([np.mean(given) for given in by_example])
    mean = float(means.mean())
    if is_rate and all(len(given) == 1 for given in by_example):
        interval = wilson(int(means.sum()), len(means), CONFIDENCE)
    elif len(means) > 1:
        interval = t_interval(means, CONFIDENCE)
    else:
        return _Estimate(mean, is_rate=is_rate)
    return _Estimate(mean, interval.low, interval.high, is_rate)
