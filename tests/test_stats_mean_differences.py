"""Which interval a mean gets: t where that is known to hold, else as wide as what so many values can have
missed.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestPower

from arize_nb.comparison.stats.bounded import bounded_interval, weighted
from arize_nb.comparison.stats.mean_differences import measured_mean


def symmetric(n, seed=0):
    """Return n values without any skewness."""
    half = np.random.default_rng(seed).normal(size=n // 2) * 0.3
    return np.concatenate([half, -half]) + 0.05


def test_many_symmetric_differences_have_the_t_interval():
    """A hundred differences that vary over the scale: scipy's t interval, and no p of another method."""
    values = symmetric(100)
    low, high = stats.t.interval(0.95, 99, values.mean(), stats.sem(values))
    found = measured_mean(values, -1, 1)

    assert ("t", 100, 100.0) == (found.interval_name, found.units, found.effective)
    assert (low, high) == pytest.approx((found.interval.low, found.interval.high))
    assert np.isnan(found.p_bounded)


@pytest.mark.parametrize(
    "values", [symmetric(100) * 0.01, np.random.default_rng(1).exponential(size=200) * 0.1, symmetric(20)]
)
def test_others_have_the_wider_of_both(values):
    """Differences that hardly vary, that are skewed, or that are few: never narrower than either interval."""
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    bounded = bounded_interval(weighted(values), -1, 1)
    found = measured_mean(values, -1, 1)

    assert "bounded mean" == found.interval_name
    assert (min(low, bounded.low), max(high, bounded.high)) == pytest.approx(
        (found.interval.low, found.interval.high)
    )


@given(st.floats(1e-12, 1e-3), st.integers(0, 29))
def test_moving_one_of_equal_pairs_never_narrows_the_interval(step, place):
    """The more sign of change, the weaker the claim of none: no switch at exactly zero."""
    values = np.zeros(30)
    equal = measured_mean(values, -1, 1).interval
    values[place] = step
    moved = measured_mean(values, -1, 1).interval

    assert moved.low <= equal.low + 2 * step
    assert moved.high >= equal.high - 2 * step
    assert moved.high - moved.low >= 0.99 * (equal.high - equal.low)


def test_rounding_does_not_decide():
    """Twelve steps of 0.1 that are a few units in the last place apart are as good as equal ones."""
    equal, rounded = np.full(12, 0.1), np.array([(0.3 + i / 100) - (0.2 + i / 100) for i in range(12)])
    one, other = measured_mean(equal, -1, 1), measured_mean(rounded, -1, 1)

    assert np.ptp(rounded) > 0
    assert (one.interval.low, one.interval.high) == pytest.approx(
        (other.interval.low, other.interval.high), rel=1e-9
    )
    assert np.isnan([one.detectable, other.detectable]).all()


@pytest.mark.parametrize("n", [70, 100, 400])
def test_detectable_by_t_is_that_of_statsmodels(n):
    """Noncentral t at the level used: statsmodels' power of a paired t test."""
    values = symmetric(n)
    for tests in (1, 10):
        effect = TTestPower().solve_power(nobs=n, alpha=0.05 / tests, power=0.8)
        assert float(effect) * values.std(ddof=1) == pytest.approx(
            measured_mean(values, -1, 1, tests=tests).detectable, rel=1e-4
        )


def test_detectable_grows_where_the_interval_does():
    """What a bounded interval adds must be overcome too."""
    values = symmetric(100) * 0.1

    assert measured_mean(values, -1, 1).detectable > 1.5 * TTestPower().solve_power(
        nobs=100, alpha=0.05, power=0.8
    ) * values.std(ddof=1)


def test_clusters_that_all_differ_alike_prove_nothing():
    """Twelve equal differences in six clusters: what six clusters can have missed is in the interval, and
    nothing is promised.
    """
    found = measured_mean(np.full(12, 0.1), -1, 1, np.repeat(np.arange(6), 2))

    assert 0.1 - 1.1 * (1 - 0.025 ** (1 / 6)) == pytest.approx(found.interval.low)
    assert np.isnan(found.detectable)


@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
def test_scale_changes_nothing(scale):
    """Scores of any size have the same interval in their own unit."""
    values = np.random.default_rng(3).exponential(size=50)
    one, other = measured_mean(values, -20, 20), measured_mean(values * scale, -20 * scale, 20 * scale)

    assert (one.interval.low, one.interval.high) == pytest.approx(
        (other.interval.low / scale, other.interval.high / scale)
    )
    assert one.skew == pytest.approx(other.skew)
    assert abs(stats.skew(values)) / np.sqrt(50) == pytest.approx(one.skew)
