"""The folder of this package's data, the same for every part and all through a process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "ARIZE_NB_DATA_DIR"
"""Environment variable that names it."""
_first_seen: dict[str, Path] = {}


def data_directory(
    given: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> Path:
    """Return the folder of this package's data: the one given, else ``ARIZE_NB_DATA_DIR``, else the user's
    data folder.

    White space around a path does not count, and a blank one is none. ``~`` is the user's home. A relative
    path is one of the folder in which it was first seen: a later `os.chdir` must not lose what was kept.

    Parameters
    ----------
    given : path, optional
        Outweighs the environment.
    environ : mapping, optional
        The environment; this process's own by default.

    Returns
    -------
    Path
        An absolute path; nothing is made.
    """
    named = os.fspath(given).strip() if given is not None else ""
    named = named or (os.environ if environ is None else environ).get(VARIABLE, "").strip()
    if not named:
        from platformdirs import user_data_path

        return user_data_path("arize_nb", appauthor=False)
    path = Path(named).expanduser()
    return path if path.is_absolute() else _first_seen.setdefault(named, path.absolute())
