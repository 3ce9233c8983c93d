"""Run calls in other processes through the `concurrent.futures` interface: Dask, a process pool, others alike.

A call goes there as plain data and comes back as plain data; the time limit is kept over there, where waiting for a free worker does
not count. What a lost worker had under way is called again and counted.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import threading
import time
from dataclasses import replace
from typing import Any

from arize_nb.errors import InputError, RunError
from arize_nb.harness.calls import Call, CallResult, call_to_end, late
from arize_nb.harness.outcomes import Failure

LOST_TRIES = 5
"""Times that a call is begun again after its worker was lost; a task that kills its worker is then a failure."""
_LOST = ("KilledWorker", "CancelledError", "FutureCancelledError", "FuturesCancelledError", "CommClosedError", "FutureLostError")


def call_within(what: Call, timeout_s: float) -> CallResult:
    """Call to the end, but wait only so long: a late call is left behind in a daemon thread."""
    found: list[CallResult] = []
    began = time.time()
    thread = threading.Thread(target=lambda: found.append(call_to_end(what)), name="arize-nb-call", daemon=True)
    thread.start()
    thread.join(None if math.isinf(timeout_s) else timeout_s)
    if found:
        return found[0]
    return CallResult(failure=late(timeout_s), latency_ms=timeout_s * 1000, started_at_ms=int(began * 1000))


class RemoteCalls:
    """Calls through a `concurrent.futures.Executor`."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor
        self.lost = 0
        """Calls begun again because their worker was lost."""

    async def run(self, what: Call, timeout_s: float) -> CallResult:
        """Call there, within the time limit.

        Raises
        ------
        RunError
            The executor is broken or shut down: no other call can work either.
        """
        for attempt in range(1, LOST_TRIES + 1):
            try:
                future = self._executor.submit(call_within, replace(what, span=None), timeout_s)
                return await asyncio.wrap_future(future)
            except concurrent.futures.BrokenExecutor as error:
                raise RunError(f"the executor broke: {error}", hint="Start it anew, then go on: resume=True") from error
            except asyncio.CancelledError:
                if not future.cancelled():
                    raise
                failure = Failure.of(RuntimeError("the call was lost with its worker"))
            except Exception as error:  # noqa: BLE001 - of the executor: a lost worker, or what cannot be pickled
                if type(error).__name__ not in _LOST:
                    return CallResult(failure=Failure.of(error))
                failure = Failure.of(error)
            self.lost += attempt < LOST_TRIES
        return CallResult(failure=failure)


def elsewhere_of(executor: Any) -> RemoteCalls | None:
    """Take an executor, or nothing.

    Raises
    ------
    InputError
        It has no `submit`.
    """
    if executor is None:
        return None
    if not callable(getattr(executor, "submit", None)):
        raise InputError(
            f"executor is {type(executor).__name__!r}, which has no submit()",
            hint="Give a concurrent.futures.Executor; for Dask: client.get_executor().",
        )
    return RemoteCalls(executor)
