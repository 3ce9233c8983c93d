"""What repetitions tell: spread within and between examples, pass@k and pass^k."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import NAN, Effect, adjusted, least_p
from arize_nb.comparison.analysis.verdict import decide, note
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.metrics.outcome import ERRORED, SCORED
from arize_nb.comparison.stats.bounded import bounded_interval, weighted
from arize_nb.comparison.stats.clusters import cluster_test, own_clusters
from arize_nb.comparison.stats.mean_differences import measured_mean
from arize_nb.comparison.stats.multiplicity import holm
from arize_nb.comparison.stats.paired import sign_flip
from arize_nb.comparison.stats.repetitions import pass_at_k, pass_hat_k, pooled_variance
from arize_nb.comparison.words.example_names import counted
from arize_nb.comparison.words.next_steps import ANY_PASSES, MORE_REPETITIONS
from arize_nb.errors import ComparisonError
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.stats.binary import Interval


def spread_rows(study: Study) -> list[dict[str, Any]]:
    """Return how much runs of the same example differ, per metric and experiment that repeats.

    `within_sd`: standard deviation within examples, pooled; `between_sd`: of the examples' means; `unstable`:
    examples whose runs do not all have the same value.
    """
    rows = []
    for metric in study.metrics:
        for number, name in enumerate(study.names):
            found = study.outcome(metric, number)
            if found.spread is None or found.scored_runs is None or metric.kind == LABEL:
                continue
            scored = found.scored_runs > 0
            variance = pooled_variance(found.spread, found.scored_runs)
            between = float(found.value[scored].std(ddof=1)) if scored.sum() > 1 else float("nan")
            rows.append(
                {
                    "metric": metric.name,
                    "experiment": name,
                    "examples": int(scored.sum()),
                    "runs": int(found.scored_runs.sum()),
                    "repeated": int((found.scored_runs > 1).sum()),
                    "unstable": int((np.nan_to_num(found.spread) > 0).sum()),
                    "within_sd": math.sqrt(variance) if not math.isnan(variance) else float("nan"),
                    "between_sd": between,
                    "note": note(int(scored.sum())),
                }
            )
    return rows


def pass_rows(study: Study, k: int, names: Collection[str], *, errors_as_fails: bool) -> list[dict[str, Any]]:
    """Return pass@k and pass^k per metric and experiment, with the difference from the baseline over the
    examples that both have k runs of.

    Rows of the metrics in `names`; the p values are adjusted over those of all metrics.

    Raises
    ------
    ComparisonError
        k is below 1, no metric is pass/fail, or no example has k scored runs.
    """
    if k < 1:
        raise ComparisonError(
            f"pass_at(k={k}): k is at least 1", hint="Some of three runs passes: .pass_at(3)."
        )
    metrics = [metric for metric in study.metrics if metric.kind == PASS_FAIL]
    if not any(metric.name in names for metric in metrics):
        raise ComparisonError(
            "pass_at needs a pass/fail metric", hint=Hint.of("Say what a pass is: {}.", ANY_PASSES)
        )
    rows = []
    tests = 2 * len(metrics) * (len(study.names) - 1)
    for metric in metrics:
        counts = [
            _runs(study, metric, number, errors_as_fails=errors_as_fails)
            for number in range(len(study.names))
        ]
        for measure, estimate in ((f"pass@{k}", pass_at_k), (f"pass^{k}", pass_hat_k)):
            values = [estimate(runs, passed, k) for runs, passed in counts]
            rows += [
                _row(study, metric, (measure, k), number, values, tests) for number in range(len(values))
            ]
    if all(row["examples"] == 0 for row in rows if row["metric"] in names):
        raise ComparisonError(
            f"no example has {counted(k, 'scored run')}",
            hint=Hint.of("Run more repetitions, {}, or ask for a smaller k.", MORE_REPETITIONS),
        )
    for row, effect in zip(rows, adjusted([row.pop("effect") for row in rows], holm), strict=True):
        decision = decide(effect, study.settings.rules_of(study.metric(row["metric"])))
        row["p_adjusted"] = effect.p_adjusted
        row["verdict"] = "" if row["experiment"] == study.names[0] else decision.verdict
    return [row for row in rows if row["metric"] in names]


def _runs(
    study: Study, metric: Metric, number: int, *, errors_as_fails: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the runs that count and the passed ones, of every example."""
    side, found = study.alignment.sides[number], study.outcome(metric, number)
    counted = (found.run_state == SCORED) | ((found.run_state == ERRORED) & errors_as_fails)
    counted &= side.codes >= 0
    passed = counted & (found.run_state == SCORED) & (found.run_value == metric.pass_value)
    n = study.alignment.examples
    return np.bincount(side.codes[counted], minlength=n), np.bincount(side.codes[passed], minlength=n)


def _row(
    study: Study,
    metric: Metric,
    measure: tuple[str, int],
    number: int,
    values: list[NDArray[np.float64]],
    tests: int,
) -> dict[str, Any]:
    settings = study.settings
    groups = None if settings.cluster is None else study.groups(settings.cluster)[0]
    known = ~np.isnan(values[number])
    mine = values[number][known]
    interval = (
        _value_interval(mine, settings.confidence, None if groups is None else groups[known])
        if len(mine)
        else None
    )
    row: dict[str, Any] = {
        "metric": metric.name,
        "experiment": study.names[number],
        "measure": measure[0],
        "k": measure[1],
        "examples": len(mine),
        "left_out": int((study.alignment.sides[number].counts > 0).sum()) - len(mine),
        "value": float(mine.mean()) if len(mine) else float("nan"),
        "ci_low": interval.low if interval else float("nan"),
        "ci_high": interval.high if interval else float("nan"),
        "delta": float("nan"),
        "delta_low": float("nan"),
        "delta_high": float("nan"),
        "p_value": float("nan"),
        "p_adjusted": float("nan"),
        "verdict": "",
        "note": note(len(mine)),
    }
    both = ~np.isnan(values[number] - values[0])
    effect = (
        _difference(
            study, (values[number] - values[0])[both], None if groups is None else groups[both], tests
        )
        if number
        else Effect(n=0, least_p=NAN)
    )
    low, high = effect.interval.low, effect.interval.high
    return row | {
        "delta": effect.delta,
        "delta_low": low,
        "delta_high": high,
        "p_value": effect.p_value,
        "effect": effect,
    }


def _value_interval(
    values: NDArray[np.float64], confidence: float, groups: NDArray[np.int32] | None
) -> Interval:
    """Return the interval of an average of pass@k, which lies within 0..1."""
    if groups is None:
        return bounded_interval(weighted(values), 0.0, 1.0, confidence)
    return measured_mean(values, 0.0, 1.0, own_clusters(groups), confidence=confidence).interval


def _difference(
    study: Study, differences: NDArray[np.float64], groups: NDArray[np.int32] | None, tests: int
) -> Effect:
    """Measure a difference of pass@k over the examples that both sides have a value for."""
    n = len(differences)
    if n == 0:
        return Effect(n=0, least_p=NAN)
    clusters = None if groups is None else own_clusters(groups)
    found = measured_mean(differences, -1.0, 1.0, clusters, confidence=study.settings.confidence, tests=tests)
    seed = study.settings.seed
    test = (
        sign_flip(differences, seed=seed)
        if clusters is None
        else cluster_test(differences, clusters, seed=seed)
    )
    return Effect(
        n=n,
        units=found.units,
        effective=found.effective,
        least_p=least_p(found.effective),
        delta=found.mean,
        interval=found.interval,
        interval_name=found.interval_name,
        test=test.name,
        p_value=test.p_value,
        p_interval=found.p_bounded,
    )
