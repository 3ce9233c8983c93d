"""The store: one DuckDB file, one writer at a time, whole transactions on disk before they are
acknowledged.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb

from arize_nb.server.store.clock import now
from arize_nb.server.store.database import next_number, run
from arize_nb.server.store.ids import RowIds, resource_id
from arize_nb.server.store.migrations import upgrade

_SETTINGS: Final[dict[str, str]] = {
    # No statement can reach a file, an address or an extension, whatever text a filter holds.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    # Planning a query takes it time with the square of the columns.
    "disabled_optimizers": "compressed_materialization",
}

FIRST_SPACE: Final = "local"

_CHECKPOINT_AT: Final = "16MB"  # of write-ahead log, as is DuckDB's own way
_NEVER: Final = "1TB"
_ROOM: Final = 64 << 20  # bytes


class Store:
    """A persistent workspace in one file.

    Safe to use from many threads: each has its own cursor, and writers take turns.

    Parameters
    ----------
    path : Path
        The database file; made, with its folder, when it does not exist, and upgraded when it is of an older
        format.

    Raises
    ------
    NewerFormatError
        The file was written by a newer program.
    duckdb.IOException
        Another process has the file open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.row_ids = RowIds()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(str(path), config=_SETTINGS)
        self._writer = threading.Lock()
        self._readers = threading.Condition()
        self._reading = 0
        self._is_shrinking = False
        self._has_room = True
        self.is_broken = False
        """Whether the database refuses all work until it is opened again. What was acknowledged
        is on disk.
        """
        self._threads = threading.local()
        with self.writing() as db:
            if upgrade(db) == 0:
                _furnish(db)

    def close(self) -> None:
        """Write everything to the main file and let go of it."""
        with self._writer:
            self._connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Open a cursor of the caller's own, for a stream that outlives one call; the caller closes it."""
        with self._readers:
            self._readers.wait_for(lambda: not self._is_shrinking)
            return self._connection.cursor()

    def shrink(self) -> bool:
        """Write the log to the main file and give DuckDB's memory back to the system; False when somebody is
        reading or writing.

        No stream may be open. For the moment that DuckDB has no memory to work with, readers and writers
        wait.
        """
        if not self._writer.acquire(blocking=False):
            return False
        try:
            with self._readers:
                if self._reading:
                    return False
                self._is_shrinking = True
            try:
                self._shrink()
            finally:
                with self._readers:
                    self._is_shrinking = False
                    self._readers.notify_all()
        finally:
            self._writer.release()
        return True

    def _shrink(self) -> None:
        """Let go of the blocks that DuckDB has cached; those of rows that are in the log alone it cannot let
        go of before a checkpoint.
        """
        db = self._own_cursor()
        self._allow_checkpoints(db)
        with self._noting_the_end():
            if self._has_room:
                with suppress(duckdb.TransactionException):  # a reader of an older state is still there
                    run(db, "CHECKPOINT")
            try:
                with suppress(duckdb.OutOfMemoryException):  # what is in use stays
                    run(db, "SET GLOBAL memory_limit = '1MB'")
            finally:
                run(db, "RESET GLOBAL memory_limit")

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give this thread's cursor inside a snapshot: all queries see the same state."""
        with self._readers:
            self._readers.wait_for(lambda: not self._is_shrinking)
            self._reading += 1
        try:
            db = self._own_cursor()
            with self._noting_the_end():
                run(db, "BEGIN TRANSACTION READ ONLY")
                try:
                    yield db
                finally:
                    run(db, "ROLLBACK")
        finally:
            with self._readers:
                self._reading -= 1

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give this thread's cursor inside a transaction: committed, and on disk, at the end, or nothing at
        all.
        """
        with self._writer, self._noting_the_end():
            db = self._own_cursor()
            self._allow_checkpoints(db)
            run(db, "BEGIN TRANSACTION")
            try:
                yield db
                run(db, "COMMIT")
            except BaseException:
                _roll_back(db)
                raise

    def _allow_checkpoints(self, db: duckdb.DuckDBPyConnection) -> None:
        """Let commits move the write-ahead log into the main file only while the disk has room for both.

        A commit that finds no room fails, and that is all; a checkpoint that finds none makes DuckDB refuse
        everything from then on.
        """
        log = self.path.with_name(f"{self.path.name}.wal")
        needed = _ROOM + 4 * (log.stat().st_size if log.exists() else 0)
        has_room = shutil.disk_usage(self.path.parent).free > needed
        if has_room != self._has_room:
            run(db, f"SET GLOBAL checkpoint_threshold = '{_CHECKPOINT_AT if has_room else _NEVER}'")
            self._has_room = has_room

    @contextmanager
    def _noting_the_end(self) -> Iterator[None]:
        """Note when the database refuses all further work."""
        try:
            yield
        except duckdb.FatalException:
            self.is_broken = True
            raise

    def _own_cursor(self) -> duckdb.DuckDBPyConnection:
        """Return the cursor of this thread."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._threads, "cursor", None)
        if cursor is None:
            cursor = self._threads.cursor = self._connection.cursor()
        return cursor


def _roll_back(db: duckdb.DuckDBPyConnection) -> None:
    """End a failed transaction; a commit that failed has already ended it."""
    try:
        run(db, "ROLLBACK")
    except (duckdb.TransactionException, duckdb.FatalException):
        return


def _furnish(db: duckdb.DuckDBPyConnection) -> None:
    """Put the first organization and the space `local` into a new store."""
    organization_id = resource_id("Organization", next_number(db))
    run(
        db,
        "INSERT INTO workspace VALUES ('organization_id', ?), ('user_id', ?)",
        [organization_id, resource_id("User", next_number(db))],
    )
    number = next_number(db)
    run(
        db,
        "INSERT INTO spaces VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            number,
            resource_id("Space", number),
            organization_id,
            FIRST_SPACE,
            "The embedded workspace on this machine",
            False,
            "{}",
            now(),
        ],
    )
