"""What a callable reaches: functions, classes and objects of the user, and what their code changes while it
runs.
"""

from __future__ import annotations

import functools
import types
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from arize_nb.harness.fingerprints.code_effects import ANY, Effects, Path, effects_of
from arize_nb.harness.fingerprints.code_origin import (
    PLAIN,
    attributes_of,
    is_library,
    is_own,
    member,
    own_bases,
)

CONSTRUCTORS = frozenset(
    {"__init__", "__new__", "__post_init__", "__setstate__", "__init_subclass__", "__set_name__"}
)
"""Methods that make an object: what they assign are its settings."""
MOST_MEMBERS = 10_000
"""Members of a container that are looked at for functions and objects."""
_CONTAINERS = (list, tuple, set, frozenset, deque)


@dataclass
class Changes:
    """What the code changes while it runs; such state is no part of what it is."""

    names: set[tuple[int, str]] = field(default_factory=set)
    """Globals that are assigned: (id of the namespace, name)."""
    cells: set[int] = field(default_factory=set)
    """Ids of closure cells that are assigned."""
    members: dict[int, set[Any]] = field(default_factory=dict)
    """Id of an object -> keys and attributes that are changed in it; ANY for all of it."""
    attributes: set[str] = field(default_factory=set)
    """Attributes that methods assign."""

    def touches(self, owner: object, key: object) -> bool:
        """Tell whether the code changes one item or attribute of an object."""
        keys = self.members.get(id(owner))
        return keys is not None and (ANY in keys or (isinstance(key, str | int) and key in keys))

    def assigns(self, owner: object, key: object) -> bool:
        """Tell whether the code changes one item by name."""
        return key in self.members.get(id(owner), ())

    def fills(self, owner: object) -> bool:
        """Tell whether the code changes an object in ways that cannot be told apart."""
        return ANY in self.members.get(id(owner), ())


class CallableGraph:
    """Everything of the user's own that a callable reaches.

    Parameters
    ----------
    function : callable
        Where to begin.
    """

    def __init__(self, function: Any) -> None:
        self.functions: dict[int, tuple[types.FunctionType, Effects]] = {}
        """By id of the function: each with what its code does."""
        self.texts: set[str] = set()
        """Text constants of their code."""
        self._attributes: set[str] = set()
        self._classes: dict[int, type] = {}
        self._seen: dict[int, Any] = {}
        self._work: list[Any] = [function]
        self._close()
        self.changes = self._changes()

    def effects(self, function: types.FunctionType) -> Effects:
        """Return what a function's code does; for one that nothing calls too."""
        known = self.functions.get(id(function))
        return known[1] if known is not None else effects_of(function.__code__)

    def _close(self) -> None:
        """Follow until nothing new is found; methods count once some code names them."""
        while True:
            while self._work:
                self._visit(self._work.pop())
            before = len(self.functions)
            for kind in list(self._classes.values()):
                for base in own_bases(kind):
                    for name, value in vars(base).items():
                        if self._is_called(name):
                            self._work += (
                                [value] if isinstance(value, types.FunctionType) else underlying(value)
                            )
            while self._work:
                self._visit(self._work.pop())
            if len(self.functions) == before:
                return

    def _is_called(self, name: str) -> bool:
        return name in self._attributes or (
            name.startswith("__") and name.endswith("__") and name not in CONSTRUCTORS
        )

    def _visit(self, value: object) -> None:
        if isinstance(value, PLAIN) or id(value) in self._seen:
            return
        self._seen[id(value)] = value
        if isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, type):
            if is_own(value):
                self._classes[id(value)] = value
                self._work.append(type(value))
        elif isinstance(value, Mapping) and isinstance(value, dict):
            self._work += list(value.values())[:MOST_MEMBERS]
            self._object(value)
        elif isinstance(value, _CONTAINERS):
            self._work += list(value)[:MOST_MEMBERS]
            self._object(value)
        elif isinstance(value, types.ModuleType):
            return
        else:
            self._work += underlying(value)
            self._object(value)

    def _object(self, value: object) -> None:
        """Look into an object of the user's own; of a library's only for functions and objects of the user
        that it holds.
        """
        own = is_own(type(value))
        if own:
            self._work.append(type(value))
        for item in attributes_of(value).values():
            if own or holds_own_code(item):
                self._work.append(item)

    def _function(self, function: types.FunctionType) -> None:
        self._work += [item for item in function.__dict__.values() if not isinstance(item, PLAIN)]
        cells = [content(cell) for cell in function.__closure__ or ()]
        if not is_own(function):
            self._work += [item for item in cells if holds_own_code(item)]
            return
        effects = effects_of(function.__code__)
        self.functions[id(function)] = (function, effects)
        self._attributes |= effects.attributes
        self.texts |= effects.texts
        self._work += [*cells, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for path in effects.reads:
            self._work += resolved(function, path)

    def _changes(self) -> Changes:
        """Find the objects that the paths of the code lead to."""
        found = Changes()
        for function, effects in self.functions.values():
            if function.__name__ in CONSTRUCTORS:
                continue
            found.attributes |= effects.written
            for path in effects.writes:
                _note_change(found, function, path)
        return found


def _note_change(found: Changes, function: types.FunctionType, path: Path) -> None:
    name = path[0]
    if len(path) == 1:
        if name in function.__code__.co_freevars:
            cell = (function.__closure__ or ())[function.__code__.co_freevars.index(name)]
            found.cells.add(id(cell))
        else:
            found.names.add((id(function.__globals__), name))
        return
    owners = resolved(function, path[:-1])
    if not owners:
        return
    whole = (
        len(owners) == len(path) - 1
    )  # else what cannot be followed is changed somewhere inside the last one
    found.members.setdefault(id(owners[-1]), set()).add(path[-1][1] if whole else ANY)


def resolved(function: types.FunctionType, path: Path) -> list[Any]:
    """Return the objects along a path, as far as they can be told without calling anything."""
    name = path[0]
    if name in function.__code__.co_freevars and function.__closure__:
        owner = content(function.__closure__[function.__code__.co_freevars.index(name)])
    elif name in function.__globals__:
        owner = function.__globals__[name]
    else:
        return []
    found = [owner]
    for step in path[1:]:
        if step[1] is ANY or (isinstance(owner, types.ModuleType) and is_library(owner.__name__)):
            break
        try:
            owner = member(owner, step)
        except LookupError:
            break
        found.append(owner)
    return found


def underlying(value: object) -> list[Any]:
    """Return the callables and objects behind a wrapper that Python itself has."""
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, functools.partialmethod):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, types.BuiltinMethodType | types.MethodWrapperType):
        return [] if isinstance(value.__self__, types.ModuleType) else [value.__self__]
    if isinstance(value, property):
        return [part for part in (value.fget, value.fset, value.fdel) if part is not None]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, functools.cached_property):
        return [value.func]
    wrapped = attributes_of(value).get("__wrapped__")
    return [] if wrapped is None else [wrapped]


def holds_own_code(value: object, depth: int = 2) -> bool:
    """Tell a function or object of the user, or a wrapper or small container of one."""
    if isinstance(value, PLAIN):
        return False
    if isinstance(value, types.FunctionType):
        inner: Iterator[Any] = (content(cell) for cell in value.__closure__ or ())
        return is_own(value) or (depth > 0 and any(holds_own_code(item, depth - 1) for item in inner))
    if isinstance(value, type):
        return False
    if isinstance(value, list | tuple | dict) and depth > 0 and len(value) < 100:
        return any(
            holds_own_code(item, depth - 1) for item in (value.values() if isinstance(value, dict) else value)
        )
    return is_own(type(value)) or (
        depth > 0 and any(holds_own_code(part, depth - 1) for part in underlying(value))
    )


def content(cell: types.CellType) -> Any:
    """Return what a closure cell holds; None while it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None
