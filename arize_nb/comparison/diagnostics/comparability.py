"""What makes a comparison shaky, said before its numbers are believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.diagnostics.failed_runs import drawn_again
from arize_nb.comparison.metrics.label_words import named_labels
from arize_nb.comparison.metrics.metric import judges, shown_name
from arize_nb.comparison.metrics.run_columns import OWN_ID
from arize_nb.comparison.sources.alignment import telling_column
from arize_nb.comparison.stats.clusters import FEW_CLUSTERS, own_clusters
from arize_nb.comparison.stats.mean_differences import units_of
from arize_nb.comparison.words.example_columns import carries
from arize_nb.comparison.words.example_names import counted
from arize_nb.comparison.words.short_names import short_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from arize_nb.comparison.analysis.data import Study

_INPUTS = frozenset(
    {
        "input",
        "inputs",
        "question",
        "prompt",
        "query",
        "expected",
        "expected_output",
        "reference",
        "ground_truth",
        "context",
    }
)
_NAMED = 3
_LOOK_AT = 1_000
"""Examples by which it is decided whether runs carry a column of the dataset."""


@dataclass(frozen=True, kw_only=True)
class Concern:
    """One thing to know before believing the numbers."""

    kind: str
    """Short name: reading, lost runs, part, dataset, dataset version, one side only, copies, repetitions, no
    example id, labels,
    coverage, evaluator, content, clusters, attempts.
    """
    experiment: str
    """Experiment it is about."""
    count: int
    """Runs, examples or clusters concerned."""
    message: str
    """In words, with the first few example ids."""


def concerns(study: Study, rows: Sequence[Mapping[str, Any]]) -> tuple[Concern, ...]:
    """Return everything that makes the comparison shaky; nothing is refused for it.

    Parameters
    ----------
    study : Study
        The aligned runs.
    rows : sequence of mapping
        The rows of the summary: what lost runs could have changed stands there.
    """
    return (
        *_doubts(study),
        *_datasets(study),
        *_parts(study),
        *_examples(study),
        *_lost(rows),
        *_rows(study),
        *_evaluators(study),
        *_labels(study),
        *_coverage(study),
        *_content(study),
        *_clusters(study),
        *_attempts(study),
    )


def _doubts(study: Study) -> Iterator[Concern]:
    """Say what was guessed about the columns of tables and could be wrong."""
    for doubt in study.reading.doubts if study.reading is not None else ():
        yield Concern(kind="reading", experiment=doubt.experiment, count=doubt.count, message=doubt.message)
    base = study.alignment.sides[0].source
    for side in study.alignment.sides[1:]:
        if (
            base.facts.get("experiment_id")
            and side.source.facts.get("experiment_id") == base.facts["experiment_id"]
        ):
            yield Concern(
                kind="reading",
                experiment=side.source.name,
                count=1,
                message="is the baseline itself: the same experiment twice",
            )
    for side in study.alignment.sides if study.reading is None else ():
        facts = side.source.facts
        for note in (*facts.get("read_as", ()), *facts.get("text_columns", {}).values()):
            yield Concern(kind="reading", experiment=side.source.name, count=side.examples, message=note)


def _attempts(study: Study) -> Iterator[Concern]:
    """Name outputs that were drawn again, where those of another experiment were not."""
    for found in drawn_again([side.source for side in study.alignment.sides]):
        yield Concern(kind="attempts", experiment=found.experiment, count=found.count, message=found.message)


def _lost(rows: Sequence[Mapping[str, Any]]) -> Iterator[Concern]:
    """Say which runs were lost on one side and what they could have changed; metrics that lost the same share
    a line.
    """
    said: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        # What is missing or unscored is said below in any case; here where it could change a verdict.
        if row["lost_decides"] or (row["n_lost_runs"] and row["n_error"]):
            said.setdefault((row["candidate"], row["lost_runs"], lost_outlook(row)), []).append(row)
    for (candidate, runs, outlook), found in said.items():
        message = f"{', '.join(row['metric'] for row in found)}: {runs}: {outlook}"
        yield Concern(kind="lost runs", experiment=candidate, count=found[0]["n_lost_runs"], message=message)


def lost_outlook(row: Mapping[str, Any]) -> str:
    """Say what the verdict would be had the lost runs come out one way or the other."""
    if not row["lost_decides"]:
        return "however they would have come out, the verdict stays"
    return (
        f"{row['paired_verdict']} over the pairs alone, {row['worst_verdict']} at worst,"
        f" {row['best_verdict']} at best"
    )


def _datasets(study: Study) -> Iterator[Concern]:
    base = study.alignment.sides[0].source
    for side in study.alignment.sides[1:]:
        other = side.source
        for key, kind in (("dataset_id", "dataset"), ("dataset_version_id", "dataset version")):
            mine, theirs = base.facts.get(key), other.facts.get(key)
            if mine and theirs and mine != theirs:
                yield Concern(
                    kind=kind,
                    experiment=other.name,
                    count=side.examples,
                    message=f"ran over {kind} {theirs}, the baseline over {mine}",
                )
                break


def _parts(study: Study) -> Iterator[Concern]:
    """Say which experiments ran over a part of their dataset on purpose: nothing of the rest
    counts as lost.
    """
    for side in study.alignment.sides:
        if side.source.part:
            there = int((side.counts > 0).sum())
            rest = side.examples - there
            which = f" ({side.source.part_words})" if side.source.part_words else ""
            left = (
                f"the other {rest:,} are left out and not counted as lost"
                if rest
                else "the numbers are about these only"
            )
            message = f"ran over a part of the dataset{which}, {counted(there, 'example')}; {left}"
            yield Concern(kind="part", experiment=side.source.name, count=there, message=message)


def _examples(study: Study) -> Iterator[Concern]:
    base = study.alignment.sides[0]
    for side in study.alignment.sides[1:]:
        for holder, lacker in ((base, side), (side, base)):
            alone = np.flatnonzero((holder.counts > 0) & (lacker.counts == 0))
            if len(alone) and not lacker.source.part:
                message = (
                    f"{_have(len(alone))} no run here but one in {holder.source.name!r}: {_ids(study, alone)}"
                )
                yield Concern(
                    kind="one side only", experiment=lacker.source.name, count=len(alone), message=message
                )


def _have(n: int) -> str:
    return counted(n, "example has", "examples have")


def _ids(study: Study, examples: Any) -> str:
    named = ", ".join(short_names(study, study.alignment.ids(examples[:_NAMED]).to_pylist()).values())
    return named + (", …" if len(examples) > _NAMED else "")


def _rows(study: Study) -> Iterator[Concern]:
    for number, side in enumerate(study.alignment.sides):
        name = side.source.name
        if side.copies:
            said = (
                f"{counted(side.copies, 'row repeats', 'rows repeat')} a run and"
                f" {'is' if side.copies == 1 else 'are'} left out"
            )
            yield Concern(kind="copies", experiment=name, count=side.copies, message=said)
        if side.nameless:
            yield Concern(
                kind="no example id",
                experiment=name,
                count=side.nameless,
                message=f"{counted(side.nameless, 'run names', 'runs name')} no example: left out",
            )
        if side.repeated:
            several = int((side.counts > 1).sum())
            told = (
                ""
                if telling_column(side.source)
                else ", told apart by nothing: neither `id` nor `repetition`"
            )
            message = (
                f"{_have(several)} several runs (up to {int(side.counts.max()):,}), averaged within the"
                f" example{told}"
            )
            errored = 0 if study.settings.errors_as_fails else int(study.errored(number).sum())
            if (
                errored
            ):  # no pair is lost while another run of the example has a value, so nothing else would say it
                message += (
                    f"; {errored:,} of all runs errored and {'has' if errored == 1 else 'have'} no part in"
                    " the averages"
                )
            yield Concern(kind="repetitions", experiment=name, count=several, message=message)


def _evaluators(study: Study) -> Iterator[Concern]:
    known = [set(judges(side.source.columns)) for side in study.alignment.sides]
    every = list(
        dict.fromkeys(judge for side in study.alignment.sides for judge in judges(side.source.columns))
    )
    for side, mine in zip(study.alignment.sides, known, strict=True):
        lacking = [shown_name(judge) for judge in every if judge not in mine]
        if lacking:
            message = f"has no {', '.join(lacking)}, which another experiment has"
            yield Concern(kind="evaluator", experiment=side.source.name, count=len(lacking), message=message)


def _labels(study: Study) -> Iterator[Concern]:
    """Say which labels are no known word: beside a verdict they count as unscored, and too many make it no
    verdict.
    """
    for metric in study.metrics:
        if metric.remark:
            yield Concern(
                kind="labels",
                experiment=study.names[0],
                count=len(metric.vocabulary),
                message=f"{metric.name}: {metric.remark}",
            )
        for side in study.alignment.sides if metric.unread and metric.by_label else ():
            if metric.label_column not in side.source:
                continue
            labels = side.source.labels(str(metric.label_column))
            tally = np.bincount(labels.codes[labels.codes >= 0], minlength=len(labels.vocabulary))
            odd = {
                label: int(n)
                for label, n in zip(labels.vocabulary, tally, strict=True)
                if label in metric.unread and n
            }
            if odd:
                message = (
                    f"{metric.name}: {_no_words(sum(odd.values()))}, counted as unscored: {named_labels(odd)}"
                )
                yield Concern(
                    kind="labels", experiment=side.source.name, count=sum(odd.values()), message=message
                )


def _no_words(count: int) -> str:
    return counted(count, "label is no known word", "labels are no known words")


def _coverage(study: Study) -> Iterator[Concern]:
    # A verdict and the grade beside it come from one evaluator: said once.
    judges_seen = {metric.judge or metric.name: metric for metric in reversed(study.metrics)}
    for metric in reversed(judges_seen.values()):
        for number, name in enumerate(study.names):
            found = study.outcome(metric, number).counts
            runs = found["scored"] + found["unscored"]
            if found["unscored"]:
                message = (
                    f"{metric.name} gave nothing for {found['unscored']:,} of {counted(runs, 'run')} that did"
                    " not fail"
                )
                yield Concern(kind="coverage", experiment=name, count=found["unscored"], message=message)


def _content(study: Study) -> Iterator[Concern]:
    """Compare the inputs that both sides carry: the same id with another question is not the same example."""
    yield from _examples_content(study)
    base = study.alignment.sides[0]
    own = (
        set()
        if study.examples is None
        else {name for name in study.examples.columns if _carried(study, name)}
    )
    for side in study.alignment.sides[1:]:
        shared = [
            name
            for name in base.source.columns
            if carries(side.source, name) and (name in _INPUTS or name in own)
        ]
        both = np.flatnonzero((base.counts > 0) & (side.counts > 0))
        for column in shared:
            before = base.source.take(column, base.first_row[both])
            after = side.source.take(column, side.first_row[both])
            changed = both[_differ(before, after)]
            if len(changed):
                message = (
                    f"{column!r} differs from the baseline's in {counted(len(changed), 'example')}:"
                    f" {_ids(study, changed)}"
                )
                yield Concern(
                    kind="content", experiment=side.source.name, count=len(changed), message=message
                )


def _carried(study: Study, column: str) -> bool:
    """Say whether the baseline's runs carry a column of the dataset, and not something of their own that is
    called so.
    """
    base, examples = study.alignment.sides[0], study.examples
    if examples is None or not carries(base.source, column):
        return False
    rows = study.rows_in(examples)
    both = np.flatnonzero((base.counts > 0) & (rows >= 0))[:_LOOK_AT]
    mine, theirs = base.source.take(column, base.first_row[both]), examples.take(column, rows[both])
    return bool(2 * int(_differ(mine, theirs).sum()) <= len(both))


def _examples_content(study: Study) -> Iterator[Concern]:
    """Compare the examples of every experiment's own version of the dataset, where they were given one by
    one.
    """
    if study.examples is None:
        return
    mine = study.rows_in(study.examples)
    for name, theirs in study.other_examples.items():
        rows = study.rows_in(theirs)
        both = np.flatnonzero((mine >= 0) & (rows >= 0))
        changed = np.zeros(len(both), dtype=bool)
        for column in study.examples.columns:
            if column in theirs and column not in OWN_ID:
                changed |= _differ(study.examples.take(column, mine[both]), theirs.take(column, rows[both]))
        if changed.any():
            message = (
                f"{_have(int(changed.sum()))} another content than in the baseline's version:"
                f" {_ids(study, both[changed])}"
            )
            yield Concern(kind="content", experiment=name, count=int(changed.sum()), message=message)


def _differ(before: Any, after: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if before.type != after.type or pa.types.is_nested(before.type):
        before, after = (
            pa.array([None if value is None else str(value) for value in part.to_pylist()], pa.string())
            for part in (before, after)
        )
    return np.asarray(
        pc.fill_null(pc.not_equal(before, after), False).to_numpy(zero_copy_only=False), dtype=bool
    )


def _clusters(study: Study) -> Iterator[Concern]:
    if study.settings.cluster is None:
        return
    codes, labels = study.groups(study.settings.cluster)
    alone = int((codes < 0).sum())
    count, effective = len(labels) + alone, units_of(own_clusters(codes)) if len(codes) else 0.0
    if effective < FEW_CLUSTERS:
        unequal = (
            f", of such sizes that they tell as much as {effective:.1f} equal ones"
            if effective < count - 0.5
            else ""
        )
        message = (
            f"only {counted(count, 'cluster')} by {study.settings.cluster!r}{unequal}: below {FEW_CLUSTERS} a"
            " few of them decide"
        )
        yield Concern(kind="clusters", experiment=study.names[0], count=count, message=message)
    if alone:
        message = f"{_have(alone)} no {study.settings.cluster!r}: each is a cluster of its own"
        yield Concern(kind="clusters", experiment=study.names[0], count=alone, message=message)
