"""Many tests at once: Holm's and Benjamini-Hochberg's adjusted p values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p values so that the chance of any false alarm stays at the level; NaN stays NaN and is not
    counted.

    The i-th smallest of m is multiplied by m - i + 1, made monotone, and cut at 1. Written here in four lines
    since importing statsmodels (`multipletests(method="holm")`, which the tests compare with) costs a second
    at the start of every process.

    References
    ----------
    Holm (1979), Scand J Statist 6:65.
    """
    p = np.asarray(p_values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p values so that the expected share of false alarms among the alarms stays at the level; NaN
    stays NaN.

    The i-th smallest of m is multiplied by m / i and made monotone from above.

    References
    ----------
    Benjamini and Hochberg (1995), JRSS B 57:289. `scipy.stats.false_discovery_control` gives the same.
    """
    p = np.asarray(p_values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    m = len(order)
    steps = p[order] * m / np.arange(1, m + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0) if m else steps
    return adjusted


def asked_in_turn(p_values: ArrayLike, turns: ArrayLike) -> NDArray[np.float64]:
    """Adjust p values that were asked for in several questions, each after the answers to those before:
    Benjamini-Hochberg, times the turn.

    Adjusted over all that was asked so far, the k-th of many questions alike still brings a false alarm with
    probability level / k, and these add up without end. Times k it is level / k^2: 1.64 times the level for
    any number of questions, and all of them together less than that (docs/statistics.md). Who asks once pays
    nothing.

    Parameters
    ----------
    p_values : array_like
        All p values asked for so far; NaN stays NaN.
    turns : array_like
        In which question each was first asked for, counted from 1.

    References
    ----------
    Benjamini and Hochberg (1995), JRSS B 57:289; Foster and Stine (2008), JRSS B 70:429 for spending a level
    over a sequence of questions.
    """
    return np.asarray(np.minimum(benjamini_hochberg(p_values) * np.asarray(turns, dtype=np.float64), 1.0))
