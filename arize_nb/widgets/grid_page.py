"""One page of a table as text: heads that say how a column is drawn, and cells clipped to what may travel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.widgets.display_text import CLIP, cell, plain

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE_BUDGET = 100_000
"""Characters of one page at most: wide pages of long texts are clipped harder, down to `_LEAST` a cell."""
_LEAST = 40


def heads(schema: pa.Schema, columns: Sequence[str], pinned: Collection[str]) -> list[dict[str, Any]]:
    """Describe the columns to draw: `name`, `label` to show, `numeric`, `sortable`, `pinned`."""
    import pyarrow as pa

    return [
        {
            "name": name,
            "label": plain(name),
            "numeric": _numeric(schema.field(name).type),
            "sortable": not pa.types.is_nested(schema.field(name).type),
            "pinned": name in pinned,
        }
        for name in columns
    ]


def cells(table: pa.Table, columns: Sequence[str], most: int = CLIP) -> list[list[str | None]]:
    """Return the rows as text, at most `most` characters a cell and fewer where the page would grow too large; None when missing."""
    texts = max(1, sum(not _numeric(table.schema.field(name).type) for name in columns))
    clip = max(_LEAST, min(most, _PAGE_BUDGET // (texts * max(1, table.num_rows))))
    drawn = [[cell(value, clip) for value in table[name].to_pylist()] for name in columns]
    return [list(row) for row in zip(*drawn, strict=True)] if drawn else [[] for _ in range(table.num_rows)]


def _numeric(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
