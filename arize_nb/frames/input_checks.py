"""What a user gives (DataFrame, list of dicts, Arrow table) -> a checked canonical table, ready
to be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.errors import ColumnError, InputError
from arize_nb.frames.canonical_table import canonical
from arize_nb.frames.cells.arrays import Cells
from arize_nb.frames.cells.json_cells import json_names, marked
from arize_nb.frames.columns import ID_COLUMNS
from arize_nb.frames.flat_columns import check_name, column_cells
from arize_nb.frames.origin import NOWHERE, Origin
from arize_nb.frames.record_columns import RecordColumns

if TYPE_CHECKING:
    from arize_nb.frames.columns import Kind

_LONGEST_NAME = 40


def from_input(
    obj: object,
    kind: Kind,
    *,
    needs_example_id: bool = False,
    origin: Origin = NOWHERE,
    notes: list[str] | None = None,
) -> pa.Table:
    """Turn what a user gives into a canonical table, checked before anything is sent.

    Parameters
    ----------
    obj : DataFrame, pyarrow.Table, RecordBatch, any object with an Arrow stream (Polars, DuckDB), or iterable
    of dicts
        The runs or examples. NaN, NaT and NA are missing values. A DataFrame's index is left out.
    kind : "run" or "example"
        What the rows are.
    needs_example_id : bool
        Whether every run must name an example (an experiment over a dataset).
    origin : Origin
        What errors call the rows: the file they were read from, and its lines.
    notes : list of str, optional
        Takes a line for each thing that a user should know of how the rows were read.

    Returns
    -------
    pyarrow.Table
        In the order of the rows given; columns that the contract adds are all null.

    Raises
    ------
    InputError
        For no rows at all, or an object of another type.
    ColumnError
        For a missing column or value, or one of a wrong type; names column, path and record.
    """
    table = table_from_input(obj, kind)
    noun = "runs" if kind == "run" else "examples"
    if table.num_rows == 0:
        raise InputError(f"there are no {noun} to send", hint="Give at least one row.")
    if kind == "run":
        _require(table, "output", "every run needs the output of the task", origin)
        if needs_example_id:
            _require(table, "example_id", "every run of a dataset's experiment names its example", origin)
    checked = canonical(
        _with_text_ids(table, kind),
        kind,
        strict=True,
        origin=origin,
        notes=notes,
        is_own=isinstance(obj, (list, tuple)),
    )
    if kind == "run":
        _require_outputs(checked, origin)
        if needs_example_id:
            _require_values(checked, "example_id", origin)
    elif set(checked.column_names) <= {"id", "created_at", "updated_at"}:
        raise InputError(
            "the examples have no columns of their own",
            hint="Give each example at least one field, such as a question.",
        )
    return checked


def table_from_input(obj: object, kind: Kind) -> pa.Table:
    """Bring any accepted object to Arrow, still under the caller's names."""
    if isinstance(obj, pa.Table):
        return obj
    if isinstance(obj, pa.RecordBatch):
        return pa.Table.from_batches([obj])
    if hasattr(obj, "columns") and hasattr(obj, "dtypes") and hasattr(obj, "iloc"):
        return table_from_frame(obj, kind)
    if hasattr(obj, "__arrow_c_stream__"):  # Polars, DuckDB, readers of Arrow, Hugging Face datasets
        return pa.table(obj)
    if isinstance(obj, (Mapping, str, bytes)) or not isinstance(obj, Iterable):
        raise InputError(
            f"{'an' if type(obj).__name__[0] in 'aeiouAEIOU' else 'a'} {type(obj).__name__} is neither a"
            " DataFrame nor a list of dicts",
            hint="Give a DataFrame, a list of dicts, or a file.",
        )
    records: Sequence[Any] = obj if isinstance(obj, Sequence) else list(obj)
    for index, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise InputError(
                f"record {index} is a {type(record).__name__}, not a dict",
                hint="Give a list of dicts, one for each row.",
            )
    columns = RecordColumns(kind, strict=True)
    columns.add(records)
    return columns.flat_table() if records else pa.table({})


def table_from_frame(frame: Any, kind: Kind) -> pa.Table:
    """Turn a DataFrame into Arrow column by column; only columns of Python objects are looked at cell by
    cell.

    A named index (`set_index("example_id")`) is a column too; a nameless one is left out.

    Raises
    ------
    ColumnError
        Two columns of one name, the index counted, or a name that is not text.
    """
    named = [name for name in frame.index.names if name is not None]
    twice = [name for name in named if name in frame.columns]
    if twice:
        what = f"the index and a column are both named {twice[0]!r}"
        hint = "Drop one: frame.reset_index(drop=True) keeps the column."
        raise ColumnError(what, column=str(twice[0]), path=str(twice[0]), hint=hint)
    if named:
        frame = frame.reset_index(level=named)
    columns: dict[str, Any] = {}
    cells_of_json = set(json_names(frame))
    for position, name in enumerate(frame.columns):
        if not isinstance(name, str):
            raise ColumnError(
                f"the column name {name!r} is not text",
                column=str(name),
                hint="Rename it: frame.rename(columns=str).",
            )
        check_name(name)
        if name in columns:
            raise ColumnError(
                f"two columns are named {name!r}", column=name, path=name, hint="Rename or drop one of them."
            )
        cells = _series_cells(name, frame.iloc[:, position], kind)
        columns[name] = cells.array
        if cells.is_json:
            cells_of_json.add(name)
    return marked(columns, cells_of_json)


def _series_cells(name: str, series: Any, kind: Kind) -> Cells:
    """Turn one column of a DataFrame into Arrow."""
    if _has_arrow_form(series.dtype):
        array = pa.array(series, from_pandas=True)
        return Cells(array=pa.chunked_array([array]) if isinstance(array, pa.Array) else array)
    values = [None if missing else value for value, missing in zip(series, series.isna(), strict=True)]
    return column_cells(name, values, kind, strict=True)


def _has_arrow_form(dtype: Any) -> bool:
    """Whether a column turns into Arrow as a whole; objects, periods, sparse and complex numbers are looked
    at one by one.
    """
    name = type(dtype).__name__
    return name in ("ArrowDtype", "CategoricalDtype", "StringDtype") or (
        dtype.kind in "biufMm" and name != "SparseDtype"
    )


def _with_text_ids(table: pa.Table, kind: Kind) -> pa.Table:
    """Turn whole-number ids into text; refuse ids whose text cannot be known any more."""
    for name in ID_COLUMNS[kind]:
        if name not in table.column_names:
            continue
        column = table.column(name)
        if (pa.types.is_floating(column.type) and column.null_count < len(column)) or pa.types.is_boolean(
            column.type
        ):
            hint = f"Read the file with dtype={{'{name}': str}}, or export the ids again."
            raise ColumnError(
                f"column {name!r} must hold text ids, not {column.type} values",
                column=name,
                path=name,
                hint=hint,
            )
    return table


def _require(table: pa.Table, name: str, why: str, origin: Origin) -> None:
    """Refuse a table that lacks a column."""
    if name not in table.column_names:
        given = ", ".join(map(_shown_name, table.column_names[:8])) + (", …" if table.num_columns > 8 else "")
        raise ColumnError(
            f"{origin.prefix()}the column {name!r} is missing: {why} (columns: {given})",
            column=name,
            path=name,
            hint=f"Rename the column that holds it to {name!r}.",
        )


def _shown_name(name: str) -> str:
    """Return a column name for a list in one line: cut, and quoted where it holds what does not print."""
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    return short if short.isprintable() else repr(short)


def _require_values(table: pa.Table, name: str, origin: Origin) -> None:
    """Refuse a column with gaps."""
    column = table.column(name)
    if column.null_count:
        first = pc.index(pc.is_null(column), True).as_py()
        gaps = f"{column.null_count:,} of {table.num_rows:,} records, first in {origin.row(first)}"
        what = f"{origin.prefix()}column {name!r} is empty in {gaps}"
        raise ColumnError(
            what, column=name, path=name, record=first, hint="Fill it, or leave those records out."
        )


def _require_outputs(table: pa.Table, origin: Origin) -> None:
    """Refuse runs that have neither an output nor an error."""
    lost = pc.and_(pc.is_null(table.column("output")), pc.is_null(table.column("error")))
    count = pc.sum(lost).as_py()
    if count:
        first = pc.index(lost, True).as_py()
        what = (
            f"{origin.prefix()}{count:,} of {table.num_rows:,} runs have neither an output nor an error,"
            f" first {origin.row(first)}"
        )
        raise ColumnError(
            what,
            column="output",
            path="output",
            record=first,
            hint="Give the output (an empty string will do), or the error of a failed run.",
        )
