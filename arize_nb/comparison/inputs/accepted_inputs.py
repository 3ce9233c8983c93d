"""What may be given to `compare`, turned into sources with names of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.inputs.places.foreign_frames import foreign_source, is_foreign, table_source
from arize_nb.comparison.inputs.places.lakes import Lake
from arize_nb.comparison.inputs.places.named_input import NamedInput, unwrapped
from arize_nb.comparison.inputs.places.paths import expanded, names_of_files, readable, refuse_a_name
from arize_nb.comparison.inputs.run_reader import runs_of
from arize_nb.comparison.sources.column_source import FrameSource, Source
from arize_nb.errors import ColumnError, ComparisonError

if TYPE_CHECKING:
    from arize_nb.frames.columns import Kind


def reads_as_path(text: str) -> bool:
    """Say whether a text on a line would be read as a file and not as the name of an experiment."""
    from arize_nb.files import ENDINGS

    return "/" in text or readable(Path(text), (*ENDINGS, *_LOGS)) or Path(text).exists()


def sources_of(inputs: Sequence[Any]) -> tuple[Source, ...]:
    """Turn frames, tables, results, experiments and paths into sources; names that are taken get a number.

    Parameters
    ----------
    inputs : sequence
        The baseline, then the candidates; a folder or a glob stands for the files in it. Each goes by the
        name that it carries, else by that of its file or variable, else as `baseline`, `candidate`,
        `candidate 2`…
    """
    from arize_nb.files import ENDINGS

    things = told_apart(
        [
            (one, thing)
            for thing in expanded(inputs, (*ENDINGS, *_LOGS))
            for one in of_a_tool(thing) or [thing]
        ]
    )
    plain = [
        "baseline",
        *(f"candidate {number}" if number > 1 else "candidate" for number in range(1, len(things))),
    ]
    filed = names_of_files([_path_of(thing) for thing in things])
    found: list[Source] = []
    for thing, file, fallback in zip(things, filed, plain, strict=True):
        source = source_of(thing, fallback)
        name, number = file or source.name, 1
        taken = {other.name for other in found}
        while (name if number == 1 else f"{name} ({number})") in taken:
            number += 1
        source.name = name if number == 1 else f"{name} ({number})"
        found.append(source)
    return tuple(found)


_LOGS = (".eval",)
"""Endings of files that only a tool writes."""


def told_apart(things: Sequence[tuple[Any, Any]]) -> list[Any]:
    """Give experiments of tools names that tell them apart, and the baseline's ids where theirs stand for
    nothing.

    Parameters
    ----------
    things : sequence of (thing, source)
        Each thing to compare, and what it was read from.
    """
    from arize_nb.interop.results.tool_experiment import ToolExperiment

    if not all(isinstance(one, ToolExperiment) for one, _ in things):
        return [one for one, _ in things]
    from arize_nb.interop.results.same_examples import apart, paired

    return list(paired(apart([(one, names_of_files([_path_of(source)])[0]) for one, source in things])))


def of_a_tool(thing: object) -> list[Any] | None:
    """Return the experiments in results of another tool, found by what they hold; None where no tool is known
    to have written them.
    """
    from arize_nb.interop.results.reading import read
    from arize_nb.interop.results.tool_experiment import ToolExperiment
    from arize_nb.interop.results.tool_experiments import ToolExperiments

    plain = unwrapped(thing)
    if isinstance(plain, (ToolExperiment, ToolExperiments)):
        return [plain] if isinstance(plain, ToolExperiment) else list(plain)
    path = _path_of(plain)
    if path is None and (any(reader.recognises(plain) for reader in READERS) or plain == "-"):
        return None
    found = read(plain if path is None else path)
    return None if found is None else list(found)


def _path_of(thing: object) -> Path | None:
    """Return the path that an input is; None for anything else."""
    thing = unwrapped(thing)
    if not isinstance(thing, (str, os.PathLike)) or os.fspath(thing) in ("-", ""):
        return None
    return Path(os.fspath(thing)).expanduser()


def examples_of(thing: object) -> Source:
    """Turn the examples of a dataset into a source.

    Raises
    ------
    ColumnError
        They have no id to be found by.
    """
    source = source_of(thing, "examples", "example")
    if not {"id", "example_id"} & set(source.columns):
        hint = f"They have: {', '.join(source.columns[:12]) or 'no columns'}"
        raise ColumnError(
            "the examples have no column 'id', so they cannot be found by the runs", column="id", hint=hint
        )
    return source


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One kind of thing that can be compared: how it is recognised, and how it is read. Results of other
    tools join this table.
    """

    recognises: Callable[[Any], bool]
    """Whether a thing is of this kind; must not read it."""
    read: Callable[[Any, str, Kind], Source]
    """Turns a thing into a source; takes the name it goes by unless it carries its own, and what its rows
    are.
    """


def source_of(thing: object, fallback: str, kind: Kind = "run") -> Source:
    """Turn one input, runs or examples, into a source.

    Raises
    ------
    ComparisonError
        It is nothing that can be compared.
    """
    for reader in READERS:
        if reader.recognises(thing):
            return reader.read(thing, fallback, kind)
    raise ComparisonError(
        f"cannot compare a {type(thing).__name__}",
        hint="Give paths, DataFrames, pyarrow Tables, lists of records, ExperimentResults or Experiments.",
    )


def _is_result(thing: object) -> bool:
    frame = getattr(thing, "frame", None)
    return hasattr(frame, "columns") and not isinstance(thing, NamedInput)


def _result(thing: Any, name: str, kind: Kind) -> Source:
    """Read an ExperimentResult: it knows its name even if its frame lost it."""
    return source_of(thing.frame, getattr(getattr(thing, "experiment", None), "name", None) or name, kind)


def _frame(frame: Any, fallback: str, kind: Kind, facts: dict[str, Any] | None = None) -> Source:
    """Wrap a DataFrame; an index with a name will do for a column, nested `evaluations` are flattened."""
    facts = dict(frame.attrs.get("arize") or {}) if facts is None else facts
    name = str(facts.get("experiment") or fallback)
    frame = _with_index(frame)
    if frame.columns.has_duplicates:
        twice = sorted({str(column) for column in frame.columns[frame.columns.duplicated()]})
        raise ComparisonError(
            f"a frame has two columns named {', '.join(map(repr, twice))}", hint="Rename one of them."
        )
    if kind == "run" and {"evaluations", "annotations", "additional_properties"} & set(frame.columns):
        return _records(frame.to_dict("records"), name, kind, facts)
    return FrameSource(name=name, rows=len(frame), columns=tuple(frame.columns), facts=facts, frame=frame)


def _with_index(frame: Any) -> Any:
    """Return a frame with text for column names, and its index as a column where the index says something."""
    import pandas as pd

    if frame.columns.nlevels > 1:
        frame = frame.set_axis(
            [".".join(str(part) for part in names if str(part)) for names in frame.columns], axis=1
        )
    elif not all(isinstance(name, str) for name in frame.columns):
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    named = [str(name) for name in frame.index.names if name is not None and name not in frame.columns]
    if named:
        return frame.reset_index(
            level=[name for name in frame.index.names if name is not None and name not in frame.columns]
        )
    if (
        "example_id" not in frame.columns
        and frame.index.nlevels == 1
        and frame.index.name is None
        and not isinstance(frame.index, pd.RangeIndex)
        and "index" not in frame.columns
    ):
        return frame.reset_index(names="index")
    return frame


def _records(records: Sequence[Any], name: str, kind: Kind, facts: Mapping[str, Any] | None = None) -> Source:
    """Read nested or flat records: runs of a service under its names, any others under their own, objects in
    them taken apart.
    """
    from arize_nb.frames import table_from_records

    wrong = next((number for number, record in enumerate(records) if not isinstance(record, Mapping)), None)
    if wrong is not None:
        raise ComparisonError(
            f"record {wrong} of {name!r} is a {type(records[wrong]).__name__}, not a dict",
            hint="Give a list of dicts.",
        )
    if not records:
        return Source(name=name, rows=0, columns=(), facts=dict(facts or {}))
    if kind == "example" or any(
        "example_id" in record or "evaluations" in record for record in records[:1000]
    ):
        return table_source(table_from_records(records, kind, as_given=True), name, dict(facts or {}))
    return table_source(_own_table(records), name, dict(facts or {}))


def _own_table(records: Sequence[Mapping[str, Any]]) -> Any:
    """Return records as a table under their own names."""
    from arize_nb.frames import RecordColumns
    from arize_nb.frames.flatten import leaves

    if any(isinstance(value, Mapping) for record in records[:100] for value in record.values()):
        records = [
            {
                name: item
                for key, value in record.items()
                for name, item in (leaves(key, value) if isinstance(value, Mapping) else [(key, value)])
            }
            for record in records
        ]
    columns = RecordColumns("run", as_given=True)
    columns.add(records)
    return columns.flat_table()


def _experiment(experiment: Any, _name: str, kind: Kind) -> Source:
    """Read the runs of an experiment of the service."""
    frame = runs_of(experiment)
    source = _frame(frame, experiment.name or experiment.id, kind)
    source.facts = {
        "experiment_id": experiment.id,
        "dataset_version_id": experiment.dataset_version_id,
        "dataset_id": experiment.dataset_id,
        **source.facts,
    }
    return source


def _file(thing: Any, fallback: str, kind: Kind) -> Source:
    """Read a file of runs or examples; Parquet is read a column at a time."""
    path = Path(os.fspath(thing)).expanduser()
    name = names_of_files([_path_of(thing)])[0] or fallback
    if str(thing) != "-":
        refuse_a_name(path)
    if path.suffix.lower() in (".parquet", ".pq"):
        from arize_nb.comparison.sources.parquet_source import parquet_source

        return parquet_source(path, name)
    from arize_nb.files import read_file

    found = read_file("-" if str(thing) == "-" else path, kind)
    source = _rows(found.rows, name, kind)
    return _told(source, found.facts)


def _lake(lake: Lake, _name: str, _kind: Kind) -> Source:
    """Read Parquet files that are one table, a column at a time."""
    from arize_nb.comparison.sources.parquet_lake import lake_source

    return lake_source(lake.files, lake.root, lake.name, lake.store)


def _of_tool(experiment: Any, _name: str, _kind: Kind) -> Source:
    """Wrap an experiment of another tool."""
    facts = {
        "experiment": experiment.name,
        "directions": dict(experiment.directions),
        "tool": experiment.tool,
        "input_columns": experiment.input_columns,
        "read_as": experiment.notes,
    }
    return table_source(experiment.table, experiment.name, facts)


def _told_rows(found: Any, name: str, kind: Kind) -> Source:
    """Wrap the rows of a file that was read already."""
    source = _rows(found.rows, name, kind)
    return _told(source, found.facts)


def _told(source: Source, facts: Any) -> Source:
    """Keep how a file was read, where that is not usual: separator, encoding, decimal comma."""
    source.tell(facts)
    file = Path(facts.shown).name
    if said := facts.without_text_columns:
        source.facts = {**source.facts, "read_as": (f"{file} {said}",)}
    if facts.text_columns:
        words = {column: f"{file} {sentence}" for column, sentence in facts.text_columns.items()}
        source.facts = {**source.facts, "text_columns": words}
    return source


def _rows(rows: Any, name: str, kind: Kind) -> Source:
    """Wrap the rows of a file: under the names of runs where they name examples, else under their own."""
    if isinstance(rows, list):
        return _records(rows, name, kind)
    if kind == "run" and (
        "example_id" not in rows.column_names or rows.column("example_id").null_count == rows.num_rows
    ):
        return table_source(rows, name)
    from arize_nb.frames import canonical

    return table_source(canonical(rows, kind, as_given=True), name)


READERS = (
    Reader(
        recognises=lambda thing: isinstance(thing, NamedInput),
        read=lambda thing, _name, kind: source_of(thing.value, thing.name, kind),
    ),
    Reader(recognises=lambda thing: isinstance(thing, Lake), read=_lake),
    Reader(recognises=lambda thing: isinstance(thing, Source), read=lambda thing, _name, _kind: thing),
    Reader(recognises=lambda thing: isinstance(thing, (str, os.PathLike)), read=_file),
    Reader(recognises=lambda thing: type(thing).__name__ == "FileRows", read=_told_rows),
    Reader(
        recognises=lambda thing: (
            type(thing).__module__.partition(".")[0] == "pandas" and hasattr(thing, "columns")
        ),
        read=_frame,
    ),
    Reader(recognises=lambda thing: type(thing).__name__ == "ToolExperiment", read=_of_tool),
    Reader(recognises=_is_result, read=_result),
    Reader(recognises=lambda thing: hasattr(thing, "dataset_version_id"), read=_experiment),
    Reader(recognises=lambda thing: isinstance(thing, (list, tuple)), read=_records),
    Reader(recognises=is_foreign, read=lambda thing, name, _kind: foreign_source(thing, name)),
)
"""The kinds of things that can be compared; the first that recognises one reads it."""
