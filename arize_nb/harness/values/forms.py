"""The plain form of objects that are neither text, numbers nor containers: of Python itself and of common
libraries.

The table of docs/running-experiments.md ("What an output becomes") says the same in words.
"""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import dataclasses
import datetime as dt
import decimal
import fractions
import functools
import inspect
import re
import threading
import types
from collections.abc import AsyncIterator, Iterator
from pathlib import PurePath
from typing import Any
from uuid import UUID

_CALLABLES = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)
_SYNCHRONISATION = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Thread,
    threading.Event,
    threading.Condition,
)
_FUTURES = (asyncio.Future, concurrent.futures.Future)
_CALLS = ("model_dump", "to_dicts", "to_pylist", "tolist", "to_list", "to_dict", "_asdict")
"""Methods by which objects of other libraries give their plain form, the first that there is."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_IN_BRACKETS = re.compile(r"<.*>", re.DOTALL)
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "audio/wav"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class NoPlainForm(TypeError):  # noqa: N818 - a TypeError to whoever reads a failure
    """A value has no JSON form; `steps` lead to it from the outermost value."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.steps: list[str] = []
        super().__init__(what)

    def inside(self, step: str) -> NoPlainForm:
        """Say in which member it stands."""
        self.steps.insert(0, step)
        return self

    @property
    def path(self) -> str:
        """Where the value stands: ``['a'][2]``; empty for the outermost."""
        return "".join(self.steps)


def refuse_unfinished(value: object) -> None:
    """Refuse what is no value yet, or none at all: awaitables, iterators, functions, locks.

    Raises
    ------
    NoPlainForm
        Says what it is, and what to do.
    """
    kind = type(value).__name__
    if inspect.iscoroutine(value):
        value.close()  # nobody will await it
        raise NoPlainForm(
            f"a coroutine ({value.__qualname__}) that nobody awaited: write `await` before the call"
        )
    if isinstance(value, _FUTURES) or inspect.isawaitable(value):
        raise NoPlainForm(
            f"an awaitable ({kind}) that nobody awaited: write `await` before it, or `.result()` after it"
        )
    if isinstance(value, Iterator | AsyncIterator):
        raise NoPlainForm(f"an iterator ({kind}): read it, and return what it gives")
    if isinstance(value, _CALLABLES):
        raise NoPlainForm(
            f"a function or class ({getattr(value, '__name__', kind)}): call it, and return what it gives"
        )
    if isinstance(value, BaseException):
        raise NoPlainForm(f"an exception ({value!r:.80}): raise it, or return its text")
    if (
        isinstance(value, (*_SYNCHRONISATION, types.ModuleType))
        or value is Ellipsis
        or value is NotImplemented
    ):
        raise NoPlainForm(f"{kind!r}, which has no JSON form: return text, a dict or a list")


def simple_form(value: object) -> Any:
    """Return a value one step plainer; NotImplemented when it is of no kind that is known here.

    Raises
    ------
    NoPlainForm
        It would lose data on the way.
    """
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return None if type(value).__name__ == "NaTType" else value.isoformat()
    if isinstance(value, dt.timedelta):
        return None if type(value).__name__ == "NaTType" else value.total_seconds()
    if type(value).__name__ in ("NAType", "NaTType"):  # pandas, without importing it
        return None
    if isinstance(value, decimal.Decimal):
        return str(value) if value.is_finite() else None
    if isinstance(value, UUID | PurePath | fractions.Fraction):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes(bytes(value))
    if isinstance(value, complex):
        raise NoPlainForm("a complex number, which JSON does not have: return its parts")
    if isinstance(value, types.SimpleNamespace):
        return vars(value)
    return NotImplemented


def _bytes(value: bytes) -> str:
    """Write bytes as the text that they are, or as a data URL, which says their type."""
    try:
        text = value.decode()
        if not _CONTROL.search(text):
            return text
    except UnicodeDecodeError:
        pass
    kind = next((kind for start, kind in _KINDS if value.startswith(start)), "application/octet-stream")
    if kind == "audio/wav" and value[8:12] == b"WEBP":
        kind = "image/webp"
    return f"data:{kind};base64,{base64.b64encode(value).decode('ascii')}"


def object_form(value: Any) -> Any:
    """Return what an object of a class with fields, of NumPy, pandas or another library is made of;
    NotImplemented for any other.

    Raises
    ------
    NoPlainForm
        It would lose data on the way.
    """
    kind = type(value)
    if dataclasses.is_dataclass(kind):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if hasattr(kind, "__attrs_attrs__"):
        return {item.name: getattr(value, item.name) for item in kind.__attrs_attrs__}
    if hasattr(kind, "__struct_fields__"):  # msgspec
        return {name: getattr(value, name) for name in kind.__struct_fields__}
    module = kind.__module__.partition(".")[0]
    if module == "pandas":
        found = _pandas_form(value)
        if found is not NotImplemented:
            return found
    elif module == "numpy" and hasattr(value, "dtype"):
        return _numpy_form(value)
    for name in _CALLS:
        convert = getattr(value, name, None)
        if callable(convert):
            return convert()
    return NotImplemented


def _numpy_form(value: Any) -> Any:
    """Return an array as a list, dates in it as text and durations as seconds, records as dicts; a scalar as
    a list's member.
    """
    letter = value.dtype.kind
    if letter == "M":
        import numpy as np

        text = np.datetime_as_string(value)
        return _without_zeros(text.tolist()) if value.ndim else _without_zeros(str(text))
    if letter == "m":
        import numpy as np

        seconds = value / np.timedelta64(1, "s")
        return seconds.tolist()
    if letter == "V" and value.dtype.names:
        if value.ndim == 0:
            return {name: value[name] for name in value.dtype.names}
        return [{name: row[name] for name in value.dtype.names} for row in value]
    return value.tolist()


def _without_zeros(text: Any) -> Any:
    """Shorten the fraction of a second of dates, one or a list of them; NaT is missing."""
    if isinstance(text, list):
        return [_without_zeros(item) for item in text]
    if text == "NaT":
        return None
    return text.rstrip("0").rstrip(".") if "." in text else text


def _pandas_form(value: object) -> Any:
    """Return a frame as a list of rows, a series as a dict by its index (a list where the index
    only counts).
    """
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        if not value.columns.is_unique:
            raise NoPlainForm(
                f"a DataFrame with two columns {value.columns[value.columns.duplicated()][0]!r}: rename one"
            )
        try:
            frame = value if _only_counts(value.index) else value.reset_index()
        except ValueError as error:
            raise NoPlainForm(
                f"a DataFrame whose index cannot be kept ({error}): name it, or drop it"
            ) from None
        return [
            dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)
        ]
    if isinstance(value, pd.Series):
        if _only_counts(value.index):
            return list(value)
        if not value.index.is_unique:
            raise NoPlainForm("a Series with a repeated index: return its .tolist(), or its .reset_index()")
        return dict(zip(value.index, value, strict=True))
    if isinstance(value, pd.Index | pd.api.extensions.ExtensionArray):
        return list(value)
    return NotImplemented


def _only_counts(index: object) -> bool:
    """Tell the index of rows that were only numbered."""
    import pandas as pd

    return isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0 and index.step == 1


def text_form(value: object) -> str:
    """Return the text of an object that has one of its own.

    Raises
    ------
    NoPlainForm
        It has none: only its type or its address in memory.
    """
    kind: Any = type(value)
    if kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__:
        raise NoPlainForm(f"{kind.__name__!r}, which has no JSON form: return text, a dict or a list")
    text = str(value)
    if _ADDRESS.search(text) or (kind.__str__ is object.__str__ and _IN_BRACKETS.fullmatch(text)):
        raise NoPlainForm(
            f"{kind.__name__!r}, whose text ({text[:60]}) says nothing: return text, a dict or a list"
        )
    return text


def key_text(key: object) -> str:
    """Return the text of a key that is none.

    Raises
    ------
    NoPlainForm
        It has no text of its own.
    """
    refuse_unfinished(key)
    if isinstance(key, bool | None | int | float | tuple | frozenset):
        return str(key)
    plain = simple_form(key)
    return plain if isinstance(plain, str) else text_form(key)
