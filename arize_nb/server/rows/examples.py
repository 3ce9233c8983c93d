"""Examples of datasets: what an example may hold on its way in, and changes to a version's examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.server.problems import invalid, unprocessable
from arize_nb.server.rows import tables as sheets
from arize_nb.server.rows.cells import Incoming, columns_of_records
from arize_nb.server.rows.tables import SYSTEM_COLUMNS, Layout
from arize_nb.server.store.clock import now
from arize_nb.server.store.database import one

if TYPE_CHECKING:
    import duckdb

    from arize_nb.server.store.ids import RowIds

SYSTEM_TYPES: Final = {name: arrow_type for name, (_, arrow_type) in SYSTEM_COLUMNS[Layout.EXAMPLES].items()}
_GIVEN_BY_SERVER: Final = ("id", "created_at", "updated_at", "annotations")
_SKIP: Final = frozenset(_GIVEN_BY_SERVER)

LAST_TIME: Final = 253_402_300_799_999
"""End of the year 9999 in milliseconds since 1970."""

ORDER: Final = ("created_at", "id")
"""Order of examples within a version."""


def incoming_examples(items: Sequence[Mapping[str, Any]], row_ids: RowIds, *, stamp: int) -> Incoming:
    """Check new examples and turn them into columns.

    Parameters
    ----------
    stamp : int
        Their `created_at` and `updated_at`, milliseconds.

    Raises
    ------
    Problem
        422: an empty example, or one with a member that the server gives.
    """
    for index, item in enumerate(items):
        if not item:
            raise unprocessable(f"examples[{index}]: must not be empty")
        for name in _GIVEN_BY_SERVER:
            if name in item:
                raise unprocessable(f"examples[{index}].{name}: not allowed, the server gives it")
    times = [stamp] * len(items)
    system: dict[str, Sequence[Any]] = {
        "id": row_ids.reserve().texts(0, len(items)),
        "created_at": times,
        "updated_at": times,
    }
    return columns_of_records(items, system, SYSTEM_TYPES, _SKIP, "examples")


def completed(arrived: Incoming, row_ids: RowIds, *, stamp: int) -> Incoming:
    """Give ids and times to the examples of a stream that came without.

    Parameters
    ----------
    stamp : int
        `created_at` and `updated_at` for those that have none, milliseconds.
    """
    reserved = row_ids.reserve()
    place = {name: index for index, name in enumerate(arrived.system)}
    for batch in arrived.batches():
        for name in ("created_at", "updated_at"):
            _check_times(batch.column(place[name]), name)

    def batches() -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in arrived.batches():
            arrays = list(batch.columns)
            if arrays[place["id"]].null_count:
                fresh = pa.array(reserved.texts(start, start + batch.num_rows), pa.string())
                arrays[place["id"]] = pc.coalesce(arrays[place["id"]], fresh)
            for name in ("created_at", "updated_at"):
                arrays[place[name]] = pc.fill_null(arrays[place[name]], stamp)
            start += batch.num_rows
            yield pa.RecordBatch.from_arrays(arrays, schema=arrived.schema)

    return replace(arrived, batches=batches)


def append_stamp(db: duckdb.DuckDBPyConnection, sheet: int) -> int:
    """Return the `created_at` of examples to add now: milliseconds, not before any that are there, so that
    they come last.
    """
    newest = one(db, f"SELECT coalesce(max(created_at), 0) FROM {sheets.table(sheet)}")[0]
    return max(now() // 1000, int(newest))


def add(db: duckdb.DuckDBPyConnection, sheet: int, incoming: Incoming) -> list[str]:
    """Add examples and return their ids in the order given, when they came as one batch.

    Raises
    ------
    Problem
        422: an id that another example of the version has.
    """
    # DuckDB holds all rows in memory to sort them, so that what is in order already is not sorted again
    sheets.append(db, sheet, incoming, order_by=() if _is_in_order(incoming) else ORDER)
    repeated = sheets.repeated_id(db, sheet)
    if repeated is not None:
        raise unprocessable(f"id {repeated!r}: more than one example has it")
    first = next(incoming.batches(), None)
    return [] if first is None else list(first.column("id").to_pylist())


def change(db: duckdb.DuckDBPyConnection, sheet: int, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Change examples by id; members that an item leaves out keep their cell, unknown ids are passed over.

    Returns
    -------
    list of str
        Ids that were changed, in the order given.

    Raises
    ------
    Problem
        400 for an id that is not text, 422 for one that is missing or a member that the server gives.
    """
    by_id: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(items):
        _check_change(item, f"examples[{index}]")
        by_id.setdefault(item["id"], {}).update({name: value for name, value in item.items() if name != "id"})
    merged = list(by_id.values())
    incoming = columns_of_records(merged, {"id": list(by_id)}, {"id": pa.string()}, _SKIP, "examples")
    given = pa.table(
        {
            f"g{place}": [column.name in item for item in merged]
            for place, column in enumerate(incoming.columns)
        }
        or {"g": [False] * len(merged)}
    )
    return sheets.update(db, sheet, incoming, given, now() // 1000)


def _is_in_order(incoming: Incoming) -> bool:
    """Tell whether examples arrive in the order in which they are kept."""
    places = [incoming.system.index(name) for name in ORDER]
    last: tuple[int, str] | None = None
    for batch in incoming.batches():
        if not batch.num_rows:
            continue
        times, ids = (batch.column(place) for place in places)
        later, same = (compare(times[1:], times[:-1]) for compare in (pc.greater, pc.equal))
        in_order = pc.or_(later, pc.and_(same, pc.greater_equal(ids[1:], ids[:-1])))
        first = (times[0].as_py(), ids[0].as_py())
        if not pc.all(in_order, min_count=0).as_py() or (last is not None and first < last):
            return False
        last = (times[-1].as_py(), ids[-1].as_py())
    return True


def _check_times(times: pa.Array, name: str) -> None:
    """Raise a 422 for a time that RFC 3339 cannot write."""
    extremes = pc.min_max(times)
    if (extremes["min"].as_py() or 0) < 0 or (extremes["max"].as_py() or 0) > LAST_TIME:
        raise unprocessable(f"{name}: must be milliseconds since 1970, up to the year 9999")


def _check_change(item: Mapping[str, Any], where: str) -> None:
    """Check one item of an update."""
    if "id" not in item:
        raise unprocessable(f"{where}.id: is required")
    if not isinstance(item["id"], str):
        raise invalid(f"{where}.id: must be a string")
    for name in _GIVEN_BY_SERVER[1:]:
        if name in item:
            raise unprocessable(f"{where}.{name}: not allowed, the server gives it")
