"""Cluster-robust means against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.comparison.stats.clusters import cluster_bootstrap, cluster_sign_flip, clustered_mean, own_clusters
from arize_nb.comparison.stats.paired import sign_flip, t_interval

GENERATOR = np.random.default_rng(11)
CLUSTERS = np.sort(GENERATOR.integers(0, 25, 180))
DIFFERENCES = GENERATOR.normal(0.1, 1, 180) + GENERATOR.normal(0, 0.7, 25)[CLUSTERS]


def test_error_interval_and_p_are_those_of_statsmodels():
    """OLS on a constant with `cov_type="cluster"` and t on G - 1 gives the same error, interval and p."""
    numbers = own_clusters(CLUSTERS.astype(np.int32))
    fit = sm.OLS(DIFFERENCES, np.ones(len(DIFFERENCES))).fit(cov_type="cluster", cov_kwds={"groups": numbers}, use_t=True)
    low, high = fit.conf_int()[0]
    found = clustered_mean(DIFFERENCES, numbers)

    assert float(fit.bse[0]) == pytest.approx(found.standard_error)
    assert (float(low), float(high)) == pytest.approx((found.interval().low, found.interval().high))
    assert float(fit.pvalues[0]) == pytest.approx(found.test().p_value)


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_clusters_of_one_are_the_plain_t(values):
    """When every pair is its own cluster the interval is the t interval."""
    differences = np.array(values)
    found = clustered_mean(differences, np.arange(len(values))).interval()
    plain = t_interval(differences)

    assert (plain.low, plain.high) == pytest.approx((found.low, found.high))


def test_pairs_without_a_cluster_stand_alone():
    """-1 makes a cluster of its own for every such pair; numbers have no gaps."""
    assert [1, 2, 0, 3] == own_clusters(np.array([7, -1, 3, -1], dtype=np.int32)).tolist()


def test_one_cluster_says_nothing():
    """With a single cluster there is no error, no interval, no p."""
    found = clustered_mean(np.array([1.0, 2.0]), np.array([0, 0]))

    assert np.isnan(found.test().p_value)
    assert (-np.inf, np.inf) == (found.interval().low, found.interval().high)


def test_flipping_whole_clusters():
    """Copies of one pair in a cluster are as significant as the pair once; with few clusters the p is exact."""
    differences = np.array([0.4, -0.1, 0.3, 0.2, 0.5, 0.6])
    found = cluster_sign_flip(np.repeat(differences, 4), np.repeat(np.arange(6), 4))

    assert sign_flip(differences).p_value == pytest.approx(found.p_value)
    assert "cluster sign-flip (exact)" == found.name


def test_cluster_bootstrap_is_near_the_robust_interval():
    """Drawing whole clusters gives about the robust interval, whatever the order of the pairs."""
    numbers = own_clusters(CLUSTERS.astype(np.int32))
    robust = clustered_mean(DIFFERENCES, numbers).interval()
    found = cluster_bootstrap(DIFFERENCES, numbers)
    shuffled = np.random.default_rng(0).permutation(len(numbers))
    again = cluster_bootstrap(DIFFERENCES[shuffled], numbers[shuffled])

    assert (robust.low, robust.high) == pytest.approx((found.low, found.high), abs=0.08)
    assert (found.low, found.high) == pytest.approx((again.low, again.high), abs=1e-9)
