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
"""Below so many clusters the robust error is known to come out too small."""


@dataclass(frozen=True, kw_only=True)
class ClusteredMean:
    """The mean of differences that come in clusters."""

    mean: float
    """Mean over the pairs."""
    standard_error: float
    """Cluster-robust standard error; NaN below two clusters."""
    clusters: int
    """Clusters, G."""

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return mean +- t(G - 1) SE; the whole line below two clusters."""
        if self.clusters < 2:
            return Interval(-np.inf, np.inf)
        half = t_quantile(confidence, self.clusters - 1) * self.standard_error
        return Interval(self.mean - half, self.mean + half)

    def test(self) -> Test:
        """Test that the mean is zero: t on G - 1 degrees of freedom."""
        name = f"cluster-robust t ({self.clusters:,} clusters)"
        if self.clusters < 2:
            return Test(name=name, p_value=float("nan"))
        if self.standard_error == 0:
            return Test(name=name, p_value=1.0 if self.mean == 0 else 0.0)
        return Test(name=name, p_value=t_p(self.mean / self.standard_error, self.clusters - 1))


def own_clusters(groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give every cluster a number from 0; a pair without one (-1) is a cluster by itself."""
    alone = groups < 0
    numbers = np.where(alone, int(groups.max(initial=-1)) + 1 + np.cumsum(alone), groups)
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def clustered_mean(differences: NDArray[np.float64], clusters: NDArray[np.int64]) -> ClusteredMean:
    """Return the mean with its cluster-robust error.

    SE^2 = G / (G - 1) sum over clusters of (sum of residuals in it)^2 / n^2: the CR1 sandwich of a mean, as
    `statsmodels.OLS(d, 1).fit(cov_type="cluster")` has it.

    Parameters
    ----------
    differences : ndarray of float64
        One per pair.
    clusters : ndarray of int64
        Cluster of every pair, from 0 without gaps (`own_clusters`).

    References
    ----------
    Liang and Zeger (1986), Biometrika 73:13; Cameron and Miller (2015), J Human Resources 50:317; Miller (2024), arXiv:2411.00640,
    section 2.
    """
    n, count = len(differences), int(clusters.max()) + 1
    mean = float(differences.mean())
    if count < 2:
        return ClusteredMean(mean=mean, standard_error=float("nan"), clusters=count)
    sums = np.bincount(clusters, weights=differences - mean, minlength=count)
    error = float(np.sqrt(count / (count - 1) * (sums**2).sum())) / n
    return ClusteredMean(mean=mean, standard_error=error, clusters=count)


def cluster_sign_flip(differences: NDArray[np.float64], clusters: NDArray[np.int64], *, seed: int = 0) -> Test:
    """Flip the signs of whole clusters: the sign-flip test over the sums of the clusters, so exact with few of them."""
    found = sign_flip(np.asarray(np.bincount(clusters, weights=differences), dtype=np.float64), seed=seed)
    return Test(name=f"cluster {found.name}", p_value=found.p_value, exact=found.exact)


def cluster_bootstrap(
    differences: NDArray[np.float64], clusters: NDArray[np.int64], confidence: float = 0.95, *, draws: int = 4_000, seed: int = 0
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
