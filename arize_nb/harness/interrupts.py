"""Hold back the stop button while what was done is put away."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Ignore further SIGINTs for the few seconds that an end takes: people press the stop button twice.

    A second one in the middle of an end would leave the journal locked and threads behind. Elsewhere than in the main thread, where no
    signal arrives, nothing is done.
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
