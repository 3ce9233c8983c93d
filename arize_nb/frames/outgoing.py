"""Canonical tables -> pandas, REST records and Flight tables."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.frames.cells.json_cells import (
    JSON_COLUMNS,
    decoded,
    decoded_columns,
    json_field,
    json_names,
    json_text,
    marked,
)
from arize_nb.frames.columns import (
    EVALUATION_MEMBERS,
    RENAMED,
    RUNNER_COLUMN,
    Kind,
    eval_column,
    evaluator_names,
    fixed_columns,
)

if TYPE_CHECKING:
    import pandas as pd


def to_pandas(table: pa.Table, attrs: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return a DataFrame over the same memory, every column a `pandas.ArrowDtype`.

    Parameters
    ----------
    table : pyarrow.Table
        Any table; columns keep their Arrow types.
    attrs : Mapping, optional
        What the frame carries in `.attrs` (plain JSON values).
    """
    import pandas as pd
    from pandas.arrays import ArrowExtensionArray

    columns = {
        name: ArrowExtensionArray(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)
    frame.attrs.update(attrs or {})
    if cells_of_json := json_names(table):
        frame.attrs["arize"] = {**frame.attrs.get("arize", {}), JSON_COLUMNS: sorted(cells_of_json)}
    return frame


class Listing(Protocol):
    """A page of a listing, as `arize_nb.models.Page` is one."""

    @property
    def items(self) -> Sequence[Any]:
        """Resources, or plain records (runs, examples)."""

    @property
    def kind(self) -> str:
        """What the items are."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins; None on the last."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns of its resources, known without an item; none where the items are records."""


def page_frame(page: Listing) -> pd.DataFrame:
    """Return a page of resources, runs or examples as a DataFrame; `.attrs["next_cursor"]` when there is
    more.
    """
    from arize_nb.frames.record_columns import table_from_records

    attrs = {"next_cursor": page.next_cursor} if page.next_cursor else None
    kind: Kind | None = {"experiment_runs": "run", "examples": "example"}.get(page.kind)  # type: ignore[assignment]
    if kind is not None:
        return to_pandas(table_from_records(list(page.items), kind), attrs)
    if not page.items and page.columns:
        return to_pandas(_empty_resources(page.columns), attrs)
    return to_pandas(_resource_table([item.to_record() for item in page.items]), attrs)


def _empty_resources(columns: Sequence[str]) -> pa.Table:
    """Make a table of no resources with their columns: code that reads a listing need not ask whether it is
    empty.
    """
    names = dict.fromkeys(["name", *columns])
    times = ("created_at", "updated_at")
    return pa.table(
        {name: pa.nulls(0, pa.timestamp("us", "UTC") if name in times else pa.string()) for name in names}
    )


def _resource_table(records: list[dict[str, Any]]) -> pa.Table:
    """Make a table of resources: times stay times, lists (versions, values) their count, `name` first."""
    columns: dict[str, Any] = {}
    for name in dict.fromkeys(["name", *(name for record in records for name in record)]):
        values = [record.get(name) for record in records]
        if any(isinstance(value, (list, tuple)) for value in values):
            name, values = f"num_{name}", [None if value is None else len(value) for value in values]
        array = pa.array(values, from_pandas=True)
        columns[name] = array.cast(pa.string()) if pa.types.is_null(array.type) else array
    return pa.table(columns)


def _sent_columns(table: pa.Table, kind: Kind) -> list[str]:
    """Choose what an upload carries: not the service's own columns, nor columns that the contract added
    empty.

    An evaluator that gave nothing for any run keeps its score column, so that it is known to have been there.
    """
    kept_back = {column.name for column in fixed_columns(kind) if not column.sent}
    added = {column.name for column in fixed_columns(kind)}
    empty = {
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if column.null_count == len(column)
    }
    for name in evaluator_names(table.column_names) if kind == "run" else ():
        members = {f"eval.{name}.{member.name}" for member in EVALUATION_MEMBERS}
        added |= members - {f"eval.{name}.score"} if members <= empty else members
    if kind == "run":
        kept_back |= {
            name
            for name in table.column_names
            if name.startswith("annotation.") and eval_column(name) is not None
        }
    return [
        name for name in table.column_names if name not in kept_back and not (name in added and name in empty)
    ]


def wire_records(
    table: pa.Table, kind: Kind, start: int = 0, stop: int | None = None
) -> list[dict[str, Any]]:
    """Return flat records for REST.

    Parameters
    ----------
    table : pyarrow.Table
        A canonical table.
    kind : "run" or "example"
        What the rows are. Run ids, annotations and times are the service's and left out; REST forbids example
        ids on creation, so the caller drops the `id` column there (an update needs it).
    start, stop : int
        Rows to render, stop excluded; None means to the end.

    Returns
    -------
    list of dict
        A failed run has output "" (REST demands text) beside its error. Values are plain JSON.
    """
    names = _sent_columns(table, kind)
    part = table.select(names).slice(start, None if stop is None else max(stop - start, 0))
    columns = decoded_columns(part)
    for name in json_names(part):
        columns[name] = [wire_value(value) for value in columns[name]]
    if kind == "run":
        columns["output"] = [
            "" if value is None else value for value in columns.get("output", [None] * part.num_rows)
        ]
    sparse = {
        name
        for name in names
        if _is_of_the_contract(name, kind) and table.column(name).null_count < table.num_rows
    }
    rows = zip(*columns.values(), strict=True)
    keys = list(columns)
    sent_as = _runner_names(names, kind)
    return [
        {
            sent_as.get(key, key): value
            for key, value in zip(keys, row, strict=True)
            if value is not None or key not in sparse
        }
        for row in rows
    ]


def wire_value(value: object) -> Any:
    """Return a value as REST takes it: integers beyond 64 bits go as their digits, and what holds one as JSON
    text.
    """
    try:
        orjson.dumps(value)
    except TypeError:
        return json_text(value)
    return value


def _is_of_the_contract(name: str, kind: Kind) -> bool:
    """Whether a column belongs to the contract, so that a missing value is simply left out of a record."""
    return any(column.name == name for column in fixed_columns(kind)) or (
        kind == "run" and eval_column(name) is not None
    )


def _runner_names(names: Sequence[str], kind: Kind) -> dict[str, str]:
    """Give back to the columns of a run harness the names that the service knows them by; a user's own
    columns keep theirs.
    """
    if kind != "run" or RUNNER_COLUMN not in names:
        return {}
    return {ours: theirs for theirs, ours in RENAMED.items() if theirs not in names}


def wire_table(table: pa.Table, kind: Kind, *, now_ms: int | None = None) -> pa.Table:
    """Return the table that Flight takes.

    Parameters
    ----------
    table : pyarrow.Table
        A canonical table.
    kind : "run" or "example"
        What the rows are. Run ids, annotations and times are the service's and left out; examples without an
        id get one, since Flight demands them: their ids ascend, because services order rows of one time by
        id.
    now_ms : int, optional
        Creation time of the examples in milliseconds since the epoch; the present when None.
    """
    sent = table.select(_sent_columns(table, kind))
    if kind == "run":
        sent_as = _runner_names(sent.column_names, kind)
        sent = sent.rename_columns([sent_as.get(name, name) for name in sent.column_names])
        return _strict_json(
            sent if "output" in sent.column_names else sent.append_column("output", table.column("output"))
        )
    rows = table.num_rows
    stamp = int(time.time() * 1000) if now_ms is None else now_ms
    ids = (
        table.column("id") if "id" in table.column_names else pa.chunked_array([pa.nulls(rows, pa.string())])
    )
    if ids.null_count:
        ids = pc.coalesce(ids, pa.chunked_array([pa.array(ordered_ids(rows, stamp))]))
    times = pa.chunked_array([pa.array([stamp], pa.int64()).take(pa.array([0] * rows, pa.int32()))])
    own = [name for name in sent.column_names if name != "id"]
    columns = {
        "id": ids,
        **{name: sent.column(name) for name in own},
        "created_at": times,
        "updated_at": times,
    }
    return _strict_json(marked(columns, json_names(sent)))


def ordered_ids(count: int, now_ms: int) -> list[str]:
    """Make ids that ascend as text, row by row.

    UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of time, then a random number that counts up (its
    method 2), so that the ids of one millisecond are in order too.
    """
    bits = (now_ms & (2**48 - 1)) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62
    first = secrets.randbits(61)  # the bit above stays 0: counting up never runs over
    texts = (f"{bits | first + row:032x}" for row in range(count))
    return [f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" for text in texts]


def _strict_json(table: pa.Table) -> pa.Table:
    """Write the cells of JSON as JSON text, text in quotes too: other readers of the stream know no other
    form.
    """
    for name in json_names(table):
        values = decoded(table.column(name), is_json=True)
        strict = pa.array([None if value is None else json_text(value) for value in values], pa.string())
        table = table.set_column(table.column_names.index(name), json_field(name), pa.chunked_array([strict]))
    return table
