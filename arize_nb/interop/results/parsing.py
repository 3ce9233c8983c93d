"""JSON and cells of CSV as other tools write them: NaN in JSON, Python's words for mappings in cells."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def parse_json(data: bytes | str) -> Any:
    """Parse JSON; `NaN` and `Infinity`, which Python's own writer lets through and JSON does not know, too.

    Raises
    ------
    ValueError
        It is no JSON, not even with those.
    """
    import orjson

    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        import json

        return json.loads(data)


def parse_lines(data: bytes) -> list[Any]:
    """Parse JSON lines; empty ones are skipped.

    Raises
    ------
    ValueError
        A line is no JSON.
    """
    return [parse_json(line) for line in data.splitlines() if line.strip()]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking millions of new objects again and again, none of which is
    garbage.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def parsed_cell(value: object) -> Any:
    """Return what the text of a JSON or Python mapping or list holds; any other value is itself."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return parse_json(value)
    except ValueError:
        pass
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value


def last_line(text: object) -> str:
    """Return what went wrong, of a traceback: its last line."""
    lines = [line for line in str(text).splitlines() if line.strip()]
    return lines[-1].strip() if lines and lines[0].startswith("Traceback") else str(text)
