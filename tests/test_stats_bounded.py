"""The bounded mean: against Clopper and Pearson, its own definition by drawn shares, the rule of three, and
the normal limit.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from arize_nb.comparison.stats import bounded
from arize_nb.comparison.stats.bounded import (
    Weighted,
    bounded_interval,
    bounded_p,
    weighted,
    weighted_clusters,
)

SCORES = st.lists(st.floats(0, 1), min_size=2, max_size=60)


def singles(values, counts):
    """Return values with how often each was seen."""
    return Weighted(
        sums=np.array(values, dtype=float), sizes=np.ones(len(values)), counts=np.array(counts, dtype=float)
    )


@pytest.mark.parametrize(
    ("passed", "n"), [(1, 6), (1, 20), (3, 20), (10, 20), (19, 20), (7, 200), (1000, 20_000), (2, 1_000_000)]
)
def test_of_verdicts_it_is_clopper_and_pearsons(passed, n):
    """Zeros and ones have the exact interval of a proportion."""
    low, high = proportion_confint(passed, n, alpha=0.05, method="beta")
    found = bounded_interval(singles([1, 0], [passed, n - passed]), 0, 1)

    assert float(low) == pytest.approx(found.low, rel=0.03)
    assert float(high) == pytest.approx(found.high, rel=2e-3)


@pytest.mark.parametrize("n", [1, 6, 30, 5000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_of_equal_values_it_is_what_so_many_can_have_missed(n, confidence):
    """None of n at the bound leaves Clopper and Pearson's upper limit of a share: the rule of three."""
    share = float(proportion_confint(0, n, alpha=1 - confidence, method="beta")[1])
    found = bounded_interval(weighted(np.full(n, 0.25)), -1, 1, confidence)

    assert (0.25 - 1.25 * share, 0.25 + 0.75 * share) == pytest.approx((found.low, found.high), rel=1e-9)
    assert 1 - confidence == pytest.approx(
        bounded_p(weighted(np.full(n, 0.25)), -1, 1, at=found.low), rel=1e-6
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [2, 8, 40])
def test_it_is_the_quantile_of_means_by_random_shares(n, seed):
    """200,000 drawn shares, uniform over all that there are, give the same ends."""
    generator = np.random.default_rng(seed)
    values = [
        generator.random(n),
        generator.lognormal(size=n) / 20,
        generator.choice([0, 0.25, 1], n),
        np.r_[0.9, np.zeros(n - 1)],
    ][seed]
    values = np.clip(values, 0, 1)
    shares = generator.dirichlet(np.ones(n + 1), 200_000)
    expected = (
        np.quantile(shares @ np.append(values, 0.0), 0.025),
        np.quantile(shares @ np.append(values, 1.0), 0.975),
    )
    found = bounded_interval(weighted(values), 0, 1)

    assert expected == pytest.approx((found.low, found.high), abs=4e-3)


@given(SCORES)
def test_it_is_mirrored_and_holds_the_mean(values):
    """Swapping the sides mirrors the interval; the mean lies within, and the ends within the bounds."""
    seen = weighted(np.array(values))
    found, back = bounded_interval(seen, 0, 1), bounded_interval(seen.mirrored(), -1, 0)

    assert (-found.high, -found.low) == pytest.approx((back.low, back.high), abs=1e-7)
    assert 0 <= found.low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= found.high <= 1


@given(SCORES, st.floats(1e-9, 1e9), st.floats(-5, 5))
def test_it_moves_and_grows_with_the_unit(values, factor, shift):
    """Another unit or origin of the scores changes nothing else."""
    numbers = np.array(values)
    once = bounded_interval(weighted(numbers), 0, 1)
    again = bounded_interval(weighted((numbers + shift) * factor), shift * factor, (1 + shift) * factor)

    assert (once.low, once.high) == pytest.approx(
        (again.low / factor - shift, again.high / factor - shift), abs=1e-6
    )


@given(SCORES, st.floats(0.8, 0.99))
def test_p_and_interval_say_the_same(values, confidence):
    """The p of the mean being at an end of the interval is 1 - confidence."""
    seen = weighted(np.array(values))
    found = bounded_interval(seen, -1, 2, confidence)

    assert (1 - confidence, 1 - confidence) == pytest.approx(
        [bounded_p(seen, -1, 2, at=end) for end in (found.low, found.high)], rel=0.06
    )


def test_many_varied_values_have_the_normal_interval():
    """A million values near the normal: mean +- 1.96 s / sqrt(n), whatever the bounds."""
    values = np.random.default_rng(0).normal(0.3, 0.1, 1_000_000)
    half = 1.959964 * values.std() / 1000
    found = bounded_interval(weighted(values), -1, 2)

    assert (values.mean() - half, values.mean() + half) == pytest.approx((found.low, found.high), abs=1e-5)


@pytest.mark.parametrize("rare", [0, 1, 40])
def test_close_values_may_be_taken_together(monkeypatch, rare):
    """Bins of very many values move the ends by next to nothing, also where a few are far off."""
    values = np.random.default_rng(1).normal(0, 0.01, 20_000)
    values[:rare] = -1.0
    found = bounded_interval(weighted(values), -1, 1)
    monkeypatch.setattr(bounded, "MANY_VALUES", 1_000_000)
    whole = bounded_interval(weighted(values), -1, 1)

    assert (whole.low, whole.high) == pytest.approx((found.low, found.high), rel=1e-3)


def test_clusters_of_a_size_are_their_means():
    """Values copied within clusters count once."""
    values = np.random.default_rng(2).random(25)
    once = bounded_interval(weighted(values), 0, 1)
    copied = bounded_interval(weighted_clusters(np.repeat(values, 7), np.repeat(np.arange(25), 7)), 0, 1)

    assert (once.low, once.high) == pytest.approx((copied.low, copied.high), rel=1e-9)


def test_clusters_of_unlike_sizes_are_drawn_whole():
    """200,000 drawn shares of the clusters, one more of mean size at the bound, give the same ends."""
    generator = np.random.default_rng(3)
    sizes = np.array([1, 2, 2, 5, 9, 20, 3, 3])
    clusters = np.repeat(np.arange(8), sizes)
    values = generator.random(len(clusters)) * 0.5 + generator.random(8)[clusters] * 0.5
    sums, shares = np.bincount(clusters, weights=values), generator.dirichlet(np.ones(9), 200_000)
    weights = shares[:, :8] @ sizes + shares[:, 8] * sizes.mean()
    ends = [(shares[:, :8] @ sums + shares[:, 8] * sizes.mean() * bound) / weights for bound in (0.0, 1.0)]
    found = bounded_interval(weighted_clusters(values, clusters), 0, 1)

    assert (np.quantile(ends[0], 0.025), np.quantile(ends[1], 0.975)) == pytest.approx(
        (found.low, found.high), abs=4e-3
    )


@pytest.mark.parametrize("n", [20, 100])
def test_a_rare_big_loss_is_covered(n):
    """5% lose everything and all others gain a hair: the t interval misses it whenever none is seen, this one
    never too often.
    """
    generator = np.random.default_rng(n)
    held = {"t": 0, "bounded": 0}
    for _ in range(400):
        values = np.where(generator.random(n) < 0.05, -1.0, 0.05 / 0.95) + generator.normal(0, 0.01, n)
        found = bounded_interval(weighted(values), -1.1, 1.1)
        low, high = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
        held["bounded"] += found.low <= 0 <= found.high
        held["t"] += low <= 0 <= high

    assert held["bounded"] >= 0.95 * 400
    assert held["t"] < 0.95 * 400
