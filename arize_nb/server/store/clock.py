"""Times: microseconds since 1970 (UTC) inside the store, RFC 3339 in JSON."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """Return the time in microseconds since 1970 (UTC)."""
    return time.time_ns() // 1000


def later(previous: int) -> int:
    """Return an `updated_at` after a change: now, and at least the next whole second after `previous`.

    The official client keys its cache on the second, so a change within the same second would stay hidden.
    """
    return max(now(), (previous // 1_000_000 + 1) * 1_000_000)


def json_time(microseconds: int) -> str:
    """Write a time as JSON carries it, such as ``2026-01-02T03:04:05.678901Z``."""
    return (_EPOCH + timedelta(microseconds=microseconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
