"""What the user said is a pass, as far as it fits a metric."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from arize_nb.comparison.metrics.passing_labels import words
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from arize_nb.comparison.metrics.metric import Wishes


def told_pass(
    wishes: Wishes, name: str, vocabulary: set[str], *, has_numbers: bool
) -> float | frozenset[str] | None:
    """Return what the user said is a pass, as far as it fits a metric.

    Labels that no side has, and thresholds for a metric without scores, are a mistake where the metric was
    named; one value for all metrics simply does not concern those it does not fit (`find_metrics` wants it to
    fit one).
    """
    said = wishes.pass_of(name)
    if said is None:
        return None
    named = isinstance(wishes.pass_when, Mapping)
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        if named and not has_numbers and vocabulary:
            raise ComparisonError(
                f"pass_when of metric {name!r}: it has no scores to set against {said:g}",
                hint=labels_hint(vocabulary),
            )
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
        raise ComparisonError(
            f"pass_when of metric {name!r}: no label {words(frozenset(map(repr, passing)))}",
            hint=labels_hint(vocabulary),
        )
    return None


def labels_hint(vocabulary: set[str]) -> str:
    """Name the labels that there are, or say that there are none."""
    return (
        f"Labels: {', '.join(sorted(vocabulary)[:12])}"
        if vocabulary
        else "It has no labels: give the score from which on a run passes."
    )
