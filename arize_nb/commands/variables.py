"""`$name` on a line: options and arguments whose value may be a variable of the notebook."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import click

from arize_nb.commands.session import Session
from arize_nb.errors import CommandError

_VARIABLE = re.compile(r"\$([^\W\d]\w*(?:\.[^\W\d]\w*)*)")


def resolved(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Replace an argument that is wholly `$name` or `$name.attribute` by that variable.

    Everything else stays as it is, braces and dollar signs inside text too; `$$name` is the text `$name`. Where an option may be
    repeated, a list in a variable counts as its members.

    Raises
    ------
    CommandError
        There is no such variable, or it does not fit the option.
    """
    if isinstance(value, (tuple, list)):
        members: list[Any] = []
        for item in value:
            found = resolved(ctx, param, item)
            members.extend(found if isinstance(item, str) and isinstance(found, (list, tuple)) else [found])
        return tuple(members)
    session = ctx.find_object(Session)
    if session is None or session.lookup is None or not isinstance(value, str):
        return value
    if value.startswith("$$") and _VARIABLE.fullmatch(value[1:]):
        return value[1:]
    match = _VARIABLE.fullmatch(value)
    return value if match is None else _fitting(param, match[1], session.lookup(match[1]))


def _fitting(param: click.Parameter, name: str, found: Any) -> Any:
    """Check that a variable fits the option it was given to."""
    if getattr(param.type, "takes_objects", False) or isinstance(found, str):
        return found
    if isinstance(found, (int, float, Path)):
        return str(found)
    if (param.multiple or param.nargs == -1) and isinstance(found, (list, tuple)):
        return [_fitting(param, name, item) for item in found]
    raise CommandError(f"${name} is a {type(found).__name__}; {param.get_error_hint(None)} takes text")


class AxOption(click.Option):
    """An option whose value may be `$variable`."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Look the variable up before the type sees it."""
        return super().type_cast_value(ctx, resolved(ctx, self, value))


class AxArgument(click.Argument):
    """An argument whose value may be `$variable`, and which explains itself in the help."""

    def __init__(self, *args: Any, explanation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.explanation = explanation

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Look the variable up before the type sees it."""
        return super().type_cast_value(ctx, resolved(ctx, self, value))


option = functools.partial(click.option, cls=AxOption)
argument = functools.partial(click.argument, cls=AxArgument)
