"""What a reviewer said, on this machine's disk before it is sent: nothing is lost when the kernel dies."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Record = dict[str, Any]
"""`{"record_id": …, "values": [{"name": …, "label"?, "score"?, "text"?}]}`, as the service takes it."""


class ReviewJournal:
    """An append-only file of answers, and of which of them the service has taken.

    Each reviewer has a file of its own, locked as long as it lives: two reviewers of one experiment never
    touch each other's answers. A file whose lock is free was left behind by a dead kernel; its answers are
    taken over.

    Parameters
    ----------
    folder : path
        Where review journals are kept; made with owner-only permissions.
    service, experiment_id : str
        Whose answers these are; both go into the file's name as a digest.

    Attributes
    ----------
    elsewhere : list of dict
        Records that reviewers who are still at work have yet to send.
    """

    def __init__(self, folder: Path, service: str, experiment_id: str) -> None:
        digest = hashlib.sha256(f"{service}\n{experiment_id}".encode()).hexdigest()[:24]
        self.path = folder / f"{digest}.{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        self.elsewhere: list[Record] = []
        self._waiting: dict[str, Record] = {}
        self._file: int | None = None
        self._closing: weakref.finalize[Any, Any] | None = None
        for path in sorted(folder.glob(f"{digest}*.jsonl")):
            self._take_over(path)

    def waiting(self) -> dict[str, Record]:
        """Return the answers that the service has not taken yet, by key, in order."""
        return dict(self._waiting)

    def add(self, record: Record) -> str:
        """Write an answer to disk and return its key; it is safe when this returns."""
        key = secrets.token_hex(8)
        self._keep({key: record})
        return key

    def drop(self, keys: list[str]) -> None:
        """Forget answers: the service took them, or they were taken back before they were sent."""
        for key in keys:
            self._waiting.pop(key, None)
        if self._waiting:
            self._append([{"sent": keys}])
        elif self._file is not None:
            os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file; what it still holds is for the next reviewer."""
        if self._closing is not None:
            self._closing()
            self._file = self._closing = None
            if not self._waiting:
                self.path.unlink(missing_ok=True)

    def _keep(self, records: dict[str, Record]) -> None:
        self._append([{"key": key, "record": record} for key, record in records.items()])
        self._waiting.update(records)

    def _append(self, lines: Iterable[Record]) -> None:
        """Write lines, all of them and for good, or none."""
        data = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode(
            "utf-8", "replace"
        )
        handle = self._opened()
        size = os.fstat(handle).st_size
        try:
            if os.write(handle, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise

    def _opened(self) -> int:
        """Return the file, made and locked when it is first written to."""
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._closing = weakref.finalize(self, os.close, self._file)
            _lock(self._file)
        return self._file

    def _take_over(self, path: Path) -> None:
        """Take the answers of a file that nobody has any more; of one that somebody has only note them."""
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            free = _lock(handle)
            left = _unsent(path.read_text(encoding="utf-8", errors="replace"))
            if not free:
                self.elsewhere += left.values()
                return
            if left:
                self._keep(left)
            os.ftruncate(handle, 0)  # whoever opened it meanwhile finds nothing
        finally:
            os.close(handle)
        with contextlib.suppress(OSError):
            path.unlink()


def _lock(handle: int) -> bool:
    """Lock a file until it is closed or the process dies; False when somebody else has it."""
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            os.lseek(handle, 1 << 30, os.SEEK_SET)  # beyond any text: a lock there keeps nobody from reading
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unsent(text: str) -> dict[str, Record]:
    """Return the answers of a journal that were not sent; a line that a crash cut short is left out."""
    waiting: dict[str, Record] = {}
    for written in text.splitlines():
        try:
            line = json.loads(written)
        except ValueError:
            continue
        if not isinstance(line, dict):
            continue
        for key in line.get("sent", ()):
            waiting.pop(key, None)
        if "key" in line:
            waiting[line["key"]] = line["record"]
    return waiting


def merged(records: Iterable[Record]) -> list[Record]:
    """Join answers into one record per run, the last word on each member winning."""
    runs: dict[str, dict[str, dict[str, Any]]] = {}
    for record in records:
        said = runs.setdefault(record["record_id"], {})
        for value in record["values"]:
            said.setdefault(value["name"], {}).update(value)
    return [{"record_id": run_id, "values": list(values.values())} for run_id, values in runs.items()]
