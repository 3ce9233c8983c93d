"""Tables in many files, and addresses of object stores: what is one experiment, and how its
files are found.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from arize_nb.errors import FileError, InputError

PARQUET = (".parquet", ".pq")
_ADDRESS = re.compile(r"(s3|s3a|gs|gcs|https?)://\S+")
_PART = re.compile(
    r"(part|data|chunk|shard)[-_.]?\d.*|.+-\d{5}-of-\d{5}|\d+(_\d+)*|[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f-]{16,}.*"
)
"""How programs call the parts of one table: part-00000-…, data_0, train-00000-of-00002, 0, a UUID."""
_MARKS = ("_SUCCESS", "_metadata", "_common_metadata", "_delta_log")


@dataclass(frozen=True)
class Lake:
    """Parquet files that are one table."""

    files: tuple[str, ...]
    """The files, in order."""
    root: str
    """Folder of all of them."""
    name: str
    """What the experiment is called."""
    store: Any = None
    """The fsspec file system; None for this machine."""


def is_address(thing: object) -> bool:
    """Whether a text is the address of something in an object store or on the web."""
    return isinstance(thing, str) and _ADDRESS.fullmatch(thing) is not None


def parts_of(folder: Path) -> Lake | None:
    """Return the table that the files of a folder are parts of; None where its files are experiments of their
    own.

    They are one where folders are partitions (`day=1/`), where a program marked the folder (`_SUCCESS`), or
    where all are Parquet and called as programs call parts (`part-00000.parquet`, `data_0.parquet`,
    `train-00000-of-00002.parquet`).
    """
    partitioned = any(one.is_dir() and "=" in one.name for one in folder.iterdir())
    if partitioned:
        files = sorted(
            one
            for ending in PARQUET
            for one in folder.rglob(f"*{ending}")
            if not _hidden(one.relative_to(folder))
        )
    else:
        every = [one for one in folder.iterdir() if one.is_file() and not _hidden(one.relative_to(folder))]
        files = sorted(one for one in every if one.suffix.lower() in PARQUET)
        marked = any((folder / mark).exists() for mark in _MARKS)
        if len(files) < len(every) or not (marked or all(_PART.fullmatch(one.stem) for one in files)):
            return None
    return Lake(tuple(map(str, files)), str(folder), folder.name) if files else None


def parts_matching(pattern: str, files: Sequence[Path]) -> Lake | None:
    """Return the table that the files of a glob are parts of; None where they are experiments
    of their own.
    """
    if len(files) < 2 or not all(one.suffix.lower() in PARQUET for one in files):
        return None
    partitioned = all("=" in one.parent.name for one in files)
    if not partitioned and not (
        all(_PART.fullmatch(one.stem) for one in files) and len({one.parent for one in files}) == 1
    ):
        return None
    root = Path(os.path.commonpath([str(one.parent) for one in files]))
    while "=" in root.name:
        root = root.parent
    return Lake(tuple(map(str, files)), str(root), root.name or pattern)


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def opened(address: str) -> Lake | Path:
    """Find what an address stands for.

    Returns
    -------
    Lake or Path
        Parquet is read where it is, by column; any other file is fetched first.

    Raises
    ------
    InputError
        The packages that speak the protocol are not installed.
    FileError
        There is nothing at that address, or it may not be read.
    """
    try:
        from fsspec.core import url_to_fs

        store, path = url_to_fs(address)
    except ImportError as error:
        what = (
            f"{address.partition('://')[0]}:// needs packages that are not installed ({error.name or error})"
        )
        raise InputError(what, hint="Install them: pip install 'arize-nb[lakes]'") from None
    try:
        return _found(store, path, address)
    except FileError:
        raise
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0][:160] or type(error).__name__
        raise FileError(
            f"cannot read {address}: {reason}", path=address, hint="Check the address and your credentials."
        ) from None


def _found(store: Any, path: str, address: str) -> Lake | Path:
    """Return the Parquet files behind a path of a store, or a copy of another file."""
    pure = PurePosixPath(path)
    if not set("*?[") & set(path) and not store.exists(path):
        raise FileError(f"there is nothing at {address}", path=address)
    if set("*?[") & set(path) and not address.startswith("http"):
        files = sorted(store.glob(path))
        root = os.path.commonpath([str(PurePosixPath(one).parent) for one in files]) if files else ""
    elif pure.suffix.lower() in PARQUET and not (not address.startswith("http") and store.isdir(path)):
        return Lake((path,), path.rpartition("/")[0], pure.stem, store)
    elif not address.startswith("http") and store.isdir(path):
        files, root = sorted(store.find(path)), path.rstrip("/")
    else:
        return _fetched(store, path, address)
    parts = [
        one
        for one in files
        if PurePosixPath(one).suffix.lower() in PARQUET and not PurePosixPath(one).name.startswith(("_", "."))
    ]
    if not parts:
        raise FileError(f"no Parquet file at {address}", path=address)
    while "=" in PurePosixPath(root).name:
        root = root.rpartition("/")[0]
    return Lake(tuple(parts), root, PurePosixPath(root).name, store)


def _fetched(store: Any, path: str, address: str) -> Path:
    """Copy a file here, under its own name."""
    name = PurePosixPath(address.partition("?")[0]).name
    target = Path(tempfile.mkdtemp(prefix="arize-nb-fetched-")) / name
    store.get_file(path, str(target))
    return target
