"""Know whether the server is in use: open requests and streams, and the time of the last one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Activity:
    """Count what is open; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._last = self._visited = time.monotonic()
        self._ended = False
        self._served = 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """Mark a request or a stream as open until the block ends."""
        with self._lock:
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1
                self._served += 1
                self._last = time.monotonic()

    def visit(self) -> bool:
        """Put the end off for somebody who is about to send requests; False when it has come already."""
        with self._lock:
            self._visited = time.monotonic()
            return not self._ended

    def end_if_idle(self, limit_s: float) -> bool:
        """Decide, once and for all, that it ends here: when nothing is open and nobody came for more than
        `limit_s` seconds.
        """
        with self._lock:
            idle_s = time.monotonic() - max(self._last, self._visited)
            self._ended = self._ended or (not self._open and idle_s > limit_s)
            return self._ended

    @property
    def open(self) -> int:
        """Requests and streams that are open now."""
        return self._open

    @property
    def served(self) -> int:
        """Requests and streams that have ended, in all."""
        return self._served

    @property
    def idle_s(self) -> float:
        """Seconds since the last one ended (since the start, before the first); 0 while one is open."""
        with self._lock:
            return 0.0 if self._open else time.monotonic() - self._last
