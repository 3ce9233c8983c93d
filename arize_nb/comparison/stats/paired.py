"""Paired differences: sign-flip permutation, t and smooth bootstrap intervals, Wilcoxon by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.distributions import normal_p, t_p, t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_DIFFERENCES = 32
"""Up to so many non-zero differences the sign-flip test enumerates every pattern of signs."""
RESAMPLED_DIFFERENCES = 10_000
"""Up to so many it draws patterns; above, the normal approximation is as good as exact."""
EVEN_DIFFERENCES = 5e-3
"""It is so for fewer, too, when none is much larger than the others: up to so large a sum of fourth powers
over the squared sum of squares.

The first term that the normal approximation leaves out (Edgeworth's; signs are symmetric) is that ratio times
phi(z) (z^3 - 3 z) / 6: at most 0.0005, when drawn patterns are off by 0.002 at p = 0.05.
"""
EVEN_AND_MANY = 600
"""Below so many differences patterns are drawn all the same: that is quick, and no approximation needs
defending.
"""
DRAWS = 9_999
"""Patterns drawn; the smallest p is 1 / (DRAWS + 1)."""
_TOGETHER = 50
"""Differences of one size from which on their signs are drawn as one number."""
_BOOTSTRAP_CELLS = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Test:
    """A test of "no difference" and its p."""

    name: str
    """What was done, in words."""
    p_value: float
    """Two-sided p."""
    exact: bool = False
    """Whether the p is exact: neither drawn nor approximated."""


def t_interval(differences: NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """Return mean +- t(n - 1) s / sqrt(n); the whole line below two differences.

    References
    ----------
    Student (1908), Biometrika 6:1.
    """
    n = len(differences)
    if n < 2:
        return Interval(-np.inf, np.inf)
    half = t_quantile(confidence, n - 1) * float(differences.std(ddof=1)) / np.sqrt(n)
    mean = float(differences.mean())
    return Interval(float(mean - half), float(mean + half))


def sign_flip(differences: NDArray[np.float64], *, seed: int = 0, rounding: float | None = None) -> Test:
    """Test that the mean difference is zero by flipping signs: under the null each difference is as likely as
    its negative.

    The statistic is the size of the sum of differences; zero differences cannot change it and are left aside.
    Every pattern of signs is counted up to 32 non-zero differences, 9,999 are drawn up to 10,000 of them, and
    above that, or where some hundreds are of like size, sum / sqrt(sum of squares) is taken as normal. It
    does not depend on the order of the pairs, nor on which side is the baseline.

    Parameters
    ----------
    differences : ndarray of float64
        Candidate minus baseline, one per example, no NaN.
    seed : int
        Seed of the drawn patterns; the same seed gives the same p.
    rounding : float, optional
        How far two sums may be apart and still be equal, where the scores tell: they lose more than their
        differences show. Else 16 units in the last place of the largest difference for each.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21; Hall (1992), The Bootstrap and Edgeworth Expansion,
    section 2.3; Phipson and Smyth (2010), Stat Appl Genet Mol Biol 9:39 for (hits + 1) / (draws + 1).
    """
    n = int(np.count_nonzero(differences))
    if n == 0:
        return Test(name="sign-flip (all pairs equal)", p_value=1.0, exact=True)
    observed = abs(float(differences.sum()))
    largest = float(np.abs(differences).max())
    scaled = differences / largest
    squares = scaled * scaled
    if n > RESAMPLED_DIFFERENCES or (
        n >= EVEN_AND_MANY and squares @ squares <= EVEN_DIFFERENCES * squares.sum() ** 2
    ):
        z = observed / largest / float(np.sqrt(scaled @ scaled))
        return Test(name="sign-flip (normal approximation)", p_value=normal_p(z))
    sizes = np.sort(np.abs(differences[differences != 0]))
    # Sums of the same differences in another order differ by rounding: what is equal but for that must count
    # as equal.
    slack = 16 * n * float(np.spacing(largest)) if rounding is None else rounding
    if n <= EXACT_DIFFERENCES:
        return Test(name="sign-flip (exact)", p_value=_enumerate(sizes, observed - slack), exact=True)
    hits = _draw(sizes, observed - slack, seed)
    return Test(name=f"sign-flip ({DRAWS:,} draws)", p_value=(hits + 1) / (DRAWS + 1))


def _enumerate(sizes: NDArray[np.float64], at_least: float) -> float:
    """Return the share of all 2^n sign patterns whose the size of the sum reaches `at_least`.

    Half of the differences give 2^(n/2) sums, the other half as many; for each of the first, a binary search
    counts the second ("meet in the middle": Horowitz and Sahni (1974), J ACM 21:277), so that 32 differences
    need 65,536 searches and not 4e9 sums.
    """
    left, right = _all_sums(sizes[::2]), np.sort(_all_sums(sizes[1::2]))
    above = len(right) - np.searchsorted(right, at_least - left, side="left")
    below = np.searchsorted(right, -at_least - left, side="right")
    total = len(left) * len(right)
    return min(1.0, float(above.sum() + below.sum()) / total) if at_least > 0 else 1.0


def _all_sums(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _draw(sizes: NDArray[np.float64], at_least: float, seed: int) -> int:
    """Count the drawn sign patterns whose the size of the sum reaches `at_least`.

    Sizes that are there many times are drawn together: the sum of m random signs is 2 Binomial(m, 1/2) - m.
    The others are taken eight at a time: a random byte is eight signs, and looks up their sum.
    """
    generator = np.random.default_rng(seed)
    distinct, repeats = np.unique(sizes, return_counts=True)
    often = repeats >= _TOGETHER
    sums = (
        2.0 * generator.binomial(repeats[often], 0.5, size=(DRAWS, int(often.sum()))) - repeats[often]
    ) @ (distinct[often])
    single = np.repeat(distinct[~often], repeats[~often])
    for start in range(0, len(single), 8):
        sums += _all_sums(single[start : start + 8])[
            np.frombuffer(generator.bytes(DRAWS), dtype=np.uint8) >> max(0, start + 8 - len(single))
        ]
    return int((np.abs(sums) >= at_least).sum())


def paired_t(differences: NDArray[np.float64]) -> Test:
    """Test the mean difference with Student's t on n - 1 degrees of freedom."""
    n = len(differences)
    spread = float(differences.std(ddof=1)) if n > 1 else 0.0
    if spread == 0:
        return Test(name="paired t", p_value=1.0 if n == 0 or not differences.any() or n < 2 else 0.0)
    t = float(differences.mean()) / (spread / np.sqrt(n))
    return Test(name="paired t", p_value=t_p(t, n - 1))


def wilcoxon(differences: NDArray[np.float64]) -> Test:
    """Run Wilcoxon's signed-rank test, which is about the median of symmetric differences and *not* about the
    mean shown beside it.

    On skewed differences of mean zero it rejects far too often (58% at n = 60), so it is never a default.

    References
    ----------
    Wilcoxon (1945), Biometrics Bulletin 1:80; computed by `scipy.stats.wilcoxon`.
    """
    from scipy import stats

    if not differences.any():
        return Test(name="Wilcoxon signed-rank", p_value=1.0)
    return Test(name="Wilcoxon signed-rank", p_value=float(stats.wilcoxon(np.sort(differences)).pvalue))


def smooth_bootstrap(
    differences: NDArray[np.float64], confidence: float = 0.95, *, draws: int = 4_000, seed: int = 0
) -> Interval:
    """Return the percentile interval of the mean under a bootstrap from a kernel density estimate.

    Each resampled difference gets normal noise of Silverman's bandwidth, which widens the interval at small
    n, where the plain percentile bootstrap is too short.

    References
    ----------
    Silverman (1986), Density Estimation, section 6.4; Efron and Tibshirani (1993), An Introduction to the
    Bootstrap, section 16.5.
    """
    n = len(differences)
    if n < 2:
        return Interval(-np.inf, np.inf)
    values = np.sort(differences)
    generator = np.random.default_rng(seed)
    quartiles = np.percentile(values, [25, 75])
    scale = float(values.std(ddof=1))
    robust = float(quartiles[1] - quartiles[0]) / 1.349
    bandwidth = 0.9 * (min(scale, robust) if robust > 0 else scale) * n**-0.2
    means = np.empty(draws)
    chunk = max(1, _BOOTSTRAP_CELLS // n)
    for start in range(0, draws, chunk):
        count = min(chunk, draws - start)
        picked = values[generator.integers(0, n, size=(count, n))]
        # The mean of n independent kernels is one normal of bandwidth / sqrt(n).
        means[start : start + count] = picked.mean(axis=1) + generator.normal(
            0.0, bandwidth / np.sqrt(n), size=count
        )
    low, high = np.percentile(means, [50 * (1 - confidence), 50 * (1 + confidence)])
    return Interval(float(low), float(high))
