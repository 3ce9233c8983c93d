"""Pairs that come in groups: cluster-robust t, whole clusters flipped or resampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.distributions import t_p, t_quantile
from arize_nb.comparison.stats.paired import Test, sign_flip

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW_CLUSTERS = 20
"""Below so many effective clusters a concern says so: skewed differences then raise false alarms
(docs/statistics.md).
"""
MOST_FLIPPED = 2_000
"""Up to so many clusters of any size they are flipped too, where few of them count."""


@dataclass(frozen=True, kw_only=True)
class ClusteredMean:
    """The mean of differences that come in clusters."""

    mean: float
    """Mean over the pairs."""
    standard_error: float
    """Cluster-robust standard error (CR2); NaN below two clusters."""
    clusters: int
    """Clusters, G."""
    effective: float
    """So many clusters of equal size would tell as much: (sum of sizes)^2 / sum of squared sizes."""
    freedom: float
    """Bell and McCaffrey's degrees of freedom of the error; NaN below two clusters."""

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return mean +- t(freedom) SE; the whole line below two clusters."""
        if self.clusters < 2:
            return Interval(-np.inf, np.inf)
        half = t_quantile(confidence, self.freedom) * self.standard_error
        return Interval(self.mean - half, self.mean + half)

    def test(self) -> Test:
        """Test that the mean is zero: t on Bell and McCaffrey's degrees of freedom."""
        name = f"cluster-robust t ({self.clusters:,} clusters)"
        if self.clusters < 2:
            return Test(name=name, p_value=float("nan"))
        if not self.standard_error > _ROUNDING * abs(self.mean):
            # No cluster differs from another: there is nothing to measure the mean by.
            return Test(name=name, p_value=1.0 if self.mean == 0 else float(2.0 ** (1 - self.clusters)))
        return Test(name=name, p_value=t_p(self.mean / self.standard_error, self.freedom))


_ROUNDING = 1e-12


def own_clusters(groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give every cluster a number from 0; a pair without one (-1) is a cluster by itself."""
    alone = groups < 0
    numbers = np.where(alone, int(groups.max(initial=-1)) + 1 + np.cumsum(alone), groups)
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def effective_clusters(sizes: NDArray[np.float64]) -> float:
    """Return how many clusters of equal size would tell as much as these: (sum of sizes)^2 / sum of squared
    sizes.

    One cluster of 100 pairs beside 29 of 2 counts as 2.5, not as 30.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7; Carter, Schnepel and Steigerwald (2017), Rev Econ Stat 99:698
    for why the number that matters is an effective one.
    """
    return float(sizes.sum() ** 2 / (sizes @ sizes))


def clustered_mean(differences: NDArray[np.float64], clusters: NDArray[np.int64]) -> ClusteredMean:
    """Return the mean with its cluster-robust error, corrected for few clusters and for unequal ones.

    With w_g the share of the pairs in cluster g and r_g the sum of its residuals, SE^2 = sum of r_g^2 / (1 -
    w_g) / n^2: the CR2 sandwich of a mean, unbiased where pairs are independent. Its degrees of freedom are
    those of the chi-squared with the same mean and variance, 1 / (sum of w_g^2 + sum over g != h of (w_g
    w_h)^2 / ((1 - w_g) (1 - w_h))): G - 1 where all clusters are of a size, about 1.4 less than the number of
    effective clusters where one is large. (CR1 with t on G - 1 gave 28% to 73% false alarms with one large
    cluster.)

    Parameters
    ----------
    differences : ndarray of float64
        One per pair.
    clusters : ndarray of int64
        Cluster of every pair, from 0 without gaps (`own_clusters`).

    References
    ----------
    Bell and McCaffrey (2002), Surv Methodol 28:169; Pustejovsky and Tipton (2018), J Bus Econ Stat 36:672 (R:
    clubSandwich); Imbens and Kolesár (2016), Rev Econ Stat 98:701; Miller (2024), arXiv:2411.00640, section
    2, for why evaluations need it.
    """
    n, sizes = len(differences), np.bincount(clusters).astype(np.float64)
    count, mean = len(sizes), float(differences.mean())
    effective = effective_clusters(sizes)
    if count < 2:
        return ClusteredMean(
            mean=mean, standard_error=float("nan"), clusters=count, effective=effective, freedom=float("nan")
        )
    sums, shares = np.bincount(clusters, weights=differences - mean), sizes / n
    error = float(np.sqrt((sums**2 / (1 - shares)).sum())) / n
    pull = shares**2 / (1 - shares)
    freedom = 1 / float(shares @ shares + pull.sum() ** 2 - pull @ pull)
    return ClusteredMean(
        mean=mean, standard_error=error, clusters=count, effective=effective, freedom=freedom
    )


def cluster_sign_flip(
    differences: NDArray[np.float64], clusters: NDArray[np.int64], *, seed: int = 0
) -> Test:
    """Flip the signs of whole clusters: the sign-flip test over the sums of the clusters, so exact with few
    of them.
    """
    found = sign_flip(np.asarray(np.bincount(clusters, weights=differences), dtype=np.float64), seed=seed)
    return Test(name=f"cluster {found.name}", p_value=found.p_value, exact=found.exact)


def cluster_test(differences: NDArray[np.float64], clusters: NDArray[np.int64], *, seed: int = 0) -> Test:
    """Return the robust t test, or the flipping of whole clusters where that is the more cautious of the two
    and they are few.

    Either alone alarms too often somewhere: t of five large clusters beside many small ones (7%), flips of
    few clusters that are skewed.
    """
    found = clustered_mean(differences, clusters)
    by_t = found.test()
    if found.clusters < 2 or found.effective >= FEW_CLUSTERS or found.clusters > MOST_FLIPPED:
        return by_t
    flipped = cluster_sign_flip(differences, clusters, seed=seed)
    return flipped if flipped.p_value > by_t.p_value else by_t


def cluster_bootstrap(
    differences: NDArray[np.float64],
    clusters: NDArray[np.int64],
    confidence: float = 0.95,
    *,
    draws: int = 4_000,
    seed: int = 0,
) -> Interval:
    """Return the percentile interval of the mean when whole clusters are drawn with replacement.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
    """
    sums, sizes = np.bincount(clusters, weights=differences), np.bincount(clusters)
    # In an order of their own, so that the order of the pairs does not decide what is drawn.
    order = np.lexsort((sums, sizes))
    sums, sizes = sums[order], sizes[order]
    generator = np.random.default_rng(seed)
    means = np.empty(draws)
    chunk = max(1, 4_000_000 // len(sums))
    for start in range(0, draws, chunk):
        picked = generator.integers(0, len(sums), size=(min(chunk, draws - start), len(sums)))
        means[start : start + len(picked)] = sums[picked].sum(axis=1) / sizes[picked].sum(axis=1)
    low, high = np.percentile(means, [50 * (1 - confidence), 50 * (1 + confidence)])
    return Interval(float(low), float(high))
