"""What is to be run over what, and what comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from arize_nb.harness.dataset_part import KeptPart, choose_part, is_part
from arize_nb.harness.engine.execute import Happened, chosen
from arize_nb.harness.functions.example_view import columns_of, example_ids, input_text
from arize_nb.harness.result import ExperimentResult
from arize_nb.harness.summary_evaluators import summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arize_nb.harness.engine.settings import RunSettings
    from arize_nb.harness.evaluators.evaluator import Evaluator
    from arize_nb.harness.functions.task import Task
    from arize_nb.harness.records.run_record import EvaluatorRecord, RunRecord
    from arize_nb.models import Dataset, Experiment


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What is to be run over what."""

    name: str
    """Name of the experiment."""
    dataset: Dataset
    """Its dataset."""
    version_id: str | None
    """Version of the dataset that is run over."""
    examples: Sequence[Mapping[str, Any]]
    """Examples to run over, each with an `id`."""
    task: Task | None
    """What is called; None when stored outputs are scored."""
    fingerprint: str
    """Of the task, or of what stands for it."""
    evaluators: tuple[Evaluator, ...]
    """All of them, summary evaluators too."""
    settings: RunSettings
    planned: int
    """Runs there are to be."""
    part_fact: str | None = None
    """What a journal remembers of the part of the dataset that is run over; None for the whole."""
    quiet: bool = False
    """Whether no bar is shown."""

    @property
    def single(self) -> tuple[Evaluator, ...]:
        """Evaluators of single runs."""
        return tuple(item for item in self.evaluators if not item.summary)

    @property
    def facts(self) -> dict[str, Any]:
        """What traces say about the run."""
        return {
            "experiment_name": self.name,
            "dataset_id": self.dataset.id,
            "dataset_name": self.dataset.name,
            "dataset_version_id": self.version_id,
            "space_id": self.dataset.space_id,
        }


def read_assignment(
    client: Any,
    *,
    name: str,
    dataset: Dataset,
    version: str | None,
    kept: KeptPart | None = None,
    task: Task,
    evaluators: tuple[Evaluator, ...],
    settings: RunSettings,
    quiet: bool,
) -> Assignment:
    """Read the examples, choose those to run over, and bind task and evaluators to their columns.

    Parameters
    ----------
    client, name, dataset, version, task, evaluators, settings, quiet
        What is to be run over what.
    kept : KeptPart, optional
        What the journal says of the part that the experiment began with.

    Raises
    ------
    InputError
        There are no examples, a parameter asks for what no example has, or the part is not there or another
        than in the beginning.
    """
    version = version or latest_version(dataset)
    examples = list(client.datasets.iter_records(dataset, version=version))
    label = dataset.name or dataset.id
    example_ids(examples, label)
    columns = columns_of(examples)
    part = choose_part(examples, settings.wish, kept, label)
    drawn = chosen(part.examples, settings)
    words = part.words
    if len(drawn) < len(part.examples):
        words = f"{len(drawn):,} of {len(examples):,} examples: a dry run"
    return Assignment(
        name=name,
        dataset=dataset,
        version_id=version,
        examples=drawn,
        task=task.fitted(columns),
        fingerprint=task.fingerprint,
        evaluators=tuple(item.fitted(columns) for item in evaluators),
        settings=replace(settings, part=words),
        planned=len(drawn) * settings.repetitions,
        part_fact=part.fact,
        quiet=quiet,
    )


def latest_version(dataset: Dataset) -> str | None:
    """Return the id of the latest version; None when the service did not name any."""
    return dataset.versions[0].id if dataset.versions else None


def result_of(
    work: Assignment,
    records: Sequence[RunRecord],
    *,
    happened: Happened | None = None,
    began: float | None = None,
    lost: int = 0,
    experiment: Experiment | None = None,
    **facts: Any,
) -> ExperimentResult:
    """Put together what there is, in the order of the dataset; summary evaluators are called when no run is
    missing.

    Parameters
    ----------
    work : Assignment
        What was to be run.
    records : sequence of RunRecord
        What there is.
    happened : Happened, optional
        What happened on the way.
    began : float, optional
        When it began (monotonic clock).
    lost : int
        Calls begun again because their worker was lost.
    experiment : Experiment, optional
        The experiment on the service.
    **facts
        More members of the result.
    """
    place = {example["id"]: index for index, example in enumerate(work.examples)}
    records = sorted(
        records, key=lambda record: (place.get(record.example_id, len(place)), record.repetition)
    )
    planned = max(work.planned, len(records))
    happened = happened or Happened()
    summary: Mapping[str, EvaluatorRecord] = {}
    if len(records) == planned:
        summary = summarise(
            [item for item in work.evaluators if item.summary], records, work.examples, work.settings
        )
    is_marked = bool(work.settings.part) or any(is_part(record.fields) for record in records)
    attrs = {
        "experiment_id": experiment.id if experiment else None,
        "experiment": work.name,
        "dataset_id": work.dataset.id,
        "dataset_version_id": work.version_id,
        "space_id": work.dataset.space_id,
        **({"metadata": dict(work.settings.metadata)} if work.settings.metadata else {}),
        **({"part": True} if is_marked else {}),
    }
    taken = work.task.binding.columns() if work.task else []
    return ExperimentResult(
        name=work.name,
        experiment=experiment,
        records=tuple(records),
        planned=planned,
        summary_records=summary,
        retries=happened.tally.retries,
        slowdowns=happened.slowdowns,
        abandoned=happened.tally.abandoned,
        requeued=happened.tally.requeued + lost,
        elapsed_s=0.0 if began is None else time.monotonic() - began,
        seed=work.settings.seed,
        dataset=work.dataset.name,
        attrs=attrs,
        inputs={
            record.example_id: input_text(work.examples[place[record.example_id]], taken)
            for record in records
            if record.example_id in place and record.has_failure
        },
        **facts,
    )
