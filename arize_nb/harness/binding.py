"""Match the parameters of a user's function with what the harness can give it."""

from __future__ import annotations

import functools
import inspect
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Binding:
    """How a function is called: what has no name by position, known values by name."""

    function: Callable[..., Any]
    positional: tuple[str, ...]
    """Keys of the values given by position: one for a free parameter, more for those that can be given in no other way."""
    named: tuple[tuple[str, str], ...]
    """(parameter, key of its value) pairs."""
    is_async: bool
    """Whether it is an `async def`."""

    def keys(self) -> set[str]:
        """Names of the values it asks for."""
        return {key for _, key in self.named} | set(self.positional)

    def arguments(self, values: Mapping[str, Callable[[], Any]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Make the arguments; only the values that are asked for are made."""
        return tuple(values[key]() for key in self.positional), {name: values[key]() for name, key in self.named}


def bind(function: Callable[..., Any], known: Mapping[str, str], free: str, what: str) -> Binding:
    """Decide how to call `function`.

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

    Raises
    ------
    InputError
        Not callable, or with several parameters of which one is required and not known.
    """
    if not callable(function):
        raise InputError(f"{what} is {type(function).__name__!r}, which cannot be called")
    is_async = is_coroutine_function(function)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Binding(function, (free,), (), is_async)
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    unknown = [p.name for p in required if p.name not in known]
    if unknown and len(required) > 1:
        raise InputError(
            f"{what} asks for {', '.join(repr(name) for name in unknown)}, which nothing provides",
            hint=f"Parameters are {', '.join(known)}, or one of any name; give others a default.",
        )
    named = _by_name(parameters, known)
    if unknown and required[0].kind is inspect.Parameter.KEYWORD_ONLY:
        return Binding(function, (), ((unknown[0], free), *named), is_async)
    positional = (free,) if unknown else _by_position(parameters, known)
    if not unknown and not positional and not named:
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            named = tuple(known.items())
        elif any(p.kind is not p.KEYWORD_ONLY for p in parameters):
            positional = (free,)
        elif not parameters:
            raise InputError(f"{what} takes no argument", hint=f"Parameters are {', '.join(known)}, or one of any name.")
    return Binding(function, positional, named, is_async)


def _by_position(parameters: list[inspect.Parameter], known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of leading parameters that are known, but cannot be given by name (`def f(input, /)`)."""
    only = itertools.takewhile(lambda p: p.kind is p.POSITIONAL_ONLY and p.name in known, parameters)
    return tuple(known[p.name] for p in only)


def _by_name(parameters: list[inspect.Parameter], known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((p.name, known[p.name]) for p in parameters if p.name in known and p.kind in _BY_NAME)


def is_coroutine_function(function: Any) -> bool:
    """Tell an `async def`, also behind partials and as `__call__` of an object."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.iscoroutinefunction(function):
        return True
    if inspect.isroutine(function) or isinstance(function, type):
        return False
    return inspect.iscoroutinefunction(type(function).__call__)


def name_of(function: Any) -> str:
    """Name a callable for people: its own name, `lambda`, or its class."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__
    return "lambda" if name == "<lambda>" else str(name)
