"""What may be given to `compare`, turned into sources with names of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.sources import FrameSource, Source, TableSource
from arize_nb.errors import ColumnError, ComparisonError

if TYPE_CHECKING:
    from arize_nb.frames.columns import Kind


def sources_of(inputs: Sequence[Any], names: Sequence[str | None] | None = None) -> tuple[Source, ...]:
    """Turn frames, tables, results, experiments and paths into sources; names that are taken get a number.

    Parameters
    ----------
    inputs : sequence
        The baseline, then the candidates.
    names : sequence of str, optional
        Their names; where None, the name that the input carries, else `baseline`, `candidate`, `candidate 2`…
    """
    given = list(names or [None] * len(inputs))
    if len(given) != len(inputs):
        raise ComparisonError(f"{len(given)} names for {len(inputs)} experiments", hint="Name the baseline, then every candidate.")
    plain = ["baseline", *(f"candidate {number}" if number > 1 else "candidate" for number in range(1, len(inputs)))]
    found: list[Source] = []
    for thing, wish, fallback in zip(inputs, given, plain, strict=True):
        source = source_of(thing, fallback)
        name, number = wish or source.name, 1
        taken = {other.name for other in found}
        while (name if number == 1 else f"{name} ({number})") in taken:
            number += 1
        source.name = name if number == 1 else f"{name} ({number})"
        found.append(source)
    return tuple(found)


def examples_of(thing: Any) -> Source:
    """Turn the examples of a dataset into a source.

    Raises
    ------
    ColumnError
        They have no id to be found by.
    """
    source = source_of(thing, "examples", "example")
    if not {"id", "example_id"} & set(source.columns):
        hint = f"They have: {', '.join(source.columns[:12]) or 'no columns'}"
        raise ColumnError("the examples have no column 'id', so they cannot be found by the runs", column="id", hint=hint)
    return source


def source_of(thing: Any, fallback: str, kind: Kind = "run") -> Source:
    """Turn one input, runs or examples, into a source."""
    if isinstance(thing, (str, os.PathLike)):
        _refuse_a_name(Path(thing))
        return _file(Path(thing), kind)
    frame = getattr(thing, "frame", None)
    if frame is not None and not callable(frame):
        # An ExperimentResult: it knows its name even if its frame lost it.
        experiment = getattr(thing, "experiment", None)
        return source_of(frame, getattr(experiment, "name", None) or fallback)
    library = type(thing).__module__.partition(".")[0]
    if library == "pandas":
        return _frame(thing, fallback, kind)
    if library == "pyarrow":
        return _table(thing, fallback)
    if library == "arize_nb" and hasattr(thing, "dataset_version_id"):
        return _experiment(thing)
    if isinstance(thing, (list, tuple)):
        return _records(thing, fallback, kind)
    raise ComparisonError(
        f"cannot compare a {type(thing).__name__}", hint="Give DataFrames of runs, ExperimentResults, Experiments, pyarrow Tables or paths."
    )  # fmt: skip


def _refuse_a_name(path: Path) -> None:
    """Refuse a text that is no file but looks like the name of an experiment, and say where names are taken.

    Raises
    ------
    ComparisonError
        It has no ending and no file has that name.
    """
    if not path.suffix and not path.exists():
        hint = f"If it is the name of an experiment: client.experiments.runs({str(path)!r}, dataset=…)."
        raise ComparisonError(f"there is no file {str(path)!r}", hint=hint)


def _frame(frame: Any, fallback: str, kind: Kind = "run") -> Source:
    """Wrap a DataFrame; an index named example_id will do for the column, nested `evaluations` are flattened."""
    facts = dict(frame.attrs.get("arize") or {})
    if "example_id" not in frame.columns and "example_id" in (frame.index.names or ()):
        frame = frame.reset_index()
    if frame.columns.has_duplicates:
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        raise ComparisonError(f"a frame has two columns named {', '.join(map(repr, twice))}", hint="Rename one of them.")
    if kind == "run" and {"evaluations", "annotations", "additional_properties"} & set(frame.columns):
        return _records(frame.to_dict("records"), str(facts.get("experiment") or fallback), kind, facts)
    columns = tuple(str(name) for name in frame.columns)
    return FrameSource(name=str(facts.get("experiment") or fallback), rows=len(frame), columns=columns, facts=facts, frame=frame)


def _table(table: Any, name: str, facts: Mapping[str, Any] | None = None) -> Source:
    return TableSource(name=name, rows=table.num_rows, columns=tuple(table.column_names), facts=facts or {}, table=table)


def _records(records: Sequence[Any], name: str, kind: Kind, facts: Mapping[str, Any] | None = None) -> Source:
    """Flatten nested or flat records."""
    from arize_nb.frames import table_from_records

    there = any(isinstance(record, Mapping) and record.get("example_id") is not None for record in records)
    return _table(_as_it_came(table_from_records(records, kind), there=there), name, facts)


def _as_it_came(table: Any, *, there: bool) -> Any:
    """Return a table without the column of example ids that reading put there for runs that name none.

    What pairs runs is decided in one place (`align`), whatever they came in: it must see what the data have.
    """
    return table if there or "example_id" not in table.column_names else table.drop_columns(["example_id"])


def _experiment(experiment: Any) -> Source:
    """Read the runs of an experiment of the service that is connected to."""
    from arize_nb.client import connect

    with connect() as client:
        frame = client.experiments.runs(experiment)
    source = _frame(frame, experiment.name or experiment.id)
    source.facts = {
        "experiment_id": experiment.id,
        "dataset_version_id": experiment.dataset_version_id,
        "dataset_id": experiment.dataset_id,
        **source.facts,
    }
    return source


def _file(path: Path, kind: Kind) -> Source:
    """Read a file of runs or examples; Parquet is read a column at a time."""
    name = path.parent.name.removeprefix("experiment_") if path.stem == "runs" else path.stem
    if path.suffix == ".parquet":
        from arize_nb.comparison.parquet import parquet_source

        return parquet_source(path, name)
    from arize_nb.files import read_file

    read = read_file(path, kind)
    if isinstance(read.rows, list):
        source = _records(read.rows, name, kind)
    else:
        from arize_nb.frames import canonical

        there = "example_id" in read.rows.column_names and read.rows.column("example_id").null_count < read.rows.num_rows
        source = _table(_as_it_came(canonical(read.rows, kind), there=there), name)
    source.tell(read.facts)
    return source
