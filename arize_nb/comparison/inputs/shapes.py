"""One table that holds several experiments: long (a column names them) or wide (paired columns); pure but for the reading of columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.inputs.key_errors import listed, unknown_column
from arize_nb.comparison.inputs.names import SPLITTING, folded
from arize_nb.comparison.inputs.profile import MOST_LABELS, TableProfile
from arize_nb.comparison.sources import Source
from arize_nb.errors import ComparisonError
from arize_nb.text.typed_language import on_a_line, option_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ORDER = (
    ("base", "new"), ("baseline", "candidate"), ("control", "treatment"), ("control", "test"), ("old", "new"), ("before", "after"),
    ("prev", "new"), ("prev", "curr"), ("previous", "current"), ("a", "b"), ("left", "right"), ("x", "y"), ("1", "2"), ("0", "1"),
    ("v1", "v2"), ("ref", "new"), ("prod", "dev"), ("production", "staging"), ("champion", "challenger"), ("main", "branch"),
    ("first", "second"), ("one", "two"), ("base", "candidate"), ("base", "finetuned"), ("base", "ft"), ("baseline", "new"),
    ("baseline", "treatment"), ("current", "new"), ("current", "proposed"), ("m1", "m2"), ("model1", "model2"), ("modela", "modelb"),
)  # fmt: skip
"""Pairs of words that tell two experiments apart, the baseline's first."""
_MOST_PARTS = 50
"""Most experiments that one table is split into."""
_KNOWN = frozenset(word for pair in _ORDER for word in pair) | frozenset("abcdefgh") | frozenset("123456789")
_NO_VARIANTS = frozenset(
    [
        "score",
        "scores",
        "label",
        "value",
        "reason",
        "reasons",
        "explanation",
        "rationale",
        "comment",
        "id",
        "ids",
        "text",
        "output",
        "outputs",
        "input",
        "inputs",
        "prompt",
        "completion",
        "expected",
        "reference",
        "total",
        "type",
        "name",
        "time",
        "at",
        "ms",
        "count",
        "tokens",
        "cost",
        "latency",
        "key",
        "error",
        "message",
        "min",
        "max",
        "mean",
        "avg",
        "std",
        "sum",
        "question",
        "answer",
        "response",
        "is",
        "has",
        "the",
        "of",
        "in",
        "to",
        "for",
        "not",
        "llm",
        "judge",
        "eval",
        "metric",
        "metrics",
        "user",
        "assistant",
        "system",
        "context",
        "contexts",
        "number",
        "num",
        "no",
        "raw",
    ]
)
"""Words that tell parts of one thing apart, never two experiments."""


@dataclass(frozen=True, kw_only=True)
class Wide:
    """Columns of one table that belong to several experiments."""

    variants: tuple[str, ...]
    """Names of the experiments, the baseline's first."""
    columns: Mapping[str, Mapping[str, str]]
    """Experiment -> what a column is called there -> the table's column."""

    @property
    def stems(self) -> int:
        """How many columns each experiment has of its own."""
        return min(len(columns) for columns in self.columns.values())


@dataclass(eq=False)
class PartSource(Source):
    """Some rows, or some columns under other names, of another source."""

    base: Any = None
    """The whole table."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Names here -> columns of the table."""
    chosen: Any = None
    """Numbers of the rows; None for all."""

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
            f"{option_words('split', column)}: the column has {seen}", hint="Name the column that names the experiment of a row."
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
        parts.append(PartSource(name=labels.vocabulary[code], rows=len(rows), columns=tuple(own), base=source, own=own, chosen=rows))
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
    """Return what was told of a wide table: `{"base": ["answer_1", "score_1"], "new": ["answer_2", "score_2"]}`.

    Raises
    ------
    ComparisonError
        One experiment only, or lists of different lengths.
    ColumnError
        A column that the table lacks.
    """
    groups = {name: [columns_] if isinstance(columns_, str) else list(columns_) for name, columns_ in columns.items()}
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
    return Wide(variants=tuple(groups), columns={name: dict(zip(stems, group, strict=True)) for name, group in groups.items()})


def _common_name(columns: Sequence[str]) -> str:
    """Return what paired columns are called together: what they begin or end with alike, else the first one's name."""
    start = _alike(columns).rstrip(" ._-/")
    end = _alike([column[::-1] for column in columns])[::-1].lstrip(" ._-/")
    best = max(start, end, key=len)
    return best if len(best) >= 3 else columns[0]


def _alike(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    length = 0
    for letters in zip(*texts, strict=False):
        if len(set(letters)) > 1:
            break
        length += 1
    return texts[0][:length]


def find_wide(columns: Sequence[str]) -> list[Wide]:
    """Return the ways in which columns of one table pair up, the one with the most pairs first; ways with as many are both returned.

    `answer_a, answer_b`, `score.base, score.new`, `gpt4_answer, claude_answer, gpt4_score, claude_score`. Two experiments are told apart
    by well-known words (`a/b`, `base/new`), or by any words that two columns at least share.
    """
    found: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for taken_apart in (_suffixed, _prefixed):
        groups: dict[str, dict[str, str]] = {}
        for column in columns:
            for stem, variant in taken_apart(column):
                groups.setdefault(stem, {})[variant] = column
        for variants in {tuple(sorted(group)) for group in groups.values() if len(group) > 1}:
            stems = {stem: group for stem, group in groups.items() if set(variants) <= set(group)}
            if _plausible(variants, len(stems)):
                found.setdefault(variants, {}).update(stems)
    ways = [_wide(variants, stems) for variants, stems in found.items()]
    ways = [way for way in ways if not any(_within(way, other) for other in ways)]
    most = max((way.stems for way in ways), default=0)
    return [way for way in ways if way.stems == most]


def _suffixed(column: str) -> list[tuple[str, str]]:
    """Return the ways to take a name apart into what it is and the experiment at its end."""
    name = column.strip()
    bracketed = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", name)
    if bracketed:
        return [(bracketed[1], bracketed[2])]
    capital = re.fullmatch(r"([A-Za-z ]*[a-z])([AB12])", name)
    if capital:
        return [(capital[1], capital[2])]
    patterns = (r"(.+)[ ._/:-]+([A-Za-z0-9]+)", r"([A-Za-z0-9]+)[ ._/:-]+(.+)")
    matches = [re.fullmatch(pattern, name) for pattern in patterns]
    return list(dict.fromkeys((match[1], match[2]) for match in matches if match))


def _prefixed(column: str) -> list[tuple[str, str]]:
    match = re.fullmatch(r"([A-Za-z0-9-]+?)[ ._/:]+(.+)", column.strip())
    return [(match[2], match[1])] if match else []


def _plausible(variants: Sequence[str], stems: int) -> bool:
    """Whether words tell experiments apart: well-known ones, or unknown ones that several columns share."""
    plain = [folded(variant) for variant in variants]
    if len(variants) > MOST_LABELS or any(set(word.split("_")) & _NO_VARIANTS for word in plain):
        return False
    return all(word in _KNOWN for word in plain) or stems >= 2


def _within(way: Wide, other: Wide) -> bool:
    """Whether one way is part of another that tells more experiments apart by the same columns."""
    mine = {column for columns in way.columns.values() for column in columns.values()}
    theirs = {column for columns in other.columns.values() for column in columns.values()}
    return way is not other and mine < theirs


def _wide(variants: Sequence[str], stems: Mapping[str, Mapping[str, str]]) -> Wide:
    plain = {variant: folded(variant) for variant in variants}
    ordered = list(variants)
    for first, second in _ORDER:
        if {first, second} == set(plain.values()):
            ordered.sort(key=lambda variant: plain[variant] != first)
            break
    else:
        seen = [column for group in stems.values() for column in group.values()]
        ordered.sort(key=lambda variant: (not plain[variant].isdigit(), seen.index(next(iter(stems.values()))[variant])))
    return Wide(variants=tuple(ordered), columns={variant: {stem: group[variant] for stem, group in stems.items()} for variant in ordered})


def one_table_hint(source: Source) -> str:
    """Say what could be done with one table: the columns that may name its experiments, with their values."""
    for column in source.columns:
        if folded(column) in SPLITTING:
            profile = TableProfile(source).column(column)
            if 1 < len(profile.values) <= MOST_LABELS:
                return f"{_second()}, or split it by a column: {option_words('split', column)} ({', '.join(profile.values[:4])})."
    columns = listed(source.columns, 8)
    return f"{_second()}, or name the column that names the experiment of a row: {option_words('split', 'COLUMN')}. It has {columns}."


def _second() -> str:
    return "Name a second one" if on_a_line() else "Give a second one, compare(baseline, candidate)"
