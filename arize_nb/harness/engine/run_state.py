"""What the parts of one run share: items to take, where results go, limits, and reasons to stop."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from arize_nb.errors import AxError, RunError
from arize_nb.harness.engine.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from arize_nb.errors import TooManyFailuresError
    from arize_nb.harness.engine.call import Call, CallResult
    from arize_nb.harness.engine.settings import RunSettings
    from arize_nb.harness.evaluators.evaluator import Evaluator
    from arize_nb.harness.functions.task import Task
    from arize_nb.harness.records.run_record import EvaluatorRecord, RunRecord


@dataclass(slots=True)
class Item:
    """One example in one repetition, and what is left to do for it."""

    example: Mapping[str, Any]
    example_id: str
    repetition: int
    evaluators: tuple[Evaluator, ...] = ()
    """Evaluators still to be called."""
    record: RunRecord | None = None
    """The run, once there is one."""


class Outbox(Protocol):
    """Where results go; called on the loop's thread, must not block."""

    @property
    def taken(self) -> int:
        """Results taken so far."""

    @property
    def kept(self) -> int:
        """Results kept so far."""

    def put(
        self,
        run: RunRecord | None,
        evaluations: Mapping[str, EvaluatorRecord],
        record: RunRecord,
        *,
        finished: bool,
    ) -> None:
        """Take a run (when new) and new evaluations of `record`; `finished` says that nothing more comes for
        it.
        """


class Elsewhere(Protocol):
    """Runs calls in other processes."""

    async def run(self, what: Call, timeout_s: float) -> CallResult:
        """Call there, within the time limit."""


@dataclass(slots=True)
class Tally:
    """What happened besides results."""

    retries: int = 0
    """Calls that were tried again."""
    abandoned: int = 0
    """Late calls that were left behind."""
    requeued: int = 0
    """Runs begun again, since another one blocked the loop."""


class RunState:
    """Shared by the waiting thread and by the loop's; every member is written by one of them only, or is an
    event.

    Parameters
    ----------
    task : Task, optional
        What is called for items without a record.
    settings : RunSettings
        Limits.
    items : iterator of Item
        What is to do; consumed on the loop's thread.
    outbox : Outbox
        Takes the results.
    stop_after : callable
        Called with every new run; an error that it returns stops the run.
    after_judging : callable
        The same with every evaluator's name and what it made.
    elsewhere : Elsewhere, optional
        Runs the task in other processes; evaluators stay here.
    spans : callable, optional
        ``spans(stage, name, example_id, args, kwargs)`` makes a context manager that traces a call; None when
        traces are off.
    """

    def __init__(
        self,
        task: Task | None,
        settings: RunSettings,
        items: Iterator[Item],
        outbox: Outbox,
        *,
        stop_after: Callable[[RunRecord], TooManyFailuresError | None],
        after_judging: Callable[[str, EvaluatorRecord], TooManyFailuresError | None],
        elsewhere: Elsewhere | None = None,
        spans: Callable[..., Any] | None = None,
    ) -> None:
        self.task = task
        self.settings = settings
        self.outbox = outbox
        self.elsewhere = elsewhere
        self.spans = spans
        self.draw = random.Random(settings.seed)  # noqa: S311 - chance, not a secret
        self.throttle = Throttle(settings.concurrency)
        self.tally = Tally()
        self.ended = threading.Event()
        self.stopping = False
        """Nothing new is begun."""
        self.stopped: TooManyFailuresError | None = None
        """Why the run was stopped early; None when it was not."""
        self.error: AxError | None = None
        """A failure of the harness itself."""
        self._items = items
        self._again: list[Item] = []
        self._stop_after = stop_after
        self._after_judging = after_judging

    def take(self) -> Item | None:
        """Return the next item; None when there is none, or nothing new is to begin."""
        if self.stopping:
            return None
        if self._again:
            return self._again.pop()
        return next(self._items, None)

    def put_back(self, items: list[Item]) -> None:
        """Take items that were begun and could not be ended."""
        self.tally.requeued += len(items)
        self._again.extend(items)

    def note(self, record: RunRecord) -> None:
        """Count a new run, and stop when it is one failure too many."""
        self._heed(self._stop_after(record))

    def note_judged(self, evaluator: str, made: EvaluatorRecord) -> None:
        """Count what an evaluator made, and stop when it is one failure too many."""
        self._heed(self._after_judging(evaluator, made))

    def _heed(self, reason: TooManyFailuresError | None) -> None:
        if reason is not None and self.stopped is None:
            self.stopped = reason
            self.stopping = True

    def fail(self, error: BaseException) -> None:
        """End the run for a failure of the harness itself."""
        if isinstance(error, AxError):
            self.error = error
        else:
            self.error = RunError(f"the run failed inside arize_nb: {type(error).__name__}: {error}")
            self.error.__cause__ = error
        self.stopping = True
        self.ended.set()
