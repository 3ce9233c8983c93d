"""Pass/fail statistics against statsmodels, scipy and worked tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from arize_nb.comparison.stats.binary import (
    Flips,
    bonett_price,
    mcnemar_exact,
    mcnemar_midp,
    newcombe,
    wilson,
)

COUNTS = [(0, 0), (0, 1), (1, 0), (0, 5), (0, 6), (3, 3), (2, 9), (9, 2), (40, 61), (500, 430)]


@pytest.mark.parametrize(("lost", "won"), COUNTS)
def test_exact_mcnemar_is_that_of_statsmodels(lost, won):
    """The exact p is the one statsmodels gives."""
    expected = 1.0 if lost == won == 0 else float(mcnemar([[5, lost], [won, 7]], exact=True).pvalue)

    assert expected == pytest.approx(mcnemar_exact(lost, won), abs=1e-12)


@pytest.mark.parametrize(("lost", "won"), COUNTS)
def test_midp_counts_half_of_what_was_seen(lost, won):
    """The mid-p is the chance of a less likely split plus half of that of splits as likely as
    the one seen.
    """
    chances = stats.binom.pmf(np.arange(lost + won + 1), lost + won, 0.5)
    seen = chances[lost]
    as_likely = np.isclose(chances, seen, rtol=1e-7)
    expected = (
        float(chances[(chances < seen) & ~as_likely].sum() + chances[as_likely].sum() / 2)
        if lost + won
        else 1.0
    )

    assert expected == pytest.approx(mcnemar_midp(lost, won), abs=1e-12)


def test_binomial_tails_hold_for_millions_of_flips():
    """Two and a half million flips either way have the p of scipy's binomial distribution, to the last
    digits.
    """
    expected = 2 * float(stats.binom.cdf(2_499_000, 5_000_000, 0.5))

    assert expected == pytest.approx(mcnemar_exact(2_499_000, 2_501_000), rel=1e-12)


def test_midp_of_a_published_table():
    """Airway hyper-responsiveness before and after transplantation (Fagerland 2013, table 1: 1, 1, 7, 12):
    exact .070, mid-p .039.
    """
    assert 0.0703 == pytest.approx(mcnemar_exact(1, 7), abs=5e-5)
    assert 0.0391 == pytest.approx(mcnemar_midp(1, 7), abs=5e-5)


def test_fewest_flips_that_can_reach_five_percent():
    """Six flips one way are needed with the exact p, five with the mid-p."""
    assert mcnemar_exact(0, 5) > 0.05 > mcnemar_exact(0, 6)
    assert mcnemar_midp(0, 4) > 0.05 > mcnemar_midp(0, 5)


@pytest.mark.parametrize(("passed", "n"), [(0, 10), (10, 10), (3, 10), (81, 263), (1, 1), (512, 1000)])
def test_wilson_is_that_of_statsmodels(passed, n):
    """Wilson's interval is the one statsmodels gives."""
    found = wilson(passed, n, 0.9)
    low, high = proportion_confint(passed, n, alpha=0.1, method="wilson")

    assert (float(low), float(high)) == pytest.approx((found.low, found.high), abs=1e-12)


def test_wilson_of_a_published_table():
    """81 of 263 (Newcombe 1998, table I): .2553 to .3662."""
    found = wilson(81, 263)

    assert (0.2553, 0.3662) == pytest.approx((found.low, found.high), abs=5e-5)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((36, 12, 2, 0), (0.0569, 0.3404)),  # Newcombe (1998), Stat Med 17:2635, table II, his method 10
        (
            (14, 5, 0, 22),
            (0.0115, 0.2265),
        ),  # Altman et al. (2000), Statistics with Confidence, table 6.2: .01 to .23
    ],
)
def test_newcombe_of_published_tables(cells, expected):
    """Worked examples of the books come out."""
    both, only_first, only_second, neither = cells
    found = newcombe(Flips(both_pass=both, lost=only_second, won=only_first, both_fail=neither))

    assert expected == pytest.approx((found.low, found.high), abs=5e-5)


def test_newcombe_without_any_flip():
    """Without a flip the interval is that of two equal rates, around zero, and not of width zero."""
    found = newcombe(Flips(both_pass=0, lost=0, won=0, both_fail=10))

    assert -found.low == pytest.approx(found.high)
    assert 0.2775 == pytest.approx(found.high, abs=5e-5)


def test_bonett_price_adds_a_flip_to_either_side():
    """The interval is Wald's with one pair more that was lost and one that was won (Bonett and Price 2012,
    eq. 11).
    """
    flips = Flips(both_pass=1, lost=1, won=7, both_fail=12)
    won, lost = 8 / 23, 2 / 23
    half = stats.norm.ppf(0.975) * np.sqrt((won + lost - (won - lost) ** 2) / 23)

    found = bonett_price(flips)

    assert (won - lost - half, won - lost + half) == pytest.approx((found.low, found.high))


@given(st.tuples(*[st.integers(0, 40)] * 4).filter(lambda cells: sum(cells) > 0))
def test_swapping_the_sides_mirrors_both_intervals(cells):
    """With baseline and candidate swapped, either interval is its mirror image, and it always holds the
    difference.
    """
    both, lost, won, neither = cells
    there = Flips(both_pass=both, lost=lost, won=won, both_fail=neither)
    back = Flips(both_pass=both, lost=won, won=lost, both_fail=neither)
    for method in (newcombe, bonett_price):
        one, other = method(there), method(back)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)
        assert -1 <= one.low <= one.high <= 1
    assert newcombe(there).low <= there.delta <= newcombe(there).high
