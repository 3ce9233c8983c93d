"""Pass/fail pairs: McNemar's tests and intervals of a proportion and of a paired difference."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from arize_nb.comparison.stats.distributions import beta_point, fair_binomial_below, normal_quantile


@dataclass(frozen=True)
class Interval:
    """An interval `low`..`high` in the unit of what it is about."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Flips:
    """The 2 x 2 table of pass/fail pairs."""

    both_pass: int
    """Passed on both sides."""
    lost: int
    """Passed in the baseline, failed in the candidate."""
    won: int
    """Failed in the baseline, passed in the candidate."""
    both_fail: int
    """Failed on both sides."""

    @property
    def n(self) -> int:
        """Count the pairs."""
        return self.both_pass + self.lost + self.won + self.both_fail

    @property
    def delta(self) -> float:
        """Return the difference of the pass rates, candidate minus baseline."""
        return (self.won - self.lost) / self.n


def mcnemar_exact(lost: int, won: int) -> float:
    """Return the two-sided exact p of McNemar's test: 2 P(X <= min(lost, won)), X ~ Binomial(lost + won,
    1/2), at most 1.

    References
    ----------
    McNemar (1947), Psychometrika 12:153. `statsmodels.stats.contingency_tables.mcnemar(exact=True)` gives the
    same.
    """
    trials = lost + won
    return min(1.0, 2 * fair_binomial_below(min(lost, won), trials)) if trials else 1.0


def mcnemar_midp(lost: int, won: int) -> float:
    """Return the two-sided mid-p of McNemar's test: only half of the probability of what was seen counts as
    "at least as extreme".

    Exact p - P(X = lost), and 1 - P(X = lost) / 2 where as many were lost as won; 1 without any flip. The
    exact test is far too cautious at small n (true size 0.5% at 20 pairs); the mid-p stays near its level.

    References
    ----------
    Fagerland, Lydersen and Laake (2013), BMC Med Res Methodol 13:91.
    """
    trials = lost + won
    if not trials:
        return 1.0
    few = min(lost, won)
    fewer = fair_binomial_below(few - 1, trials)
    return 0.5 + fewer if lost == won else min(1.0, fewer + fair_binomial_below(few, trials))


def wilson(passed: int, n: int, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion (0..1).

    References
    ----------
    Wilson (1927), JASA 22:209.
    """
    z = normal_quantile(confidence)
    share = passed / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if passed == 0 else (middle - half) / scale
    high = 1.0 if passed == n else (middle + half) / scale
    return Interval(low, high)


def clopper_pearson(passed: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the exact interval of a proportion (0..1), which never covers less than it says.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26:404;
    `statsmodels.stats.proportion.proportion_confint(method="beta")` gives the same.
    """
    alpha = (1 - confidence) / 2
    low = beta_point(alpha, passed, n - passed + 1) if passed else 0.0
    return Interval(low, beta_point(1 - alpha, passed + 1, n - passed) if passed < n else 1.0)


def newcombe(flips: Flips, confidence: float = 0.95) -> Interval:
    """Return Newcombe's score interval of the difference of two paired proportions, candidate minus baseline
    (-1..1).

    His method 10: Wilson intervals of both rates, joined through the correlation of the pairs with a
    continuity correction. Coverage stays at or above its level from ten pairs on.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17:2635, method 10.
    """
    n, both, lost, won, neither = flips.n, flips.both_pass, flips.lost, flips.won, flips.both_fail
    baseline, candidate = both + lost, both + won
    first, second = wilson(candidate, n, confidence), wilson(baseline, n, confidence)
    share_c, share_b = candidate / n, baseline / n
    margins = candidate * (n - candidate) * baseline * (n - baseline)
    cross = both * neither - lost * won
    cross_corrected = max(cross - n / 2, 0.0) if cross > 0 else float(cross)
    phi = cross_corrected / sqrt(margins) if margins else 0.0
    down_c, up_c = share_c - first.low, first.high - share_c
    down_b, up_b = share_b - second.low, second.high - share_b
    low = flips.delta - sqrt(max(down_c**2 - 2 * phi * down_c * up_b + up_b**2, 0.0))
    high = flips.delta + sqrt(max(up_c**2 - 2 * phi * up_c * down_b + down_b**2, 0.0))
    return Interval(max(low, -1.0), min(high, 1.0))


def bonett_price(flips: Flips, confidence: float = 0.95) -> Interval:
    """Return Bonett and Price's adjusted Wald interval of the difference of two paired proportions, candidate
    minus baseline.

    One pair is added to each kind of flip: p = (flips + 1) / (n + 2).

    References
    ----------
    Bonett and Price (2012), J Educ Behav Stat 37:479.
    """
    z = normal_quantile(confidence)
    won, lost = (flips.won + 1) / (flips.n + 2), (flips.lost + 1) / (flips.n + 2)
    middle = won - lost
    half = z * sqrt((won + lost - middle**2) / (flips.n + 2))
    return Interval(max(middle - half, -1.0), min(middle + half, 1.0))
