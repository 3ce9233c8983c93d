"""Tables as a dataset and its experiments: what becomes an example, what becomes a run, and which example
each row is of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.inputs.accepted_inputs import source_of
from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.profile import TableProfile, comparable, named_alike
from arize_nb.comparison.inputs.column_roles.roles import DETAIL, METADATA, METRIC
from arize_nb.comparison.inputs.keys.choose_key import choose_key
from arize_nb.comparison.inputs.keys.key_search import BY_ORDER, Key
from arize_nb.comparison.inputs.keys.pairing import Pairing, pairing, row_order
from arize_nb.comparison.inputs.opened import Shape, experiments_in
from arize_nb.comparison.inputs.read_source import own_examples, read_source
from arize_nb.comparison.inputs.reading import Reading, read_roles
from arize_nb.comparison.metrics.metric import JUDGED
from arize_nb.errors import InputError
from arize_nb.text.typed_language import option_words

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.told import Told
    from arize_nb.comparison.sources.column_source import Source

_RESERVED = frozenset({"id", "example_id", "output", "error", "repetition", "created_at", "updated_at"})


@dataclass(frozen=True, kw_only=True)
class Results:
    """Tables of results, read so that they can be stored."""

    profiles: tuple[TableProfile, ...]
    """The tables."""
    reading: Reading
    """What pairs their rows, and what each column is."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the experiments."""
        return self.reading.names


def read_results(inputs: Sequence[Any], shape: Shape, told: Told) -> Results:
    """Read one table of results or several: several tell by their differences what is an output, one by its
    names alone.

    Raises
    ------
    ComparisonError
        Nothing pairs the rows, or a reading is as good as another.
    """
    profiles = named_alike([TableProfile(source) for source in experiments_in(inputs, shape, several=False)])
    paired = profiles if len(profiles) > 1 else [profiles[0], profiles[0]]
    key = choose_key(paired, told) if len(profiles) > 1 or told.key else _own_key(paired, told)
    return Results(
        profiles=tuple(profiles),
        reading=replace(read_roles(paired, key, told), names=tuple(one.name for one in profiles)),
    )


def _own_key(paired: Sequence[TableProfile], told: Told) -> Key:
    """Return what tells the rows of one table apart; their order, when no column does."""
    from arize_nb.errors import ComparisonError

    try:
        return choose_key(paired, told)
    except ComparisonError:
        return Key(paired=row_order(paired), rule=BY_ORDER)


def examples_table(results: Results) -> Any:
    """Return the examples of all tables as a `pa.Table`: the key, the inputs, what was wanted; `id` where the
    key is an id.
    """
    import pyarrow as pa

    from arize_nb.comparison.sources.alignment import from_codes

    reading = results.reading
    assert reading.pairing is not None
    views = [read_source(profile, reading, number) for number, profile in enumerate(results.profiles)]
    alignment = from_codes(views, reading.pairing.codes[: len(views)], reading.pairing.keys)
    known = own_examples(alignment, reading)
    rows = np.flatnonzero(np.any([side.counts > 0 for side in alignment.sides], axis=0))
    columns = {name: known.take(name, rows) for name in known.columns if name not in _RESERVED}
    if len(reading.key) == 1 and names.read_name(reading.key[0]).hint in (names.KEY, names.RUN_ID):
        columns = {"id": comparable(known.take("id", rows)), **columns}
    if not set(columns) - {"id"}:
        raise InputError(
            f"no column of {', '.join(map(repr, results.names))} describes the examples",
            hint=f"Name one: {option_words('key', 'COLUMN')}.",
        )
    return pa.table(columns)


@dataclass(frozen=True, kw_only=True)
class Matched:
    """The examples of a dataset that the rows of a table are of."""

    ids: Any
    """Example id of every row, a `pa.Array` of text; null where the dataset has none."""
    by: str
    """What they were matched by."""
    rows: int
    """Rows of the table."""

    @property
    def missing(self) -> int:
        """Rows that no example was found for."""
        return int(self.ids.null_count)


def match_examples(
    profile: TableProfile, examples: object, told: Told, key: Sequence[str] | None = None
) -> Matched:
    """Find the example of every row, by the rule that pairs tables.

    Parameters
    ----------
    profile : TableProfile
        The table.
    examples : DataFrame or pa.Table
        The dataset's examples, with `id`.
    told : Told
        What was said.
    key : sequence of str, optional
        The key that the examples were made by; else it is chosen.
    """
    import pyarrow as pa

    source = source_of(examples, "the dataset", "example")
    own = tuple(name for name in source.columns if name not in ("created_at", "updated_at"))
    columns = {name: name for name in own}
    if "example_id" in profile and "id" in columns and "example_id" not in columns:
        columns["example_id"] = columns.pop("id")  # what runs call the id of their example
    known, table = named_alike([TableProfile(_narrowed(source, columns)), profile])
    paired = _by_key(known, table, told, key)
    rows = np.full(paired.keys, -1, dtype=np.int64)
    codes = paired.codes[0]
    rows[codes[codes >= 0]] = np.flatnonzero(codes >= 0)
    mine = paired.codes[1]
    found = np.where(mine >= 0, rows[np.maximum(mine, 0)], -1)
    ids = comparable(source.take("id", found)) if "id" in source else pa.nulls(len(found), pa.string())
    return Matched(ids=ids, by=", ".join(paired.columns) or "row order", rows=profile.rows)


def _by_key(known: TableProfile, table: TableProfile, told: Told, key: Sequence[str] | None) -> Pairing:
    if key is None:
        return _found_key(known, table, replace(told, repetitions=True))
    if not key:
        return row_order([known, table])
    return pairing([known, table], list(key))


def _found_key(known: TableProfile, table: TableProfile, told: Told) -> Pairing:
    """Choose what pairs a table with examples; results of another tool, whose ids the dataset may not know,
    also by their inputs.
    """
    from arize_nb.errors import ComparisonError

    try:
        return choose_key([known, table], told).paired
    except ComparisonError:
        inputs = [
            name for name in table.source.facts.get("input_columns", ()) if name in known and name in table
        ]
        if not inputs or told.key:
            raise
        return pairing([known, table], inputs)


def _narrowed(source: Source, columns: Mapping[str, str]) -> Source:
    """Return a table with some of its columns, by the names that they are to have."""
    from arize_nb.comparison.inputs.column_roles.shapes import PartSource

    return PartSource(
        name=source.name, rows=source.rows, columns=tuple(columns), base=source, own=dict(columns)
    )


def runs_table(results: Results, number: int, example_ids: object) -> Any:
    """Return the runs of one table as a `pa.Table` under the names of a run frame.

    Outputs, errors and repetitions; every metric that is judged as an evaluation
    (`eval.<name>.score|label|explanation`); measures, what describes the experiment, and other columns under
    their own names.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    profile, reading = results.profiles[number], results.reading
    metrics = tuple(replace(metric, usable=True) for metric in reading.metrics)
    if profile.source.facts.get("tool"):
        return _tool_runs(profile.source, reading, example_ids)
    view = read_source(profile, replace(reading, metrics=metrics), number)
    columns: dict[str, Any] = {"example_id": example_ids}
    output = (
        comparable_text(view.arrow("output").combine_chunks())
        if "output" in view
        else pa.nulls(view.rows, pa.string())
    )
    columns["output"] = pc.fill_null(output, "") if "error" not in view else output
    if "error" in view:
        columns["error"] = view.arrow("error").combine_chunks()
        columns["output"] = pc.if_else(pc.and_(pc.is_null(output), pc.is_null(columns["error"])), "", output)
    for name in view.columns:
        judged = JUDGED.match(name)
        if judged and judged[3] == "score":
            numbers = view.numbers(name)
            columns[name] = (
                pa.nulls(view.rows, pa.float64())
                if numbers is None
                else pa.array(numbers, mask=np.isnan(numbers))
            )
        elif judged:
            columns[name] = comparable_text(view.arrow(name).combine_chunks())
    if "repetition" in view:
        columns["repetition"] = view.arrow("repetition").combine_chunks()
    for name in _own_columns(reading):
        if name in view and name not in columns and name not in _RESERVED:
            columns[name] = view.arrow(name).combine_chunks()
    return pa.table(columns)


def _tool_runs(source: Source, reading: Reading, example_ids: object) -> Any:
    """Return the runs of another tool, which have their names already, without what the examples hold."""
    import pyarrow as pa

    held = {*reading.inputs, *reading.expected, "id", "example_id"} - set(_RESERVED - {"id", "example_id"})
    columns = {name: source.arrow(name).combine_chunks() for name in source.columns if name not in held}
    filled = {
        name: values
        for name, values in columns.items()
        if values.null_count < len(values) or name == "output"
    }
    return pa.table({"example_id": example_ids, **filled})


def comparable_text(values: Any) -> Any:
    """Return Arrow values as text as it stands: nothing is dropped from a text."""
    import pyarrow as pa

    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    return (
        values.cast(pa.string())
        if pa.types.is_string(kind) or pa.types.is_large_string(kind)
        else comparable(values)
    )


def _own_columns(reading: Reading) -> list[str]:
    """Return the columns that stay under their own names: measures, what describes the experiment, other
    texts.
    """
    measures = {
        column
        for metric in reading.metrics
        if metric.judge is None
        for column in (metric.score, metric.label)
        if column
    }
    judged = {
        column for metric in reading.metrics if metric.judge is not None for column in metric.columns.values()
    }
    kept = [role.seen.name for role in reading.roles if role.role in (METADATA, DETAIL, METRIC)]
    return [name for name in kept if name in measures or (name not in judged and not JUDGED.match(name))]


def stored_words(reading: Reading, source: Source) -> str:
    """Say what the columns of results became."""
    from arize_nb.comparison.metrics.metric import judges, shown_name

    told = [metric.name for metric in reading.metrics if metric.judge is not None]
    judged = ", ".join(
        dict.fromkeys([*told, *(map(shown_name, judges(source.columns)) if source.facts.get("tool") else ())])
    )
    output = f"output {', '.join(reading.output)}; " if reading.output else ""
    return f"{output}evaluations {judged or 'none'}"
