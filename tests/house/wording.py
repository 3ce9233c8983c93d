"""Names of our own making that the field has a word for: how often one is bound, by word."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from house import sources

TABLE = Path(__file__).with_name("wording.toml")
WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@cache
def table() -> dict[str, set[str]]:
    """Read the words; those of a folder stand under `within.<folder>`."""
    read = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    within = {f"within.{folder}": set(words) for folder, words in read.pop("within").items()}
    return {kind: set(words) for kind, words in read.items()} | within


def counts() -> dict[str, int]:
    """Return word -> how many names of the package are or hold it."""
    found: Counter[str] = Counter()
    for path in sources.files():
        for kind, name in bound(path.stem, sources.tree(path)):
            found.update(words_of(kind, name, sources.folder(path)))
    return {word: found[word] for word in sorted(found)}


def words_of(kind: str, name: str, folder: str) -> set[str]:
    """Return the words of the glossary's left side that a name is or holds; `kind` is "names", "files" or
    "variables".
    """
    parts = {part.lower() for part in WORD.findall(name)}
    whole = {name.strip("_").lower()} if name.strip("_") in table()[kind] else set()
    return whole | parts & (table()["parts"] | table().get(f"within.{folder}", set()))


def bound(stem: str, tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) for a file and everything that it names: classes, functions, parameters, variables,
    members.
    """
    yield "files", stem
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield "names", name
            case (
                ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                yield "variables", name
            case ast.alias(asname=str(name)):
                yield "variables", name
