"""What a comparison could have seen: smallest detectable difference, and rows or repetitions needed for a
wanted one.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.distributions import normal_point, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

POWER = 0.8
"""Chance of finding a difference that is there, unless told otherwise."""


def discordance(lost: int, won: int, n: int) -> float:
    """Return the share of pairs that flip, with one flip in n + 2 pairs added: none seen does not mean that
    none can come.
    """
    return (lost + won + 1) / (n + 2)


def flips_needed(delta: float, flip_share: float, confidence: float = 0.95, power: float = POWER) -> float:
    """Return the pairs McNemar's test needs to find a difference of pass rates.

    n = (z_a sqrt(psi) + z_b sqrt(psi - delta^2))^2 / delta^2, with psi the share of pairs that flip, at least
    the size of delta.

    References
    ----------
    Connor (1987), Biometrics 43:207.
    """
    psi = max(flip_share, abs(delta))
    z_a, z_b = normal_quantile(confidence), normal_point(power)
    return (z_a * sqrt(psi) + z_b * sqrt(max(psi - delta**2, 0.0))) ** 2 / delta**2


def flips_detectable(n: int, flip_share: float, confidence: float = 0.95, power: float = POWER) -> float:
    """Return the smallest difference of pass rates that n pairs find with the given power; NaN when even 1 is
    not found.
    """
    if n < 1 or flips_needed(1.0, flip_share, confidence, power) > n:
        return float("nan")
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if flips_needed(middle, flip_share, confidence, power) <= n:
            high = middle
        else:
            low = middle
    return high


def unseen_share(n: float, confidence: float = 0.95) -> float:
    """Return the largest share of all that n may have missed though none of them shows it: 1 - ((1 -
    confidence) / 2)^(1 / n).

    References
    ----------
    Louis (1981), The American Statistician 35:154; Hanley and Lippman-Hand (1983), JAMA 249:1743 ("rule of
    three").
    """
    return float(1 - ((1 - confidence) / 2) ** (1 / n))


def means_needed(delta: float, variance: float, confidence: float = 0.95, power: float = POWER) -> int:
    """Return the pairs needed to find a mean difference: (z_a + z_b)^2 variance / delta^2, variance being
    that of one pair's difference.

    With K repetitions the variance of a pair is w^2 + s_b^2 / K_b + s_c^2 / K_c: between examples, and within
    them on either side.

    References
    ----------
    Miller (2024), arXiv:2411.00640, section 5.
    """
    z = normal_quantile(confidence) + normal_point(power)
    return max(2, ceil(z * z * variance / delta**2 - 1e-9))


def variance_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of a sample variance, s^2 sqrt((kurtosis - 1 + 2 / (n - 1)) / n); of normal
    values s^2 sqrt(2 / (n - 1)).

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, section 27.4.
    """
    n, gaps = len(values), values - values.mean()
    largest = float(np.abs(gaps).max())
    if n < 2 or largest == 0:
        return 0.0
    scaled = gaps / largest
    variance = float(scaled @ scaled) / n
    kurtosis = float((scaled**4).mean()) / variance**2
    return float(values.var(ddof=1)) * sqrt(max(kurtosis - 1 + 2 / (n - 1), 0.0) / n)


def mean_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of a mean; NaN among the values is left aside, and fewer than two give 0."""
    known = values[~np.isnan(values)]
    return float(known.std(ddof=1)) / sqrt(len(known)) if len(known) > 1 else 0.0
