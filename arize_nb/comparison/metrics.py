"""What a metric is: its kind, the rule that decided it, which way is better, and the verdict of a label."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from arize_nb.comparison.sources import Source

PASSES = frozenset({"correct", "pass", "passed", "true", "yes", "good"})
"""Labels that read as a pass, in lower case."""
FAILS = frozenset({"incorrect", "partial", "fail", "failed", "false", "no", "bad"})
"""Labels that read as a fail, in lower case."""

PASS_FAIL, SCORE, LABEL = "pass/fail", "score", "label"
HIGHER, LOWER, NEUTRAL = "higher", "lower", "neutral"

PassWhen = str | float | Collection[str]
"""Labels that are a pass, or the score from which on it is one."""

JUDGED = re.compile(r"(eval|annotation)\.(.+)\.(score|label|explanation|error|text)\Z", re.DOTALL)
_COSTS = frozenset({"latency", "cost", "costs", "tokens", "duration", "elapsed", "price"})
_DIRECTIONS = {"higher": HIGHER, "maximize": HIGHER, "lower": LOWER, "minimize": LOWER, "neutral": NEUTRAL, "none": NEUTRAL}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One thing that is compared."""

    name: str
    """Name as the user says it: `correctness`, `correctness.score`, `annotation.quality`, `latency_ms`."""
    kind: str
    """`pass/fail`, `score` or `label`."""
    rule: str
    """In words, the rule that decided the kind."""
    direction: str
    """Which way is better: `higher`, `lower` or `neutral`."""
    judge: str | None
    """Prefix of its columns (`eval.correctness`); None for a plain numeric column."""
    score_column: str | None
    """Column of its numbers, if any."""
    label_column: str | None
    """Column of its labels, if any."""
    by_label: bool
    """Whether the value of a run comes from its label rather than from its score."""
    passing: frozenset[str] | None = None
    """Labels that are a pass (lower case unless the user gave them); None where no label decides."""
    threshold: float | None = None
    """Score from which on a run passes (up to which, when lower is better); None where no score decides."""
    cased: bool = False
    """Whether `passing` is compared as it is written."""
    vocabulary: tuple[str, ...] = ()
    """Labels of all sides, sorted; the value of a `label` metric is a number into it."""

    @property
    def sign(self) -> int:
        """Return 1 where higher is better, -1 where lower is, 0 where neither is."""
        return {HIGHER: 1, LOWER: -1}.get(self.direction, 0)

    def column(self, part: str) -> str | None:
        """Return the name of a column that goes with this metric: `explanation`, `error`, `label`, `score`; None for a plain column."""
        return f"{self.judge}.{part}" if self.judge else None


def judges(columns: Collection[str]) -> dict[str, set[str]]:
    """Return the evaluators and annotations among the columns: prefix -> parts; those with neither score nor label are left out."""
    found: dict[str, set[str]] = {}
    for column in columns:
        match = JUDGED.match(column)
        if match:
            found.setdefault(f"{match[1]}.{match[2]}", set()).add(match[3])
    return {judge: parts for judge, parts in found.items() if parts & {"score", "label"}}


def shown_name(judge: str) -> str:
    """Return the name of a metric: an evaluator goes by its own, an annotation in full."""
    return judge.removeprefix("eval.")


def said_of(said: Any, name: str) -> Any:
    """Return what is said for a metric: one value for all of them, or that of its name (an evaluator's with or without `eval.`)."""
    return said.get(name, said.get(f"eval.{name}")) if isinstance(said, Mapping) else said


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user said about metrics; each is one value for all of them or a mapping by metric."""

    pass_when: PassWhen | Mapping[str, PassWhen] | None = None
    """Overrides of what a pass is."""
    direction: str | Mapping[str, str] | None = None
    """Overrides of which way is better."""
    configured: Mapping[str, str] | None = None
    """Directions of annotation configs, by metric; weaker than `direction`."""

    def pass_of(self, name: str) -> PassWhen | None:
        """Return what is a pass for a metric, if the user said so."""
        said: PassWhen | None = said_of(self.pass_when, name)
        return said

    def direction_said(self, name: str, *, by_user: bool = False) -> str | None:
        """Return which way the user (else the annotation config) says is better; a grade beside a verdict goes by its name too."""
        said = None
        for key in (name, name.removesuffix(".score")):
            said = said or said_of(self.direction, key) or (None if by_user else (self.configured or {}).get(key))
        if said is not None and str(said).lower() not in _DIRECTIONS:
            raise ComparisonError(f"direction of metric {name!r} is {said!r}", hint="Use higher, lower or neutral.")
        return None if said is None else _DIRECTIONS[str(said).lower()]

    def direction_of(self, name: str, *, kind: str, column: bool) -> str:
        """Return which way is better for a metric."""
        said = self.direction_said(name)
        if said is not None:
            return said
        if kind == LABEL:
            return NEUTRAL
        words = set(re.split(r"[^a-z]+", name.lower()))
        cheaper = bool(words & _COSTS) and "per" not in words
        return LOWER if cheaper and (column or kind == SCORE) else HIGHER


def passes(metric: Metric, source: Source) -> Any:
    """Return 1.0, 0.0 or NaN (no label) for every run of a metric judged by label."""
    labels = source.labels(str(metric.label_column))
    passing = metric.passing or frozenset()
    verdict = [float((label if metric.cased else label.lower()) in passing) for label in labels.vocabulary]
    return np.array([*verdict, np.nan])[labels.codes]
