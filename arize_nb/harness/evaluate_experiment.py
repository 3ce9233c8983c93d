"""Score the stored outputs of an experiment: as a new experiment, or as annotations of its runs."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.harness.annotate_runs import Annotating
from arize_nb.harness.engine.settings import RunSettings, checked
from arize_nb.harness.evaluators.evaluator import Evaluator, as_evaluators
from arize_nb.harness.functions.example_view import columns_of
from arize_nb.harness.records.stored_runs import stored_runs
from arize_nb.harness.resumable_run import JournalledRun
from arize_nb.harness.resume import Beginning, open_session
from arize_nb.harness.run_plan import Assignment
from arize_nb.models import Dataset
from arize_nb.text.command_line import Choice, Hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arize_nb.harness.records.run_record import RunRecord
    from arize_nb.harness.result import ExperimentResult
    from arize_nb.models import Experiment


def evaluate_experiment(
    client: Any,
    experiment: object,
    *,
    evaluators: object,
    dataset: object = None,
    space: object = None,
    name: str | None = None,
    as_annotations: bool = False,
    create_configs: bool = False,
    concurrency: int = 8,
    timeout_s: float | None = 120,
    retries: int = 3,
    retry_on: Any = (),
    rate_limit_errors: Any = (),
    resume: bool = False,
    rerun: Any = None,
    seed: int = 0,
    progress: bool = True,
) -> ExperimentResult:
    """Score the stored outputs of an experiment; no task is called.

    Parameters
    ----------
    client : Client
        Where the experiment is.
    experiment : str or Experiment
        Whose runs are scored; failed runs are not.
    evaluators : callable, sequence or mapping
        See `evaluator`. They receive the output as the service stores it: text.
    dataset, space : optional
        Where to find the experiment by name.
    name : str, optional
        Name of the new experiment; ``<name>-<evaluator>`` by default. It has all runs, with the evaluations
        they had and the new ones.
    as_annotations : bool
        Write the scores as annotations of the runs in place of a new experiment: they then stand beside those
        of people.
    create_configs : bool
        Make the annotation configs that the space lacks.
    concurrency, timeout_s, retries, retry_on, rate_limit_errors, seed, progress
        As for `run_experiment`.
    resume : bool
        Go on where an earlier call stopped: no run is scored twice.
    rerun : "failed" or "all", optional
        Ask evaluators that failed again; or start anew.

    Returns
    -------
    ExperimentResult
        Its `experiment` is the new one, or the annotated one, with the `receipt` of the annotations.

    Raises
    ------
    InputError
        No evaluator is given; the experiment has no runs; or it has no dataset and the scores should become a
        new experiment.
    NotFoundError
        The space has no annotation config for a metric; told after the first run is scored.
    TooManyFailuresError
        The first ten results of an evaluator all failed with the same type of error, other than ValueError;
        what is scored is kept.
    ExperimentUnfinishedError, RunInterrupted
        As for `run_experiment`.
    """
    judges = as_evaluators(evaluators)
    if not judges:
        raise InputError(
            "no evaluator is given",
            hint=Hint("Give one: evaluators=[exact_match()].", "Give one: --evaluator exact_match"),
        )
    options: dict[str, Any] = {"concurrency": concurrency, "timeout_s": timeout_s, "retries": retries}
    options |= {"retry_on": retry_on, "rate_limit_errors": rate_limit_errors}
    settings = checked(**options, max_failures=None, rerun=rerun, seed=seed)
    source = client.experiments.get(experiment, dataset=dataset, space=space)
    runs, ids = stored_runs(
        client.experiments.iter_records(source, annotations=False), [item.name for item in judges]
    )
    if not runs:
        raise InputError(f"experiment {source.name!r} has no runs to score")
    made = name or f"{source.name}-{'-'.join(item.name for item in judges)}"
    work = _assignment(
        client, source, runs, judges, settings, source.name if as_annotations else made, quiet=not progress
    )
    if as_annotations:
        scores = Annotating(
            client=client, source=source, work=work, runs=runs, ids=ids, create_configs=create_configs
        )
        return scores.go(resume=resume)
    if source.dataset_id is None:
        raise InputError(
            f"experiment {source.name!r} has no dataset, so its scores cannot become a new experiment",
            hint=Hint.of("Write them onto its runs: {}.", Choice("as_annotations=True", "--as-annotations")),
        )
    return _as_new_experiment(client, work, runs, resume=resume)


def _assignment(
    client: Any,
    source: Experiment,
    runs: Sequence[RunRecord],
    judges: tuple[Evaluator, ...],
    settings: RunSettings,
    name: str,
    *,
    quiet: bool,
) -> Assignment:
    """Describe what is to be scored; the examples come from the version that the experiment ran over."""
    if source.dataset_id is not None:
        home = client.datasets.get(source.dataset_id)
        there: dict[str, Mapping[str, Any]] = {
            example["id"]: example
            for example in client.datasets.iter_records(home, version=source.dataset_version_id)
        }
    else:
        home, there = Dataset(id="", space_id=source.space_id), {}
    wanted = dict.fromkeys(run.example_id for run in runs)
    examples = [there.get(example_id, {"id": example_id}) for example_id in wanted]
    columns = columns_of(examples)
    most = max(run.repetition for run in runs)
    return Assignment(
        name=name,
        dataset=home,
        version_id=source.dataset_version_id,
        examples=examples,
        task=None,
        fingerprint=hashlib.sha256(f"stored outputs of {source.id}".encode()).hexdigest()[:16],
        evaluators=tuple(item.fitted(columns) for item in judges),
        settings=dataclasses.replace(settings, repetitions=most),
        planned=len(runs),
        quiet=quiet,
    )


def _as_new_experiment(
    client: object, work: Assignment, runs: Sequence[RunRecord], *, resume: bool
) -> ExperimentResult:
    begin = Beginning(
        client,
        name=work.name,
        dataset=work.dataset,
        fingerprint=work.fingerprint,
        what="the experiment that is scored",
        evaluators=work.evaluators,
        read=lambda _version, _part: work,
        rerun=work.settings.rerun,
        resume=resume,
    )
    session = open_session(begin)
    with contextlib.closing(session.journal) as journal:
        fresh = [run for run in runs if run.key not in session.left.runs]
        journal.keep(work.fingerprint, fresh)
        journal.note(total=str(work.planned))
        session.left.runs.update({run.key: run.failure is not None for run in fresh})
        return JournalledRun(client, work, session).go()
