"""The methods of a client that join parts: run, evaluate, compare."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from arize_nb.comparison.inputs.places.named_input import unwrapped
from arize_nb.errors import NotFoundError
from arize_nb.models import Experiment
from arize_nb.resources.experiments import Experiments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    import pandas as pd

    from arize_nb.client.service import ExperimentService
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.harness.result import ExperimentResult
    from arize_nb.resources.reading.rows import Annotations
    from arize_nb.resources.runs import DatasetLike, ExperimentLike, SpaceLike

F = TypeVar("F")
_DIRECTIONS = {"MAXIMIZE": "higher", "MINIMIZE": "lower"}


def _parameters_of(method: Callable[..., Any]) -> Callable[[F], F]:
    """Show the parameters of another method, and what it says of them, on one that hands all of them on
    (Shift-Tab).
    """
    told = re.search(r"\n +Parameters\n.*?(?=\n +See Also\n|$)", method.__doc__ or "", re.DOTALL)

    def show(wrapper: F) -> F:
        wrapper.__doc__ = f"{(wrapper.__doc__ or '').rstrip()}\n{told[0] if told else ''}"
        wrapper.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
        return wrapper

    return show


class JoinedExperiments(Experiments):
    """`client.experiments`, with the methods that need the run harness."""

    _link: ExperimentService

    def create(
        self,
        *,
        name: str,
        runs: object,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        check_examples: bool = True,
        read_back: bool = True,
        key: str | Sequence[str] | None = None,
    ) -> Experiment:
        """Create an experiment with its runs.

        Parameters
        ----------
        name, runs, dataset, space, check_examples, read_back
            As for any experiment.
        key : str or sequence of str, optional
            Columns of the runs that the dataset's examples have, too, or whose values are the examples' ids:
            they say which example each run is of, and no `example_id` is needed.
        """
        if key is not None and dataset is not None:
            from arize_nb.client.stored_results import with_example_ids

            runs = with_example_ids(self._link, runs, key, dataset, space)
        return super().create(
            name=name,
            runs=runs,
            dataset=dataset,
            space=space,
            check_examples=check_examples and key is None,
            read_back=read_back,
        )

    def import_results(
        self,
        *results: object,
        dataset: DatasetLike,
        space: SpaceLike | None = None,
        names: Sequence[str | None] | None = None,
        key: str | Sequence[str] | None = None,
        output: str | None = None,
        expected: str | Sequence[str] | None = None,
        ignore: str | Sequence[str] | None = None,
        split: str | None = None,
        columns: Mapping[str, Sequence[str]] | None = None,
        metrics: str | Sequence[str] | None = None,
        repetitions: bool = False,
        pick: str | Sequence[str] | None = None,
    ) -> tuple[Experiment, ...]:
        """Store tables of results as experiments: each a file, frame or list whose columns are read as
        `arize_nb.compare` reads them.

        Parameters
        ----------
        *results
            Files, folders, frames, tables, lists of dicts; each becomes an experiment.
        dataset : str or Dataset
            Whose examples the rows are of. When no dataset has the name it is made, of the columns that say
            the same in all tables; else every row is matched with an example by the rule that pairs tables.
        space : str or Space, optional
            Where to find or make the dataset.
        names : sequence of str, optional
            Names of the experiments; else of the files.
        key, output, expected, ignore, split, columns, metrics, repetitions
            What the columns are, as for `arize_nb.compare`.
        pick : str or sequence of str, optional
            Which experiments of a file of another tool that holds several; `"*"` for all of them.

        Returns
        -------
        tuple of Experiment
            In the order given; what was matched is a notice each.

        Raises
        ------
        ComparisonError
            The tables cannot be read, or in two ways.
        InputError
            Some rows are of no example, or a file holds several experiments and none was picked.
        """
        from arize_nb.client.stored_results import store_results
        from arize_nb.comparison.inputs.column_roles.told import told
        from arize_nb.comparison.inputs.opened import Shape

        said = told(
            key=key, output=output, expected=expected, ignore=ignore, metrics=metrics, repetitions=repetitions
        )
        shape = Shape(split=split, columns=columns, names=names)
        return store_results(
            self._link,
            results,
            dataset=dataset,
            space=space,
            shape=shape,
            said=said,
            notice=self._link.notice,
            pick=pick,
        )

    def run(
        self,
        *,
        name: str,
        dataset: DatasetLike | Any,
        task: Callable[..., Any],
        space: SpaceLike | None = None,
        evaluators: Callable[..., Any] | Sequence[Any] | Mapping[str, Any] = (),
        examples: Any = None,
        limit: int | None = None,
        sample: int | None = None,
        concurrency: int = 8,
        repetitions: int = 1,
        timeout_s: float | None = 120,
        retries: int = 3,
        retry_on: Sequence[type[BaseException]] = (),
        rate_limit_errors: Sequence[type[BaseException]] = (),
        metadata: Mapping[str, Any] | None = None,
        max_failures: float | None = None,
        dry_run: int | tuple[str, int] | bool | None = None,
        resume: bool = False,
        rerun: Literal["failed", "all"] | None = None,
        executor: Executor | None = None,
        seed: int = 0,
        progress: bool = True,
        allow_changed_task: bool = False,
    ) -> ExperimentResult:
        """Run a task over the examples of a dataset, score its outputs, and upload both as an experiment.

        Parameters
        ----------
        name : str
            Name of the experiment.
        dataset : str, Dataset, DataFrame, list of dicts, Table or path
            Whose examples; name, id or object. Examples themselves become a dataset of their own, found again
            by its content.
        task : callable
            Takes parts of an example by parameter name (`input`, `output`, `metadata`, `dataset_row`,
            `repetition`, or columns of the dataset), or all of it by one parameter of any other name; its
            return value is the output. Sync or async.
        space : str or Space, optional
            Where to find the dataset.
        evaluators : callable, sequence or mapping, optional
            What scores the outputs.
        examples : sequence of str, table or str, optional
            Run over a part of the dataset: ids, a table that names examples in `example_id` (else `id`), such
            as ``comparison.regressions()``, or a filter over the columns of the examples, such as ``"topic =
            'billing'"``. The runs are marked as a part: a comparison says so, and counts no example outside
            as lost.
        limit : int, optional
            Only the first so many of those (of ids and tables in their own order), or of the dataset.
        sample : int, optional
            Only so many of those, or of the dataset, by chance; `seed` decides, and the journal remembers the
            choice.
        concurrency : int
            Tasks at a time.
        repetitions : int
            Runs of each example.
        timeout_s : float, optional
            Seconds a task may take; None for no limit.
        retries : int
            Further attempts after a failure that may pass: a broken connection, a time limit of the client,
            HTTP 408, 409, 425, 429, 5xx.
        retry_on : sequence of exception types, optional
            What else is tried again. An answer that cannot be used is a result: one that is drawn again makes
            the model look better.
        rate_limit_errors : sequence of exception types, optional
            Which exceptions mean "slow down", beside those that are known.
        metadata : mapping, optional
            Facts about the experiment (model, prompt): columns `metadata.<name>` of every run.
        max_failures : int or float, optional
            Stop after that many failures, or (below 1) that share of them. By default, when the first ten
            results (or all of fewer) of the task or of an evaluator fail alike.
        dry_run : int or ("random", int), optional
            Only that many examples, the first or drawn, and nothing is uploaded.
        resume : bool
            Go on with what the journal holds; begin when there is none.
        rerun : "failed" or "all", optional
            Do the failed runs again (and what is left), or begin anew.
        executor : concurrent.futures.Executor or dask.distributed.Client, optional
            Where tasks run: this process when not given. One that cannot carry the task is refused before
            anything is called.
        seed : int
            Seed of everything drawn.
        progress : bool
            Show a bar.
        allow_changed_task : bool
            Keep earlier results although the task or an evaluator has changed since.

        Returns
        -------
        ExperimentResult
            `.frame`, `.counts`, `.failures`, `.experiment`.

        Raises
        ------
        RunError
            It could not begin, or was stopped early: what is done is kept for `resume`.

        See Also
        --------
        arun : the same, waited for; an `async def` task then runs on the notebook's own event loop.
        """
        from arize_nb.client.inline_dataset import is_inline, stored_examples
        from arize_nb.harness.run_experiment import run_experiment

        if is_inline(dataset):
            dataset = stored_examples(self._link, dataset, space)
        return run_experiment(
            self._link,
            name=name,
            dataset=dataset,
            space=space,
            task=task,
            evaluators=evaluators,
            examples=examples,
            limit=limit,
            sample=sample,
            concurrency=concurrency,
            repetitions=repetitions,
            timeout_s=timeout_s,
            retries=retries,
            retry_on=retry_on,
            rate_limit_errors=rate_limit_errors,
            metadata=metadata,
            max_failures=max_failures,
            dry_run=dry_run,
            resume=resume,
            rerun=rerun,
            executor=executor,
            seed=seed,
            progress=progress,
            allow_changed_task=allow_changed_task,
        )

    @_parameters_of(run)
    async def arun(self, **options: Any) -> ExperimentResult:
        """Run a task over the examples of a dataset as `run` does, with user code on the event loop of the
        caller.

        Clients, semaphores and locks that were made or used in a cell work in its tasks: ``await
        client.experiments.arun(…)``. The parameters are those of `run`. Cancelling it (in a notebook: the
        stop button) stops the run, and what is done is kept.
        """
        from arize_nb.harness.functions.awaited import on_this_loop

        return await on_this_loop(lambda: self.run(**options))

    def evaluate(
        self,
        x: ExperimentLike,
        *,
        evaluators: Callable[..., Any] | Sequence[Any] | Mapping[str, Any],
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        name: str | None = None,
        as_annotations: bool = False,
        create_configs: bool = False,
        concurrency: int = 8,
        timeout_s: float | None = 120,
        retries: int = 3,
        retry_on: Sequence[type[BaseException]] = (),
        rate_limit_errors: Sequence[type[BaseException]] = (),
        resume: bool = False,
        rerun: Literal["failed", "all"] | None = None,
        seed: int = 0,
        progress: bool = True,
    ) -> ExperimentResult:
        """Score the stored outputs of an experiment: as a new experiment, or as annotations of its runs.

        Parameters
        ----------
        x : str or Experiment
            Name, id or object.
        evaluators : callable, sequence or mapping
            What scores the outputs.
        dataset, space : optional
            Where to find a name.
        name : str, optional
            Name of the new experiment; made from the old one's when not given.
        as_annotations : bool
            Write the scores as annotations of the runs, instead of making a new experiment.
        create_configs : bool
            Make the annotation configs that the space lacks.
        concurrency, timeout_s, retries, retry_on, rate_limit_errors, resume, rerun, seed, progress
            As for `run`, of the evaluators.
        """
        from arize_nb.harness.evaluate_experiment import evaluate_experiment

        return evaluate_experiment(
            self._link,
            x,
            evaluators=evaluators,
            dataset=dataset,
            space=space,
            name=name,
            as_annotations=as_annotations,
            create_configs=create_configs,
            concurrency=concurrency,
            timeout_s=timeout_s,
            retries=retries,
            retry_on=retry_on,
            rate_limit_errors=rate_limit_errors,
            resume=resume,
            rerun=rerun,
            seed=seed,
            progress=progress,
        )

    @_parameters_of(evaluate)
    async def aevaluate(self, x: ExperimentLike, **options: Any) -> ExperimentResult:
        """Score the stored outputs of an experiment as `evaluate` does, with evaluators on the event loop of
        the caller.
        """
        from arize_nb.harness.functions.awaited import on_this_loop

        return await on_this_loop(lambda: self.evaluate(x, **options))


def compare_named(
    client: ExperimentService,
    things: Sequence[Any],
    *,
    dataset: DatasetLike | None,
    space: SpaceLike | None,
    metrics: Sequence[str] | str | None,
    examples: Any = None,
    on_rows: Callable[[int], object] | None = None,
    **settings: Any,
) -> Comparison:
    """Read what is named and compare it; see `Client.compare`."""
    from arize_nb.comparison.comparison import compare

    wanted = [metrics] if isinstance(metrics, str) else list(metrics or ())
    annotations: Annotations = True if any(name.startswith("annotation.") for name in wanted) else "auto"
    sides = []
    found: list[Experiment] = []
    for named in things:
        thing = unwrapped(named) if isinstance(unwrapped(named), Experiment) else named
        if isinstance(thing, (str, Experiment)):
            experiment = (
                thing
                if isinstance(thing, Experiment)
                else client.experiments.get(thing, dataset=dataset, space=space)
            )
            found.append(experiment)
            thing = client.experiments.runs(experiment, annotations=annotations, on_rows=on_rows)
            thing.attrs["arize"]["directions"] = _directions(client, experiment, thing)
        sides.append(thing)
    if examples is None and found and found[0].dataset_id:
        examples = (
            _examples(client, found[0]) if len(found) < len(things) else _examples_by_version(client, found)
        )
    return compare(*sides, metrics=metrics, examples=examples, **settings)


def _directions(client: ExperimentService, experiment: Experiment, runs: pd.DataFrame) -> dict[str, str]:
    """Say which way is better for each annotation of the runs, where its config says so."""
    names = {
        column.removeprefix("annotation.").rpartition(".")[0]
        for column in runs.columns
        if column.startswith("annotation.")
    }
    if not names:
        return {}
    configs = client.annotation_configs.iter(space=experiment.space_id)
    return {
        f"annotation.{config.name}": _DIRECTIONS[config.optimization_direction]
        for config in configs
        if config.name in names and config.optimization_direction in _DIRECTIONS
    }


def _examples_by_version(client: ExperimentService, experiments: Sequence[Experiment]) -> Any:
    """Read the examples of the baseline; by experiment where others ran over another version, in which
    examples may have been edited.
    """
    baseline = experiments[0]
    examples = _examples(client, baseline)
    others = {
        one.name: one
        for one in experiments[1:]
        if one.dataset_id == baseline.dataset_id
        and one.dataset_version_id not in (None, baseline.dataset_version_id)
    }
    if examples is None or not others or len({one.name for one in experiments}) < len(experiments):
        return examples
    versions = {str(one.dataset_version_id): one for one in others.values()}
    read = {version: _examples(client, one) for version, one in versions.items()}
    theirs = {name: read[str(one.dataset_version_id)] for name, one in others.items()}
    return {baseline.name: examples, **{name: frame for name, frame in theirs.items() if frame is not None}}


def _examples(client: ExperimentService, experiment: Experiment) -> pd.DataFrame | None:
    """Read the examples that an experiment ran over; None when they are gone."""
    try:
        return client.datasets.examples(str(experiment.dataset_id), version=experiment.dataset_version_id)
    except NotFoundError as error:
        client.notice(f"The examples are not shown beside the changes: {error.what}.")
        return None
