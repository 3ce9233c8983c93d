"""How far scores can go: the range of a metric, known or read from the values seen, and how exactly they are
stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.metrics.metric import Metric

COUNTER = 1e-9
"""Values that vary by less than this share of their size are timestamps or counters."""
USED = 0.01
"""Scores that all lie within so little of 0..1 are on a scale of their own."""
ULPS = 4.0
"""Units in the last place that two values may differ by and still be equal: what a sum or a mean of few
numbers loses.
"""


def scale_of(metric: Metric, low: float, high: float) -> tuple[float, float]:
    """Return the least and the largest value that a metric is taken to have.

    - Verdicts: 0 and 1.
    - Scores of an evaluator or annotation that are all within 0..1, or within -1..1, and reach a hundredth of
      that: these.
    - Other numbers: from the least to the largest seen, and zero, which most scores and all costs and times
      start from.

    Parameters
    ----------
    metric : Metric
        Verdicts or numbers.
    low, high : float
        Least and largest value that either side has.
    """
    if metric.kind in (PASS_FAIL, LABEL):
        return 0.0, 1.0
    if metric.judge is not None and low >= -1 and high <= 1 and max(-low, high) >= USED:
        return (0.0, 1.0) if low >= 0 else (-1.0, 1.0)
    return min(low, 0.0), max(high, 0.0)


def reach_of(metric: Metric, low: float, high: float, differences: NDArray[np.float64]) -> float:
    """Return the largest size that a difference of two values of a metric is taken to have: the range of its
    scale.

    Of values that vary by less than a billionth of their size (timestamps, counters) neither zero nor their
    own range says anything about their differences: it is the largest difference seen.
    """
    least, most = scale_of(metric, low, high)
    if metric.kind not in (PASS_FAIL, LABEL) and 0 < high - low < COUNTER * (most - least):
        return float(np.abs(differences).max())
    return most - least


def rounding(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of every difference may be rounding: a few units in the last place of the
    larger value.
    """
    return np.asarray(ULPS * np.spacing(np.maximum(np.abs(before), np.abs(after))))
