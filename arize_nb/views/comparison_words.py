"""What a comparison says, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.metrics import LABEL, PASS_FAIL
from arize_nb.comparison.verdict import TOO_FEW, UNCLEAR

if TYPE_CHECKING:
    from arize_nb.comparison.comparability import Concern

Row = Mapping[str, Any]

MARKS = {"improved": "▲", "regressed": "▼", "changed": "◆", "equivalent": "=", "no clear change": "?", "too few": "?"}
"""Sign before a verdict, so that it is not told by colour alone."""
SHOWN_SLICES = 50
"""Rows of slices that a static form shows; all are in `.slices()`."""
SLICES_NOTE = "exploratory; p adjusted over all slices"
"""Said wherever slices are shown."""


def amount(value: float, kind: str, *, difference: bool = False) -> str:
    """Return a value for people: a pass rate in percent, a difference of pass rates in points, anything else in significant digits."""
    if math.isnan(value):
        return "–"
    if kind == PASS_FAIL:
        return f"{100 * value:+.1f} points" if difference else f"{100 * value:.1f}%"
    text = f"{value:+.3g}" if difference else f"{value:.3g}"
    return f"{value:{'+' if difference else ''},.0f}" if abs(value) >= 1000 else text


def p_text(p: float) -> str:
    """Return a p value for people: `p = 0.012`."""
    if math.isnan(p):
        return "no p"
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def interval_text(row: Row) -> str:
    """Return the interval of a difference."""
    if math.isnan(row["ci_low"]):
        return "no interval"
    low, high = (amount(row[end], row["kind"], difference=True).removesuffix(" points") for end in ("ci_low", "ci_high"))
    return f"{low} to {high}"


def verdict_text(row: Row) -> str:
    """Return the verdict, with its warning when there are few pairs."""
    return f"{row['verdict']}, directional only" if row["note"] else str(row["verdict"])


def counts_text(row: Row) -> str:
    """Return how many examples got worse, better and stayed; for labels without an order how many changed."""
    if row["regressions"] is None:
        return f"{row['n_paired'] - row['unchanged']:,} of {row['n_paired']:,} changed"
    return f"{row['regressions']:,} worse, {row['improvements']:,} better, {row['unchanged']:,} same"


def regression_count(rows: Iterable[Row]) -> int:
    """Return how many examples got worse, over all rows of a summary."""
    return sum(row["regressions"] or 0 for row in rows)


def verdict_words(row: Row, confidence: float) -> str:
    """Say what a summary row means: verdict, means, difference, interval, counts, and what could not have been seen."""
    return stated(row, confidence) + unseen(row)


def slice_words(row: Row, confidence: float) -> str:
    """Say what a row of a slice means; what a slice could not have shown is left out, since no slice is a finding."""
    return f"{row['column']} = {row['slice']}: {stated(row, confidence)}"


def stated(row: Row, confidence: float) -> str:
    """Say what a summary row says: verdict, means, difference, interval, counts."""
    start = f"{row['metric']}, {row['candidate']}: {verdict_text(row)}."
    if row["verdict"] == TOO_FEW and not row["n_paired"]:
        return f"{start} No example has a value on both sides."
    if math.isnan(row["delta"]):
        return f"{start} {counts_text(row)} ({p_text(row['p_adjusted'])}, {row['test']})."
    means = f"{amount(row['baseline_mean'], row['kind'])} → {amount(row['candidate_mean'], row['kind'])}"
    gap = amount(row["delta"], row["kind"], difference=True)
    level = f"{100 * confidence:g}% interval {interval_text(row)}"
    return f"{start} {means}, {gap} ({level}; adjusted {p_text(row['p_adjusted'])}). {counts_text(row)}."


def unseen(row: Row) -> str:
    """Say what `no clear change` leaves open."""
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


def lost_words(row: Row) -> str:
    """Say how many pairs there are and how many were lost for which reason."""
    reasons = (("n_error", "errored"), ("n_missing", "missing"), ("n_unscored", "unscored"))
    lost = [f"{row[key]:,} {word}" for key, word in reasons if row[key]]
    return f"{row['n_paired']:,} pairs; lost: {', '.join(lost) or 'none'}"


def concern_words(concern: Concern) -> str:
    """Return one concern as a line."""
    return f"{concern.kind}: {concern.experiment}: {concern.message}"


def left_out(rows: Sequence[Row]) -> list[str]:
    """Say, in a line or none, how many rows of slices a form leaves out."""
    return [f"… and {len(rows) - SHOWN_SLICES:,} more rows: .slices()"] if len(rows) > SHOWN_SLICES else []
