"""The coroutines that take items and do what is left for each: the task, then its evaluators."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from arize_nb.frames.columns import PART_COLUMN
from arize_nb.harness.engine.caller import Caller, Subject
from arize_nb.harness.evaluators.evaluator_results import note_result
from arize_nb.harness.functions.example_view import ExampleView, own_copy
from arize_nb.harness.functions.loops import LoopThread, end_tasks, user_loop
from arize_nb.harness.records.run_record import EvaluatorRecord, Failure, RunRecord

if TYPE_CHECKING:
    from arize_nb.harness.engine.run_state import Item, RunState
    from arize_nb.harness.evaluators.evaluator import Evaluator


BEHIND = 256
"""Results of quick calls that may wait for the disk before nothing new is begun (`concurrency` when that is
more).
"""
SLOW_S = 0.2
"""Calls that take so long are worth waiting until they are on disk: a kill then repeats no more than
`concurrency` of them.
"""
LOOK_S = 0.005
"""How often a coroutine that waits for the disk looks."""


class Crew:
    """As many coroutines as calls may be under way, on the loop for user code.

    A crew ends by itself when there is nothing more to take; a crew whose loop is blocked can be left behind
    for a new one.
    """

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._flights: dict[int, Item] = {}
        self._left = state.settings.concurrency
        self._most_behind = max(self._left, BEHIND)
        self._place = user_loop()
        self._loop = self._place.loop
        self._caller = Caller(state, self._loop)
        self._tasks: list[asyncio.Task[None]] = []
        self._facts = {f"metadata.{name}": value for name, value in state.settings.metadata.items()}
        if state.settings.retry_on:
            self._facts["retry_on"] = ", ".join(sorted(kind.__name__ for kind in state.settings.retry_on))
        if state.settings.part:
            self._facts[PART_COLUMN] = state.settings.part
        self._place.calls.append(self._caller.current)
        self._place.watch()
        self._loop.call_soon_threadsafe(self._start)

    @property
    def abandoned(self) -> int:
        """Late calls that were left behind."""
        return self._caller.abandoned

    def is_blocked(self, limit_s: float) -> bool:
        """Tell whether the loop has not turned for so long that what blocks it is late."""
        return self._place.silent_s() > limit_s

    def close(self) -> None:
        """End the coroutines and the idle threads; late threads are left behind, the loop and what users keep
        on it stay.
        """
        self._caller.dead = True
        busy = self._caller.current or not all(task.done() for task in self._tasks)
        if busy and not end_tasks(self._loop, lambda: [*self._tasks, *self._caller.current]):
            self._place.abandon()  # blocked: the next run shall have one that turns
        self._place.calls.remove(self._caller.current)
        self._place.unwatch()
        self._caller.close()
        if isinstance(self._place, LoopThread) and not self._place.is_shared:
            self._place.stop()

    def leave_behind(self) -> None:
        """Give up a blocked loop: the run that blocks it is late, the others in flight go back to be begun
        again.
        """
        self._caller.dead = True
        self._place.abandon()
        self._caller.close()
        blocking = asyncio.current_task(self._loop)
        flights = list(self._flights.values())
        guilty = self._guilty(blocking, flights)
        for item in guilty:
            self._record_blocking(item)
        self._state.put_back([item for item in flights if item not in guilty])
        self._state.tally.abandoned += self.abandoned + 1

    def _guilty(self, blocking: asyncio.Task[Any] | None, flights: list[Item]) -> list[Item]:
        """Say which items block the loop; all of them where it cannot be told, none where it is another
        run's.
        """
        if blocking is None:
            return flights
        example = self._caller.current.get(blocking)
        if example is None and any(blocking in calls for calls in self._place.calls):
            return []
        return [item for item in flights if item.example_id == example] or flights

    def _record_blocking(self, item: Item) -> None:
        limit_s = self._state.settings.timeout_s
        failure = Failure.of(
            TimeoutError(
                f"blocked the event loop for more than {limit_s:g} s: an `async def` that does not await;"
                " make it a `def`"
            )
        )
        if item.record is None:
            record = RunRecord(
                item.example_id, item.repetition, failure=failure, fields=dict(self._facts), attempts=1
            )
            self._state.outbox.put(record, {}, record, finished=True)
            self._state.note(record)
            return
        late = {evaluator.name: EvaluatorRecord(failure=failure) for evaluator in item.evaluators}
        item.record.evaluations.update(late)
        self._state.outbox.put(None, late, item.record, finished=True)

    def _start(self) -> None:
        self._tasks = [self._loop.create_task(self._work(number)) for number in range(self._left)]

    async def _work(self, number: int) -> None:
        state = self._state
        try:
            while not self._caller.dead:
                item = state.take()
                if item is None:
                    break
                self._flights[number] = item
                began = self._loop.time()
                await self._one(item)
                self._flights.pop(number, None)
                await self._until_kept(slow=self._loop.time() - began > SLOW_S)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - ours: the waiting thread raises it
            if not self._caller.dead:
                state.fail(error)
        finally:
            self._left -= 1
            if self._left == 0 and not self._caller.dead:
                state.ended.set()

    async def _until_kept(self, *, slow: bool) -> None:
        """Wait for the disk: after slow calls for all there is, after quick ones only when it
        is far behind.
        """
        outbox = self._state.outbox
        wanted = outbox.taken - (0 if slow else self._most_behind)
        while outbox.kept < wanted and not self._state.stopping and not self._caller.dead:
            await asyncio.sleep(LOOK_S)

    async def _one(self, item: Item) -> None:
        """Do what is left for one item."""
        view = ExampleView(item.example, item.repetition)
        state = self._state
        if item.record is None:
            made = await self._run_task(item, view)
            if self._caller.dead:
                return
            item.record = made
            state.outbox.put(made, {}, made, finished=made.failure is not None or not item.evaluators)
            state.note(made)
        record = item.record
        while item.evaluators and record.failure is None:
            evaluator = item.evaluators[0]
            said = await self._evaluate(evaluator, view, record)
            if self._caller.dead:
                return
            record.evaluations[evaluator.name] = said
            item.evaluators = item.evaluators[1:]
            state.outbox.put(None, {evaluator.name: said}, record, finished=not item.evaluators)
            state.note_judged(evaluator.name, said)

    async def _run_task(self, item: Item, view: ExampleView) -> RunRecord:
        task = self._state.task
        assert task is not None
        result, attempts = await self._caller.call(
            Subject("task", task.name, item.example_id, task.binding, view.values)
        )
        return RunRecord(
            example_id=item.example_id,
            repetition=item.repetition,
            output=result.value,
            failure=result.failure,
            latency_ms=result.latency_ms,
            started_at_ms=result.started_at_ms,
            token_count=result.reported.tokens,
            total_cost=result.reported.cost,
            fields={**self._facts, **result.reported.fields},
            trace_id=result.trace_id,
            attempts=attempts,
        )

    async def _evaluate(self, evaluator: Evaluator, view: ExampleView, record: RunRecord) -> EvaluatorRecord:
        values: Any = {**view.values, "output": lambda: own_copy(record.output)}
        subject = Subject("evaluator", evaluator.name, record.example_id, evaluator.binding, values)
        result = (
            self._caller.call_at_once(subject) if evaluator.cheap else (await self._caller.call(subject))[0]
        )
        told = result.reported.without_traces()
        made = EvaluatorRecord(
            failure=result.failure,
            trace_id=result.trace_id,
            started_at_ms=result.started_at_ms,
            token_count=told.token_count,
            total_cost=told.total_cost,
            fields=told.fields,
        )
        if result.failure is None:
            note_result(made, result.value, evaluator.name)
            _refuse_taken_names(made, record)
        return made


def _refuse_taken_names(made: EvaluatorRecord, record: RunRecord) -> None:
    """Two evaluators cannot give one metric: one would silently win."""
    for other, given in record.evaluations.items():
        twice = set(given.evaluations) & set(made.evaluations)
        if twice:
            error = ValueError(f"metric {min(twice)!r} is already given by evaluator {other!r}")
            made.evaluations, made.failures, made.failure = {}, {}, Failure.of(error)
