"""What a reviewer said, on this machine's disk before it is sent: nothing is lost when the kernel dies.

A file an experiment (`persistence.journal_file`), shared by all who review it: each answer has an owner, and
each owner a lock that ends with its process. Answers whose owner's lock is free were left behind by a dead
kernel; the next reviewer takes them over, in one transaction.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.errors import UnreadableJournalError
from arize_nb.persistence import journal_file
from arize_nb.widgets.reviewer.old_answers import move_in

if TYPE_CHECKING:
    from filelock import BaseFileLock

Record = dict[str, Any]
"""`{"record_id": …, "values": [{"name": …, "label"?, "score"?, "text"?}]}`, as the service takes it."""

FORMAT = 1
_IN_USE = "the answers of this experiment are being written by another kernel"
_ADD = "INSERT INTO answers (key, owner, record, checksum) VALUES "
_WAIT_S = 10.0
"""Seconds in which another kernel's transaction, of a few answers, is long over."""


class ReviewJournal:
    """The answers of one reviewer that the service has not taken yet, safe on disk.

    Two reviewers of one experiment never touch each other's answers.

    Parameters
    ----------
    folder : path
        Where review journals are kept; made with owner-only permissions.
    service, experiment_id : str
        Whose answers these are; both go into the file's name as a digest.

    Attributes
    ----------
    path : Path
        The file of the experiment.
    elsewhere : list of dict
        Records that reviewers who are still at work have yet to send.

    Raises
    ------
    UnreadableJournalError
        The file is damaged; it is set aside when nothing in it can be read.
    RunError
        The folder cannot be written.
    """

    def __init__(self, folder: Path, service: str, experiment_id: str) -> None:
        digest = hashlib.sha256(f"{service}\n{experiment_id}".encode()).hexdigest()[:24]
        self.path = folder / f"{digest}.sqlite"
        self.elsewhere: list[Record] = []
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._waiting: dict[str, Record] = {}
        self._connection: sqlite3.Connection | None = None
        self._alive: BaseFileLock | None = None
        self._lock = threading.RLock()
        if self.path.exists():
            self._take_over()
        self.elsewhere += move_in(folder, digest, self._keep)

    def waiting(self) -> dict[str, Record]:
        """Return the answers that the service has not taken yet, by key, in order."""
        return dict(self._waiting)

    def add(self, record: Record) -> str:
        """Write an answer to disk and return its key; it is safe when this returns.

        Raises
        ------
        RunError
            It cannot be written (a full disk): nothing was said.
        """
        key = secrets.token_hex(8)
        self._keep({key: record})
        return key

    def drop(self, keys: list[str]) -> None:
        """Forget answers: the service took them, or they were taken back before they were sent."""
        with self._lock:
            if any(key in self._waiting for key in keys):
                with self._written() as connection:
                    connection.executemany("DELETE FROM answers WHERE key = ?", [(key,) for key in keys])
            for key in keys:
                self._waiting.pop(key, None)

    def close(self) -> None:
        """Let go of the file; what it still holds is for the next reviewer."""
        with self._lock:
            if self._connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._connection.close()
                self._connection = None
            if self._alive is not None:
                self._alive.release()
                with contextlib.suppress(OSError):
                    Path(self._alive.lock_file).unlink()
                self._alive = None

    def _keep(self, records: dict[str, Record]) -> None:
        with self._lock, self._written() as connection:
            rows = [(key, self._owner, _bytes(record)) for key, record in records.items()]
            journal_file.insert(
                connection,
                _ADD,
                [(key, owner, data, journal_file.checksum(key, data)) for key, owner, data in rows],
            )
        self._waiting.update(records)

    def _take_over(self) -> None:
        """Take the answers that nobody has any more; of those that somebody has only take note."""
        with self._lock, self._written() as connection:
            found = connection.execute(
                "SELECT owner, key, record, checksum FROM answers ORDER BY rowid"
            ).fetchall()
            free = {owner: self._is_free(owner) for owner in {row[0] for row in found}}
            for owner, key, data, checksum in found:
                if checksum != journal_file.checksum(key, data):
                    raise UnreadableJournalError(
                        f"an answer in {self.path} is damaged", path=str(self.path), hint=_aside(self.path)
                    )
                record = json.loads(data)
                if free[owner]:
                    self._waiting[key] = record
                else:
                    self.elsewhere.append(record)
            gone = [owner for owner, is_free in free.items() if is_free]
            connection.executemany(
                "UPDATE answers SET owner = ? WHERE owner = ?", [(self._owner, owner) for owner in gone]
            )
        for owner in gone:
            with contextlib.suppress(OSError):
                self._lock_of(owner).unlink()

    def _is_free(self, owner: str) -> bool:
        """Whether a reviewer is gone: its lock ended with its process."""
        from filelock import FileLock, Timeout

        if not self._lock_of(owner).exists():
            return True
        lock = FileLock(self._lock_of(owner))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        lock.release()
        return True

    def _lock_of(self, owner: str) -> Path:
        return self.path.with_name(f"{self.path.stem}.{owner}.lock")

    @contextlib.contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction that is durable when the block ends, or not at all."""
        connection = self._opened()
        try:
            with journal_file.transaction(connection, immediate=True):
                yield connection
        except sqlite3.Error as error:
            raise journal_file.used(error, self.path, hint=_aside(self.path)) from error

    def _opened(self) -> sqlite3.Connection:
        """Return the connection, made when it is first needed; the owner's lock comes before its answers."""
        if self._connection is None:
            from filelock import FileLock

            self._connection = journal_file.open_file(
                self.path, _prepare, in_use=_IN_USE, wait_s=_WAIT_S, hint=_aside(self.path)
            )
            self._alive = FileLock(self._lock_of(self._owner), mode=0o600, thread_local=False)
            self._alive.acquire(timeout=0)
        return self._connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the table, in a new file; refuse the format of a newer version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT:
        raise UnreadableJournalError(
            f"the answers of this experiment were written by a newer arize_nb (format {version}, this reads"
            f" {FORMAT})",
            path="",
            damaged=False,
            hint="Update arize_nb.",
        )
    connection.execute(
        "CREATE TABLE IF NOT EXISTS answers"
        " (key TEXT PRIMARY KEY, owner TEXT NOT NULL, record BLOB NOT NULL, checksum INTEGER NOT NULL)"
    )
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _bytes(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")


def _aside(path: Path) -> str:
    return f"Move it away, and review again: {path}"


def merged(records: Iterable[Record]) -> list[Record]:
    """Join answers into one record per run, the last word on each member winning."""
    runs: dict[str, dict[str, dict[str, Any]]] = {}
    for record in records:
        said = runs.setdefault(record["record_id"], {})
        for value in record["values"]:
            said.setdefault(value["name"], {}).update(value)
    return [{"record_id": run_id, "values": list(values.values())} for run_id, values in runs.items()]
