"""Bowker and Stuart-Maxwell against statsmodels and worked tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import SquareTable

from arize_nb.comparison.stats.binary import mcnemar_exact
from arize_nb.comparison.stats.labels import bowker, stuart_maxwell, stuart_maxwell_clustered

VISION = np.array([[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]])
"""Unaided vision of 7,477 women, right eye by left eye (Stuart 1955)."""
SMALL = np.array([[27, 21, 19], [28, 15, 16], [21, 24, 23]])


def test_stuarts_own_example():
    """Stuart (1955) finds 11.96 on 3 degrees of freedom for his vision data."""
    found = stuart_maxwell(VISION)

    assert "chi2 = 11.96, df = 3" in found.name
    assert float(stats.chi2.sf(11.957, 3)) == pytest.approx(found.p_value, abs=1e-4)


@pytest.mark.parametrize("table", [VISION, SMALL])
def test_statsmodels_agrees(table):
    """Where no label is left out both tests are those of `SquareTable`."""
    square = SquareTable(table, shift_zeros=False)

    assert float(square.symmetry().pvalue) == pytest.approx(bowker(table).p_value)
    assert float(square.homogeneity().pvalue) == pytest.approx(stuart_maxwell(table).p_value)


def test_labels_that_never_change_do_not_matter():
    """A label without a change on either side adds no degree of freedom, where statsmodels meets a singular
    matrix.
    """
    padded = np.zeros((4, 4), dtype=np.int64)
    padded[:3, :3] = SMALL
    padded[3, 3] = 12

    assert stuart_maxwell(SMALL).p_value == pytest.approx(stuart_maxwell(padded).p_value)
    assert bowker(SMALL).p_value == pytest.approx(bowker(padded).p_value)


def test_labels_that_never_mix_count_apart():
    """Two separate pairs of labels give the sum of two McNemar statistics on two degrees of freedom."""
    table = np.array([[5, 9, 0, 0], [2, 5, 0, 0], [0, 0, 5, 3], [0, 0, 8, 5]])
    statistic = (9 - 2) ** 2 / 11 + (3 - 8) ** 2 / 11

    assert float(stats.chi2.sf(statistic, 2)) == pytest.approx(stuart_maxwell(table).p_value)


def test_two_labels_are_mcnemars():
    """With two labels the statistic is McNemar's without correction."""
    table = np.array([[30, 25], [12, 33]])

    assert float(stats.chi2.sf((25 - 12) ** 2 / 37, 1)) == pytest.approx(stuart_maxwell(table).p_value)
    assert mcnemar_exact(25, 12) == pytest.approx(stuart_maxwell(table).p_value, abs=0.02)


def test_no_change_has_p_one():
    """A diagonal table is not significant."""
    table = np.diag([4, 5, 6])

    assert 1.0 == stuart_maxwell(table).p_value
    assert 1.0 == bowker(table).p_value


def test_clusters_of_one_are_the_plain_test():
    """When every pair is its own cluster nothing changes."""
    before, after = (np.repeat(part.ravel(), SMALL.ravel()) for part in np.indices(SMALL.shape))

    found = stuart_maxwell_clustered(before, after, np.arange(len(before)), 3)

    assert stuart_maxwell(SMALL).p_value == pytest.approx(found.p_value)


def test_copies_within_clusters_add_nothing():
    """Every pair five times in one cluster is as significant as once."""
    before, after = (np.repeat(part.ravel(), SMALL.ravel()) for part in np.indices(SMALL.shape))
    clusters = np.repeat(np.arange(len(before)), 5)

    found = stuart_maxwell_clustered(np.repeat(before, 5), np.repeat(after, 5), clusters, 3)

    assert stuart_maxwell(SMALL).p_value == pytest.approx(found.p_value)
