"""What a look at the text of the files tells: long lines, long files, full folders, tags in f-strings,
private names in tests.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from house import sources

LONGEST_LINE = 110
LONGEST_FILE = 300
FULL_FOLDER = 14
TAG = re.compile(r"(?<!\(\?P)</?(?:[a-z][a-z0-9]*)(?=[\s>/]|$)")
PRIVATE = re.compile(r"_[A-Za-z]\w*")


def long_lines() -> dict[str, int]:
    """Return place -> how many lines are longer than 110 characters."""
    return {
        place: sum(len(line) > LONGEST_LINE for path in sources.files(place) for line in lines(path))
        for place in sources.MEASURED
    }


def long_files() -> dict[str, int]:
    """Return file -> lines, where they are more than 300."""
    return {
        sources.name(path): len(lines(path)) for path in sources.files() if len(lines(path)) > LONGEST_FILE
    }


def full_folders() -> dict[str, int]:
    """Return folder -> files of any kind, where they are more than 14."""
    folders = [
        sources.PACKAGE,
        *(path for path in sources.PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__"),
    ]
    sizes = {
        sources.name(folder): sum(path.is_file() for path in folder.iterdir()) for folder in sorted(folders)
    }
    return {folder: size for folder, size in sizes.items() if size > FULL_FOLDER}


def tags() -> dict[str, int]:
    """Return file -> how many of its f-strings hold an HTML tag: only templates escape by themselves."""
    counts = {
        sources.name(path): sum(map(holds_tag, ast.walk(sources.tree(path)))) for path in sources.files()
    }
    return {file: count for file, count in counts.items() if count}


def holds_tag(node: ast.AST) -> bool:
    """Whether a node is an f-string with a tag in its own text."""
    if not isinstance(node, ast.JoinedStr):
        return False
    return any(isinstance(part, ast.Constant) and TAG.search(str(part.value)) for part in node.values)


def private_reads() -> dict[str, int]:
    """Return test file -> how often it takes a private name of the package."""
    counts = {sources.name(path): takes_private(sources.tree(path)) for path in sources.files("tests")}
    return {file: count for file, count in counts.items() if count}


def takes_private(tree: ast.AST) -> int:
    """Return how often code imports a `_name` of the package, or reads one of something else than itself."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "arize_nb":
            count += sum(bool(PRIVATE.fullmatch(alias.name)) for alias in node.names)
        elif isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            count += not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    return count


def lines(path: Path) -> list[str]:
    """Return the lines of a file."""
    return sources.text(path).splitlines()
