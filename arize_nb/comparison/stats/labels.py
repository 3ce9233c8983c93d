"""Label x label tables of pairs: Bowker's test of symmetry and the Stuart-Maxwell test of equal label shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.distributions import chi2_p
from arize_nb.comparison.stats.paired import Test

if TYPE_CHECKING:
    from numpy.typing import NDArray


def bowker(table: NDArray[np.int64]) -> Test:
    """Test that label i became j as often as j became i, for every pair of labels.

    B = sum over i < j of (n_ij - n_ji)^2 / (n_ij + n_ji), chi-squared with as many degrees of freedom as pairs of labels with a change
    between them (`SquareTable.symmetry` of statsmodels counts the empty ones too).

    References
    ----------
    Bowker (1948), JASA 43:572.
    """
    upper = np.triu_indices(len(table), 1)
    there, back = table[upper].astype(np.float64), table.T[upper].astype(np.float64)
    changed = there + back > 0
    freedom = int(changed.sum())
    if not freedom:
        return Test(name="Bowker", p_value=1.0)
    statistic = float(((there - back)[changed] ** 2 / (there + back)[changed]).sum())
    return Test(name=f"Bowker (chi2 = {statistic:.4g}, df = {freedom})", p_value=chi2_p(statistic, freedom))


def stuart_maxwell(table: NDArray[np.int64]) -> Test:
    """Test that both sides use every label equally often.

    With d = row sums - column sums and S = diag(row + column sums) - N - N', the statistic is d' S^- d, chi-squared with rank(S) degrees
    of freedom. The generalised inverse covers labels that never change and groups of labels that never mix, where
    `SquareTable.homogeneity` of statsmodels meets a singular matrix; elsewhere the two agree. With two labels it is McNemar's chi-squared.

    References
    ----------
    Stuart (1955), Biometrika 42:412; Maxwell (1970), Br J Psychiatry 116:651.
    """
    counts = table.astype(np.float64)
    gap = counts.sum(axis=1) - counts.sum(axis=0)
    spread = np.diag(counts.sum(axis=1) + counts.sum(axis=0)) - counts - counts.T
    freedom = int(np.linalg.matrix_rank(spread))
    if not freedom:
        return Test(name="Stuart-Maxwell", p_value=1.0)
    statistic = float(gap @ np.linalg.pinv(spread, hermitian=True) @ gap)
    return Test(name=f"Stuart-Maxwell (chi2 = {statistic:.4g}, df = {freedom})", p_value=chi2_p(statistic, freedom))


def stuart_maxwell_clustered(before: NDArray[np.int64], after: NDArray[np.int64], clusters: NDArray[np.int64], labels: int) -> Test:
    """Run the Stuart-Maxwell test for pairs that come in clusters.

    With d_g the label counts of cluster g before less after, the statistic is d' (sum of d_g d_g')^- d. Clusters of one pair give the plain
    test: there the sum is exactly its S.

    References
    ----------
    The variance is that of flipping whole clusters, as in Durkalski et al. (2003), Statistics in Medicine 22:2417, for two labels (who
    also weight each cluster by its size).
    """
    count = int(clusters.max()) + 1
    gaps = np.bincount(clusters * labels + before, minlength=count * labels) - np.bincount(
        clusters * labels + after, minlength=count * labels
    )
    gaps = gaps.reshape(count, labels).astype(np.float64)
    spread, gap = gaps.T @ gaps, gaps.sum(axis=0)
    freedom = int(np.linalg.matrix_rank(spread))
    name = f"cluster-robust Stuart-Maxwell ({count:,} clusters)"
    if not freedom:
        return Test(name=name, p_value=1.0)
    statistic = float(gap @ np.linalg.pinv(spread, hermitian=True) @ gap)
    return Test(name=name, p_value=chi2_p(statistic, freedom))
