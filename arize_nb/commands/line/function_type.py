"""Functions given on a line: a variable of the notebook, or a name in a Python file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from arize_nb.commands.line.value_types import ReadType, variables_item
from arize_nb.errors import AxError, CommandError

if TYPE_CHECKING:
    from types import ModuleType

    import click


BUILT_IN = ("contains", "edit_similarity", "exact_match", "json_valid", "numeric_close")
"""Evaluators that need no more than their name on a line; what the others need is said in Python."""


class CallableType(ReadType):
    """`$fn`, `FILE.py` (its function of the option's name), `FILE.py:NAME`, or for an evaluator the name of a
    built-in one.
    """

    name = "function"
    takes_objects = True

    def __init__(self, default_name: str) -> None:
        self.default_name = default_name

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer variables and files."""
        names = [CompletionItem(name) for name in self._built_in if name.startswith(incomplete)]
        return [*names, *variables_item(ctx), CompletionItem(incomplete, type="file")]

    @property
    def _built_in(self) -> tuple[str, ...]:
        """Names that stand for an evaluator of our own."""
        return BUILT_IN if self.default_name == "evaluator" else ()

    def read(self, value: Any) -> Any:
        """Return the function (or an evaluator object)."""
        if not isinstance(value, str):
            return value
        if value in self._built_in:
            from arize_nb import harness

            return getattr(harness, value)()
        path, _, name = value.partition(":") if not Path(value).exists() else (value, "", "")
        if not path.endswith(".py"):
            own = f", or a built-in one ({', '.join(self._built_in)})" if self._built_in else ""
            example = f"{self.default_name}.py"
            raise CommandError(
                f"{value!r} is no function",
                hint=f"Give a variable (${self.default_name}), a file ({example}, {example}:name){own}.",
            )
        return load_function(Path(path).expanduser(), name or self.default_name)


def load_function(path: Path, name: str) -> Any:
    """Import a Python file afresh and return one of its functions.

    The file's folder is on `sys.path` from then on, as it is for `python FILE`, so that its functions can
    import their neighbours, now and when they are called.

    Raises
    ------
    CommandError
        There is no such file, importing it fails, or it defines no function of that name.
    """
    if not path.is_file():
        raise CommandError(f"there is no file {str(path)!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"{str(path)!r} is no Python file")
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    _register(module, path)
    try:
        spec.loader.exec_module(module)
    except AxError:
        raise
    except Exception as error:
        raise CommandError(f"importing {str(path)!r} failed: {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if found is None:
        names = ", ".join(
            key
            for key, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", "") == spec.name
        )
        raise CommandError(
            f"{path.name} defines no {name!r}",
            hint=f"It defines: {names or 'no function'}. Choose one: {path.name}:NAME",
        )
    return found


def _register(module: ModuleType, path: Path) -> None:
    """Make a module findable, so that its functions pickle and its dataclasses resolve their annotations.

    An earlier state of the same file gives way; a module of another file (`random`) does not.
    """
    there = sys.modules.get(module.__name__)
    origin = getattr(there, "__file__", None)
    if there is None or (origin is not None and Path(origin).resolve() == path.resolve()):
        sys.modules[module.__name__] = module
