"""Decide what a journal means for a run: begin, go on, run failures again, or refuse with a clear word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arize_nb.errors import ConflictError, ExperimentUnfinishedError, NotFoundError, RunError, TaskChangedError
from arize_nb.harness.arrived import find_experiment, present_runs
from arize_nb.harness.assignment import latest_version
from arize_nb.harness.journal import Journal, Left, journal_path
from arize_nb.text.command_line import Choice, Command, Hint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arize_nb.harness.evaluators import Evaluator
    from arize_nb.models import Dataset

GO_ON = Hint("Go on where it stopped: resume=True", "Go on where it stopped: --resume")
START_ANEW = Hint('start anew: rerun="all"', "start anew: --rerun all")
FAILED_AGAIN = Choice('rerun="failed"', "--rerun failed")
KEEP_EARLIER = Choice("allow_changed_task=True", "--allow-changed-task")


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
    checked: Any = None
    """What `Beginning.check` gave, where it was asked."""


@dataclass(frozen=True)
class Beginning:
    """What a run is about to do, as the journal is asked for it."""

    client: Any
    name: str
    dataset: Dataset
    fingerprint: str
    """Of the task, or of what stands for it."""
    what: str
    """How errors call it ("task 'answer'")."""
    evaluators: Sequence[Evaluator]
    rerun: str | None = None
    resume: bool = False
    allow_changed_task: bool = False
    check: Callable[[str | None], Any] = lambda _version: None
    """Raises where a run over this dataset version cannot be made: asked before anything is thrown away."""

    @property
    def goes_on(self) -> bool:
        """Whether what the journal has is wanted; rerun="all" outweighs a resume=True that stayed in the cell."""
        return self.rerun == "failed" or (self.resume and self.rerun is None)

    @property
    def marks(self) -> dict[str, str]:
        """Fingerprints of the evaluators of single runs."""
        return {item.name: item.fingerprint for item in self.evaluators if not item.summary}


def open_session(begin: Beginning) -> Session:
    """Open the journal of an experiment; the caller closes it.

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
    journal = Journal(journal_path(begin.dataset.space_id or "", begin.dataset.id, begin.name))
    try:
        meta = journal.meta()
        if "fingerprint" in meta and begin.goes_on and _has_begun(journal, meta):
            _check_unchanged(begin, journal, meta)
            return _continued(begin, journal, meta)
        if "fingerprint" in meta:
            _clear(begin, journal, meta)
        if find_experiment(begin.client.experiments, begin.name, begin.dataset) is not None:
            raise _taken(begin)
        version = latest_version(begin.dataset)
        journal.forget()
        journal.note(name=begin.name, fingerprint=begin.fingerprint, version_id=version, evaluators=json.dumps(begin.marks))
        return Session(journal, version)
    except BaseException:
        journal.close()
        raise


def _has_begun(journal: Journal, meta: dict[str, str]) -> bool:
    """Tell whether there is something to go on from; a run may have been refused before its first call (a parameter nothing provides)."""
    return bool(journal.left(meta["fingerprint"]).runs) or not {"experiment_id", "creating"}.isdisjoint(meta)


def _clear(begin: Beginning, journal: Journal, meta: dict[str, str]) -> None:
    """Make room for a new run, or say why that needs a word from the user."""
    done = len(journal.left(meta["fingerprint"]).runs)
    if begin.rerun == "all":
        there = find_experiment(begin.client.experiments, begin.name, begin.dataset)
        if there is not None:
            _delete_own(begin, journal, there.id)
    elif "complete" not in meta and done:
        total = int(meta.get("total", done))
        what = f"a run of experiment {begin.name!r} was cut short: {done:,} of {total:,} runs are kept"
        raise ExperimentUnfinishedError(what, done=done, total=total, hint=Hint.of("{}, or {}.", GO_ON, START_ANEW))


def _taken(begin: Beginning) -> ConflictError:
    where = f"experiment {begin.name!r} exists already in dataset {begin.dataset.name or begin.dataset.id!r}"
    if begin.goes_on:
        return ConflictError(f"{where}, and this machine has no journal of it to go on from", hint="Run under another name.")
    return ConflictError(
        where, hint=Hint.of("Run under another name; if it is yours, {} runs its failures again, or {}.", FAILED_AGAIN, START_ANEW)
    )


def _continued(begin: Beginning, journal: Journal, meta: dict[str, str]) -> Session:
    """Go on from a journal."""
    left = journal.left(begin.fingerprint)
    session = Session(journal, meta.get("version_id"), meta.get("experiment_id"), unsure="creating" in meta, left=left)
    if session.experiment_id is not None and not _exists(begin.client, session.experiment_id):
        journal.note(experiment_id=None, complete=None)
        _nothing_uploaded(session, begin.fingerprint)
    new = [name for name in begin.marks if name not in json.loads(meta.get("evaluators", "{}"))]
    if new and left.uploaded:
        raise RunError(
            f"evaluator {new[0]!r} is new, but {len(left.uploaded):,} runs are uploaded without it",
            hint=Hint.of(
                "Go on without it, then score what is stored: {}.", Choice("client.experiments.evaluate(…)", "%ax experiments evaluate")
            ),
        )
    if begin.rerun == "failed":
        session.checked = begin.check(session.version_id)
        _drop_failures(begin, session)
    journal.note(evaluators=json.dumps(json.loads(meta.get("evaluators", "{}")) | begin.marks))
    return session


def _check_unchanged(begin: Beginning, journal: Journal, meta: dict[str, str]) -> None:
    """Refuse to mix results of two tasks, or of two rulers, unless told to."""
    known = json.loads(meta.get("evaluators", "{}"))
    changed = [name for name, mark in begin.marks.items() if known.get(name, mark) != mark]
    hint = Hint.of("Undo the change, {}, or keep the earlier results: {}.", START_ANEW, KEEP_EARLIER)
    if meta["fingerprint"] != begin.fingerprint:
        if not begin.allow_changed_task:
            raise TaskChangedError(f"{begin.what} was changed since this experiment began", hint=hint)
        journal.adopt(meta["fingerprint"], begin.fingerprint)
        journal.note(fingerprint=begin.fingerprint)
    if changed and not begin.allow_changed_task:
        raise TaskChangedError(f"evaluator {changed[0]!r} was changed since this experiment began", hint=hint)


def _drop_failures(begin: Beginning, session: Session) -> None:
    """Forget failed runs and failed evaluations, so that they are done again."""
    left, journal = session.left, session.journal
    runs = [key for key, failed in left.runs.items() if failed]
    evaluations = [key for key, made in left.evaluated.items() if any(made.values()) and not left.runs.get(key)]
    if session.experiment_id is not None and not left.uploaded.isdisjoint((*runs, *evaluations)):
        _delete_own(begin, journal, session.experiment_id)
        _nothing_uploaded(session, begin.fingerprint)
    if runs or evaluations:
        journal.note(complete=None)
    journal.forget(runs, begin.fingerprint)
    journal.forget_failed_evaluations(begin.fingerprint)
    for key in runs:
        del left.runs[key]
    for key in evaluations:
        left.evaluated[key] = {evaluator: failed for evaluator, failed in left.evaluated[key].items() if not failed}


def _delete_own(begin: Beginning, journal: Journal, experiment_id: str) -> None:
    """Delete our experiment, since the service cannot change a run; never one that holds what the journal does not.

    Raises
    ------
    RunError
        It is another's, or people have annotated it.
    """
    experiments, meta = begin.client.experiments, journal.meta()
    hint = Hint.of("Run under another name, or delete it yourself: {}.", Command(("experiments", "delete"), [experiment_id]))
    refused = f"experiment {begin.name!r} cannot be replaced"
    if meta.get("experiment_id") != experiment_id:
        raise RunError(f"{refused}: the one on the service is not the one that this journal made", hint=hint)
    if not set(present_runs(experiments, experiment_id)) <= set(journal.left(meta["fingerprint"]).runs):
        raise RunError(f"{refused}: it has runs that this journal does not have", hint=hint)
    if any(record.get("annotations") for record in experiments.iter_records(experiment_id, annotations=True)):
        raise RunError(f"{refused}: it has annotations, which would be lost", hint=hint)
    experiments.delete(experiment_id)
    journal.note(experiment_id=None, creating=None, complete=None)


def _nothing_uploaded(session: Session, fingerprint: str) -> None:
    """Note that the service has none of the runs any more."""
    session.journal.mark_uploaded(list(session.left.uploaded), fingerprint, uploaded=False)
    session.left.uploaded.clear()
    session.experiment_id, session.unsure = None, False


def _exists(client: Any, experiment_id: str) -> bool:
    try:
        client.experiments.get(experiment_id)
    except NotFoundError:
        return False
    return True
