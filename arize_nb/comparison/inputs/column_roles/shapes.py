"""One table that holds several experiments: long (a column names them) or wide (paired columns); pure but for
the reading of columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.inputs.column_roles.names import SPLITTING, folded
from arize_nb.comparison.inputs.column_roles.profile import MOST_LABELS, TableProfile
from arize_nb.comparison.inputs.column_roles.wide_columns import Wide, alike
from arize_nb.comparison.inputs.keys.key_errors import listed, unknown_column
from arize_nb.comparison.sources.column_source import Source
from arize_nb.errors import ComparisonError
from arize_nb.text.typed_language import on_a_line, option_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.frames import Origin

_MOST_PARTS = 50
"""Most experiments that one table is split into."""


@dataclass(eq=False)
class PartSource(Source):
    """Some rows, or some columns under other names, of another source."""

    base: Any = None
    """The whole table."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Names here -> columns of the table."""
    chosen: Any = None
    """Numbers of the rows; None for all."""

    def name_in_file(self, column: str) -> str:
        """Return the whole table's name of a column: `score_b` of `score`."""
        return str(self.base.name_in_file(self.own.get(column, column)))

    @property
    def origin(self) -> Origin:
        """Where the rows are in the whole table: in its file, where there is one."""
        whole: Origin = self.base.origin if self.base.file is not None else super().origin
        return whole if self.chosen is None else whole.part(self.chosen.tolist())

    def _read(self, column: str) -> Any:
        values = self.base.arrow(self.own[column])
        if self.chosen is None:
            return values
        import pyarrow as pa

        return values.take(pa.array(self.chosen))

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        return self.base.take(self.own[column], rows if self.chosen is None else self.chosen[rows])


def split_long(source: Source, column: str) -> list[PartSource]:
    """Split a table by the column that names the experiment, in the order in which they first appear.

    Raises
    ------
    ComparisonError
        The column has one value, or too many to name experiments.
    ColumnError
        No such column.
    """
    profile = TableProfile(source)
    if column not in profile:
        raise unknown_column("split", column, profile)
    labels = source.labels(column)
    if len(labels.vocabulary) < 2 or len(labels.vocabulary) > min(_MOST_PARTS, source.rows // 2):
        seen = (
            f"{len(labels.vocabulary):,} values in {source.rows:,} rows"
            if len(labels.vocabulary) != 1
            else f"one value, {labels.vocabulary[0]!r}"
        )
        raise ComparisonError(
            f"{option_words('split', column)}: the column has {seen}",
            hint="Name the column that names the experiment of a row.",
        )
    nameless = int((labels.codes < 0).sum())
    if nameless:
        raise ComparisonError(
            f"{option_words('split', column)}: {nameless:,} of {source.rows:,} rows name no experiment",
            hint="Fill the column, or leave those rows out.",
        )
    first = [int(np.argmax(labels.codes == code)) for code in range(len(labels.vocabulary))]
    parts = []
    for code in np.argsort(first):
        rows = np.flatnonzero(labels.codes == code)
        own = {name: name for name in source.columns if name != column}
        parts.append(
            PartSource(
                name=labels.vocabulary[code],
                rows=len(rows),
                columns=tuple(own),
                base=source,
                own=own,
                chosen=rows,
            )
        )
    return parts


def split_wide(source: Source, wide: Wide) -> list[PartSource]:
    """Split a table by its paired columns; those that belong to no experiment belong to all."""
    taken = {column for columns in wide.columns.values() for column in columns.values()}
    common = {name: name for name in source.columns if name not in taken}
    return [
        PartSource(name=variant, rows=source.rows, columns=tuple(own), base=source, own=own)
        for variant in wide.variants
        for own in [{**common, **wide.columns[variant]}]
    ]


def told_columns(source: Source, columns: Mapping[str, Sequence[str]]) -> Wide:
    """Return what was told of a wide table: `{"base": ["answer_1", "score_1"], "new": ["answer_2",
    "score_2"]}`.

    Raises
    ------
    ComparisonError
        One experiment only, or lists of different lengths.
    ColumnError
        A column that the table lacks.
    """
    groups = {
        name: [columns_] if isinstance(columns_, str) else list(columns_)
        for name, columns_ in columns.items()
    }
    lengths = {len(group) for group in groups.values()}
    if len(groups) < 2 or len(lengths) != 1:
        said = "; ".join(f"{name}: {', '.join(group)}" for name, group in groups.items())
        raise ComparisonError(
            f"{option_words('columns')} needs as many columns for each of two experiments: {said}",
            hint="Name them in the same order for each.",
        )
    profile = TableProfile(source)
    for group in groups.values():
        for column in group:
            if column not in profile:
                raise unknown_column("columns", column, profile)
    stems = [_common_name([group[place] for group in groups.values()]) for place in range(lengths.pop())]
    if len(set(stems)) < len(stems):
        stems = [next(iter(groups.values()))[place] for place in range(len(stems))]
    return Wide(
        variants=tuple(groups),
        columns={name: dict(zip(stems, group, strict=True)) for name, group in groups.items()},
    )


def _common_name(columns: Sequence[str]) -> str:
    """Return what paired columns are called together: what they begin or end with alike, else the first one's
    name.
    """
    start = alike(columns).rstrip(" ._-/")
    end = alike([column[::-1] for column in columns])[::-1].lstrip(" ._-/")
    best = max(start, end, key=len)
    return best if len(best) >= 3 else columns[0]


def one_table_hint(source: Source) -> str:
    """Say what could be done with one table: the columns that may name its experiments, with their values."""
    for column in source.columns:
        if folded(column) in SPLITTING:
            profile = TableProfile(source).column(column)
            if 1 < len(profile.values) <= MOST_LABELS:
                return (
                    f"{_second()}, or split it by a column: {option_words('split', column)}"
                    f" ({', '.join(profile.values[:4])})."
                )
    columns = listed(source.columns, 8)
    return (
        f"{_second()}, or name the column that names the experiment of a row:"
        f" {option_words('split', 'COLUMN')}. It has {columns}."
    )


def _second() -> str:
    return "Name a second one" if on_a_line() else "Give a second one, compare(baseline, candidate)"
