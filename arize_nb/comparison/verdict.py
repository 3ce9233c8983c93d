"""What may be said about a difference: a verdict that can abstain, and the words for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arize_nb.comparison.effects import Effect
    from arize_nb.comparison.metrics import Metric

FEW_PAIRS = 30
"""Below so many pairs every surface says "directional only"."""
IMPROVED, REGRESSED, EQUIVALENT, UNCLEAR, TOO_FEW, CHANGED = "improved", "regressed", "equivalent", "no clear change", "too few", "changed"


def verdict(metric: Metric, effect: Effect, p_adjusted: float, *, confidence: float, margin: float | None) -> str:
    """Decide what may be said.

    - `too few`: so few pairs (with clusters: so few clusters) that even all of them changing the same way could not reach the level in an
      exact test (2 / 2^n > 1 - confidence).
    - `equivalent`: with a margin, the whole interval lies within it (two one-sided tests at (1 - confidence) / 2 each). It goes first:
      the user said that such a difference does not matter. Pairs that all differ alike have an interval without width; it is widened by
      what so many of them could have missed (`unseen_change`).
    - `improved`, `regressed`: the adjusted p is at or below 1 - confidence *and* the interval excludes zero, so that the two numbers shown
      never contradict the word; where neither way is better, the word is `changed`.
    - `no clear change`: everything else. It means "cannot tell", not that there is no difference; `min_detectable` says what could have
      been seen.
    """
    level = 1 - confidence
    if effect.n == 0 or 2.0 ** (1 - effect.units) > level:
        return TOO_FEW
    low, high = effect.interval.low, effect.interval.high
    known = not (math.isnan(low) or math.isnan(high))
    if margin is not None and known and -margin < low - effect.unseen and high + effect.unseen < margin:
        return EQUIVALENT
    if math.isnan(p_adjusted) or p_adjusted > level or (known and low <= 0 <= high):
        return UNCLEAR
    if metric.sign == 0:
        return CHANGED
    return IMPROVED if effect.delta * metric.sign > 0 else REGRESSED


def note(n: int) -> str:
    """Return the warning that goes with so many pairs, or nothing."""
    return f"directional only (n = {n} < {FEW_PAIRS})" if n < FEW_PAIRS else ""


def verdict_text(row: Mapping[str, Any]) -> str:
    """Return the verdict of a summary row, with its warning when there are few pairs."""
    return f"{row['verdict']}, directional only" if row["n_paired"] < FEW_PAIRS else str(row["verdict"])
