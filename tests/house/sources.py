"""The Python files that are measured, each read and parsed once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "arize_nb"
MEASURED = ("arize_nb", "benchmarks", "notebooks", "tests")


@cache
def files(place: str = "arize_nb") -> tuple[Path, ...]:
    """Return the Python files below a folder of the repository, but the scripts of other tools' samples."""
    samples = ROOT / "tests" / "samples"
    return tuple(path for path in sorted((ROOT / place).rglob("*.py")) if samples not in path.parents)


@cache
def text(path: Path) -> str:
    """Return what a file says."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Return a file as a syntax tree."""
    return ast.parse(text(path), str(path))


def name(path: Path) -> str:
    """Return a path as it is written from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def folder(path: Path) -> str:
    """Return the folder of the package in which a file counts: its first one, "top" for the
    package itself.
    """
    inside = path.relative_to(PACKAGE).parts
    return inside[0] if len(inside) > 1 else "top"
