"""Hold back the stop button while what was done is put away; hear it where a coroutine waits for a thread of
ours.
"""

from __future__ import annotations

import contextlib
import contextvars
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class StopRequest:
    """Asks the thread in whose context it is to stop, once: what it does afterwards is putting away."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._heard = False

    def ask(self) -> None:
        """Ask to stop; from any thread."""
        self._asked.set()

    def heed(self) -> None:
        """Raise KeyboardInterrupt the first time that a stop was asked for."""
        if self._asked.is_set() and not self._heard:
            self._heard = True
            raise KeyboardInterrupt


stop_request: contextvars.ContextVar[StopRequest | None] = contextvars.ContextVar(
    "arize_nb_stop_request", default=None
)
"""Set in a thread that hears no signals, since its caller waits in a coroutine."""


def heed() -> None:
    """Raise KeyboardInterrupt where the coroutine that waits for this thread was cancelled; nothing in other
    threads.
    """
    asked = stop_request.get()
    if asked is not None:
        asked.heed()


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Ignore further SIGINTs for the few seconds that an end takes: people press the stop button twice.

    A second one in the middle of an end would leave the journal locked and threads behind. Elsewhere than in
    the main thread, where no signal arrives, nothing is done.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
