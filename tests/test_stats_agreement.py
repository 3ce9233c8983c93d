"""Agreement of raters against statsmodels, scipy and a worked table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from arize_nb.comparison.stats.judgements.agreement import cohen_kappa, spearman


def judged(table):
    """Return the two raters' labels behind a label x label table, and items of one judgement each."""
    first, second = (
        np.repeat(codes, np.ravel(table)) for codes in np.indices(np.shape(table)).reshape(2, -1)
    )
    return first, second, np.arange(len(first)), len(table)


def test_kappa_of_a_published_table():
    """Diagnoses by two psychiatrists (Fleiss, Cohen and Everitt 1969): kappa .43 for shares .53 .05 .02 / .11
    .14 .05 / .01 .06 .03.
    """
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    found = cohen_kappa(*judged(table))

    assert 0.429 == pytest.approx(found.value, abs=5e-4)
    assert float(cohens_kappa(table).kappa_low) == pytest.approx(found.interval.low)


@given(
    st.lists(st.integers(0, 30), min_size=9, max_size=9).filter(
        lambda cells: sum(cells[:3]) and sum(cells[3:6]) and sum(cells[6:])
    )
)
def test_kappa_and_its_error_are_those_of_statsmodels(cells):
    """Over any table of independent judgements kappa and its large-sample error are the ones statsmodels
    gives.
    """
    table = np.reshape(cells, (3, 3))
    expected = cohens_kappa(table)
    found = cohen_kappa(*judged(table), confidence=0.5)

    assert float(expected.kappa) == pytest.approx(found.value, abs=1e-12)
    half = stats.norm.ppf(0.75) * np.sqrt(max(expected.var_kappa, 0))
    assert max(-1.0, expected.kappa - half) == pytest.approx(found.interval.low, abs=1e-9)


def test_judging_an_example_twice_alike_adds_nothing_to_what_is_known():
    """Every judgement copied three times has the kappa and the interval of one copy: judgements of one
    example are not independent.
    """
    first, second, items, labels = judged([[20, 5], [4, 11]])
    once = cohen_kappa(first, second, items, labels)
    thrice = cohen_kappa(*(np.tile(part, 3) for part in (first, second, items)), labels)
    alone = cohen_kappa(np.tile(first, 3), np.tile(second, 3), np.arange(3 * len(first)), labels)

    assert (once.value, once.interval.low, once.interval.high) == pytest.approx(
        (thrice.value, thrice.interval.low, thrice.interval.high)
    )
    assert alone.interval.high - alone.interval.low == pytest.approx(
        (once.interval.high - once.interval.low) / np.sqrt(3)
    )


def test_kappa_without_variation_is_unknown():
    """When both raters only ever say one thing, agreement beyond chance has no meaning."""
    assert np.isnan(cohen_kappa(*judged([[9, 0], [0, 0]])).value)
    assert np.isnan(cohen_kappa(*judged([[0, 0], [0, 0]])).value)


def test_perfect_agreement_is_one():
    """Perfect agreement has kappa 1 and an interval that does not pass it."""
    found = cohen_kappa(*judged([[9, 0], [0, 4]]))

    assert 1.0 == pytest.approx(found.value)
    assert found.interval.high <= 1.0


def test_rank_correlation_is_that_of_scipy():
    """Spearman's correlation is scipy's; NaN where a side does not vary."""
    first, second = np.random.default_rng(0).integers(0, 5, (2, 40)).astype(float)

    assert float(stats.spearmanr(first, second).statistic) == pytest.approx(spearman(first, second))
    assert np.isnan(spearman(first, np.ones(40)))
