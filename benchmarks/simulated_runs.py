"""What simulate_statistics.py draws: pairs of one metric with a known true difference, of every kind that the
promises are about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from arize_nb.comparison.metrics.metric import Metric
from arize_nb.comparison.metrics.pairs import Pairs

Generator = np.random.Generator
Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Drawn:
    """Pairs that were drawn."""

    before: Values
    """Baseline's value of every example."""
    after: Values
    """Candidate's."""
    truth: float
    """The true difference of the means."""
    verdicts: bool = False
    """Whether they are passes and fails (or rates of them), and not scores."""
    runs: int = 1
    """Most runs of one example."""
    clusters: Any = None
    """Cluster of every example."""


Scenario = Callable[[Generator, int, float], Drawn]
"""(generator, examples, true difference wanted) -> pairs."""

STEPS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
SHARES = np.array([0.06, 0.06, 0.13, 0.25, 0.5])


def pass_fail(rate: float) -> Scenario:
    """Return examples that pass with a rate of their own, `rate` on average; a difference
    breaks some wholly.
    """

    def draw(generator: Generator, n: int, wanted: float) -> Drawn:
        rates = generator.beta(rate, 1 - rate, n)
        broken = generator.random(n) < -wanted / rate
        before, after = (generator.random((2, n)) < [rates, np.where(broken, 0.0, rates)]).astype(float)
        return Drawn(before, after, wanted, verdicts=True)

    return draw


def flipping(share: float) -> Scenario:
    """Return passes and fails of which a share flips, more of them down where a difference is wanted."""

    def draw(generator: Generator, n: int, wanted: float) -> Drawn:
        down = (max(share, abs(wanted)) - wanted) / 2
        where = generator.random(n)
        before = np.where(
            where < down, 1.0, np.where(where < down + down + wanted, 0.0, generator.random(n) < 0.7)
        ).astype(float)
        return Drawn(
            before, np.where(where < down + down + wanted, 1 - before, before), wanted, verdicts=True
        )

    return draw


def repeated(of_baseline: int, of_candidate: int, shape: tuple[float, float] = (5, 0.5)) -> Scenario:
    """Return pass rates of several runs; examples pass with rates from a beta distribution."""

    def draw(generator: Generator, n: int, wanted: float) -> Drawn:
        rates = generator.beta(*shape, n)
        broken = generator.random(n) < -wanted * sum(shape) / shape[0]
        before = generator.binomial(of_baseline, rates) / of_baseline
        after = generator.binomial(of_candidate, np.where(broken, 0.0, rates)) / of_candidate
        return Drawn(before, after, wanted, verdicts=True, runs=max(of_baseline, of_candidate))

    return draw


def bounded(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return scores within 0..1 that both sides draw apart, most of them high and none below .5."""
    before, after = 0.5 + 0.5 * generator.beta(2, 1, (2, n))
    return Drawn(before, after + wanted, wanted)


def ties(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return judge scores in steps of a quarter, half of the pairs equal; a difference breaks some wholly."""
    before = generator.choice(STEPS, n, p=SHARES)
    after = np.where(generator.random(n) < 0.5, before, generator.choice(STEPS, n, p=SHARES))
    broken = generator.random(n) < -wanted / float(STEPS @ SHARES)
    return Drawn(before, np.where(broken, 0.0, after), wanted)


def ratings(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return scores of a scale from 1 to 5 that differ little beside the scale."""
    before = np.clip(generator.normal(3.5, 0.8, n), 1, 5)
    return Drawn(before, before + generator.normal(wanted, 0.4, n), wanted)


def exponential(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return differences that are exponential less 1, on top of a constant."""
    return Drawn(np.full(n, 5.25), 5.25 + generator.exponential(size=n) - 1 + wanted, wanted)


def lognormal(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return differences that are lognormal less their mean, on top of nothing: very skewed,
    without a scale.
    """
    return Drawn(np.zeros(n), generator.lognormal(size=n) - np.exp(0.5) + wanted, wanted)


def costs(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return costs of which the candidate's have a far heavier tail and the same mean."""
    before, after = generator.lognormal(0, 0.3, n), generator.lognormal(0.045 - 0.5, 1, n)
    return Drawn(before, after + wanted, wanted)


def heavy_tails(generator: Generator, n: int, wanted: float) -> Drawn:
    """Return differences from Student's t with 2 degrees of freedom: no variance."""
    return Drawn(np.zeros(n), generator.standard_t(2, n) + wanted, wanted)


def rare_loss(share: float, noise: float) -> Scenario:
    """Return pairs of which a few lose the whole scale and all others gain a little."""

    def draw(generator: Generator, n: int, wanted: float) -> Drawn:
        lost = generator.random(n) < share
        moved = np.where(lost, -1.0, share / (1 - share)) + generator.normal(0, noise, n) + wanted
        return Drawn(np.ones(n), 1 + moved, wanted)

    return draw


def clustered(sizes: list[int], shared: float = 0.3, *, skewed: bool = False) -> Scenario:
    """Return differences in clusters of given sizes that share part of their variance; the number of examples
    is theirs.
    """

    def draw(generator: Generator, n: int, wanted: float) -> Drawn:
        numbers = np.repeat(np.arange(len(sizes)), sizes)
        noise = (
            (lambda count: generator.exponential(size=count) - 1)
            if skewed
            else (lambda count: generator.normal(size=count))
        )
        moved = noise(len(sizes))[numbers] * shared**0.5 + noise(len(numbers)) * (1 - shared) ** 0.5
        return Drawn(np.full(len(numbers), 5.25), 5.25 + moved + wanted, wanted, clusters=numbers)

    return draw


PAIRED: dict[str, Scenario] = {
    "pass/fail, 50% pass": pass_fail(0.5),
    "pass/fail, 90% pass": pass_fail(0.9),
    "pass/fail, 99% pass": pass_fail(0.99),
    "5 and 5 repetitions": repeated(5, 5),
    "1 and 5 repetitions": repeated(1, 5),
    "scores within 0..1": bounded,
    "ties: steps of a quarter": ties,
    "ratings from 1 to 5": ratings,
    "heavy tails: t with 2 df": heavy_tails,
    "skewed: exponential": exponential,
    "skewed: lognormal": lognormal,
    "skewed: costs": costs,
    "rare big loss, 5%": rare_loss(0.05, 0.0),
    "rare big loss, 5%, noise": rare_loss(0.05, 0.1),
    "rare big loss, 2%, noise": rare_loss(0.02, 0.01),
}
CLUSTERED: dict[str, Scenario] = {
    "6 of 10": clustered([10] * 6),
    "10 of 10": clustered([10] * 10),
    "20 of 10": clustered([10] * 20),
    "50 of 10": clustered([10] * 50),
    "20 of 10, skewed": clustered([10] * 20, skewed=True),
    "50 of 10, skewed": clustered([10] * 50, skewed=True),
    "100 and 29 of 2": clustered([100, *[2] * 29]),
    "200 and 99 of 1": clustered([200, *[1] * 99]),
    "3 of 30, 27 of 1": clustered([30] * 3 + [1] * 27),
    "8 of 30, 27 of 1": clustered([30] * 8 + [1] * 27),
    "1, 2, … 20": clustered(list(range(1, 21))),
}


def pairs_of(drawn: Drawn, name: str = "m") -> Pairs:
    """Return what was drawn as the pairs of a metric of which more is better."""
    n = len(drawn.before)
    metric = Metric(
        name=name, kind="pass/fail" if drawn.verdicts else "score", rule="drawn", direction="higher", judge=f"eval.{name}",
        score_column=f"eval.{name}.score", label_column=None, by_label=False,
    )  # fmt: skip
    return Pairs(
        metric=metric, baseline=0, candidate=1, examples=np.arange(n, dtype=np.int32), before=drawn.before, after=drawn.after,
        n_baseline=n, n_candidate=n, n_missing=0, n_error=0, n_unscored=0, runs=drawn.runs,
        span=(float(min(drawn.before.min(), drawn.after.min())), float(max(drawn.before.max(), drawn.after.max()))),
    )  # fmt: skip
