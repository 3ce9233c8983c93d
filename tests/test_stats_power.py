"""Detectable differences and needed rows: against statsmodels, a simulation, and each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, TTestPower
from statsmodels.stats.proportion import proportion_confint

from arize_nb.comparison.stats.binary import mcnemar_midp
from arize_nb.comparison.stats.power import (
    discordance,
    flips_detectable,
    flips_needed,
    means_needed,
    unseen_share,
)


def test_needed_means_are_those_of_statsmodels():
    """The one-sample normal power formula of statsmodels needs as many pairs."""
    expected = NormalIndPower(ddof=0).solve_power(effect_size=0.2, alpha=0.05, power=0.8, ratio=0)

    assert int(np.ceil(expected)) == means_needed(0.2, 1.0)
    assert TTestPower().solve_power(effect_size=0.2, alpha=0.05, power=0.8) == pytest.approx(
        means_needed(0.2, 1.0), rel=0.02
    )


def test_connors_formula_by_hand():
    """20% of pairs flip, 10 points wanted, 80% power: (1.960 sqrt(.2) + .842 sqrt(.19))^2 / .01 = 154.6
    pairs.
    """
    assert 154.6 == pytest.approx(flips_needed(0.1, 0.2), abs=0.05)


@given(st.integers(10, 5000), st.floats(0.02, 0.6))
def test_detectable_and_needed_are_inverse(n, share):
    """The smallest difference that n pairs detect needs n pairs."""
    found = flips_detectable(n, share)

    if np.isnan(found):
        assert flips_needed(1.0, share) > n
    else:
        assert n == pytest.approx(flips_needed(found, share), rel=1e-6)


def test_the_power_is_there():
    """Drawn pairs with the detectable difference are found in about 80% of draws."""
    n, share = 200, 0.2
    delta = flips_detectable(n, share)
    draws = np.random.default_rng(0).multinomial(
        n, [(share + delta) / 2, (share - delta) / 2, 1 - share], size=2000
    )
    found = np.mean([mcnemar_midp(int(lost), int(won)) <= 0.05 for won, lost, _ in draws])

    assert 0.8 == pytest.approx(found, abs=0.04)


def test_seeing_no_flip_does_not_promise_that_none_comes():
    """The share of flips is smoothed, so that zero flips in ten pairs do not make every difference
    detectable.
    """
    assert 1 / 12 == discordance(0, 0, 10)
    assert flips_detectable(10, discordance(0, 0, 10)) > 0.3


def test_no_pairs_detect_nothing():
    """Without pairs there is nothing to plan with."""
    assert np.isnan(flips_detectable(0, 0.2))


@pytest.mark.parametrize("n", [1, 6, 100, 5000])
def test_unseen_share_is_the_exact_bound_of_nothing_seen(n):
    """No success in n trials leaves Clopper and Pearson's upper bound of a proportion."""
    expected = float(proportion_confint(0, n, alpha=0.05, method="beta")[1])

    assert expected == pytest.approx(unseen_share(n), rel=1e-9)
