"""Parameters and returns whose type is exactly `Any`, and the places where mypy is told to look away, by
folder.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator

from house import sources

IGNORE = re.compile(r"#\s*type:\s*ignore")


def counts() -> dict[str, dict[str, int]]:
    """Return folder -> how many parameters and returns are `Any`, and how many lines mypy ignores."""
    found: dict[str, Counter[str]] = {}
    for path in sources.files():
        folder = found.setdefault(sources.folder(path), Counter(parameters=0, returns=0, ignores=0))
        folder.update(untyped(sources.tree(path)))
        folder["ignores"] += ignores(sources.text(path))
    return {folder: dict(found[folder]) for folder in sorted(found)}


def untyped(tree: ast.AST) -> Iterator[str]:
    """Yield "parameters" or "returns" for every annotation that is exactly `Any`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if is_any(node.returns):
                yield "returns"
        elif isinstance(node, ast.arg) and is_any(node.annotation):
            yield "parameters"


def is_any(annotation: ast.expr | None) -> bool:
    """Whether an annotation is `Any`, `typing.Any` or either as text."""
    match annotation:
        case ast.Constant(value=str(name)):
            return name in ("Any", "typing.Any")
        case ast.Name(id=name) | ast.Attribute(attr=name, value=ast.Name(id="typing")):
            return name == "Any"
    return False


def ignores(text: str) -> int:
    """Return how many comments of a file tell mypy to look away."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT and bool(IGNORE.search(token.string)) for token in tokens)
