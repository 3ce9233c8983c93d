"""Run an experiment: examples -> task -> journal -> evaluators -> journal -> upload -> result."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Literal

from arize_nb import progress as bars
from arize_nb.harness.engine.execute import Happened, MemoryStore, execute, plan
from arize_nb.harness.engine.remote_calls import RemoteCalls, elsewhere_of
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.evaluators.evaluator import as_evaluators
from arize_nb.harness.functions.task import as_task
from arize_nb.harness.result import ExperimentResult, RunInterrupted
from arize_nb.harness.resumable_run import JournalledRun
from arize_nb.harness.resume import Beginning, open_session
from arize_nb.harness.run_plan import Assignment, read_assignment, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def run_experiment(
    client: Any,
    *,
    name: str,
    dataset: object,
    space: object = None,
    task: Callable[..., Any],
    evaluators: object = (),
    examples: object = None,
    limit: int | None = None,
    sample: int | None = None,
    concurrency: int = 8,
    repetitions: int = 1,
    timeout_s: float | None = 120,
    retries: int = 3,
    retry_on: Any = (),
    rate_limit_errors: Any = (),
    metadata: Mapping[str, Any] | None = None,
    max_failures: int | float | None = None,
    dry_run: int | tuple[str, int] | None = None,
    resume: bool = False,
    rerun: Literal["failed", "all"] | None = None,
    executor: Any = None,
    seed: int = 0,
    progress: bool = True,
    allow_changed_task: bool = False,
) -> ExperimentResult:
    """Run a task over the examples of a dataset, evaluate what it returns, and upload all of it as an
    experiment.

    Every finished run and evaluation is on disk before it counts: whatever ends the run, ``resume=True`` does
    only what is left.

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
        `def` or `async def` with any of the parameters `input`, `output` (the example's own), `metadata`,
        `dataset_row`, `repetition` (from 1), and those named like columns of the dataset, which receive their
        value (None where there is none); or one of any other name, which receives the example as a dict. What
        it returns is the output; None is an error. It may `report` tokens, cost and more columns.
    evaluators : callable, sequence or mapping
        See `evaluator`; failed runs are not scored.
    examples : ids, table or str, optional
        Run over a part of the dataset: these ids, the examples that a table names (`example_id`, else `id`),
        or those for which a filter holds. The runs are marked as a part (the column `dataset_part`, which a
        comparison reads).
    limit, sample : int, optional
        Only the first so many of them (of ids and tables: in their order), or so many by chance, which the
        journal remembers.
    concurrency : int
        Calls at once: threads for a `def`, one event loop of ours for an `async def`.
    repetitions : int
        Runs of each example.
    timeout_s : float, optional
        Seconds for one call. A late `async def` is cancelled; the thread of a late `def` is left behind and
        counted. Not tried again.
    retries : int
        Further calls after a transient failure, with exponential back-off and jitter, or after the
        Retry-After that came with it: a broken connection, a time limit of the client, HTTP 408, 409, 425,
        429 and 5xx. Whatever else fails is a result, an answer that cannot be parsed above all. The column
        `attempts` has the number of calls.
    retry_on : exception classes
        Errors that are tried again besides those. Naming what a bad answer raises draws answers until one
        fits.
    rate_limit_errors : exception classes
        Errors that slow the whole run, besides HTTP 429 and the model clients' own, which are recognised.
    metadata : mapping, optional
        Facts about the experiment (model, prompt): a column `metadata.<name>` of every run, as the service
        has no other place.
    max_failures : int or float, optional
        Failures tolerated: a count, or a share below 1 of the finished runs (from the tenth). By default the
        run stops when its first ten results (or all of fewer) fail with the same type of error, those of the
        task or of an evaluator.
    dry_run : int or ("random", int), optional
        Run only the first N examples, or N by chance; nothing is kept or uploaded.
    resume : bool
        Go on where an earlier run stopped; begin when there is none.
    rerun : "failed" or "all", optional
        Run failed runs and evaluations again (and what is left); or throw away what there is and start anew.
    executor : concurrent.futures.Executor, optional
        Calls the task there (Dask: ``client.get_executor()``); evaluators and journal stay here.
    seed : int
        For the sample, the random dry run and the jitter.
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
        retry_on=retry_on,
        rate_limit_errors=rate_limit_errors,
        metadata=metadata,
        examples=examples,
        limit=limit,
        sample=sample,
        max_failures=max_failures,
        dry_run=dry_run,
        rerun=rerun,
        seed=seed,
    )
    bound, judges = as_task(task), as_evaluators(evaluators)
    elsewhere = elsewhere_of(executor)
    if elsewhere is not None:
        elsewhere.check(bound.binding.function, f"task {bound.name!r}")
    home = client.datasets.get(dataset, space=space)
    what: dict[str, Any] = {
        "name": name,
        "dataset": home,
        "task": bound,
        "evaluators": judges,
        "settings": settings,
        "quiet": not progress,
    }
    if settings.dry:
        return _dry(read_assignment(client, version=None, **what), elsewhere)
    begin = Beginning(
        client,
        name=name,
        dataset=home,
        fingerprint=bound.fingerprint,
        what=f"task {bound.name!r}",
        evaluators=judges,
        read=lambda version, kept: read_assignment(client, version=version, kept=kept, **what),
        task=bound,
        rerun=rerun,
        resume=resume,
        allow_changed_task=allow_changed_task,
    )
    session = open_session(begin)
    with contextlib.closing(session.journal):
        assert session.work is not None
        return JournalledRun(client, session.work, session, elsewhere).go()


def _dry(work: Assignment, elsewhere: RemoteCalls | None) -> ExperimentResult:
    """Run without keeping or uploading anything."""
    store, happened, began = MemoryStore(), Happened(), time.monotonic()
    calls: dict[str, Any] = {
        "task": work.task,
        "settings": work.settings,
        "elsewhere": elsewhere,
        "happened": happened,
    }
    items = plan(work.examples, work.single, work.settings.repetitions)
    try:
        with bars.bar(f"Trying {work.name}", work.planned, quiet=work.quiet, delay_s=0) as bar:
            execute(items, work.planned, store=store, bar=bar, **calls)
    except KeyboardInterrupt:
        result = result_of(work, store.records(), happened=happened, began=began)
        raise RunInterrupted(
            f"interrupted: {len(result.records):,} of {work.planned:,} runs of the dry run were done", result
        ) from None
    result = result_of(
        work, store.records(), happened=happened, began=began, lost=elsewhere.lost() if elsewhere else 0
    )
    if happened.stopped is not None:
        happened.stopped.result = result
        raise happened.stopped
    return result
