"""Bradley-Terry strengths of several experiments from which of two was preferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 100
"""Newton steps before giving up; a well-posed fit takes about six."""


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """Log odds of being preferred, the mean of all being 0."""

    value: NDArray[np.float64]
    """Strength of every player; player i beats j with odds exp(value[i] - value[j])."""
    covariance: NDArray[np.float64]
    """Covariance of the strengths, robust to games of one item not being independent."""


def bradley_terry(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    won: NDArray[np.float64],
    items: NDArray[np.int64],
    players: int,
) -> Strengths | None:
    """Fit the strengths by maximum likelihood; a tie counts half for either.

    The likelihood is that of a logistic regression without intercept on +1 for the first and -1 for the
    second player. The covariance is the sandwich over items, with the small-sample factor G / (G - 1).

    Parameters
    ----------
    first, second : ndarray of int64
        Players of every game, numbers below `players`.
    won : ndarray of float64
        1 where the first won, 0 where the second did, 0.5 for a tie.
    items : ndarray of int64
        What the game was about (the example), a number from 0 without gaps: games of one item are not
        independent.
    players : int
        Players that there are.

    Returns
    -------
    Strengths or None
        None where no finite fit exists: some players always beat all others (or never met them).

    References
    ----------
    Bradley and Terry (1952), Biometrika 39:324; Ford (1957), Am Math Mon 64:28 (when a fit exists); Liang and
    Zeger (1986), Biometrika 73:13 (the covariance). `statsmodels.GLM(...,
    Binomial()).fit(cov_type="cluster")` gives the same.
    """
    if not _is_connected(first, second, won, players):
        return None
    design = np.zeros((len(first), players))
    rows = np.arange(len(first))
    design[rows, first] = 1.0
    design[rows, second] -= 1.0
    design = design[:, 1:]  # only differences count: the first player is at 0 until the end
    strength = np.zeros(players - 1)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(design @ strength)))
        step = np.linalg.solve(
            design.T @ (design * (chance * (1 - chance))[:, None]), design.T @ (won - chance)
        )
        strength = strength + step
        if np.abs(step).max() < 1e-9:
            break
    else:
        return None
    groups = int(items.max()) + 1
    scores = np.zeros((groups, players - 1))
    np.add.at(scores, items, design * (won - chance)[:, None])
    bread = np.linalg.inv(design.T @ (design * (chance * (1 - chance))[:, None]))
    factor = groups / (groups - 1) if groups > 1 else np.nan
    centred = (np.eye(players) - 1 / players)[:, 1:]
    return Strengths(
        value=centred @ strength,
        covariance=centred @ (bread @ (scores.T @ scores) @ bread * factor) @ centred.T,
    )


def _is_connected(
    first: NDArray[np.int64], second: NDArray[np.int64], won: NDArray[np.float64], players: int
) -> bool:
    """Say whether every player can be reached from every other over games not lost (Ford's condition, by
    powers of reachability).
    """
    beats = np.eye(players, dtype=bool)
    beats[first[won > 0], second[won > 0]] = True
    beats[second[won < 1], first[won < 1]] = True
    for _ in range(players.bit_length() + 1):
        beats = (beats.astype(np.int64) @ beats.astype(np.int64)) > 0
    return bool(beats.all())
