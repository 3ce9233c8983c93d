"""Cluster-robust means against their definition and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from arize_nb.comparison.stats.clusters import (
    cluster_bootstrap,
    cluster_sign_flip,
    cluster_test,
    clustered_mean,
    effective_clusters,
    own_clusters,
)
from arize_nb.comparison.stats.paired import sign_flip, t_interval

GENERATOR = np.random.default_rng(11)
CLUSTERS = np.sort(GENERATOR.integers(0, 25, 180))
DIFFERENCES = GENERATOR.normal(0.1, 1, 180) + GENERATOR.normal(0, 0.7, 25)[CLUSTERS]


def sandwich(differences, numbers):
    """Return CR2's error and Bell and McCaffrey's degrees of freedom by their definition: whole matrices, no
    closed form.
    """
    n, count = len(differences), int(numbers.max()) + 1
    members = [np.flatnonzero(numbers == number) for number in range(count)]
    rest = np.eye(n) - np.full((n, n), 1 / n)
    residuals = differences - differences.mean()
    parts = []
    for inside in members:
        values, vectors = np.linalg.eigh(rest[np.ix_(inside, inside)])
        root = vectors @ np.diag(np.where(values > 1e-12, values, np.inf) ** -0.5) @ vectors.T
        parts.append(rest[:, inside] @ root @ np.ones(len(inside)) / n)
    form = np.array(parts).T
    error = np.sqrt(sum(float(part @ residuals) ** 2 for part in parts))
    roots = np.linalg.eigvalsh(form.T @ form)
    return error, roots.sum() ** 2 / (roots**2).sum()


@pytest.mark.parametrize(
    "sizes", [[10] * 8, [100, *[2] * 29], [30, 30, 30, *[1] * 27], list(range(1, 13)), [50, 1]]
)
def test_error_and_freedom_are_those_of_the_definition(sizes):
    """CR2 and Bell and McCaffrey's degrees of freedom, worked out by whole matrices, for equal, giant, graded
    and single clusters.
    """
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    differences = np.random.default_rng(len(sizes)).normal(size=len(numbers))
    error, freedom = sandwich(differences, numbers)
    found = clustered_mean(differences, numbers)

    assert (error, freedom) == pytest.approx((found.standard_error, found.freedom))
    low, high = stats.t.interval(0.95, freedom, differences.mean(), error)
    assert (low, high) == pytest.approx((found.interval().low, found.interval().high))
    assert 2 * stats.t.sf(abs(differences.mean()) / error, freedom) == pytest.approx(found.test().p_value)


def test_equal_clusters_are_as_statsmodels_has_them():
    """Where all clusters are of a size, CR2 with Bell and McCaffrey's degrees of freedom is CR1
    with G - 1.
    """
    numbers, differences = np.repeat(np.arange(20), 9), DIFFERENCES
    fit = sm.OLS(differences, np.ones(180)).fit(cov_type="cluster", cov_kwds={"groups": numbers}, use_t=True)
    found = clustered_mean(differences, numbers)

    # statsmodels has (n - 1) / (n - 1) G / (G - 1) for a constant.
    assert float(fit.bse[0]) == pytest.approx(found.standard_error)
    assert (19.0, float(fit.pvalues[0])) == pytest.approx((found.freedom, found.test().p_value))


@pytest.mark.parametrize(
    ("sizes", "expected"), [([7] * 12, 12.0), ([100, *[2] * 29], 2.468), ([200, *[1] * 99], 2.23), ([1], 1.0)]
)
def test_effective_clusters(sizes, expected):
    """One cluster of 100 beside 29 of two tells as much as two and a half."""
    assert expected == pytest.approx(effective_clusters(np.array(sizes, dtype=float)), abs=0.01)


@pytest.mark.parametrize("sizes", [[100, *[2] * 29], [30, 30, 30, *[1] * 27]])
def test_a_giant_cluster_does_not_alarm(sizes):
    """Nothing differs and clusters share 30% of the variance: t on G - 1 would alarm in a fifth to a half of
    the draws.
    """
    generator, numbers = np.random.default_rng(0), np.repeat(np.arange(30), sizes)
    alarms = [
        cluster_test(
            generator.normal(size=30)[numbers] * 0.3**0.5 + generator.normal(size=len(numbers)) * 0.7**0.5,
            numbers,
        ).p_value
        <= 0.05
        for _ in range(300)
    ]

    assert np.mean(alarms) <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


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
    """Copies of one pair in a cluster are as significant as the pair once; with few clusters
    the p is exact.
    """
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
