"""How many rows, or repetitions of each, a wanted difference needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.effects import differences_of, is_binary
from arize_nb.comparison.metrics import LABEL, PASS_FAIL
from arize_nb.comparison.stats.power import discordance, flips_needed, means_needed
from arize_nb.comparison.stats.repetitions import pooled_variance
from arize_nb.comparison.wording import counted
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from arize_nb.comparison.pairs import Pairs
    from arize_nb.comparison.study import Study

REPETITIONS = (1, 2, 3, 5, 10)
"""Repetitions for which the rows are worked out."""


def needed_rows(study: Study, pairs: Pairs, delta: float, power: float) -> list[dict[str, Any]]:
    """Return the rows needed to find `delta`, one dict per number of repetitions that something is known about.

    Pass/fail pairs without repetitions: Connor's formula at the flip share seen. Else Miller's, with the variance of a pair's difference;
    when examples have several runs, its part within examples is known, and so is what K repetitions would save.

    Raises
    ------
    ComparisonError
        `delta` is 0 or no number, or `power` no share.
    """
    if not (math.isfinite(delta) and delta != 0) or not 0 < power < 1:
        raise ComparisonError(f"rows_needed(delta={delta}, power={power})", hint="Give a difference other than 0, and a power such as 0.8.")
    metric, n, level = pairs.metric, len(pairs.examples), study.settings.confidence
    base = {"metric": metric.name, "candidate": study.names[pairs.candidate], "delta": delta, "n_paired": n}
    if metric.kind == LABEL or n < 2:
        return [
            {
                **base,
                "repetitions": None,
                "rows_needed": None,
                "advice": "no difference of means to plan for" if n > 1 else "too few pairs to plan from",
            }
        ]
    if metric.kind == PASS_FAIL and is_binary(pairs.before) and is_binary(pairs.after):
        lost, won = int((pairs.before > pairs.after).sum()), int((pairs.before < pairs.after).sum())
        rows = math.ceil(flips_needed(delta, discordance(lost, won, n), level, power))
        return [{**base, "repetitions": 1, "rows_needed": rows, "advice": _advice(n, rows, known=False)}]
    return _by_repetitions(study, pairs, base, delta, power)


def _by_repetitions(study: Study, pairs: Pairs, base: dict[str, Any], delta: float, power: float) -> list[dict[str, Any]]:
    """Split the variance of a pair's difference into its parts, where repetitions show them."""
    variance, n = float(differences_of(pairs).var(ddof=1)), len(pairs.examples)
    level = study.settings.confidence
    within = 0.0
    noise_now = 0.0
    for number in (pairs.baseline, pairs.candidate):
        found = study.outcome(pairs.metric, number)
        if found.spread is None or found.scored_runs is None:
            return [
                {
                    **base,
                    "repetitions": 1,
                    "rows_needed": (rows := means_needed(delta, variance, level, power)),
                    "advice": _advice(n, rows, known=False),
                }
            ]
        part = pooled_variance(found.spread[pairs.examples], found.scored_runs[pairs.examples])
        within += 0.0 if math.isnan(part) else part
        noise_now += 0.0 if math.isnan(part) else part * float(np.mean(1.0 / found.scored_runs[pairs.examples]))
    between = max(variance - noise_now, 0.0)
    needs = [(k, means_needed(delta, between + within / k, level, power)) for k in REPETITIONS]
    return [{**base, "repetitions": k, "rows_needed": rows, "advice": _advice(n, rows, known=True)} for k, rows in needs]


def _advice(n: int, rows: int, *, known: bool) -> str:
    """Say what to do about it."""
    if rows <= n:
        return f"the {n:,} pairs are enough"
    more = counted(rows - n, "more row")
    return more if known else f"{more}; run repetitions to learn whether they would do instead"
