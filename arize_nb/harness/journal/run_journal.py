"""Keep every finished run and evaluation on disk before it counts.

SQLite in WAL mode with ``synchronous=FULL``; one writer thread commits whatever has come in meanwhile, so
that workers never wait and a commit serves many. The file is locked as long as it is open
(``locking_mode=EXCLUSIVE``): a second kernel is refused, and a killed one leaves no lock behind. Outputs may
be confidential: the file is for its owner only.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from arize_nb.errors import RunError, UnreadableJournalError
from arize_nb.harness.journal.tables import check, open_journal, put_fact
from arize_nb.harness.records.serialization import dump_evaluation, dump_run, load_evaluation, load_run
from arize_nb.persistence.data_directory import data_directory
from arize_nb.persistence.journal_file import GO_ON, checksum, insert, transaction, used
from arize_nb.persistence.uninterrupted import held_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from arize_nb.harness.records.run_record import EvaluatorRecord, RunRecord

_PUT_RUN = (
    "INSERT OR REPLACE INTO runs (example_id, repetition, fingerprint, failed, record, checksum) VALUES "
)
_PUT_EVALUATION = (
    "INSERT OR REPLACE INTO evaluations (example_id, repetition, fingerprint, evaluator, failed, record,"
    " checksum) VALUES "
)
AT_ONCE = 4_000_000
"""Bytes of results that are held as bytes at once."""
Answer = TypeVar("Answer")
Key = tuple[str, int]
"""Example id and repetition."""


class Listener(Protocol):
    """Hears of results once they are on disk; called on the writer's thread."""

    def kept(self, runs: Sequence[RunRecord], finished: Sequence[RunRecord]) -> None:
        """Take new runs, and runs for which nothing more comes."""


@dataclass
class Left:
    """What a journal says about each run it has."""

    runs: dict[Key, bool] = field(default_factory=dict)
    """Whether the run failed."""
    uploaded: set[Key] = field(default_factory=set)
    """Runs that the service has."""
    evaluated: dict[Key, dict[str, bool]] = field(default_factory=dict)
    """By run: evaluator -> whether it failed."""


def journal_path(service: str, dataset_id: str, name: str) -> Path:
    """Return the file of one experiment: one file each, so that two experiments never wait for
    one another.
    """
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:60].strip("-.") or "experiment"
    mark = hashlib.sha256("\0".join((service, dataset_id, name)).encode(errors="surrogatepass")).hexdigest()[
        :12
    ]
    return data_directory() / "journals" / f"{slug}-{mark}.sqlite"


class Journal:
    """The runs of one experiment on disk.

    Parameters
    ----------
    path : Path
        Its file; made, with its folder, when missing.

    Raises
    ------
    UnreadableJournalError
        It is damaged, or of a newer format.
    RunError
        Another kernel has it open, or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._asking = threading.Lock()
        self._closed = False
        self.taken = 0
        """Results taken so far."""
        self.kept = 0
        """Results that are on disk; a kill now would lose the others."""
        self.failed: Exception | None = None
        """Why nothing can be written any more (a full disk); None while all is well."""
        self._connection = open_journal(path)

    def meta(self) -> dict[str, str]:
        """Return the facts about the experiment."""
        return self.ask(lambda connection: dict(connection.execute("SELECT key, value FROM meta")))

    def note(self, **facts: str | None) -> None:
        """Write facts about the experiment and wait until they are on disk; None removes one."""

        def write(connection: sqlite3.Connection) -> None:
            for key, value in facts.items():
                put_fact(connection, key, value)

        self.ask(write)

    def check(self) -> None:
        """Read all of it once.

        Raises
        ------
        UnreadableJournalError
            Something in it is not what was written.
        """
        self.ask(lambda connection: check(connection, self.path))

    def examples(self) -> dict[str, str]:
        """Return the digest of each example that the experiment began with; empty when none were noted
        (format 1).
        """
        return self.ask(
            lambda connection: dict(connection.execute("SELECT example_id, digest FROM examples"))
        )

    def note_examples(self, digests: Mapping[str, str]) -> None:
        """Write the digest of each example, in place of those that were noted."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM examples")
            insert(connection, "INSERT INTO examples VALUES ", list(digests.items()))

        self.ask(write)

    def left(self, fingerprint: str) -> Left:
        """Tell what there is of the task with this fingerprint, without reading outputs."""

        def read(connection: sqlite3.Connection) -> Left:
            found = Left()
            for example_id, repetition, failed, uploaded in connection.execute(
                "SELECT example_id, repetition, failed, uploaded FROM runs WHERE fingerprint = ?",
                (fingerprint,),
            ):
                found.runs[(example_id, repetition)] = bool(failed)
                if uploaded:
                    found.uploaded.add((example_id, repetition))
            for example_id, repetition, evaluator, failed in connection.execute(
                "SELECT example_id, repetition, evaluator, failed FROM evaluations WHERE fingerprint = ?",
                (fingerprint,),
            ):
                found.evaluated.setdefault((example_id, repetition), {})[evaluator] = bool(failed)
            return found

        return self.ask(read)

    def records(self, fingerprint: str, keys: Sequence[Key] | None = None) -> list[RunRecord]:
        """Read runs with their evaluations: all of a task, or those of `keys`; in the order they came."""

        def read(connection: sqlite3.Connection) -> list[RunRecord]:
            found: dict[Key, RunRecord] = {}
            marks = [((), (fingerprint,))] if keys is None else [(key, (fingerprint, *key)) for key in keys]
            for key, values in marks:
                where = "fingerprint = ?" + (" AND example_id = ? AND repetition = ?" if key else "")
                for row in connection.execute(
                    f"SELECT example_id, repetition, record FROM runs WHERE {where} ORDER BY rowid", values
                ):
                    found[(row[0], row[1])] = load_run(*row)
                columns = "example_id, repetition, evaluator, record"
                for row in connection.execute(
                    f"SELECT {columns} FROM evaluations WHERE {where} ORDER BY rowid", values
                ):
                    found[(row[0], row[1])].evaluations[row[2]] = load_evaluation(row[3])
            return list(found.values())

        return self.ask(read)

    def mean_bytes(self, fingerprint: str) -> float:
        """Return the mean size of a run on disk; 0 without any."""
        question = "SELECT avg(length(record)) FROM runs WHERE fingerprint = ?"
        return self.ask(
            lambda connection: float(connection.execute(question, (fingerprint,)).fetchone()[0] or 0)
        )

    def keep(self, fingerprint: str, records: Sequence[RunRecord], *, evaluations: bool = False) -> None:
        """Write runs that were made elsewhere, with their evaluations if so wished, and wait until they are
        on disk.
        """
        rows = [_run_row(fingerprint, record) for record in records]
        made = (
            [
                _evaluation_row(fingerprint, record, name, given)
                for record in records
                for name, given in record.evaluations.items()
            ]
            if evaluations
            else []
        )

        def write(connection: sqlite3.Connection) -> None:
            insert(connection, _PUT_RUN, rows)
            insert(connection, _PUT_EVALUATION, made)

        self.ask(write)

    def forget(self, keys: Sequence[Key] | None = None, fingerprint: str | None = None) -> None:
        """Drop runs and their evaluations: those of `keys` and `fingerprint`, or everything,
        the facts too.
        """

        def drop(connection: sqlite3.Connection) -> None:
            if keys is None:
                for table in ("runs", "evaluations", "examples"):
                    connection.execute(f"DELETE FROM {table}")
                connection.execute("DELETE FROM meta WHERE key <> 'format'")
                return
            marks = [(*key, fingerprint) for key in keys]
            for table in ("runs", "evaluations"):
                connection.executemany(
                    f"DELETE FROM {table} WHERE example_id = ? AND repetition = ? AND fingerprint = ?", marks
                )

        self.ask(drop)

    def forget_failed_evaluations(self, fingerprint: str) -> None:
        """Drop evaluations that failed."""
        self.ask(
            lambda connection: (
                connection.execute(
                    "DELETE FROM evaluations WHERE fingerprint = ? AND failed = 1", (fingerprint,)
                ).rowcount
            )
        )

    def adopt(self, old: str, new: str) -> None:
        """Let the runs of one fingerprint count for another: the user said that the change does
        not matter.
        """

        def write(connection: sqlite3.Connection) -> None:
            for table in ("runs", "evaluations"):
                connection.execute(
                    f"UPDATE OR REPLACE {table} SET fingerprint = ? WHERE fingerprint = ?", (new, old)
                )

        self.ask(write)

    def mark_uploaded(self, keys: Sequence[Key], fingerprint: str, *, uploaded: bool = True) -> None:
        """Note that the service has these runs (or has them no more)."""
        rows = [(int(uploaded), *key, fingerprint) for key in keys]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE runs SET uploaded = ? WHERE example_id = ? AND repetition = ? AND fingerprint = ?",
                rows,
            )

        self.ask(write)

    def start(self, listener: Listener) -> None:
        """Start the writer; `listener` hears of every commit."""
        self._listener = listener
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._write, name="arize-nb-journal", daemon=True)
        self._thread.start()

    def put(
        self,
        fingerprint: str,
        run: RunRecord | None,
        evaluations: Mapping[str, EvaluatorRecord],
        record: RunRecord,
        *,
        finished: bool,
    ) -> None:
        """Take results; returns at once, they are on disk when the listener hears of them."""
        self.taken += 1
        self._queue.put((fingerprint, run, evaluations, record, finished))

    def ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run `question` on the connection, between commits, and return its answer.

        Raises
        ------
        RunError
            The disk is full, or the file cannot be written for another reason; or it is closed.
        """
        reply: Future[Answer] | None = None
        with self._asking:
            if self._closed:  # an upload that outlived its run: nobody would answer
                raise RunError(f"the journal {self.path} is closed")
            if self._thread is not None and threading.current_thread() is not self._thread:
                reply = Future()
                self._queue.put((question, reply))
        try:
            if reply is not None:
                return reply.result()
            with transaction(self._connection):
                return question(self._connection)
        except sqlite3.Error as error:
            raise used(error, self.path) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # bytes that are no record
            what = f"the journal {self.path} is damaged: a record cannot be read ({type(error).__name__})"
            raise UnreadableJournalError(what, path=str(self.path), hint=GO_ON) from error

    def close(self) -> None:
        """Write what has come in, and close the file: left open, it would stay locked until this process
        ends.
        """
        with held_back():
            with self._asking:
                self._closed = True
                self._queue.put(None)
            if self._thread is not None:
                self._thread.join()
                self._thread = None
            self._connection.close()

    def _write(self) -> None:
        open_ = True
        while open_:
            batch = [self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get())
            open_ = None not in batch  # a late result may stand behind it
            results = [entry for entry in batch if entry is not None and len(entry) > 2]
            if results:
                self._commit(results)
            for question, reply in (entry for entry in batch if entry is not None and len(entry) == 2):
                self._answer(question, reply)

    def _commit(self, results: Sequence[Any]) -> None:
        """Write results, then tell the listener; whatever fails is noted, since nobody would hear of a writer
        that died.
        """
        try:
            self._write_results(results)
            if self._listener is not None:
                self._listener.kept(
                    [run for _, run, _, _, _ in results if run is not None],
                    [record for _, _, _, record, finished in results if finished],
                )
        except Exception as error:  # noqa: BLE001 - the waiting thread raises it
            self.failed = error
        self.kept += len(results)

    def _write_results(self, results: Sequence[Any]) -> None:
        """Write results in one transaction; as bytes there are only a few of them at once."""
        with transaction(self._connection):
            for some in _by_size(_rows_of(results)):
                insert(self._connection, _PUT_RUN, [row for head, row in some if head is _PUT_RUN])
                insert(
                    self._connection, _PUT_EVALUATION, [row for head, row in some if head is _PUT_EVALUATION]
                )

    def _answer(self, question: Callable[[sqlite3.Connection], Any], reply: Future[Any]) -> None:
        try:
            with transaction(self._connection):
                answer = question(self._connection)
        except Exception as error:  # noqa: BLE001 - handed to the one who asked
            reply.set_exception(error)
        else:
            reply.set_result(answer)


def _run_row(fingerprint: str, run: RunRecord) -> tuple[Any, ...]:
    failed, record = int(run.failure is not None), dump_run(run)
    return (*run.key, fingerprint, failed, record, checksum(*run.key, failed, record))


def _evaluation_row(fingerprint: str, run: RunRecord, name: str, made: EvaluatorRecord) -> tuple[Any, ...]:
    failed, record = int(made.failure is not None), dump_evaluation(made)
    return (*run.key, fingerprint, name, failed, record, checksum(*run.key, name, failed, record))


def _rows_of(results: Sequence[Any]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Make the rows of results, each with the statement that it belongs to."""
    for mark, run, made_now, record, _ in results:
        if run is not None:
            yield _PUT_RUN, _run_row(mark, run)
        for name, made in made_now.items():
            yield _PUT_EVALUATION, _evaluation_row(mark, record, name, made)


def _by_size(rows: Iterator[tuple[str, tuple[Any, ...]]]) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """Give rows in groups that take little memory."""
    group: list[tuple[str, tuple[Any, ...]]] = []
    size = 0
    for head, row in rows:
        group.append((head, row))
        size += len(row[-2])
        if size > AT_ONCE:
            yield group
            group, size = [], 0
    yield group
