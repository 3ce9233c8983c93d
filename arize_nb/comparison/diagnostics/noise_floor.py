"""A/A noise floor: what changes between two runs of the baseline, against what changes in a candidate."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.data import Study
from arize_nb.comparison.analysis.effect import NAN, Effect, adjusted, least_p, same
from arize_nb.comparison.analysis.verdict import CHANGED, decide, note
from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.metrics.metric import LABEL
from arize_nb.comparison.stats.binary import mcnemar_midp
from arize_nb.comparison.stats.distributions import normal_p, normal_quantile
from arize_nb.comparison.stats.multiplicity import holm
from arize_nb.comparison.stats.repetitions import rerun_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.sources.alignment import Alignment
    from arize_nb.comparison.sources.column_source import Source

BEYOND, WITHIN = "beyond the noise", "cannot be told from noise"


def noise_rows(study: Study, with_rerun: Alignment) -> list[dict[str, Any]]:
    """Return a row per metric and candidate that sets its changes against those of a rerun, the last of the
    alignment.

    Over the examples that baseline, rerun and candidate all have a value for: `changed_rerun` and
    `changed_candidate` count the examples whose value is not the baseline's; `p_changes` tests that as many
    change in both (McNemar mid-p over the examples that change in only one). `p_delta` is the chance of a
    delta such as the candidate's if the candidate were a rerun too, and `noise_band` the size of delta that
    such a rerun stays below at the level of the settings (`rerun_error`). `p_adjusted` is the smaller of the
    two after Holm over all of them. Where rerun and candidate have unequal numbers of runs, `p_changes` is
    NaN (more runs show more changes), and the rerun's differences are scaled to the candidate's number. The
    verdict is `beyond the noise` when it is at or below the level, and the candidate does not merely change
    less than the rerun.
    """
    sides = [side.source for side in study.alignment.sides]
    metrics = tuple(_with_labels(metric, with_rerun.sides[-1].source) for metric in study.metrics)
    both = Study(alignment=with_rerun, metrics=metrics, settings=study.settings, examples=study.examples)
    again = len(sides)
    rows = [_row(both, metric, candidate, again) for metric in metrics for candidate in range(1, len(sides))]
    rules = DecisionRules(confidence=study.settings.confidence, sign=0)
    effects = adjusted([_effect(row, key) for key in ("p_changes", "p_delta") for row in rows], holm)
    for row, changes, shift in zip(rows, effects[: len(rows)], effects[len(rows) :], strict=True):
        row["p_adjusted"] = float(np.fmin(changes.p_adjusted, shift.p_adjusted))
        more = decide(changes, rules).verdict == CHANGED and row["changed_candidate"] > row["changed_rerun"]
        row["verdict"] = BEYOND if more or decide(shift, rules).verdict == CHANGED else WITHIN
        row["note"] = note(row["n"])
    return rows


def _effect(row: dict[str, Any], key: str) -> Effect:
    """Return one of the two questions about a row as an effect to decide about."""
    return Effect(
        n=row["n"],
        units=row["n"],
        effective=row["n"],
        p_value=row[key],
        least_p=least_p(row["n"]) if row["n"] else NAN,
    )


def _with_labels(metric: Metric, source: Source) -> Metric:
    """Let a metric know the labels of one more experiment."""
    if metric.label_column is None or metric.label_column not in source:
        return metric
    return replace(
        metric, vocabulary=tuple(sorted({*metric.vocabulary, *source.labels(metric.label_column).vocabulary}))
    )


def _row(study: Study, metric: Metric, candidate: int, again: int) -> dict[str, Any]:
    values = [study.outcome(metric, number).value for number in (0, again, candidate)]
    known = ~np.isnan(values).any(axis=0)
    base, rerun, other = (value[known] for value in values)
    by_noise, by_candidate = ~same(metric, base, rerun), ~same(metric, base, other)
    only_noise, only_candidate = int((by_noise & ~by_candidate).sum()), int((by_candidate & ~by_noise).sum())
    n = int(known.sum())
    counted = n > 0 and metric.kind != LABEL
    runs = [_runs(study, metric, number)[known] for number in (0, again, candidate)]
    delta = float((other - base).mean()) if counted else NAN
    # The mean of more runs varies less: the rerun's changes are scaled to as many runs as the candidate has.
    scale = np.sqrt((1 / runs[0] + 1 / runs[2]) / (1 / runs[0] + 1 / runs[1]))
    error = rerun_error((rerun - base) * scale, other - base) if counted else NAN
    alike = bool((runs[1] == runs[2]).all())
    return {
        "metric": metric.name,
        "candidate": study.names[candidate],
        "n": n,
        "changed_rerun": int(by_noise.sum()),
        "changed_candidate": int(by_candidate.sum()),
        "delta_rerun": float((rerun - base).mean()) if counted else NAN,
        "delta_candidate": delta,
        "noise_band": normal_quantile(study.settings.confidence) * error,
        "p_changes": mcnemar_midp(only_noise, only_candidate) if n and alike else NAN,
        "p_delta": _p_of(delta, error),
        "p_adjusted": NAN,
    }


def _runs(study: Study, metric: Metric, number: int) -> NDArray[np.int64]:
    """Return the scored runs of every example, at least 1."""
    found = study.outcome(metric, number)
    if found.scored_runs is None:
        return np.ones(len(found.value), dtype=np.int64)
    return np.maximum(found.scored_runs, 1).astype(np.int64)


def _p_of(delta: float, error: float) -> float:
    """Return the two-sided normal p of a delta; where nothing changed in either run there is no delta."""
    if math.isnan(delta):
        return NAN
    return normal_p(delta / error) if error else 1.0
