"""Label x label tables of pairs: Bowker's test of symmetry and the Stuart-Maxwell test of equal
label shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.distributions import chi2_p
from arize_nb.comparison.stats.paired import Test

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL_SIGNS, MANY_MOVED = 12, 200
"""Up to so many parts all signs are tried; of more clusters than this the test is not short of any."""
_STARTS = 8


def bowker(table: NDArray[np.int64]) -> Test:
    """Test that label i became j as often as j became i, for every pair of labels.

    B = sum over i < j of (n_ij - n_ji)^2 / (n_ij + n_ji), chi-squared with as many degrees of freedom as
    pairs of labels with a change between them (`SquareTable.symmetry` of statsmodels counts the empty ones
    too).

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

    With d = row sums - column sums and S = diag(row + column sums) - N - N', the statistic is d' S^- d,
    chi-squared with rank(S) degrees of freedom. The generalised inverse covers labels that never change and
    groups of labels that never mix, where `SquareTable.homogeneity` of statsmodels meets a singular matrix;
    elsewhere the two agree. With two labels it is McNemar's chi-squared.

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
    return Test(
        name=f"Stuart-Maxwell (chi2 = {statistic:.4g}, df = {freedom})", p_value=chi2_p(statistic, freedom)
    )


def least_label_p(table: NDArray[np.int64]) -> float:
    """Return the smallest p that the Stuart-Maxwell test can give if all pairs change, between the labels
    between which some did.

    Where every pair of labels is changed one way only, in the ways that make the statistic largest, and as
    many pairs change as there are. With many labels and few pairs even that is not significant: eight labels
    and ten pairs are too few, whatever they show. 0 where no label changes.
    """
    upper = np.triu_indices(len(table), 1)
    changed = (table + table.T)[upper].astype(np.float64)
    held = changed > 0
    if not held.any():
        return 0.0
    ways = np.zeros((int(held.sum()), len(table)))
    places = np.arange(len(ways))
    ways[places, upper[0][held]], ways[places, upper[1][held]] = 1.0, -1.0
    weights = changed[held]
    spread = (ways * weights[:, None]).T @ ways
    most = _largest(ways * weights[:, None], spread) * float(table.sum()) / float(weights.sum())
    return chi2_p(most, int(np.linalg.matrix_rank(spread)))


def least_clustered_p(
    before: NDArray[np.int64], after: NDArray[np.int64], clusters: NDArray[np.int64], labels: int
) -> float:
    """Return the smallest p that the test over clusters can give if all clusters change, each as one of those
    that did or its mirror.
    """
    gaps = _gaps(before, after, clusters, labels)
    moved = gaps[gaps.any(axis=1)]
    if not len(moved) or len(moved) > MANY_MOVED:
        return 0.0
    spread = moved.T @ moved
    most = _largest(moved, spread) * len(gaps) / len(moved)
    return chi2_p(most, int(np.linalg.matrix_rank(spread)))


def _largest(parts: NDArray[np.float64], spread: NDArray[np.float64]) -> float:
    """Return the largest d' S^- d over all signs of the parts that d is the sum of; of more than 12 the best
    climb of several.
    """
    form = parts @ np.linalg.pinv(spread, hermitian=True) @ parts.T
    count = len(parts)
    if count <= ALL_SIGNS:
        signs = 1.0 - 2.0 * ((np.arange(2 ** (count - 1))[:, None] >> np.arange(count)) & 1)
        return float(np.einsum("si,ij,sj->s", signs, form, signs).max())
    starts = np.where(np.linalg.eigh(form)[1].T[-_STARTS:] >= 0, 1.0, -1.0)
    return max(_climb(form, start) for start in starts)


def _climb(form: NDArray[np.float64], signs: NDArray[np.float64]) -> float:
    """Flip the sign that gains most until none gains."""
    signs, diagonal = signs.copy(), np.diag(form)
    for _ in range(10 * len(signs)):
        gains = -4 * (signs * (form @ signs) - diagonal)
        best = int(gains.argmax())
        if gains[best] <= 1e-9:
            break
        signs[best] = -signs[best]
    return float(signs @ form @ signs)


def stuart_maxwell_clustered(
    before: NDArray[np.int64], after: NDArray[np.int64], clusters: NDArray[np.int64], labels: int
) -> Test:
    """Run the Stuart-Maxwell test for pairs that come in clusters.

    With d_g the label counts of cluster g before less after, the statistic is d' (sum of d_g d_g')^- d.
    Clusters of one pair give the plain test: there the sum is exactly its S.

    References
    ----------
    The variance is that of flipping whole clusters, as in Durkalski et al. (2003), Statistics in Medicine
    22:2417, for two labels (who also weight each cluster by its size).
    """
    gaps = _gaps(before, after, clusters, labels)
    count = len(gaps)
    spread, gap = gaps.T @ gaps, gaps.sum(axis=0)
    freedom = int(np.linalg.matrix_rank(spread))
    name = f"cluster-robust Stuart-Maxwell ({count:,} clusters)"
    if not freedom:
        return Test(name=name, p_value=1.0)
    statistic = float(gap @ np.linalg.pinv(spread, hermitian=True) @ gap)
    return Test(name=name, p_value=chi2_p(statistic, freedom))


def _gaps(
    before: NDArray[np.int64], after: NDArray[np.int64], clusters: NDArray[np.int64], labels: int
) -> NDArray[np.float64]:
    """Return the label counts of every cluster before less after."""
    cells = (int(clusters.max()) + 1) * labels
    counts = [np.bincount(clusters * labels + codes, minlength=cells) for codes in (before, after)]
    return (counts[0] - counts[1]).reshape(-1, labels).astype(np.float64)
