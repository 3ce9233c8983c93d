"""Trust no file that another user of the machine owns, can write, or has put a link in the place of."""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Final

from arize_nb.errors import FileError

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class Fault(Enum):
    """Why a file or folder is not trusted."""

    LINK = "a link"
    ODD = "neither a file nor a folder"
    FOREIGN = "of another user"
    WRITABLE = "others can write it"


Remedy = Callable[[Fault, Path], str]
"""What to type so that a path with that fault is trusted."""


def data_folder_remedy(fault: Fault, path: Path) -> str:
    """Say what mends a file of the data folder, or the folder itself."""
    shown = shlex.quote(str(path))
    if fault is Fault.LINK and path.is_dir():
        where = shlex.quote(str(path.resolve()))
        return f"Name the folder itself: export ARIZE_NB_DATA_DIR={where}"
    if fault is Fault.FOREIGN:
        taken = f"sudo chown -R {os.geteuid()} {shown}"
        return f"Take it over: {taken}, or name another folder: ARIZE_NB_DATA_DIR"
    return f"Keep them out: chmod go-w {shown}" if fault is Fault.WRITABLE else f"Remove it: rm {shown}"


def check(path: Path, remedy: Remedy = data_folder_remedy) -> None:
    """Raise when a file or folder is not the user's alone to write; one that does not exist passes.

    Parameters
    ----------
    path : Path
        The file or folder.
    remedy : function, optional
        Gives the hint; that of the data folder when not given.

    Raises
    ------
    FileError
        It is a link, or neither a file nor a folder, belongs to another user, or others can write it; the
        hint is the line that mends it.
    """
    if os.name != "posix":  # owners mean nothing there
        return
    try:
        found = path.lstat()
    except OSError:
        return
    _check(path, found, remedy)


def open_file(path: Path, flags: int, mode: int = 0o600, *, remedy: Remedy = data_folder_remedy) -> int:
    """Open a file that only its owner can write, following no link, and return the descriptor.

    Parameters
    ----------
    path : Path
        The file.
    flags : int
        As of `os.open`.
    mode : int
        Permissions of a file that is made.
    remedy : function, optional
        Gives the hint; that of the data folder when not given.

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
        # a link; a pipe that nobody reads; a file of another user that only that user can read
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EACCES):
            check(path, remedy)
        raise
    try:
        if os.name == "posix":
            _check(path, os.fstat(descriptor), remedy)
    except FileError:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, found: os.stat_result, remedy: Remedy) -> None:
    """Raise unless a file or folder is the user's own, and nobody else's to write."""
    fault = _fault(found)
    if fault is None:
        return
    sentences = {
        Fault.LINK: f"{path} is a link and not trusted",
        Fault.ODD: f"{path} is neither a file nor a folder and not trusted",
        Fault.FOREIGN: f"{path} belongs to {_user(found.st_uid)} and is not trusted",
        Fault.WRITABLE: f"other users can write {path}: it is not trusted",
    }
    raise FileError(sentences[fault], path=str(path), hint=remedy(fault, path))


def _fault(found: os.stat_result) -> Fault | None:
    """Return the first thing that is wrong."""
    if stat.S_ISLNK(found.st_mode):
        return Fault.LINK
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return Fault.ODD
    if found.st_uid != os.geteuid():
        return Fault.FOREIGN
    return Fault.WRITABLE if found.st_mode & _OTHERS_WRITE else None


def _user(number: int) -> str:
    """Name a user."""
    import pwd

    try:
        return f"the user {pwd.getpwuid(number).pw_name!r}"
    except KeyError:
        return f"the user with id {number}"
