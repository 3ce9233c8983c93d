"""Records, a page at a time -> one canonical table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.frames.canonical_table import canonical
from arize_nb.frames.flat_columns import FlatColumns

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.frames.columns import Kind


class RecordColumns(FlatColumns):
    """Records collected a page at a time, and the canonical table of all of them; see `FlatColumns`."""

    def table(self) -> pa.Table:
        """Return everything added so far as a canonical table."""
        return canonical(
            self.flat_table(), self.kind, strict=self.strict, is_own=True, as_given=self.as_given
        )


def table_from_records(
    records: Iterable[Mapping[str, Any]],
    kind: Kind = "run",
    *,
    strict: bool = False,
    as_given: bool = False,
) -> pa.Table:
    """Turn records into a canonical table.

    Parameters
    ----------
    records : iterable of Mapping
        Nested or flat; members that are missing become null.
    kind : "run" or "example"
        What the records are.
    strict : bool
        Refuse evaluations without content and members of the wrong shape, as an upload does.
    as_given : bool
        Keep the order of the rows and infinite numbers, for a reader that names the row of one.

    Returns
    -------
    pyarrow.Table
        Columns and types of the contract; a column of mixed kinds, of objects or of lists holds cells of
        JSON, marked as such (`frames.json_names`).

    Raises
    ------
    ColumnError
        Names column, path and record.
    """
    columns = RecordColumns(kind, strict=strict, as_given=as_given)
    columns.add(records if isinstance(records, Sequence) else list(records))
    return columns.table()
