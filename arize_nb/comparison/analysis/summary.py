"""The summary and outcome tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import adjusted
from arize_nb.comparison.analysis.verdict import TOO_FEW, decide, note_of
from arize_nb.comparison.stats.multiplicity import holm

if TYPE_CHECKING:
    import pandas as pd

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.analysis.effect import Effect
    from arize_nb.comparison.diagnostics.lost_runs import Measured
    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.metrics.pairs import Pairs

COUNTS = (
    "n_baseline",
    "n_candidate",
    "n_paired",
    "n_error",
    "n_missing",
    "n_unscored",
    "regressions",
    "improvements",
    "unchanged",
    "down",
    "up",
    "errored_passes",
    "n_lost_runs",
)


def summary_row(study: Study, pairs: Pairs, effect: Effect) -> dict[str, Any]:
    """Return one row of a summary, its p not yet adjusted."""
    metric = pairs.metric
    return {
        "metric": metric.name,
        "kind": metric.kind,
        "baseline": study.names[pairs.baseline],
        "candidate": study.names[pairs.candidate],
        "n_baseline": pairs.n_baseline,
        "n_candidate": pairs.n_candidate,
        "n_paired": effect.n,
        "n_error": pairs.n_error,
        "n_missing": pairs.n_missing,
        "n_unscored": pairs.n_unscored,
        "baseline_mean": effect.baseline_mean,
        "candidate_mean": effect.candidate_mean,
        "delta": effect.delta,
        "ci_low": effect.interval.low,
        "ci_high": effect.interval.high,
        "test": effect.test,
        "p_value": effect.p_value,
        "p_exact": effect.p_exact,
        "p_adjusted": float("nan"),
        "regressions": effect.regressions,
        "improvements": effect.improvements,
        "unchanged": effect.unchanged,
        "correlation": effect.correlation,
        "direction": metric.direction,
        "rule": metric.rule,
        "min_detectable": effect.min_detectable,
        "verdict": "",
        "interval": effect.interval_name,
        "note": note_of(effect),
        "reason": "",
        "down": effect.down,
        "up": effect.up,
        "direction_rule": metric.direction_rule,
        "direction_guessed": metric.guessed,
        "baseline_low": effect.baseline_interval.low,
        "baseline_high": effect.baseline_interval.high,
        "candidate_low": effect.candidate_interval.low,
        "candidate_high": effect.candidate_interval.high,
    }


def judged_rows(study: Study, measured: Sequence[Measured], adjust: Any = holm) -> list[dict[str, Any]]:
    """Return summary rows with adjusted p values and verdicts; all rows given are one family of tests.

    The bounds of what lost runs could have made of them are families of their own, adjusted alike.
    """
    effects = adjusted([one.effect for one in measured], adjust)
    cases = ("worst", "best", "failing")
    worst, best, failing = (
        adjusted([getattr(one, case) or one.effect for one in measured], adjust) for case in cases
    )
    rows = []
    for one, effect, low, high, failed in zip(measured, effects, worst, best, failing, strict=True):
        bounds = {} if one.worst is None else {"worst": low, "best": high}
        decision = decide(effect, study.settings.rules_of(one.pairs.metric), **bounds)
        found = {
            "p_adjusted": decision.p_adjusted,
            "verdict": decision.verdict,
            "min_detectable": effect.min_detectable if decision.verdict != TOO_FEW else float("nan"),
            "reason": decision.reason,
            "errored_passes": one.errored_passes,
            "paired_verdict": decision.paired_verdict or decision.verdict,
            "worst_verdict": decision.worst_verdict or decision.verdict,
            "best_verdict": decision.best_verdict or decision.verdict,
            "failing_verdict": decide(failed, study.settings.rules_of(one.pairs.metric)).verdict,
            "lost_decides": decision.lost_decides,
            "n_lost_runs": one.lost,
            "lost_runs": one.lost_text,
        }
        rows.append(summary_row(study, one.pairs, effect) | found)
    return rows


def frame(rows: Sequence[Mapping[str, Any]], counts: Sequence[str] = COUNTS) -> pd.DataFrame:
    """Return rows as a DataFrame whose counts are integers that may be missing."""
    import pandas as pd

    table = pd.DataFrame(list(rows))
    return table.astype({name: "Int64" for name in counts if name in table.columns})


def outcome_rows(study: Study) -> list[dict[str, Any]]:
    """Return the counts of the five outcomes per metric and experiment; -1 stands for "has no verdict"."""
    rows = []
    for metric in study.metrics:
        for number, name in enumerate(study.names):
            counts = study.outcome(metric, number).counts
            rows.append({"metric": metric.name, "experiment": name, **counts})
    return rows


def outcomes_frame(study: Study) -> pd.DataFrame:
    """Return the outcomes as a DataFrame: `metric, experiment, passed, failed, errored, missing, unscored,
    scored`.
    """
    names = ("passed", "failed", "errored", "missing", "unscored", "scored")
    rows = [
        {
            "metric": row["metric"],
            "experiment": row["experiment"],
            **{name: None if row[name] < 0 else row[name] for name in names},
        }
        for row in outcome_rows(study)
    ]
    return frame(rows, names)


def label_counts(study: Study, metric: Metric) -> pd.DataFrame:
    """Count the labels (verdicts, where a metric has none) of scored runs: a row per label, a column per
    experiment.
    """
    import pandas as pd

    counts: dict[str, dict[str, int]] = {}
    for number, name in enumerate(study.names):
        side = study.alignment.sides[number]
        found = study.outcome(metric, number)
        if metric.label_column and metric.label_column in side.source and metric.vocabulary:
            labels = side.source.labels(metric.label_column)
            codes = labels.codes if side.kept is None else np.where(side.kept, labels.codes, -1)
            kept = codes[(codes >= 0) & (found.run_state == 0)]
            tally = np.bincount(kept, minlength=len(labels.vocabulary))
            counts[name] = dict(zip(labels.vocabulary, map(int, tally), strict=True))
        else:
            counts[name] = (
                {"pass": found.counts["passed"], "fail": found.counts["failed"]}
                if found.counts["passed"] >= 0
                else {}
            )
    table = pd.DataFrame(counts, columns=list(study.names)).fillna(0).astype("int64").sort_index()
    table.index.name = "label"
    return table
