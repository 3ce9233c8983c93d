"""Send finished runs to the service while others still run, each exactly once.

A run goes up when it is on disk. Failed runs wait until the end, since they may be run again and the service
cannot change a run. Nothing is created before the first results have shown that the run will not be stopped
for them.
"""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

from arize_nb.errors import (
    AxError,
    ConflictError,
    ConnectionFailedError,
    RateLimitError,
    RunError,
    ServerFailureError,
    TransferError,
)
from arize_nb.harness.engine.throttle import backoff_s
from arize_nb.harness.records.run_rows import run_row
from arize_nb.harness.records.serialization import dump_run
from arize_nb.harness.upload.uploaded_runs import find_experiment, key_of, page_of, present_runs, same_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from arize_nb.harness.journal.run_journal import Journal, Key
    from arize_nb.harness.records.run_record import RunRecord
    from arize_nb.models import Dataset, Experiment

BATCH_RUNS = 500
"""Most runs in one request (the service takes 1000)."""
BATCH_CHARACTERS = 2_000_000
"""Outputs of one request, about: far below what a request may hold."""
FLUSH_S = 5.0
"""A run waits at most so long for others to go with."""
PAUSE_S = 15.0
"""Wait after a request that failed in every try, while runs are still being made."""
STOP_S = 5.0
"""Time that a request under way has to end when the run is stopped."""
TRIES = 5
"""Tries of one request before the upload gives up for now."""
_AGAIN = (ConnectionFailedError, ServerFailureError, RateLimitError, TransferError)


class ExperimentUploader:
    """Uploads runs of one experiment from a thread of its own.

    Parameters
    ----------
    client : Client
        Its `experiments` are asked to create, append and read.
    journal : Journal
        Knows what the service has, and the experiment's id.
    fingerprint : str
        Of the task whose runs these are.
    name : str
        Name of the experiment.
    dataset : Dataset
        Its dataset.
    experiment_id : str, optional
        The experiment, when an earlier session made it.
    unsure : bool
        Whether an earlier session may have sent what it did not note.
    on_made : callable
        Told the experiment once the service has it; called on the upload's thread.
    """

    def __init__(
        self,
        client: Any,
        journal: Journal,
        fingerprint: str,
        *,
        name: str,
        dataset: Dataset,
        experiment_id: str | None = None,
        unsure: bool = False,
        on_made: Callable[[Experiment], None] = lambda _made: None,
    ) -> None:
        self._experiments = client.experiments
        self._journal = journal
        self._fingerprint = fingerprint
        self._name = name
        self._dataset = dataset
        self.experiment_id = experiment_id
        self._unsure = unsure
        self._on_made = on_made
        self._ready: list[RunRecord] = []
        self._held: list[RunRecord] = []
        self._backlog: list[Key] = []
        self._lock = threading.Condition()
        self._opened = False
        self._closing = False
        self._stopped = threading.Event()
        self._draw = random.Random()  # noqa: S311 - chance, not a secret
        self.sent = 0
        """Runs that this session uploaded."""
        self.failure: AxError | None = None
        """Why the upload does not go on; None while it does."""
        self._thread = threading.Thread(target=self._serve, name="arize-nb-upload", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def note(self) -> str:
        """Why the upload does not go on, in a few words; empty while it does."""
        if self.failure is None:
            return ""
        return (
            "upload waits for the service"
            if isinstance(self.failure, _AGAIN)
            else f"upload failed: {self.failure.what}"
        )

    def open(self) -> None:
        """Begin to send."""
        with self._lock:
            self._opened = True
            self._lock.notify_all()

    def offer(self, records: Sequence[RunRecord]) -> None:
        """Take finished runs; failed ones are sent at the end."""
        with self._lock:
            self._ready += [record for record in records if record.failure is None]
            self._held += [record for record in records if record.failure is not None]
            self._lock.notify_all()

    def offer_kept(self, keys: Iterable[Key]) -> None:
        """Take runs of earlier sessions, by key: they are read from the journal when their turn comes."""
        with self._lock:
            self._backlog += keys
            self._lock.notify_all()

    def finish(self, wait: Any = lambda: None) -> None:
        """Send all there is, failed runs included, and wait for it; `wait` is called meanwhile.

        Raises
        ------
        AxError
            It could not be sent; what was is noted in the journal.
        """
        with self._lock:
            self._opened = self._closing = True
            self._ready += self._held
            self._held = []
            self._lock.notify_all()
        while self._thread.is_alive():
            self._thread.join(0.1)
            wait()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Send nothing more; a request under way gets a moment to end."""
        self._stopped.set()
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def present(self) -> dict[Key, str]:
        """Read which runs the service has: key -> run id.

        Raises
        ------
        AxError
            The service cannot be asked.
        """
        if self.experiment_id is None:
            return {}
        return present_runs(
            self._experiments, self.experiment_id, page_of(self._journal.mean_bytes(self._fingerprint))
        )

    def _serve(self) -> None:
        while True:
            batch: list[RunRecord] | None = []
            try:
                batch = self._next_batch()
                if batch is None:
                    return
                self._send(batch)
                self.failure = None
            except AxError as error:
                self.failure = error
                if self._closing or not isinstance(error, _AGAIN):
                    return
                self._put_back(batch or [])
            except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to
                self.failure = RunError(f"the upload failed inside arize_nb: {type(error).__name__}: {error}")
                self.failure.__cause__ = error
                return

    def _put_back(self, batch: list[RunRecord]) -> None:
        """Keep a batch for later, while runs are still being made: the network may come back."""
        with self._lock:
            self._ready = batch + self._ready
            self._lock.wait_for(lambda: self._closing, PAUSE_S)

    def _next_batch(self) -> list[RunRecord] | None:
        """Wait for enough runs, or for long enough; None when there will be no more."""
        flush_at = None
        with self._lock:
            while not self._stopped.is_set():
                waiting = len(self._ready) + len(self._backlog)
                now = time.monotonic()
                if self._opened and waiting:
                    flush_at = flush_at or now + FLUSH_S
                    if self._closing or waiting >= BATCH_RUNS or now >= flush_at:
                        break
                elif self._closing:
                    return None
                self._lock.wait(None if flush_at is None else flush_at - now)
            if self._stopped.is_set():
                return None
            keys, self._backlog = self._backlog[:BATCH_RUNS], self._backlog[BATCH_RUNS:]
        kept = self._journal.records(self._fingerprint, keys) if keys else []
        with self._lock:
            ready = kept + self._ready
            count = _fitting(ready)
            self._ready = ready[count:]
        return ready[:count]

    def _send(self, batch: list[RunRecord]) -> None:
        """Send a batch; after a failure that may have been taken, look first what has arrived."""
        for attempt in range(1, TRIES + 1):
            try:
                arrived = self._reconcile() if self._unsure else {}
                self._deliver([record for record in batch if record.key not in arrived])
                self._journal.mark_uploaded([record.key for record in batch], self._fingerprint)
                self.sent += len(batch)
            except (*_AGAIN, ConflictError) as error:
                if attempt == TRIES or (
                    isinstance(error, ConflictError)
                    and self.experiment_id is None
                    and self._unsure
                    and attempt > 1
                ):
                    raise
                self._unsure = True
                if self._stopped.wait(backoff_s(attempt, self._draw)):
                    raise
            else:
                return

    def _deliver(self, records: list[RunRecord]) -> None:
        if not records:
            return
        rows = [run_row(record) for record in records]
        if self.experiment_id is None:
            self._journal.note(creating="1")
            made = self._experiments.create(
                name=self._name, runs=rows, dataset=self._dataset, check_examples=False, read_back=False
            )
            self._adopt(made)
        else:
            self._experiments.append(self.experiment_id, rows, check_examples=False)

    def _adopt(self, made: Experiment) -> None:
        self.experiment_id = made.id
        self._journal.note(experiment_id=made.id)
        self._on_made(made)

    def _reconcile(self) -> Mapping[Key, str]:
        """Find out what earlier requests came to: the experiment may be there, and some of its runs."""
        if self.experiment_id is None:
            found = find_experiment(self._experiments, self._name, self._dataset)
            if found is None:
                self._unsure = False
                return {}
            records = list(self._experiments.iter_records(found.id, annotations=False))
            there = {key_of(record): record["id"] for record in records}
            if not same_runs(records, self._journal.records(self._fingerprint, list(there))):
                what = (
                    f"experiment {self._name!r} was made by another session meanwhile, with runs of its own"
                )
                raise ConflictError(what, hint="Should these take its place: delete it, then go on.")
            self._adopt(found)
        else:
            there = self.present()
        self._unsure = False
        self._journal.mark_uploaded(list(there), self._fingerprint)
        return there


def _fitting(records: Sequence[RunRecord]) -> int:
    """Count the runs, from the first, that one request holds."""
    characters = 0
    for count, record in enumerate(records[:BATCH_RUNS]):
        characters += len(dump_run(record)) + sum(
            len(made.explanation or "")
            for given in record.evaluations.values()
            for made in given.evaluations.values()
        )
        if characters > BATCH_CHARACTERS and count:
            return count
    return min(len(records), BATCH_RUNS)
