"""Run calls in other processes through the `concurrent.futures` interface: Dask, a process pool, others
alike.

A call goes there as plain data and comes back as plain data; the time limit is kept over there, where waiting
for a free worker does not count. What a lost worker had under way is called again and counted.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import math
import threading
import time
import uuid
from dataclasses import replace
from textwrap import shorten
from typing import Any

from arize_nb.errors import InputError, RunError
from arize_nb.harness.engine.call import Call, CallResult, call_to_end, late
from arize_nb.harness.next_steps import GO_ON
from arize_nb.harness.records.run_record import Failure
from arize_nb.harness.tracing.model_calls import watch_model_calls
from arize_nb.text.command_line import Hint

LOST_TRIES = 5
"""Times that a call is begun again after its worker was lost; a task that kills its worker is
then a failure.
"""
PROBE_S = 30.0
"""A function may take so long to travel to an executor and back before the run begins without knowing."""
_ACCEPTED = "Give a concurrent.futures.Executor (a pool of threads or processes, Dask's client or its get_executor()), or leave it out."
_CARRIED = (
    "Other processes import functions by name: put it into a module that they can import, with all that it uses, or take an executor "
    "that sends code itself (Dask)."
)
_START_ANEW = Hint.of("Start one anew. {}", GO_ON)
_LOST = (
    "KilledWorker",
    "CancelledError",
    "FutureCancelledError",
    "FuturesCancelledError",
    "CommClosedError",
    "FutureLostError",
)


def call_within(what: Call, timeout_s: float, token: str = "") -> CallResult:  # noqa: ARG001
    """Call to the end, but wait only so long: a late call is left behind in a daemon thread.

    `token` makes every call differ from all others: Dask computes equal calls only once, and repetitions are
    equal.
    """
    watch_model_calls()
    found: list[CallResult] = []
    started: list[concurrent.futures.Future[CallResult]] = []
    context = contextvars.copy_context()  # whose loop user code runs on
    began = time.time()

    def serve() -> None:
        with contextlib.suppress(concurrent.futures.CancelledError):
            found.append(context.run(call_to_end, what, started))

    thread = threading.Thread(target=serve, name="arize-nb-call", daemon=True)
    thread.start()
    thread.join(None if math.isinf(timeout_s) else timeout_s)
    if found:
        return found[0]
    for future in started:
        future.cancel()
    return CallResult(
        failure=late(timeout_s),
        latency_ms=timeout_s * 1000,
        started_at_ms=int(began * 1000),
        reported=what.reported,
    )


class RemoteCalls:
    """Calls through a `concurrent.futures.Executor`."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor
        self._began = time.time()
        self._again = 0

    async def run(self, what: Call, timeout_s: float) -> CallResult:
        """Call there, within the time limit.

        Raises
        ------
        RunError
            The executor is broken or shut down: no other call can work either.
        """
        sent = replace(what, span=None)
        failure = None
        for attempt in range(LOST_TRIES):
            self._again += attempt > 0
            try:
                future = self._executor.submit(call_within, sent, timeout_s, uuid.uuid4().hex)
            except RuntimeError as error:
                raise RunError(f"the executor takes no calls: {error}", hint=_START_ANEW) from error
            try:
                return await asyncio.wrap_future(future)
            except concurrent.futures.BrokenExecutor as error:
                raise RunError(f"the executor broke: {error}", hint=_START_ANEW) from error
            except asyncio.CancelledError as error:
                if not future.cancelled():
                    raise
                failure = Failure.of(RuntimeError(f"the call was lost with its worker {error}".rstrip()))
            except Exception as error:  # noqa: BLE001 - of the executor: a lost worker, or what cannot be pickled
                failure = Failure.of(error)
                if not _is_lost(error):
                    break
        return CallResult(failure=failure)

    def check(self, function: Any, what: str) -> None:
        """Send a function there and back, without calling it: what cannot travel is told before anything is
        called or thrown away.

        Raises
        ------
        InputError
            The executor takes no calls, gives no future, or cannot carry the function.
        """
        try:
            future = self._executor.submit(arrives, function)
            if not isinstance(future, concurrent.futures.Future):
                kind = f"{type(future).__module__}.{type(future).__qualname__}"
                raise InputError(
                    f"submit() of this executor gives a {kind}, no concurrent.futures.Future", hint=_ACCEPTED
                )
            future.result(timeout=PROBE_S)
        except concurrent.futures.TimeoutError:
            return  # its workers are yet to come
        except InputError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(
                f"the executor cannot carry {what}: {shorten(reason, 300, placeholder=' …')}", hint=_CARRIED
            ) from error

    def lost(self) -> int:
        """Count calls that were begun again because their worker was lost: by us, and by Dask, which does so
        by itself.

        Dask's count is its scheduler's: calls that were with the worker when it went, begun or about to be.
        """
        client = getattr(self._executor, "_client", None)
        if not type(self._executor).__module__.startswith("distributed") or client is None:
            return self._again
        return self._again + sum(
            _lost_with_worker(event) for moment, event in client.get_events("all") if moment >= self._began
        )


def arrives(function: object) -> bool:
    """Stand in for a call, where calls are to be made."""
    return callable(function)


def _is_lost(error: Exception) -> bool:
    """Say whether a call was lost on its way, so that it can be begun again: our side of a call raises
    nothing itself.

    Dask's adapter (`distributed.cfexecutor`) asks for the state of a call after its result. When the worker
    dies in between, it takes the result for the three parts of an error, which a `CallResult` does not have.
    """
    return type(error).__name__ in _LOST or (
        isinstance(error, TypeError) and CallResult.__name__ in str(error)
    )


def _lost_with_worker(event: object) -> int:
    """Count our calls that an event of Dask's scheduler says were lost with a worker."""
    if not isinstance(event, dict) or event.get("action") != "remove-worker":
        return 0
    keys = {*event.get("processing-tasks", ()), *event.get("lost-computed-tasks", ())}
    return sum(str(key).startswith(call_within.__name__) for key in keys)


def elsewhere_of(executor: Any) -> RemoteCalls | None:
    """Take an executor, a Dask client, or nothing.

    Raises
    ------
    InputError
        It is no executor.
    """
    if executor is None:
        return None
    if type(executor).__module__.startswith("distributed") and callable(
        getattr(executor, "get_executor", None)
    ):
        executor = executor.get_executor()
    if isinstance(executor, type):
        raise InputError(
            f"executor is the class {executor.__name__}, not an executor",
            hint=f"Make one: {executor.__name__}().",
        )
    if not callable(getattr(executor, "submit", None)):
        raise InputError(f"executor is a {type(executor).__name__}, which has no submit()", hint=_ACCEPTED)
    return RemoteCalls(executor)
