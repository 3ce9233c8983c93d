"""A comparison as a gate: raise when a candidate is not good enough to be let through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.changes import REGRESSED_ROWS, choose
from arize_nb.comparison.unpaired import lost_examples
from arize_nb.comparison.verdict import REGRESSED
from arize_nb.comparison.wording import counted, named
from arize_nb.errors import ComparisonError, RegressionError

if TYPE_CHECKING:
    from arize_nb.comparison.result import Comparison
    from arize_nb.comparison.study import Study

_NAMED = 3
"""Examples that the message names; all of them are in `example_ids`."""
WORSE, LOST = "Worse", "Lost"


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


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule that was not kept to."""

    reason: str
    """In words."""
    by: str
    """The examples that broke it: WORSE or LOST."""


def broken(row: Mapping[str, Any], rules: Rules) -> list[Broken]:
    """Return what a summary row breaks."""
    name = f"{row['metric']}, {row['candidate']}" + (f" ({row['note']})" if row["note"] else "")
    if not row["n_paired"]:
        return [Broken(reason=f"{name}: no pair to judge by", by=LOST)]
    found = []
    regressions = row["regressions"]
    if rules.max_regressions is not None and regressions is not None and regressions > rules.max_regressions:
        found.append(Broken(reason=f"{name}: {counted(regressions, 'example')} got worse, {rules.max_regressions:,} allowed", by=WORSE))
    least = rules.delta_of(row["metric"])
    if least is not None and not math.isnan(row["delta"]):
        gain = row["delta"] * (-1 if row["direction"] == "lower" else 1)
        if gain < least and row["direction"] != "neutral":
            word = "gain" if row["direction"] == "lower" else "delta"
            found.append(Broken(reason=f"{name}: {word} {gain:+.4g}, at least {least:+.4g} wanted", by=WORSE))
    lost = row["n_error"] + row["n_missing"] + row["n_unscored"]
    if rules.max_lost is not None and lost > rules.max_lost:
        reason = f"{name}: {counted(lost, 'pair')} lost to errors, missing runs or scores, {rules.max_lost:,} allowed"
        found.append(Broken(reason=reason, by=LOST))
    if rules.no_verdict is not None and row["verdict"] == rules.no_verdict:
        found.append(Broken(reason=f"{name}: {row['verdict']} ({row['delta']:+.4g}, adjusted p = {row['p_adjusted']:.2g})", by=WORSE))
    return found


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
    for said in rules.min_delta if isinstance(rules.min_delta, Mapping) else ():
        comparison.study.metric(said)
    rows = [row for row in comparison.rows if names in (None, row["metric"]) and candidate in (None, row["candidate"])]
    if not rows:
        raise ComparisonError(f"no candidate {candidate!r} in this comparison", hint=f"Candidates: {', '.join(comparison.candidates)}")
    _askable(rows, rules)
    offending = [(row, one) for row in rows for one in broken(row, rules)]
    if not offending:
        return
    examples = _offenders(comparison.study, ((row["metric"], row["candidate"], one.by) for row, one in offending))
    every = list(dict.fromkeys(example for found in examples.values() for example in found))
    raise RegressionError(
        "; ".join(one.reason for _, one in offending),
        example_ids=[str(known_id) for known_id in comparison.study.alignment.ids(np.asarray(every, dtype=np.int64)).to_pylist()],
        reasons=[one.reason for _, one in offending],
        hint=". ".join(f"{by}: {named(comparison.study, found, _NAMED)}" for by, found in examples.items() if found) or None,
    )


def _offenders(study: Study, asked: Iterable[tuple[str, str, str]]) -> dict[str, list[int]]:
    """Return the examples behind broken rules (metric, candidate, what broke them) by what broke them, worst first."""
    found: dict[str, dict[int, None]] = {}
    for metric_name, candidate, by in dict.fromkeys(asked):
        metric, number = study.metric(metric_name), study.side_number(candidate)
        regressed = choose(study, study.pairs(metric, number), REGRESSED_ROWS).examples if by == WORSE else None
        examples = lost_examples(study, metric, number) if regressed is None else regressed
        found.setdefault(by, {}).update(dict.fromkeys(examples.tolist()))
    return {by: list(examples) for by, examples in found.items()}
