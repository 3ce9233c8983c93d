"""A mean difference: a t interval where that is known to hold, else one that holds whatever so many pairs can
have missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.bounded import (
    Weighted,
    bounded_interval,
    bounded_p,
    weighted,
    weighted_clusters,
)
from arize_nb.comparison.stats.clusters import clustered_mean, effective_clusters
from arize_nb.comparison.stats.distributions import t_detectable, t_point, t_quantile
from arize_nb.comparison.stats.power import POWER, unseen_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SKEW = 0.03
"""Up to so much skewness / sqrt(n) a t interval misses on either side no more than half a point too often
(Edgeworth: 0.085 of it).
"""
FEW_DECIDE = 0.3
"""From so much skewness / sqrt(n) on a few large differences decide: one of 30 that is 11 standard deviations
of the others off, say.
"""
BOUNDED = "bounded mean"
_ROUNDS = 6


@dataclass(frozen=True, kw_only=True)
class MeasuredMean:
    """A mean and what is known about it."""

    mean: float
    """Mean over the pairs."""
    standard_error: float
    """Its standard error (CR2 with clusters); NaN below two units."""
    interval: Interval
    """Its interval."""
    interval_name: str
    """How that was made: `t`, `cluster-robust t`, or `bounded mean`."""
    p_bounded: float
    """Two-sided p that goes with a bounded-mean interval; NaN where that is not used."""
    units: int
    """What is independent: the pairs, or their clusters."""
    effective: float
    """So many equal units would tell as much; below `units` where clusters differ in size."""
    detectable: float
    """Smallest difference that so many such pairs find with 80% power; NaN where they all differ alike."""
    skew: float
    """Size of the skewness over sqrt(n)."""


def measured_mean(
    values: NDArray[np.float64],
    low: float,
    high: float,
    clusters: NDArray[np.int64] | None = None,
    *,
    confidence: float = 0.95,
    tests: int = 1,
) -> MeasuredMean:
    """Measure a mean: of the paired differences, or of one side.

    The interval is that of t (with clusters: CR2 and Bell and McCaffrey's degrees of freedom) where both of
    these hold, and else as wide as the wider of it and `bounded_interval`:

    - Its half-width is at least what so many units can have missed: a share of 1 - ((1 - confidence) / 2)^(1
      / n) of all, each at
      `low` or `high`. A few pairs that all changed a little say nothing about the twentieth that breaks.
    - The values are not skewed: |skewness| / sqrt(n) is at most 0.03 (of the sums of clusters: over the root
      of their number).

    It never ends beyond `low` or `high`, where no mean can lie: t knows no bounds, and of few values it
    reaches past them.

    Parameters
    ----------
    values : ndarray of float64
        One per pair, no NaN; at least one.
    low, high : float
        The least and the largest value possible: for differences the range of the scores, either way.
    clusters : ndarray of int64, optional
        Cluster of every value, from 0 without gaps.
    confidence : float
        Level of the interval.
    tests : int
        How many tests are adjusted together; `detectable` is for the level of one of so many (Bonferroni's,
        Holm's first step).

    References
    ----------
    Louis (1981), Am Stat 35:154 for what equal values can have missed; Hall (1992), The Bootstrap and
    Edgeworth Expansion, section 2.6, for what skewness does to t. Both limits are set by simulation
    (docs/statistics.md).
    """
    n = len(values)
    if clusters is None:
        seen, mean, freedom, effective, units = weighted(values), float(values.mean()), n - 1.0, float(n), n
        error = float(values.std(ddof=1)) / sqrt(n) if n > 1 else float("nan")
        name, residuals = "t", values - mean
    else:
        found = clustered_mean(values, clusters)
        seen, mean, freedom, effective = (
            weighted_clusters(values, clusters),
            found.mean,
            found.freedom,
            found.effective,
        )
        error, name, units = found.standard_error, "cluster-robust t", found.clusters
        residuals = np.asarray(np.bincount(clusters, weights=values - mean), dtype=np.float64)
    # Equal values that were rounded one by one have no spread of their own.
    error = 0.0 if error <= 1e-12 * abs(mean) else error
    skew = _skewness(residuals)
    if units < 2:
        nothing = Interval(float("nan"), float("nan"))
        return MeasuredMean(
            mean=mean, standard_error=error, interval=nothing, interval_name=name, p_bounded=float("nan"),
            units=units, effective=effective, detectable=float("nan"), skew=skew,
        )  # fmt: skip
    half = t_quantile(confidence, freedom) * error
    interval, p_bounded = Interval(mean - half, mean + half), float("nan")
    reach = max(mean - low, high - mean)
    if not (half >= reach * unseen_share(effective, confidence) and skew <= MOST_SKEW):
        name, p_bounded = BOUNDED, bounded_p(seen, low, high)
        interval = wider(interval, bounded_interval(seen, low, high, confidence))
    interval = within(interval, low, high)
    return MeasuredMean(
        mean=mean,
        standard_error=error,
        interval=interval,
        interval_name=name,
        p_bounded=p_bounded,
        units=units,
        effective=effective,
        detectable=_detectable(
            seen, (low, high), error, freedom, 1 - (1 - confidence) / tests, bounded=name == BOUNDED
        ),
        skew=skew,
    )


def wider(first: Interval, second: Interval) -> Interval:
    """Return the smallest interval that holds both."""
    return Interval(min(first.low, second.low), max(first.high, second.high))


def within(interval: Interval, low: float, high: float) -> Interval:
    """Return the part of an interval that lies within bounds."""
    return Interval(max(interval.low, low), min(interval.high, high))


def units_of(clusters: NDArray[np.int64]) -> float:
    """Return how many clusters of equal size would tell as much."""
    return effective_clusters(np.bincount(clusters).astype(np.float64))


def _detectable(
    seen: Weighted,
    bounds: tuple[float, float],
    error: float,
    freedom: float,
    confidence: float,
    *,
    bounded: bool,
) -> float:
    """Return the smallest mean difference found with 80% power at a level; NaN where nothing varies or
    nothing within bounds is found.

    Noncentral t for a t interval. A bounded-mean interval of a mean so far from zero must end before zero in
    80% of samples, so its width there and how much that end varies are added up; the end varies with the mean
    and with the spread, which go together where the differences are skewed (delta method).
    """
    if not error > 0:
        return float("nan")
    by_t = t_detectable(confidence, freedom, POWER) * error
    if not bounded:
        return by_t
    centred = Weighted(sums=seen.sums - seen.mean * seen.sizes, sizes=seen.sizes, counts=seen.counts)
    z, skew, tails = t_quantile(confidence, freedom), *_shape(centred)
    varies = error * sqrt(1 + z * skew + z * z * tails / 4) * t_point(POWER, freedom)
    reach = max(-bounds[0], bounds[1])
    found = by_t
    for _ in range(_ROUNDS):
        interval = bounded_interval(centred, -reach - found, reach + found, confidence)
        found = max(by_t, max(-interval.low, interval.high) + varies)
        if found > reach:
            return float("nan")
    return found


def _shape(centred: Weighted) -> tuple[float, float]:
    """Return |skewness| / sqrt(n), less what chance alone gives (its variance is 6 / n), and (kurtosis - 1) /
    n of units around zero.
    """
    largest = float(np.abs(centred.sums).max())
    scaled = centred.sums / largest
    second, third, fourth = (float(centred.counts @ scaled**power) for power in (2, 3, 4))
    skew = sqrt(max(third**2 / second**3 - 6 / centred.units**2, 0.0))
    return skew, max(fourth / second**2 - 1 / centred.units, 0.0)


def _skewness(residuals: NDArray[np.float64]) -> float:
    """Return |sum r^3| / (sum r^2)^(3/2), which is |skewness| / sqrt(n); 0 where nothing varies."""
    largest = float(np.abs(residuals).max())
    if largest == 0:
        return 0.0
    scaled = residuals / largest
    squares = scaled * scaled
    # A power of 3 takes ten times as long as two products.
    return float(abs(squares @ scaled) / squares.sum() ** 1.5)
