"""Arrow from the wire, a file or records -> the names, order, types and null rules of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.errors import ColumnError
from arize_nb.frames.cells.arrays import Cells, cells, plain, without_nulls
from arize_nb.frames.cells.arrow_types import contract_type, typed
from arize_nb.frames.cells.json_cells import decoded, json_array, json_names, marked
from arize_nb.frames.cells.scores import read_labels, read_scores, words_note
from arize_nb.frames.columns import RENAMED, Kind, column_order, fixed_dtype
from arize_nb.frames.flat_columns import FlatColumns
from arize_nb.frames.flatten import NESTED, flat_record
from arize_nb.frames.origin import NOWHERE, Origin

_ARROW = {"string": pa.string(), "double": pa.float64(), "timestamp": pa.timestamp("ms", tz="UTC")}


def canonical(
    table: pa.Table,
    kind: Kind,
    *,
    strict: bool = False,
    origin: Origin = NOWHERE,
    notes: list[str] | None = None,
    is_own: bool = False,
    as_given: bool = False,
) -> pa.Table:
    """Bring a table to the names, order and types of the contract.

    Parameters
    ----------
    table : pyarrow.Table
        Columns under the names of the service, or of a frame.
    kind : "run" or "example"
        What the rows are.
    strict : bool
        For an upload: names and rows stay in the caller's order, values of a wrong type are refused.
        Otherwise `latency` becomes `latency_ms`, and runs are sorted by their id.
    origin : Origin
        What errors call the rows.
    notes : list of str, optional
        Takes a line for each thing that a user should know: words that stood for no score or label, scores in
        percent.
    is_own : bool
        Whether the table was just made of Python values (`FlatColumns`), so that its cells of JSON are what
        the values ask for.
    as_given : bool
        For a reader that checks scores itself and names the line of one that it refuses: rows keep their
        order, and infinite numbers stay.

    Returns
    -------
    pyarrow.Table
        `id, example_id, output, error`, three columns for each evaluator and annotation, then the rest; for
        examples `id`, the user's columns, `created_at`, `updated_at`. Types: string, int64, double, bool
        (times: milliseconds, UTC). A column without any value is a string column.

    Raises
    ------
    ColumnError
        When strict, for a value of the wrong type; names column, path and record.
    """
    _refuse_twins(table)
    if not NESTED[kind].isdisjoint(table.column_names):
        table = _unnested(table, kind, strict)
    given = dict(zip(table.column_names, table.columns, strict=True))
    cells_of_json = json_names(table)
    how = _How(
        kind=kind,
        strict=strict,
        origin=origin,
        notes=[] if notes is None else notes,
        is_own=is_own,
        as_given=as_given,
    )
    conformed = {
        name: _conformed(name, column, how, is_json=name in cells_of_json) for name, column in given.items()
    }
    if not strict and kind == "run":
        conformed = {_frame_name(name, given): cells for name, cells in conformed.items()}
    columns = {name: cells.array for name, cells in conformed.items()}
    rows = table.num_rows
    for name in column_order(columns, kind):
        if name not in columns:
            columns[name] = pa.chunked_array([pa.nulls(rows, _ARROW[fixed_dtype(name, kind) or "string"])])
    if kind == "run":
        columns.update(_failed_runs(columns["output"], columns["error"], how.notes))
    is_json = [name for name, cells in conformed.items() if cells.is_json]
    ordered = marked({name: columns[name] for name in column_order(columns, kind)}, is_json)
    return ordered if strict or as_given or kind != "run" else _sorted(ordered)


@dataclass(frozen=True, kw_only=True)
class _How:
    """How a table is brought to the contract."""

    kind: Kind
    strict: bool
    origin: Origin
    notes: list[str]
    is_own: bool
    as_given: bool


def _refuse_twins(table: pa.Table) -> None:
    """Refuse a table with two columns of one name."""
    names = table.column_names
    for name in names:
        if len(set(names)) != len(names) and names.count(name) > 1:
            raise ColumnError(
                f"two columns are named {name!r}", column=name, path=name, hint="Rename or drop one of them."
            )


def _frame_name(name: str, columns: dict[str, Any]) -> str:
    """Return what frames call a column of the service."""
    renamed = RENAMED.get(name, name)
    return name if renamed in columns else renamed


def _unnested(table: pa.Table, kind: Kind, strict: bool) -> pa.Table:
    """Take nested columns (structs, lists, JSON text) apart; rows where they are empty, and other columns,
    stay untouched.
    """
    nested = {name: table.column(name) for name in table.column_names if name in NESTED[kind]}
    others = table.drop_columns(list(nested))
    filled = pc.indices_nonzero(reduce(pc.or_, [_has_content(column) for column in nested.values()]))
    if not len(filled):
        return others if others.num_columns else pa.table({"id": pa.nulls(table.num_rows, pa.string())})
    rows = zip(
        filled.to_pylist(), *(column.take(filled).to_pylist() for column in nested.values()), strict=True
    )
    flat = FlatColumns(kind, strict=strict)
    flat.add(
        [
            flat_record(dict(zip(nested, without_nulls(values), strict=True)), kind, strict=strict, index=row)
            for row, *values in rows
        ]
    )
    parts = flat.flat_table().take(_positions(filled, table.num_rows))
    return _joined(others, parts)


def _joined(own: pa.Table, parts: pa.Table) -> pa.Table:
    """Put columns beside others; where both have one, a row's own value goes first, unless the
    types differ.
    """
    columns = dict(zip(own.column_names, own.columns, strict=True))
    cells_of_json = set(json_names(own))
    from_parts = json_names(parts)
    for name, column in zip(parts.column_names, parts.columns, strict=True):
        mine = columns.get(name)
        if mine is None:
            columns[name] = column
            cells_of_json |= from_parts & {name}
        elif mine.type == column.type:
            if (name in cells_of_json) != (name in from_parts):  # text on one side, JSON on the other
                mine, column = (
                    _json_cells(one, is_json)
                    for one, is_json in ((mine, name in cells_of_json), (column, name in from_parts))
                )
                cells_of_json.add(name)
            columns[name] = pc.coalesce(mine, column)
    return marked(columns, cells_of_json)


def _json_cells(column: pa.ChunkedArray, is_json: bool) -> pa.ChunkedArray:
    """Return a column of text as cells of JSON."""
    return column if is_json else pa.chunked_array([json_array(column.to_pylist())])


def _has_content(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Say for each cell whether there is something in it: not null, no empty list."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return pc.fill_null(pc.greater(pc.list_value_length(column), 0), False)
    return pc.is_valid(column)


def _positions(filled: pa.Array, rows: int) -> pa.Array:
    """Return for each row its position among the filled ones, null where it is not one of them."""
    positions = np.zeros(rows, dtype=np.int64)
    empty = np.ones(rows, dtype=bool)
    chosen = filled.to_numpy()
    positions[chosen] = np.arange(len(chosen))
    empty[chosen] = False
    return pa.array(positions, mask=empty)


def _conformed(name: str, column: pa.ChunkedArray, how: _How, *, is_json: bool) -> Cells:
    """Give one column the type that the contract, or its values, ask for."""
    dtype = fixed_dtype(name, how.kind)
    try:
        settled = how.is_own and dtype is None
        if (is_json and not settled) or (dtype is None and pa.types.is_nested(column.type)):
            column, is_json = _from_values(column, is_json)
        if how.as_given and dtype in (None, "double") and pa.types.is_floating(column.type):
            return Cells(array=pc.if_else(pc.is_nan(column), None, column).cast(pa.float64()))
        if dtype is None:
            return Cells(array=contract_type(column), is_json=is_json)
        if how.strict and dtype == "double":
            return Cells(array=_scores(name, column, how))
        if how.strict and name.endswith(".label"):
            return Cells(array=_labels(name, column, how))
        if how.as_given and dtype == "double":
            return Cells(array=_scores_as_given(column))
        return Cells(array=typed(column, _ARROW[dtype]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError, TypeError) as error:
        if how.strict or dtype is None:
            raise _misfit(name, column, dtype, how.origin) from error
        return Cells(array=contract_type(column), is_json=is_json)


def _scores(name: str, column: pa.ChunkedArray, how: _How) -> pa.ChunkedArray:
    """Read the scores of an evaluator or annotation that are to be sent."""
    reading = read_scores(column)
    how.notes.extend(reading.notes(name))
    return reading.checked(name, how.origin)


def _scores_as_given(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return scores as doubles; text that is not all of finite numbers stays text."""
    scores = typed(column, pa.float64())
    return column if scores.null_count > column.null_count else scores


def _labels(name: str, column: pa.ChunkedArray, how: _How) -> pa.ChunkedArray:
    """Read the labels of an evaluator or annotation that are to be sent."""
    reading = read_labels(column)
    how.notes.extend(reading.notes(name))
    return reading.labels


def _from_values(column: pa.ChunkedArray, is_json: bool) -> tuple[pa.ChunkedArray, bool]:
    """Give lists, objects and cells of JSON the type that their values ask for, as if they had come over
    REST.
    """
    values = decoded(column, is_json=is_json)
    found = cells(values if is_json else [plain(without_nulls(value)) for value in values])
    return pa.chunked_array([found.array]), found.is_json


def _misfit(name: str, column: pa.ChunkedArray, dtype: str | None, origin: Origin) -> ColumnError:
    """Make the error for a column that holds a value of the wrong type, naming the first such record."""
    wanted = {"double": "a number", "timestamp": "a time (ISO 8601)"}.get(dtype or "", "text or a JSON value")
    record = None
    for index in range(len(column)):
        one = column.slice(index, 1)
        try:
            typed(one, _ARROW[dtype]) if dtype else contract_type(one)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError, TypeError):
            record = index
            break
    shown = "" if record is None else f": {str(_shown(column[record]))[:40]!r} in {origin.row(record)}"
    return ColumnError(
        f"{origin.prefix()}column {name!r} must hold {wanted}{shown}", column=name, path=name, record=record
    )


def _shown(cell: pa.Scalar) -> Any:
    """Return the value of a cell to be shown; what is no text comes as it is kept."""
    try:
        return cell.as_py()
    except (UnicodeDecodeError, pa.ArrowInvalid, ValueError):
        return cell.as_buffer().to_pybytes() if hasattr(cell, "as_buffer") else cell


def _failed_runs(
    output: pa.ChunkedArray, error: pa.ChunkedArray, notes: list[str]
) -> dict[str, pa.ChunkedArray]:
    """Read an error that is empty, or a word for nothing, as none, and an empty output beside an error as
    none (REST cannot send null).
    """
    if error.null_count == len(error):
        return {}
    reading = read_labels(error)
    notes.extend(words_note("error", reading.words, "no error"))
    if reading.labels.null_count != error.null_count:
        error = pc.if_else(pc.is_null(reading.labels), pa.scalar(None, pa.string()), error)
    lost = pc.and_(pc.is_valid(error), pc.fill_null(pc.equal(output, ""), False))
    if pc.any(lost).as_py():
        output = pc.if_else(lost, pa.scalar(None, pa.string()), output)
    return {"output": output, "error": error}


def _sorted(table: pa.Table) -> pa.Table:
    """Sort runs by id, unless they are sorted already (the usual case: ids grow with time)."""
    ids = table.column("id")
    if table.num_rows < 2 or ids.null_count:
        return table
    if pc.all(pc.less_equal(ids.slice(0, len(ids) - 1), ids.slice(1))).as_py():
        return table
    return table.take(pc.sort_indices(ids))
