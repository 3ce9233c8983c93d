"""Rows of an Arrow table, filtered, sorted and paged without copying the table: pure, no widget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ColumnError, InputError
from arize_nb.text.number_text import column_decimals
from arize_nb.widgets.column_filters.filters import column_filter, readings
from arize_nb.widgets.column_filters.kinds import column_kind, is_text
from arize_nb.widgets.grid.arrow_rows import decoded

if TYPE_CHECKING:
    import pyarrow as pa

MAX_PAGE = 100
"""Most rows of a page, whatever the browser asks for."""
_KEPT = 4
_DECIMALS_FROM = 2_000
"""Values of a column that its decimals are taken from, spread over all of it."""
Sort = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RowOrder:
    """Which rows are shown, and in what order."""

    query: str = ""
    """Text looked for in every text column, any case; empty for all rows."""
    sort: tuple[str, str] | Sort | None = None
    """Column and `ascending` or `descending`, or several of them, the first deciding first; None for the
    table's own order.
    """
    filters: Mapping[str, str] = field(default_factory=dict)
    """Condition by column (see `column_filters`): text is contained; `>0.5`, `0..1`, `true`, `2026-11-20`,
    `is:missing`.
    """

    @property
    def sort_keys(self) -> Sort:
        """Return what is sorted by, as pairs."""
        if not self.sort:
            return ()
        return (self.sort,) if isinstance(self.sort[0], str) else tuple(self.sort)

    @property
    def mask_key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return what the filtering depends on."""
        return self.query, tuple(sorted(self.filters.items()))


class RowSource:
    """An immutable table with cached orders; a page of it costs the same at a thousand and at a million rows.

    Parameters
    ----------
    table : pyarrow.Table
        Rows; dictionary and view columns are decoded once.
    id_column : str, optional
        Column that identifies a row. Without it `id`, then `example_id`, is used when its values are all
        there and distinct; else the position in the table.
    """

    def __init__(self, table: pa.Table, *, id_column: str | None = None) -> None:
        self.table = decoded(table)
        if id_column is not None and id_column not in table.column_names:
            raise ColumnError(
                f"no column {id_column!r} to identify rows by",
                column=id_column,
                hint=f"Columns: {', '.join(table.column_names)}",
            )
        self._given_id = id_column
        self._masks: OrderedDict[Any, Any] = OrderedDict()
        self._sorts: OrderedDict[Any, Any] = OrderedDict()
        self._orders: OrderedDict[Any, Any] = OrderedDict()
        self._decimals: OrderedDict[Any, Any] = OrderedDict()
        self._id_column: str | None = None
        self._id_known = False

    def __len__(self) -> int:
        """Count all rows."""
        return int(self.table.num_rows)

    @property
    def id_column(self) -> str | None:
        """Return the column that identifies rows; None when positions do."""
        if not self._id_known:
            names = (
                [self._given_id]
                if self._given_id
                else [name for name in ("id", "example_id") if name in self.table.column_names]
            )
            self._id_column = next((name for name in names if _distinct(self.table[name])), None)
            self._id_known = True
        return self._id_column

    def text_columns(self) -> list[str]:
        """Return the columns that a text query looks in."""
        return [name for name in self.table.column_names if is_text(self.table.schema.field(name).type)]

    def order(self, wanted: RowOrder) -> pa.Array | None:
        """Return positions of the rows that match, in order; None when that is every row in its own place."""
        key = (wanted.mask_key, wanted.sort_keys)
        return _cached(self._orders, key, lambda: self._order(wanted))

    def matched(self, wanted: RowOrder) -> int:
        """Count the rows that match."""
        order = self.order(wanted)
        return len(self) if order is None else len(order)

    def positions(self, wanted: RowOrder, number: int, size: int) -> list[int]:
        """Return the positions of the rows of one page (numbers from 0; `size` is capped at 100)."""
        size = max(1, min(int(size), MAX_PAGE))
        start = max(0, number) * size
        order = self.order(wanted)
        if order is None:
            return list(range(start, min(start + size, len(self))))
        return [int(position) for position in order.slice(start, size).to_pylist()]

    def take(self, positions: Sequence[int]) -> pa.Table:
        """Return these rows, in this order.

        One slice a row: Arrow's own take may gather all chunks of a text column first.
        """
        import pyarrow as pa

        if not positions:
            return self.table.slice(0, 0)
        return pa.concat_tables([self.table.slice(position, 1) for position in positions])

    def keys(self, positions: Sequence[int]) -> list[str]:
        """Return the stable id of each of these rows, as text."""
        name = self.id_column
        if name is None:
            return [str(position) for position in positions]
        return [str(value) for value in self.take(positions)[name].to_pylist()]

    def position(self, key: str) -> int | None:
        """Return where the row of this id is; None when there is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        name = self.id_column
        if name is None:
            return int(key) if key.isdecimal() and int(key) < len(self) else None
        column = self.table[name]
        try:
            found = pc.index(column, pa.scalar(key).cast(column.type)).as_py()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None
        return int(found) if found >= 0 else None

    def rows_of(self, keys: Sequence[str]) -> pa.Table:
        """Return the rows of these ids, in the order of the ids; unknown ids are left out."""
        found = [self.position(key) for key in keys] if len(keys) <= MAX_PAGE else self._positions_of(keys)
        return self.take([position for position in found if position is not None])

    def _positions_of(self, keys: Sequence[str]) -> list[int | None]:
        """Find many ids in one pass."""
        import pyarrow as pa
        import pyarrow.compute as pc

        name = self.id_column
        if name is None:
            return [self.position(key) for key in keys]
        column = pc.cast(self.table[name], pa.string())
        hits = pc.indices_nonzero(pc.is_in(column, value_set=pa.array(list(keys), pa.string()))).to_pylist()
        where = dict(zip(column.take(pa.array(hits)).to_pylist(), hits, strict=True)) if hits else {}
        return [where.get(key) for key in keys]

    def _order(self, wanted: RowOrder) -> pa.Array | None:
        import pyarrow.compute as pc

        mask = _cached(self._masks, wanted.mask_key, lambda: self._mask(wanted))
        keys = wanted.sort_keys
        if not keys:
            return None if mask is None else pc.indices_nonzero(mask)
        by_value = _cached(self._sorts, keys, lambda: self._sorted_by(keys))
        return by_value if mask is None else by_value.filter(mask.take(by_value))

    def _sorted_by(self, keys: Sort) -> pa.Array:
        """Sort by the last key first: each stable sort keeps the order of the later keys among equals."""
        order = None
        for column, direction in reversed(keys):
            values = _one_array(self._column(column))
            mine = self._sorted(column, values if order is None else values.take(order), direction)
            order = mine if order is None else order.take(mine)
        return order

    def _sorted(self, column: str, values: pa.Array, direction: str) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        if direction not in ("ascending", "descending"):
            raise InputError(f"cannot sort {direction!r}", hint="Say 'ascending' or 'descending'.")
        if column_kind(values.type) == "nested":
            raise InputError(f"column {column!r} ({values.type}) has no order to sort by")
        try:
            return pc.array_sort_indices(values, order=direction, null_placement="at_end")
        except pa.ArrowNotImplementedError:
            raise InputError(f"column {column!r} ({values.type}) has no order to sort by") from None

    def _mask(self, wanted: RowOrder) -> pa.Array | None:
        """Return which rows match, as one boolean array; None when all do."""
        import pyarrow.compute as pc

        masks = []
        if wanted.query:
            masks.append(self._query_mask(wanted.query))
        for name, text in wanted.filters.items():
            if text.strip():
                column = self._column(name)
                masks.append(column_filter(name, column.type, text).mask(column))
        if not masks:
            return None
        joined = masks[0]
        for mask in masks[1:]:
            joined = pc.and_(joined, mask)
        return _one_array(joined)

    def readings(self, wanted: RowOrder) -> list[dict[str, str]]:
        """Return how each condition was read: `column` and `text`."""
        return readings(self.table.schema, wanted.filters)

    def decimals(self, name: str) -> int:
        """Return how many decimals a column of floats is shown with, on every page the same."""
        return int(
            _cached(self._decimals, name, lambda: self._decimals_of(name), most=len(self.table.column_names))
        )

    def _decimals_of(self, name: str) -> int:
        import numpy as np
        import pyarrow as pa

        column = self._column(name)
        step = max(1, len(column) // _DECIMALS_FROM)
        some = column if step == 1 else column.take(pa.array(np.arange(0, len(column), step)))
        return column_decimals(python_values(some))

    def _query_mask(self, query: str) -> Any:
        """Look for the text in every text column; Arrow lets go of the interpreter, so columns run side by
        side.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        names = self.text_columns()
        if not names:
            return pa.array(np.zeros(len(self), dtype=bool))

        def look(name: str) -> Any:
            return pc.fill_null(pc.match_substring(self.table[name], query, ignore_case=True), False)

        with ThreadPoolExecutor(max_workers=4) as pool:
            found = list(pool.map(look, names))
        joined = found[0]
        for mask in found[1:]:
            joined = pc.or_(joined, mask)
        return joined

    def _column(self, name: str) -> pa.ChunkedArray:
        if name not in self.table.column_names:
            raise ColumnError(
                f"no column {name!r}", column=name, hint=f"Columns: {', '.join(self.table.column_names[:12])}"
            )
        return self.table[name]


def _distinct(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return bool(column.null_count == 0 and pc.count_distinct(column).as_py() == len(column))
    except pa.ArrowNotImplementedError:
        return False


def _one_array(values: Any) -> Any:
    """Return chunks as one array (sorting and taking by position want that)."""
    import pyarrow as pa

    if not isinstance(values, pa.ChunkedArray):
        return values
    if pa.types.is_string(values.type):  # 32-bit offsets end at 2 GB
        values = values.cast(pa.large_string())
    joined = values.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def python_values(column: Any) -> list[Any]:
    """Return the values of a column, 32-bit floats with the digits that 32 bits have."""
    import pyarrow as pa

    values: list[Any] = column.to_pylist()
    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):
        narrow = column.type.to_pandas_dtype()
        return [None if value is None else narrow(value) for value in values]
    return values


def _cached(kept: OrderedDict[Any, Any], key: object, make: Callable[[], Any], most: int = _KEPT) -> Any:
    """Return what is kept under the key, or make it; the few last used are kept."""
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    kept[key] = made = make()
    while len(kept) > most:
        kept.popitem(last=False)
    return made
