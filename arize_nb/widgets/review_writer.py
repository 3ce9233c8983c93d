"""Send a reviewer's answers to the service in the background, in order, again after a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ConnectionFailedError, RateLimitError, ServerFailureError
from arize_nb.widgets.front import LOG, one_line
from arize_nb.widgets.review_journal import Record, ReviewJournal, merged

if TYPE_CHECKING:
    from arize_nb.widgets.background import Background

_AGAIN = (ConnectionFailedError, RateLimitError, ServerFailureError)
_WAITS_S = (1.0, 2.0, 5.0, 15.0, 60.0)


class ReviewWriter:
    """One request at a time carries all that waits; what fails stays in the journal.

    Parameters
    ----------
    send : callable
        Writes records to the service; runs in a worker thread.
    journal : ReviewJournal
        Where answers are safe.
    background : Background
        Runs the requests.
    kind : str
        Name of this writer's requests.
    changed : callable
        Called without arguments when something was sent or failed.
    """

    def __init__(
        self, send: Callable[[list[Record]], Any], journal: ReviewJournal, background: Background, kind: str, changed: Callable[[], None]
    ) -> None:
        self._send = send
        self._journal = journal
        self._background = background
        self._kind = kind
        self._changed = changed
        self._busy: frozenset[str] = frozenset()
        self._failures = 0
        self.written = 0
        """Answers that the service has taken in this session."""
        self.trouble = ""
        """Why the last request failed; empty when it did not."""

    @property
    def waiting(self) -> int:
        """Count the answers that are not yet with the service."""
        return len(self._journal.waiting())

    def add(self, record: Record) -> str:
        """Make an answer safe and send it as soon as may be; returns its key."""
        key = self._journal.add(record)
        self.push()
        return key

    def take_back(self, key: str) -> bool:
        """Take back an answer that has not been sent; False when it is too late."""
        if key in self._busy or key not in self._journal.waiting():
            return False
        self._journal.drop([key])
        return True

    def push(self, delay_s: float = 0.0) -> None:
        """Send what waits, unless a request is under way."""
        if self._busy or not self._journal.waiting():
            return
        waiting = self._journal.waiting()
        self._busy = frozenset(waiting)

        def sent(_receipt: Any) -> None:
            self._busy, self._failures, self.trouble = frozenset(), 0, ""
            self._journal.drop(list(waiting))
            self.written += len(waiting)
            self._changed()
            self.push()

        def failed(error: Exception) -> None:
            LOG.warning("annotations were not written", exc_info=error)
            self._busy = frozenset()
            self.trouble = one_line(error)
            self._changed()
            if isinstance(error, _AGAIN):
                wait_s = _WAITS_S[min(self._failures, len(_WAITS_S) - 1)]
                self._failures += 1
                self.push(wait_s)

        self._background.submit(self._kind, lambda: self._send(merged(list(waiting.values()))), sent, failed, delay_s=delay_s)
