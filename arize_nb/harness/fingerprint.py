"""Fingerprint a function by what it does: bytecode, constants, and the functions and constants it uses.

Comments, line numbers and file names do not matter, so that a cell run again, or a kernel started again, gives the same fingerprint.
A prompt kept in a global does matter. Counters that the function itself writes do not.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONSTANTS = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis))
_STORES = {"STORE_GLOBAL", "STORE_ATTR", "STORE_DEREF", "DELETE_GLOBAL", "DELETE_ATTR"}
LENGTH = 16
"""Hex digits of a fingerprint."""


def fingerprint(function: Any) -> str:
    """Return 16 hex digits that change when the function does something else.

    Functions of the same module that it calls are followed, others count by name. Values that are neither constants nor functions
    (clients, data frames) count by their type.
    """
    digest = hashlib.sha256()
    for part in _parts(function, set()):
        digest.update(part.encode("utf-8", errors="backslashreplace"))
        digest.update(b"\0")
    return digest.hexdigest()[:LENGTH]


def _parts(value: Any, seen: set[int], home: str | None = None) -> Iterator[str]:
    """Describe a value, following functions of the module `home`."""
    if isinstance(value, _CONSTANTS):
        yield f"{type(value).__name__}={value!r}"
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item, seen, home)
    elif isinstance(value, frozenset):
        yield repr(sorted(map(repr, value)))
    elif isinstance(value, types.CodeType):
        yield from _code(value, seen, home)
    elif isinstance(value, functools.partial):
        yield from _parts(value.func, seen, home)
        yield from _parts((*value.args, *(item for pair in sorted(value.keywords.items()) for item in pair)), seen, home)
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
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        if name not in written:
            yield name
            yield from _parts(_content(cell), seen, home)
    for name in sorted(_used(function.__code__)):
        if name in function.__globals__ and name not in written:
            yield name
            yield from _parts(function.__globals__[name], seen, home)


def _code(code: types.CodeType, seen: set[int], home: str | None) -> Iterator[str]:
    yield code.co_code.hex()
    yield from code.co_names
    yield from code.co_varnames
    for constant in code.co_consts:
        yield from _parts(constant, seen, home)


def _attributes(owner: Any, seen: set[int], home: str) -> Iterator[str]:
    """Describe the constant attributes of an object, counters that its class writes left out."""
    methods = [member for member in vars(type(owner)).values() if isinstance(member, types.FunctionType) and member.__name__ != "__init__"]
    written = set().union(*(_written(method.__code__) for method in methods)) if methods else set()
    for name, value in sorted(getattr(owner, "__dict__", {}).items()):
        if name not in written:
            yield name
            yield from _parts(value, seen, home)


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
