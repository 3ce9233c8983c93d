"""A comparison as a gate: raise when a candidate is not good enough to be let through."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.verdict import REGRESSED
from arize_nb.errors import ComparisonError, RegressionError

if TYPE_CHECKING:
    from arize_nb.comparison.result import Comparison

_LISTED = 10


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a candidate must keep to, per metric; a rule that is None is not asked."""

    max_regressions: int | None = None
    """Examples that may get worse."""
    min_delta: float | Mapping[str, float] | None = None
    """Least delta in the better way (-0.01: may lose one point); one for all or by metric."""
    max_lost: int | None = None
    """Pairs that may be lost to errors, missing runs and missing scores."""
    no_verdict: str | None = REGRESSED
    """Verdict that no row may have."""

    def delta_of(self, metric: str) -> float | None:
        """Return the least delta of a metric."""
        return self.min_delta.get(metric) if isinstance(self.min_delta, Mapping) else self.min_delta


def broken(row: Mapping[str, Any], rules: Rules) -> list[str]:
    """Return in words what a summary row breaks."""
    name = f"{row['metric']}, {row['candidate']}" + (f" ({row['note']})" if row["note"] else "")
    if not row["n_paired"]:
        return [f"{name}: no pair to judge by"]
    reasons = []
    regressions = row["regressions"]
    if rules.max_regressions is not None and regressions is not None and regressions > rules.max_regressions:
        reasons.append(f"{name}: {regressions:,} examples got worse, {rules.max_regressions:,} allowed")
    least = rules.delta_of(row["metric"])
    if least is not None and not math.isnan(row["delta"]):
        gain = row["delta"] * (-1 if row["direction"] == "lower" else 1)
        if gain < least and row["direction"] != "neutral":
            reasons.append(f"{name}: {'gain' if row['direction'] == 'lower' else 'delta'} {gain:+.4g}, at least {least:+.4g} wanted")
    lost = row["n_error"] + row["n_missing"] + row["n_unscored"]
    if rules.max_lost is not None and lost > rules.max_lost:
        reasons.append(f"{name}: {lost:,} pairs lost to errors, missing runs or scores, {rules.max_lost:,} allowed")
    if rules.no_verdict is not None and row["verdict"] == rules.no_verdict:
        reasons.append(f"{name}: {row['verdict']} ({row['delta']:+.4g}, p = {row['p_adjusted']:.2g})")
    return reasons


def _askable(rows: Sequence[Mapping[str, Any]], rules: Rules) -> None:
    """Refuse a rule about worse and better where no metric has a better way: as a gate it would stand open for good."""
    asked = rules.max_regressions is not None or rules.min_delta is not None
    if asked and all(row["direction"] == "neutral" for row in rows):
        names = ", ".join(dict.fromkeys(repr(row["metric"]) for row in rows))
        raise ComparisonError(
            f"{names}: no way is better, so nothing can get worse",
            hint="Say what a pass is, or which way is better: compare(…, pass_when=…, direction=…).",
        )


def check(comparison: Comparison, rules: Rules, *, metric: str | None = None, candidate: str | None = None) -> None:
    """Raise a RegressionError that lists the offending examples when a rule is broken."""
    names = None if metric is None else comparison.study.metric(metric).name
    for named in rules.min_delta if isinstance(rules.min_delta, Mapping) else ():
        comparison.study.metric(named)
    rows = [row for row in comparison.rows if names in (None, row["metric"]) and candidate in (None, row["candidate"])]
    if not rows:
        raise ComparisonError(f"no candidate {candidate!r} in this comparison", hint=f"Candidates: {', '.join(comparison.candidates)}")
    _askable(rows, rules)
    offending = [(row, reasons) for row in rows if (reasons := broken(row, rules))]
    if not offending:
        return
    reasons = [reason for _, found in offending for reason in found]
    worse = [
        comparison.changes_table("regressions", row["metric"], row["candidate"]).column("example_id").to_pylist() for row, _ in offending
    ]
    ids = list(dict.fromkeys(str(example) for found in worse for example in found))
    listed = ", ".join(ids[:_LISTED]) + (f" and {len(ids) - _LISTED:,} more" if len(ids) > _LISTED else "")
    raise RegressionError(
        "; ".join(reasons), example_ids=ids, reasons=reasons, hint=f"Worse: {listed}" if ids else None
    )  # fmt: skip
