"""Run an experiment: examples -> task -> journal -> evaluators -> journal -> upload -> result."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from arize_nb import progress as bars
from arize_nb.errors import AxError, ExperimentUnfinishedError, IncompleteExportError, TooManyFailuresError
from arize_nb.harness.evaluators import Evaluator, as_evaluators
from arize_nb.harness.examples import check_columns, example_ids
from arize_nb.harness.executor import Tally
from arize_nb.harness.remote import elsewhere_of
from arize_nb.harness.result import ExperimentResult, RunInterrupted
from arize_nb.harness.runner import JournalStore, MemoryStore, Store, chosen, execute, plan
from arize_nb.harness.session import GO_ON, Session, open_session
from arize_nb.harness.settings import RunSettings, checked
from arize_nb.harness.summaries import summarise
from arize_nb.harness.task import Task, as_task
from arize_nb.harness.traces import spans_for
from arize_nb.harness.upload import ExperimentUploader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from arize_nb.harness.outcomes import EvaluatorRecord, RunRecord
    from arize_nb.models import Dataset, Experiment

LAG_S = (0.0, 0.5, 1.5, 3.0)
"""Waits before each look at what has arrived: a service may lag behind its own replies."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What is to be run over what."""

    name: str
    dataset: Dataset
    version_id: str | None
    examples: Sequence[Mapping[str, Any]]
    task: Task
    evaluators: tuple[Evaluator, ...]
    settings: RunSettings
    quiet: bool

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

    @property
    def planned(self) -> int:
        """Runs there are to be."""
        return len(self.examples) * self.settings.repetitions


def run_experiment(
    client: Any,
    *,
    name: str,
    dataset: Any,
    space: Any = None,
    task: Callable[..., Any],
    evaluators: Any = (),
    concurrency: int = 8,
    repetitions: int = 1,
    timeout_s: float | None = 120,
    retries: int = 3,
    rate_limit_errors: Any = (),
    max_failures: int | float | None = None,
    dry_run: int | tuple[str, int] | None = None,
    resume: bool = False,
    rerun: Literal["failed", "all"] | None = None,
    executor: Any = None,
    seed: int = 0,
    progress: bool = True,
    allow_changed_task: bool = False,
) -> ExperimentResult:
    """Run a task over the examples of a dataset, evaluate what it returns, and upload all of it as an experiment.

    Every finished run and evaluation is on disk before it counts: whatever ends the run, ``resume=True`` does only what is left.

    Parameters
    ----------
    client : Client
        Where the dataset is and the experiment goes.
    name : str
        Name of the experiment, unique in its dataset.
    dataset : str or Dataset
        Its latest version is run over; when resuming, the version of the beginning.
    space : str or Space, optional
        Where to find the dataset by name.
    task : callable
        `def` or `async def` with any of the parameters `input`, `output` (the example's own), `metadata`, `dataset_row`, or one of any
        other name, which receives the example as a dict. What it returns is the output; None is an error. It may `report` tokens, cost
        and more columns.
    evaluators : callable, sequence or mapping
        See `evaluator`; failed runs are not scored.
    concurrency : int
        Calls at once: threads for a `def`, one event loop of ours for an `async def`.
    repetitions : int
        Runs of each example.
    timeout_s : float, optional
        Seconds for one call. A late `async def` is cancelled; the thread of a late `def` is left behind and counted. Not tried again.
    retries : int
        Further calls after a transient failure, with exponential back-off and jitter, or after the Retry-After that came with it. Errors
        of the code (TypeError, KeyError, ImportError…) and refusals (HTTP 400, 401, 403, 404, 422) are not tried again.
    rate_limit_errors : exception classes
        Errors that slow the whole run, besides HTTP 429 and the model clients' own, which are recognised.
    max_failures : int or float, optional
        Failures tolerated: a count, or a share below 1 of the finished runs (from the tenth). By default the run stops when its first ten
        results all fail with the same type of error.
    dry_run : int or ("random", int), optional
        Run only the first N examples, or N by chance; nothing is kept or uploaded.
    resume : bool
        Go on where an earlier run stopped; begin when there is none.
    rerun : "failed" or "all", optional
        Run failed runs and evaluations again (and what is left); or throw away what there is and start anew.
    executor : concurrent.futures.Executor, optional
        Calls the task there (Dask: ``client.get_executor()``); evaluators and journal stay here.
    seed : int
        For the random dry run and the jitter.
    progress : bool
        Show a progress bar.
    allow_changed_task : bool
        Keep earlier results although the task or an evaluator was changed since.

    Returns
    -------
    ExperimentResult

    Raises
    ------
    InputError
        A parameter cannot be used; nothing was called.
    ConflictError
        The name is taken; nothing was called.
    ExperimentUnfinishedError
        An earlier run waits to be resumed; or all runs are done and kept, but could not be uploaded.
    TaskChangedError
        The journal belongs to another task.
    TooManyFailuresError
        Stopped early; its `result` has what was done.
    RunInterrupted
        A KeyboardInterrupt with the `result` so far.
    """
    settings = checked(
        concurrency=concurrency,
        repetitions=repetitions,
        timeout_s=timeout_s,
        retries=retries,
        rate_limit_errors=rate_limit_errors,
        max_failures=max_failures,
        dry_run=dry_run,
        rerun=rerun,
        seed=seed,
    )
    bound, judges = as_task(task), as_evaluators(evaluators)
    elsewhere = elsewhere_of(executor)
    home = client.datasets.get(dataset, space=space)
    if settings.dry:
        return _dry(_assign(client, name, home, None, bound, judges, settings, quiet=not progress), elsewhere)
    session = open_session(
        client,
        name=name,
        dataset=home,
        task=bound,
        evaluators=judges,
        settings=settings,
        resume=resume,
        allow_changed_task=allow_changed_task,
    )
    with contextlib.closing(session.journal):
        work = _assign(client, name, home, session.version_id, bound, judges, settings, quiet=not progress)
        session.journal.note(total=str(work.planned))
        return _Run(client, work, session, elsewhere).go()


def _assign(
    client: Any,
    name: str,
    home: Dataset,
    version: str | None,
    task: Task,
    evaluators: tuple[Evaluator, ...],
    settings: RunSettings,
    *,
    quiet: bool,
) -> Assignment:
    """Read the examples and check that task and evaluators find there what they ask for."""
    version = version or (home.versions[0].id if home.versions else None)
    examples = list(client.datasets.iter_records(home, version=version))
    label = home.name or home.id
    example_ids(examples, label)
    check_columns(task.binding.keys(), examples, f"task {task.name!r}")
    for item in evaluators:
        if not item.summary:
            check_columns(item.binding.keys(), examples, f"evaluator {item.name!r}")
    return Assignment(
        name=name,
        dataset=home,
        version_id=version,
        examples=chosen(examples, settings),
        task=task,
        evaluators=evaluators,
        settings=settings,
        quiet=quiet,
    )


def _dry(work: Assignment, elsewhere: Any) -> ExperimentResult:
    """Run without keeping or uploading anything."""
    store, began = MemoryStore(), time.monotonic()
    items = plan(work.examples, work.single, work.settings.repetitions)
    tally, slowdowns, stopped = Tally(), 0, None
    try:
        with bars.bar(f"Trying {work.name}", work.planned, quiet=work.quiet, delay_s=0) as bar:
            tally, slowdowns, stopped = execute(
                items, work.planned, task=work.task, settings=work.settings, store=store, bar=bar, elsewhere=elsewhere
            )
    except KeyboardInterrupt:
        result = _result(work, store.records(), tally, slowdowns, began)
        raise RunInterrupted(f"interrupted: {len(result.records):,} of {work.planned:,} runs of the dry run were done", result) from None
    result = _result(work, store.records(), tally, slowdowns, began, elsewhere)
    if stopped is not None:
        stopped.result = result  # type: ignore[attr-defined]
        raise stopped
    return result


def _result(
    work: Assignment,
    records: Sequence[RunRecord],
    tally: Tally,
    slowdowns: int,
    began: float,
    elsewhere: Any = None,
    experiment: Experiment | None = None,
    **facts: Any,
) -> ExperimentResult:
    """Put together what there is."""
    planned = max(work.planned, len(records))
    summary: Mapping[str, EvaluatorRecord] = {}
    if len(records) == planned:
        summary = summarise([item for item in work.evaluators if item.summary], records, work.examples, work.settings)
    attrs = {
        "experiment_id": experiment.id if experiment else None,
        "experiment": work.name,
        "dataset_id": work.dataset.id,
        "dataset_version_id": work.version_id,
        "space_id": work.dataset.space_id,
    }
    return ExperimentResult(
        name=work.name,
        experiment=experiment,
        records=tuple(records),
        planned=planned,
        summary=summary,
        retries=tally.retries,
        slowdowns=slowdowns,
        abandoned=tally.abandoned,
        requeued=tally.requeued + (elsewhere.lost if elsewhere is not None else 0),
        elapsed_s=time.monotonic() - began,
        seed=work.settings.seed,
        dataset=work.dataset.name,
        attrs=attrs,
        **facts,
    )


class _Run:
    """A run with a journal, from its session to its result."""

    def __init__(self, client: Any, work: Assignment, session: Session, elsewhere: Any) -> None:
        self._client = client
        self._work = work
        self._session = session
        self._elsewhere = elsewhere
        self._store: Store = JournalStore(session.journal, work.task.fingerprint)
        self._began = time.monotonic()
        self._tally, self._slowdowns = Tally(), 0
        done = session.left.runs
        names = {item.name for item in work.single}
        self._unscored = [key for key, failed in done.items() if not failed and names - set(session.left.evaluated.get(key, ()))]
        self._resumed = len(done)

    def go(self) -> ExperimentResult:
        """Do what is left, upload, count, and return."""
        session, work = self._session, self._work
        unscored = set(self._unscored)
        to_upload = [key for key in session.left.runs if key not in session.left.uploaded and key not in unscored]
        uploader = ExperimentUploader(
            self._client,
            session.journal,
            work.task.fingerprint,
            name=work.name,
            dataset=work.dataset,
            experiment_id=session.experiment_id,
            unsure=session.unsure or session.experiment_id is not None,
        )
        try:
            self._execute(uploader)
            uploader.offer_kept(to_upload)
            return self._finish(uploader)
        except KeyboardInterrupt:
            uploader.stop()
            raise RunInterrupted(*self._cut_short("interrupted", uploader)) from None
        except AxError:
            uploader.stop()
            raise

    def _execute(self, uploader: ExperimentUploader) -> None:
        work, session = self._work, self._session
        known = {record.key: record for record in session.journal.records(work.task.fingerprint, self._unscored)} if self._unscored else {}
        items = plan(work.examples, work.single, work.settings.repetitions, session.left, known)
        total = max(work.planned - self._resumed, 0) + len(self._unscored)
        spans = spans_for(self._client, work.facts)
        label = f"Running {work.name}" + (f" ({self._resumed:,} done before)" if self._resumed else "")
        with contextlib.closing(spans), bars.bar(label, total, quiet=work.quiet, delay_s=0) as bar:
            self._tally, self._slowdowns, stopped = execute(
                items,
                total,
                task=work.task,
                settings=work.settings,
                store=self._store,
                bar=bar,
                uploader=uploader,
                elsewhere=self._elsewhere,
                spans=spans.make,
            )
        if stopped is not None:
            uploader.stop()
            what, result = self._cut_short(stopped.what, uploader)
            hint = 'Repair it, then run the failures again and go on: rerun="failed" (%ax: --rerun failed).'
            error = TooManyFailuresError(
                what, failures=getattr(stopped, "failures", 0), finished=getattr(stopped, "finished", 0), hint=hint
            )
            error.result = result  # type: ignore[attr-defined]
            raise error

    def _finish(self, uploader: ExperimentUploader) -> ExperimentResult:
        """Upload the rest, count what the service has, and note that the experiment is complete."""
        work = self._work
        try:
            with bars.bar(f"Uploading {work.name}", quiet=work.quiet) as bar:
                uploader.finish(lambda: bar.advance(uploader.sent - bar.done))
            ids = self._counted(uploader)
            experiment = self._client.experiments.get(uploader.experiment_id)
        except AxError as error:
            what, result = self._cut_short(f"experiment {work.name!r} is not whole on the service: {error.what}", uploader)
            unfinished = ExperimentUnfinishedError(what, done=len(result.records), total=work.planned, hint=f"{GO_ON}.")
            unfinished.result = result  # type: ignore[attr-defined]
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
        journal, mark = self._session.journal, self._work.task.fingerprint
        kept = journal.left(mark).runs
        there: dict[tuple[str, int], str] = {}
        for wait_s in LAG_S:
            time.sleep(wait_s)
            there = uploader.present()
            if set(kept) <= set(there):
                return there
        missing = [key for key in kept if key not in there]
        journal.mark_uploaded(missing, mark, uploaded=False)
        raise IncompleteExportError(f"{len(missing):,} of {len(kept):,} runs did not arrive", received=len(there), expected=len(kept))

    def _cut_short(self, why: str, uploader: ExperimentUploader) -> tuple[str, ExperimentResult]:
        """Say what is kept and how to go on."""
        result = self._made()
        done, planned = len(result.records), result.planned
        return f"{why}. {done:,} of {planned:,} runs are kept on disk, {uploader.sent:,} were uploaded by now. {GO_ON}", result

    def _made(self, experiment: Experiment | None = None, **facts: Any) -> ExperimentResult:
        return _result(
            self._work,
            self._store.records(),
            self._tally,
            self._slowdowns,
            self._began,
            self._elsewhere,
            experiment,
            resumed=self._resumed,
            journal=str(self._session.journal.path),
            **facts,
        )
