"""JSON and JSON lines <-> records."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from arize_nb.errors import FileError
from arize_nb.files.json_shapes import checked, rows_of
from arize_nb.files.limits import MAX_COLUMNS, check_cells, check_objects

if TYPE_CHECKING:
    from arize_nb.files.facts import ReadFacts

_TOO_LONG = re.compile(r"[0-9]{4301}")
"""A whole number that Python does not read."""
_MAY_BE_ENDLESS = re.compile(r"[eE]\+?[0-9]{3}|[0-9]{309}|Infinity|NaN")


def records_from_json(data: bytes, facts: ReadFacts, size: int) -> list[dict[str, Any]]:
    """Read an array of objects, or the object that holds one (`json_shapes`).

    Raises
    ------
    FileError
        For broken JSON; says at which line and column. For a key that comes twice, a number beyond a double,
        one page of more.
    InputError
        For JSON that is not an array of objects.
    """
    check_objects(data, size, facts.shown)
    text = data.decode()
    parser = _Parser(facts, text)
    rows = rows_of(parser.value(text), facts)
    parser.tell()
    _check_width(rows, size, facts)
    return rows


def records_from_lines(data: bytes, facts: ReadFacts, size: int) -> list[dict[str, Any]]:
    """Read an object a line; blank lines are left out, and one object over many lines is read as JSON.

    Raises
    ------
    FileError
        For a broken line; says which.
    InputError
        For a line that is not an object.
    """
    from arize_nb.frames import Origin

    check_objects(data, size, facts.shown)
    text = data.decode()
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    parser = _Parser(facts, text)
    if len(lines) > 1 and lines[0][1].strip() in ("{", "["):
        rows = rows_of(parser.value(text), facts)
    elif len(lines) == 1:
        rows = _one_line(parser.value(lines[0][1], first_line=lines[0][0]), facts)
    else:
        facts.origin = Origin(shown=facts.shown, lines=lambda: [number for number, _ in lines])
        rows = checked([parser.value(line, first_line=number) for number, line in lines], facts)
    parser.tell()
    _check_width(rows, size, facts)
    return rows


def _one_line(value: object, facts: ReadFacts) -> list[dict[str, Any]]:
    """Read the only line: one record, unless it is a reply of the service."""
    if (
        not isinstance(value, dict)
        or facts.form != "jsonl"
        or set(value) & {"pagination", "experiment_runs", "examples", "annotations"}
    ):
        return rows_of(value, facts)
    return [value]


def _check_width(rows: list[dict[str, Any]], size: int, facts: ReadFacts) -> None:
    """Refuse rows whose members together are too many."""
    names: set[str] = set()
    for row in rows:
        names.update(row)
        if len(names) > MAX_COLUMNS:
            break
    check_cells(len(rows), len(names), size, facts.shown)


class _Parser:
    """Parse texts of one file; what is no JSON, or would vanish on the way, is an error that says where."""

    def __init__(self, facts: ReadFacts, text: str) -> None:
        self._facts = facts
        self._missing = 0
        read_float = (
            _float if _MAY_BE_ENDLESS.search(text) else None
        )  # a function of ours for every number costs
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_object, parse_constant=self._constant, parse_float=read_float
        )

    def tell(self) -> None:
        """Say how many values were read as missing."""
        if self._missing:
            self._facts.remarks.append(f"{self._missing:,} NaN read as missing")

    def _constant(self, text: str) -> float:
        """Read what Python's json writes beyond JSON: NaN is missing, an infinity would be lost."""
        if text != "NaN":
            raise _Refused(
                f"{text} is no number of JSON", text, "Write it as text, or null for a missing one."
            )
        self._missing += 1
        return math.nan

    def value(self, text: str, *, first_line: int = 1) -> Any:
        """Parse one JSON text; NaN is a missing value, as Python's json writes it."""
        shown = self._facts.shown
        try:
            return self._decoder.decode(text)
        except json.JSONDecodeError as error:
            what = (
                f"{shown} is not JSON: {error.msg.lower()} at line {error.lineno + first_line - 1:,}, column"
                f" {error.colno:,}"
            )
            raise FileError(what, path=shown, hint=_hint(error, self._facts.form)) from None
        except RecursionError:
            raise FileError(f"{shown} is nested too deeply to be read", path=shown) from None
        except _Refused as refused:
            line = first_line + (text.count("\n", 0, text.find(refused.text)) if refused.text in text else 0)
            raise FileError(
                f"{shown}: {refused.what} in line {line:,}", path=shown, hint=refused.hint
            ) from None
        except ValueError:  # Python reads no whole number of so many digits
            found = _TOO_LONG.search(text)
            line = first_line + (text.count("\n", 0, found.start()) if found else 0)
            hint = "Write it as text."
            raise FileError(
                f"{shown}: a whole number of more than 4,300 digits in line {line:,}", path=shown, hint=hint
            ) from None


class _Refused(Exception):  # noqa: N818 - it never leaves this file
    """A part of the text that would be lost."""

    def __init__(self, what: str, text: str, hint: str) -> None:
        self.what = what
        self.text = text
        self.hint = hint
        super().__init__(what)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, refusing a key that comes twice: one of the values would be lost."""
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(
            f"the key {twice!r} comes twice in one object",
            json.dumps(twice, ensure_ascii=False),
            "Keep one of them.",
        )
    return made


def _float(text: str) -> float:
    """Read a number, refusing one beyond a double: it would be infinite, which no column keeps."""
    number = float(text)
    if math.isinf(number):
        raise _Refused(f"the number {text[:40]} is beyond a double", text, "Write it as text.")
    return number


def _hint(error: json.JSONDecodeError, form: str) -> str:
    """Say what to do about broken JSON."""
    if error.msg == "Extra data" and form == "json" and error.doc[error.pos : error.pos + 1] == "{":
        return "It holds an object a line: call it .jsonl."
    return "Mend it, or write it with a JSON library."


def object_text(record: object) -> bytes:
    """Return one object as JSON, two spaces deep, with a line end (UTF-8)."""
    return orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def json_chunks(records: Iterable[Any]) -> Iterator[bytes]:
    """Yield the text of a JSON array, two spaces deep, an object at a time (UTF-8)."""
    opening = b"[\n  "
    for record in records:
        yield opening + orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).replace(
            b"\n", b"\n  "
        )
        opening = b",\n  "
    yield b"[]\n" if opening == b"[\n  " else b"\n]\n"


def line_chunks(records: Iterable[Any]) -> Iterator[bytes]:
    """Yield an object a line (UTF-8)."""
    for record in records:
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
