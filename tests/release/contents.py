"""What is in a wheel or a source archive, held against the reviewed list (contents.toml)."""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PACKAGE = "arize_nb"


@dataclass(frozen=True)
class Reviewed:
    """What a release may hold."""

    metadata: frozenset[str]
    sdist: frozenset[str]
    suffixes: frozenset[str]
    private: tuple[re.Pattern[str], ...]


def reviewed() -> Reviewed:
    """Read the reviewed list."""
    lists = tomllib.loads(Path(__file__).with_name("contents.toml").read_text("utf-8"))
    sets = {name: frozenset(lists[name]) for name in ("metadata", "sdist", "suffixes")}
    return Reviewed(**sets, private=tuple(map(re.compile, lists["private"])))


def members(archive: Path) -> dict[str, bytes]:
    """Return the files of a wheel or a `.tar.gz` by name; a source archive's own folder is taken off.

    Raises
    ------
    ValueError
        For another kind of file, and for a member that is no plain file (a link could point anywhere).
    """
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {info.filename: wheel.read(info) for info in wheel.infolist() if not info.is_dir()}
    if not archive.name.endswith(".tar.gz"):
        raise ValueError(f"{archive.name} is neither a wheel nor a .tar.gz")
    folder = archive.name.removesuffix(".tar.gz") + "/"
    files: dict[str, bytes] = {}
    with tarfile.open(archive) as sdist:
        for member in sdist:
            content = None if member.isdir() else sdist.extractfile(member) if member.isfile() else None
            if content is None and not member.isdir():
                raise ValueError(f"{archive.name}: {member.name} is no plain file")
            if content is not None:
                files[member.name.removeprefix(folder)] = content.read()
    return files


def complaints(archive: Path, package_files: Iterable[str], private: Iterable[str] = ()) -> list[str]:
    """Say what is in `archive` that should not be, and what is missing.

    Parameters
    ----------
    archive
        A wheel or a source archive.
    package_files
        The files that the package has in version control, as `arize_nb/…`.
    private
        Texts that must not occur, such as the folder it was built in.
    """
    lists, files = reviewed(), members(archive)
    expected = set(package_files) | _beside(archive, lists)
    found = [f"unexpected: {name}" for name in sorted(set(files) - expected)]
    found += [f"missing: {name}" for name in sorted(expected - set(files))]
    for name in sorted(files):
        if name.startswith(f"{PACKAGE}/") and PurePosixPath(name).suffix not in lists.suffixes:
            found.append(f"of no reviewed kind: {name}")
    return found + list(_private(files, [*lists.private, *(re.compile(re.escape(text)) for text in private)]))


def _beside(archive: Path, lists: Reviewed) -> set[str]:
    """Return what stands beside the package."""
    if archive.suffix != ".whl":
        return set(lists.sdist)
    folder = "-".join(archive.name.split("-")[:2]) + ".dist-info"
    return {f"{folder}/{name}" for name in lists.metadata}


def _private(files: Mapping[str, bytes], patterns: list[re.Pattern[str]]) -> Iterable[str]:
    """Yield where a private text stands; the text of a key itself is not repeated."""
    for name, content in sorted(files.items()):
        text = content.decode("utf-8", "replace")
        for pattern in patterns:
            if match := pattern.search(text):
                line = text.count("\n", 0, match.start()) + 1
                yield f"private: {name}, line {line} has what {pattern.pattern} forbids"
