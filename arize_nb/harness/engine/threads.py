"""Where a `def` of the user runs: daemon threads that can be left behind.

Daemon threads of ours, since `ThreadPoolExecutor` joins its threads when the interpreter exits: one late task
would keep it alive.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_numbers = itertools.count(1)


class Job:
    """One call in a thread, and the future that waits for it."""

    __slots__ = ("abandoned", "function", "future", "value")

    def __init__(self, function: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        self.function = function
        self.future = future
        self.value: Any = None
        self.abandoned = False


class DaemonThreads:
    """As many daemon threads as there are calls at once; used from one loop only.

    The functions given must not raise.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ended: deque[Job] = deque()
        self._drain_is_due = False
        self._threads = 0
        self._busy = 0
        self.abandoned = 0
        """Calls that were left behind."""

    def submit(self, function: Callable[[], Any]) -> Job:
        """Start a call; its future gets what it returns."""
        job = Job(function, self._loop.create_future())
        self._busy += 1
        if self._busy > self._threads:
            self._threads += 1
            threading.Thread(target=self._serve, name=f"arize-nb-task-{next(_numbers)}", daemon=True).start()
        self._jobs.put(job)
        return job

    def abandon(self, job: Job) -> None:
        """Leave a late call behind: its thread ends with it, its result is dropped, its place is free."""
        job.abandoned = True
        job.future.cancel()
        self.abandoned += 1
        self._threads -= 1
        self._busy -= 1

    def close(self) -> None:
        """Let idle threads end."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.value = job.function()
            if job.abandoned:
                return
            self._ended.append(job)
            if not self._drain_is_due:
                self._drain_is_due = True
                try:
                    self._loop.call_soon_threadsafe(self._drain)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    return

    def _drain(self) -> None:
        """Hand over all results there are: one wake-up of the loop serves many threads."""
        self._drain_is_due = False
        while self._ended:
            job = self._ended.popleft()
            if job.abandoned:
                continue
            self._busy -= 1
            if not job.future.done():
                job.future.set_result(job.value)
