"""Differences under weights, and differences that are looked at again and again: in place of the usual tests
and intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.confidence_sequence import FIRST_LOOK, sequence_interval, sequence_p
from arize_nb.comparison.stats.distributions import t_p, t_quantile
from arize_nb.comparison.stats.mean_differences import within
from arize_nb.comparison.stats.power import unseen_share

if TYPE_CHECKING:
    from numpy.typing import NDArray


def weighted_difference(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    differences: NDArray[np.float64],
    weights: NDArray[np.float64],
    reach: float,
    confidence: float,
) -> dict[str, Any]:
    """Return what an `Effect` says of a weighted mean difference, sum(w d) / sum(w).

    Its error is that of a ratio, sqrt(n / (n - 1) sum(w^2 (d - mean)^2)) / sum(w); test and interval are t
    with the freedom of Kish's effective number of pairs, sum(w)^2 / sum(w^2), less one. The interval always
    holds what so many pairs can have missed.

    Parameters
    ----------
    before, after, differences : ndarray of float64
        Both sides of every pair, and their difference.
    weights : ndarray of float64
        Weight of every pair, not negative.
    reach : float
        Largest difference that there can be.
    confidence : float
        Level of the interval.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7 (effective number); Cochran (1977), Sampling Techniques, 6.4
    (error of a ratio).
    """
    total = float(weights.sum())
    n = len(weights)
    effective = total**2 / float(weights @ weights) if total > 0 else 0.0
    if effective < 2:
        return {"effective": effective, "least_p": 1.0, "test": "weighted t", "interval_name": "weighted t"}
    mean = float(weights @ differences) / total
    error = float(np.sqrt(n / (n - 1) * ((weights * (differences - mean)) ** 2).sum())) / total
    half = max(t_quantile(confidence, effective - 1) * error, unseen_share(effective, confidence) * reach)
    return {
        "effective": effective,
        "least_p": float(2.0 ** (1 - effective)),
        "baseline_mean": float(weights @ before) / total,
        "candidate_mean": float(weights @ after) / total,
        "delta": mean,
        "standard_error": error,
        "interval": within(Interval(mean - half, mean + half), -reach, reach),
        "interval_name": "weighted t",
        "test": "weighted t",
        "p_value": t_p(mean / error, effective - 1) if error > 0 else 1.0,
    }


def sequential_difference(
    differences: NDArray[np.float64], reach: float, confidence: float
) -> dict[str, Any]:
    """Return what an `Effect` says of a mean difference that may be looked at after every run: a confidence
    sequence and its p.

    Below `FIRST_LOOK` pairs nothing can be said. The spread is never taken for less than what so many pairs
    can have missed.

    Parameters
    ----------
    differences : ndarray of float64
        Candidate minus baseline of every pair, in any order.
    reach : float
        Largest difference that there can be.
    confidence : float
        Chance that no interval of the whole sequence misses.
    """
    n = len(differences)
    names = {"interval_name": "confidence sequence", "test": "confidence sequence"}
    if n < FIRST_LOOK:
        return {**names, "least_p": 1.0}
    mean = float(differences.mean())
    spread = max(float(differences.std(ddof=1)), reach * float(np.sqrt(unseen_share(n, confidence))))
    return {
        **names,
        "least_p": 0.0,
        "standard_error": spread / float(np.sqrt(n)),
        "interval": within(sequence_interval(mean, spread, n, confidence), -reach, reach),
        "p_value": sequence_p(mean, spread, n, confidence),
        "p_exact": float("nan"),
    }
