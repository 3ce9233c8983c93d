"""What a reviewer said, on this machine's disk before it is sent: nothing is lost when the kernel dies."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

Record = dict[str, Any]
"""`{"record_id": …, "values": [{"name": …, "label"?, "score"?, "text"?}]}`, as the service takes it."""


class ReviewJournal:
    """An append-only file per experiment: answers, and which of them the service has taken.

    Parameters
    ----------
    folder : path
        Where review journals are kept; made with owner-only permissions.
    service, experiment_id : str
        Whose answers these are; both go into the file's name as a digest.
    """

    def __init__(self, folder: Path, service: str, experiment_id: str) -> None:
        digest = hashlib.sha256(f"{service}\n{experiment_id}".encode()).hexdigest()[:24]
        self.path = folder / f"{digest}.jsonl"
        self._waiting: dict[str, Record] = {}
        self._number = 0
        for line in self._lines():
            if "sent" in line:
                for key in line["sent"]:
                    self._waiting.pop(key, None)
            elif "key" in line:
                self._waiting[line["key"]] = line["record"]

    def waiting(self) -> dict[str, Record]:
        """Return the answers that the service has not taken yet, by key, in order."""
        return dict(self._waiting)

    def add(self, record: Record) -> str:
        """Write an answer to disk and return its key; it is safe when this returns."""
        self._number += 1
        key = f"{os.getpid()}-{id(self):x}-{self._number}"
        self._waiting[key] = record
        self._append({"key": key, "record": record})
        return key

    def drop(self, keys: list[str]) -> None:
        """Forget answers: the service took them, or they were taken back before they were sent."""
        for key in keys:
            self._waiting.pop(key, None)
        self._append({"sent": keys})
        if not self._waiting:
            self.path.unlink(missing_ok=True)

    def _append(self, line: Record) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
            os.fsync(handle)
        finally:
            os.close(handle)

    def _lines(self) -> list[Record]:
        """Return the lines; one that a crash cut short is left out."""
        if not self.path.exists():
            return []
        found = []
        for text in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                found.append(line)
        return found


def merged(records: list[Record]) -> list[Record]:
    """Join answers into one record per run, the last word on each member winning."""
    runs: dict[str, dict[str, dict[str, Any]]] = {}
    for record in records:
        said = runs.setdefault(record["record_id"], {})
        for value in record["values"]:
            said.setdefault(value["name"], {}).update(value)
    return [{"record_id": run_id, "values": list(values.values())} for run_id, values in runs.items()]
