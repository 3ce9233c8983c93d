"""Exceptions named on a line: a built-in one, a dotted path, one of a Python file, or a variable."""

from __future__ import annotations

import builtins
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from arize_nb.commands.line.function_type import load_function
from arize_nb.commands.line.suggestions import closest
from arize_nb.commands.line.value_types import ReadType
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    import click

_FLAG = "--retry-on"
_FORMS = (
    "Give the name of a built-in exception (ValueError), a dotted path (json.JSONDecodeError),"
    " a file (task.py:NAME), or a variable ($NAME)."
)


class ExceptionType(ReadType):
    """A name, kept until the functions of the line are loaded, or the class itself in a variable.

    A task and what it raises may come from one file, which is imported once: the class must be the one that
    the task raises, and not that of a second import.
    """

    name = "exception"
    takes_objects = True

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the built-in exceptions."""
        return [CompletionItem(name) for name in _built_in() if name.startswith(incomplete)]


def exceptions(given: Iterable[object]) -> tuple[type[Exception], ...]:
    """Return the classes that were named.

    Parameters
    ----------
    given : iterable
        Names as text, classes, and lists of either.

    Raises
    ------
    CommandError
        There is no such name, importing it fails, or it is no exception; the hint says what may be given.
    """
    classes: list[type[Exception]] = []
    for one in given:
        if isinstance(one, str):
            classes.append(_checked(_named(one.strip()), one))
        elif isinstance(one, Sequence | set | frozenset):
            classes += exceptions(one)
        else:
            classes.append(_checked(one, repr(one)))
    return tuple(dict.fromkeys(classes))


def _checked(kind: object, shown: str) -> type[Exception]:
    """Refuse what is no class of errors."""
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        raise CommandError(f"{_FLAG} {shown}: that is no exception", hint=_FORMS)
    if not issubclass(kind, Exception):
        what = f"{_FLAG} {shown}: a {kind.__name__} ends the program and is never tried again"
        raise CommandError(what, hint=_FORMS)
    return kind


def _named(name: str) -> object:
    """Look a name up."""
    path, _, member = name.rpartition(":")
    if path.endswith(".py"):
        return _of_file(Path(path).expanduser(), member)
    if "." in name:
        return _imported(name)
    if not hasattr(builtins, name):
        near = closest(name, _built_in())
        meant = f"Did you mean {near}? " if near else ""
        raise CommandError(f"{_FLAG} {name}: no built-in exception has that name", hint=f"{meant}{_FORMS}")
    return getattr(builtins, name)


def _built_in() -> list[str]:
    return [
        name
        for name, value in vars(builtins).items()
        if isinstance(value, type) and issubclass(value, Exception)
    ]


def _of_file(path: Path, member: str) -> object:
    """Take a class from a file that this line has imported already, for its task; else import it."""
    module = sys.modules.get(path.stem)
    loaded = getattr(module, "__file__", None)
    is_loaded = loaded is not None and Path(loaded).resolve() == path.resolve()
    return getattr(module, member) if is_loaded and hasattr(module, member) else load_function(path, member)


def _imported(name: str) -> object:
    """Import the module of a dotted path, and look the class up in it.

    Raises
    ------
    CommandError
        There is no such module, importing it fails, or it lacks the class.
    """
    module, _, member = name.rpartition(".")
    try:
        return pkgutil.resolve_name(name)
    except AttributeError:
        near = closest(member, _public(module))
        meant = f"Did you mean {module}.{near}?" if near else _FORMS
        raise CommandError(f"{_FLAG} {name}: {module} has no {member!r}", hint=meant) from None
    except ValueError:
        raise CommandError(f"{_FLAG} {name}: that is no dotted path", hint=_FORMS) from None
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if f"{module}.".startswith(f"{missing}."):
            raise CommandError(f"{_FLAG} {name}: there is no module {missing!r} here", hint=_FORMS) from None
        raise CommandError(f"{_FLAG} {name}: importing {module} failed: {error}") from error
    except Exception as error:
        what = f"{_FLAG} {name}: importing {module} failed: {type(error).__name__}: {error}"
        raise CommandError(what) from error


def _public(module: str) -> list[str]:
    """Return the names that a module offers; none where there is no such module."""
    try:
        return [name for name in dir(pkgutil.resolve_name(module)) if not name.startswith("_")]
    except AttributeError:
        return []
