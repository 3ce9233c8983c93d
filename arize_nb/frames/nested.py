"""Flat tables -> nested records: the `evaluations`, `annotations` and `metadata` objects of an exported
experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from arize_nb.frames.cells.json_cells import decoded, decoded_columns, json_names
from arize_nb.frames.columns import Kind, eval_column
from arize_nb.frames.flatten import ANNOTATION_AS_EVALUATION, leaves

if TYPE_CHECKING:
    import pandas as pd

_BATCH_ROWS = 10_000
_Setter = Callable[[dict[str, Any], Any], None]


def to_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a run frame as nested records, the inverse of reading them.

    Parameters
    ----------
    frame : pandas.DataFrame
        A run frame, or a frame of examples; any frame will do.

    Returns
    -------
    list of dict
        `eval.<name>.<member>` under `evaluations`, `metadata.<key>` under `metadata`,
        `annotation.<name>.<member>` in the list `annotations` and, where no evaluator has its name, under
        `evaluations` too (the text as explanation). Missing values are left out; only `output` is always
        there. Frames of examples (no `output`) come back flat.

    Raises
    ------
    ColumnError
        For a value that JSON cannot hold.
    """
    from arize_nb.frames.canonical_table import canonical
    from arize_nb.frames.input_checks import table_from_frame

    kind: Kind = "run" if "output" in frame.columns and "example_id" in frame.columns else "example"
    table = table_from_frame(frame, kind)
    present = set(table.column_names)
    whole = canonical(table, kind, strict=True)
    return list(nested_records(whole.select([name for name in whole.column_names if name in present]), kind))


def nested_records(table: pa.Table, kind: Kind) -> Iterator[dict[str, Any]]:
    """Yield the rows of a canonical table as nested records, a batch at a time (constant memory).

    Parameters
    ----------
    table : pyarrow.Table
        A canonical table.
    kind : "run" or "example"
        Examples stay flat, with null members kept and times as ISO 8601 text.
    """
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        yield from (_run_records(batch) if kind == "run" else _example_records(batch))


def _example_records(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield flat records; times as text."""
    from arize_nb.frames.cells.arrow_types import as_text

    columns = {}
    cells_of_json = json_names(batch)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        shown = as_text(pa.chunked_array([column])) if pa.types.is_timestamp(column.type) else column
        columns[name] = decoded(shown, is_json=name in cells_of_json)
    times = {name for name in ("created_at", "updated_at") if name in columns}
    for row in zip(*columns.values(), strict=True):
        yield {
            name: value
            for name, value in zip(columns, row, strict=True)
            if value is not None or name not in times
        }


def _run_records(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield nested records of runs."""
    columns = set(batch.schema.names)
    setters = [_setter(name, columns) for name in batch.schema.names]
    for row in zip(*decoded_columns(batch).values(), strict=True):
        record: dict[str, Any] = {}
        for put, value in zip(setters, row, strict=True):
            put(record, value)
        yield _finished(record)


def _path(name: str, columns: Set[str]) -> tuple[str, ...]:
    """Return where the values of a column belong in a record.

    A column keeps its flat name when nesting it would hide another: `metadata.m.n` beside `metadata.m`.
    """
    steps = name.split(".")
    if not all(steps) or any(".".join(steps[:length]) in columns for length in range(1, len(steps))):
        return (name,)
    part = eval_column(name)
    if part is None:
        return tuple(steps) if steps[0] == "metadata" else (name,)
    if part.prefix == "annotation":
        return (name,) if "annotations" in columns else ("annotations", part.name, part.member)
    head, *keys = part.member.split(".")
    return (name,) if "evaluations" in columns else ("evaluations", part.name, head, *keys)


def _setter(name: str, columns: Set[str]) -> _Setter:
    """Return the function that puts a value of this column where it belongs in a record."""
    *outer, last = _path(name, columns)

    def put(record: dict[str, Any], value: object) -> None:
        if value is None and name != "output":
            return
        for step in outer:
            record = record.setdefault(step, {})
        record[last] = value

    return put


def _finished(record: dict[str, Any]) -> dict[str, Any]:
    """Turn annotations into the list of the service, and show them among the evaluations."""
    annotations = record.pop("annotations", None)
    for name, members in list(record.get("evaluations", {}).items()):
        if (
            not {"score", "label", "explanation", "error"} & members.keys()
        ):  # an upload would refuse it: keep the flat names
            record.update(leaves(f"eval.{name}", record["evaluations"].pop(name)))
    if annotations:
        evaluations = record.setdefault("evaluations", {})
        for name, members in annotations.items():
            if name not in evaluations:
                evaluations[name] = {
                    shown: members[member]
                    for member, shown in ANNOTATION_AS_EVALUATION.items()
                    if member in members
                }
        record["annotations"] = [{"name": name, **members} for name, members in annotations.items()]
    if not record.get("evaluations", True):
        del record["evaluations"]
    return record
