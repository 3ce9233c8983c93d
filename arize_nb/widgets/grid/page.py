"""One page of a table as text: heads that say how a column is drawn, and cells clipped to what may travel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.text.number_text import column_texts, exact
from arize_nb.text.values import CLIP, cell, plain
from arize_nb.widgets.column_filters.kinds import PLACEHOLDERS, column_kind
from arize_nb.widgets.grid.row_source import python_values

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.widgets.grid.row_source import RowSource

_PAGE_BUDGET = 100_000
"""Characters of one page at most: wide pages of long texts are clipped harder, down to `_LEAST` a cell."""
_LEAST = 40


def heads(schema: pa.Schema, columns: Sequence[str], pinned: Collection[str]) -> list[dict[str, Any]]:
    """Describe the columns to draw: `name`, `label` to show, `kind`, `placeholder`, `numeric`, `sortable`,
    `pinned`.
    """
    return [_head(name, schema.field(name).type, name in pinned) for name in columns]


def _head(name: str, kind: object, pinned: bool) -> dict[str, Any]:
    holds = column_kind(kind)
    return {
        "name": name,
        "label": plain(name),
        "kind": holds,
        "placeholder": PLACEHOLDERS[holds],
        "numeric": holds == "number",
        "sortable": holds != "nested",
        "pinned": pinned,
    }


def cells(
    source: RowSource, positions: Sequence[int], columns: Sequence[str], most: int = CLIP
) -> list[list[str | None]]:
    """Return rows as text, at most `most` characters a cell and fewer where the page would grow too large;
    None when missing.

    Parameters
    ----------
    source : RowSource
        The rows; the decimals of a column are those of all of it, so that pages look alike.
    positions : sequence of int
        Which rows.
    columns : sequence of str
        Which columns, in order.
    most : int
        Most characters of a cell.
    """
    table = source.take(positions)
    texts = max(1, sum(column_kind(table.schema.field(name).type) != "number" for name in columns))
    clip = max(_LEAST, min(most, _PAGE_BUDGET // (texts * max(1, table.num_rows))))
    drawn = [_texts(source, table, name, clip) for name in columns]
    return [list(row) for row in zip(*drawn, strict=True)] if drawn else [[] for _ in range(table.num_rows)]


def _texts(source: RowSource, table: pa.Table, name: str, clip: int) -> list[str | None]:
    import pyarrow as pa

    column = table[name]
    if column_kind(column.type) != "number":
        return [cell(value, clip) for value in column.to_pylist()]
    decimals = 0 if pa.types.is_integer(column.type) else source.decimals(name)
    called = "id" if name == source.id_column else name
    return column_texts(python_values(column), name=called, decimals=decimals)


def exact_numbers(
    source: RowSource, positions: Sequence[int], columns: Sequence[str], drawn: Sequence[Sequence[str | None]]
) -> list[Any]:
    """Return, row by row, the numbers that are shown otherwise than they are: place of the column to all
    digits.
    """
    table = source.take(positions)
    found: list[dict[str, str]] = [{} for _ in positions]
    for place, name in enumerate(columns):
        column = table[name]
        if column_kind(column.type) != "number":
            continue
        for row, value in enumerate(python_values(column)):
            if value is not None and drawn[row][place] != exact(value):
                found[row][str(place)] = exact(value)
    return found
