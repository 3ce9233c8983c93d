"""Conditions on one column, as typed above it: a text becomes a reading to show and a mask over the column.

On a text column every text is looked for as it stands, whatever signs it begins with: models write `<think>`,
`>5 items` and `=SUM(A1)`. The few other questions have a spelling that nobody hits by accident: `has:"…"`,
`-has:"…"`, `is:"…"`, `-is:"…"`, `is:missing`, `is:present`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.text.values import plain, shortened
from arize_nb.widgets.column_filters.kinds import column_kind, is_text
from arize_nb.widgets.column_filters.numbers import number_filter
from arize_nb.widgets.column_filters.times import time_filter

if TYPE_CHECKING:
    import pyarrow as pa

Mask = Callable[[Any], Any]
_ASKED = re.compile(r'(-?)(has|is):"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_PRESENCE = {"is:missing": True, "is:present": False, "-is:missing": False, "-is:present": True}
_SIGN_ALONE = {"=": True, "!=": False}
"""On columns that hold no text a sign alone asks for presence too; on text it is text."""
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BOOLEAN = re.compile(r"(==?|!=|!|is:|-is:)?\s*\"?(\w+)\"?")
_WORDS = {"has": "contains", "-has": "does not contain", "is": "is", "-is": "is not"}
_LONGEST = 80


@dataclass(frozen=True)
class ColumnFilter:
    """One condition, read."""

    reading: str
    """How it was read, for people: `output contains "<think>"`."""
    mask: Mask
    """Column (pyarrow.ChunkedArray) to a boolean array without nulls."""


def column_filter(name: str, kind: pa.DataType, text: str) -> ColumnFilter:
    """Read a condition on a column.

    Parameters
    ----------
    name : str
        The column.
    kind : pyarrow.DataType
        Its type.
    text : str
        As typed; not empty.

    Raises
    ------
    InputError
        A text that is no number, time or truth value where the column holds those, or a column that cannot be
        compared.
    """
    holds, typed = column_kind(kind), text.strip()
    shown = shortened(plain(name), _LONGEST)
    missing = _PRESENCE.get(typed.lower())
    if missing is None and holds != "text":
        missing = _SIGN_ALONE.get(typed)
    if missing is not None:
        return ColumnFilter(
            f"{shown} is {'missing' if missing else 'present'}", _missing if missing else _present
        )
    if holds == "nested":
        raise InputError(f"column {name!r} ({kind}) cannot be filtered but by is:missing and is:present")
    if holds == "boolean":
        return _boolean_filter(name, shown, typed)
    if holds in ("number", "time"):
        reading, mask = (number_filter if holds == "number" else time_filter)(name, kind, typed)
        return ColumnFilter(f"{shown} {reading}", lambda column: _settled(mask(column)))
    return _text_filter(name, shown, kind, typed)


def exact_spelling(schema: pa.Schema, filters: Mapping[str, str]) -> str:
    """Say how to ask for more than `contains`, where a text begins with a sign that looks like a question;
    else nothing.
    """
    for name, text in filters.items():
        found = re.fullmatch(r"\s*(!=|!|=)\s*(.+?)\s*", text, re.DOTALL)
        if found and column_kind(schema.field(name).type) == "text":
            verb = {"=": "is", "!=": "-is", "!": "-has"}[found[1]]
            return (
                f'text is looked for as it stands; for "{_WORDS[verb]}" write'
                f' {verb}:"{shortened(plain(found[2]), _LONGEST)}"'
            )
    return ""


def readings(schema: pa.Schema, filters: Mapping[str, str]) -> list[dict[str, str]]:
    """Return how each condition is read: `column` and `text`; empty conditions are left out."""
    return [
        {"column": name, "text": column_filter(name, schema.field(name).type, text).reading}
        for name, text in filters.items()
        if text.strip()
    ]


def quoted(text: str) -> str:
    """Return the condition that a text column contains this text, whatever the text is."""
    asked = _ASKED.fullmatch(text) or text.lower() in _PRESENCE or text != text.strip()
    return 'has:"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if asked else text


def _text_filter(name: str, shown: str, kind: Any, typed: str) -> ColumnFilter:
    import pyarrow.compute as pc

    asked = _ASKED.fullmatch(typed)
    negated, verb, operand = (asked[1], asked[2], _unescaped(asked[3])) if asked else ("", "has", typed)
    words = _WORDS[negated + verb]

    def mask(column: Any) -> Any:
        import pyarrow as pa

        column = column if is_text(column.type) else _as_text(name, column)
        found = (
            pc.equal(column, pa.scalar(operand, column.type))
            if verb == "is"
            else pc.match_substring(column, operand, ignore_case=True)
        )
        met = _settled(found)
        return pc.invert(met) if negated else met

    if not is_text(kind):
        mask(_empty(kind))  # a type that has no text is refused when it is asked for, not later
    return ColumnFilter(f'{shown} {words} "{shortened(plain(operand), _LONGEST)}"', mask)


def _boolean_filter(name: str, shown: str, typed: str) -> ColumnFilter:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = _BOOLEAN.fullmatch(typed)
    wanted = _TRUTH.get(found[2].lower()) if found else None
    if found is None or wanted is None:
        raise InputError(
            f"{typed!r} is neither true nor false, which column {name!r} holds",
            hint="Write true, false or is:missing.",
        )
    wanted = wanted != ((found[1] or "") in ("!=", "!", "-is:"))
    return ColumnFilter(
        f"{shown} is {str(wanted).lower()}",
        lambda column: _settled(pc.equal(column, pa.scalar(wanted, pa.bool_()))),
    )


def _missing(column: object) -> Any:
    import pyarrow.compute as pc

    return pc.is_null(column, nan_is_null=True)


def _present(column: object) -> Any:
    import pyarrow.compute as pc

    return pc.invert(_missing(column))


def _settled(mask: object) -> Any:
    """Count a missing value as not met."""
    import pyarrow.compute as pc

    return pc.fill_null(mask, False)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), text)


def _empty(kind: object) -> Any:
    import pyarrow as pa

    return pa.chunked_array([], type=kind)


def _as_text(name: str, column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.cast(column, pa.large_string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        raise InputError(f"column {name!r} ({column.type}) cannot be filtered") from None
