"""Tests and intervals of paired differences against scipy, enumeration and their own properties."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from arize_nb.comparison.stats.paired import paired_t, sign_flip, smooth_bootstrap, t_interval, wilcoxon

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]) / 8
"""Heights of crossed less self-fertilised maize in inches (Darwin 1876): the data Fisher (1935) invented the
test on.
"""


def by_hand(differences):
    """Count all sign patterns whose sum is as far from zero."""
    sums = np.array(
        [np.dot(signs, np.abs(differences)) for signs in product((-1, 1), repeat=len(differences))]
    )
    return float((np.abs(sums) >= abs(differences.sum()) - 1e-9).mean())


def test_fishers_own_example():
    """Fisher found 1,726 of 32,768 sign patterns as far from zero as Darwin's difference: p = .05267."""
    found = sign_flip(DARWIN)

    assert 1726 / 32768 == pytest.approx(found.p_value)
    assert found.exact
    assert found.name == "sign-flip (exact)"


@given(st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.1, 0.25, 0.5, 1.0]), min_size=1, max_size=11))
def test_exact_p_is_the_share_of_all_patterns(values):
    """Meeting in the middle counts what plain enumeration counts, ties and rounding included."""
    differences = np.array(values)

    assert by_hand(differences) == pytest.approx(sign_flip(differences).p_value, abs=1e-12)


def test_exact_p_of_scipy():
    """`stats.permutation_test` over all sign patterns gives the same p."""
    differences = np.random.default_rng(5).normal(0.4, 1, 12)
    expected = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=np.inf
    ).pvalue

    assert float(expected) == pytest.approx(sign_flip(differences).p_value, abs=1e-9)


def test_largest_enumerated_case_is_quick_and_right():
    """32 equal differences: p is the binomial tail."""
    differences = np.array([1.0] * 24 + [-1.0] * 8)

    assert float(stats.binomtest(8, 32).pvalue) == pytest.approx(sign_flip(differences).p_value, abs=1e-12)


@pytest.mark.parametrize("tied", [True, False])
def test_drawn_p_is_near_the_normal_one(tied):
    """With a few hundred differences, tied or not, the drawn p agrees with the t test to within the error of
    9,999 draws.
    """
    generator = np.random.default_rng(7)
    differences = (
        generator.choice([-0.5, -0.25, 0, 0.25, 0.5], 400) if tied else generator.normal(0.08, 1, 400)
    )
    found = sign_flip(differences)

    assert "sign-flip (9,999 draws)" == found.name
    assert float(stats.ttest_1samp(differences, 0).pvalue) == pytest.approx(found.p_value, abs=0.02)


def test_large_samples_are_approximated_and_say_so():
    """Above 10,000 non-zero differences the normal approximation is used, and named."""
    differences = np.random.default_rng(3).normal(0.02, 1, 12_000)
    found = sign_flip(differences)

    assert "sign-flip (normal approximation)" == found.name
    assert not found.exact
    assert float(stats.ttest_1samp(differences, 0).pvalue) == pytest.approx(found.p_value, abs=1e-3)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-5, 5), min_size=33, max_size=60), st.randoms(use_true_random=False))
def test_neither_order_nor_side_matters(values, shuffler):
    """Shuffled or mirrored differences give the very same p, drawn ones too."""
    differences = np.array(values)
    shuffled = values.copy()
    shuffler.shuffle(shuffled)

    assert sign_flip(differences).p_value == pytest.approx(sign_flip(np.array(shuffled)).p_value)
    assert sign_flip(differences).p_value == pytest.approx(sign_flip(-differences).p_value)


def test_same_seed_same_p_other_seed_other_p():
    """What is drawn depends on the seed alone."""
    differences = np.random.default_rng(1).normal(0.1, 1, 200)

    assert sign_flip(differences, seed=4) == sign_flip(differences, seed=4)
    assert len({sign_flip(differences, seed=seed) for seed in range(8)}) > 4


def test_no_difference_anywhere_has_p_one():
    """Equal inputs cannot be significant."""
    assert 1.0 == sign_flip(np.zeros(50)).p_value
    assert 1.0 == sign_flip(np.empty(0)).p_value


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_t_is_that_of_scipy(confidence):
    """Interval and p of the paired t are scipy's."""
    expected = stats.ttest_1samp(DARWIN, 0)
    low, high = expected.confidence_interval(confidence)
    found = t_interval(DARWIN, confidence)

    assert (float(low), float(high)) == pytest.approx((found.low, found.high))
    assert float(expected.pvalue) == pytest.approx(paired_t(DARWIN).p_value)


def test_one_difference_has_no_interval():
    """A single pair says nothing about spread."""
    found = t_interval(np.array([1.0]))

    assert (-np.inf, np.inf) == (found.low, found.high)


def test_wilcoxon_is_that_of_scipy():
    """The named extra is scipy's; without any difference its p is 1."""
    assert float(stats.wilcoxon(DARWIN).pvalue) == pytest.approx(wilcoxon(DARWIN).p_value)
    assert 1.0 == wilcoxon(np.zeros(10)).p_value


def test_smooth_bootstrap_is_wider_than_the_plain_one_and_repeats():
    """The kernel widens the interval a little, the seed fixes it, and the order of the pairs
    does not matter.
    """
    differences = np.random.default_rng(2).choice([-1.0, 0.0, 0.5, 1.0], 15)
    plain = stats.bootstrap(
        (differences,), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(0)
    ).confidence_interval
    found = smooth_bootstrap(differences)

    assert found.high - found.low > plain.high - plain.low
    assert found == smooth_bootstrap(differences[::-1])
    assert found != smooth_bootstrap(differences, seed=1)
    assert (float(plain.low), float(plain.high)) == pytest.approx((found.low, found.high), abs=0.12)


def test_many_even_differences_need_no_draws():
    """Thousands of differences of like size are taken as normal, as near to the drawn p as draws can tell;
    one huge one is drawn.
    """
    differences = np.random.default_rng(3).normal(0.03, 1.0, 5_000)
    found = sign_flip(differences)
    signs = np.random.default_rng(4).choice([-1.0, 1.0], size=(4_000, 5_000))
    drawn = float((np.abs(signs @ np.abs(differences)) >= abs(differences.sum())).mean())

    assert "sign-flip (normal approximation)" == found.name
    assert drawn == pytest.approx(found.p_value, abs=4 * (drawn * (1 - drawn) / 4_000) ** 0.5)
    assert "sign-flip (9,999 draws)" == sign_flip(np.append(differences, 60.0)).name


@pytest.mark.parametrize(
    "differences",
    [
        np.random.default_rng(7).exponential(1, 41) - 0.8,
        np.random.default_rng(8).normal(0.1, 1, 203),
        np.r_[np.full(80, 0.5), np.full(60, -0.6), np.random.default_rng(3).normal(0, 1, 29)],
    ],
    ids=["41 different", "203 different", "two sizes many times, 29 others"],
)
def test_drawn_signs_agree_with_scipys_permutations(differences):
    """Sizes drawn together and eight at a time give the p of scipy's own permutation test, within what
    drawing leaves.
    """
    theirs = stats.permutation_test(
        (differences,),
        lambda x, axis: x.sum(axis=axis),
        permutation_type="samples",
        n_resamples=99_999,
        rng=1,
    ).pvalue

    ours = np.mean([sign_flip(differences, seed=seed).p_value for seed in range(10)])

    # Both are shares of about 100,000 draws: four standard errors of their difference.
    assert abs(ours - theirs) <= 4 * np.sqrt(2 * theirs * (1 - theirs) / 99_999)
