"""A judge against people on the same runs, and whether the judge's word on the difference holds where people
looked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from arize_nb.comparison.analysis.data import Study
from arize_nb.comparison.analysis.effect import NAN, correlation
from arize_nb.comparison.analysis.summary import frame
from arize_nb.comparison.analysis.verdict import (
    CHANGED,
    CLAIMS,
    EQUIVALENT,
    IMPROVED,
    NOT_WORSE,
    REGRESSED,
    TOO_FEW,
    decide,
    note,
)
from arize_nb.comparison.metrics.detection import find_metrics
from arize_nb.comparison.metrics.directions import UNKNOWN
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL, SCORE, Metric, Wishes
from arize_nb.comparison.metrics.pairs import pair_up
from arize_nb.comparison.stats.judgements.agreement import (
    PREVALENT,
    cohen_kappa,
    gwet_ac1,
    prevalence,
    spearman,
)
from arize_nb.comparison.stats.paired import t_interval
from arize_nb.comparison.words.next_steps import saying_passes
from arize_nb.errors import ComparisonError
from arize_nb.renderers import render
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

HOLDS, CONTRADICTED, UNDECIDED = "holds", "contradicted", "cannot tell"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Agreement:
    """How far a judge and people agree."""

    metric: str
    """The judge."""
    annotation: str
    """The people's annotation."""
    table: pd.DataFrame
    """A row per experiment and one for all: `experiment, n` (runs that both judged), `percent` (share of
    equal verdicts or labels), `kappa, kappa_low, kappa_high` (Cohen's; for the interval, judgements of one
    example are not independent), `ac1, ac1_low, ac1_high` (Gwet's, which stands where nearly all labels are
    one and kappa does not: then `note` says so), `sensitivity` (share of the people's passes that the judge
    passes), `specificity` (of their fails that it fails); for scores `correlation` (Pearson),
    `rank_correlation` (Spearman), `mean_error` (judge minus people) and `mean_absolute_error`; `note`. What
    does not fit the kind of
    metric is NaN.
    """
    difference: pd.DataFrame
    """A row per candidate, over the examples that both judged on both sides: `candidate, n_paired,
    people_delta, people_low, people_high, people_p, people_verdict` (decided like any other), `judge_delta,
    bias, bias_low, bias_high` (how much more the judge's delta is than the people's), `judge_verdict` (on all
    pairs), `holds` ("holds": people say the same; "contradicted": they clearly say something
    else, or clearly see a change where the judge saw none; "cannot tell"), `note`.
    """
    confusion: pd.DataFrame
    """Runs by the people's label (rows) and the judge's (columns), all experiments; empty for scores."""

    def __repr__(self) -> str:
        return (
            f"{self.metric} against"
            f" {self.annotation}\n{self.table.to_string(index=False)}\n{self.difference.to_string(index=False)}"
        )

    def _repr_html_(self) -> str:
        return str(render("html", self))


def agreement(
    study: Study, metric: Metric, annotation: str, wishes: Wishes, verdicts: dict[str, str]
) -> Agreement:
    """Set a judge against an annotation; see `Agreement`.

    Raises
    ------
    ComparisonError
        There is no such annotation, or one is a verdict and the other a grade.
    """
    metric, human = people_and_judge(study, metric, annotation, wishes)
    both = Study(
        alignment=study.alignment, metrics=(metric, human), settings=study.settings, examples=study.examples
    )
    values = [_judged_runs(both, metric, human, number) for number in range(len(study.names))]
    every = Judged(*(np.concatenate(parts) for parts in zip(*values, strict=True)))
    rows = [
        _row(both, metric, name, found)
        for name, found in zip((*study.names, "all"), (*values, every), strict=True)
    ]
    return Agreement(
        metric=metric.name,
        annotation=human.name,
        table=frame(rows, ("n",)),
        difference=frame(
            [_difference(both, metric, human, number, verdicts) for number in range(1, len(study.names))],
            ("n_paired",),
        ),
        confusion=_confusion_frame(metric, every),
    )


def people_and_judge(study: Study, metric: Metric, annotation: str, wishes: Wishes) -> tuple[Metric, Metric]:
    """Return a judge and the people's annotation as metrics of one kind, with one vocabulary.

    Raises
    ------
    ComparisonError
        There is no such annotation, or one is a verdict and the other a grade.
    """
    human = _annotation(study, annotation, metric, wishes)
    if human.kind != metric.kind:
        without_passes = human if metric.kind == PASS_FAIL else metric
        raise ComparisonError(
            f"{metric.name!r} is {metric.kind} and {human.name!r} is {human.kind}: they do not agree or"
            " disagree",
            hint=Hint.of("Say what a pass is: {}.", saying_passes(without_passes.name)),
        )
    return _one_vocabulary(metric, human)


def _annotation(study: Study, name: str, metric: Metric, wishes: Wishes) -> Metric:
    """Return the annotation as a metric, by its full or short name."""
    sources = [side.source for side in study.alignment.sides]
    full = name if name.startswith(("annotation.", "eval.")) else f"annotation.{name}"
    found = find_metrics(sources, [full], wishes)
    if metric.direction != UNKNOWN and any(one.direction == UNKNOWN for one in found):
        # People's marks under a name that says nothing run the way of the judge that they are held against.
        found = find_metrics(
            sources, [full], replace(wishes, configured={**(wishes.configured or {}), full: metric.direction})
        )
    return next((one for one in found if one.kind == metric.kind), found[0])


def _one_vocabulary(metric: Metric, human: Metric) -> tuple[Metric, Metric]:
    """Give both the labels of either, numbered alike."""
    if metric.kind != LABEL:
        return metric, human
    vocabulary = tuple(sorted({*metric.vocabulary, *human.vocabulary}))
    return replace(metric, vocabulary=vocabulary), replace(human, vocabulary=vocabulary)


def _turned(metric: Metric, human: Metric, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the people's values with a pass where the judge's values have it: one may count what the other
    wants none of.
    """
    return 1.0 - values if metric.kind == PASS_FAIL and human.pass_value != metric.pass_value else values


class Judged(NamedTuple):
    """Runs that both judged."""

    judge: NDArray[np.float64]
    """The judge's value of each."""
    people: NDArray[np.float64]
    """The people's."""
    examples: NDArray[np.int64]
    """Its example."""


def _judged_runs(study: Study, metric: Metric, human: Metric, number: int) -> Judged:
    """Return the runs of one experiment that both judged."""
    judge, people = (
        study.outcome(metric, number).run_value,
        _turned(metric, human, study.outcome(human, number).run_value),
    )
    codes = study.alignment.sides[number].codes
    known = ~np.isnan(judge) & ~np.isnan(people) & (codes >= 0)
    return Judged(judge[known], people[known], codes[known].astype(np.int64))


def _row(study: Study, metric: Metric, name: str, judged: Judged) -> dict[str, Any]:
    keys = (
        "percent",
        "kappa",
        "kappa_low",
        "kappa_high",
        "ac1",
        "ac1_low",
        "ac1_high",
        "sensitivity",
        "specificity",
        "correlation",
        "rank_correlation",
        "mean_error",
        "mean_absolute_error",
    )
    judge, people, examples = judged
    row: dict[str, Any] = {
        "experiment": name,
        "n": len(judge),
        **dict.fromkeys(keys, NAN),
        "note": note(len(judge)),
    }
    if not len(judge):
        return row
    if metric.kind == SCORE:
        error = judge - people
        row |= {"correlation": correlation(judge, people), "rank_correlation": spearman(judge, people)}
        return row | {"mean_error": float(error.mean()), "mean_absolute_error": float(np.abs(error).mean())}
    # The marks of one example, in several runs or experiments, are not independent.
    items = np.unique(examples, return_inverse=True)[1]
    labels, marks = _labels(metric), (people.astype(np.int64), judge.astype(np.int64))
    kappa, ac1 = (
        measure(*marks, items, labels, study.settings.confidence) for measure in (cohen_kappa, gwet_ac1)
    )
    row |= {
        "percent": float((judge == people).mean()),
        "kappa": kappa.value,
        "kappa_low": kappa.interval.low,
        "kappa_high": kappa.interval.high,
        "ac1": ac1.value,
        "ac1_low": ac1.interval.low,
        "ac1_high": ac1.interval.high,
        "note": _joined(row["note"], _prevalence_note(prevalence(*marks, labels))),
    }
    if metric.kind == PASS_FAIL:
        row["sensitivity"] = float(judge[people == 1].mean()) if (people == 1).any() else NAN
        row["specificity"] = float(1 - judge[people == 0].mean()) if (people == 0).any() else NAN
    return row


def _difference(
    study: Study, metric: Metric, human: Metric, number: int, verdicts: dict[str, str]
) -> dict[str, Any]:
    """Compare what judge and people say about the difference, over the examples that both judged on both
    sides.
    """
    sides = (0, number)
    judged = [study.outcome(metric, side).value for side in sides]
    labelled = [_turned(metric, human, study.outcome(human, side).value) for side in sides]
    common = np.flatnonzero(~np.isnan([*judged, *labelled]).any(axis=0))
    pairs = pair_up(human, study.outcome(human, 0), study.outcome(human, number), 0, number, common)
    people = study.measure(
        replace(pairs, before=_turned(metric, human, pairs.before), after=_turned(metric, human, pairs.after))
    )
    row = {"candidate": study.names[number], "n_paired": len(common), "people_delta": people.delta}
    decision = decide(people, study.settings.rules_of(metric))
    row |= {
        "people_low": people.interval.low,
        "people_high": people.interval.high,
        "people_p": people.p_value,
    }
    row |= {"people_verdict": decision.verdict}
    judge_delta, bias = NAN, (NAN, NAN, NAN)
    if metric.kind != LABEL and len(common) > 1:
        judge_moves = (judged[1] - judged[0])[common]
        more = judge_moves - (labelled[1] - labelled[0])[common]
        around = t_interval(more, study.settings.confidence)
        judge_delta, bias = float(judge_moves.mean()), (float(more.mean()), around.low, around.high)
    said = verdicts.get(study.names[number], "")
    row |= {
        "judge_delta": judge_delta,
        "bias": bias[0],
        "bias_low": bias[1],
        "bias_high": bias[2],
        "judge_verdict": said,
    }
    return row | {"holds": holds(said, decision.verdict), "note": note(len(common))}


def _prevalence_note(share: float) -> str:
    """Warn where kappa cannot be read: nearly all judgements are of one label."""
    return f"{share:.0%} of all judgements are one label: read ac1, not kappa" if share >= PREVALENT else ""


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def holds(judge: str, people: str) -> str:
    """Say whether the people's verdict bears the judge's out.

    Only a verdict of people that claims something decides. A judge that saw no clear change where people
    clearly see one missed it: its word does not hold.
    """
    if not judge or people not in CLAIMS or judge == TOO_FEW:
        return UNDECIDED
    if judge == people:
        return HOLDS
    no_loss, loss = {IMPROVED, EQUIVALENT, NOT_WORSE}, {REGRESSED}
    if judge not in CLAIMS:
        return CONTRADICTED if people in {IMPROVED, REGRESSED, CHANGED} else UNDECIDED
    if (
        (judge in no_loss and people in loss)
        or (judge in loss and people in no_loss)
        or {judge, people} == {IMPROVED, EQUIVALENT}
    ):
        return CONTRADICTED
    return HOLDS if judge in {NOT_WORSE, EQUIVALENT} and people in no_loss else UNDECIDED


def _labels(metric: Metric) -> int:
    """Count the values that a metric with verdicts or labels may have."""
    return len(metric.vocabulary) if metric.kind == LABEL else 2


def _confusion_frame(metric: Metric, judged: Judged) -> pd.DataFrame:
    """Count the runs by the people's value (rows) and the judge's (columns)."""
    import pandas as pd

    if metric.kind == SCORE:
        return pd.DataFrame()
    names = (
        metric.vocabulary
        if metric.kind == LABEL
        else ("fail", "pass")
        if metric.pass_value
        else ("pass", "fail")
    )
    k = _labels(metric)
    cells = np.bincount((judged.people * k + judged.judge).astype(np.int64), minlength=k * k).reshape(k, k)
    return pd.DataFrame(cells, index=pd.Index(names, name="people"), columns=pd.Index(names, name="judge"))
