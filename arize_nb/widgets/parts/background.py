"""Service calls off the kernel's thread: the newest request of a kind counts, its result comes back on the
event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
LOG = logging.getLogger("arize_nb.widgets")


@dataclass(eq=False)
class _Request:
    """One request; `gone` is set once a newer one of its kind, or nobody, wants it."""

    gone: threading.Event = field(default_factory=threading.Event)


class Background:
    """Run work in daemon threads and hand results back where widgets may be touched.

    In a kernel that is its event loop, so that a running cell is never interrupted; without one it is the
    worker thread.
    """

    def __init__(self) -> None:
        self._newest: dict[str, _Request] = {}
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
            One of them is called with the result or the exception, where widgets may be touched; `failed`
            also with what `done` raises.
        delay_s : float
            Seconds to wait first; a newer request in that time and the work is never begun (typing).
        """
        self.forget(kind)
        request = self._newest[kind] = _Request()

        def run() -> None:
            answer: Callable[[], None] = _nothing
            if not request.gone.wait(delay_s):
                try:
                    answer = _bound(done, work())
                except Exception as error:  # noqa: BLE001  whatever the work raises is its answer
                    answer = _bound(failed, error)
            self._put(lambda: self._end(kind, request, answer, failed))

        self._count(+1)
        threading.Thread(target=run, name=f"arize_nb {kind}", daemon=True).start()

    def tick(self, kind: str, say: Callable[[float], None], every_s: float = 1.0) -> None:
        """Call `say` with the seconds gone by, again and again while the newest request of this
        kind is open.
        """
        request, began = self._newest.get(kind), time.monotonic()
        if request is None:
            return

        def run() -> None:
            while not request.gone.wait(every_s):
                self._count(+1)
                self._put(lambda: None if request.gone.is_set() else say(time.monotonic() - began))

        threading.Thread(target=run, name=f"arize_nb {kind} clock", daemon=True).start()

    def forget(self, kind: str) -> None:
        """Make the open request of this kind void."""
        request = self._newest.pop(kind, None)
        if request is not None:
            request.gone.set()

    def close(self) -> None:
        """Make every open request void; threads that only wait end at once."""
        for kind in list(self._newest):
            self.forget(kind)

    def wait(self, timeout_s: float = 10.0) -> bool:
        """Deliver results here until nothing is open; False when time ran out. For scripts and tests."""
        end = time.monotonic() + timeout_s
        while self._open:
            self._deliver()
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def _count(self, by: int) -> None:
        with self._counting:
            self._open += by

    def _end(
        self, kind: str, request: _Request, answer: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        if request.gone.is_set():
            return
        self.forget(kind)
        try:
            answer()
        except Exception as error:  # noqa: BLE001  a widget says what went wrong in it
            failed(error)

    def _put(self, answer: Callable[[], None]) -> None:
        """Queue what is to be called, and see to it that it is: on the loop, or here where there is none (any
        more).
        """
        self._results.put(answer)
        if self._loop is not None and self._loop.is_running():
            with contextlib.suppress(RuntimeError):  # closed this moment: the kernel ends
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
                except Exception:
                    LOG.warning("a result could not be shown", exc_info=True)
                finally:
                    self._count(-1)


def _bound(callback: Callable[[Any], None], value: object) -> Callable[[], None]:
    return lambda: callback(value)


def _nothing() -> None:
    """Deliver nothing: the request was replaced before it began."""
