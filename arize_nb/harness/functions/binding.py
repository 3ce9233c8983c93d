"""Match the parameters of a user's function with what the harness and the dataset can give it."""

from __future__ import annotations

import functools
import inspect
import itertools
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_NEAR = 0.86
"""How alike two names are that are taken for a slip (difflib's ratio)."""
SHOWN_COLUMNS = 20
"""Most columns that an error lists."""


@dataclass(frozen=True, slots=True)
class Column:
    """Key of a value that is a column of the dataset."""

    name: str


Key = str | Column
"""What a parameter receives: a part of the run by its name, or a column."""


@dataclass(frozen=True, slots=True)
class Binding:
    """How a function is called: what has no name by position, known values by name."""

    function: Callable[..., Any]
    positional: tuple[Key, ...]
    """Keys of the values given by position: one for a free parameter, more for those that can be given in no
    other way.
    """
    named: tuple[tuple[str, Key], ...]
    """(parameter, key of its value) pairs."""
    is_async: bool
    """Whether it is an `async def`."""

    def keys(self) -> set[Key]:
        """Names of the values it asks for."""
        return {key for _, key in self.named} | set(self.positional)

    def columns(self) -> list[str]:
        """Names of the columns it asks for."""
        return sorted(key.name for key in self.keys() if isinstance(key, Column))

    def arguments(self, values: Mapping[str, Callable[..., Any]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Make the arguments; only the values that are asked for are made, a column by
        ``values["column"](name)``.
        """
        return tuple(_made(key, values) for key in self.positional), {
            name: _made(key, values) for name, key in self.named
        }


def _made(key: Key, values: Mapping[str, Callable[..., Any]]) -> Any:
    return values["column"](key.name) if isinstance(key, Column) else values[key]()


def bind(
    function: Callable[..., Any],
    known: Mapping[str, str],
    free: str,
    what: str,
    columns: Collection[str] | None = None,
) -> Binding:
    """Decide how to call `function`.

    A parameter with a name of `known` receives that value; a required one named like a column, the column;
    one required parameter of any other name, if it is the only one, the `free` value. Parameters with a
    default that is not a name of `known` keep it: a column called `model` must not outweigh
    ``model="gpt-4o"``. ``**kwargs`` receives every column, and what an evaluator may know besides.

    Parameters
    ----------
    function : callable
        A `def`, an `async def`, a lambda, a partial or an object with `__call__`.
    known : mapping
        Parameter name -> key of the value it receives.
    free : str
        Key of the value for one parameter of any other name.
    what : str
        How errors call the function ("task 'answer'").
    columns : collection of str, optional
        Columns of the dataset; None while they are not known, when several parameters are taken on trust.

    Raises
    ------
    InputError
        Not callable, or with several parameters of which one is required and neither known nor a column; a
        class that no object was made of, a decorator that hides the parameters, or a name that nearly is a
        column's.
    """
    if not callable(function):
        raise InputError(f"{what} is {type(function).__name__!r}, which cannot be called")
    _refuse_class(function, what)
    is_async = is_coroutine_function(function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return Binding(function, (free,), (), is_async)
    parameters = list(signature.parameters.values())
    _refuse_hidden(function, parameters, what)
    binding = Binding(function, *_arguments(parameters, known, free, what, columns), is_async)
    try:
        signature.bind(*binding.positional, **dict(binding.named))
    except TypeError as error:
        raise InputError(
            f"{what} cannot be called with what there is: {error}",
            hint="Give its other parameters a default.",
        ) from error
    return binding


def _arguments(
    parameters: list[inspect.Parameter],
    known: Mapping[str, str],
    free: str,
    what: str,
    columns: Collection[str] | None,
) -> tuple[tuple[Key, ...], tuple[tuple[str, Key], ...]]:
    """Return the keys of what is given by position, and of what is given by name."""
    required = [
        p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    keys: dict[str, Key] = {
        p.name: Column(p.name)
        for p in required
        if (len(required) > 1 if columns is None else p.name in columns)
    }
    keys.update({p.name: known[p.name] for p in parameters if p.name in known})
    unknown = [p.name for p in required if p.name not in keys]
    if unknown and len(required) > 1:
        raise _unknown(unknown, known, columns or (), what)
    if unknown:
        _refuse_near_miss(unknown[0], columns or (), what, free)
    named = tuple((p.name, keys[p.name]) for p in parameters if p.name in keys and p.kind in _BY_NAME)
    named += _all_columns(parameters, known, columns or (), free)
    if unknown and required[0].kind is inspect.Parameter.KEYWORD_ONLY:
        return (), ((unknown[0], free), *named)
    positional = (free,) if unknown else _by_position(parameters, keys)
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    if not unknown and not positional and not named and not takes_all:
        if any(p.kind is not p.KEYWORD_ONLY for p in parameters):
            positional = (free,)
        elif not parameters:
            raise InputError(
                f"{what} takes no argument",
                hint=f"Parameters are {', '.join(known)}, a column, or one of any name.",
            )
    return positional, named


def _all_columns(
    parameters: list[inspect.Parameter], known: Mapping[str, str], columns: Collection[str], free: str
) -> tuple[tuple[str, Key], ...]:
    """Return what ``**kwargs`` receives: every column that no parameter is named like; for an evaluator what
    is judged, too.
    """
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        return ()
    own = {p.name for p in parameters}
    given: dict[str, Key] = {name: Column(name) for name in sorted(columns) if name not in own}
    if free == "output":
        given |= {name: known[name] for name in ("output", "expected") if name in known and name not in own}
    elif free == "records":
        given = {name: key for name, key in known.items() if name not in own}
    return tuple(given.items())


def _refuse_class(function: object, what: str) -> None:
    """Refuse a class whose objects are what was meant."""
    if isinstance(function, type) and any(
        "__call__" in vars(base) or "evaluate" in vars(base) for base in function.__mro__
    ):
        name = function.__name__
        raise InputError(f"{what} is the class {name}, not an object of it", hint=f"Make one: {name}(…).")


def _refuse_hidden(function: object, parameters: list[inspect.Parameter], what: str) -> None:
    """Refuse `(*args, **kwargs)`: what lies behind it would fail only when it is called."""
    if [p.kind for p in parameters] != [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]:
        return
    cells = (getattr(cell, "cell_contents", None) for cell in getattr(function, "__closure__", None) or ())
    inner = next(
        (name_of(value) for value in cells if inspect.isfunction(value) or inspect.ismethod(value)), None
    )
    behind = f" of {inner!r}" if inner else ""
    raise InputError(
        f"{what} takes (*{parameters[0].name}, **{parameters[1].name}), which hides the parameters{behind}",
        hint=(
            "A decorator keeps them with @functools.wraps(function) on its inner function; else name the"
            " parameters."
        ),
    )


def _refuse_near_miss(name: str, columns: Collection[str], what: str, free: str) -> None:
    """Refuse a single parameter whose name nearly is that of a column: it would receive something else."""
    plain = {_bare(column): column for column in columns}
    bare = _bare(name)
    found = plain.get(bare) or next(
        (plain[match] for match in get_close_matches(bare, plain, n=1, cutoff=_NEAR)), None
    )
    if found is None:
        return
    else_ = "the whole example" if free == "row" else "the output"
    raise InputError(
        f"{what} asks for {name!r}, and the dataset has a column {found!r}",
        hint=(
            f"Name the parameter {found!r}, if that is meant; a parameter of any other name (`row`) receives"
            f" {else_}."
            if found.isidentifier()
            else (
                f"Take `dataset_row` and look up {found!r} in it; a parameter of any other name (`row`)"
                f" receives {else_}."
            )
        ),
    )


def _bare(name: str) -> str:
    """Return a name without case, blanks, hyphens and underscores."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _by_position(parameters: list[inspect.Parameter], keys: Mapping[str, Key]) -> tuple[Key, ...]:
    """Return the keys of leading parameters that are provided, but cannot be given by name (`def f(input,
    /)`).
    """
    only = itertools.takewhile(lambda p: p.kind is p.POSITIONAL_ONLY and p.name in keys, parameters)
    return tuple(keys[p.name] for p in only)


def _unknown(names: list[str], known: Mapping[str, str], columns: Collection[str], what: str) -> InputError:
    """Say which parameters nothing provides, and what was perhaps meant."""
    there = {name.lower(): name for name in (*columns, *known)}
    close = [there[match] for match in get_close_matches(names[0].lower(), there, n=2)]
    near = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
    if names[0] == "self":
        near = "Is it a method of a class? Take it from an object: Agent().answer. "
    return InputError(
        f"{what} asks for {', '.join(map(repr, names))}, which nothing provides",
        hint=(
            f"{near}{columns_text(columns)} Besides them there are {', '.join(known)}; give other parameters"
            " a default."
        ),
    )


def columns_text(columns: Collection[str]) -> str:
    """List the columns of a dataset in a sentence, the first ones when they are many."""
    shown = sorted(columns)
    more = f" and {len(shown) - SHOWN_COLUMNS:,} more" if len(shown) > SHOWN_COLUMNS else ""
    return f"Columns are {', '.join(shown[:SHOWN_COLUMNS])}{more}."


def is_coroutine_function(function: object) -> bool:
    """Tell an `async def`, also behind partials and as `__call__` of an object."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.iscoroutinefunction(function):
        return True
    if inspect.isroutine(function) or isinstance(function, type):
        return False
    return inspect.iscoroutinefunction(type(function).__call__)


def name_of(function: object) -> str:
    """Name a callable for people: its own name, `lambda`, or its class."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__
    return "lambda" if name == "<lambda>" else str(name)
