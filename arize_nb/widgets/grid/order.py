"""Check what a table is asked to be filtered and sorted by, before anything changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from arize_nb.errors import ColumnError, InputError
from arize_nb.widgets.column_filters.filters import column_filter
from arize_nb.widgets.column_filters.kinds import column_kind

if TYPE_CHECKING:
    import pyarrow as pa

_DIRECTIONS = ("ascending", "descending")


class Conditions(dict[str, str]):
    """Conditions by column that were read and are not changed in place: set the whole, so that
    it is checked.
    """

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise InputError(
            "conditions are not changed in place",
            hint="Set them: grid.filters = {**grid.filters, 'score': '>0.5'}.",
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = pop = popitem = clear = setdefault = _refuse


def checked_filters(table: pa.Table, filters: Mapping[str, Any]) -> Conditions:
    """Return conditions that can be read; empty ones are left out.

    A column that is compared by its text is tried: whether all of its values have one is not known before.

    Raises
    ------
    ColumnError
        A name that is no column.
    InputError
        A condition that cannot be read.
    """
    kept: dict[str, str] = {}
    for name, asked in filters.items():
        text = _text(name, asked)
        kind = _type_of(table.schema, name)
        if text.strip():
            condition = column_filter(name, kind, text)
            if column_kind(kind) == "other":
                condition.mask(table[name])
            kept[name] = text
    return Conditions(kept)


def kept_filters(table: pa.Table, filters: Mapping[str, str]) -> dict[str, str]:
    """Return the conditions that other rows can be asked for as well."""
    kept: dict[str, str] = {}
    for name, text in filters.items():
        try:
            kept.update(checked_filters(table, {name: text}))
        except InputError:
            continue
    return kept


def checked_sort(schema: pa.Schema, sort: object) -> tuple[Any, ...] | None:
    """Return what to sort by: None, one pair, or a tuple of several pairs.

    Raises
    ------
    ColumnError
        A name that is no column.
    InputError
        A direction that is none, or a column without an order.
    """
    if not sort:
        return None
    if isinstance(sort, str) or not isinstance(sort, Sequence):
        raise InputError(
            f"cannot sort by {sort!r}", hint="Say ('score', 'descending'), or a list of such pairs."
        )
    pairs = [sort] if isinstance(sort[0], str) else list(sort)
    keys: dict[str, str] = {}
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2:
            raise InputError(
                f"cannot sort by {pair!r}", hint="Say ('score', 'descending'), or a list of such pairs."
            )
        name, direction = str(pair[0]), str(pair[1])
        if direction not in _DIRECTIONS:
            raise InputError(f"cannot sort {direction!r}", hint="Say 'ascending' or 'descending'.")
        kind = _type_of(schema, name)
        if column_kind(kind) == "nested":
            raise InputError(f"column {name!r} ({kind}) has no order to sort by")
        keys.setdefault(name, direction)
    found = tuple(keys.items())
    return found[0] if len(found) == 1 else found


def _type_of(schema: pa.Schema, name: str) -> pa.DataType:
    if name not in schema.names:
        raise ColumnError(f"no column {name!r}", column=name, hint=f"Columns: {', '.join(schema.names[:12])}")
    return schema.field(name).type


def _text(name: str, asked: object) -> str:
    """Return a condition as text; a number, truth value or day stands for itself."""
    if isinstance(asked, str):
        return asked
    if isinstance(asked, bool | int | float | Decimal | date):
        return str(asked)
    raise InputError(f"a condition on {name!r} is text such as '>0.5', not a {type(asked).__name__}")
