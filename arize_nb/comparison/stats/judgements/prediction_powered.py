"""Prediction-powered inference: a mean over all examples from a judge's values, corrected where people looked
as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.stats.binary import Interval
from arize_nb.comparison.stats.distributions import t_p, t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class CorrectedMean:
    """A mean as people would give it over all examples."""

    value: float
    """The estimate, in the unit of the people's values; NaN below two examples that people looked at."""
    standard_error: float
    """Its standard error; NaN likewise."""
    freedom: int
    """Degrees of freedom of its t distribution: the examples that people looked at, less one."""
    weight: float
    """How much the judge counts (lambda), 0 (not at all: the people's own mean) to 1 (fully)."""

    def interval(self, confidence: float) -> Interval:
        """Return the t interval of the mean."""
        if not self.standard_error >= 0:
            return Interval(float("nan"), float("nan"))
        half = t_quantile(confidence, self.freedom) * self.standard_error
        return Interval(self.value - half, self.value + half)

    def p_value(self) -> float:
        """Return the two-sided p of a mean of 0; NaN where there is no error to hold it against."""
        return (
            t_p(self.value / self.standard_error, self.freedom) if self.standard_error > 0 else float("nan")
        )


def corrected_mean(
    people: NDArray[np.float64], judge: NDArray[np.float64], judge_elsewhere: NDArray[np.float64]
) -> CorrectedMean:
    """Estimate the mean of the people's values over all examples, although people looked at some of them
    only.

    With n examples that people looked at and N that only the judge did, the estimate is

        mean(people) + w (mean(judge_elsewhere) - mean(judge)),

    whose error is var(people - w judge) / n + w^2 var(judge_elsewhere) / N. The weight w = cov(people, judge)
    / ((1 + n / N) var(all the judge's values)), cut to 0..1, makes it smallest: a judge that says nothing
    about people's values is left out, so that the estimate is never much worse than theirs alone. Right when
    people looked at examples chosen without regard to how they turned out. Variances have n - 1 below them
    and the interval is t on n - 1: the normal interval of the source is a little short at few examples.

    Parameters
    ----------
    people : ndarray of float64
        The people's value of every example that they looked at.
    judge : ndarray of float64
        The judge's value of the same examples.
    judge_elsewhere : ndarray of float64
        The judge's value of every other example.

    References
    ----------
    Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), Science 382:669; Angelopoulos, Duchi and Zrnic
    (2023), PPI++, arXiv:2311.01453, section 6 (the weight). `ppi_py.ppi_mean_pointestimate` gives the same
    estimate.
    """
    n, others = len(people), len(judge_elsewhere)
    if n < 2:
        return CorrectedMean(
            value=float("nan"), standard_error=float("nan"), freedom=max(n - 1, 0), weight=0.0
        )
    weight = _weight(people, judge, judge_elsewhere) if others > 1 else 0.0
    rest = people - weight * judge
    variance = float(rest.var(ddof=1)) / n
    value = float(rest.mean())
    if weight:
        value += weight * float(judge_elsewhere.mean())
        variance += weight**2 * float(judge_elsewhere.var(ddof=1)) / others
    return CorrectedMean(value=value, standard_error=float(np.sqrt(variance)), freedom=n - 1, weight=weight)


def _weight(
    people: NDArray[np.float64], judge: NDArray[np.float64], judge_elsewhere: NDArray[np.float64]
) -> float:
    """Return how much the judge counts."""
    spread = float(np.concatenate([judge, judge_elsewhere]).var(ddof=1))
    if spread <= 0:
        return 0.0
    together = float((people - people.mean()) @ (judge - judge.mean())) / len(people)
    return min(max(together / ((1 + len(people) / len(judge_elsewhere)) * spread), 0.0), 1.0)
