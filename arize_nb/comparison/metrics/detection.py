"""Which metrics the experiments share, and by which rule each is pass/fail, a score or a label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.diagnostics.failed_runs import only_failures
from arize_nb.comparison.metrics.directions import AMOUNTS, HIGHER, LOWER, NEUTRAL, UNKNOWN, words_of
from arize_nb.comparison.metrics.label_words import KNOWN_SHARE, named_labels, read_labels
from arize_nb.comparison.metrics.metric import (
    JUDGED,
    LABEL,
    NOT_KNOWN,
    PASS_FAIL,
    SCORE,
    TOLD,
    Metric,
    Way,
    Wishes,
    judges,
    passes,
    shown_name,
)
from arize_nb.comparison.metrics.passing_labels import (
    label_counts_of,
    towards_the_score,
    verdict_of,
    way_beside,
)
from arize_nb.comparison.metrics.told_passes import labels_hint, told_pass
from arize_nb.errors import ComparisonError
from arize_nb.text.command_line import Choice, Hint

if TYPE_CHECKING:
    from arize_nb.comparison.metrics.label_words import Reading
    from arize_nb.comparison.sources.column_source import Source


def find_metrics(
    sources: Sequence[Source], wanted: str | Sequence[str] | None, wishes: Wishes
) -> tuple[Metric, ...]:
    """Return the metrics to compare, evaluators first, then annotations, then plain columns.

    Parameters
    ----------
    sources : sequence of Source
        The baseline, then the candidates.
    wanted : str or sequence of str, optional
        Names of evaluators (`correctness`), annotations (`annotation.quality`) or numeric columns
        (`latency_ms`); `<name>.score` is the graded score beside a label. None means every evaluator and
        annotation that the baseline and some candidate both have.

    Raises
    ------
    ComparisonError
        A metric that is not there, or none at all.
    """
    if wanted is not None:
        if not wanted:
            raise ComparisonError(
                "metrics names no metric",
                hint="Name one, or leave it out to compare all that both sides have.",
            )
        names = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted))
        metrics = [metric for name in names for metric in _named(sources, name, wishes)]
    else:
        known = judges(sources[0].columns)
        shared = [judge for judge in known if any(judge in judges(side.columns) for side in sources[1:])]
        metrics = [metric for judge in shared for metric in _judged(sources, judge, wishes)]
        metrics.sort(key=lambda metric: str(metric.judge).startswith("annotation."))
    if not metrics and (failed := only_failures(sources)):
        raise ComparisonError(
            "; ".join(failed), hint="There is nothing to compare: repair what failed, and run it again."
        )
    if not metrics:
        theirs = "; ".join(
            f"{side.name!r} has {', '.join(map(shown_name, judges(side.columns))) or 'none'}"
            for side in sources
        )
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
        labels = {
            label
            for metric in metrics
            if metric.label_column
            for label in label_counts_of(sources, metric.label_column)
        }
        raise ComparisonError(f"pass_when {wishes.pass_when!r} fits no metric", hint=labels_hint(labels))
    return tuple({metric.name: metric for metric in metrics}.values())


def check_names(sources: Sequence[Source], option: str, said: object) -> None:
    """Refuse a mapping by metric that names what no experiment has: a misspelt name would change nothing and
    say nothing.

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
            raise ComparisonError(
                f"{option} names {name!r}, which no experiment has",
                hint=_close_hint(str(name), sorted(known)),
            )


def _graded(sources: Sequence[Source], judge: str, wishes: Wishes) -> Metric:
    """Return the graded score of an evaluator or annotation, under the name that it has beside a verdict."""
    name = f"{shown_name(judge)}.score"
    beside = next((metric for metric in _judged(sources, judge, wishes) if metric.name == name), None)
    return beside or _scored(sources, judge, name, wishes.direction_of(shown_name(judge)), wishes)


def _close_hint(name: str, names: Sequence[str]) -> str:
    """Return names close to one, else the first that there are."""
    import difflib

    close = difflib.get_close_matches(name, names, n=3)
    return (
        f"Did you mean {', '.join(map(repr, close))}?"
        if close
        else f"There are: {', '.join(list(dict.fromkeys(names))[:12])}"
    )


def _named(sources: Sequence[Source], name: str, wishes: Wishes) -> list[Metric]:
    """Return the metrics that a name asks for."""
    known = {judge: None for side in sources for judge in judges(side.columns)}
    for judge in (name, f"eval.{name}"):
        if judge in known:
            return _judged(sources, judge, wishes)
    graded = name.removesuffix(".score")
    for judge in (graded, f"eval.{graded}"):
        if graded != name and judge in known:
            return [_graded(sources, judge, wishes)]
    if any(name in side for side in sources):
        return [_column(sources, name, wishes)]
    numeric = (column for side in sources for column in side.columns if _may_be_a_metric(side, column))
    names = [*map(shown_name, known), *dict.fromkeys(numeric)]
    raise ComparisonError(
        f"no metric {name!r} in {', '.join(repr(side.name) for side in sources)}",
        hint=_close_hint(name, names),
    )


def _may_be_a_metric(side: Source, column: str) -> bool:
    """Tell whether a column could be named as a metric: numbers, but no part of a judgement, no id or output,
    no time of a trace.
    """
    if JUDGED.match(column) or ".trace." in column or column in ("id", "example_id", "output", "error"):
        return False
    numbers = side.numbers(column)
    return numbers is not None and bool(np.isfinite(numbers).any())


def _column(sources: Sequence[Source], name: str, wishes: Wishes) -> Metric:
    """Return a plain numeric column as a metric."""
    for side in sources:
        if name in side and side.numbers(name) is None:
            raise ComparisonError(
                f"column {name!r} of experiment {side.name!r} holds text, not numbers",
                hint="Name a numeric column.",
            )
    return _scored(sources, None, name, wishes.direction_of(name), wishes, column=name)


def _scored(
    sources: Sequence[Source],
    judge: str | None,
    name: str,
    way: Way,
    wishes: Wishes,
    *,
    column: str | None = None,
) -> Metric:
    """Return the metric of a score column: pass/fail by threshold or when all scores are 0 or 1, else graded.

    A pass is always better, so a direction that is not known is no obstacle there; where the name says that
    lower is better, a pass is a 0, or a score up to the threshold.
    """
    column = column or f"{judge}.score"
    metric = Metric(
        name=name,
        kind=SCORE,
        rule="numeric",
        direction=way.way,
        judge=judge,
        score_column=column,
        label_column=f"{judge}.label" if judge else None,
        by_label=False,
        direction_rule=way.because,
        guessed=way.guessed,
    )
    said = wishes.pass_of(name)
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        lower = way.way == LOWER
        rule = f"pass_when: {'<=' if lower else '>='} {float(said):g}"
        better = way.way if way.way == NEUTRAL else HIGHER
        because = (
            way.because
            if way.way == NEUTRAL
            else f"passing is better{f', lower scores pass {way.because}' if lower else ''}"
        )
        passing = replace(
            metric,
            kind=PASS_FAIL,
            rule=rule,
            direction=better,
            direction_rule=because,
            guessed=lower and way.guessed,
        )
        return replace(passing, threshold=float(said), at_most=lower)
    # A column of amounts that happens to hold only 0 and 1 has no verdicts in it.
    if _all_binary(sources, column) and (judge or not AMOUNTS & set(words_of(name))):
        return _binary(metric, way)
    return metric


def _binary(metric: Metric, way: Way) -> Metric:
    """Return a metric whose scores are all 0 or 1 as pass/fail."""
    passing = 0 if way.way == LOWER else 1
    if way.way == UNKNOWN and way.because != NOT_KNOWN:  # two that disagree: neither 1 nor 0 is known to pass
        return metric
    better = HIGHER if way.way == UNKNOWN else way.way
    because = f"{passing} passes" if way.way == UNKNOWN else f"{way.because}, {passing} passes"
    rule = "scores are all 0 or 1"
    return replace(
        metric, kind=PASS_FAIL, rule=rule, direction=better, direction_rule=because, pass_value=float(passing)
    )


def _judged(sources: Sequence[Source], judge: str, wishes: Wishes) -> list[Metric]:
    """Return the one or two metrics of an evaluator or annotation; the rules are tried in the order of the
    contract.
    """
    name = shown_name(judge)
    counts = label_counts_of(sources, f"{judge}.label")
    has_numbers = _has_numbers(sources, f"{judge}.score")
    said = told_pass(wishes, name, set(counts), has_numbers=has_numbers)
    blank = Metric(
        name=name,
        kind=PASS_FAIL,
        rule="",
        direction=HIGHER,
        judge=judge,
        score_column=f"{judge}.score",
        label_column=f"{judge}.label",
        by_label=True,
        vocabulary=tuple(sorted(counts)),
        direction_rule="passing is better",
    )
    if isinstance(said, frozenset):
        rule = f"pass_when: {' or '.join(sorted(said))}"
        verdict = replace(blank, rule=rule, passing=said, cased=bool(said & counts.keys()))
        return _with_grade(sources, towards_the_score(sources, verdict, wishes), wishes)
    reading = read_labels(counts)
    if said is None and reading is not None and reading.enough:
        return _with_grade(sources, verdict_of(sources, blank, reading, wishes), wishes)
    share, odd = few_known(reading, counts)
    if said is not None or not counts or has_numbers:
        graded = _scored(sources, judge, name, wishes.direction_of(name), wishes)
        return [replace(graded, remark=odd) if said is None else graded]
    told = wishes.direction_said(name)
    rule = f"labels without an order{share}"
    because = TOLD if told else "labels have no order"
    return [
        replace(
            blank,
            kind=LABEL,
            rule=rule,
            direction=NEUTRAL,
            score_column=None,
            direction_rule=because,
            remark=odd,
        )
    ]


def few_known(reading: Reading | None, counts: Mapping[str, int]) -> tuple[str, str]:
    """Say, in short and in full, that most labels are known words and too few to make the metric pass/fail;
    nothing otherwise.
    """
    if reading is None or reading.enough or 2 * reading.known < reading.labelled:
        return "", ""
    share = f"{math.floor(100 * reading.known / reading.labelled)}%"
    known = ", ".join(sorted(reading.passing | reading.failing))
    others = named_labels({label: counts[label] for label in reading.unread})
    least = f"{100 * KNOWN_SHARE:.0f}%"
    whole = (
        f"no pass/fail verdicts: only {share} of the labels are known words ({known}), {least} are needed;"
        f" the others: {others}"
    )
    whole += ". Say what passes: --pass-when (pass_when=)"
    return f" ({share} of them known words, {least} needed)", whole


def _with_grade(sources: Sequence[Source], verdict: Metric, wishes: Wishes) -> list[Metric]:
    """Return the pass/fail metric by label, and the graded score beside it where that says more."""
    if not _scores_say_more(sources, verdict):
        return [verdict]
    way = way_beside(sources, verdict, wishes)
    return [verdict, _scored(sources, verdict.judge, f"{verdict.name}.score", way, wishes)]


def _scores(sources: Sequence[Source], column: str) -> list[Any]:
    return [numbers for side in sources if column in side and (numbers := side.numbers(column)) is not None]


def _has_numbers(sources: Sequence[Source], column: str) -> bool:
    return any(not np.isnan(numbers).all() for numbers in _scores(sources, column))


def _all_binary(sources: Sequence[Source], column: str) -> bool:
    found = _scores(sources, column)
    return _has_numbers(sources, column) and all(
        ((numbers == 0) | (numbers == 1) | np.isnan(numbers)).all() for numbers in found
    )


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
