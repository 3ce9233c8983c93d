"""The event loop that user code runs on: one for the life of the process, or the caller's own.

A client, a semaphore or a lock belongs to the loop that it was first used on. So all runs share one loop, in
a daemon thread: what a run has used, the next one can use. A notebook's own loop cannot serve a `run`, which
blocks it; `arun` runs user code there.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import itertools
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from concurrent.futures import Future

BEAT_S = 0.2
"""How often a loop shows that it turns, while a run watches it."""
END_S = 1.0
"""Time that cancelled coroutines have to clean up when a run or a loop ends."""
_numbers = itertools.count(1)
_lock = threading.Lock()
_shared: LoopThread | None = None
_of_parent: list[LoopThread] = []
"""Loops of the process that this one was forked from: kept, since a loop that is thrown away closes what the
parent uses.
"""
callers_loop: contextvars.ContextVar[CallersLoop | None] = contextvars.ContextVar(
    "arize_nb_callers_loop", default=None
)
"""Set where a coroutine of the caller waits for the run: user code runs on its loop."""


class UserLoop(Protocol):
    """A loop for user code, as a run sees it."""

    loop: asyncio.AbstractEventLoop
    calls: list[dict[asyncio.Task[Any], str]]
    """For each run on it: user coroutines under way, and the example that each is for."""

    def watch(self) -> None:
        """Let it show that it turns, until `unwatch`."""

    def unwatch(self) -> None:
        """End what `watch` began."""

    def silent_s(self) -> float:
        """Seconds since it last turned."""

    def abandon(self) -> None:
        """Leave it behind: it is blocked."""


class CallersLoop:
    """The loop of a coroutine that waits for the run: its blocks are the caller's, who is to
    interrupt them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.calls: list[dict[asyncio.Task[Any], str]] = []

    def watch(self) -> None:
        """There is nothing to watch for."""

    def unwatch(self) -> None:
        """Nothing was begun."""

    def silent_s(self) -> float:
        """Return 0: it is never given up."""
        return 0.0

    def abandon(self) -> None:
        """Do nothing: it is never given up."""


class LoopThread:
    """An event loop in a daemon thread: a loop that runs in the notebook, or a patched one,
    does not matter.
    """

    def __init__(self, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        """Whether it outlives the run."""
        self.loop = asyncio.new_event_loop()
        self.calls: list[dict[asyncio.Task[Any], str]] = []
        self._beat_at = time.monotonic()
        self._watchers = 0
        self._beating = False
        self._dead = False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"arize-nb-loop-{next(_numbers)}", daemon=True)
        self._thread.start()

    @property
    def serves(self) -> bool:
        """Whether it can be given to another run, from the thread that asks."""
        return self._thread.is_alive() and not self._dead and threading.current_thread() is not self._thread

    @property
    def is_mine(self) -> bool:
        """Whether this code runs on it: waiting for it would never end."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            for task in asyncio.all_tasks(
                self.loop
            ):  # late ones: they are counted, asyncio need not report them besides
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            if not self._dead:
                self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def watch(self) -> None:
        """Let it show that it turns: an idle kernel is not woken five times a second for nothing."""
        with self._guard:
            self._watchers += 1
            self._beat_at = time.monotonic()
            if not self._beating:
                self._beating = True
                self.loop.call_soon_threadsafe(self._beat)

    def unwatch(self) -> None:
        """End what `watch` began."""
        with self._guard:
            self._watchers -= 1

    def _beat(self) -> None:
        self._beat_at = time.monotonic()
        if self._dead:
            self.loop.stop()
            return
        with self._guard:
            self._beating = self._watchers > 0
            if self._beating:
                self.loop.call_later(BEAT_S, self._beat)

    def silent_s(self) -> float:
        """Seconds since it last turned; meant for those who watch it."""
        return time.monotonic() - self._beat_at

    def abandon(self) -> None:
        """Leave the loop behind: it is blocked, and stops by itself should it ever turn again."""
        self._dead = True
        with contextlib.suppress(RuntimeError):  # closed: it has stopped already
            self.loop.call_soon_threadsafe(self.loop.stop)

    def stop(self) -> None:
        """End the loop and its thread; what still runs in it is cancelled."""
        if self._thread.is_alive() and not self._dead and not self.is_mine:
            end_tasks(self.loop, lambda: asyncio.all_tasks(self.loop), then=self.loop.stop)
            self._thread.join(timeout=END_S)


def end_tasks(loop: asyncio.AbstractEventLoop, tasks: Any, then: Any = lambda: None) -> bool:
    """Cancel tasks of a loop from another thread, and wait while they clean up (close their connections), for
    about a second.

    Returns whether the loop did so: one that is blocked does not.

    Parameters
    ----------
    loop : AbstractEventLoop
        Where they run.
    tasks : callable
        Gives them; called on the loop.
    then : callable
        Called on the loop afterwards.
    """
    if _is_running_here(loop):  # waiting for it here would be waiting for oneself
        return True
    ended = threading.Event()

    async def end(found: Iterable[asyncio.Task[Any]]) -> None:
        waiting = [task for task in found if not task.done()]
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.wait(waiting, timeout=END_S)
        ended.set()
        then()

    def begin() -> None:
        kept.append(loop.create_task(end(tasks())))

    kept: list[asyncio.Task[None]] = []
    with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs there
        loop.call_soon_threadsafe(begin)
        return ended.wait(END_S + 1.0)
    return True


def _is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def user_loop() -> UserLoop:
    """Return the loop for user code: the caller's where a coroutine of theirs waits, else the one of this
    process.

    From code that runs on that one a loop of its own is given, since waiting there for itself would never
    end.
    """
    given = callers_loop.get()
    return given if given is not None else _of_process()


def _of_process() -> LoopThread:
    global _shared
    with _lock:
        if _shared is not None and _shared.is_mine:
            return LoopThread()
        if _shared is None or not _shared.serves:
            _shared = LoopThread(is_shared=True)
        return _shared


def run_to_end(coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
    """Start a coroutine on the loop for user code, from a thread that is to wait for it; on a new one when
    that is blocked.
    """
    found = user_loop()
    if isinstance(found, LoopThread) and not _turns(found):
        found.abandon()
        found = user_loop()
    return asyncio.run_coroutine_threadsafe(coroutine, found.loop)


def _turns(loop: UserLoop, within_s: float = 0.5) -> bool:
    """Tell whether a loop does anything at present; not to be asked from code that runs on it."""
    turned = threading.Event()
    loop.loop.call_soon_threadsafe(turned.set)
    return turned.wait(within_s)


def _forget_parents_loop() -> None:
    """After a fork: the thread of the loop is the parent's."""
    global _shared, _lock
    _lock = threading.Lock()
    if _shared is not None:
        _of_parent.append(_shared)
        _shared = None


def _end() -> None:
    """End the loop when the interpreter does, so that clients can close their connections."""
    if _shared is not None:
        _shared.stop()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_loop)
atexit.register(_end)
