"""One pass over the columns of a table: type, distinct values, share of numbers, gaps, length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.inputs.column_roles.names import folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.sources.column_source import Source

EMPTY, NUMBER, BOOLEAN, TEXT, TIME, NESTED = "empty", "number", "boolean", "text", "time", "nested"
SAMPLED = 20_000
"""Rows that are looked at in a table of more; what is said of its columns is then said of these."""
MOST_LABELS = 20
"""A text column with more different values holds no labels."""
_FIRSTS = 3
_ABSENT = frozenset({"", "nan", "none", "null", "n/a", "na", "-"})
_BEGINS_AS_NUMBER = r"^\s*\"?[-+]?[.,]?\d"
_MOMENT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_MACHINE_ID = (
    r"^(?:[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,27}|[0-9a-fA-F]{12,64}|[A-Za-z]{2,12}[-_][A-Za-z0-9]{8,40})$"
)


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """What the values of one column are like."""

    name: str
    """Name of the column."""
    kind: str
    """`empty`, `number` (text that reads as numbers in most rows too), `boolean`, `text`,
    `time` or `nested`.
    """
    rows: int
    """Rows looked at."""
    missing: int
    """Rows among them without a value."""
    distinct: int
    """Different values."""
    numeric: float
    """Share of the values that are numbers, or text that reads as one."""
    length: float
    """Mean number of characters of a text; 0 for other kinds."""
    values: tuple[str, ...]
    """All different values, as text, where there are at most `MOST_LABELS`; else none."""
    firsts: tuple[str, ...]
    """The first few values, as text."""
    odd: int = 0
    """Values that are no numbers in a column that mostly holds some."""
    machine_made: bool = False
    """Whether the values are written like ids that programs make (uuids, hashes, `run-8f3a…`)."""

    @property
    def present(self) -> int:
        """Rows looked at that have a value."""
        return self.rows - self.missing

    @property
    def constant(self) -> bool:
        """Whether all rows (two at least) hold the same value."""
        return self.distinct == 1 and self.missing == 0 and self.rows > 1


@dataclass(eq=False)
class TableProfile:
    """The profile of a table: each column is looked at once, when it is first asked for."""

    source: Source
    """The table."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Names by which the baseline calls columns of this table -> their own (`question` -> `Question `)."""
    _columns: dict[str, ColumnProfile] = field(default_factory=dict, repr=False)
    _texts: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.source.name

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return self.source.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, as the baseline calls them."""
        back = {own: name for name, own in self.renamed.items()}
        return tuple(back.get(name, name) for name in self.source.columns)

    @property
    def sampled(self) -> bool:
        """Whether only the first rows are looked at."""
        return self.rows > SAMPLED

    def __contains__(self, column: object) -> bool:
        """Say whether there is a column of that name."""
        return column in self.columns

    @cached_property
    def head(self) -> Any:
        """The first rows of a long table, as a `pa.Table`."""
        return self.source.first_rows(SAMPLED)

    def own_name(self, column: str) -> str:
        """Return what this table itself calls a column."""
        return self.renamed.get(column, column)

    def column(self, name: str) -> ColumnProfile:
        """Return the profile of a column."""
        if name not in self._columns:
            own = self.own_name(name)
            self._columns[name] = profile_of(
                name, self.head.column(own) if self.sampled else self.source.arrow(own)
            )
        return self._columns[name]

    def text(self, name: str) -> Any:
        """Return all values of a column as they are compared with others, a `pa.ChunkedArray` of text."""
        if name not in self._texts:
            found = comparable(self.source.arrow(self.own_name(name)))
            if self.sampled:
                return found
            self._texts[name] = found
        return self._texts[name]

    def text_of(self, name: str, rows: NDArray[np.integer[Any]]) -> Any:
        """Return some values of a column as they are compared with others, a `pa.Array` of text."""
        import pyarrow as pa

        if name in self._texts:
            return self._texts[name].take(pa.array(rows)).combine_chunks()
        if self.sampled and len(rows) and rows.max() < self.head.num_rows:
            return comparable(self.head.column(self.own_name(name)).take(pa.array(rows)).combine_chunks())
        return comparable(self.source.take(self.own_name(name), rows))


def table_profile(columns: Mapping[str, Sequence[Any]], name: str = "table") -> TableProfile:
    """Return the profile of columns given as lists; for tests and for small tables at hand."""
    import pyarrow as pa

    from arize_nb.comparison.sources.column_source import TableSource

    table = pa.table(dict(columns))
    return TableProfile(
        TableSource(name=name, rows=table.num_rows, columns=tuple(table.column_names), table=table)
    )


def named_alike(profiles: Sequence[TableProfile]) -> list[TableProfile]:
    """Return profiles in which columns go by the baseline's names, where a table spells them otherwise
    (`Question ` for `question`).
    """
    return [
        profiles[0],
        *(replace(profile, renamed=_renamed(profiles[0], profile)) for profile in profiles[1:]),
    ]


def _renamed(base: TableProfile, other: TableProfile) -> dict[str, str]:
    """Return the baseline's names of columns that a table spells otherwise -> its own; only where one column
    alone can be meant.
    """
    spare: dict[str, list[str]] = {}
    for name in other.source.columns:
        if name not in base.columns:
            spare.setdefault(folded(name), []).append(name)
    missing = [name for name in base.columns if name not in other.source.columns and folded(name)]
    return {name: spare[folded(name)][0] for name in missing if len(spare.get(folded(name), ())) == 1}


def comparable(values: Any) -> Any:
    """Return Arrow values as text in which equal values are equal, whatever type they came in.

    Blanks around a text do not count, an empty one is missing; a whole float (7.0) reads as its integer, text
    of such a number too; leading zeros stay, since `007` is an id.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_null(kind):
        return values.cast(pa.string())
    if pa.types.is_nested(kind):
        import json

        texts = [
            None if value is None else json.dumps(value, default=str, sort_keys=True)
            for value in values.to_pylist()
        ]
        return (
            pa.array(texts, pa.string())
            if isinstance(values, pa.Array)
            else pa.chunked_array([pa.array(texts, pa.string())])
        )
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, kind), values)
    texts = values.cast(pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        texts = pc.utf8_trim_whitespace(texts)
        texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
        if not pc.any(pc.match_substring_regex(texts, r"^-?\d+\.0+$")).as_py():
            return texts
    elif not pa.types.is_floating(kind):
        return texts
    return pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1")


def profile_of(name: str, values: Any) -> ColumnProfile:
    """Return the profile of one column of Arrow values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    texts = comparable(values)
    counted = texts.dictionary_encode()
    vocabulary = _vocabulary(counted)
    distinct = len(vocabulary)
    missing = texts.null_count
    firsts = [str(text) for text in texts.drop_null().slice(0, _FIRSTS).to_pylist()]
    numeric, odd, shape, length, machine_made = 0.0, 0, TEXT, 0.0, False
    if distinct == 0:
        shape = EMPTY
    elif pa.types.is_boolean(kind):
        shape = BOOLEAN
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        shape, numeric = NUMBER, 1.0
    elif pa.types.is_temporal(kind):
        shape = TIME
    elif pa.types.is_nested(kind):
        shape = NESTED
    else:
        numeric, odd = _numbers_in(values, vocabulary)
        shape = NUMBER if numeric >= 0.5 else TEXT
        if shape == TEXT:
            folded = {text.lower() for text in vocabulary.slice(0, 4).to_pylist()}
            shape = (
                BOOLEAN
                if distinct <= 2 and folded <= {"true", "false"}
                else TIME
                if _share(vocabulary, _MOMENT) > 0.9
                else TEXT
            )
            length = float(pc.mean(pc.utf8_length(texts)).as_py())
            machine_made = (
                distinct > 1 and _share(vocabulary, _MACHINE_ID) > 0.9 and _share(vocabulary, r"\d") > 0.5
            )
    return ColumnProfile(
        name=name,
        kind=shape,
        rows=len(texts),
        missing=missing,
        distinct=distinct,
        numeric=numeric,
        odd=odd if shape == NUMBER else 0,
        length=length,
        values=tuple(sorted(map(str, vocabulary.to_pylist()))) if distinct <= MOST_LABELS else (),
        firsts=tuple(firsts),
        machine_made=machine_made,
    )


def _numbers_in(values: object, vocabulary: object) -> tuple[float, int]:
    """Return the share of texts that read as scores, and how many of them do not; words for nothing left
    aside.
    """
    from arize_nb.frames import read_scores

    if _share(vocabulary, _BEGINS_AS_NUMBER) < 0.5:
        return 0.0, 0
    reading = read_scores(values)
    readable = len(reading.scores) - reading.scores.null_count
    counted = readable + reading.unreadable
    return (readable / counted if counted else 0.0), reading.unreadable


def _vocabulary(counted: Any) -> Any:
    """Return the different values of a dictionary-encoded column."""
    import pyarrow as pa

    if isinstance(counted, pa.ChunkedArray):
        counted = counted.unify_dictionaries()
        return counted.chunk(0).dictionary.drop_null() if counted.num_chunks else pa.array([], pa.string())
    return counted.dictionary.drop_null()


def _share(vocabulary: Any, pattern: str) -> float:
    """Return the share of different values that a pattern matches, words for nothing left aside."""
    import pyarrow as pa
    import pyarrow.compute as pc

    told = vocabulary.filter(
        pc.invert(pc.is_in(pc.utf8_lower(vocabulary), value_set=pa.array(sorted(_ABSENT))))
    )
    if not len(told):
        return 0.0
    return float(pc.mean(pc.match_substring_regex(told, pattern).cast(pa.float64())).as_py())


def shared_codes(columns: Sequence[Any]) -> tuple[list[NDArray[np.int32]], int]:
    """Return the values of several text columns as numbers, alike in all and -1 for none; and how many
    different values there are.
    """
    import pyarrow as pa

    chunks = [
        chunk
        for column in columns
        for chunk in (column.chunks if isinstance(column, pa.ChunkedArray) else [column])
    ]
    encoded = pa.chunked_array(chunks, type=pa.string()).dictionary_encode()
    parts = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    numbers = np.concatenate(parts).astype(np.int32) if parts else np.empty(0, dtype=np.int32)
    many = max((len(chunk.dictionary) for chunk in encoded.chunks), default=0)
    return np.split(numbers, np.cumsum([len(column) for column in columns])[:-1]), many
