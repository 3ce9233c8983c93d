"""Confidence sequences: an interval of a mean that holds at every number of pairs at once, however often one
looks.
"""

from __future__ import annotations

import math

from arize_nb.comparison.stats.binary import Interval

FIRST_LOOK = 30
"""Pairs below which nothing is said: the sequence is asymptotic, and its time begins here."""
TUNED_FOR = 200
"""Pairs at which the interval is narrowest relative to one of a fixed size; it holds at any other number as
well.
"""


def _rho2(level: float, tuned_for: int) -> float:
    """Return the squared tuning of the mixture that makes the boundary smallest at so many pairs."""
    return (-2 * math.log(level) + math.log(-2 * math.log(level) + 1)) / tuned_for


def sequence_interval(
    mean: float, spread: float, n: int, confidence: float = 0.95, *, tuned_for: int = TUNED_FOR
) -> Interval:
    """Return the interval of a mean after n pairs that holds at all n at once with the given confidence.

    mean +- spread sqrt(2 (n r^2 + 1) / (n^2 r^2) log(sqrt(n r^2 + 1) / level)): about 1.4 times as wide as
    the t interval at the number of pairs that it is tuned for, and wider elsewhere.

    Parameters
    ----------
    mean : float
        Mean of the differences.
    spread : float
        Their standard deviation.
    n : int
        Pairs so far.
    confidence : float
        Chance that no interval of the whole sequence misses.
    tuned_for : int
        Pairs at which it is narrowest.

    Returns
    -------
    Interval
        NaN below `FIRST_LOOK` pairs.

    References
    ----------
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52:2613, theorem 2.2 and
    equation 23 (the asymptotic confidence sequence and its tuning); Robbins (1970), Ann Math Stat 41:1397
    (the mixture).
    """
    if n < FIRST_LOOK:
        return Interval(float("nan"), float("nan"))
    level = 1 - confidence
    scale = n * _rho2(level, tuned_for)
    half = spread * math.sqrt(2 * (scale + 1) / (n * scale) * math.log(math.sqrt(scale + 1) / level))
    return Interval(mean - half, mean + half)


def sequence_p(
    mean: float, spread: float, n: int, confidence: float = 0.95, *, tuned_for: int = TUNED_FOR
) -> float:
    """Return the p of a mean of 0 that stays valid at every look: the smallest level whose sequence excludes
    0 now, with the tuning kept.

    Below `FIRST_LOOK` pairs, and without any spread, NaN.
    """
    if n < FIRST_LOOK or not spread > 0:
        return float("nan")
    scale = n * _rho2(1 - confidence, tuned_for)
    statistic = n * (mean / spread) ** 2
    return min(1.0, math.exp(0.5 * math.log(scale + 1) - statistic * scale / (2 * (scale + 1))))
