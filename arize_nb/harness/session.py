"""Decide what a journal means for a run: begin, go on, run failures again, or refuse with a clear word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ConflictError, ExperimentUnfinishedError, RunError, TaskChangedError
from arize_nb.harness.journal import Journal, Left, journal_path
from arize_nb.harness.upload import find_experiment, present_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arize_nb.harness.evaluators import Evaluator
    from arize_nb.harness.settings import RunSettings
    from arize_nb.harness.task import Task
    from arize_nb.models import Dataset

GO_ON = "Go on where it stopped: resume=True (%ax: --resume)"
START_ANEW = 'start anew: rerun="all" (%ax: --rerun all)'


@dataclass
class Session:
    """A journal that is open, and what it already has."""

    journal: Journal
    version_id: str | None
    """Dataset version that the experiment runs over."""
    experiment_id: str | None = None
    """The experiment, when an earlier session made it."""
    unsure: bool = False
    """Whether an earlier session may have sent what it did not note."""
    left: Left = field(default_factory=Left)
    """What is done already."""
    complete: bool = False
    """Whether an earlier session finished the experiment and counted its runs."""


def open_session(
    client: Any,
    *,
    name: str,
    dataset: Dataset,
    task: Task,
    evaluators: Sequence[Evaluator],
    settings: RunSettings,
    resume: bool,
    allow_changed_task: bool,
) -> Session:
    """Open the journal of an experiment.

    Raises
    ------
    ExperimentUnfinishedError
        An earlier run of this name was cut short, and nothing says what to do about it.
    ConflictError
        The name is taken on the service.
    TaskChangedError
        The journal belongs to another task, or an evaluator was changed.
    RunError
        Another kernel runs this experiment.
    """
    latest = dataset.versions[0].id if dataset.versions else None
    journal = Journal(journal_path(dataset.space_id or "", dataset.id, name))
    try:
        go_on = resume or settings.rerun == "failed"
        meta = journal.meta()
        if "fingerprint" in meta and not go_on:
            _clear(client, journal, meta, name, dataset, settings)
            meta = {}
        if "fingerprint" not in meta:
            taken = find_experiment(client.experiments, name, dataset)
            if taken is not None:
                raise _taken(name, dataset, go_on=go_on)
            journal.forget()
            journal.note(name=name, fingerprint=task.fingerprint, version_id=latest, evaluators=_marks(evaluators))
            return Session(journal, latest)
        return _continued(client, journal, meta, name, task, evaluators, settings, allow_changed_task)
    except BaseException:
        journal.close()
        raise


def _clear(client: Any, journal: Journal, meta: dict[str, str], name: str, dataset: Dataset, settings: RunSettings) -> None:
    """Make room for a new run, or say why that needs a word from the user."""
    done = len(journal.left(meta["fingerprint"]).runs)
    there = find_experiment(client.experiments, name, dataset)
    if settings.rerun == "all":
        if there is not None:
            _delete_own(client, journal, meta, there.id, name)
        return
    if "complete" in meta or done == 0:
        if there is not None and meta.get("experiment_id") == there.id:
            raise _taken(name, dataset, go_on=False)
        return
    total = int(meta.get("total", done))
    raise ExperimentUnfinishedError(
        f"a run of experiment {name!r} was cut short: {done:,} of {total:,} runs are kept",
        done=done,
        total=total,
        hint=f"{GO_ON}, or {START_ANEW}.",
    )


def _taken(name: str, dataset: Dataset, *, go_on: bool) -> ConflictError:
    where = f"experiment {name!r} exists already in dataset {dataset.name or dataset.id!r}"
    if go_on:
        return ConflictError(f"{where}, and this machine has no journal of it to go on from", hint="Run under another name.")
    return ConflictError(where, hint=f'Run under another name; if it is yours, rerun="failed" runs its failures again, or {START_ANEW}.')


def _continued(
    client: Any,
    journal: Journal,
    meta: dict[str, str],
    name: str,
    task: Task,
    evaluators: Sequence[Evaluator],
    settings: RunSettings,
    allow_changed_task: bool,
) -> Session:
    """Go on from a journal."""
    _check_unchanged(journal, meta, task, evaluators, allow_changed_task)
    left = journal.left(task.fingerprint)
    session = Session(
        journal, meta.get("version_id"), meta.get("experiment_id"), unsure="creating" in meta, left=left, complete="complete" in meta
    )
    if session.experiment_id is not None and not _exists(client, session.experiment_id):
        session.experiment_id, session.complete = None, False
        journal.mark_uploaded(list(left.uploaded), task.fingerprint, uploaded=False)
        journal.note(experiment_id=None, complete=None)
        left.uploaded.clear()
    _check_new_evaluators(session, meta, evaluators)
    if settings.rerun == "failed":
        _drop_failures(client, session, task.fingerprint, name)
    journal.note(evaluators=_marks(evaluators))
    return session


def _check_unchanged(journal: Journal, meta: dict[str, str], task: Task, evaluators: Sequence[Evaluator], allowed: bool) -> None:
    """Refuse to mix results of two tasks, or of two rulers, unless told to."""
    known = json.loads(meta.get("evaluators", "{}"))
    changed = [item.name for item in evaluators if not item.summary and known.get(item.name, item.fingerprint) != item.fingerprint]
    hint = f"Undo the change, {START_ANEW}, or keep the earlier results: allow_changed_task=True."
    if meta["fingerprint"] != task.fingerprint:
        if not allowed:
            raise TaskChangedError(f"task {task.name!r} was changed since this experiment began", hint=hint)
        journal.adopt(meta["fingerprint"], task.fingerprint)
        journal.note(fingerprint=task.fingerprint)
    if changed and not allowed:
        raise TaskChangedError(f"evaluator {changed[0]!r} was changed since this experiment began", hint=hint)


def _check_new_evaluators(session: Session, meta: dict[str, str], evaluators: Sequence[Evaluator]) -> None:
    """Refuse evaluators that runs already uploaded cannot get any more."""
    known = json.loads(meta.get("evaluators", "{}"))
    new = [item.name for item in evaluators if not item.summary and item.name not in known]
    if new and session.left.uploaded:
        raise RunError(
            f"evaluator {new[0]!r} is new, but {len(session.left.uploaded):,} runs are uploaded without it",
            hint="Go on without it, then score what is stored: client.experiments.evaluate(…).",
        )


def _drop_failures(client: Any, session: Session, fingerprint: str, name: str) -> None:
    """Forget failed runs and failed evaluations, so that they are done again."""
    left = session.left
    runs = [key for key, failed in left.runs.items() if failed]
    evaluations = [key for key, made in left.evaluated.items() if any(made.values()) and not left.runs.get(key)]
    again = {*runs, *evaluations}
    if again & left.uploaded and session.experiment_id is not None:
        _delete_own(client, session.journal, session.journal.meta(), session.experiment_id, name)
        session.journal.mark_uploaded(list(left.uploaded), fingerprint, uploaded=False)
        session.experiment_id, session.unsure = None, False
        left.uploaded.clear()
    session.complete = session.complete and not again
    session.journal.forget(runs, fingerprint)
    session.journal.forget_failed_evaluations(fingerprint)
    for key in runs:
        del left.runs[key]
    for key in evaluations:
        left.evaluated[key] = {evaluator: failed for evaluator, failed in left.evaluated[key].items() if not failed}


def _delete_own(client: Any, journal: Journal, meta: dict[str, str], experiment_id: str, name: str) -> None:
    """Delete our experiment, since the service cannot change a run; never one that holds what the journal does not.

    Raises
    ------
    RunError
        It is another's, or people have annotated it.
    """
    hint = "Run under another name, or delete it yourself: client.experiments.delete(…)."
    if meta.get("experiment_id") != experiment_id:
        raise RunError(f"experiment {name!r} on the service is not the one that this journal made, so it is not replaced", hint=hint)
    kept = journal.left(meta["fingerprint"]).runs
    if not set(present_runs(client.experiments, experiment_id)) <= set(kept):
        raise RunError(f"experiment {name!r} has runs that this journal does not have, so it is not replaced", hint=hint)
    if any(record.get("annotations") for record in client.experiments.iter_records(experiment_id, annotations=True)):
        raise RunError(f"experiment {name!r} has annotations, which would be lost, so it is not replaced", hint=hint)
    client.experiments.delete(experiment_id)
    journal.note(experiment_id=None, creating=None, complete=None)


def _exists(client: Any, experiment_id: str) -> bool:
    from arize_nb.errors import NotFoundError

    try:
        client.experiments.get(experiment_id)
    except NotFoundError:
        return False
    return True


def _marks(evaluators: Sequence[Evaluator]) -> str:
    return json.dumps({item.name: item.fingerprint for item in evaluators if not item.summary})
