"""How long to wait before a call is made again, and how many may be under way. Pure: a clock is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

FIRST_WAIT_S = 0.5
"""Wait before the first retry; doubled for each next one."""
LONGEST_WAIT_S = 60.0
"""Longest wait that is chosen here; a Retry-After may ask for more."""
SETTLE_S = 1.0
"""A lower number of calls is given so long to show whether it is low enough."""
RATE_LIMIT_RETRIES = 10
"""Retries of a call that only met a rate limit: the service asked for them, so they do not count against
`retries`.
"""


def backoff_s(attempt: int, draw: random.Random) -> float:
    """Wait before retry number `attempt` (from 1): doubles each time, between half and all of it by chance.

    "Equal jitter" of Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
    """
    longest = min(FIRST_WAIT_S * 2.0 ** (attempt - 1), LONGEST_WAIT_S)
    return longest * (0.5 + draw.random() / 2)


@dataclass(frozen=True)
class Wait:
    """How long to wait before a call is made again, in seconds."""

    own_s: float
    """For the call itself."""
    for_all_s: float
    """For everybody, when it met a rate limit."""

    @classmethod
    def before(cls, attempt: int, asked_s: float | None, draw: random.Random) -> Wait:
        """Choose the wait before retry number `attempt` (from 1).

        Parameters
        ----------
        attempt : int
            From 1.
        asked_s : float or None
            Wait that the service asks for. A little is added, so that those who wait do not all come back at
            once; and a call that is turned away again waits at least half as long as one that was told
            nothing, or a busy service with a short Retry-After would use up its retries before the run has
            slowed down.
        draw : random.Random
            For the jitter.
        """
        chosen_s = backoff_s(attempt, draw)
        if asked_s is None:
            return cls(chosen_s, chosen_s)
        asked_s += min(chosen_s, 1.0) / 10
        return cls(asked_s if attempt == 1 else max(asked_s, chosen_s / 2), asked_s)


@dataclass
class Throttle:
    """How many calls may be under way, and from when: additive increase, multiplicative decrease (as TCP
    does).

    A rate limit halves the number at most once per pause, and per second, since calls already under way meet
    the same limit; as many successes as there are places add one place.
    """

    concurrency: int
    """Most places there can be."""
    limit: float = field(init=False)
    """Places there are now, at least 1."""
    not_before: float = 0.0
    """No call starts before this moment (monotonic clock)."""
    slowdowns: int = 0
    """How often the run was slowed."""
    under_way: int = 0
    _settled_at: float = 0.0
    """From this moment on a rate limit means that the lower number is still too high."""

    def __post_init__(self) -> None:
        self.limit = float(self.concurrency)

    def wait_s(self, now: float) -> float:
        """Seconds until a call may start, 0 for at once; infinite while all places are taken."""
        if now < self.not_before:
            return self.not_before - now
        return 0.0 if self.under_way < int(self.limit) else float("inf")

    def slow_down(self, now: float, pause_s: float) -> None:
        """Note a rate limit that asks for a pause."""
        if now >= self._settled_at:
            self.limit = max(1.0, self.limit / 2)
            self.slowdowns += 1
            self._settled_at = now + max(pause_s, SETTLE_S)
        self.not_before = max(self.not_before, now + pause_s)

    def succeeded(self) -> None:
        """Note a call that worked."""
        if self.limit < self.concurrency:
            self.limit = min(float(self.concurrency), self.limit + 1.0 / self.limit)
