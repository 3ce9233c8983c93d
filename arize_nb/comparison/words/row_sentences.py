"""What the rows of a comparison say, in sentences: the same words on every surface, and in a gate's error."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.verdict import (
    CHANGED,
    CLAIMS,
    EQUIVALENT,
    IMPROVED,
    NOT_WORSE,
    REGRESSED,
    TOO_FEW,
    UNCLEAR,
    verdict_text,
)
from arize_nb.comparison.diagnostics.comparability import lost_outlook
from arize_nb.comparison.metrics.directions import NEUTRAL, UNKNOWN
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.words.example_names import counted
from arize_nb.text.number_text import fixed, single

if TYPE_CHECKING:
    from arize_nb.comparison.diagnostics.comparability import Concern

Row = Mapping[str, Any]
MARKS = {
    IMPROVED: "▲",
    REGRESSED: "▼",
    CHANGED: "◆",
    EQUIVALENT: "=",
    NOT_WORSE: "≥",
    UNCLEAR: "?",
    TOO_FEW: "?",
}
"""Signs beside the verdicts, so that none is told by colour alone."""
ADJUSTED, DIFFERENCE = "adjusted p", "difference"
"""Heads of columns, the same on every surface."""
OUTCOMES = ("passed", "failed", "scored", "errored", "missing", "unscored")
"""What may become of a run, in the order in which it is shown."""


_NOISE = 10
"""Decimals beyond which a mean is what floats add to it: a mean of ones that is 0.9999999999999999 is 1."""


def amount(value: float, kind: str, *, difference: bool = False) -> str:
    """Return a value for people: a pass rate in percent, a difference of pass rates in points, anything else
    in significant digits.
    """
    if math.isnan(value):
        return "–"
    if kind == PASS_FAIL:
        return (
            f"{_signed(f'{100 * value:+.1f}')} points"
            if difference
            else f"{fixed(round(100 * value, _NOISE), 1)}%"
        )
    text = f"{value:+,.0f}" if abs(value) >= 1000 else f"{value:+.3g}"
    if not difference and abs(float(text.replace(",", ""))) in (0.0, 1.0, 100.0):
        return single(round(value, _NOISE))  # 0.9999 is no 1
    return _signed(text) if difference else _signed(text).removeprefix("+")


def _signed(text: str) -> str:
    """Return a number with its sign; what reads as zero has none."""
    return text if text.strip("+-0.") else text.lstrip("+-")


def p_text(p: float) -> str:
    """Return a p value for people: `p = 0.012`."""
    if math.isnan(p):
        return "no p"
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def interval_text(row: Row, *, level: str = "") -> str:
    """Return the interval of a difference, led by its level."""
    if math.isnan(row["ci_low"]):
        return "no interval"
    low, high = (
        amount(row[end], row["kind"], difference=True).removesuffix(" points")
        for end in ("ci_low", "ci_high")
    )
    return f"{level}{low} to {high}"


def level_text(confidence: float) -> str:
    """Return the level of an interval: `95% interval`."""
    return f"{100 * confidence:g}% interval"


def marked_verdict(row: Row) -> str:
    """Return the verdict with its sign and its warning."""
    return f"{MARKS[row['verdict']]} {verdict_text(row)}"


def counts_text(row: Row) -> str:
    """Return how many examples got worse, better and stayed; went down and up where it is not known which is
    better.
    """
    if row["regressions"] is None and row["down"] is not None:
        return f"{row['down']:,} down, {row['up']:,} up, {row['unchanged']:,} same"
    if row["regressions"] is None:
        return f"{row['n_paired'] - row['unchanged']:,} of {row['n_paired']:,} changed"
    errored = f"; {row['errored_passes']:,} passed before and errored now" if row["errored_passes"] else ""
    return f"{row['regressions']:,} worse, {row['improvements']:,} better, {row['unchanged']:,} same{errored}"


def better_words(row: Row) -> str:
    """Say which way is better, and from where that is known when it was read from a name or from labels."""
    if row["direction"] in (NEUTRAL, UNKNOWN):
        return "no better way" if row["direction"] == NEUTRAL else "not known which way is better"
    rule = row["direction_rule"]
    said = f" {rule}" if row["direction_guessed"] else f": {rule}" if rule.endswith("passes") else ""
    return f"{row['direction']} is better{said}"


def meaning_words(row: Row) -> str:
    """Say what kind a metric is, by which rule, and which way is better."""
    return f"{row['kind']} ({row['rule']}), {better_words(row)}"


def direction_asked(rows: Iterable[Row]) -> str:
    """Ask which way is better where that is not known, and say how to answer; nothing where it is."""
    names = list(dict.fromkeys(row["metric"] for row in rows if row["direction"] == UNKNOWN))
    if not names:
        return ""
    said = f"--direction {names[0]}=higher (or lower); in Python direction={{{names[0]!r}: 'higher'}}"
    return (
        f"It is not known which way is better of {', '.join(names)}: up and down are counted, not better and"
        f" worse. Say it: {said}"
    )


def regression_count(rows: Iterable[Row]) -> int:
    """Return how many examples got worse, over all rows of a summary; those that passed before and errored
    now are among them.
    """
    return sum((row["regressions"] or 0) + (row["errored_passes"] or 0) for row in rows)


def verdict_words(row: Row, confidence: float) -> str:
    """Say what a summary row means: verdict, means, difference, interval, counts, and what could not have
    been seen.
    """
    return f"{row['metric']}, {row['candidate']}: {_difference_words(row, confidence)}{unseen(row)}"


def slice_words(row: Row, confidence: float) -> str:
    """Say what a row of slices means."""
    return f"{slice_name(row)}: {row['metric']}, {row['candidate']}: {_difference_words(row, confidence)}"


def slice_name(row: Row) -> str:
    """Return the column and the value that a slice is of."""
    return f"{row['column']} {row['slice']}"


def _difference_words(row: Row, confidence: float) -> str:
    if row["verdict"] == TOO_FEW and not row["n_paired"]:
        return f"{verdict_text(row)}. No example has a value on both sides."
    if math.isnan(row["delta"]):
        return f"{verdict_text(row)}. {counts_text(row)} ({_adjusted(row)}, {row['test']})."
    means = f"{amount(row['baseline_mean'], row['kind'])} → {amount(row['candidate_mean'], row['kind'])}"
    gap = amount(row["delta"], row["kind"], difference=True)
    interval = interval_text(row, level=f"{level_text(confidence)} ")
    return f"{verdict_text(row)}. {means}, {gap} ({interval}; {_adjusted(row)}). {counts_text(row)}."


def _adjusted(row: Row) -> str:
    return "no p" if math.isnan(row["p_adjusted"]) else f"adjusted {p_text(row['p_adjusted'])}"


def unseen(row: Row) -> str:
    """Say what a verdict that abstains leaves open."""
    if row["lost_decides"] and row["paired_verdict"] in CLAIMS:
        return f" Cannot tell: {row['lost_runs']} ({lost_outlook(row)})."
    could = f" Lost runs could make it {could_be(row)}." if row["lost_decides"] else ""
    return _undecided(row) + could


def could_be(row: Row) -> str:
    """Name the verdicts that lost runs could make of it."""
    return " or ".join(
        dict.fromkeys(
            row[key] for key in ("worst_verdict", "best_verdict") if row[key] != row["paired_verdict"]
        )
    )


def _undecided(row: Row) -> str:
    """Say what the pairs leave open."""
    if row["verdict"] != UNCLEAR:
        return ""
    if row["unchanged"] == row["n_paired"]:
        return f" Cannot tell: all {row['n_paired']:,} pairs are equal, which rules out no change in others."
    if row["kind"] == LABEL:
        return " Cannot tell whether the labels are used in other shares."
    if math.isnan(row["min_detectable"]):
        return ""
    least = amount(row["min_detectable"], row["kind"], difference=True).removeprefix("+")
    return f" Cannot tell: {row['n_paired']:,} such pairs reliably show differences from {least} up."


def counted_slices(count: int) -> str:
    """Return the noun for so many slices."""
    return "slice" if count == 1 else "slices"


def lost_words(row: Row) -> str:
    """Say how many pairs there are and how many were lost for which reason."""
    return f"{counted(row['n_paired'], 'pair')}; lost: {lost_reasons(row) or 'none'}"


def lost_reasons(row: Row) -> str:
    """Say how many pairs were lost for which reason; nothing when none was."""
    reasons = (("n_error", "errored"), ("n_missing", "missing"), ("n_unscored", "unscored"))
    return ", ".join(f"{row[key]:,} {word}" for key, word in reasons if row[key])


def outcome_words(row: Row) -> str:
    """Count what became of the runs of one experiment under one metric; what makes no sense for the metric is
    left out.
    """
    return (
        f"{row['metric']}, {row['experiment']}:"
        f" {', '.join(f'{row[key]:,} {key}' for key in OUTCOMES if row[key] >= 0)}"
    )


def concern_words(concern: Concern) -> str:
    """Return one concern as a line."""
    return f"{concern.kind}: {concern.experiment}: {concern.message}"
