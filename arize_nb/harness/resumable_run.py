"""A run with a journal, from its session to its result: execute, upload, count."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Any

from arize_nb import progress as bars
from arize_nb.errors import (
    AxError,
    ExperimentUnfinishedError,
    IncompleteExportError,
    RunError,
    TooManyFailuresError,
)
from arize_nb.harness.engine.execute import Before, Happened, JournalStore, execute, plan
from arize_nb.harness.next_steps import FAILED_AGAIN, GO_ON, OTHER_LOOP
from arize_nb.harness.result import ExperimentResult, RunInterrupted
from arize_nb.harness.resume_checks import accepted_marks
from arize_nb.harness.run_plan import Assignment, result_of
from arize_nb.harness.tracing.span_project import project_of
from arize_nb.harness.tracing.spans import spans_for
from arize_nb.harness.upload.uploader import ExperimentUploader
from arize_nb.persistence.uninterrupted import held_back
from arize_nb.text.command_line import Hint

if TYPE_CHECKING:
    from arize_nb.harness.engine.remote_calls import RemoteCalls
    from arize_nb.harness.journal.run_journal import Key
    from arize_nb.harness.resume import Session
    from arize_nb.models import Experiment

LAG_S = (0.0, 0.5, 1.5, 3.0)
"""Waits before each look at what has arrived: a service may lag behind its own replies."""
_RUN_AGAIN = Hint.of("Repair it, then run the failures again and go on: {}.", FAILED_AGAIN)
_REPAIRED = Hint("Repair it, then run this again.")


def _before(session: Session) -> Before:
    """Say what has worked in earlier sessions."""
    worked = {name for made in session.left.evaluated.values() for name, failed in made.items() if not failed}
    return Before(runs=not all(session.left.runs.values()), evaluators=frozenset(worked))


class JournalledRun:
    """Does what is left of an experiment.

    Parameters
    ----------
    client : Client
        Where the experiment goes.
    work : Assignment
        What is to be run.
    session : Session
        The journal, and what it already has.
    elsewhere : RemoteCalls, optional
        Runs the task in other processes.
    """

    def __init__(
        self, client: Any, work: Assignment, session: Session, elsewhere: RemoteCalls | None = None
    ) -> None:
        self._client = client
        self._work = work
        self._session = session
        self._elsewhere = elsewhere
        self._store = JournalStore(session.journal, work.fingerprint)
        self._began = time.monotonic()
        self._spans = spans_for(client, work.facts)
        self._happened = Happened()
        done = session.left.runs
        names = {item.name for item in work.single}
        self._unscored = [
            key
            for key, failed in done.items()
            if not failed and names - set(session.left.evaluated.get(key, ()))
        ]
        self._resumed = len(done) - (len(self._unscored) if work.task is None else 0)

    def go(self) -> ExperimentResult:
        """Execute what is left, upload, count, and return.

        Raises
        ------
        RunInterrupted
            The stop button: what was done is kept.
        TooManyFailuresError
            Stopped early.
        ExperimentUnfinishedError
            All runs are kept, but the service does not have all of them.
        """
        session = self._session
        if session.notes:  # something that the user would not expect
            done = f"{len(session.left.runs):,} of {self._work.planned:,} runs kept"
            self._client.notice(f"Going on with {self._work.name!r}, {done}: {' '.join(session.notes)}")
        unscored = set(self._unscored)
        to_upload = [
            key for key in session.left.runs if key not in session.left.uploaded and key not in unscored
        ]
        uploader = ExperimentUploader(
            self._client,
            session.journal,
            self._work.fingerprint,
            name=self._work.name,
            dataset=self._work.dataset,
            experiment_id=session.experiment_id,
            unsure=session.unsure or session.experiment_id is not None,
            on_made=self._file_spans,
        )
        with contextlib.closing(self._spans):
            return self._go(uploader, to_upload)

    def _file_spans(self, experiment: Experiment | None) -> None:
        """Send spans to the project that the service has for the experiment."""
        self._spans.file_under(lambda: project_of(self._client, experiment))

    def _go(self, uploader: ExperimentUploader, to_upload: list[Key]) -> ExperimentResult:
        """Do what is left, with an uploader that is to be started."""
        if self._session.experiment_id is not None and self._spans.make is not None:
            self._file_spans(self._client.experiments.get(self._session.experiment_id))
        try:
            uploader.start()
            self._execute(uploader)
            uploader.offer_kept(to_upload)
            return self._finish(uploader)
        except KeyboardInterrupt:
            with held_back():
                uploader.stop()
                what, result = self._cut_short("interrupted", uploader)
                interrupted = RunInterrupted(what, result, hint=GO_ON)
            raise interrupted from None
        except AxError as error:
            uploader.stop()
            if isinstance(error, RunError) and error.result is None:
                with contextlib.suppress(AxError):  # a journal that cannot even be read has been told already
                    error.result = self._made()
            raise

    def _execute(self, uploader: ExperimentUploader) -> None:
        work, session = self._work, self._session
        known = (
            {record.key: record for record in session.journal.records(work.fingerprint, self._unscored)}
            if self._unscored
            else {}
        )
        items = plan(work.examples, work.single, work.settings.repetitions, session.left, known)
        total = max(work.planned - len(session.left.runs), 0) + len(self._unscored)
        label = f"{'Scoring' if work.task is None else 'Running'} {work.name}"
        label += f" ({self._resumed:,} done before)" if self._resumed else ""
        try:
            with bars.bar(label, total, quiet=work.quiet, delay_s=0) as bar:
                execute(
                    items,
                    total,
                    task=work.task,
                    settings=work.settings,
                    store=self._store,
                    bar=bar,
                    uploader=uploader,
                    elsewhere=self._elsewhere,
                    spans=self._spans.make,
                    happened=self._happened,
                    before=_before(session),
                    evaluators=[item.name for item in work.single],
                )
        finally:
            with held_back(), contextlib.suppress(AxError):  # a full disk has been told already
                session.journal.note(**accepted_marks(session.journal.meta(), work.task, work.single))
        if self._happened.stopped is not None:
            uploader.stop()
            raise self._stopped(self._happened.stopped, uploader)

    def _stopped(self, why: TooManyFailuresError, uploader: ExperimentUploader) -> TooManyFailuresError:
        """Say why the run was stopped; where nothing at all has worked, nothing is kept, so that the repaired
        cell can be run as it is.
        """
        what, result = self._cut_short(why.what, uploader)
        hint = _RUN_AGAIN
        if uploader.experiment_id is None and all(record.failure is not None for record in result.records):
            what, result, hint = (
                f"{why.what}. Nothing was stored",
                dataclasses.replace(result, journal=None),
                _REPAIRED,
            )
            self._session.journal.forget()
        if any(step is OTHER_LOOP for step in result.next_steps):
            hint = OTHER_LOOP
        error = TooManyFailuresError(what, failures=why.failures, finished=why.finished, hint=hint)
        error.result = result
        return error

    def _finish(self, uploader: ExperimentUploader) -> ExperimentResult:
        """Upload the rest, count what the service has, and note that the experiment is complete."""
        work = self._work
        try:
            with bars.bar(f"Uploading {work.name}", quiet=work.quiet) as bar:
                uploader.finish(lambda: bar.advance(uploader.sent - bar.done))
            ids = self._counted(uploader)
            experiment = self._client.experiments.get(uploader.experiment_id)
        except AxError as error:
            what, result = self._cut_short(
                f"experiment {work.name!r} is not whole on the service: {str(error).rstrip('.')}", uploader
            )
            unfinished = ExperimentUnfinishedError(
                what, done=len(result.records), total=work.planned, hint=GO_ON
            )
            unfinished.result = result
            raise unfinished from error
        self._session.journal.note(complete="1")
        return self._made(experiment=experiment, run_ids=ids)

    def _counted(self, uploader: ExperimentUploader) -> dict[tuple[str, int], str]:
        """Read back what arrived.

        Raises
        ------
        IncompleteExportError
            Some runs are missing: they are noted as not uploaded, so that resuming sends them again.
        """
        journal, mark = self._session.journal, self._work.fingerprint
        kept = journal.left(mark).runs
        there: dict[tuple[str, int], str] = {}
        for wait_s in LAG_S:
            time.sleep(wait_s)
            there = uploader.present()
            if set(kept) <= set(there):
                return there
        missing = [key for key in kept if key not in there]
        journal.mark_uploaded(missing, mark, uploaded=False)
        raise IncompleteExportError(
            f"{len(missing):,} of {len(kept):,} runs did not arrive", received=len(there), expected=len(kept)
        )

    def _cut_short(self, why: str, uploader: ExperimentUploader) -> tuple[str, ExperimentResult]:
        """Say what is kept."""
        result = self._made()
        kept = (
            f"{len(result.records):,} of {result.planned:,} runs are kept on disk, {uploader.sent:,} were"
            " uploaded by now"
        )
        return f"{why}. {kept}", result

    def _made(self, experiment: Experiment | None = None, **facts: object) -> ExperimentResult:
        return result_of(
            self._work,
            self._store.records(),
            happened=self._happened,
            began=self._began,
            lost=self._elsewhere.lost() if self._elsewhere else 0,
            experiment=experiment,
            resumed=self._resumed,
            journal=str(self._session.journal.path),
            client=self._client,
            notes=tuple(self._session.notes),
            **facts,
        )
