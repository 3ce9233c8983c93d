"""Service calls off the kernel's thread: the newest request of a kind counts, its result comes back on the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Run work in daemon threads and hand results back where widgets may be touched.

    In a kernel that is its event loop, so that a running cell is never interrupted; without one it is the worker thread.
    """

    def __init__(self) -> None:
        self._newest: dict[str, object] = {}
        self._results: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._delivering = threading.RLock()
        self._open = 0
        self._counting = threading.Lock()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def submit(
        self,
        kind: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        delay_s: float = 0.0,
    ) -> None:
        """Run `work` in a thread; a newer request of the same kind makes this one's result void.

        Parameters
        ----------
        kind : str
            What the request replaces.
        work : callable
            Runs in a worker thread.
        done, failed : callable
            One of them is called with the result or the exception, where widgets may be touched.
        delay_s : float
            Seconds to wait first; a newer request in that time and the work is never begun (typing).
        """
        token = object()
        self._newest[kind] = token
        with self._counting:
            self._open += 1

        def current() -> bool:
            return self._newest.get(kind) is token

        def run() -> None:
            answer: Callable[[], None] = _nothing
            if delay_s:
                time.sleep(delay_s)
            if current():
                try:
                    answer = _bound(done, work())
                except Exception as error:  # noqa: BLE001  whatever the work raises is its answer
                    answer = _bound(failed, error)
            self._results.put(lambda: self._end(kind, token, answer))
            self._wake()

        threading.Thread(target=run, name=f"arize_nb {kind}", daemon=True).start()

    def tick(self, kind: str, say: Callable[[float], None], every_s: float = 1.0) -> None:
        """Call `say` with the seconds gone by, again and again while the newest request of this kind is open."""
        token, began = self._newest.get(kind), time.monotonic()

        def run() -> None:
            while True:
                time.sleep(every_s)
                if self._newest.get(kind) is not token:
                    return
                self._results.put(lambda: say(time.monotonic() - began) if self._newest.get(kind) is token else None)
                with self._counting:
                    self._open += 1
                self._wake()

        threading.Thread(target=run, name=f"arize_nb {kind} clock", daemon=True).start()

    def forget(self, kind: str) -> None:
        """Make the open request of this kind void."""
        self._newest.pop(kind, None)

    def wait(self, timeout_s: float = 10.0) -> bool:
        """Deliver results here until nothing is open; False when time ran out. For scripts and tests."""
        end = time.monotonic() + timeout_s
        while self._open:
            self._deliver()
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def _end(self, kind: str, token: object, answer: Callable[[], None]) -> None:
        if self._newest.get(kind) is token:
            del self._newest[kind]
            answer()

    def _wake(self) -> None:
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._deliver)
        else:
            self._deliver()

    def _deliver(self) -> None:
        with self._delivering:
            while True:
                try:
                    answer = self._results.get_nowait()
                except queue.Empty:
                    return
                try:
                    answer()
                finally:
                    with self._counting:
                        self._open -= 1


def _bound(callback: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: callback(value)


def _nothing() -> None:
    """Deliver nothing: the request was replaced before it began."""
