"""JSON and JSON lines <-> records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from arize_nb.errors import FileError, InputError

WRAPPERS = ("experiment_runs", "examples", "annotations")
"""Members that hold the rows in a reply of the service, or in JSON printed by the official program."""


def utf8_text(data: bytes, shown: str) -> str:
    """Decode a text file, a byte order mark left out.

    Raises
    ------
    FileError
        When it is not UTF-8; says at which line and byte.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError(f"{shown} is UTF-16, not UTF-8", path=shown, hint="Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"{shown} is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start:,}, line {line:,}"
        raise FileError(what, path=shown, hint="Save it as UTF-8 (in Excel: CSV UTF-8).") from None


def records_from_json(data: bytes, shown: str) -> list[dict[str, Any]]:
    """Read an array of objects, or the object that wraps one.

    Raises
    ------
    FileError
        For broken JSON; says at which line and column.
    InputError
        For JSON that is not an array of objects.
    """
    return _rows(_value(utf8_text(data, shown), shown), shown)


def records_from_lines(data: bytes, shown: str) -> list[dict[str, Any]]:
    """Read an object a line; blank lines are left out, and one object over many lines is read as JSON.

    Raises
    ------
    FileError
        For a broken line; says which.
    InputError
        For a line that is not an object.
    """
    text = utf8_text(data, shown)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and lines[0][1].strip() in ("{", "["):
        return _rows(_value(text, shown), shown)
    rows = [_value(line, shown, first_line=number) for number, line in lines]
    if len(rows) == 1:
        return _rows(rows[0], shown)
    return _checked(rows, shown)


def _value(text: str, shown: str, *, first_line: int = 1) -> Any:
    """Parse one JSON text; NaN is read as Python's json writes it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = f"{shown} is not JSON: {error.msg.lower()} at line {error.lineno + first_line - 1:,}, column {error.colno:,}"
        raise FileError(what, path=shown, hint="Mend it, or write it with a JSON library.") from None
    except RecursionError:
        raise FileError(f"{shown} is nested too deeply to be read", path=shown) from None


def _rows(value: Any, shown: str) -> list[dict[str, Any]]:
    """Find the rows in a parsed file."""
    if isinstance(value, dict):
        wrapped = [value[name] for name in WRAPPERS if isinstance(value.get(name), list)]
        value = wrapped[0] if wrapped and "record_id" not in value and "output" not in value else [value]
    if not isinstance(value, list):
        raise InputError(f"{shown} holds {_kind(value)}, not an array of objects", hint='Like this: [{"example_id": "…", "output": "…"}]')
    if not value:
        raise FileError(f"{shown} is an empty array", path=shown, hint="It must hold at least one row.")
    return _checked(value, shown)


def _checked(rows: list[Any], shown: str) -> list[dict[str, Any]]:
    """Refuse rows that are not objects."""
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise InputError(
                f"{shown}: record {index} is {_kind(row)}, not an object", hint='Like this: [{"example_id": "…", "output": "…"}]'
            )
    return rows


def _kind(value: Any) -> str:
    """Name the JSON type of a value."""
    names = {str: "a string", bool: "a boolean", type(None): "null", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")


def object_text(record: Any) -> bytes:
    """Return one object as JSON, two spaces deep, with a line end (UTF-8)."""
    return orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def json_chunks(records: Iterable[Any]) -> Iterator[bytes]:
    """Yield the text of a JSON array, two spaces deep, an object at a time (UTF-8)."""
    opening = b"[\n  "
    for record in records:
        yield opening + orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).replace(b"\n", b"\n  ")
        opening = b",\n  "
    yield b"[]\n" if opening == b"[\n  " else b"\n]\n"


def line_chunks(records: Iterable[Any]) -> Iterator[bytes]:
    """Yield an object a line (UTF-8)."""
    for record in records:
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
