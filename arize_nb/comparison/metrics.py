"""Which metrics the experiments share, of what kind each is, and which way is better."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
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

_JUDGED = re.compile(r"^(eval|annotation)\.(.+)\.(score|label|explanation|error|text)$")
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
        match = _JUDGED.match(column)
        if match:
            found.setdefault(f"{match[1]}.{match[2]}", set()).add(match[3])
    return {judge: parts for judge, parts in found.items() if parts & {"score", "label"}}


def shown_name(judge: str) -> str:
    """Return the name of a metric: an evaluator goes by its own, an annotation in full."""
    return judge.removeprefix("eval.")


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
        return self.pass_when.get(name) if isinstance(self.pass_when, Mapping) else self.pass_when

    def direction_of(self, name: str, *, kind: str, column: bool) -> str:
        """Return which way is better for a metric."""
        said = self.direction.get(name) if isinstance(self.direction, Mapping) else self.direction
        said = said or (self.configured or {}).get(name)
        if said is not None:
            if str(said).lower() not in _DIRECTIONS:
                raise ComparisonError(f"direction of metric {name!r} is {said!r}", hint="Use higher, lower or neutral.")
            return _DIRECTIONS[str(said).lower()]
        if kind == LABEL:
            return NEUTRAL
        words = set(re.split(r"[^a-z]+", name.lower()))
        cheaper = bool(words & _COSTS) and "per" not in words
        return LOWER if cheaper and (column or kind == SCORE) else HIGHER


def find_metrics(sources: Sequence[Source], wanted: str | Sequence[str] | None, wishes: Wishes) -> tuple[Metric, ...]:
    """Return the metrics to compare, evaluators first, then annotations, then plain columns.

    Parameters
    ----------
    sources : sequence of Source
        The baseline, then the candidates.
    wanted : str or sequence of str, optional
        Names of evaluators (`correctness`), annotations (`annotation.quality`) or numeric columns (`latency_ms`); `<name>.score` is the
        graded score beside a label. None means every evaluator and annotation that the baseline and some candidate both have.

    Raises
    ------
    ComparisonError
        A metric that is not there, or none at all.
    """
    if wanted is not None:
        names = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted))
        metrics = [metric for name in names for metric in _named(sources, name, wishes)]
    else:
        known = judges(sources[0].columns)
        shared = [judge for judge in known if any(judge in judges(side.columns) for side in sources[1:])]
        metrics = [metric for judge in shared for metric in _judged(sources, judge, wishes)]
        metrics.sort(key=lambda metric: str(metric.judge).startswith("annotation."))
    if not metrics:
        theirs = "; ".join(f"{side.name!r} has {', '.join(map(shown_name, judges(side.columns))) or 'none'}" for side in sources)
        raise ComparisonError(
            f"the experiments share no evaluator and no annotation: {theirs}",
            hint='Score them first (experiments evaluate), or compare a numeric column: metrics=["latency_ms"].',
        )
    return tuple({metric.name: metric for metric in metrics}.values())


def _named(sources: Sequence[Source], name: str, wishes: Wishes) -> list[Metric]:
    """Return the metrics that a name asks for."""
    known = {judge: None for side in sources for judge in judges(side.columns)}
    for judge in (name, f"eval.{name}"):
        if judge in known:
            return _judged(sources, judge, wishes)
    graded = name.removesuffix(".score")
    for judge in (graded, f"eval.{graded}"):
        if graded != name and judge in known:
            return [_scored(sources, judge, f"{shown_name(judge)}.score", wishes)]
    if any(name in side for side in sources):
        return [_column(sources, name, wishes)]
    import difflib

    names = [*map(shown_name, known), *dict.fromkeys(column for side in sources for column in side.columns if not _JUDGED.match(column))]
    close = difflib.get_close_matches(name, names, n=3)
    raise ComparisonError(
        f"no metric {name!r} in {', '.join(repr(side.name) for side in sources)}",
        hint=f"Did you mean {', '.join(map(repr, close))}?" if close else f"There are: {', '.join(names[:12])}",
    )


def _column(sources: Sequence[Source], name: str, wishes: Wishes) -> Metric:
    """Return a plain numeric column as a metric."""
    for side in sources:
        if name in side and side.numbers(name) is None:
            raise ComparisonError(f"column {name!r} of experiment {side.name!r} holds text, not numbers", hint="Name a numeric column.")
    return _scored(sources, None, name, wishes, column=name)


def _scored(sources: Sequence[Source], judge: str | None, name: str, wishes: Wishes, *, column: str | None = None) -> Metric:
    """Return the metric of a score column: pass/fail by threshold or when all scores are 0 or 1, else graded."""
    column = column or f"{judge}.score"
    said = wishes.pass_of(name)
    kind, rule, threshold = SCORE, "numeric", None
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        kind, threshold = PASS_FAIL, float(said)
    elif judge and _all_binary(sources, column):
        kind, rule, threshold = PASS_FAIL, "scores are all 0 or 1", None
    direction = wishes.direction_of(name, kind=kind, column=judge is None)
    if threshold is not None:
        rule = f"pass_when: {'<=' if direction == LOWER else '>='} {threshold:g}"
    return Metric(
        name=name,
        kind=kind,
        rule=rule,
        direction=direction,
        judge=judge,
        score_column=column,
        label_column=f"{judge}.label" if judge else None,
        by_label=False,
        threshold=threshold,
    )


def _judged(sources: Sequence[Source], judge: str, wishes: Wishes) -> list[Metric]:
    """Return the one or two metrics of an evaluator or annotation; the rules are tried in the order of the contract."""
    name = shown_name(judge)
    vocabulary = _vocabulary(sources, f"{judge}.label")
    said = wishes.pass_of(name)
    by_threshold = isinstance(said, (int, float)) and not isinstance(said, bool)
    if by_threshold:
        return [_scored(sources, judge, name, wishes)]
    folded = {label.lower() for label in vocabulary}
    if said is not None:
        passing = frozenset([said] if isinstance(said, str) else [str(label) for label in said])  # type: ignore[union-attr]
        unknown = passing - vocabulary
        if unknown and not (passing & vocabulary) and vocabulary:
            raise ComparisonError(
                f"pass_when of metric {name!r}: no label {', '.join(map(repr, sorted(unknown)))}",
                hint=f"Labels: {', '.join(sorted(vocabulary)[:12])}",
            )
        rule, cased = f"pass_when: {' or '.join(sorted(passing))}", True
    elif folded and folded <= PASSES | FAILS:
        passing, cased = frozenset(folded & PASSES), False
        rule = f"labels: {_words(folded & PASSES)} pass, {_words(folded & FAILS)} fail"
    elif _has_numbers(sources, f"{judge}.score"):
        return [_scored(sources, judge, name, wishes)]
    elif folded:
        rule = "labels without an order"
        direction = wishes.direction_of(name, kind=LABEL, column=False)
        return [
            Metric(
                name=name,
                kind=LABEL,
                rule=rule,
                direction=direction,
                judge=judge,
                score_column=None,
                label_column=f"{judge}.label",
                by_label=True,
                vocabulary=tuple(sorted(vocabulary)),
            )
        ]
    else:
        return [_scored(sources, judge, name, wishes)]
    verdicts = Metric(
        name=name, kind=PASS_FAIL, rule=rule, direction=wishes.direction_of(name, kind=PASS_FAIL, column=False), judge=judge,
        score_column=f"{judge}.score", label_column=f"{judge}.label", by_label=True, passing=frozenset(passing), cased=cased,
        vocabulary=tuple(sorted(vocabulary)),
    )  # fmt: skip
    if _scores_say_more(sources, verdicts):
        return [verdicts, _scored(sources, judge, f"{name}.score", wishes)]
    return [verdicts]


def _words(labels: set[str]) -> str:
    return ", ".join(sorted(labels)) or "nothing"


def _vocabulary(sources: Sequence[Source], column: str) -> set[str]:
    return {label for side in sources if column in side for label in side.labels(column).vocabulary}


def _scores(sources: Sequence[Source], column: str) -> list[Any]:
    return [numbers for side in sources if column in side and (numbers := side.numbers(column)) is not None]


def _has_numbers(sources: Sequence[Source], column: str) -> bool:
    return any(not np.isnan(numbers).all() for numbers in _scores(sources, column))


def _all_binary(sources: Sequence[Source], column: str) -> bool:
    found = _scores(sources, column)
    return _has_numbers(sources, column) and all(((numbers == 0) | (numbers == 1) | np.isnan(numbers)).all() for numbers in found)


def passes(metric: Metric, source: Source) -> Any:
    """Return 1.0, 0.0 or NaN (no label) for every run of a metric judged by label."""
    labels = source.labels(str(metric.label_column))
    passing = metric.passing or frozenset()
    verdict = [float((label if metric.cased else label.lower()) in passing) for label in labels.vocabulary]
    return np.array([*verdict, np.nan])[labels.codes]


def _scores_say_more(sources: Sequence[Source], metric: Metric) -> bool:
    """Say whether the scores are more than a copy of the pass/fail verdict by label."""
    for side in sources:
        numbers = side.numbers(str(metric.score_column)) if metric.score_column in side else None
        if numbers is None or metric.label_column not in side:
            continue
        verdict = passes(metric, side)
        both = ~np.isnan(numbers) & ~np.isnan(verdict)
        if (numbers[both] != verdict[both]).any():
            return True
    return False
