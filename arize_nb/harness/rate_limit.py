"""Decide what a failure calls for: nothing, another try, or a slower run. Pure, besides a clock that is passed in."""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ConfigError, InputError

if TYPE_CHECKING:
    import random

FIRST_WAIT_S = 0.5
"""Wait before the first retry; doubled for each next one."""
LONGEST_WAIT_S = 60.0
"""Longest wait that is chosen here; a Retry-After may ask for more."""
LONGEST_RETRY_AFTER_S = 600.0
"""Longest Retry-After that is obeyed."""
SETTLE_S = 1.0
"""A lower number of calls is given so long to show whether it is low enough."""
RATE_LIMIT_RETRIES = 10
"""Retries of a call that only met a rate limit: the service asked for them, so they do not count against `retries`."""

_TRANSIENT_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_RATE_LIMIT_NAMES = frozenset(
    {"RateLimitError", "RateLimitException", "TooManyRequests", "TooManyRequestsError", "ResourceExhausted", "ThrottlingException"}
)
_BUGS = (
    ArithmeticError,
    FileNotFoundError,
    ImportError,
    NameError,
    PermissionError,
    AttributeError,
    TypeError,
    SyntaxError,
    LookupError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    ConfigError,
    InputError,
)
"""Errors of the code or its settings, not of the world: the same call fails again."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Walk an exception and what it was raised from; clients wrap the error that has the status."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__


def http_status(error: BaseException) -> int | None:
    """Read the HTTP status off an exception (`status_code`, `status`, `code`, or of its `response`); None when it has none."""
    for item in causes(error):
        for owner in (item, _member(item, "response")):
            for name in ("status_code", "status", "code", "http_status"):
                value = _member(owner, name)
                if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
                    return value
    return None


def is_rate_limit(error: BaseException, known: tuple[type[BaseException], ...] = ()) -> bool:
    """Tell an error that means "slow down": one of `known`, HTTP 429, or named as the model clients name it."""
    return isinstance(error, known) or http_status(error) == 429 or type(error).__name__ in _RATE_LIMIT_NAMES


def is_transient(error: BaseException) -> bool:
    """Tell whether the same call may work in a moment: not a bug of the code, and no refusal (HTTP 4xx)."""
    status = http_status(error)
    if status is not None:
        return status in _TRANSIENT_STATUS
    return isinstance(error, Exception) and not isinstance(error, _BUGS)


def retry_after_s(error: BaseException, now: float | None = None) -> float | None:
    """Seconds that the service asks to wait (header Retry-After, in seconds or as a date, or an attribute); None when it does not say."""
    for item in causes(error):
        for name in ("retry_after_s", "retry_after"):
            value = _member(item, name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return _bounded(float(value))
        headers = _member(_member(item, "response"), "headers") or _member(item, "headers")
        if hasattr(headers, "get"):
            found = _from_headers(headers, time.time() if now is None else now)
            if found is not None:
                return found
    return None


def _member(owner: Any, name: str) -> Any:
    """Read an attribute of an exception; None when there is none, or when its property raises."""
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - user code
        return None


def _from_headers(headers: Any, now: float) -> float | None:
    """Read `retry-after-ms`, or Retry-After in seconds or as a date; None when neither is there, or can be read."""
    milliseconds = _read(headers, "retry-after-ms", lambda text: float(text) / 1000)
    if milliseconds is not None:
        return milliseconds
    seconds = _read(headers, "Retry-After", float)
    return seconds if seconds is not None else _read(headers, "Retry-After", lambda text: _moment(text) - now)


def _moment(text: str) -> float:
    return email.utils.parsedate_to_datetime(text).timestamp()


def _read(headers: Any, name: str, convert: Callable[[Any], float]) -> float | None:
    """Read a header, which may hold anything, of what may be anything; None when that gives no number of seconds."""
    try:
        text = headers.get(name) or headers.get(name.lower())
        return _bounded(convert(text)) if text else None
    except Exception:  # noqa: BLE001 - of a service or of user code
        return None


def _bounded(seconds: float) -> float | None:
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


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
            Wait that the service asks for. A little is added, so that those who wait do not all come back at once; and a call that is
            turned away again waits at least half as long as one that was told nothing, or a busy service with a short Retry-After would
            use up its retries before the run has slowed down.
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
    """How many calls may be under way, and from when: additive increase, multiplicative decrease (as TCP does).

    A rate limit halves the number at most once per pause, and per second, since calls already under way meet the same limit; as many
    successes as there are places add one place.
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
