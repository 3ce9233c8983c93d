"""A judge corrected by people: means and differences over all examples as people would have judged them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import Effect, least_p
from arize_nb.comparison.analysis.summary import frame
from arize_nb.comparison.analysis.verdict import CLAIMS, decide, note
from arize_nb.comparison.diagnostics.judge_agreement import people_and_judge
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.stats.judgements.prediction_powered import CorrectedMean, corrected_mean
from arize_nb.comparison.words.next_steps import WITHOUT_CLUSTER, saying_passes
from arize_nb.errors import ComparisonError
from arize_nb.renderers import render
from arize_nb.text.command_line import Hint
from arize_nb.text.typed_language import option_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.metric import Metric, Wishes


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Corrected:
    """What a judge says over all examples, corrected by what people said over some."""

    metric: str
    """The judge."""
    annotation: str
    """The people's annotation."""
    means: pd.DataFrame
    """A row per experiment: `experiment, n_people` (examples that both judged), `n_judge` (that only the
    judge did), `judge_mean`,
    `people_mean` (over the few), `corrected_mean, ci_low, ci_high`, `weight` (how much the judge counts, 0 to
    1).
    """
    difference: pd.DataFrame
    """A row per candidate: `candidate, n_people, n_judge` (pairs), `judge_delta, judge_verdict` (over all
    pairs), `people_delta` (over the few), `corrected_delta, ci_low, ci_high, p_value, verdict` (decided like
    any other difference), `weight`, `disagrees` (the corrected
    verdict claims something else than the judge's), `note`.
    """

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for every candidate on which judge and people disagree; empty when they agree."""
        return tuple(_sentence(self, row) for row in self.difference.to_dict("records") if row["disagrees"])

    def __repr__(self) -> str:
        tables = (self.means.to_string(index=False), self.difference.to_string(index=False), *self.sentences)
        return "\n".join((f"{self.metric} corrected by {self.annotation}", *tables))

    def _repr_html_(self) -> str:
        return str(render("html", self))


def _sentence(corrected: Corrected, row: Mapping[str, Any]) -> str:
    """Say in words that people see it otherwise."""
    around = f"{row['corrected_delta']:+.3g}, {row['ci_low']:+.3g} to {row['ci_high']:+.3g}"
    people = f"{row['n_people']:,} examples that people judged ({corrected.annotation})"
    alone = f"{corrected.metric} alone: {row['judge_verdict']} ({row['judge_delta']:+.3g})."
    return f"{alone} Corrected by {people}: {row['verdict']} ({around})."


def corrected(
    study: Study, metric: Metric, annotation: str, wishes: Wishes, verdicts: Mapping[str, str]
) -> Corrected:
    """Correct a judge by an annotation; see `Corrected` and `stats.prediction_powered.corrected_mean`.

    Raises
    ------
    ComparisonError
        There is no such annotation, the metric has no mean, the kinds differ, or the examples are in
        clusters.
    """
    if metric.kind == LABEL:
        hint = Hint.of("Say which labels pass: {}.", saying_passes(metric.name))
        raise ComparisonError(f"{metric.name!r} holds labels and has no mean to correct", hint=hint)
    if study.settings.cluster is not None:
        column = option_words("cluster", study.settings.cluster)
        what = f"the correction takes examples for independent, and {column} says they are not"
        raise ComparisonError(what, hint=Hint.of("Compare without {}.", WITHOUT_CLUSTER))
    judge, human = people_and_judge(study, metric, annotation, wishes)
    sides = range(len(study.names))
    judged = [study_values(study, judge, number) for number in sides]
    labelled = [study_values(study, human, number) for number in sides]
    means = [
        _mean_row(study, name, judged[number], labelled[number]) for number, name in enumerate(study.names)
    ]
    rows = [
        _difference_row(
            study, metric, number, judged[number] - judged[0], labelled[number] - labelled[0], verdicts
        )
        for number in range(1, len(study.names))
    ]
    return Corrected(
        metric=metric.name,
        annotation=human.name,
        means=frame(means, ("n_people", "n_judge")),
        difference=frame(rows, ("n_people", "n_judge")),
    )


def study_values(study: Study, metric: Metric, number: int) -> NDArray[np.float64]:
    """Return the value of every example on one side; NaN for none."""
    return study.outcome(metric, number).value


def _estimate(
    judge: NDArray[np.float64], people: NDArray[np.float64]
) -> tuple[CorrectedMean, NDArray[np.bool_], NDArray[np.bool_]]:
    """Correct the mean of some values; also which examples both judged, and which only the judge did."""
    known = ~np.isnan(judge)
    both, alone = known & ~np.isnan(people), known & np.isnan(people)
    return corrected_mean(people[both], judge[both], judge[alone]), both, alone


def _mean_row(
    study: Study, name: str, judge: NDArray[np.float64], people: NDArray[np.float64]
) -> dict[str, Any]:
    mean, both, alone = _estimate(judge, people)
    around = mean.interval(study.settings.confidence)
    return {
        "experiment": name,
        "n_people": int(both.sum()),
        "n_judge": int(alone.sum()),
        "judge_mean": _mean(judge[both | alone]),
        "people_mean": _mean(people[both]),
        "corrected_mean": mean.value,
        "ci_low": around.low,
        "ci_high": around.high,
        "weight": mean.weight,
    }


def _difference_row(
    study: Study,
    metric: Metric,
    number: int,
    judge: NDArray[np.float64],
    people: NDArray[np.float64],
    verdicts: Mapping[str, str],
) -> dict[str, Any]:
    name = study.names[number]
    mean, both, alone = _estimate(judge, people)
    n = int(both.sum())
    around = mean.interval(study.settings.confidence)
    effect = Effect(
        n=n,
        units=n,
        delta=mean.value,
        interval=around,
        interval_name="prediction-powered t",
        test="prediction-powered t",
        p_value=mean.p_value(),
        least_p=least_p(n),
        standard_error=mean.standard_error,
    )
    decision = decide(effect, study.settings.rules_of(metric))
    said = verdicts.get(name, "")
    return {
        "candidate": name,
        "n_people": n,
        "n_judge": int(alone.sum()),
        "judge_delta": _mean(judge[both | alone]),
        "judge_verdict": said,
        "people_delta": _mean(people[both]),
        "corrected_delta": mean.value,
        "ci_low": around.low,
        "ci_high": around.high,
        "p_value": effect.p_value,
        "verdict": decision.verdict,
        "weight": mean.weight,
        "disagrees": bool(said)
        and decision.verdict != said
        and (said in CLAIMS or decision.verdict in CLAIMS),
        "note": note(n) or ("" if metric.kind != PASS_FAIL or n >= MANY_VERDICTS else FEW_VERDICTS),
    }


MANY_VERDICTS = 50
"""Examples judged by people from which on the t interval of pass/fail differences is near its level
(simulated in docs/statistics.md).
"""
FEW_VERDICTS = f"below {MANY_VERDICTS} examples that people judged"


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
