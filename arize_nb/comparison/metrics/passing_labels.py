"""A pass/fail metric by label: which labels pass, which way its values run, and the direction of the score
beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.metrics.directions import HIGHER, LOWER, NEUTRAL, UNKNOWN, direction_from_name
from arize_nb.comparison.metrics.metric import CONFIGURED, TOLD, Metric, Way, Wishes, passes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.metrics.label_words import Reading
    from arize_nb.comparison.sources.column_source import Source


def label_counts_of(sources: Sequence[Source], column: str) -> dict[str, int]:
    """Count the runs of every label over all sides."""
    counts: dict[str, int] = {}
    for side in sources:
        if column in side:
            labels = side.labels(column)
            tally = np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.vocabulary))
            for label, count in zip(labels.vocabulary, tally.tolist(), strict=True):
                counts[label] = counts.get(label, 0) + count
    return counts


def verdict_of(sources: Sequence[Source], blank: Metric, reading: Reading, wishes: Wishes) -> Metric:
    """Return the pass/fail metric of labels that are known words.

    Words of judgement (correct, pass, good) pass whatever the metric is called. Of a pair (toxic, non-toxic)
    the better kind passes, and of yes and no the one that the name calls for; their values run as the scores
    beside them do, so that a label, its score and the difference never contradict one another: hallucinated =
    1, factual = 0, lower is better, `factual` passes.
    """
    if reading.pair is None and not reading.presence:
        verdict = replace(
            blank,
            passing=reading.passing,
            unread=reading.unread,
            rule=_rule(reading.passing, reading.failing),
        )
        return towards_the_score(sources, verdict, wishes)
    passing, failing, because, guessed = reading.passing, reading.failing, "passing is better", False
    if reading.pair is not None:
        because, guessed = (
            f"by its labels ({words(passing or failing)} {'passes' if passing else 'fails'})",
            True,
        )
        plain = 0.0 if reading.pair.way == LOWER else 1.0
    else:
        found = direction_from_name(blank.name)
        plain = 1.0
        if found is not None and found.way == LOWER:
            passing, failing, plain = failing, passing, 0.0
            because, guessed = found.because, True
    verdict = replace(
        blank, passing=passing, unread=reading.unread, rule=_rule(passing, failing), pass_value=plain
    )
    higher = _passes_score_higher(sources, verdict)
    verdict = replace(verdict, pass_value=plain if higher is None else float(higher))
    verdict = replace(
        verdict,
        direction=HIGHER if verdict.pass_value else LOWER,
        direction_rule=because,
        guessed=guessed or not verdict.pass_value,
    )
    return _as_said(verdict, failing, wishes)


def _as_said(verdict: Metric, failing: frozenset[str], wishes: Wishes) -> Metric:
    """Turn a metric of a pair, or of yes and no, the way that the user or the annotation config says is
    better.
    """
    said = wishes.direction_said(verdict.name)
    if said is None:
        return verdict
    because = TOLD if wishes.direction_said(verdict.name, by_user=True) is not None else CONFIGURED
    verdict = replace(verdict, direction_rule=because, guessed=False)
    if said in (NEUTRAL, verdict.direction):
        return replace(verdict, direction=said)
    turned = replace(verdict, direction=said, passing=failing, pass_value=verdict.fail_value)
    return replace(turned, rule=_rule(failing, verdict.passing or frozenset()))


def _rule(passing: frozenset[str], failing: frozenset[str]) -> str:
    return f"labels: {words(passing)} pass, {words(failing)} fail"


def words(labels: frozenset[str]) -> str:
    """Return labels in words."""
    return ", ".join(sorted(labels)) or "nothing"


def towards_the_score(sources: Sequence[Source], verdict: Metric, wishes: Wishes) -> Metric:
    """Give a verdict by words of judgement its direction: passing is better, unless something else was said.

    An annotation config's direction is about the score: one that minimises, with `pass` scored 0 and `fail`
    scored 1, wants passes.
    """
    said = wishes.direction_said(verdict.name)
    if said is None:
        return verdict
    if wishes.direction_said(verdict.name, by_user=True) is not None:
        return replace(verdict, direction=said, direction_rule=TOLD)
    against = _passes_score_higher(sources, verdict) is False
    turned = {HIGHER: LOWER, LOWER: HIGHER}.get(said, said) if against else said
    return replace(verdict, direction=turned, direction_rule=CONFIGURED)


def way_beside(sources: Sequence[Source], verdict: Metric, wishes: Wishes) -> Way:
    """Return which way is better of the graded score beside a verdict: said, else by its name, else as the
    verdicts have it.

    A name that the verdicts contradict (the passes of `toxicity` have the higher scores) leaves it unknown.
    """
    name = f"{verdict.name}.score"
    if wishes.direction_said(name) is not None:
        return wishes.direction_of(name)
    named = wishes.direction_of(verdict.name)
    passed, failed = _scores_of_verdicts(sources, verdict)
    higher = _passes_score_higher(sources, verdict)
    seen = UNKNOWN if higher is None else HIGHER if higher else LOWER
    by_verdicts = Way(way=seen, because=f"by its verdicts (passes have the {seen} scores)", guessed=True)
    if seen != UNKNOWN and len(np.unique(passed)) == len(np.unique(failed)) == 1:
        return by_verdicts  # the score is the verdict in other numbers, whatever the name says
    if UNKNOWN in (named.way, seen):
        return named if seen == UNKNOWN else by_verdicts
    return (
        named
        if named.way == seen
        else Way(way=UNKNOWN, because=f"{named.because}, but passes have the {seen} scores")
    )


def _passes_score_higher(sources: Sequence[Source], verdict: Metric) -> bool | None:
    """Say whether passes have the higher scores on average; None where there are not both, or the averages
    are equal.
    """
    passed, failed = _scores_of_verdicts(sources, verdict)
    if len(passed) and len(failed):
        return None if passed.mean() == failed.mean() else bool(passed.mean() > failed.mean())
    return None


def _scores_of_verdicts(
    sources: Sequence[Source], verdict: Metric
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of the runs that pass and of those that fail, over all sides."""
    of_passed, of_failed = [], []
    for side in sources:
        numbers = side.numbers(str(verdict.score_column)) if verdict.score_column in side else None
        if numbers is not None and verdict.label_column in side:
            values = passes(verdict, side)
            known = ~np.isnan(numbers)
            of_passed.append(numbers[known & (values == verdict.pass_value)])
            of_failed.append(numbers[known & (values == verdict.fail_value)])
    return np.concatenate([np.empty(0), *of_passed]), np.concatenate([np.empty(0), *of_failed])
