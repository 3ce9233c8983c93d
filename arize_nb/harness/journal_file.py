"""The file of a journal: opened for one kernel only, checked, and written in transactions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any

from arize_nb.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FORMAT = 1
"""Version of the file's layout."""
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS runs (
    example_id TEXT, repetition INTEGER, fingerprint TEXT, failed INTEGER, uploaded INTEGER DEFAULT 0, record BLOB,
    PRIMARY KEY (example_id, repetition, fingerprint));
CREATE TABLE IF NOT EXISTS evaluations (
    example_id TEXT, repetition INTEGER, fingerprint TEXT, evaluator TEXT, failed INTEGER, record BLOB,
    PRIMARY KEY (example_id, repetition, fingerprint, evaluator));
"""
_ROWS = 100
"""Rows of one INSERT: sqlite3 gives up the interpreter's lock at every step, so that a step a row has the threads wait for each other."""


def open_file(path: Path) -> sqlite3.Connection:
    """Open a journal, made with its folder when missing, and lock it.

    Raises
    ------
    RunError
        Another kernel has it open, or it is no journal that this version reads.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except BaseException as error:
        connection.close()
        if not isinstance(error, sqlite3.DatabaseError):
            raise
        if "locked" in str(error):
            raise RunError("this experiment is being run by another kernel", hint="Wait for it, or interrupt it there.") from error
        if isinstance(error, sqlite3.OperationalError):
            raise RunError(f"the journal {path} cannot be opened: {error}") from error
        raise RunError(f"{path} is no journal: {error}", hint='Move it away, or start anew: rerun="all".') from error
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Lock the file, make its tables, and check that this version reads it."""
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript("BEGIN EXCLUSIVE;" + _TABLES + "COMMIT;")
    found = dict(connection.execute("SELECT key, value FROM meta WHERE key = 'format'")).get("format")
    if found is None:
        connection.execute("INSERT INTO meta VALUES ('format', ?)", (str(FORMAT),))
    elif found != str(FORMAT):
        raise RunError(f"the journal {path} is of format {found}, this version reads {FORMAT}", hint='Start anew: rerun="all".')


def insert(connection: sqlite3.Connection, head: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, many in one statement."""
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        marks = f"({', '.join('?' * len(some[0]))})"
        connection.execute(head + ", ".join([marks] * len(some)), [value for row in some for value in row])


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block writes, or take all of it back."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
