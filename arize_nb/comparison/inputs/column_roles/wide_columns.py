"""Paired columns of one wide table: which words of their names tell experiments apart; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arize_nb.comparison.inputs.column_roles.names import folded
from arize_nb.comparison.inputs.column_roles.profile import MOST_LABELS

_ORDER = (
    ("base", "new"), ("baseline", "candidate"), ("control", "treatment"), ("control", "test"), ("old", "new"), ("before", "after"),
    ("prev", "new"), ("prev", "curr"), ("previous", "current"), ("a", "b"), ("left", "right"), ("x", "y"), ("1", "2"), ("0", "1"),
    ("v1", "v2"), ("ref", "new"), ("prod", "dev"), ("production", "staging"), ("champion", "challenger"), ("main", "branch"),
    ("first", "second"), ("one", "two"), ("base", "candidate"), ("base", "finetuned"), ("base", "ft"), ("baseline", "new"),
    ("baseline", "treatment"), ("current", "new"), ("current", "proposed"), ("m1", "m2"), ("model1", "model2"), ("modela", "modelb"),
)  # fmt: skip
"""Pairs of words that tell two experiments apart, the baseline's first."""
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


def alike(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    length = 0
    for letters in zip(*texts, strict=False):
        if len(set(letters)) > 1:
            break
        length += 1
    return texts[0][:length]


def find_wide(columns: Sequence[str]) -> list[Wide]:
    """Return the ways in which columns of one table pair up, the one with the most pairs first; ways with as
    many are both returned.

    `answer_a, answer_b`, `score.base, score.new`, `gpt4_answer, claude_answer, gpt4_score, claude_score`. Two
    experiments are told apart by well-known words (`a/b`, `base/new`), or by any words that two columns at
    least share.
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
        ordered.sort(
            key=lambda variant: (
                not plain[variant].isdigit(),
                seen.index(next(iter(stems.values()))[variant]),
            )
        )
    return Wide(
        variants=tuple(ordered),
        columns={variant: {stem: group[variant] for stem, group in stems.items()} for variant in ordered},
    )
