"""Agreement of raters against statsmodels, scipy and a worked table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from arize_nb.comparison.stats.agreement import cohen_kappa, spearman


def test_kappa_of_a_published_table():
    """Diagnoses by two psychiatrists (Fleiss, Cohen and Everitt 1969): kappa .43 for shares .53 .05 .02 / .11 .14 .05 / .01 .06 .03."""
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    found = cohen_kappa(table)

    assert 0.429 == pytest.approx(found.value, abs=5e-4)
    assert float(cohens_kappa(table).kappa_low) == pytest.approx(found.interval.low)


def test_kappa_without_variation_is_unknown():
    """When both raters only ever say one thing, agreement beyond chance has no meaning."""
    assert np.isnan(cohen_kappa(np.array([[9, 0], [0, 0]])).value)
    assert np.isnan(cohen_kappa(np.zeros((2, 2), dtype=np.int64)).value)


def test_perfect_agreement_is_one():
    """Perfect agreement has kappa 1 and an interval that does not pass it."""
    found = cohen_kappa(np.array([[9, 0], [0, 4]]))

    assert 1.0 == pytest.approx(found.value)
    assert found.interval.high <= 1.0


def test_rank_correlation_is_that_of_scipy():
    """Spearman's correlation is scipy's; NaN where a side does not vary."""
    first, second = np.random.default_rng(0).integers(0, 5, (2, 40)).astype(float)

    assert float(stats.spearmanr(first, second).statistic) == pytest.approx(spearman(first, second))
    assert np.isnan(spearman(first, np.ones(40)))
