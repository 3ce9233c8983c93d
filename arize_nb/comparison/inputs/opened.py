"""Inputs of any kind -> the experiments of a comparison: sources under the names of runs, and how they were
read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.inputs.accepted_inputs import sources_of
from arize_nb.comparison.inputs.column_roles.profile import TableProfile, named_alike
from arize_nb.comparison.inputs.column_roles.shapes import (
    one_table_hint,
    split_long,
    split_wide,
    told_columns,
)
from arize_nb.comparison.inputs.column_roles.wide_columns import find_wide
from arize_nb.comparison.inputs.read_source import ReadSource, own_examples, read_source
from arize_nb.comparison.inputs.reading import Doubt, Reading, read_tables
from arize_nb.comparison.metrics.metric import judges
from arize_nb.errors import ComparisonError
from arize_nb.text.typed_language import on_a_line, option_words

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.told import Told
    from arize_nb.comparison.sources.alignment import Alignment
    from arize_nb.comparison.sources.column_source import Source

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How several experiments lie in one table, as far as the user said."""

    split: str | None = None
    """Column that names the experiment of a row."""
    columns: Columns | None = None
    """Experiment -> its columns, in the same order for each."""
    baseline: str | None = None
    """Name of the baseline; the first when None."""
    names: Sequence[str | None] | None = None
    """Names of the experiments."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Experiments ready to be aligned."""

    sources: tuple[Source, ...]
    """The baseline, then the candidates."""
    reading: Reading | None
    """How they were read; None for runs as a service gives them, where nothing was guessed."""

    def aligned(self) -> Alignment:
        """Return the rows of all experiments, numbered by what pairs them."""
        from arize_nb.comparison.sources.alignment import align, from_codes

        if self.reading is None or self.reading.pairing is None:
            return align(self.sources)
        return from_codes(self.sources, self.reading.pairing.codes, self.reading.pairing.keys)

    def examples(self, alignment: Alignment) -> Source | None:
        """Return the examples that the tables tell of themselves; None where a service knows them."""
        return None if self.reading is None else own_examples(alignment, self.reading)


def open_inputs(inputs: Sequence[Any], shape: Shape, told: Told) -> Opened:
    """Read what was given to compare.

    Parameters
    ----------
    inputs : sequence
        Anything comparable; one table, folder or glob that holds several experiments is enough.
    shape : Shape
        How several experiments lie in one table, and which is the baseline.
    told : Told
        What was said about columns.

    Raises
    ------
    ComparisonError
        They cannot be read as two experiments, or in two ways.
    """
    sources = experiments_in(inputs, shape)
    if not told.anything and is_canonical(sources) and not _asks_labels(sources, told):
        return Opened(sources=sources, reading=None)
    _refuse_empty(sources)
    profiles = named_alike([TableProfile(source) for source in sources])
    reading = read_tables(profiles, told)
    notes = _notes(sources, {column for metric in reading.metrics for column in (metric.score, metric.label)})
    doubts = (
        *reading.doubts,
        *(Doubt(experiment=source.name, count=1, message=note) for source, note in _same_twice(sources)),
    )
    reading = replace(reading, notes=notes, doubts=doubts)
    views: list[ReadSource] = [
        read_source(profile, reading, number) for number, profile in enumerate(profiles)
    ]
    return Opened(sources=tuple(views), reading=reading)


def _notes(sources: Sequence[Source], compared: Collection[str | None]) -> tuple[str, ...]:
    """Return what is to be said of how files were read; of the columns that are compared, the reader of
    scores and labels says it.
    """
    notes: dict[str, None] = {}
    for source in sources:
        notes |= dict.fromkeys(source.facts.get("read_as", ()))
        words: Mapping[str, str] = source.facts.get("text_columns", {})
        notes |= {sentence: None for column, sentence in words.items() if column not in compared}
    return tuple(notes)


def experiments_in(inputs: Sequence[Any], shape: Shape, *, several: bool = True) -> tuple[Source, ...]:
    """Turn inputs into experiments, the baseline first; one table is split as told, or, where several are
    needed, as its columns say.
    """
    return _ordered(_divided(inputs, shape, several), shape.baseline)


def _divided(inputs: Sequence[Any], shape: Shape, several: bool) -> tuple[Source, ...]:
    single = shape.split is not None or shape.columns is not None
    sources = sources_of(inputs)
    if single:
        if len(sources) != 1:
            option = "split" if shape.split is not None else "columns"
            raise ComparisonError(
                f"{option_words(option)} divides one table, and {len(sources)} were given",
                hint="Give the one that holds all experiments.",
            )
        _refuse_empty(sources)
        parts: Sequence[Source] = (
            split_long(sources[0], shape.split)
            if shape.split is not None
            else split_wide(sources[0], told_columns(sources[0], shape.columns or {}))
        )
        return _renamed(parts, shape.names)
    _refuse_empty(() if several else sources)
    return _renamed(sources if len(sources) > 1 or not several else _from_one(sources[0]), shape.names)


def _from_one(source: Source) -> Sequence[Source]:
    """Take one table apart by its paired columns.

    Raises
    ------
    ComparisonError
        It has none, or pairs in several ways.
    """
    _refuse_empty((source,))
    ways = find_wide(source.columns)
    if len(ways) == 1:
        return split_wide(source, ways[0])
    if ways:
        said = " or ".join(
            f"{', '.join(way.variants)} ({', '.join(next(iter(way.columns.values())).values())}, …)"
            for way in ways[:3]
        )
        raise ComparisonError(
            f"the columns of {source.name!r} pair in several ways: {said}",
            hint=f"Say which: {option_words('columns')}{_columns_example()}",
        )
    raise ComparisonError(
        f"{source.name!r} is one experiment, and a comparison takes two", hint=one_table_hint(source)
    )


def _columns_example() -> str:
    return (
        " base=answer_1,score_1 new=answer_2,score_2"
        if on_a_line()
        else '{"base": ["answer_1"], "new": ["answer_2"]}'
    )


def _renamed(sources: Sequence[Source], names: Sequence[str | None] | None) -> tuple[Source, ...]:
    """Give experiments the names that were told; a name that is taken gets a number."""
    if names is None:
        return tuple(sources)
    if len(names) != len(sources):
        known = ", ".join(source.name for source in sources)
        raise ComparisonError(
            f"{len(names)} names for {len(sources)} experiments ({known})",
            hint="Name the baseline, then every candidate.",
        )
    taken: set[str] = set()
    for source, name in zip(sources, names, strict=True):
        wish, number = name or source.name, 1
        while (wish if number == 1 else f"{wish} ({number})") in taken:
            number += 1
        source.name = wish if number == 1 else f"{wish} ({number})"
        taken.add(source.name)
    return tuple(sources)


def _ordered(sources: tuple[Source, ...], baseline: str | None) -> tuple[Source, ...]:
    """Put the baseline first.

    Raises
    ------
    ComparisonError
        No experiment has that name.
    """
    if baseline is None:
        return sources
    first = [source for source in sources if source.name == baseline][:1]
    if not first:
        known = ", ".join(repr(source.name) for source in sources)
        raise ComparisonError(
            f"{option_words('baseline', str(baseline))}: no experiment has that name",
            hint=f"There are: {known}.",
        )
    return (*first, *(source for source in sources if source is not first[0]))


def _refuse_empty(sources: Sequence[Source]) -> None:
    for source in sources:
        if source.rows == 0 or not source.columns:
            columns = f" (columns: {', '.join(source.columns[:12])})" if source.columns else ""
            raise ComparisonError(
                f"{source.name!r} has no rows{columns}", hint="Nothing can be compared with it."
            )


def _same_twice(sources: Sequence[Source]) -> list[tuple[Source, str]]:
    """Find inputs that are one and the same file or object."""
    base = sources[0]
    marks = [getattr(source, "path", None) or getattr(source, "frame", None) for source in sources]
    return [
        (source, "is the same as the baseline")
        for source, mark in zip(sources[1:], marks[1:], strict=True)
        if mark is not None and mark is marks[0] and base
    ]


def is_canonical(sources: Sequence[Source]) -> bool:
    """Whether all tables are runs as a service gives them: with `example_id`, and facts, evaluations or
    annotations beside it.
    """
    if not all("example_id" in source for source in sources):
        return False
    return any(
        source.facts.get("experiment_id") or source.facts.get("experiment") or judges(source.columns)
        for source in sources
    )


def _asks_labels(sources: Sequence[Source], told: Told) -> bool:
    """Whether a metric was asked for that is a plain column of text: which labels it holds is read as in any
    table.
    """
    known = {
        name
        for source in sources
        for judge in judges(source.columns)
        for name in (judge, judge.removeprefix("eval."))
    }
    plain = [name for name in told.metrics if name not in known and all(name in source for source in sources)]
    return any(source.numbers(name) is None for name in plain for source in sources)
