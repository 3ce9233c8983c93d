"""Runs of experiments: what a run may hold on its way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from arize_nb.server.problems import invalid, unprocessable
from arize_nb.server.rows import tables as sheets
from arize_nb.server.rows.cells import Incoming, columns_of_records
from arize_nb.server.store.database import rows

if TYPE_CHECKING:
    import duckdb

    from arize_nb.server.store.ids import IdRange, RowIds

GIVEN_TYPES: Final = {"example_id": pa.string(), "output": pa.string(), "error": pa.string()}
_RESERVED: Final = frozenset({"id", "example_id", "output", "error", "annotations"})


def incoming_runs(items: Sequence[Mapping[str, Any]], *, with_examples: bool) -> Incoming:
    """Check the runs of a request and turn them into columns.

    Parameters
    ----------
    items : sequence of mapping
        JSON objects. An `id` among them is passed over: run ids are given by the server.
    with_examples : bool
        Whether the experiment has a dataset: `example_id` is required then, and not allowed otherwise.

    Raises
    ------
    Problem
        400 for a member of a wrong type, 422 for one that is missing or not allowed.
    """
    for index, item in enumerate(items):
        where = f"experiment_runs[{index}]"
        _check_text(item, "output", where, required=True)
        _check_text(item, "example_id", where, required=with_examples)
        if not with_examples and item.get("example_id") is not None:
            raise unprocessable(f"{where}.example_id: not allowed, the experiment has no dataset")
        if item.get("error") is not None:
            _check_text(item, "error", where, required=True)
        if item.get("annotations"):
            raise unprocessable(
                f"{where}.annotations: not allowed here; annotate the runs once they are there"
            )
    system = {name: [item.get(name) for item in items] for name in GIVEN_TYPES}
    return columns_of_records(items, system, GIVEN_TYPES, _RESERVED, "experiment_runs")


def append_runs(db: duckdb.DuckDBPyConnection, sheet: int, incoming: Incoming, row_ids: RowIds) -> IdRange:
    """Add runs to a sheet under ids that follow those it has.

    Parameters
    ----------
    incoming : Incoming
        The runs without their ids.
    """
    last = rows(db, f"SELECT id FROM {sheets.table(sheet)} WHERE seq = ?", [sheets.last_seq(db, sheet)])
    ids = row_ids.reserve(after=last[0][0] if last else None)
    sheets.append(db, sheet, _with_ids(incoming, ids))
    return ids


def _with_ids(incoming: Incoming, ids: IdRange) -> Incoming:
    """Put the column ``id`` in front."""
    schema = pa.schema([pa.field("id", pa.string()), *incoming.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in incoming.batches():
            texts = pa.array(ids.texts(start, start + batch.num_rows), pa.string())
            start += batch.num_rows
            yield pa.RecordBatch.from_arrays([texts, *batch.columns], schema=schema)

    return replace(incoming, system=("id", *incoming.system), batches=batches, schema=schema)


def _check_text(item: Mapping[str, Any], name: str, where: str, *, required: bool) -> None:
    """Check that a member is text, or may be left out."""
    value = item.get(name)
    if value is None and not required:
        return
    if name not in item:
        raise unprocessable(f"{where}.{name}: is required")
    if not isinstance(value, str):
        raise invalid(f"{where}.{name}: must be a string")
