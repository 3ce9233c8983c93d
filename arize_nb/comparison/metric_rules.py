"""Which metrics the experiments share, and by which rule each is pass/fail, a score or a label."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.failed_runs import only_failures
from arize_nb.comparison.metrics import (
    FAILS,
    HIGHER,
    JUDGED,
    LABEL,
    LOWER,
    PASS_FAIL,
    PASSES,
    SCORE,
    Metric,
    Wishes,
    judges,
    passes,
    shown_name,
)
from arize_nb.errors import ComparisonError
from arize_nb.text.command_line import Choice, Hint

if TYPE_CHECKING:
    from arize_nb.comparison.sources import Source


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
        if not wanted:
            raise ComparisonError("metrics names no metric", hint="Name one, or leave it out to compare all that both sides have.")
        names = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted))
        metrics = [metric for name in names for metric in _named(sources, name, wishes)]
    else:
        known = judges(sources[0].columns)
        shared = [judge for judge in known if any(judge in judges(side.columns) for side in sources[1:])]
        metrics = [metric for judge in shared for metric in _judged(sources, judge, wishes)]
        metrics.sort(key=lambda metric: str(metric.judge).startswith("annotation."))
    if not metrics and (failed := only_failures(sources)):
        raise ComparisonError("; ".join(failed), hint="There is nothing to compare: repair what failed, and run it again.")
    if not metrics:
        theirs = "; ".join(f"{side.name!r} has {', '.join(map(shown_name, judges(side.columns))) or 'none'}" for side in sources)
        raise ComparisonError(
            f"the experiments share no evaluator and no annotation: {theirs}",
            hint=Hint.of(
                "Score them first: {}, or compare a numeric column: {}.",
                Choice("client.experiments.evaluate(…)", "%ax experiments evaluate"),
                Choice('metrics=["latency_ms"]', "--metric latency_ms"),
            ),
        )
    one_for_all = wishes.pass_when is not None and not isinstance(wishes.pass_when, Mapping)
    if one_for_all and not any(metric.rule.startswith("pass_when") for metric in metrics):
        labels = {label for metric in metrics if metric.label_column for label in _vocabulary(sources, metric.label_column)}
        raise ComparisonError(f"pass_when {wishes.pass_when!r} fits no metric", hint=_labels_hint(labels))
    return tuple({metric.name: metric for metric in metrics}.values())


def check_names(sources: Sequence[Source], option: str, said: Any) -> None:
    """Refuse a mapping by metric that names what no experiment has: a misspelt name would change nothing and say nothing.

    Raises
    ------
    ComparisonError
        Names the option, the name and close ones.
    """
    if not isinstance(said, Mapping):
        return
    known = {name for side in sources for name in side.columns if not JUDGED.match(name)}
    for judge in {judge for side in sources for judge in judges(side.columns)}:
        known |= {judge, shown_name(judge), f"{shown_name(judge)}.score"}
    for name in said:
        if name not in known:
            raise ComparisonError(f"{option} names {name!r}, which no experiment has", hint=_close_hint(str(name), sorted(known)))


def _close_hint(name: str, names: Sequence[str]) -> str:
    """Return names close to one, else the first that there are."""
    import difflib

    close = difflib.get_close_matches(name, names, n=3)
    return f"Did you mean {', '.join(map(repr, close))}?" if close else f"There are: {', '.join(names[:12])}"


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
    numeric = (column for side in sources for column in side.columns if _may_be_a_metric(side, column))
    names = [*map(shown_name, known), *dict.fromkeys(numeric)]
    raise ComparisonError(f"no metric {name!r} in {', '.join(repr(side.name) for side in sources)}", hint=_close_hint(name, names))


def _may_be_a_metric(side: Source, column: str) -> bool:
    """Tell whether a column could be named as a metric: numbers, but no part of a judgement, no id or output, no time of a trace."""
    if JUDGED.match(column) or ".trace." in column or column in ("id", "example_id", "output", "error"):
        return False
    numbers = side.numbers(column)
    return numbers is not None and bool(np.isfinite(numbers).any())


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
    elif _all_binary(sources, column) and (judge or wishes.direction_of(name, kind=SCORE, column=True) != LOWER):
        # A column of costs that happens to hold only 0 and 1 has no verdicts in it.
        kind, rule = PASS_FAIL, "scores are all 0 or 1"
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
    folded = {label.lower() for label in vocabulary}
    said = _said(wishes, name, vocabulary, has_numbers=_has_numbers(sources, f"{judge}.score"))
    if isinstance(said, frozenset):
        cased = bool(said & vocabulary)
        return _verdicts(sources, judge, wishes, passing=said, cased=cased, rule=f"pass_when: {' or '.join(sorted(said))}")
    if said is None and folded and folded <= PASSES | FAILS:
        rule = f"labels: {_words(folded & PASSES)} pass, {_words(folded & FAILS)} fail"
        return _verdicts(sources, judge, wishes, passing=frozenset(folded & PASSES), cased=False, rule=rule)
    if said is not None or not folded or _has_numbers(sources, f"{judge}.score"):
        return [_scored(sources, judge, name, wishes)]
    labels = Metric(
        name=name,
        kind=LABEL,
        rule="labels without an order",
        direction=wishes.direction_of(name, kind=LABEL, column=False),
        judge=judge,
        score_column=None,
        label_column=f"{judge}.label",
        by_label=True,
        vocabulary=tuple(sorted(vocabulary)),
    )
    return [labels]


def _said(wishes: Wishes, name: str, vocabulary: set[str], *, has_numbers: bool) -> float | frozenset[str] | None:
    """Return what the user said is a pass, as far as it fits a metric.

    Labels that no side has, and thresholds for a metric without scores, are a mistake where the metric was named; one value for all metrics
    simply does not concern those it does not fit (`find_metrics` wants it to fit one).
    """
    said = wishes.pass_of(name)
    if said is None:
        return None
    named = isinstance(wishes.pass_when, Mapping)
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        if named and not has_numbers and vocabulary:
            raise ComparisonError(f"pass_when of metric {name!r}: it has no scores to set against {said:g}", hint=_labels_hint(vocabulary))
        return float(said) if has_numbers else None
    if not isinstance(said, (str, bool, Collection)):
        raise ComparisonError(
            f"pass_when of metric {name!r} is a {type(said).__name__}",
            hint="Give labels that pass, or the score from which on it passes.",
        )
    passing = frozenset([str(said)] if isinstance(said, (str, bool)) else [str(label) for label in said])
    if passing & vocabulary:
        return passing
    # Nobody means another label by another case: it is looked at only when no label is written as said.
    folded = frozenset(label.lower() for label in passing)
    if folded & {label.lower() for label in vocabulary}:
        return folded
    if named:
        raise ComparisonError(f"pass_when of metric {name!r}: no label {_words(set(map(repr, passing)))}", hint=_labels_hint(vocabulary))
    return None


def _labels_hint(vocabulary: set[str]) -> str:
    return f"Labels: {', '.join(sorted(vocabulary)[:12])}" if vocabulary else "It has no labels: give the score from which on a run passes."


def _verdicts(sources: Sequence[Source], judge: str, wishes: Wishes, *, passing: frozenset[str], cased: bool, rule: str) -> list[Metric]:
    """Return the pass/fail metric by label, and the graded score beside it where that says more."""
    name = shown_name(judge)
    verdicts = Metric(
        name=name,
        kind=PASS_FAIL,
        rule=rule,
        direction=wishes.direction_of(name, kind=PASS_FAIL, column=False),
        judge=judge,
        score_column=f"{judge}.score",
        label_column=f"{judge}.label",
        by_label=True,
        passing=passing,
        cased=cased,
        vocabulary=tuple(sorted(_vocabulary(sources, f"{judge}.label"))),
    )
    if _scores_say_more(sources, verdicts):
        return [_towards_the_score(sources, verdicts, wishes), _scored(sources, judge, f"{name}.score", wishes)]
    return [verdicts]


def _towards_the_score(sources: Sequence[Source], verdicts: Metric, wishes: Wishes) -> Metric:
    """Turn the direction of a verdict where an annotation config's, which is about the score, runs against it.

    A config that minimises, with `pass` scored 0 and `fail` scored 1, wants passes.
    """
    if wishes.direction_said(verdicts.name) is None or wishes.direction_said(verdicts.name, by_user=True) is not None:
        return verdicts
    of_passed, of_failed = [], []
    for side in sources:
        numbers = side.numbers(str(verdicts.score_column)) if verdicts.score_column in side else None
        if numbers is not None and verdicts.label_column in side:
            verdict = passes(verdicts, side)
            known = ~np.isnan(numbers)
            of_passed.append(numbers[known & (verdict == 1)])
            of_failed.append(numbers[known & (verdict == 0)])
    if not sum(map(len, of_passed)) or not sum(map(len, of_failed)):
        return verdicts
    against = np.concatenate(of_passed).mean() < np.concatenate(of_failed).mean()
    turned = {HIGHER: LOWER, LOWER: HIGHER}.get(verdicts.direction, verdicts.direction)
    return replace(verdicts, direction=turned) if against else verdicts


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
