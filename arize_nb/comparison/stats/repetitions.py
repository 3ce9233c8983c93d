"""Several runs of one example: pass@k, pass^k, and spread within and between examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pass_at_k(runs: NDArray[np.int64], passed: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return for every example the chance that at least one of k of its runs, drawn without replacement,
    passed; NaN below k runs.

    1 - C(n - c, k) / C(n, k): the unbiased estimator; 1 - (1 - c/n)^k is biased.

    References
    ----------
    Chen et al. (2021), arXiv:2107.03374, section 2.1.
    """
    return np.where(runs >= k, 1 - _share(runs - passed, runs, k), np.nan)


def pass_hat_k(runs: NDArray[np.int64], passed: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return for every example the chance that all of k of its runs, drawn without replacement, passed
    ("pass^k"); NaN below k runs.

    C(c, k) / C(n, k).

    References
    ----------
    Yao et al. (2024), tau-bench, arXiv:2406.12045, section 4.
    """
    return np.where(runs >= k, _share(passed, runs, k), np.nan)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return C(part, k) / C(whole, k) as a product, which does not overflow."""
    steps = np.arange(k)
    above = np.maximum(part[:, None] - steps, 0).astype(np.float64)
    below = np.maximum(whole[:, None] - steps, 1).astype(np.float64)
    return np.asarray((above / below).prod(axis=1))


def rerun_error(rerun: NDArray[np.float64], candidate: NDArray[np.float64]) -> float:
    """Return the standard error of the mean difference from the baseline, if the candidate were no more than
    another rerun of it.

    Then its differences from the baseline are distributed as the rerun's are, with mean zero, so both tell
    their size: the root of (sum r^2 + sum c^2) / 2n^2. From the rerun's alone, one that happens not to change
    makes any change of the candidate a finding (18% false alarms at 20 examples: docs/statistics.md).

    Parameters
    ----------
    rerun, candidate : ndarray of float64
        Differences from the baseline, of the same examples; at least one.
    """
    return float(np.sqrt((rerun @ rerun + candidate @ candidate) / 2)) / len(rerun)


def pooled_variance(spread: NDArray[np.float64], runs: NDArray[np.int64]) -> float:
    """Return the variance within examples, pooled with weights runs - 1; NaN when no example has several
    runs.
    """
    several = ~np.isnan(spread)
    if not several.any():
        return float("nan")
    weights = runs[several] - 1
    return float((spread[several] * weights).sum() / weights.sum())
