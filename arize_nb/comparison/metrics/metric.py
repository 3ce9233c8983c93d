"""What a metric is: its kind, the rule that decided it, which way is better, and the verdict of a label."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics.directions import HIGHER, LOWER, NEUTRAL, UNKNOWN, direction_from_name
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from arize_nb.comparison.sources.column_source import Source

PASS_FAIL, SCORE, LABEL = "pass/fail", "score", "label"
TOLD, CONFIGURED = "as told", "as its annotation config says"
"""Sources of a direction that is no guess."""
NOT_KNOWN = "not known"

PassWhen = str | float | Collection[str]
"""Labels that are a pass, or the score from which on it is one."""

JUDGED = re.compile(r"(eval|annotation)\.(.+)\.(score|label|explanation|error|text)\Z", re.DOTALL)
_DIRECTIONS = {
    "higher": HIGHER,
    "maximize": HIGHER,
    "lower": LOWER,
    "minimize": LOWER,
    "neutral": NEUTRAL,
    "none": NEUTRAL,
}


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
    """Which way of its values is better: `higher`, `lower`, `neutral` (neither), or `unknown`."""
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
    direction_rule: str = ""
    """In words, where the direction comes from: `as told`, `by its name ('toxicity')`, `passing
    is better`.
    """
    guessed: bool = False
    """Whether the direction was read from a name or from labels, which every surface says
    beside the verdict.
    """
    pass_value: float = 1.0
    """Value of a run that passes: 0 where the values count what must not be (hallucinated = 1)."""
    at_most: bool = False
    """Whether `threshold` is the score up to which a run passes."""
    unread: frozenset[str] = frozenset()
    """Labels that are no known word beside those that are: such runs count as unscored."""
    remark: str = ""
    """What is to be known about how it was read; a concern of the comparison."""

    @property
    def sign(self) -> int:
        """Return 1 where higher is better, -1 where lower is, 0 where neither is or it is not known which."""
        return {HIGHER: 1, LOWER: -1}.get(self.direction, 0)

    @property
    def fail_value(self) -> float:
        """Value of a run that fails."""
        return 1.0 - self.pass_value

    def column(self, part: str) -> str | None:
        """Return the name of a column that goes with this metric: `explanation`, `error`, `label`, `score`;
        None for a plain column.
        """
        return f"{self.judge}.{part}" if self.judge else None


def judges(columns: Collection[str]) -> dict[str, set[str]]:
    """Return the evaluators and annotations among the columns: prefix -> parts; those with neither score nor
    label are left out.
    """
    found: dict[str, set[str]] = {}
    for column in columns:
        match = JUDGED.match(column)
        if match:
            found.setdefault(f"{match[1]}.{match[2]}", set()).add(match[3])
    return {judge: parts for judge, parts in found.items() if parts & {"score", "label"}}


def shown_name(judge: str) -> str:
    """Return the name of a metric: an evaluator goes by its own, an annotation in full."""
    return judge.removeprefix("eval.")


def said_of(said: object, name: str) -> Any:
    """Return what is said for a metric: one value for all of them, or that of its name (an evaluator's with
    or without `eval.`).
    """
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
        """Return which way the user (else the annotation config) says is better; a grade beside a verdict
        goes by its name too.
        """
        said = None
        for key in (name, name.removesuffix(".score")):
            said = (
                said
                or said_of(self.direction, key)
                or (None if by_user else (self.configured or {}).get(key))
            )
        if said is not None and str(said).lower() not in _DIRECTIONS:
            raise ComparisonError(
                f"direction of metric {name!r} is {said!r}", hint="Use higher, lower or neutral."
            )
        return None if said is None else _DIRECTIONS[str(said).lower()]

    def direction_of(self, name: str, labels: Collection[str] = ()) -> Way:
        """Return which way is better of the numbers of a metric: told, configured, known by its name or
        labels, or not known.
        """
        said = self.direction_said(name)
        if said is not None:
            return Way(
                way=said, because=TOLD if self.direction_said(name, by_user=True) is not None else CONFIGURED
            )
        found = direction_from_name(name, labels)
        return (
            Way(way=UNKNOWN, because=NOT_KNOWN)
            if found is None
            else Way(way=found.way, because=found.because, guessed=True)
        )


@dataclass(frozen=True, kw_only=True)
class Way:
    """Which way of a metric is better, and where that comes from."""

    way: str
    """`higher`, `lower`, `neutral` or `unknown`."""
    because: str
    """In words."""
    guessed: bool = False
    """Whether it was read from a name or labels."""


def passes(metric: Metric, source: Source) -> Any:
    """Return the value of every run of a metric judged by label; NaN without a label, and for one that is no
    known word.
    """
    labels = source.labels(str(metric.label_column))
    passing = metric.passing or frozenset()
    verdict = [
        np.nan
        if label in metric.unread
        else metric.pass_value
        if (label if metric.cased else label.lower()) in passing
        else metric.fail_value
        for label in labels.vocabulary
    ]
    return np.array([*verdict, np.nan])[labels.codes]
