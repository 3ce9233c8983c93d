"""Decide what a journal means for a run: begin, go on, run failures again, or refuse with a clear word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arize_nb.errors import (
    ConflictError,
    ExperimentUnfinishedError,
    InputError,
    NotFoundError,
    RunError,
    UnreadableJournalError,
)
from arize_nb.harness import resume_checks as checks
from arize_nb.harness.dataset_part import KeptPart, kept_part
from arize_nb.harness.journal.run_journal import Journal, Left, journal_path
from arize_nb.harness.journal.salvage import Salvaged, salvage
from arize_nb.harness.journal.tables import RULES_OF_FORMAT_1
from arize_nb.harness.next_steps import FAILED_AGAIN, GO_ON, START_ANEW
from arize_nb.harness.records.stored_runs import restored_runs
from arize_nb.harness.upload.uploaded_runs import find_experiment, page_of, present_runs
from arize_nb.harness.values.json_values import clean_text
from arize_nb.persistence.journal_file import set_aside
from arize_nb.text.command_line import Command, Hint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arize_nb.harness.evaluators.evaluator import Evaluator
    from arize_nb.harness.functions.task import Task
    from arize_nb.harness.journal.run_journal import Key
    from arize_nb.harness.run_plan import Assignment
    from arize_nb.models import Dataset

SHOWN = 6
"""Most things not compared that the line names."""
LONGEST_NAME = 255
"""Characters of a name that the service can look for."""


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
    work: Assignment | None = None
    """What is to be run over what."""
    notes: list[str] = field(default_factory=list)
    """What a user should know of how it goes on, a line each."""


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
    read: Callable[[str | None, KeptPart | None], Assignment]
    """Reads the examples of a version (of the part that a journal began with), and checks that all can be run
    over them.
    """
    task: Task | None = None
    """What is called; None when stored outputs are scored."""
    rerun: str | None = None
    resume: bool = False
    allow_changed_task: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether what the journal has is wanted; rerun="all" outweighs a resume=True that stayed in the
        cell.
        """
        return self.rerun == "failed" or (self.resume and self.rerun is None)

    @property
    def single(self) -> list[Evaluator]:
        """Evaluators of single runs."""
        return [item for item in self.evaluators if not item.summary]

    @property
    def marks(self) -> dict[str, str]:
        """Fingerprints of the evaluators of single runs."""
        return {item.name: item.fingerprint for item in self.evaluators if not item.summary}


def open_session(begin: Beginning) -> Session:
    """Open the journal of an experiment; the caller closes it. Whatever cannot be run is refused before
    anything is deleted.

    Raises
    ------
    InputError
        The name cannot be one, or the examples cannot be run over.
    ExperimentUnfinishedError
        An earlier run of this name was cut short, and nothing says what to do about it.
    ConflictError
        The name is taken on the service.
    TaskChangedError
        The journal belongs to another task, an evaluator was changed, or the examples were.
    UnreadableJournalError
        The journal is damaged, and nothing says what to do about it.
    RunError
        Another kernel runs this experiment.
    """
    checked_name(begin.name)
    journal, salvaged = _opened(begin)
    try:
        meta = journal.meta()
        if "fingerprint" in meta and begin.goes_on and _has_begun(journal, meta):
            return _continued(begin, journal, meta, salvaged)
        work = begin.read(None, None) if begin.rerun == "all" else None
        if "fingerprint" in meta:
            _clear(begin, journal, meta, salvaged)
        if find_experiment(begin.client.experiments, begin.name, begin.dataset) is not None:
            raise _taken(begin)
        work = work or begin.read(None, None)
        journal.forget()
        journal.note(
            name=begin.name,
            fingerprint=begin.fingerprint,
            version_id=work.version_id,
            evaluators=json.dumps(begin.marks),
            parameters=json.dumps(checks.parameters_of(work.settings)),
            total=str(work.planned),
            part=work.part_fact,
            **checks.descriptions_of(begin.task, begin.single),
        )
        if work.task is not None:
            journal.note_examples(checks.example_digests(work.examples))
        session = Session(journal, work.version_id, work=work)
        if salvaged is not None:
            session.notes.append(f"The journal was damaged; it is kept as {salvaged.aside.name}.")
        return session
    except BaseException:
        journal.close()
        raise


def checked_name(name: str) -> None:
    """Refuse a name that cannot be one on the service, before anything is made.

    Raises
    ------
    InputError
        It is no text, empty, too long, or holds what no text can be stored with.
    """
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"name={name!r} cannot name an experiment", hint='Give a text: name="mini-v2".')
    if len(name) > LONGEST_NAME:
        raise InputError(
            f"the name {name[:20]!r}… has {len(name):,} characters, and {LONGEST_NAME} are the most",
            hint="Shorten it.",
        )
    if clean_text(name) != name or "\0" in name:
        raise InputError(
            f"the name {name!r:.60} holds characters that no name can be stored with", hint="Take them out."
        )


def _opened(begin: Beginning) -> tuple[Journal, Salvaged | None]:
    """Open the journal; one that is damaged is set aside when something says how to go on, with what can be
    read saved into a new one.
    """
    path = journal_path(begin.dataset.space_id or "", begin.dataset.id, begin.name)
    journal = None
    try:
        journal = Journal(path)
        if begin.goes_on or begin.rerun:
            journal.check()
        return journal, None
    except UnreadableJournalError as error:
        if journal is not None:
            journal.close()
        if not error.damaged and begin.rerun == "all":
            set_aside(path)
            return Journal(path), None
        if not error.damaged or not (begin.goes_on or begin.rerun):
            raise
        salvaged = salvage(path)
        return Journal(path), salvaged
    except BaseException:
        if journal is not None:
            journal.close()
        raise


def _has_begun(journal: Journal, meta: dict[str, str]) -> bool:
    """Tell whether there is something to go on from; a run may have been refused before its first call (a
    parameter nothing provides).
    """
    return journal.mean_bytes(meta["fingerprint"]) > 0 or not {"experiment_id", "creating"}.isdisjoint(meta)


def _clear(begin: Beginning, journal: Journal, meta: dict[str, str], salvaged: Salvaged | None) -> None:
    """Make room for a new run, or say why that needs a word from the user."""
    done = len(journal.left(meta["fingerprint"]).runs)
    if begin.rerun == "all":
        there = find_experiment(begin.client.experiments, begin.name, begin.dataset)
        if there is not None:
            _delete_own(begin, journal, there.id, short=salvaged is not None)
    elif "complete" not in meta and done:
        total = int(meta.get("total", done))
        what = f"a run of experiment {begin.name!r} was cut short: {done:,} of {total:,} runs are kept"
        raise ExperimentUnfinishedError(
            what, done=done, total=total, hint=Hint.of("{}, or {}.", GO_ON, START_ANEW)
        )


def _taken(begin: Beginning) -> ConflictError:
    where = f"experiment {begin.name!r} exists already in dataset {begin.dataset.name or begin.dataset.id!r}"
    if begin.goes_on:
        return ConflictError(
            f"{where}, and this machine has no journal of it to go on from", hint="Run under another name."
        )
    return ConflictError(
        where,
        hint=Hint.of(
            "Run under another name; if it is yours, {} runs its failures again, or {}.",
            FAILED_AGAIN,
            START_ANEW,
        ),
    )


def _continued(
    begin: Beginning, journal: Journal, meta: dict[str, str], salvaged: Salvaged | None
) -> Session:
    """Go on from a journal: check everything, then change it."""
    work = begin.read(meta.get("version_id"), kept_part(begin.name, meta.get("part"), journal.examples()))
    kept = journal.left(meta["fingerprint"])
    notes = (
        checks.check_settings(meta, work.settings, checks.most_repetitions(kept.runs), begin.name)
        if work.task
        else []
    )
    if work.task is not None:
        notes += checks.check_examples(
            journal.examples(), work.examples, begin.name, allowed=begin.allow_changed_task
        )
    same = checks.check_unchanged(
        meta,
        mark=begin.fingerprint,
        what=begin.what,
        task=begin.task,
        evaluators=begin.single,
        allowed=begin.allow_changed_task,
    )
    checks.refuse_new_evaluators(meta, begin.single, len(kept.uploaded))
    left = kept
    if meta["fingerprint"] != begin.fingerprint:
        journal.adopt(meta["fingerprint"], begin.fingerprint)
        journal.note(fingerprint=begin.fingerprint)
        left = journal.left(begin.fingerprint)
    session = Session(
        journal,
        meta.get("version_id"),
        meta.get("experiment_id"),
        unsure="creating" in meta,
        left=left,
        work=work,
    )
    if session.experiment_id is not None and not _exists(begin.client, session.experiment_id):
        journal.note(experiment_id=None, complete=None)
        _nothing_uploaded(session, begin.fingerprint)
    session.notes += [_salvaged_line(begin, session, salvaged, meta)] if salvaged is not None else []
    if work.task is not None:
        _drop_deleted(begin, session, work)
    if begin.rerun == "failed":
        _drop_failures(begin, session)
    session.notes += _lines(notes + same.differs, same.not_compared)
    known = json.loads(meta.get("evaluators", "{}"))
    parameters = {**json.loads(meta.get("parameters", "{}")), "repetitions": work.settings.repetitions}
    facts = {"parameters": json.dumps(parameters), "total": str(work.planned), RULES_OF_FORMAT_1: None}
    journal.note(
        evaluators=json.dumps(known | begin.marks),
        **facts,
        **checks.descriptions_of(begin.task, begin.single),
    )
    if work.task is not None and not journal.examples():
        journal.note_examples(checks.example_digests(work.examples))
    return session


def _lines(notes: Sequence[str], not_compared: Sequence[str]) -> list[str]:
    """Say what differs, and what could not be compared."""
    lines = [f"Differs: {'; '.join(notes)}."] if notes else []
    if not_compared:
        shown = list(dict.fromkeys(not_compared))
        more = f" and {len(shown) - SHOWN:,} more" if len(shown) > SHOWN else ""
        lines.append(f"not compared: {', '.join(shown[:SHOWN])}{more}.")
    return lines


def _salvaged_line(begin: Beginning, session: Session, salvaged: Salvaged, meta: dict[str, str]) -> str:
    """Take back from the service what the damage cost; say what came of it."""
    back: list[Any] = []
    if session.experiment_id is not None:
        there = list(begin.client.experiments.iter_records(session.experiment_id, annotations=False))
        back = [run for run in restored_runs(there, begin.marks) if run.key not in session.left.runs]
        session.journal.keep(begin.fingerprint, back, evaluations=True)
        session.journal.mark_uploaded([run.key for run in back], begin.fingerprint)
        session.left = session.journal.left(begin.fingerprint)
    session.unsure = True
    total = int(meta.get("total", 0))
    of = f" of {total:,}" if total else ""
    service = f", {len(back):,} more came back from the service" if back else ""
    return (
        f"The journal was damaged: {salvaged.runs:,}{of} runs could be read{service}; the damaged file is"
        f" kept as {salvaged.aside.name}."
    )


def _drop_deleted(begin: Beginning, session: Session, work: Assignment) -> None:
    """Forget runs of examples that are there no more, unless the service has them."""
    there = {example["id"] for example in work.examples}
    gone: list[Key] = [
        key for key in session.left.runs if key[0] not in there and key not in session.left.uploaded
    ]
    if not gone:
        return
    session.journal.forget(gone, begin.fingerprint)
    for key in gone:
        del session.left.runs[key]
        session.left.evaluated.pop(key, None)


def _drop_failures(begin: Beginning, session: Session) -> None:
    """Forget failed runs and failed evaluations, so that they are done again."""
    left, journal = session.left, session.journal
    runs = [key for key, failed in left.runs.items() if failed]
    evaluations = [
        key for key, made in left.evaluated.items() if any(made.values()) and not left.runs.get(key)
    ]
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
        left.evaluated[key] = {
            evaluator: failed for evaluator, failed in left.evaluated[key].items() if not failed
        }


def _delete_own(begin: Beginning, journal: Journal, experiment_id: str, *, short: bool = False) -> None:
    """Delete our experiment, since the service cannot change a run; never one that holds what the journal
    does not.

    A journal that damage has made `short` may lack runs that were ours.

    Raises
    ------
    RunError
        It is another's, or people have annotated it.
    """
    experiments, meta = begin.client.experiments, journal.meta()
    hint = Hint.of(
        "Run under another name, or delete it yourself: {}.",
        Command(("experiments", "delete"), [experiment_id]),
    )
    refused = f"experiment {begin.name!r} cannot be replaced"
    if meta.get("experiment_id") != experiment_id:
        raise RunError(f"{refused}: the one on the service is not the one that this journal made", hint=hint)
    page = page_of(journal.mean_bytes(meta["fingerprint"]))
    if not short and not set(present_runs(experiments, experiment_id, page)) <= set(
        journal.left(meta["fingerprint"]).runs
    ):
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
