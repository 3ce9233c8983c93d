"""Trust no file that another user of the machine owns, can write, or has put a link in the place of."""

from __future__ import annotations

import errno
import os
import shlex
import stat
from pathlib import Path
from typing import Final

from arize_nb.errors import FileError

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def check_folder(path: Path) -> None:
    """Raise when a folder is not the user's alone to write; one that does not exist yet passes.

    Raises
    ------
    FileError
        It is a link, belongs to another user, or others can write in it; the hint is the line that mends it.
    """
    found = _facts(path)
    if found is None:
        return
    if stat.S_ISLNK(found.st_mode):
        where = shlex.quote(str(path.resolve()))
        raise FileError(
            f"{path} is a link and not trusted",
            path=str(path),
            hint=f"Name the folder itself: export ARIZE_NB_DATA_DIR={where}",
        )
    _check(path, found)


def check_file(path: Path) -> None:
    """Raise when a file is not the user's alone to write; one that does not exist passes.

    Raises
    ------
    FileError
        It is a link or no regular file, belongs to another user, or others can write it; the hint is the line
        that mends it.
    """
    found = _facts(path)
    if found is not None:
        _check(path, found)


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file that only its owner can write, following no link, and return the descriptor.

    Parameters
    ----------
    path : Path
        The file.
    flags : int
        As of `os.open`.
    mode : int
        Permissions of a file that is made.

    Raises
    ------
    FileError
        It is a link or no regular file, belongs to another user, or others can write it.
    OSError
        It cannot be opened for any other reason.
    """
    try:
        descriptor = os.open(path, flags | _NO_LINK, mode)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):  # a link; a pipe that nobody reads
            check_file(path)
        raise
    try:
        if os.name == "posix":
            _check(path, os.fstat(descriptor))
    except FileError:
        os.close(descriptor)
        raise
    return descriptor


def _facts(path: Path) -> os.stat_result | None:
    """Look at a path itself, not at what a link leads to; None where nothing is, or where owners mean
    nothing.
    """
    if os.name != "posix":
        return None
    try:
        return path.lstat()
    except OSError:
        return None


def _check(path: Path, found: os.stat_result) -> None:
    """Raise unless a file or folder is the user's own, and nobody else's to write."""
    shown, place = shlex.quote(str(path)), str(path)
    if stat.S_ISLNK(found.st_mode):
        raise FileError(f"{path} is a link and not trusted", path=place, hint=f"Remove it: rm {shown}")
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise FileError(
            f"{path} is neither a file nor a folder and not trusted",
            path=place,
            hint=f"Remove it: rm {shown}",
        )
    if found.st_uid != os.geteuid():
        hint = (
            f"Take it over: sudo chown -R {os.geteuid()} {shown}, or name another folder: ARIZE_NB_DATA_DIR"
        )
        raise FileError(f"{path} belongs to {_user(found.st_uid)} and is not trusted", path=place, hint=hint)
    if found.st_mode & _OTHERS_WRITE:
        raise FileError(
            f"other users can write {path}: it is not trusted",
            path=place,
            hint=f"Keep them out: chmod go-w {shown}",
        )


def _user(number: int) -> str:
    """Name a user."""
    import pwd

    try:
        return f"the user {pwd.getpwuid(number).pw_name!r}"
    except KeyError:
        return f"the user with id {number}"
