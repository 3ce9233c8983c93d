"""Write a file whole: it is there complete, or what was there before still is, whoever else writes it or the
power fails.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from arize_nb.errors import FileError

_LONGEST_NAME = 200  # bytes; file systems take 255, and the partial file's name is longer than the file's
_NEW = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a file beside `path` that takes its place at the end, and vanishes on an error.

    Parameters
    ----------
    path : Path
        The file to write. One that is there keeps its permissions; a link is replaced, never followed.
    private : bool
        Whether only the owner may read and write it, from its first byte on.

    Yields
    ------
    binary file
        On a name that nobody can foresee, made by this call alone: no link is followed, and threads or
        processes that write the same file do not disturb one another (the last to end wins). It is on the
        disk before it takes the name.

    Raises
    ------
    FileError
        The folder is missing, cannot be written or is full.
    """
    partial = path.with_name(f".{_short(path.name)}.{secrets.token_hex(8)}.partial")
    try:
        stream = os.fdopen(os.open(partial, _NEW, 0o600 if private else 0o666), "w+b")
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    try:
        with stream:
            if not private:
                _keep_mode(path, partial)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write a file at once, see `replacing`; text as UTF-8."""
    with replacing(path, private=private) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def _unwritable(path: Path, error: OSError | ValueError) -> FileError:
    """Make the error that names the file."""
    reason = getattr(error, "strerror", None) or error
    return FileError(f"{str(path)!r} cannot be written: {reason}", path=str(path))


def _short(name: str) -> str:
    """Cut a name so that one with a suffix still is one."""
    return name.encode("utf-8", "surrogateescape")[:_LONGEST_NAME].decode("utf-8", "ignore")


def _keep_mode(path: Path, partial: Path) -> None:
    """Give the new file the permissions of the one that it replaces."""
    with contextlib.suppress(OSError):
        before = path.lstat()
        if stat.S_ISREG(before.st_mode):
            partial.chmod(stat.S_IMODE(before.st_mode))


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk, where folders can be opened (not on Windows) and synced (not on every
    file system).
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
