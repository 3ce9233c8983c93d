"""Paths that may hold several experiments: folders and globs, and how files are called in a comparison."""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arize_nb.comparison.inputs.places.lakes import is_address, opened, parts_matching, parts_of
from arize_nb.errors import ComparisonError, FileError
from arize_nb.text.command_line import Choice, Hint

_COMPRESSED = (".gz", ".zst", ".bz2", ".xz")
_RUNS = "runs"


def expanded(inputs: Sequence[Any], endings: Sequence[str]) -> list[Any]:
    """Replace folders, globs and addresses by the files in them, in the order of their names; all else stays.

    Parquet files that are parts of one table are one thing: a `Lake`.

    Parameters
    ----------
    inputs : sequence
        What was given to compare.
    endings : sequence of str
        Endings of files that can be read.

    Raises
    ------
    FileError
        A glob that matches nothing, or a folder without a file that can be read.
    """
    found: list[Any] = []
    for thing in inputs:
        if is_address(thing):
            found.append(opened(str(thing)))
            continue
        if not isinstance(thing, (str, os.PathLike)) or os.fspath(thing) == "-":
            found.append(thing)
            continue
        path = Path(os.fspath(thing)).expanduser()
        if path.is_dir():
            whole = parts_of(path)
            found += _in_folder(path, endings) if whole is None else [whole]
        elif glob.has_magic(str(path)) and not path.exists():
            files = _matching(thing, path, endings)
            whole = parts_matching(str(path), files) if files != [thing] else None
            found += files if whole is None else [whole]
        else:
            found.append(thing)
    return found


def _in_folder(path: Path, endings: Sequence[str]) -> list[Path]:
    """Return the files of a folder, else the files of runs in its folders (`*/runs.json`), as an export
    writes them.
    """
    files = sorted(
        one
        for one in path.iterdir()
        if one.is_file() and readable(one, endings) and not one.name.startswith(".")
    )
    nested = sorted(
        one
        for folder in path.iterdir()
        if folder.is_dir()
        for one in folder.glob(f"{_RUNS}.*")
        if readable(one, endings)
    )
    if not files and not nested:
        raise FileError(
            f"folder {str(path)!r} holds no file of results",
            path=str(path),
            hint=f"Endings that are read: {', '.join(endings)}.",
        )
    return files or nested


def _matching(thing: object, pattern: Path, endings: Sequence[str]) -> list[Any]:
    """Return the files that a glob matches; a text that matches none and looks like no path is the name of an
    experiment.
    """
    files = sorted(Path(one) for one in glob.glob(str(pattern), recursive=True) if Path(one).is_file())  # noqa: PTH207 - takes any path
    if not files and len(pattern.parts) == 1 and not readable(pattern, endings):
        return [thing]
    if not files:
        raise FileError(
            f"no file matches {str(pattern)!r}",
            path=str(pattern),
            hint=f"Files are looked for from {str(Path.cwd())!r}.",
        )
    return [one for one in files if readable(one, endings)] or files


def readable(path: Path, endings: Sequence[str]) -> bool:
    """Whether a file has an ending that is read, its compression left aside."""
    return Path(plain_name(path)).suffix.lower() in endings


def plain_name(path: Path) -> str:
    """Return the name of a file without the ending of its compression: `a.csv` of `a.csv.gz`."""
    return path.name.removesuffix(path.suffix) if path.suffix.lower() in _COMPRESSED else path.name


def names_of_files(paths: Sequence[Path | None]) -> list[str | None]:
    """Return what files are called: by their stem; by their folder too where two stems are the same, or the
    file is an export's `runs`.
    """
    stems = [None if path is None else Path(plain_name(path)).stem for path in paths]
    found: list[str | None] = []
    for path, stem in zip(paths, stems, strict=True):
        if path is None or stem is None:
            found.append(None)
            continue
        folder = path.absolute().parent.name.removeprefix("experiment_")
        alike = [
            other for other, name in zip(paths, stems, strict=True) if name == stem and other is not None
        ]
        apart = len({other.absolute().parent.name for other in alike}) == len(alike) > 1
        found.append(folder if stem == _RUNS or apart else stem)
    return found


def refuse_a_name(path: Path) -> None:
    """Refuse a text that is no file but looks like the name of an experiment, and say where names are taken.

    Raises
    ------
    ComparisonError
        It has no ending and no file has that name.
    """
    if not path.suffix and not path.exists():
        of_service = Choice(
            f"client.experiments.runs({str(path)!r}, dataset=…)",
            f"%ax experiments compare {shlex.quote(str(path))} … --dataset NAME",
        )
        hint = Hint.of("If it is the name of an experiment: {}.", of_service)
        raise ComparisonError(f"there is no file {str(path)!r}", hint=hint)
