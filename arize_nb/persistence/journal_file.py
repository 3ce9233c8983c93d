"""A journal's file: SQLite in WAL mode with full durability, for one process and its owner only, with a
checksum in each row.

Foreign errors become ours here: a file that is locked, damaged, of a newer format, or in a place where
nothing can be written.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from arize_nb.errors import RunError, UnreadableJournalError
from arize_nb.text.command_line import Choice, Hint

ROWS = 100
"""Rows of one INSERT: sqlite3 gives up the interpreter's lock at every step, so that a step a row has the
threads wait for each other.
"""
LARGEST_STATEMENT = 4_000_000
"""Bytes of one INSERT, about: what is bound is in memory once more."""
GO_ON = Hint.of(
    "Go on with what can be read: {}; or start anew: {}. Either sets the damaged file aside.",
    Choice("resume=True", "--resume"),
    Choice('rerun="all"', "--rerun all"),
)
_IN_USE = ("locked", "busy")
_DAMAGE = (
    "malformed",
    "no such table",
    "no such column",
    "not a database",
    "corrupt",
    "UTF-8",
    "has no column",
)
_COMPANIONS = ("", "-wal", "-shm")


def open_file(
    path: Path,
    prepare: Callable[[sqlite3.Connection], None],
    *,
    in_use: str,
    wait_s: float | None = None,
    hint: str | Hint = GO_ON,
) -> sqlite3.Connection:
    """Open a journal's file, made with its folder when missing, and lock it until it is closed.

    Parameters
    ----------
    path : Path
        The file.
    prepare : callable
        Makes the tables in a connection, and checks their format.
    in_use : str
        What an error says when another process has it open.
    wait_s : float, optional
        Share the file with other processes instead of locking it: a transaction waits for theirs so long.
        What is deleted is overwritten.
    hint : str or Hint
        What to do about a damaged file.

    Raises
    ------
    UnreadableJournalError
        It is no journal, or not whole.
    RunError
        Another process has it open, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
    except OSError as error:
        hint = "Make the folder writable, or name another one: ARIZE_NB_DATA_DIR."
        raise RunError(
            f"the journal {path} cannot be written: {error.strerror or error}", hint=hint
        ) from error
    connection = sqlite3.connect(
        path, timeout=0.5 if wait_s is None else wait_s, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE" if wait_s is None else "PRAGMA secure_delete=ON")
        _to_wal(connection, wait_s or 0)
        connection.execute("PRAGMA synchronous=FULL")
        connection.create_function("checksum", -1, checksum, deterministic=True)
        connection.execute("BEGIN EXCLUSIVE" if wait_s is None else "BEGIN IMMEDIATE")
        prepare(connection)
        connection.execute("COMMIT")
    except BaseException as error:
        connection.close()
        if isinstance(
            error, sqlite3.Error | ValueError | TypeError
        ):  # sqlite3 raises UnicodeDecodeError for a damaged schema
            raise opened(error, path, in_use=in_use, hint=hint) from error
        raise
    return connection


def _to_wal(connection: sqlite3.Connection, wait_s: float) -> None:
    """Begin to write ahead; two that make a file at once are told "locked" at once, whatever the timeout."""
    end = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not any(word in str(error) for word in _IN_USE) or time.monotonic() >= end:
                raise
            time.sleep(0.02)
        else:
            return


def opened(error: Exception, path: Path, *, in_use: str, hint: str | Hint = GO_ON) -> RunError:
    """Say why a file cannot be opened."""
    text = str(error)
    if any(word in text for word in _IN_USE):
        return RunError(in_use, hint="Wait for it, or interrupt it there.")
    if isinstance(error, sqlite3.OperationalError) and not _is_damage(text):
        return RunError(
            f"the journal {path} cannot be opened: {text}", hint="Name another folder: ARIZE_NB_DATA_DIR."
        )
    what = f"{path} is no journal" if "not a database" in text else f"the journal {path} is damaged"
    return UnreadableJournalError(f"{what}: {text}", path=str(path), hint=hint)


def used(error: Exception, path: Path, *, hint: str | Hint = GO_ON) -> RunError:
    """Say why an open file cannot be read or written."""
    text = str(error)
    if isinstance(error, sqlite3.OperationalError) and not _is_damage(text):
        return RunError(f"the journal {path} cannot be written: {text}")
    return UnreadableJournalError(f"the journal {path} is damaged: {text}", path=str(path), hint=hint)


def _is_damage(text: str) -> bool:
    return any(word in text for word in _DAMAGE)


def checksum(*cells: object) -> int:
    """Return the CRC-32 of the cells of a row: text and numbers as Python writes them, then bytes as they
    are.
    """
    found = zlib.crc32(
        repr([cell for cell in cells if not isinstance(cell, bytes)]).encode("utf-8", errors="surrogatepass")
    )
    for cell in cells:
        if isinstance(cell, bytes):
            found = zlib.crc32(cell, found)
    return found


def insert(connection: sqlite3.Connection, head: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, many in one statement."""
    start = 0
    while start < len(rows):
        end, size = start, 0
        while end < len(rows) and end - start < ROWS and (end == start or size < LARGEST_STATEMENT):
            size += sum(len(cell) for cell in rows[end] if isinstance(cell, bytes))
            end += 1
        some = rows[start:end]
        marks = f"({', '.join('?' * len(some[0]))})"
        connection.execute(head + ", ".join([marks] * len(some)), [value for row in some for value in row])
        start = end


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, *, immediate: bool = False) -> Iterator[None]:
    """Commit what the block writes, or take all of it back; `immediate` lets no other process write between
    its reads and its writes.
    """
    connection.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def set_aside(path: Path) -> Path:
    """Rename a file with what SQLite keeps beside it, so that a new one can begin; return its new path."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    for companion in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{companion}").rename(f"{aside}{companion}")
    return aside
