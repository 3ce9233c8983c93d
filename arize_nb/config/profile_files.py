"""Where the official `ax` program keeps its profiles: found, read when nobody else can have written them, and
written for their owner only.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

from arize_nb.errors import ConfigError, FileError, ProfileNotFoundError
from arize_nb.persistence.atomic_write import write_whole
from arize_nb.persistence.trusted import Fault, check, open_file

_NAME = re.compile(r"[A-Za-z0-9_-]+")


def arize_home(home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the official program's files (`~/.arize`), which may not exist."""
    return (Path(home) if home is not None else Path.home()) / ".arize"


def profile_path(name: str, home: str | os.PathLike[str] | None = None) -> Path:
    """Return where the profile of that name is, or would be.

    Raises
    ------
    ConfigError
        The name has other characters than letters, digits, `_` and `-`.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"a profile cannot be named {name!r}", hint="Use letters, digits, _ and -.")
    return arize_home(home) / "profiles" / f"{name}.toml"


def list_profiles(home: str | os.PathLike[str] | None = None) -> list[str]:
    """Return the names of the profile files, sorted."""
    folder = arize_home(home) / "profiles"
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def active_profile(home: str | os.PathLike[str] | None = None) -> str | None:
    """Return the name in `.active_profile`; None when there is none.

    Raises
    ------
    ConfigError
        The file cannot be read or is not to be trusted, see `read_profile`.
    """
    path = arize_home(home) / ".active_profile"
    try:
        return _trusted_text(path, home).strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def read_profile(name: str, home: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """Return a profile as its file says it, `${VAR}` references kept as they are.

    Where the key goes to stands in this file, so it must be the user's own: it and its folders belong to the
    user, nobody else can write them, and none of them is a link.

    Raises
    ------
    ProfileNotFoundError
        There is no such file.
    ConfigError
        The file cannot be read, is not TOML, or somebody else may have written it; the hint is the line that
        mends it.
    """
    path = profile_path(name, home)
    try:
        return _parsed(path, _trusted_text(path, home))
    except FileNotFoundError as error:
        raise ProfileNotFoundError(name, list_profiles(home)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def read_profile_file(path: Path) -> dict[str, Any]:
    """Return any TOML file laid out as a profile, whoever wrote it: the user has named it (`profiles create
    --from-file`).

    Raises
    ------
    ConfigError
        The file does not exist, cannot be read, or is not TOML.
    """
    try:
        return _parsed(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def write_private(path: Path, text: str) -> None:
    """Write a text file for its owner only, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, text, private=True)


def check_trusted(path: Path, home: str | os.PathLike[str] | None = None) -> None:
    """Raise when somebody else may have written a file in the program's folder; one that does not exist
    passes.

    Raises
    ------
    ConfigError
        It or a folder of it is of another user, a link, or for others to write.
    """
    try:
        _check_folders(path, home)
        check(path, _remedy)
    except FileError as error:
        raise ConfigError(error.what, hint=error.hint) from None


def _trusted_text(path: Path, home: str | os.PathLike[str] | None) -> str:
    """Read a file that stands in the program's folder, and that nobody else can have written."""
    try:
        _check_folders(path, home)
        with os.fdopen(open_file(path, os.O_RDONLY, remedy=_remedy), encoding="utf-8") as file:
            return file.read()
    except FileError as error:
        raise ConfigError(error.what, hint=error.hint) from None


def _check_folders(path: Path, home: str | os.PathLike[str] | None) -> None:
    """Check the program's folder and those below it, down to the one that the file is in."""
    top = arize_home(home)
    for folder in reversed([one for one in path.parents if one.is_relative_to(top)]):
        check(folder, _remedy)


def _remedy(fault: Fault, path: Path) -> str:
    """Say what mends a file or folder of the program's."""
    shown = shlex.quote(str(path))
    if fault is Fault.FOREIGN:
        return f"If what it says is yours, take it over: sudo chown -R {os.geteuid()} {shown}; else remove it"
    if fault is Fault.WRITABLE:
        return f"Keep them out: chmod -R go-w {shown}"
    if fault is Fault.LINK and path.exists():
        what = shlex.quote(str(path.resolve()))
        return f"If what it leads to is yours, put a copy in its place: rm {shown} && cp -R {what} {shown}"
    return f"Remove it: rm {shown}"


def _parsed(path: Path, text: str) -> dict[str, Any]:
    """Read TOML."""
    import tomllib  # a connection by environment variables never needs it

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> ConfigError:
    """Name the file; errors of TOML name a line, never its text, so a key cannot leak here."""
    return ConfigError(f"profile file {path} cannot be read: {error}")
