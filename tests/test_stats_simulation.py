"""A small simulation of what the benchmark shows at length: defaults alarm as rarely and cover as often as they say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parent.parent / "benchmarks" / "simulate_statistics.py"
DRAWS = 300
ERROR = 3 * (0.05 * 0.95 / DRAWS) ** 0.5
"""Three standard errors of a share of 5% over the draws."""


@pytest.fixture(scope="module")
def simulation():
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("simulate_statistics", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(("kind", "name"), [("binary", "McNemar mid-p (default)"), ("tied scores", "sign-flip (default)")])
@pytest.mark.parametrize("n", [10, 20, 50, 100])
def test_default_tests_alarm_no_more_than_they_say(simulation, kind, name, n):
    """Where nothing differs, at most about 5% of draws are significant."""
    assert simulation.size(kind, name, n, DRAWS if n < 100 else DRAWS // 2) <= 0.05 + ERROR


@pytest.mark.parametrize(
    ("kind", "name", "n", "least"),
    [
        *[("binary", "Newcombe (default)", n, 0.95) for n in (10, 20, 50, 100)],
        # The t interval is a little short at small n, and the docs say so.
        ("tied scores", "t (default)", 10, 0.90),
        ("tied scores", "t (default)", 20, 0.92),
        ("tied scores", "t (default)", 100, 0.95),
    ],
)
def test_default_intervals_hold_as_often_as_they_say(simulation, kind, name, n, least):
    """The interval holds the true difference in about 95% of draws, also with ten pairs."""
    assert simulation.coverage(kind, name, n, DRAWS) >= least - ERROR


def test_pooling_repetitions_would_raise_false_alarms(simulation):
    """Repetitions counted as pairs alarm several times too often; averaged within the example they do not."""
    assert simulation.pooled_repetitions(150, pooled=True) > 0.15
    assert simulation.pooled_repetitions(150, pooled=False) <= 0.05 + 2 * ERROR


def test_ignoring_clusters_would_raise_false_alarms(simulation):
    """Clusters of ten alarm several times too often unless they are taken into account."""
    found = dict(simulation.cluster_sizes(20, 200))

    assert found["paired t, clusters ignored"] > 0.2
    assert found["cluster-robust t (default with `cluster=`)"] <= 0.05 + 2 * ERROR


@pytest.mark.parametrize("n", [20, 50])
def test_a_rerun_is_seldom_beyond_the_noise_of_another(simulation, n):
    """The noise floor alarms at its level at most; measured by the rerun's own changes alone it would more than twice as often."""
    assert simulation.noise_size(n, DRAWS, pooled=True) <= 0.05 + ERROR
    assert simulation.noise_size(n, DRAWS, pooled=False) > 0.05 + ERROR


@pytest.mark.parametrize("n", [10, 20, 50])
def test_the_interval_of_pass_at_k_holds_where_failures_are_rare(simulation, n):
    """A good system's pass@3 lies in its interval about as often as said; a t interval without width would not."""
    assert simulation.pass_coverage(n, DRAWS, simulation.mean_interval) >= 0.95 - ERROR
    assert simulation.pass_coverage(n, DRAWS, simulation.t_interval) < 0.7
