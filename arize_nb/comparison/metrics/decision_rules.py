"""What a difference is held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DecisionRules:
    """What a difference is held against."""

    confidence: float = 0.95
    """Level of the intervals; 1 - confidence is the level of the tests."""
    margin: float | None = None
    """Difference too small to matter, in the unit of the metric; None where none was said."""
    sign: int | None = 1
    """1 where higher is better, -1 where lower is, 0 where neither is (labels, neutral metrics), None where
    it is not known which.
    """

    @property
    def level(self) -> float:
        """Return the level of the tests."""
        return 1 - self.confidence
