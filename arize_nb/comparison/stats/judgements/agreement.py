"""Agreement of two raters over the same items: Cohen's kappa, Gwet's AC1, rank correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.distributions import normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Kappa:
    """Cohen's kappa: agreement beyond what the raters' shares of labels give by chance; 1 is perfect, 0 is
    chance.
    """

    value: float
    """Kappa; NaN when both raters use one and the same label only."""
    interval: Interval
    """Its large-sample interval."""


def cohen_kappa(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    items: NDArray[np.int64],
    labels: int,
    confidence: float = 0.95,
) -> Kappa:
    """Return Cohen's kappa of two raters, with the large-sample interval.

    The variance is the sum over items of their squared influence on kappa, [match - p_o - (1 - kappa)
    (c_first + r_second - 2 p_e)] / (1 - p_e) / n, which is Fleiss, Cohen and Everitt's (and that of
    `statsmodels.stats.inter_rater.cohens_kappa`). Judgements of one item, over again or in several
    experiments, are not independent: their influences are added up before they are squared.

    Parameters
    ----------
    first, second : ndarray of int64
        Label of either rater, a number from 0 below `labels`, a judgement each.
    items : ndarray of int64
        What was judged (the example), a number from 0; once each when all judgements are independent.
    labels : int
        Labels that there are.
    confidence : float
        Level of the interval.

    References
    ----------
    Cohen (1960), Educ Psychol Meas 20:37; Fleiss, Cohen and Everitt (1969), Psychol Bull 72:323; Yang and
    Zhou (2015), Comput Stat Data Anal 82:1 for judgements in clusters.
    """
    n = len(first)
    rows, columns = (np.bincount(rater, minlength=labels) / max(n, 1) for rater in (first, second))
    chance = float(rows @ columns)
    if not n or chance >= 1:
        return Kappa(value=float("nan"), interval=Interval(float("nan"), float("nan")))
    match = first == second
    agreed = float(match.mean())
    kappa = (agreed - chance) / (1 - chance)
    influence = (match - agreed - (1 - kappa) * (columns[first] + rows[second] - 2 * chance)) / (1 - chance)
    of_items = np.bincount(items, weights=influence)
    half = normal_quantile(confidence) * float(np.sqrt(of_items @ of_items)) / n
    return Kappa(value=kappa, interval=Interval(max(kappa - half, -1.0), min(kappa + half, 1.0)))


def gwet_ac1(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    items: NDArray[np.int64],
    labels: int,
    confidence: float = 0.95,
) -> Kappa:
    """Return Gwet's AC1 of two raters, with the large-sample interval.

    Like kappa, (p_o - p_e) / (1 - p_e), with the chance agreement p_e = sum_k m_k (1 - m_k) / (labels - 1)
    over the mean shares m_k of both raters: where nearly all items are of one label, kappa falls to 0 or
    below although the raters agree, and AC1 does not. The variance sums the squared influence of every item,
    as Gwet's does; judgements of one item are added up first (see `cohen_kappa`).

    Returns
    -------
    Kappa
        NaN where there is one label only.

    References
    ----------
    Gwet (2008), Br J Math Stat Psychol 61:29 (his table of 125 patients gives .9408); Feinstein and Cicchetti
    (1990), J Clin Epidemiol 43:543 (why kappa falls).
    """
    n = len(first)
    if not n or labels < 2:
        return Kappa(value=float("nan"), interval=Interval(float("nan"), float("nan")))
    shares = (np.bincount(first, minlength=labels) + np.bincount(second, minlength=labels)) / (2 * n)
    chance = float((shares * (1 - shares)).sum()) / (labels - 1)
    match = first == second
    agreed = float(match.mean())
    value = (agreed - chance) / (1 - chance)
    slope = (1 - 2 * shares) / (labels - 1)
    moves = (slope[first] + slope[second]) / 2 - float(slope @ shares)
    influence = (match - agreed) / (1 - chance) - (1 - agreed) / (1 - chance) ** 2 * moves
    of_items = np.bincount(items, weights=influence)
    half = normal_quantile(confidence) * float(np.sqrt(of_items @ of_items)) / n
    return Kappa(value=value, interval=Interval(max(value - half, -1.0), min(value + half, 1.0)))


PREVALENT = 0.9
"""Share of one label from which on kappa says little."""


def prevalence(first: NDArray[np.int64], second: NDArray[np.int64], labels: int) -> float:
    """Return the largest share that a label has among the judgements of both raters, 0..1; NaN
    without any.
    """
    n = len(first)
    if not n:
        return float("nan")
    return float((np.bincount(first, minlength=labels) + np.bincount(second, minlength=labels)).max()) / (
        2 * n
    )


def spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation; NaN when a side does not vary.

    References
    ----------
    Spearman (1904), Am J Psychol 15:72; computed by `scipy.stats.spearmanr`.
    """
    from scipy import stats

    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(stats.spearmanr(first, second).statistic)
