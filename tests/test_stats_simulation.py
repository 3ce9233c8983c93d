"""A small simulation of what the benchmark shows at length: verdicts alarm as rarely and intervals hold as
often as they say.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
DRAWS = 250


def within(share, draws=DRAWS):
    """Return three standard errors of a share over the draws."""
    return 3 * (share * (1 - share) / draws) ** 0.5


@pytest.fixture(scope="module")
def simulation():
    """The benchmark as a module."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        yield importlib.import_module("simulate_statistics")
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in ("simulate_statistics", "simulated_runs", "simulated_families"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize("n", [10, 20, 50])
@pytest.mark.parametrize(
    "name",
    [
        "pass/fail, 50% pass",
        "1 and 5 repetitions",
        "skewed: lognormal",
        "rare big loss, 5%",
        "ties: steps of a quarter",
    ],
)
def test_verdicts_alarm_no_more_than_they_say(simulation, name, n):
    """Where nothing differs, at most 5% of the verdicts say that something changed."""
    assert simulation.alarms(simulation.PAIRED[name], n, DRAWS) <= 0.05 + within(0.05)


@pytest.mark.parametrize("n", [20, 50])
@pytest.mark.parametrize(
    "name", ["pass/fail, 99% pass", "5 and 5 repetitions", "skewed: exponential", "rare big loss, 2%, noise"]
)
def test_intervals_hold_as_often_as_they_say(simulation, name, n):
    """The interval shown holds the true difference in 95% of draws."""
    assert simulation.coverage(simulation.PAIRED[name], n, DRAWS) >= 0.95 - within(0.05)


@pytest.mark.parametrize(
    "name", ["pass/fail, 50% pass", "5 and 5 repetitions", "scores within 0..1", "rare big loss, 5%, noise"]
)
def test_no_difference_is_claimed_no_oftener_than_said(simulation, name):
    """Worse by just the margin, at most 2.5% of the verdicts are `equivalent` or `not worse`."""
    assert simulation.false_claims(simulation.PAIRED[name], 50, DRAWS) <= 0.025 + within(0.025)


@pytest.mark.parametrize(
    ("name", "n"), [("pass/fail, 30% flip", 50), ("scores within 0..1", 20), ("scores within 0..1", 200)]
)
def test_what_is_promised_to_be_found_is_found(simulation, name, n):
    """A difference of just `min_detectable` is found in about 80% of draws."""
    assert 0.8 == pytest.approx(simulation.power(simulation.POWERED[name], n, DRAWS), abs=0.05 + within(0.2))


@pytest.mark.parametrize("name", ["10 of 10", "100 and 29 of 2", "8 of 30, 27 of 1", "20 of 10, skewed"])
def test_clusters_alarm_no_more_than_they_say(simulation, name):
    """Equal clusters, one giant, some large ones, and skewed ones."""
    assert simulation.alarms(simulation.CLUSTERED[name], 0, DRAWS) <= 0.05 + within(0.05)


def test_pooling_repetitions_would_raise_false_alarms():
    """Repetitions counted as pairs alarm several times too often."""
    sys.path.insert(0, str(BENCHMARKS))
    families = importlib.import_module("simulated_families")

    assert families.pooled_repetitions(40, 100) > 0.15
    assert np.isfinite(families.pooled_repetitions(10, 10))
