"""Turn what a task returns into JSON-able values, and those into text; what has no such form is an error with
its place.
"""

from __future__ import annotations

import enum
import json
import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence, Set, ValuesView
from typing import Any

from arize_nb.harness.values.forms import (
    NoPlainForm,
    key_text,
    object_form,
    refuse_unfinished,
    simple_form,
    text_form,
)

_PLAIN = (str, int, float, bool, type(None))
_LONG = 1 << 63
_LISTS = (list, tuple, deque, range, ValuesView)
DEEPEST = 100
"""Nesting beyond this is refused: it is a cycle, or nothing that a column can hold."""


def output_of(value: object) -> Any:
    """Turn what a task returned into an output: JSON-able, and never None.

    Raises
    ------
    TypeError
        There is nothing to keep (None, NaN), or no JSON form of it or of something in it: an awaitable, an
        iterator, a function, an object whose text is only its address; the message names its place
        (``output['a'][2]``).
    ValueError
        The value is nested too deep, or is a number too long to write down.
    """
    if type(value) is str:
        return clean_text(value)
    try:
        plain = jsonable(value)
    except NoPlainForm as error:
        where = f"output{error.path} is" if error.path else "the task returned"
        raise TypeError(f"{where} {error.what}") from error.__cause__
    if plain is None:
        raise TypeError(f"the task returned {value!r}"[:200])
    return plain


def jsonable(value: Any, depth: int = 0) -> Any:
    """Turn a value into plain dicts, lists, strings, numbers, booleans and None; see the table in
    docs/running-experiments.md.

    Raises
    ------
    NoPlainForm
        A TypeError: the value, or something in it, has no form that keeps its data; `path` leads to it.
    ValueError
        The value is nested more than a hundred levels deep, or a number has more digits than Python writes
        (4300).
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
    if kind is bool or value is None:
        return value
    if depth > DEEPEST:
        raise ValueError(f"the value is nested more than {DEEPEST} levels deep")
    if kind is dict:
        return _mapping(value, depth)
    if kind is list:
        return _listed(value, depth)
    return _rare(value, depth)


def _rare(value: object, depth: int) -> Any:
    """Handle the types that few values have."""
    if isinstance(value, enum.Enum):
        return jsonable(value.value, depth + 1)
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # a named tuple
        return _mapping(dict(zip(value._fields, value, strict=True)), depth)
    if isinstance(value, _LISTS):
        return _listed(value, depth)
    if isinstance(value, Set):
        return sorted(_listed(value, depth), key=_order)
    if isinstance(value, str | int | float):
        plain = next(kind for kind in (str, int, float) if isinstance(value, kind))
        return jsonable(str.__str__(value) if plain is str else plain(value), depth + 1)
    refuse_unfinished(value)
    for form in (simple_form, object_form):
        plainer = form(value)
        if plainer is not NotImplemented:
            if plainer is value:
                break
            return jsonable(plainer, depth + 1)
    if isinstance(value, Sequence):
        return _listed(value, depth)
    return clean_text(text_form(value))


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    """Turn a mapping into a dict with text for keys."""
    plain: dict[str, Any] = {}
    key = None
    try:
        for key, item in value.items():
            plain[clean_text(key) if type(key) is str else _key(key)] = jsonable(item, depth + 1)
    except NoPlainForm as error:
        raise error.inside(f"[{key!r:.80}]") from None
    if len(plain) < len(value):
        texts = Counter(clean_text(key) if type(key) is str else _key(key) for key in value)
        raise NoPlainForm(
            f"a mapping with several keys that are {texts.most_common(1)[0][0]!r} as text: only one would be"
            " kept"
        )
    return plain


def _key(key: object) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    return clean_text(str.__str__(key) if isinstance(key, str) else key_text(key))


def _listed(value: Any, depth: int) -> list[Any]:
    """Turn a container into a list."""
    plain: list[Any] = []
    keep = plain.append  # counts, so that an error can say where it was
    try:
        for item in value:
            keep(jsonable(item, depth + 1))
    except NoPlainForm as error:
        raise error.inside(f"[{len(plain)}]") from None
    return plain


def _order(value: object) -> tuple[str, Any]:
    """Order members of a set: the same in every process."""
    if isinstance(value, str):
        return "str", value
    if isinstance(value, int | float):
        return "number", value
    return type(value).__name__, json.dumps(value, sort_keys=True)


def clean_text(text: str) -> str:
    """Replace lone surrogates, which neither JSON nor Arrow can carry."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", errors="replace").decode()
    return text


def clean_name(name: str) -> str:
    """Replace what no name of a column can be stored with: names, too, may be made of a model's text."""
    return clean_text(name).replace("\0", "")


def to_text(value: object) -> str | None:
    """Write a JSON-able output as the string that the service wants.

    Strings stay; booleans are "True" and "False", as the official runner writes them; all else is JSON; None
    stays None.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def scalar(value: object) -> Any:
    """Keep numbers, booleans, strings and None; write the rest as JSON text."""
    plain = jsonable(value)
    return plain if isinstance(plain, _PLAIN) else to_text(plain)
