"""The mean of values within known bounds: an interval that holds what so many values can have missed, however
they are distributed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.distributions import normal_below, normal_point

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MANY_VALUES = 4_096
"""More distinct values than this are taken together in so many bins, each with its own mean; that moves a
bound by less than 1e-3 of it.
"""
_STEPS = 100
_CLOSE = 1e-10
_FAR = -80.0


@dataclass(frozen=True, kw_only=True)
class Weighted:
    """Values with how often each was seen: `sums[i] / sizes[i]` is a value (the mean of a cluster), seen
    `counts[i]` times.
    """

    sums: NDArray[np.float64]
    """Sum of every unit."""
    sizes: NDArray[np.float64]
    """Its size: 1, or the members of a cluster."""
    counts: NDArray[np.float64]
    """How many such units there are."""

    @property
    def units(self) -> float:
        """Return how many units there are."""
        return float(self.counts.sum())

    @property
    def mean(self) -> float:
        """Return the mean over all members."""
        return float((self.counts @ self.sums) / (self.counts @ self.sizes))

    @property
    def mean_size(self) -> float:
        """Return the mean size of a unit."""
        return float((self.counts @ self.sizes) / self.units)

    def mirrored(self) -> Weighted:
        """Return the negatives, so that an upper bound is a lower one."""
        return Weighted(sums=-self.sums, sizes=self.sizes, counts=self.counts)


def weighted(values: NDArray[np.float64]) -> Weighted:
    """Return single values, equal ones (of very many: close ones) taken together."""
    if len(values) <= MANY_VALUES:
        return Weighted(sums=values, sizes=np.ones(len(values)), counts=np.ones(len(values)))
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return Weighted(sums=values[:1], sizes=np.ones(1), counts=np.array([float(len(values))]))
    places = np.minimum(((values - low) * (MANY_VALUES / (high - low))).astype(np.int64), MANY_VALUES - 1)
    counts = np.bincount(places, minlength=MANY_VALUES)
    held = counts > 0
    means = np.bincount(places, weights=values - low, minlength=MANY_VALUES)[held] / counts[held] + low
    return Weighted(sums=means, sizes=np.ones(len(means)), counts=counts[held].astype(np.float64))


def weighted_clusters(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> Weighted:
    """Return the clusters of values (numbers from 0 without gaps) as units."""
    sizes = np.bincount(clusters).astype(np.float64)
    sums = np.bincount(clusters, weights=values)
    return Weighted(sums=np.asarray(sums, dtype=np.float64), sizes=sizes, counts=np.ones(len(sizes)))


def bounded_interval(seen: Weighted, low: float, high: float, confidence: float = 0.95) -> Interval:
    """Return an interval of the mean of values that lie within `low`..`high`, by Gaffke's bound on either
    side.

    Give the n units seen, and one more at the bound, random shares of the whole, uniform over all that there
    are: Dirichlet(1, …, 1). The lower end is the (1 - confidence) / 2 quantile of the mean by such shares
    with a unit at `low`; the upper one likewise with one at `high`. Of values that are 0 or 1 it is Clopper
    and Pearson's interval; where all are equal it holds what so many can have missed ("rule of three"); of
    many values that vary it is mean +- z s / sqrt(n). So it needs neither a switch nor a choice of a
    variance.

    That it covers whatever the distribution is Gaffke's conjecture: proven for two values and for n = 1, 2,
    and no counterexample is known; docs/statistics.md has our own simulation.

    Parameters
    ----------
    seen : Weighted
        The values, or clusters of them; at least one.
    low, high : float
        What no value is beyond, in the unit of the values.
    confidence : float
        Level.

    References
    ----------
    Gaffke (2005), "Three test statistics for a nonparametric one-sided hypothesis on the mean of a
    nonnegative variable", Math Methods Stat 14:451; Learned-Miller and Thomas (2020), arXiv:1905.06208;
    Clopper and Pearson (1934), Biometrika 26:404. The quantile is that of the saddlepoint approximation:
    Lugannani and Rice (1980), Adv Appl Probab 12:475; Barndorff-Nielsen (1986), Biometrika 73:307.
    """
    alpha = (1 - confidence) / 2
    return Interval(_lower(seen, low, alpha), -_lower(seen.mirrored(), -high, alpha))


def bounded_p(seen: Weighted, low: float, high: float, at: float = 0.0) -> float:
    """Return the two-sided p of the mean being `at`, by inverting `bounded_interval`: twice the smaller of
    the one-sided ones.
    """
    if seen.mean < at:
        seen, low, at = seen.mirrored(), -high, -at
    if at <= low:
        return 0.0
    if _alike(seen, seen.mean - low):
        return float(min(1.0, 2 * ((at - low) / (seen.mean - low)) ** seen.units))
    return float(min(1.0, 2 * normal_below(_root(seen, low, at))))


def _lower(seen: Weighted, low: float, alpha: float) -> float:
    """Return the alpha quantile of the mean by random shares, one more unit lying at `low`."""
    mean = seen.mean
    reach = mean - low
    if not reach > 0:
        return low
    gaps = seen.sums - mean * seen.sizes
    if _alike(seen, reach):
        # All alike: the share of the unit at the bound is Beta(1, n).
        return low + reach * float(alpha ** (1 / seen.units))
    wanted = normal_point(alpha)
    if float(np.ptp(seen.sizes)) == 0:
        # No value is beyond the bound; rounding may say so.
        scaled = np.maximum(gaps / (seen.sizes * reach), -1.0)

        def miss(tilt: float) -> float:
            return _tilted(scaled, seen.counts, tilt)[1] - wanted

        return mean + reach * _tilted(scaled, seen.counts, _solve(miss, _FAR, -1e-9))[0]

    def short(place: float) -> float:
        return _root(seen, low, low + reach * place) - wanted

    return low + reach * _solve(short, 1e-12, 1 - 1e-12)


def _alike(seen: Weighted, reach: float) -> bool:
    """Say whether all units have the same mean, but for rounding."""
    return float(np.abs(seen.sums - seen.mean * seen.sizes).max()) <= 1e-12 * reach * seen.mean_size


def _tilted(gaps: NDArray[np.float64], counts: NDArray[np.float64], log_left: float) -> tuple[float, float]:
    """Return a quantile and its place on the normal line, by the tilt that has it as its mean; the unit at
    the bound lies at -1.

    Shares are exponentials over their sum, so that P(mean <= q) = P(sum of E_i (x_i - q) <= 0). With weights
    1 / (1 - s x_i), s from -1 to 0, the saddlepoint of that sum is solved for q, which needs one pass a step.
    """
    left = float(np.exp(log_left))
    s = left - 1.0
    # 1 - s x, exact for a value at the bound too.
    scales = (1.0 + gaps) - left * gaps
    shares = counts / scales
    total = float(shares.sum()) + 1.0 / left
    q = (float(shares @ gaps) - 1.0 / left) / total
    # log(1 - s q) and x - q, both without a difference of almost equal numbers where q nears the bound.
    beside = float(shares @ (1.0 + gaps)) / total
    rest = left - s * beside
    likelihood = float(counts @ np.log(scales)) + log_left - (float(counts.sum()) + 1.0) * float(np.log(rest))
    root = -np.sqrt(max(2.0 * likelihood, 0.0))
    spread = float(shares @ ((gaps - q) ** 2 / scales)) + (beside / left) ** 2
    return q, _modified(root, s * float(np.sqrt(spread)))


def _root(seen: Weighted, low: float, at: float) -> float:
    """Return the place on the normal line of P(mean <= at), for units of any sizes."""
    gaps = np.append(seen.sums - at * seen.sizes, (low - at) * seen.mean_size)
    counts = np.append(seen.counts, 1.0)
    least, most = float(gaps.min()), float(gaps.max())
    if most <= 0 or least >= 0:
        return np.inf if most <= 0 else -np.inf

    def slope(tilt: float) -> float:
        return float((counts * gaps / (1.0 - tilt * gaps)).sum())

    tilt = _solve(slope, (1 - 1e-13) / least, (1 - 1e-13) / most)
    scales = 1.0 - tilt * gaps
    likelihood = float(counts @ np.log(scales))
    root = float(np.sign(tilt)) * float(np.sqrt(max(2.0 * likelihood, 0.0)))
    return _modified(root, tilt * float(np.sqrt((counts * (gaps / scales) ** 2).sum())))


def _modified(root: float, shift: float) -> float:
    """Return Barndorff-Nielsen's modified root r + log(u / r) / r."""
    if abs(root) < 1e-5 or root * shift <= 0:
        return root
    return float(root + np.log(shift / root) / root)


def _solve(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function is zero (the nearer end where it is nowhere), by Chandrupatla's method.

    References
    ----------
    Chandrupatla (1997), Adv Eng Softw 28:145; scipy.optimize would take a fifth of a second to import.
    """
    a, b = high, low
    at_a, at_b = rising(a), rising(b)
    if at_b >= 0:
        return b
    if at_a <= 0:
        return a
    c, at_c, step = b, at_b, 0.5
    for _ in range(_STEPS):
        x = a + step * (b - a)
        at_x = rising(x)
        if at_x == 0:
            return x
        if (at_x > 0) == (at_a > 0):
            c, at_c = a, at_a
        else:
            c, b, at_c, at_b = b, a, at_b, at_a
        a, at_a = x, at_x
        best = a if abs(at_a) < abs(at_b) else b
        tolerance = _CLOSE * max(abs(best), 1e-300)
        if abs(b - a) <= 2 * tolerance:
            return best
        step = _next_step(a, b, c, at_a, at_b, at_c)
        least = tolerance / abs(b - a)
        step = min(max(step, least), 1 - least)
    return best


def _next_step(a: float, b: float, c: float, at_a: float, at_b: float, at_c: float) -> float:
    """Return the share of the way from a to b to try next: by inverse quadratic interpolation where that is
    safe, else half.
    """
    if at_c in (at_a, at_b):
        return 0.5
    xi, phi = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    if not (phi**2 < xi and (1 - phi) ** 2 < 1 - xi):
        return 0.5
    return float(
        at_a / (at_b - at_a) * at_c / (at_b - at_c)
        + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
    )
