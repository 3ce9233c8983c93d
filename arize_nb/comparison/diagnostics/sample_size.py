"""How many rows, or repetitions of each, a wanted difference needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import differences_of, is_binary
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.stats.binary import clopper_pearson
from arize_nb.comparison.stats.distributions import normal_quantile
from arize_nb.comparison.stats.power import (
    discordance,
    flips_needed,
    mean_error,
    means_needed,
    variance_error,
)
from arize_nb.comparison.stats.repetitions import pooled_variance
from arize_nb.comparison.words.example_names import counted
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.pairs import Pairs

REPETITIONS = (1, 2, 3, 5, 10)
"""Repetitions for which the rows are worked out."""


def needed_rows(study: Study, pairs: Pairs, delta: float, power: float) -> list[dict[str, Any]]:
    """Return the rows needed to find `delta`, one dict per number of repetitions that something is known
    about.

    Pass/fail pairs without repetitions: Connor's formula at the flip share seen. Else Miller's, with the
    variance of a pair's difference; when examples have several runs, its part within examples is known, and
    so is what K repetitions would save. `rows_low` and `rows_high` are the rows at both ends of an interval
    of that share (Clopper and Pearson's) or variance.

    Raises
    ------
    ComparisonError
        `delta` is 0 or no number, or `power` no share.
    """
    if not (math.isfinite(delta) and delta != 0) or not 0 < power < 1:
        raise ComparisonError(
            f"rows_needed(delta={delta}, power={power}) asks for what no number of rows gives",
            hint="Give a difference other than 0 and a power below 1: .rows_needed(delta=0.05, power=0.8).",
        )
    metric, n, level = pairs.metric, len(pairs.examples), study.settings.confidence
    base = {"metric": metric.name, "candidate": study.names[pairs.candidate], "delta": delta, "n_paired": n}
    if metric.kind == LABEL or n < 2:
        advice = "no difference of means to plan for" if n > 1 else "too few pairs to plan from"
        return [
            {
                **base,
                "repetitions": None,
                "rows_needed": None,
                "rows_low": None,
                "rows_high": None,
                "advice": advice,
            }
        ]
    if metric.kind == PASS_FAIL and pairs.runs == 1 and is_binary(pairs.before) and is_binary(pairs.after):
        flips = int((pairs.before != pairs.after).sum())
        around = clopper_pearson(flips, n, level)
        shares = (discordance(flips, 0, n), around.low, around.high)
        return [
            _planned(
                base,
                1,
                [math.ceil(flips_needed(delta, share, level, power)) for share in shares],
                known=False,
            )
        ]
    return _by_repetitions(study, pairs, base, delta, power)


def _planned(base: dict[str, Any], repetitions: int, rows: list[int], *, known: bool) -> dict[str, Any]:
    """Return a row of the plan from the rows needed: at the spread seen, at the least and at the most that it
    may be.
    """
    needed, low, high = rows[0], min(rows), max(rows)
    advice = _advice(base["n_paired"], needed, high, known=known)
    return {
        **base,
        "repetitions": repetitions,
        "rows_needed": needed,
        "rows_low": low,
        "rows_high": high,
        "advice": advice,
    }


def _by_repetitions(
    study: Study, pairs: Pairs, base: dict[str, Any], delta: float, power: float
) -> list[dict[str, Any]]:
    """Split the variance of a pair's difference into its parts, where repetitions show them.

    The variance with K runs is S + sum over the sides of w (1 / K - m): S that of the differences seen, w the
    variance within examples and m the mean of 1 / runs of a side. How far it may be off: z times the root of
    the variances of its parts, S^2 (kurtosis - 1) / n and that of the mean of w over the examples (delta
    method).
    """
    differences = differences_of(pairs)
    level = study.settings.confidence
    variance, off = float(differences.var(ddof=1)), variance_error(differences)
    sides = [study.outcome(pairs.metric, number) for number in (pairs.baseline, pairs.candidate)]
    parts = []
    for found in sides:
        if found.spread is None or found.scored_runs is None:
            continue
        spread, runs = found.spread[pairs.examples], found.scored_runs[pairs.examples]
        part = pooled_variance(spread, runs)
        if not math.isnan(part):
            parts.append((part, float(np.mean(1.0 / runs)), mean_error(spread)))
    # Without repetitions on both sides only one run of each is known.
    known = len(parts) == len(sides)
    plans = []
    for k in REPETITIONS if known else (1,):
        changes = (
            [(part * (1 / k - now), error * abs(1 / k - now)) for part, now, error in parts] if known else []
        )
        expected = max(
            variance + sum(change for change, _ in changes),
            sum(part for part, _, _ in parts) / k if known else 0.0,
        )
        half = normal_quantile(level) * math.sqrt(off**2 + sum(error**2 for _, error in changes))
        rows = [
            means_needed(delta, max(amount, 0.0), level, power)
            for amount in (expected, expected - half, expected + half)
        ]
        plans.append(_planned(base, k, rows, known=known))
    return plans


def _advice(n: int, rows: int, high: int, *, known: bool) -> str:
    """Say what to do about it."""
    if high <= n:
        return f"the {n:,} pairs are enough"
    if rows <= n:
        return f"the {n:,} pairs are enough if their spread is typical; up to {high:,} if it is not"
    more = counted(rows - n, "more row")
    return more if known else f"{more}; run repetitions to learn whether they would do instead"
