"""Send a reviewer's answers to the service in the background, in order, again after a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arize_nb.errors import (
    ConnectionFailedError,
    InputError,
    NotFoundError,
    RateLimitError,
    RequestRefusedError,
    ServerFailureError,
)
from arize_nb.widgets.parts.channel import LOG, one_line
from arize_nb.widgets.reviewer.answer_journal import Record, ReviewJournal, merged

if TYPE_CHECKING:
    from arize_nb.widgets.parts.background import Background

_AGAIN = (ConnectionFailedError, RateLimitError, ServerFailureError)
_REFUSED = (InputError, NotFoundError, RequestRefusedError)
"""What the service says about an answer rather than about the connection or the key."""
GRACE_S = 5.0
"""How long the last answer is held back, so that undo really takes it back."""
_WAITS_S = (1.0, 2.0, 5.0, 15.0, 60.0)


class ReviewWriter:
    """One request at a time carries all that waits; what fails stays in the journal.

    An answer that the service refuses (its annotation config is gone, say) is set aside, so that the others
    still go out.

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
    grace_s : float, default 5.0
        Seconds for which the last answer is held back; 0 for none.
    """

    def __init__(
        self,
        send: Callable[[list[Record]], Any],
        journal: ReviewJournal,
        background: Background,
        kind: str,
        changed: Callable[[], None],
        *,
        grace_s: float = GRACE_S,
    ) -> None:
        self._send = send
        self._journal = journal
        self._background = background
        self._kind = kind
        self._changed = changed
        self._grace_s = grace_s
        self._held: str | None = None
        self._busy: frozenset[str] = frozenset()
        self._resting = False
        self._failures = 0
        self._aside: set[str] = set()
        self._one_by_one = False
        self.trouble = ""
        """Why answers are not with the service; empty when nothing keeps them."""

    @property
    def waiting(self) -> int:
        """Count the answers that are not yet with the service."""
        return len(self._journal.waiting())

    @property
    def unsent(self) -> list[Record]:
        """Return the answers that are not yet with the service."""
        return list(self._journal.waiting().values())

    @property
    def holds(self) -> bool:
        """Say whether an answer is held back for undo."""
        return self._held is not None

    def add(self, record: Record) -> str:
        """Make an answer safe and hold it back until the next one, or for a few seconds; returns its key."""
        key = self._journal.add(record)
        kind = f"{self._kind} grace"
        self._background.forget(kind)
        self._held = key if self._grace_s > 0 else None
        self.push()  # the one before is held back no longer
        if self._held is not None:
            self._background.submit(
                kind, lambda: None, lambda _: self.release(), self._stay, delay_s=self._grace_s
            )
        return key

    def release(self) -> None:
        """Send what was held back for undo."""
        if self._held is None:
            return
        self._held = None
        self._background.forget(f"{self._kind} grace")
        self.push()
        self._changed()

    def take_back(self, key: str) -> bool:
        """Take back an answer that has not been sent; False when it is too late."""
        if key == self._held:
            self._held = None
            self._background.forget(f"{self._kind} grace")
        if key in self._busy or key not in self._journal.waiting():
            return False
        self._journal.drop([key])
        return True

    def push(self) -> None:
        """Send what waits, unless a request is under way or a failed one is given time."""
        if self._busy or self._resting:
            return
        ready = {
            key: record
            for key, record in self._journal.waiting().items()
            if key not in self._aside and key != self._held
        }
        if self._one_by_one:
            ready = dict(list(ready.items())[:1])
        if not ready:
            self._one_by_one = False
            return
        self._busy = frozenset(ready)

        def sent(_receipt: object) -> None:
            self._busy, self._failures = frozenset(), 0
            self.trouble = self.trouble if self._aside else ""
            self._journal.drop(list(ready))
            self._changed()
            self.push()

        def failed(error: Exception) -> None:
            LOG.warning("annotations were not written", exc_info=error)
            self._busy = frozenset()
            self.trouble = one_line(error)
            self._after(error, list(ready))
            self._changed()

        self._background.submit(self._kind, lambda: self._send(merged(ready.values())), sent, failed)

    def retry(self) -> None:
        """Send again now, what was set aside as well."""
        self._background.forget(f"{self._kind} rest")
        self._resting, self._failures = False, 0
        self._aside.clear()
        self.release()
        self.push()

    def close(self) -> None:
        """Let go of the journal; what waits there is for the next reviewer."""
        self._journal.close()

    def _after(self, error: Exception, keys: list[str]) -> None:
        """Decide what follows a failure: wait and send again, set the refused answer aside, or leave it to
        the person.
        """
        if isinstance(error, _AGAIN):
            self._resting = True
            wait_s = _WAITS_S[min(self._failures, len(_WAITS_S) - 1)]
            self._failures += 1
            self._background.submit(
                f"{self._kind} rest", lambda: None, lambda _: self._rested(), self._stay, delay_s=wait_s
            )
        elif isinstance(error, _REFUSED):
            if len(keys) == 1:
                self._aside.update(keys)
            self._one_by_one = True
            self.push()

    def _rested(self) -> None:
        self._resting = False
        self.push()

    def _stay(self, error: Exception) -> None:
        LOG.warning("answers were not sent again", exc_info=error)
        self._resting = False
