"""Agreement of two raters over the same items: percent, Cohen's kappa, sensitivity, correlation."""

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
    """Cohen's kappa: agreement beyond what the raters' shares of labels give by chance; 1 is perfect, 0 is chance."""

    value: float
    """Kappa; NaN when both raters use one and the same label only."""
    interval: Interval
    """Its large-sample interval."""


def cohen_kappa(table: NDArray[np.int64], confidence: float = 0.95) -> Kappa:
    """Return Cohen's kappa of a label x label table, with the large-sample interval.

    References
    ----------
    Cohen (1960), Educ Psychol Meas 20:37; error of Fleiss, Cohen and Everitt (1969), Psychol Bull 72:323. Computed by
    `statsmodels.stats.inter_rater.cohens_kappa`.
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    n = table.sum()
    nothing = Kappa(value=float("nan"), interval=Interval(float("nan"), float("nan")))
    if not n:
        return nothing
    chance = float(table.sum(axis=1) @ table.sum(axis=0)) / float(n) ** 2
    if chance >= 1:
        return nothing
    found = cohens_kappa(table)
    half = normal_quantile(confidence) * float(np.sqrt(max(found.var_kappa, 0.0)))
    return Kappa(value=float(found.kappa), interval=Interval(max(found.kappa - half, -1.0), min(found.kappa + half, 1.0)))


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
