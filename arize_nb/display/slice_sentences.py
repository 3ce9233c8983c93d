"""What the slices of a comparison say, in sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from arize_nb.comparison.analysis.slices import verdict_first
from arize_nb.comparison.analysis.verdict import CHANGED, IMPROVED, REGRESSED
from arize_nb.comparison.words.row_sentences import Row, amount, counted_slices, slice_name
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison

_MOVED = {REGRESSED: "got worse", IMPROVED: "got better", CHANGED: "changed"}
_NAMED_SLICES = 5
SHOWN_SLICES = 40
"""Rows of slices shown; all are in `.slices()`."""


def shown_slices(comparison: Comparison) -> tuple[str, Sequence[Row]]:
    """Return a heading and the rows of the slices that a comparison was asked for; nothing when for none."""
    by = comparison.settings.by
    if not by:
        return "", ()
    title = f"Slices by {by if isinstance(by, str) else ', '.join(by)}, exploratory"
    try:
        rows = verdict_first(comparison.slice_rows())
    except ComparisonError as error:
        return f"{title}: {error}", ()
    return title + (
        f" (the first {SHOWN_SLICES} of {len(rows):,} rows)" if len(rows) > SHOWN_SLICES else ""
    ), rows[:SHOWN_SLICES]


def slice_finding(comparison: Comparison) -> str:
    """Say which slices clearly changed, after the adjustment for all that were looked at; nothing when none
    did.
    """
    rows = comparison.slice_findings
    if not rows:
        return ""
    counts = Counter(_MOVED[row["verdict"]] for row in rows)
    said = ", ".join(f"{count:,} {counted_slices(count)} {word}" for word, count in counts.items())
    named = "; ".join(_slice_in_short(row) for row in rows[:_NAMED_SLICES])
    more = f"; and {len(rows) - _NAMED_SLICES:,} more" if len(rows) > _NAMED_SLICES else ""
    hint = (
        ""
        if comparison.settings.by
        else f" All of them: by={rows[0]['column']!r} (--by {rows[0]['column']})."
    )
    return f"{said} (exploratory, adjusted): {named}{more}.{hint}"


def _slice_in_short(row: Row) -> str:
    name = f"{slice_name(row)}: {row['metric']}, {row['candidate']}"
    if math.isnan(row["delta"]):
        return f"{name}: {row['verdict']}"
    return (
        f"{name} {amount(row['baseline_mean'], row['kind'])} → {amount(row['candidate_mean'], row['kind'])}"
    )
