"""pass@k, pass^k and pooled spread against enumeration and numpy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from arize_nb.comparison.stats.paired import t_interval
from arize_nb.comparison.stats.repetitions import mean_interval, pass_at_k, pass_hat_k, pooled_variance, rerun_error


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(1, 8))
def test_both_are_shares_of_all_subsets(runs, k):
    """Over all subsets of k runs: pass@k is the share with a pass, pass^k that with nothing else; NaN with fewer than k runs."""
    n, passed = np.array([len(runs)]), np.array([sum(runs)])
    some, every = float(pass_at_k(n, passed, k)[0]), float(pass_hat_k(n, passed, k)[0])
    subsets = list(combinations(runs, k))
    if not subsets:
        assert np.isnan(some)
        assert np.isnan(every)
        return
    assert np.mean([any(subset) for subset in subsets]) == pytest.approx(some)
    assert np.mean([all(subset) for subset in subsets]) == pytest.approx(every)


def test_many_runs_do_not_overflow():
    """Thousands of runs are as fine as ten."""
    assert 0.0 < float(pass_at_k(np.array([5000]), np.array([3]), 50)[0]) < 1.0


def test_spread_within_examples_is_pooled_by_degrees_of_freedom():
    """The pooled variance is the residual variance around the examples' own means."""
    groups = [np.array([1.0, 2.0, 4.0]), np.array([3.0, 3.5]), np.array([7.0])]
    spread = np.array([group.var(ddof=1) if len(group) > 1 else np.nan for group in groups])
    expected = sum(((group - group.mean()) ** 2).sum() for group in groups) / 3

    assert expected == pytest.approx(pooled_variance(spread, np.array([3, 2, 1])))
    assert np.isnan(pooled_variance(np.array([np.nan]), np.array([1])))


@pytest.mark.parametrize(("passed", "n"), [(0, 12), (5, 12), (12, 12), (400, 1000)])
def test_mean_of_verdicts_has_wilsons_interval(passed, n):
    """For plain verdicts the interval of the mean is Wilson's at n - 1 (n where none varies), but for t in the place of z."""
    found = mean_interval(np.repeat([1.0, 0.0], [passed, n - passed]))
    z = stats.t.ppf(0.975, n - 1)
    effective = n - 1 if 0 < passed < n else n
    low, high = proportion_confint(passed / n * effective, effective, alpha=2 * stats.norm.sf(z), method="wilson")

    assert (float(low), float(high)) == pytest.approx((found.low, found.high), abs=1e-9)


def test_mean_of_shares_is_near_the_t_interval_in_the_middle():
    """Far from 0 and 1, with many examples, it is what Student's t gives."""
    shares = np.random.default_rng(0).choice([0.2, 0.4, 0.6, 0.8], 2_000)
    found, usual = mean_interval(shares), t_interval(shares)

    assert (usual.low, usual.high) == pytest.approx((found.low, found.high), abs=1e-4)
    assert mean_interval(np.array([1.0])).low < 0.25


def test_rerun_error_pools_both():
    """Twenty differences of which the rerun has one and the candidate three: sqrt(4 / 2) / 20."""
    rerun, candidate = np.zeros(20), np.zeros(20)
    rerun[0], candidate[1:4] = 1.0, -1.0

    assert np.sqrt(2) / 20 == pytest.approx(rerun_error(rerun, candidate))


def test_mean_interval_knows_clusters():
    """Values copied ten times within their clusters have the interval of one copy; pairs counted as independent one far too short."""
    shares = np.random.default_rng(1).choice([0.2, 0.6, 1.0], 30)
    once, copied = mean_interval(shares), mean_interval(np.repeat(shares, 10), clusters=np.repeat(np.arange(30), 10))
    alone = mean_interval(np.repeat(shares, 10))

    assert (once.low, once.high) == pytest.approx((copied.low, copied.high))
    assert alone.high - alone.low < 0.4 * (once.high - once.low)
