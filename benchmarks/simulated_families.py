"""Simulations of what is asked over many metrics, slices, runs and reruns; the rest of
simulate_statistics.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from simulated_runs import PAIRED, pairs_of, repeated

import arize_nb as ax
from arize_nb.comparison.analysis.effect import adjusted, effect
from arize_nb.comparison.analysis.verdict import decide
from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.metrics.pairs import Settings
from arize_nb.comparison.stats.multiplicity import holm

CLEAR = {"improved", "regressed", "changed"}


def ten_metrics(name: str) -> Callable[[int, int], float]:
    """Return how often one of ten metrics is said to have changed where none did."""

    def any_alarm(n: int, draws: int) -> float:
        generator, scenario = np.random.default_rng([4, n]), PAIRED[name]
        draws = max(draws // 4, 100)
        alarms = 0
        for _ in range(draws):
            family = adjusted(
                [effect(pairs_of(scenario(generator, n, 0.0)), Settings(), tests=10) for _ in range(10)], holm
            )
            alarms += any(decide(one, DecisionRules()).verdict in CLEAR for one in family)
        return alarms / draws

    return any_alarm


def frame(values: Any, **columns: Any) -> pd.DataFrame:
    """Return runs with a score each."""
    return pd.DataFrame(
        {"example_id": [f"e{place}" for place in range(len(values))], "eval.m.score": values, **columns}
    )


def slice_columns(*, skewed: bool, together: bool) -> Callable[[int, int], float]:
    """Return how often a slice of twenty columns without meaning is said to have changed, asked at once or
    one column after another.
    """

    def any_alarm(n: int, draws: int) -> float:
        draws = max(draws // 20, 50)
        alarms = 0
        for draw in range(draws):
            generator = np.random.default_rng([5, n, draw])
            groups = {f"k{place}": generator.choice(list("abcd"), n) for place in range(20)}
            before = generator.lognormal(size=n) if skewed else generator.beta(3, 1.5, n)
            after = generator.lognormal(size=n) if skewed else generator.beta(3, 1.5, n)
            found = ax.compare(frame(before, **groups), frame(after), direction="higher")
            asked = [found.slices(list(groups))] if together else [found.slices(column) for column in groups]
            alarms += any(set(table["verdict"]) & CLEAR for table in asked)
        return alarms / draws

    return any_alarm


def pass_at_coverage(n: int, draws: int) -> float:
    """Return how often the interval of a difference of pass@3 holds the truth; 5% of the
    examples are broken.
    """
    truth = -0.05 * (1 - float(np.prod([(0.5 + step) / (5.5 + step) for step in range(3)])))
    return _pass_at(n, draws, truth, broken=0.05, low="delta_low", high="delta_high", row=2)


def pass_at_value(n: int, draws: int) -> float:
    """Return how often the interval of pass@3 itself holds the truth."""
    truth = 1 - float(np.prod([(0.5 + step) / (5.5 + step) for step in range(3)]))
    return _pass_at(n, draws, truth, broken=0.0, low="ci_low", high="ci_high", row=0)


def _pass_at(n: int, draws: int, truth: float, *, broken: float, low: str, high: str, row: int) -> float:
    held = 0
    draws = max(draws // 4, 100)
    for draw in range(draws):
        generator = np.random.default_rng([6, n, draw])
        rates = generator.beta(5, 0.5, n)
        ids = np.repeat([f"e{place}" for place in range(n)], 5)
        sides = [
            pd.DataFrame(
                {
                    "example_id": ids,
                    "eval.m.score": (generator.random(5 * n) < np.repeat(chance, 5)).astype(float),
                }
            )
            for chance in (rates, np.where(generator.random(n) < broken, 0.0, rates))
        ]
        found = ax.compare(*sides, pass_when=1.0).pass_at(3)
        found = found[found["measure"] == "pass@3"].iloc[row // 2]
        held += found[low] - 1e-12 <= truth <= found[high] + 1e-12
    return held / draws


def noise_floor(of_rerun: int, of_candidate: int) -> Callable[[int, int], float]:
    """Return how often one more rerun is called beyond the noise of another, both with so many runs of each
    example.
    """

    def alarm(n: int, draws: int) -> float:
        draws = max(draws // 4, 100)
        alarms = 0
        for draw in range(draws):
            generator = np.random.default_rng([7, n, draw])
            rates = np.where(generator.random(n) < 0.1, 0.5, np.where(generator.random(n) < 0.7, 1.0, 0.0))
            base, rerun, again = (_runs(generator, rates, times) for times in (1, of_rerun, of_candidate))
            found = ax.compare(base, again, pass_when=1.0).noise_floor(rerun)
            alarms += found["verdict"].iloc[0] == "beyond the noise"
        return alarms / draws

    return alarm


def _runs(generator: np.random.Generator, rates: Any, times: int) -> pd.DataFrame:
    ids = np.repeat([f"e{place}" for place in range(len(rates))], times)
    return pd.DataFrame(
        {
            "example_id": ids,
            "eval.m.score": (generator.random(len(ids)) < np.repeat(rates, times)).astype(float),
        }
    )


def pooled_repetitions(n: int, draws: int) -> float:
    """Return how often five repetitions pooled as so many pairs are said to have changed where nothing did:
    what must not be done.
    """
    generator = np.random.default_rng([8, n])
    alarms = 0
    for _ in range(draws):
        drawn = repeated(1, 1, (0.6, 0.6))(generator, n, 0.0)
        rates = generator.beta(0.6, 0.6, n)
        runs = [(generator.random((5, n)) < rates).astype(float).ravel() for _ in range(2)]
        rates_b = generator.beta(0.6, 0.6, n)
        runs[1] = (generator.random((5, n)) < rates_b).astype(float).ravel()
        pooled = type(drawn)(runs[0], runs[1], 0.0, verdicts=True)
        found = adjusted([effect(pairs_of(pooled), Settings())], holm)[0]
        alarms += decide(found, DecisionRules()).verdict in CLEAR
    return alarms / draws


FAMILIES: dict[str, tuple[Callable[[int, int], float], tuple[int, ...]]] = {
    "Any false alarm among ten metrics, scores within 0..1, by examples": (
        ten_metrics("scores within 0..1"),
        (10, 20, 50, 200),
    ),
    "Any false alarm among ten metrics, skewed: exponential": (
        ten_metrics("skewed: exponential"),
        (10, 20, 50, 200),
    ),
    "Any false alarm among ten metrics, skewed: lognormal": (
        ten_metrics("skewed: lognormal"),
        (10, 20, 50, 200),
    ),
    "Any false alarm among ten metrics, rare big loss": (
        ten_metrics("rare big loss, 5%, noise"),
        (10, 20, 50, 200),
    ),
    "Any false alarm among twenty columns of slices, asked at once": (
        slice_columns(skewed=False, together=True),
        (300,),
    ),
    "Any false alarm among twenty columns of slices, one after another": (
        slice_columns(skewed=False, together=False),
        (300,),
    ),
    "Any false alarm among twenty columns of slices, one after another, lognormal": (
        slice_columns(skewed=True, together=False),
        (300,),
    ),
    "Coverage of the 95% interval of a difference of pass@3": (pass_at_coverage, (10, 20, 50, 100, 400)),
    "Coverage of the 95% interval of pass@3": (pass_at_value, (10, 20, 50, 100, 400)),
    "False alarms of the noise floor": (noise_floor(1, 1), (5, 10, 20, 50, 200)),
    "False alarms of the noise floor, rerun 5 times, candidate once": (noise_floor(5, 1), (10, 20, 50, 200)),
    "False alarms of the noise floor, rerun once, candidate 5 times": (noise_floor(1, 5), (10, 20, 50, 200)),
    "What must not be done: five repetitions pooled as so many pairs": (pooled_repetitions, (10, 40, 200)),
}
"""Title -> what is counted, and for which numbers of examples."""
