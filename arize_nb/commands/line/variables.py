"""`$name` on a line: options and arguments whose value may be a variable of the notebook, or text that holds
one.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click

from arize_nb.commands.line.references import Reference, references, unescaped, whole_reference
from arize_nb.commands.line.session import Session
from arize_nb.errors import CommandError

Expansion = Literal["text", "filter", "whole", "none"]
"""Where an option takes variables: as a part of its text, as a literal of a filter, only as the whole of it,
or nowhere.
"""


class UndefinedVariableError(CommandError):
    """No variable of that name can be seen from the line."""


def resolved(ctx: click.Context, param: click.Parameter, value: object) -> Any:
    """Replace variables in the value of an option or argument.

    A value that is wholly `$name`, `$name.attribute`, `${name}` or, where there is such a variable, `{name}`
    becomes that variable; where an option may be repeated, a list in a variable counts as its members. In a
    longer text variables are written out, in a filter as the literal that the place wants. Data written on
    the line (JSON) is left as it is; `$$name` is the text `$name`.

    Raises
    ------
    CommandError
        There is no such variable, it holds nothing (None, NaN), or it does not fit the option.
    """
    if isinstance(value, (tuple, list)):
        members: list[Any] = []
        for item in value:
            variable = resolved(ctx, param, item)
            several = (
                isinstance(item, str)
                and isinstance(variable, (list, tuple))
                and not _one_table(param, variable)
            )
            members.extend(variable if several else [variable])
        return tuple(members)
    session = ctx.find_object(Session)
    expansion: Expansion = getattr(param.type, "expansion", "text")
    if session is None or session.lookup is None or not isinstance(value, str) or expansion == "none":
        return value
    whole = whole_reference(value)
    if whole is not None:
        return _whole(param, whole, value, session)
    if expansion == "whole":
        return unescaped(value) if whole_reference(value.removeprefix("$")) else value
    return _in_text(param, value, session, in_filter=expansion == "filter")


def _one_table(param: click.Parameter, variable: Any) -> bool:
    """Whether a list is the rows of one table, for an argument that takes tables."""
    return bool(
        getattr(param.type, "takes_records", False)
        and variable
        and all(isinstance(row, Mapping) for row in variable[:100])
    )


def _whole(param: click.Parameter, reference: Reference, value: str, session: Session) -> Any:
    """Return what a variable that is the whole value gives."""
    try:
        variable = _looked_up(session, reference)
    except UndefinedVariableError:
        if not reference.is_bare_brace:
            raise
        session.notify(
            f"{value} is taken as it stands: there is no variable {reference.dotted.partition('.')[0]!r}. A"
            " variable is $name."
        )
        return value
    return _fitting(param, reference.dotted, variable)


def _looked_up(session: Session, reference: Reference) -> Any:
    """Find a variable, and keep its name for who wants to call the object by it."""
    if session.lookup is None:
        raise UndefinedVariableError(f"${reference.dotted}: there are no variables here")
    if reference.subscript:
        raise CommandError(
            f"${reference.dotted}[…] is not looked up",
            hint=f"A member is written with a dot: ${reference.dotted}.{reference.subscript}",
        )
    variable = session.lookup(reference.dotted)
    if reference.in_parentheses:
        raise CommandError(
            f"{reference.written} is not looked up", hint=f"A variable is written ${reference.dotted}"
        )
    session.variables_used[reference.dotted] = variable
    return variable


def _in_text(param: click.Parameter, text: str, session: Session, *, in_filter: bool) -> str:
    """Write out the variables that stand inside a text."""
    parts, end = [], 0
    for reference in references(text):
        try:
            variable = _looked_up(session, reference)
        except UndefinedVariableError as error:
            if in_filter and not reference.is_bare_brace:
                raise UndefinedVariableError(error.what, hint=error.hint) from None
            session.notify(f"{reference.written} stays in {text!r} as it is: there is no such variable.")
            continue
        parts += [
            unescaped(text[end : reference.start]),
            _written(param, reference, variable, text if in_filter else None),
        ]
        end = reference.end
    return "".join([*parts, unescaped(text[end:])])


def _written(param: click.Parameter, reference: Reference, variable: object, filter_text: str | None) -> str:
    """Return a variable as text: inside a filter, as the literal that its place wants."""
    plain = _plain(param, reference.dotted, variable)
    if filter_text is not None:
        return _in_filter(plain, reference, filter_text)
    if isinstance(plain, (list, tuple)) or not isinstance(plain, (str, int, float)):
        raise CommandError(f"${reference.dotted} is a {type(plain).__name__} and cannot stand inside a text")
    return str(plain)


def _in_filter(plain: object, reference: Reference, text: str) -> str:
    """Return a variable as a filter's literal: inside quotes its text, with quotes doubled; elsewhere text in
    quotes, numbers, lists.
    """
    before = text[: reference.start]
    for quote in ("'", '"'):
        other = "'" if quote == '"' else '"'
        if _is_open(before, quote, other):
            return str(plain).replace(quote, quote * 2)
    if isinstance(plain, (list, tuple)):
        literals = ", ".join(_in_filter(member, reference, "") for member in plain)
        return literals if before.rstrip().endswith("(") else f"({literals})"
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, (int, float)):
        return repr(plain)
    doubled = str(plain).replace("'", "''")
    return f"'{doubled}'"


def _is_open(before: str, quote: str, other: str) -> bool:
    """Say whether a quote is open at the end of a text; the other kind hides it, doubled ones cancel out."""
    inside = ""
    for letter in before:
        if inside:
            inside = "" if letter == inside else inside
        elif letter in (quote, other):
            inside = letter
    return inside == quote


def _plain(param: click.Parameter, name: str, variable: Any) -> Any:
    """Return a variable without NumPy's wrapping, refusing one that holds nothing.

    Raises
    ------
    CommandError
        It is None, NaN or NA: as an option it would read as "not given".
    """
    if type(variable).__module__.partition(".")[0] == "numpy" and getattr(variable, "ndim", None) == 0:
        variable = variable.item()
    missing = (
        variable is None
        or type(variable).__name__ in ("NAType", "NaTType")
        or (isinstance(variable, float) and variable != variable)
    )
    if missing:
        what = f"${name} is {variable}: {param.get_error_hint(None)} would be left out"
        raise CommandError(what, hint="Give the variable a value, or leave the option out.")
    return variable


def _fitting(param: click.Parameter, name: str, variable: object) -> Any:
    """Check that a variable fits the option it was given to."""
    variable = _plain(param, name, variable)
    if getattr(param.type, "takes_objects", False) or isinstance(variable, str):
        return variable
    if (
        isinstance(variable, float)
        and variable.is_integer()
        and isinstance(param.type, click.types.IntParamType)
    ):
        return str(int(variable))
    if isinstance(variable, (int, float, Path)):
        return str(variable)
    if (param.multiple or param.nargs == -1) and isinstance(variable, (list, tuple)):
        return [_fitting(param, name, item) for item in variable]
    kind = "dict" if isinstance(variable, Mapping) else type(variable).__name__
    raise CommandError(f"${name} is a {kind}; {param.get_error_hint(None)} takes text")


class AxOption(click.Option):
    """An option whose value may be `$variable`."""

    def type_cast_value(self, ctx: click.Context, value: object) -> Any:
        """Look the variable up before the type sees it."""
        return super().type_cast_value(ctx, resolved(ctx, self, value))


class AxArgument(click.Argument):
    """An argument whose value may be `$variable`, and which explains itself in the help."""

    def __init__(self, *args: Any, explanation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.explanation = explanation

    def type_cast_value(self, ctx: click.Context, value: object) -> Any:
        """Look the variable up before the type sees it."""
        return super().type_cast_value(ctx, resolved(ctx, self, value))


option = functools.partial(click.option, cls=AxOption)
argument = functools.partial(click.argument, cls=AxArgument)
