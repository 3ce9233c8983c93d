"""What a column holds: the one list of it for alignment, placeholder, condition, sort and static form."""

from __future__ import annotations

from typing import Any, Literal

ColumnKind = Literal["number", "time", "boolean", "text", "nested", "other"]
"""`other` is compared by its text (binary, durations); `nested` (lists, structs) by nothing."""

PLACEHOLDERS: dict[ColumnKind, str] = {
    "number": ">0.5",
    "time": ">2026-01-31",
    "boolean": "true",
    "text": "contains",
    "other": "contains",
    "nested": "",
}
"""What an empty condition field shows."""


def column_kind(kind: Any) -> ColumnKind:
    """Return what a column of this Arrow type holds.

    Parameters
    ----------
    kind : pyarrow.DataType
        Type of the column; a dictionary counts as what it is a dictionary of.
    """
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return column_kind(kind.value_type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_timestamp(kind) or types.is_date(kind):
        return "time"
    if types.is_boolean(kind):
        return "boolean"
    if (
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_null(kind)
    ):
        return "text"
    return "nested" if types.is_nested(kind) else "other"


def is_text(kind: object) -> bool:
    """Say whether a column of this Arrow type holds text that can be searched as it is."""
    import pyarrow.types as types

    return bool(types.is_string(kind) or types.is_large_string(kind))
