"""Which labels of an evaluator pass: known words, pairs as common evaluators write them, and the odd label
among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arize_nb.comparison.metrics.directions import (
    ABSENT,
    FAILS,
    PAIRS,
    PASSES,
    PRESENT,
    LabelPair,
    pair_of,
    plain_label,
)

KNOWN_SHARE = 0.9
"""Least share of the labelled runs whose labels must be known words for the metric to be pass/fail."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the labels of one evaluator are read."""

    passing: frozenset[str]
    """Labels that are a pass, in lower case."""
    failing: frozenset[str]
    """Labels that are a fail, in lower case."""
    unread: frozenset[str]
    """Labels that are no known word, as they are written."""
    known: int
    """Runs whose label is a known word."""
    labelled: int
    """Runs that have a label."""
    pair: LabelPair | None = None
    """The pair that they are; None for the plain words."""

    @property
    def enough(self) -> bool:
        """Whether so many are known words that the metric is pass/fail."""
        return self.known > 0 and self.known >= KNOWN_SHARE * self.labelled

    @property
    def presence(self) -> bool:
        """Whether they only say yes or no, so that the name of the metric decides which is good."""
        return self.pair is None and (self.passing | self.failing) <= PRESENT | ABSENT


def named_labels(counts: Mapping[str, int]) -> str:
    """Name labels, the commonest first, with their counts; of more than three the others are counted."""
    order = sorted(counts, key=lambda label: (-counts[label], label))
    named = ", ".join(f"{label!r} ({counts[label]:,})" for label in order[:3])
    return named + (f" and {len(order) - 3} more" if len(order) > 3 else "")


def read_labels(counts: Mapping[str, int]) -> Reading | None:
    """Read the labels of all sides by the words that most of the runs carry; None when no label is a known
    word.

    Parameters
    ----------
    counts : mapping of str to int
        Runs of every label.
    """
    found = [_plain(counts), *(reading for pair in PAIRS if (reading := _paired(counts, pair)) is not None)]
    best = max(found, key=lambda reading: reading.known)
    return best if best.known else None


def _plain(counts: Mapping[str, int]) -> Reading:
    folded = {label.lower() for label in counts}
    return _reading(counts, folded & PASSES, folded & FAILS, None)


def _paired(counts: Mapping[str, int], pair: LabelPair) -> Reading | None:
    """Read the labels as a pair, unless what is there of it means many things."""
    plain = {label.lower(): plain_label(label) for label in counts}
    mine = {label: word for label, word in plain.items() if word in pair.words}
    if pair_of(list(mine.values())) is None:
        return None
    good = {label for label, word in mine.items() if word in pair.good}
    return _reading(counts, good, mine.keys() - good, pair)


def _reading(
    counts: Mapping[str, int], passing: set[str], failing: set[str], pair: LabelPair | None
) -> Reading:
    unread = frozenset(label for label in counts if label.lower() not in passing | failing)
    labelled = sum(counts.values())
    return Reading(
        passing=frozenset(passing),
        failing=frozenset(failing),
        unread=unread,
        known=labelled - sum(counts[label] for label in unread),
        labelled=labelled,
        pair=pair,
    )
