"""Run a task and its evaluators over many examples at once, within limits of time, number and failure."""

from __future__ import annotations

import asyncio
import inspect
import math
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from arize_nb.errors import AxError, RunError
from arize_nb.harness.calls import Call, CallResult, awaiting, call, call_async, late
from arize_nb.harness.evaluators import Evaluator, normalise
from arize_nb.harness.examples import ExampleView
from arize_nb.harness.outcomes import EvaluatorRecord, Failure, RunRecord
from arize_nb.harness.rate_limit import RATE_LIMIT_RETRIES, Throttle, backoff_s
from arize_nb.harness.workers import DaemonThreads, LoopThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from arize_nb.harness.binding import Binding
    from arize_nb.harness.settings import RunSettings
    from arize_nb.harness.task import Task

TICK_S = 0.1
"""How often the waiting thread looks up: progress, interrupts, a blocked loop."""
GRACE_S = 1.0
"""Time that a cancelled `async def` has to clean up before it is left behind."""
STUCK_S = 2.0
"""A loop that does not turn for so long beyond the time limit is blocked."""


@dataclass(slots=True)
class Item:
    """One example in one repetition, and what is left to do for it."""

    example: Mapping[str, Any]
    example_id: str
    repetition: int
    evaluators: tuple[Evaluator, ...] = ()
    record: RunRecord | None = None
    """The run, when only evaluators are left."""


class Outbox(Protocol):
    """Where results go; called on the loop's thread, must not block."""

    def put(self, run: RunRecord | None, evaluations: Mapping[str, EvaluatorRecord], record: RunRecord, *, finished: bool) -> None:
        """Take a run (when new) and new evaluations of `record`; `finished` says that nothing more comes for it."""


class Elsewhere(Protocol):
    """Runs calls in other processes."""

    async def run(self, what: Call, timeout_s: float) -> CallResult:
        """Call there, within the time limit."""


@dataclass(slots=True)
class Tally:
    """What happened besides results."""

    retries: int = 0
    abandoned: int = 0
    """Late calls that were left behind."""
    requeued: int = 0
    """Runs begun again, since another one blocked the loop."""


@dataclass(slots=True)
class _Flight:
    """A run under way."""

    item: Item
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


class Executor:
    """Runs items; one object a run.

    Parameters
    ----------
    task : Task
        What is called for items without a record.
    settings : RunSettings
        Limits.
    outbox : Outbox
        Takes the results.
    stop_after : callable
        Called with every new run; an error that it returns stops the run.
    elsewhere : Elsewhere, optional
        Runs the task in other processes; evaluators stay here.
    spans : callable, optional
        ``spans(kind, name, run, call)`` makes what traces a call; None when traces are off.
    """

    def __init__(
        self,
        task: Task | None,
        settings: RunSettings,
        outbox: Outbox,
        *,
        stop_after: Callable[[RunRecord], AxError | None] = lambda _: None,
        elsewhere: Elsewhere | None = None,
        spans: Callable[..., Any] | None = None,
    ) -> None:
        self._task = task
        self._settings = settings
        self._outbox = outbox
        self._stop_after = stop_after
        self._elsewhere = elsewhere
        self._spans = spans
        self._draw = random.Random(settings.seed)  # noqa: S311 - jitter, not a secret
        self._throttle = Throttle(settings.concurrency)
        self._items: Iterable[Item] = iter(())
        self._again: list[Item] = []
        self._stopping = False
        self._error: BaseException | None = None
        self._ended = threading.Event()
        self._crew: _Crew | None = None
        self.tally = Tally()
        self.stopped: AxError | None = None
        """Why the run was stopped early; None when it was not."""

    @property
    def slowdowns(self) -> int:
        """How often a rate limit slowed the run."""
        return self._throttle.slowdowns

    @property
    def places(self) -> int:
        """Calls at once that the rate limits leave."""
        return int(self._throttle.limit)

    def run(self, items: Iterable[Item], tick: Callable[[], None]) -> None:
        """Run all items, waiting in the calling thread; `tick` is called ten times a second.

        Raises
        ------
        KeyboardInterrupt
            From the waiting thread; nothing new is begun, what is under way is cancelled or left behind.
        RunError
            The harness itself failed.
        """
        self._items = iter(items)
        self._crew = _Crew(self)
        try:
            while not self._ended.wait(TICK_S):
                tick()
                self._replace_stuck_crew()
        finally:
            self._stopping = True
            self._crew.close()
            self.tally.abandoned += self._crew.abandoned
        if self._error is not None:
            raise self._error

    def _replace_stuck_crew(self) -> None:
        """Leave a blocked loop behind: its culprit is late, the other runs in flight begin again."""
        crew = self._crew
        assert crew is not None
        if time.monotonic() - crew.loop_thread.beat_at < self._settings.timeout_s + STUCK_S:
            return
        innocent = crew.abandon()
        self.tally.abandoned += crew.abandoned + 1
        self.tally.requeued += len(innocent)
        self._again.extend(innocent)
        self._throttle.under_way = 0
        self._crew = _Crew(self)

    def _take(self) -> Item | None:
        if self._stopping:
            return None
        if self._again:
            return self._again.pop()
        return next(self._items, None)  # type: ignore[call-overload,no-any-return]

    def _fail(self, error: BaseException) -> None:
        self._error = error if isinstance(error, AxError) else RunError(f"the run failed inside arize_nb: {type(error).__name__}: {error}")
        self._error.__cause__ = None if self._error is error else error
        self._stopping = True
        self._ended.set()

    def _note(self, record: RunRecord) -> None:
        reason = self._stop_after(record)
        if reason is not None and self.stopped is None:
            self.stopped = reason
            self._stopping = True


class _Crew:
    """The coroutines that do the work, on a loop of their own."""

    def __init__(self, executor: Executor) -> None:
        self._run = executor
        self._settings = executor._settings
        self._throttle = executor._throttle
        self._dead = False
        self._flights: dict[int, _Flight] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._coroutines_left = self._settings.concurrency
        self._left_behind = 0
        self.loop_thread = LoopThread()
        self._loop = self.loop_thread.loop
        self._threads = DaemonThreads(self._loop)
        self._loop.call_soon_threadsafe(self._start)

    @property
    def abandoned(self) -> int:
        """Late calls that were left behind."""
        return self._left_behind + self._threads.abandoned

    def _start(self) -> None:
        self._workers = [self._loop.create_task(self._work(number)) for number in range(self._settings.concurrency)]

    def close(self) -> None:
        """End the loop, its coroutines and its idle threads."""
        self._dead = True
        self.loop_thread.stop()
        self._threads.close()

    def abandon(self) -> list[Item]:
        """Leave the loop behind; record its culprit as late and return the other items in flight."""
        self._dead = True
        self.loop_thread.abandon()
        self._threads.close()
        current = asyncio.current_task(self._loop)
        flights = list(self._flights.values())
        guilty = [flight for flight in flights if current in flight.tasks] or flights
        for flight in guilty:
            self._record_stuck(flight.item)
        return [flight.item for flight in flights if flight not in guilty]

    def _record_stuck(self, item: Item) -> None:
        failure = Failure.of(TimeoutError(f"blocked the event loop for more than {self._settings.timeout_s:g} s; make it a plain `def`"))
        if item.record is None:
            record = RunRecord(item.example_id, item.repetition, failure=failure, attempts=1)
            self._run._outbox.put(record, {}, record, finished=True)
            self._run._note(record)
        else:
            late_ones = {
                evaluator.name: EvaluatorRecord(failure=failure)
                for evaluator in item.evaluators
                if evaluator.name not in item.record.evaluations
            }
            item.record.evaluations.update(late_ones)
            self._run._outbox.put(None, late_ones, item.record, finished=True)

    async def _work(self, number: int) -> None:
        try:
            while not self._dead and (item := self._run._take()) is not None:
                flight = self._flights[number] = _Flight(item)
                await self._one(item, flight)
                self._flights.pop(number, None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - ours: reported by the waiting thread
            self._run._fail(error)
        finally:
            self._coroutines_left -= 1
            if self._coroutines_left == 0 and not self._dead:
                self._run._ended.set()

    async def _one(self, item: Item, flight: _Flight) -> None:
        """Do what is left for one item: the task, then its evaluators."""
        view = ExampleView(item.example)
        record = item.record
        outbox = self._run._outbox
        if record is None:
            record = await self._run_task(item, view, flight)
            if self._dead:
                return
            item.record = record
            scored = record.failure is None and bool(item.evaluators)
            outbox.put(record, {}, record, finished=not scored)
            self._run._note(record)
            if not scored:
                return
        if record.failure is not None or not item.evaluators:
            outbox.put(None, {}, record, finished=True)
            return
        for position, evaluator in enumerate(item.evaluators):
            made = await self._evaluate(evaluator, view, record, flight)
            if self._dead:
                return
            record.evaluations[evaluator.name] = made
            outbox.put(None, {evaluator.name: made}, record, finished=position == len(item.evaluators) - 1)

    async def _run_task(self, item: Item, view: ExampleView, flight: _Flight) -> RunRecord:
        task = self._run._task
        assert task is not None
        result, attempts = await self._with_retries(
            task.binding, view.values, flight, output=True, about=("task", task.name, item.example_id)
        )
        return RunRecord(
            example_id=item.example_id,
            repetition=item.repetition,
            output=result.value,
            failure=result.failure,
            latency_ms=result.latency_ms,
            started_at_ms=result.started_at_ms,
            token_count=result.reported.token_count,
            total_cost=result.reported.total_cost,
            fields=result.reported.fields,
            trace_id=result.trace_id,
            attempts=attempts,
        )

    async def _evaluate(self, evaluator: Evaluator, view: ExampleView, record: RunRecord, flight: _Flight) -> EvaluatorRecord:
        values = {**view.values, "output": lambda: record.output}
        if evaluator.cheap:
            args, kwargs = evaluator.binding.arguments(values)
            result = call(self._call(evaluator.binding, args, kwargs, output=False, about=("evaluator", evaluator.name, record.example_id)))
        else:
            about = ("evaluator", evaluator.name, record.example_id)
            result, _ = await self._with_retries(evaluator.binding, values, flight, output=False, about=about)
        made = EvaluatorRecord(trace_id=result.trace_id, started_at_ms=result.started_at_ms, failure=result.failure)
        if result.failure is None:
            try:
                made.evaluations = normalise(result.value, evaluator.name)
                _refuse_taken_names(made, record)
            except Exception as error:  # noqa: BLE001 - what user code returned
                made.evaluations, made.failure = {}, Failure.of(error)
        return made

    def _call(self, binding: Binding, args: Any, kwargs: Any, *, output: bool, about: tuple[str, str, str]) -> Call:
        spans = self._run._spans
        span = None if spans is None else (lambda: spans(*about, args, kwargs))
        return Call(binding.function, args, kwargs, self._settings.rate_limit_errors, output, span)

    async def _with_retries(
        self, binding: Binding, values: Any, flight: _Flight, *, output: bool, about: tuple[str, str, str]
    ) -> tuple[CallResult, int]:
        """Call until it works, fails for good, or has been tried often enough."""
        failed = limited = 0
        while True:
            await self._enter()
            try:
                args, kwargs = binding.arguments(values)
                result = await self._attempt(binding, self._call(binding, args, kwargs, output=output, about=about), flight)
            finally:
                self._leave()
            attempts = failed + limited + 1
            if result.failure is None:
                self._throttle.succeeded()
                return result, attempts
            if result.rate_limited:
                limited += 1
                pause = result.retry_after_s if result.retry_after_s is not None else backoff_s(limited, self._run._draw)
                self._throttle.slow_down(time.monotonic(), pause)
                tried_enough = limited > (RATE_LIMIT_RETRIES if self._settings.retries else 0)
            else:
                failed += 1
                pause = result.retry_after_s if result.retry_after_s is not None else backoff_s(failed, self._run._draw)
                tried_enough = failed > self._settings.retries
            if tried_enough or not result.transient or self._run._stopping:
                return result, attempts
            self._run.tally.retries += 1
            await asyncio.sleep(pause)

    async def _attempt(self, binding: Binding, what: Call, flight: _Flight) -> CallResult:
        """Make one call, in the place that suits the function, within the time limit."""
        if self._run._elsewhere is not None and what.output:
            return await self._run._elsewhere.run(what, self._settings.timeout_s)
        if binding.is_async:
            return await self._await(what, flight)
        job = self._threads.submit(lambda: call(what))
        if not await _within(job.future, self._settings.timeout_s):
            self._threads.abandon(job)
            return self._late()
        result: CallResult = job.future.result()
        if result.failure is None and inspect.isawaitable(result.value):
            return await self._await(awaiting(result.value, what), flight)
        return result

    async def _await(self, what: Call, flight: _Flight) -> CallResult:
        task = self._loop.create_task(call_async(what))
        flight.tasks = [task]
        if not await _within(task, self._settings.timeout_s):
            task.cancel()
            if not await _within(task, GRACE_S):
                self._left_behind += 1
            return self._late()
        if task.cancelled():
            return CallResult(failure=Failure.of(asyncio.CancelledError("the task cancelled itself")))
        return task.result()

    def _late(self) -> CallResult:
        limit = self._settings.timeout_s
        return CallResult(failure=late(limit), latency_ms=limit * 1000, started_at_ms=int(time.time() * 1000 - limit * 1000))

    async def _enter(self) -> None:
        """Wait for a place; without a rate limit there always is one."""
        while (wait_s := self._throttle.wait_s(time.monotonic())) > 0:
            if math.isinf(wait_s):
                self._waiting.append(self._loop.create_future())
                await self._waiting[-1]
            else:
                await asyncio.sleep(wait_s)
        self._throttle.under_way += 1

    def _leave(self) -> None:
        self._throttle.under_way -= 1
        for _ in range(min(len(self._waiting), int(self._throttle.limit) - self._throttle.under_way)):
            waiter = self._waiting.pop(0)
            if not waiter.done():
                waiter.set_result(None)


async def _within(future: asyncio.Future[Any], timeout_s: float) -> bool:
    """Wait for a future, and tell whether it ended in time; it is not cancelled."""
    done, _ = await asyncio.wait((future,), timeout=None if math.isinf(timeout_s) else timeout_s)
    return bool(done)


def _refuse_taken_names(made: EvaluatorRecord, record: RunRecord) -> None:
    """Two evaluators cannot give one metric: one would silently win."""
    for other, given in record.evaluations.items():
        twice = set(given.evaluations) & set(made.evaluations)
        if twice:
            raise ValueError(f"metric {min(twice)!r} is already given by evaluator {other!r}")
