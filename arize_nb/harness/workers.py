"""Where user code runs: an event loop in a thread of its own, and daemon threads that can be left behind.

Daemon threads of ours, since `ThreadPoolExecutor` joins its threads when the interpreter exits: one late task would keep it alive.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BEAT_S = 0.2
"""How often a loop shows that it turns."""
END_S = 1.0
"""Time that cancelled coroutines have to clean up when a loop ends."""
_numbers = itertools.count(1)


class LoopThread:
    """An event loop in a daemon thread: a loop that runs in the notebook, or a patched one, does not matter."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.beat_at = time.monotonic()
        """When the loop last turned (monotonic clock)."""
        self._dead = False
        self._thread = threading.Thread(target=self._run, name=f"arize-nb-loop-{next(_numbers)}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self._beat)
        try:
            self.loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self.loop):  # late ones: they are counted, asyncio need not report them besides
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            if not self._dead:
                self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def _beat(self) -> None:
        self.beat_at = time.monotonic()
        if self._dead:
            self.loop.stop()
        else:
            self.loop.call_later(BEAT_S, self._beat)

    @property
    def ident(self) -> int | None:
        """Id of the thread, to look at its frames."""
        return self._thread.ident

    def stop(self) -> None:
        """End the loop and its thread; what still runs in it is cancelled."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._cancel_and_stop)
            self._thread.join(timeout=END_S + 1.0)

    def _cancel_and_stop(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self._ending = self.loop.create_task(self._end(tasks))

    async def _end(self, tasks: set[asyncio.Task[Any]]) -> None:
        """Let coroutines clean up (close their connections), then stop."""
        if tasks:
            await asyncio.wait(tasks, timeout=END_S)
        self.loop.stop()

    def abandon(self) -> None:
        """Leave the loop behind: it is blocked, and stops by itself should it ever turn again."""
        self._dead = True


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
