"""Run a plan of examples with a store for results: the part of a run that needs no service."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from arize_nb.errors import RunError
from arize_nb.harness.engine.early_stop import EarlyStop, EvaluatorsStop
from arize_nb.harness.engine.run_state import Item, RunState, Tally
from arize_nb.harness.engine.supervisor import execute_all
from arize_nb.harness.tracing.model_calls import watch_model_calls
from arize_nb.persistence.uninterrupted import held_back
from arize_nb.progress import duration
from arize_nb.text.command_line import Hint

WAIT_TOLD_S = 1.0
"""Pauses shorter than this are not worth a word."""

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from arize_nb.errors import TooManyFailuresError
    from arize_nb.harness.engine.run_state import Elsewhere
    from arize_nb.harness.engine.settings import RunSettings
    from arize_nb.harness.evaluators.evaluator import Evaluator
    from arize_nb.harness.functions.task import Task
    from arize_nb.harness.journal.run_journal import Journal, Left
    from arize_nb.harness.records.run_record import EvaluatorRecord, RunRecord
    from arize_nb.progress import Bar


class Uploader(Protocol):
    """Hears of finished runs once they are kept."""

    def offer(self, records: Sequence[RunRecord]) -> None:
        """Take runs to upload; returns at once."""

    def open(self) -> None:
        """Begin: the run will not be stopped for its first results."""

    @property
    def note(self) -> str:
        """Why the upload does not go on, in a few words; empty while it does."""


class Store(Protocol):
    """Where results are kept until they are asked for."""

    @property
    def failed(self) -> Exception | None:
        """Why nothing can be kept any more."""

    @property
    def taken(self) -> int:
        """Results taken so far."""

    @property
    def kept(self) -> int:
        """Results kept so far."""

    def start(self, ledger: Ledger) -> None:
        """Begin to take results; the ledger hears of all that is kept."""

    def put(
        self,
        run: RunRecord | None,
        evaluations: Mapping[str, EvaluatorRecord],
        record: RunRecord,
        *,
        finished: bool,
    ) -> None:
        """Take results; returns at once."""

    def records(self) -> list[RunRecord]:
        """Return all runs kept so far."""

    def flush(self) -> None:
        """Wait until all that was put is kept."""


class MemoryStore:
    """Keeps results in memory: a dry run."""

    failed: Exception | None = None
    taken = kept = 0

    def __init__(self) -> None:
        self._kept: list[RunRecord] = []
        self._ledger: Ledger | None = None

    def start(self, ledger: Ledger) -> None:
        """Begin to take results."""
        self._ledger = ledger

    def put(
        self,
        run: RunRecord | None,
        evaluations: Mapping[str, EvaluatorRecord],  # noqa: ARG002
        record: RunRecord,
        *,
        finished: bool,
    ) -> None:
        """Keep the run; its evaluations sit in it already."""
        if run is not None:
            self._kept.append(run)
        if self._ledger is not None:
            self._ledger.kept([run] if run else [], [record] if finished else [])

    def records(self) -> list[RunRecord]:
        """Return all runs."""
        return list(self._kept)

    def flush(self) -> None:
        """Nothing is ever under way."""


class JournalStore:
    """Keeps results in a journal, under the fingerprint of the task."""

    def __init__(self, journal: Journal, fingerprint: str) -> None:
        self._journal = journal
        self._fingerprint = fingerprint

    @property
    def failed(self) -> Exception | None:
        """Why the journal cannot be written."""
        return self._journal.failed

    @property
    def taken(self) -> int:
        """Results handed to the writer."""
        return self._journal.taken

    @property
    def kept(self) -> int:
        """Results that the writer has committed."""
        return self._journal.kept

    def start(self, ledger: Ledger) -> None:
        """Start the journal's writer."""
        self._journal.start(ledger)

    def put(
        self,
        run: RunRecord | None,
        evaluations: Mapping[str, EvaluatorRecord],
        record: RunRecord,
        *,
        finished: bool,
    ) -> None:
        """Hand over to the writer."""
        self._journal.put(self._fingerprint, run, evaluations, record, finished=finished)

    def records(self) -> list[RunRecord]:
        """Read all runs of the task, those of earlier sessions too."""
        return self._journal.records(self._fingerprint)

    def flush(self) -> None:
        """Wait for the writer."""
        self._journal.ask(lambda _: None)


@dataclass
class Ledger:
    """Counts what is kept; written by the store's thread, read by the waiting one."""

    finished: int = 0
    failed: int = 0
    uploader: Uploader | None = None

    def kept(self, runs: Sequence[RunRecord], finished: Sequence[RunRecord]) -> None:  # noqa: ARG002
        """Count finished runs, and pass them on to be uploaded."""
        self.finished += len(finished)
        self.failed += sum(record.failure is not None for record in finished)
        if self.uploader is not None and finished:
            self.uploader.offer(finished)


def _waits(seconds: float) -> str:
    """Say how long nothing will be called, and until when by the clock on the wall."""
    until = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"waits {duration(seconds)} for a rate limit, until {until:%H:%M:%S}"


def chosen(examples: Sequence[Mapping[str, Any]], settings: RunSettings) -> Sequence[Mapping[str, Any]]:
    """Choose the examples of a dry run, the first ones or some by chance; all of them otherwise."""
    if settings.first is not None:
        return examples[: settings.first]
    if settings.sample is not None and settings.sample < len(examples):
        draw = random.Random(settings.seed)  # noqa: S311 - chance, not a secret
        return [examples[index] for index in sorted(draw.sample(range(len(examples)), settings.sample))]
    return examples


def plan(
    examples: Sequence[Mapping[str, Any]],
    evaluators: Sequence[Evaluator],
    repetitions: int,
    left: Left | None = None,
    known: Mapping[tuple[str, int], RunRecord] | None = None,
) -> Iterator[Item]:
    """Say what is to do: every example of the first repetition, then of the second, and so on.

    Parameters
    ----------
    examples : sequence of mappings
        With an `id` each.
    evaluators : sequence of Evaluator
        Those of single runs.
    repetitions : int
        Runs of each example.
    left : Left, optional
        What a journal has: its runs are not called again.
    known : mapping, optional
        The journal's runs that lack evaluations, by key.
    """
    for repetition in range(1, repetitions + 1):
        for example in examples:
            key = (example["id"], repetition)
            if left is None or key not in left.runs:
                yield Item(example, example["id"], repetition, tuple(evaluators))
            elif known and key in known:
                done = left.evaluated.get(key, {})
                missing = tuple(evaluator for evaluator in evaluators if evaluator.name not in done)
                yield Item(example, example["id"], repetition, missing, known[key])


@dataclass(kw_only=True)
class Happened:
    """What happened during a run, besides its results; filled in when it ends, also by an interrupt."""

    tally: Tally = field(default_factory=Tally)
    slowdowns: int = 0
    """How often a rate limit slowed the run."""
    stopped: TooManyFailuresError | None = None
    """Why it was stopped early; None when it was not."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """What worked in earlier sessions of the same experiment: it need not prove itself again."""

    runs: bool = False
    """Whether the task did."""
    evaluators: frozenset[str] = frozenset()
    """Evaluators that did."""


def execute(
    items: Iterator[Item],
    total: int,
    *,
    task: Task | None,
    settings: RunSettings,
    store: Store,
    bar: Bar,
    uploader: Uploader | None = None,
    elsewhere: Elsewhere | None = None,
    spans: Any = None,
    happened: Happened | None = None,
    before: Before | None = None,
    evaluators: Collection[str] = (),
) -> Happened:
    """Run items to the end, or to the first reason to stop; results are in the store, and `happened` is
    filled in whatever ends it.

    `before` says what has worked in earlier sessions; `evaluators` are the names of those that will be
    called.

    Raises
    ------
    KeyboardInterrupt
        Everything that had ended is kept.
    RunError
        Nothing can be kept any more.
    """
    watch_model_calls()
    before = before or Before()
    early = EarlyStop(settings.max_failures, total, proven=before.runs or settings.dry)
    if task is None:
        early.decided.set()
    ledger = Ledger(uploader=uploader)
    store.start(ledger)
    judged = EvaluatorsStop(stops=settings.max_failures is None, proven=before.evaluators)
    state = RunState(
        task,
        settings,
        items,
        store,
        stop_after=early.note,
        after_judging=judged.note,
        elsewhere=elsewhere,
        spans=spans,
    )

    def show() -> None:
        places, waits_s = int(state.throttle.limit), state.throttle.not_before - time.monotonic()
        notes = [_waits(waits_s)] if waits_s > WAIT_TOLD_S and not state.ended.is_set() else []
        bar.is_waiting = bool(notes)
        notes += [f"slowed to {places} at once"] if places < settings.concurrency else []
        notes += [uploader.note] if uploader is not None and uploader.note else []
        notes += judged.says()
        bar.note = ", ".join(notes)
        bar.advance(ledger.finished - bar.done, ledger.failed - bar.failed)

    def tick() -> None:
        if store.failed is not None:
            raise RunError(
                f"results cannot be kept, so the run was stopped: {store.failed}",
                hint=Hint(
                    "Make room on the disk, then go on: resume=True",
                    "Make room on the disk, then go on: --resume",
                ),
            )
        if uploader is not None and early.decided.is_set() and judged.are_decided(evaluators):
            uploader.open()
        show()

    happened = Happened() if happened is None else happened
    try:
        execute_all(state, tick)
    finally:
        with held_back():
            store.flush()
            show()
            happened.tally, happened.slowdowns, happened.stopped = (
                state.tally,
                state.throttle.slowdowns,
                state.stopped,
            )
    if happened.stopped is None and not settings.dry:
        happened.stopped = judged.at_end()
    if happened.stopped is None:
        tick()
    return happened
