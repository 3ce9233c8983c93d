"""What a function takes its answers from that its bytecode does not lead to: imports inside it, files, names
looked up by text.
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.harness.fingerprints.code_origin import is_installed, is_library

if TYPE_CHECKING:
    from arize_nb.harness.fingerprints.code_effects import Effects

_BY_TEXT = ("globals", "locals", "vars", "eval", "exec", "__import__")
"""Functions of Python by which code reaches what no name in it says."""
_FILE_METHODS = ("read_text", "read_bytes", "read_csv", "read_json", "read_parquet", "read_excel")


def unnamed_inputs(effects: Effects, space: Mapping[str, Any]) -> list[str]:
    """Name, for people, what code may take its answers from and nothing here can describe.

    Parameters
    ----------
    effects : Effects
        What the code looks up.
    space : mapping
        The globals that it looks names up in.

    Returns
    -------
    list of str
        "what globals() gives", "files (open)"; none for code that does no such thing.
    """
    found = [
        f"what {name}() gives"
        for name in _BY_TEXT
        if name in effects.names and space.get(name, getattr(builtins, name)) is getattr(builtins, name)
    ]
    if effects.computes_attributes and space.get("getattr", getattr) is getattr:
        found.append("what getattr() gives")
    if "import_module" in effects.names | effects.attributes:
        found.append("what import_module() gives")
    files = [name for name in _FILE_METHODS if name in effects.attributes]
    if "open" in effects.attributes or ("open" in effects.names and space.get("open", open) is open):
        files.insert(0, "open")
    return [*found, *(f"files ({name})" for name in files)]


def modules_imported(
    effects: Effects, space: Mapping[str, Any]
) -> Iterator[tuple[str, types.CodeType | None]]:
    """Give the user's own modules that code imports while it runs, each with its compiled source.

    The source is read from the file, so that it is the same whether or not the module was imported before.

    Yields
    ------
    (str, code or None)
        The name of the module; None where there is no source to read.
    """
    package = space.get("__package__") or ""
    for name, level in sorted(effects.imports):
        try:
            full = importlib.util.resolve_name("." * level + name, package) if level else name
        except ImportError:
            continue
        if is_library(full):
            continue
        file = _source_of(full)
        if file is None:
            yield full, None
        elif not is_installed(file):
            yield full, _compiled(file)


def _source_of(name: str) -> str | None:
    known = getattr(sys.modules.get(name), "__file__", None)
    if isinstance(known, str):
        return known
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    return spec.origin if spec is not None else None


def _compiled(file: str) -> types.CodeType | None:
    """Compile a file as it is now; comments and line numbers are no part of what is compared."""
    try:
        return compile(Path(file).read_bytes(), file, "exec")
    except (OSError, SyntaxError, ValueError):
        return None
