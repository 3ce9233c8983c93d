"""Turn what a task returns into JSON-able values, and those into text."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import math
import types
from collections.abc import AsyncIterator, Iterator, Mapping, Set
from pathlib import PurePath
from typing import Any
from uuid import UUID

_PLAIN = (str, int, float, bool, type(None))
_LONG = 1 << 63
_FORMS = ("model_dump", "tolist", "to_dict")
"""Methods by which objects of other libraries give their plain form."""
_NO_TEXT = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
DEEPEST = 100
"""Nesting beyond this is refused: it is a cycle, or nothing that a column can hold."""


def output_of(value: Any) -> Any:
    """Turn what a task returned into an output: JSON-able, and never None.

    Raises
    ------
    TypeError
        There is nothing to keep: None, NaN, an iterator that nobody read, or an object whose text is only its address in memory.
    ValueError
        The value is nested too deep, or is a number too long to write down.
    """
    kind: Any = type(value)
    if kind is str:
        return clean_text(value)
    if isinstance(value, Iterator | AsyncIterator):
        raise TypeError(f"the task returned an iterator ({kind.__name__}): read it, and return what it gives")
    told = (kind.__str__, kind.__repr__) != (object.__str__, object.__repr__)
    if isinstance(value, _NO_TEXT) or not (told or dataclasses.is_dataclass(value) or any(hasattr(value, form) for form in _FORMS)):
        raise TypeError(f"the task returned {kind.__name__!r}, which has no JSON form: return text, a dict or a list")
    plain = jsonable(value)
    if plain is None:
        raise TypeError(f"the task returned {value!r}"[:200])
    return plain


def jsonable(value: Any, depth: int = 0) -> Any:
    """Turn a value into plain dicts, lists, strings, numbers, booleans and None.

    Enums become their value; dataclasses, pydantic and attrs objects and mappings dicts; NumPy values plain ones; dates ISO text;
    NaN and infinity None; anything else its `str`.

    Raises
    ------
    ValueError
        The value is nested more than a hundred levels deep, or a number has more digits than Python writes (4300).
    """
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int:
        if not -_LONG < value < _LONG:
            str(value)  # raises for thousands of digits, as writing it down would
        return value
    if kind in (bool, type(None)):
        return value
    if depth > DEEPEST:
        raise ValueError(f"the value is nested more than {DEEPEST} levels deep")
    if isinstance(value, enum.Enum):
        return jsonable(value.value, depth + 1)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): jsonable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | Set):
        return [jsonable(item, depth + 1) for item in value]
    return _jsonable_object(value, depth)


def _jsonable_object(value: Any, depth: int) -> Any:
    """Turn an object that is no container into plain values."""
    if isinstance(value, str | int | float):
        plain = next(kind for kind in (str, int, float) if isinstance(value, kind))
        return jsonable(plain(value), depth + 1)
    if type(value).__name__ in ("NAType", "NaTType"):  # pandas, without importing it
        return None
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, UUID | PurePath):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", errors="replace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: jsonable(getattr(value, item.name), depth + 1) for item in dataclasses.fields(value)}
    for method in _FORMS:
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            return jsonable(convert(), depth + 1)
    return clean_text(str(value))


def clean_text(text: str) -> str:
    """Replace lone surrogates, which neither JSON nor Arrow can carry."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", errors="replace").decode()
    return text


def to_text(value: Any) -> str | None:
    """Write a JSON-able output as the string that the service wants.

    Strings stay; booleans are "True" and "False", as the official runner writes them; all else is JSON; None stays None.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def scalar(value: Any) -> Any:
    """Keep numbers, booleans, strings and None; write the rest as JSON text."""
    plain = jsonable(value)
    return plain if isinstance(plain, _PLAIN) else to_text(plain)
