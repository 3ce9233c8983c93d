"""Fingerprint a function by what it does: bytecode, constants, and the functions and constants it uses.

Comments, line numbers and file names do not matter, so that a cell run again, or a kernel started again,
gives the same fingerprint. A prompt or a dict of settings kept in a global does matter. Counters that the
function itself writes, and lists and dicts that it fills, do not.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import itertools
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONSTANTS = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis))
_STORES = {"STORE_GLOBAL", "STORE_ATTR", "STORE_DEREF", "DELETE_GLOBAL", "DELETE_ATTR"}
_FILLS = frozenset(
    [
        "append",
        "add",
        "update",
        "extend",
        "insert",
        "pop",
        "popitem",
        "clear",
        "remove",
        "discard",
        "setdefault",
        "sort",
        "reverse",
        "appendleft",
        "popleft",
    ]
)
"""Methods that change a container in place."""
_SUBSCRIPTS = {"STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE"}
_CONTAINERS = (list, dict, set)
LARGEST = 1000
"""Members of a container that are looked at; a larger one is data, and counts by its type and length."""
LENGTH = 16
"""Hex digits of a fingerprint."""


def fingerprint(function: object) -> str:
    """Return 16 hex digits that change when the function does something else.

    Functions of the same module that it calls are followed, others count by name. Lists, dicts and sets in
    globals and closures count by what they hold, unless the code changes them. Other values that are neither
    constants nor functions (clients, data frames) count by their type.
    """
    digest = hashlib.sha256()
    seen = {id(container) for reached in _reached(function, set()) for container in _filled(reached)}
    for part in _parts(function, seen):
        digest.update(part.encode("utf-8", errors="backslashreplace"))
        digest.update(b"\0")
    return digest.hexdigest()[:LENGTH]


def _parts(value: object, seen: set[int], home: str | None = None) -> Iterator[str]:
    """Describe a value, following functions of the module `home`."""
    if isinstance(value, _CONSTANTS):
        yield f"{type(value).__name__}={value!r}"
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item, seen, home)
    elif isinstance(value, frozenset):
        yield repr(sorted(map(repr, value)))
    elif isinstance(value, _CONTAINERS):
        yield from _container(value, seen, home)
    elif isinstance(value, types.CodeType):
        yield from _code(value, seen, home)
    elif isinstance(value, functools.partial):
        yield from _parts(value.func, seen, home)
        yield from _parts(
            (*value.args, *(item for pair in sorted(value.keywords.items()) for item in pair)), seen, home
        )
    elif isinstance(value, types.MethodType):
        yield from _parts(value.__func__, seen, home)
        yield from _attributes(value.__self__, seen, home or value.__func__.__module__)
    elif isinstance(value, types.FunctionType):
        yield from _function(value, seen, home)
    elif isinstance(value, type | types.BuiltinFunctionType | types.ModuleType):
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}"
    elif home is None and callable(value):
        yield from _parts(type(value).__call__, seen, home)
        yield from _attributes(value, seen, type(value).__module__)
    else:
        yield type(value).__qualname__


def _container(value: Any, seen: set[int], home: str | None) -> Iterator[str]:
    """Describe a list, dict or set by its members; the order of keys and of sets does not matter."""
    if id(value) in seen:  # described already, or filled by the code
        yield type(value).__name__
        return
    seen.add(id(value))
    yield f"{type(value).__name__} of {len(value)}"
    if len(value) > LARGEST:
        return
    if isinstance(value, list):
        yield from _parts(tuple(value), seen, home)
        return
    pairs = value.items() if isinstance(value, dict) else ((item, None) for item in value)
    for key, item in sorted(pairs, key=lambda pair: repr(pair[0])):
        yield repr(key) if isinstance(key, (*_CONSTANTS, tuple)) else type(key).__qualname__
        yield from _parts(item, seen, home)


def _function(function: types.FunctionType, seen: set[int], home: str | None) -> Iterator[str]:
    yield f"def {function.__qualname__.rpartition('.')[2]}"
    if id(function) in seen or (home is not None and function.__module__ != home):
        return
    seen.add(id(function))
    home = home or function.__module__
    written = _written(function.__code__)
    yield from _code(function.__code__, seen, home)
    yield from _parts(function.__defaults__ or (), seen, home)
    yield from _parts(tuple((function.__kwdefaults__ or {}).values()), seen, home)
    for name, value in _surroundings(function):
        if name not in written:
            yield name
            yield from _parts(value, seen, home)


def _surroundings(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Give the closed-over and global values that a function, and functions inside it, look up."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        yield name, _content(cell)
    for name in sorted(_used(function.__code__)):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _reached(value: object, seen: set[int], home: str | None = None) -> Iterator[types.FunctionType]:
    """Give a function and those of the same module that it calls."""
    if isinstance(value, functools.partial):
        yield from _reached(value.func, seen, home)
    elif isinstance(value, types.MethodType):
        yield from _reached(value.__func__, seen, home)
    elif isinstance(value, types.FunctionType):
        if id(value) in seen or (home is not None and value.__module__ != home):
            return
        seen.add(id(value))
        yield value
        for _, found in _surroundings(value):
            yield from _reached(found, seen, home or value.__module__)
    elif home is None and callable(value) and not isinstance(value, type | types.BuiltinFunctionType):
        yield from _reached(type(value).__call__, seen, home)


def _code(code: types.CodeType, seen: set[int], home: str | None) -> Iterator[str]:
    yield code.co_code.hex()
    yield from code.co_names
    yield from code.co_varnames
    for constant in code.co_consts:
        yield from _parts(constant, seen, home)


def _attributes(owner: object, seen: set[int], home: str) -> Iterator[str]:
    """Describe the constant attributes of an object, without counters that its class writes; containers are
    its state, not settings.
    """
    methods = [
        member
        for member in vars(type(owner)).values()
        if isinstance(member, types.FunctionType) and member.__name__ != "__init__"
    ]
    written = set().union(*(_written(method.__code__) for method in methods)) if methods else set()
    for name, value in sorted(getattr(owner, "__dict__", {}).items()):
        if name not in written:
            yield name
            yield from (
                (type(value).__qualname__,) if isinstance(value, _CONTAINERS) else _parts(value, seen, home)
            )


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _used(code: types.CodeType) -> set[str]:
    """Names that the code, and code inside it, looks up."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*(_used(item) for item in inner))


def _written(code: types.CodeType) -> set[str]:
    """Names that the code, and code inside it, assigns outside its own locals."""
    own = {str(step.argval) for step in dis.get_instructions(code) if step.opname in _STORES}
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return own.union(*(_written(item) for item in inner))


def _filled(function: types.FunctionType) -> list[Any]:
    """Return the containers around a function that it may change in place."""
    names = _filled_names(function.__code__)
    return [
        value for name, value in _surroundings(function) if name in names and isinstance(value, _CONTAINERS)
    ]


def _filled_names(code: types.CodeType) -> set[str]:
    """Names whose container the code, and code inside it, may change.

    In which container an item is stored cannot be read off the code, so that it may be any of them.
    """
    steps = list(dis.get_instructions(code))
    own = {str(first.argval) for first, then in itertools.pairwise(steps) if then.argval in _FILLS}
    if any(step.opname in _SUBSCRIPTS for step in steps):
        own.update(code.co_names, code.co_freevars)
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return own.union(*(_filled_names(item) for item in inner))
