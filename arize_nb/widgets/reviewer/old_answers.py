"""Answers as they were kept before 2026-12: a file of lines a reviewer, locked as long as it lived."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def move_in(folder: Path, digest: str, keep: Callable[[dict[str, Record]], None]) -> list[Record]:
    """Hand over the answers of such files, and remove each once they are kept.

    Parameters
    ----------
    folder : Path
        Where answers are kept.
    digest : str
        Whose they are: how the names of the files begin.
    keep : callable
        Makes answers safe, by key; nothing is removed before it returns.

    Returns
    -------
    list of dict
        Answers of a reviewer who is still at work, in a kernel with the version before.
    """
    elsewhere: list[Record] = []
    for path in sorted(folder.glob(f"{digest}*.jsonl")):
        with contextlib.suppress(FileNotFoundError), _locked(path) as (handle, free):
            unsent = _unsent(path.read_text(encoding="utf-8", errors="replace"))
            if not free:
                elsewhere += unsent.values()
                continue
            if unsent:
                keep(unsent)
            os.ftruncate(handle, 0)  # whoever opened it meanwhile finds nothing
            with contextlib.suppress(OSError):
                path.unlink()
    return elsewhere


@contextmanager
def _locked(path: Path) -> Iterator[tuple[int, bool]]:
    """Open a file and lock it, as that version did; say whether the lock was free."""
    handle = os.open(path, os.O_RDWR)
    try:
        yield handle, _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
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
    """Return the answers that were not sent; a line that a crash cut short is left out."""
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
