"""Call user code until it works, fails for good, or has been tried often enough."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.harness.engine.call import Call, CallResult, awaiting, call, call_async, late
from arize_nb.harness.engine.threads import DaemonThreads
from arize_nb.harness.engine.throttle import RATE_LIMIT_RETRIES, Wait
from arize_nb.harness.functions.task import Reported
from arize_nb.harness.records.run_record import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arize_nb.harness.engine.run_state import RunState
    from arize_nb.harness.functions.binding import Binding

SWEEP_S = 0.05
"""How often time limits are looked at."""
GRACE_S = 1.0
"""Time that a cancelled `async def` has to clean up before it is left behind."""


@dataclass(slots=True)
class Subject:
    """What is called, for what; made for every call, so it is not frozen (that costs more than making it)."""

    stage: str
    """task or evaluator."""
    name: str
    example_id: str
    binding: Binding
    values: Mapping[str, Callable[[], Any]]
    """Key -> what makes the value of a parameter."""

    @property
    def is_task(self) -> bool:
        """Whether an output is made."""
        return self.stage == "task"


class Deadlines:
    """Waits for futures within a time limit: one timer for all of them, since a timer each costs as much as a
    small task.

    A limit is noticed up to `SWEEP_S` late.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[asyncio.Future[bool], float] = {}
        self._sweeping = False

    async def met(self, future: asyncio.Future[Any], limit_s: float) -> bool:
        """Wait for a future, and tell whether it ended in time; it is not cancelled."""
        waiter: asyncio.Future[bool] = self._loop.create_future()

        def ended(_: asyncio.Future[Any]) -> None:
            if not waiter.done():
                waiter.set_result(True)

        future.add_done_callback(ended)
        self._waiting[waiter] = self._loop.time() + limit_s
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(SWEEP_S, self._sweep)
        try:
            return await waiter
        finally:
            del self._waiting[waiter]

    def _sweep(self) -> None:
        now = self._loop.time()
        for waiter, deadline in self._waiting.items():
            if deadline <= now and not waiter.done():
                waiter.set_result(False)
        self._sweeping = bool(self._waiting)
        if self._sweeping:
            self._loop.call_later(SWEEP_S, self._sweep)


class Caller:
    """Calls functions on one loop and its threads, within the limits of the run.

    Parameters
    ----------
    state : RunState
        The run: limits, throttle, tally.
    loop : AbstractEventLoop
        Where `async def` runs; all methods are for its thread.
    """

    def __init__(self, state: RunState, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._timeout_s = state.settings.timeout_s
        self._throttle = state.throttle
        self._loop = loop
        self._threads = DaemonThreads(loop)
        self._deadlines = Deadlines(loop)
        self._waiting: list[asyncio.Future[None]] = []
        self._left_behind = 0
        self.current: dict[asyncio.Task[Any], str] = {}
        """User coroutines under way, and the example that each is for."""
        self.dead = False
        """The loop was left behind: nothing shared may be touched any more."""

    @property
    def abandoned(self) -> int:
        """Late calls that were left behind."""
        return self._left_behind + self._threads.abandoned

    def close(self) -> None:
        """Let idle threads end."""
        self._threads.close()

    def call_at_once(self, subject: Subject) -> CallResult:
        """Call where we stand: for functions that neither wait nor take long."""
        return call(self._what(subject))

    async def call(self, subject: Subject) -> tuple[CallResult, int]:
        """Call with retries; return the last result, with what all of them reported, and the
        number of calls.
        """
        state, throttle = self._state, self._throttle
        failed = limited = 0
        spent = Reported()
        while True:
            if throttle.wait_s(time.monotonic()) > 0:
                await self._place()
            throttle.under_way += 1
            try:
                result = await self._attempt(subject, self._what(subject))
            finally:
                self._leave()
            attempts = failed + limited + 1
            spent.add(result.reported if subject.is_task else result.reported.without_traces())
            result.reported = spent
            if result.failure is None:
                throttle.succeeded()
                return result, attempts
            if result.rate_limited:
                limited += 1
                wait = Wait.before(limited, result.retry_after_s, state.draw)
                throttle.slow_down(time.monotonic(), wait.for_all_s)
                enough = limited > (RATE_LIMIT_RETRIES if state.settings.retries else 0)
            else:
                failed += 1
                wait = Wait.before(failed, result.retry_after_s, state.draw)
                enough = failed > state.settings.retries
            if enough or not result.transient or state.stopping:
                return result, attempts
            state.tally.retries += 1
            await asyncio.sleep(wait.own_s)

    def _what(self, subject: Subject) -> Call:
        args, kwargs = subject.binding.arguments(subject.values)
        spans = self._state.spans
        span = (
            None
            if spans is None
            else (lambda: spans(subject.stage, subject.name, subject.example_id, args, kwargs))
        )
        settings = self._state.settings
        return Call(
            subject.binding.function,
            args,
            kwargs,
            settings.rate_limit_errors,
            subject.is_task,
            settings.retry_on,
            span=span,
        )

    async def _attempt(self, subject: Subject, what: Call) -> CallResult:
        """Make one call, in the place that suits the function, within the time limit."""
        if self._state.elsewhere is not None and subject.is_task:
            return await self._state.elsewhere.run(what, self._timeout_s)
        if subject.binding.is_async:
            return await self._await(what, subject.example_id)
        context = contextvars.copy_context()  # what the caller of the run has set, as an `async def` sees it
        job = self._threads.submit(lambda: context.run(call, what))
        if not await self._deadlines.met(job.future, self._timeout_s):
            self._threads.abandon(job)
            return self._late(what)
        result: CallResult = job.future.result()
        if result.failure is None and inspect.isawaitable(result.value):
            return await self._await(awaiting(result.value, what), subject.example_id)
        return result

    async def _await(self, what: Call, example_id: str) -> CallResult:
        task = self._loop.create_task(call_async(what))
        self.current[task] = example_id
        try:
            if not await self._deadlines.met(task, self._timeout_s):
                task.cancel()
                if not await self._deadlines.met(task, GRACE_S):
                    self._left_behind += 1
                return self._late(what)
        finally:
            self.current.pop(task, None)
        if task.cancelled():
            return CallResult(failure=Failure.of(asyncio.CancelledError("the call cancelled itself")))
        return task.result()

    def _late(self, what: Call) -> CallResult:
        limit_s = self._timeout_s
        began_at_ms = int((time.time() - limit_s) * 1000)
        return CallResult(
            failure=late(limit_s),
            latency_ms=limit_s * 1000,
            started_at_ms=began_at_ms,
            reported=what.reported,
        )

    async def _place(self) -> None:
        """Wait for a place; without a rate limit there always is one."""
        while (wait_s := self._throttle.wait_s(time.monotonic())) > 0:
            if math.isinf(wait_s):
                self._waiting.append(self._loop.create_future())
                await self._waiting[-1]
            else:
                await asyncio.sleep(wait_s)

    def _leave(self) -> None:
        if self.dead:
            return
        self._throttle.under_way -= 1
        if self._waiting:
            for _ in range(min(len(self._waiting), int(self._throttle.limit) - self._throttle.under_way)):
                waiter = self._waiting.pop(0)
                if not waiter.done():
                    waiter.set_result(None)
