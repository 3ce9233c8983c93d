"""Experiments: list, get, create, read, append, annotate, delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.models import AppendReceipt, Dataset, Experiment, Page, Space
from arize_nb.resources._base import (
    Link,
    every,
    experiment_of,
    experiment_scope,
    in_space,
    label_of,
    needed_space_id,
    page_of,
    space_label,
)
from arize_nb.resources.creation import check_arrived, create_experiment, example_rows
from arize_nb.resources.exports import Annotations, Rows, Transport, read_ids, read_table
from arize_nb.resources.uploads import check_example_ids, refuse_example_ids, rows_from, send_in_batches

if TYPE_CHECKING:
    import pandas as pd

ExperimentLike = str | Experiment
DatasetLike = str | Dataset
SpaceLike = str | Space
Receipts = list[tuple[Experiment, tuple[str, ...]]]


class Experiments:
    """`client.experiments`.

    Where an experiment is asked for, its id, the object itself, or its name together with `dataset=` (and `space=`, when the dataset
    is a name) will do. A name with only `space=` finds experiments by themselves and those of datasets in that space.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(
        self,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        name: str | None = None,
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[Experiment]:
        """Return one page of experiments, newest first as the service orders them.

        Parameters
        ----------
        dataset : str or Dataset, optional
            Only those of this dataset.
        space : str or Space, optional
            Only those of this space; finds the dataset too when that is a name.
        name : str, optional
            Substring of the name, any case.
        limit : int
            1-100.
        cursor : str, optional
            `next_cursor` of the page before.
        """
        scope = experiment_scope(self._link, dataset, space)
        return page_of(self._link, "experiment", limit=limit, cursor=cursor, about=self._scope(dataset, space), name=name, **scope)

    def iter(self, *, dataset: DatasetLike | None = None, space: SpaceLike | None = None, name: str | None = None) -> Iterator[Experiment]:
        """Iterate over all pages."""
        scope = experiment_scope(self._link, dataset, space)
        return every(self._link, "experiment", about=self._scope(dataset, space), name=name, **scope)

    def get(self, x: ExperimentLike, *, dataset: DatasetLike | None = None, space: SpaceLike | None = None) -> Experiment:
        """Return an experiment as it is now.

        Raises
        ------
        NotFoundError
            There is none of that name or id; close names are in the message.
        AmbiguousNameError
            Several experiments of the space have that name: their ids are in the message.
        """
        if isinstance(x, Experiment):
            x = x.id
        return experiment_of(self._link, x, dataset, space)

    def create(
        self,
        *,
        name: str,
        runs: Any,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        check_examples: bool = True,
        read_back: bool = True,
    ) -> Experiment:
        """Create an experiment with its runs.

        Parameters
        ----------
        name : str
            Unique in its dataset (by itself: in its space); 1-255 characters, neither `"` nor a backslash.
        runs : DataFrame, list of dicts, pyarrow.Table or path
            At least one; each with `output` and, with a dataset, `example_id`. Evaluations attach, nested or flat (`eval.<name>.score`).
        dataset : str or Dataset, optional
            The dataset that the runs are of. Without one the experiment stands by itself in `space`, and its runs name no examples.
        space : str or Space, optional
            Where to find the dataset, or where the experiment goes; the default space when not given.
        check_examples : bool
            Make sure first that the dataset has every `example_id`.
        read_back : bool
            Count afterwards what the service has.

        Raises
        ------
        ConflictError
            The name is taken.
        InputError, ColumnError, UnknownExamplesError, FileError
            The runs cannot be used; nothing was sent.
        PartialWriteError
            A part could not be sent; the experiment was removed again, or the message says that it was not.
        """
        wire.check_name(name, "experiment")
        table = rows_from(runs, "run", needs_example_id=dataset is not None)
        if dataset is None:
            refuse_example_ids(table)
            scope = needed_space_id(self._link, space, "an experiment without a dataset")
            made = create_experiment(self._link, name, table, dataset=None, space_id=scope)
        else:
            home = in_space(self._link, "dataset", dataset, space)
            if check_examples:
                check_example_ids(table, read_ids(self._link, example_rows(home, home.space_id)), dataset=home.name or home.id)
            made = create_experiment(self._link, name, table, dataset=home, space_id=None)
        if read_back:
            check_arrived(self._link, self._rows(made, None, "auto", False), table.num_rows)
        return made

    def append(
        self,
        x: ExperimentLike,
        runs: Any,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        check_examples: bool = True,
    ) -> AppendReceipt:
        """Append runs to an experiment, in requests of at most 1000.

        Parameters
        ----------
        x : str or Experiment
            Name, id or object.
        runs : DataFrame, list of dicts, pyarrow.Table or path
            As for `create`.
        dataset, space : optional
            Where to find a name.
        check_examples : bool
            Make sure first that the experiment's dataset has every `example_id`.

        Raises
        ------
        PartialWriteError
            Some requests were taken and one was not: `written` of `total`.
        """
        from arize_nb.frames import wire_records

        found = experiment_of(self._link, x, dataset, space)
        table = rows_from(runs, "run", needs_example_id=found.dataset_id is not None)
        if found.dataset_id is None:
            refuse_example_ids(table)
        elif check_examples:
            home = Dataset(id=found.dataset_id, name=label_of(dataset) if dataset is not None else None, space_id=found.space_id)
            known = read_ids(self._link, example_rows(home, None, found.dataset_version_id))
            check_example_ids(table, known, dataset=home.name or home.id)
        about = wire.About(kind="experiment", name=found.name or found.id)
        receipts: Receipts = []
        send_in_batches(
            self._link,
            table.num_rows,
            lambda start, stop: wire.append_runs_request(found.id, wire_records(table, "run", start, stop), about=about),
            lambda body: receipts.append(wire.decode_written_runs(body)),
            what="runs",
        )
        return AppendReceipt(experiment=receipts[-1][0], run_ids=tuple(run_id for _, ids in receipts for run_id in ids))

    def delete(self, x: ExperimentLike, *, dataset: DatasetLike | None = None, space: SpaceLike | None = None) -> None:
        """Delete an experiment and its runs. There is no way back."""
        found = experiment_of(self._link, x, dataset, space)
        about = wire.About(kind="experiment", name=found.name or found.id)
        self._link.send(wire.delete_request("experiment", found.id, about=about))

    def runs(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        annotations: Annotations = "auto",
    ) -> pd.DataFrame:
        """Return all runs, a row each, in id order.

        Parameters
        ----------
        x : str or Experiment
            Name, id or object.
        dataset, space : optional
            Where to find a name.
        filter : str, optional
            Runs to keep, such as ``eval.correctness.score < 0.5``.
        transport : "auto", "rest" or "flight"
            auto reads over REST what fits one page of 500 and all else over Flight, or over REST page by page where Flight is blocked.
        annotations : "auto", True or False
            auto: those that come with the transport, with a notice where they do not; True: whatever it takes; False: none.

        Returns
        -------
        pandas.DataFrame
            Columns `id, example_id, output, error`, then `eval.<name>.score|label|explanation`, `annotation.<name>.score|label|text`, then
            the runs' own; all `pandas.ArrowDtype`. `.attrs["arize"]` names the experiment. Empty when there are no runs.

        Raises
        ------
        IncompleteExportError
            The export broke: no partial frame is returned.
        RequestRefusedError, FilterError
            The filter does not parse or names a column that no run has.
        """
        from arize_nb.frames import to_pandas

        found = experiment_of(self._link, x, dataset, space)
        table = read_table(self._link, self._rows(found, filter, transport, annotations))
        return to_pandas(table, {"arize": _attributes(found)})

    def runs_page(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Return one page of runs as flat records, in id order; `limit` is 1-500."""
        found = experiment_of(self._link, x, dataset, space)
        rows = self._rows(found, filter, "rest", "auto")
        return wire.decode_page("run", self._link.send(rows.request(limit, cursor)))

    def iter_records(
        self,
        x: ExperimentLike,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        annotations: Annotations = "auto",
    ) -> Iterator[dict[str, Any]]:
        """Iterate over all runs as nested records (`evaluations`, `annotations`, `metadata`), in id order, without pandas.

        Everything is read before the first record is handed out: what is iterated over is whole.
        """
        from arize_nb.frames import nested_records

        found = experiment_of(self._link, x, dataset, space)
        return nested_records(read_table(self._link, self._rows(found, filter, transport, annotations)), "run")

    def _scope(self, dataset: DatasetLike | None, space: SpaceLike | None) -> wire.About:
        """Say what a listing is scoped to."""
        if dataset is not None:
            return wire.About(kind="dataset", name=label_of(dataset), space=space_label(self._link, space))
        return wire.About(kind="space", name=space_label(self._link, space))

    def _rows(self, found: Experiment, filter_text: str | None, transport: Transport, annotations: Annotations) -> Rows:
        """Describe the runs to read."""
        about = wire.About(kind="experiment", name=found.name or found.id, filter_text=filter_text)

        def ticket() -> bytes:
            space = found.space_id or needed_space_id(self._link, None, "reading over Flight")
            return wire.get_experiment_ticket(space_id=space, experiment_id=found.id)

        return Rows(
            kind="run",
            identity=found.id,
            about=about,
            ticket=ticket,
            filter_text=filter_text,
            transport=transport,
            annotations=annotations,
        )


def _attributes(found: Experiment) -> dict[str, Any]:
    """Return what a frame of runs remembers of its experiment: plain JSON."""
    return {
        "experiment_id": found.id,
        "experiment": found.name,
        "dataset_id": found.dataset_id,
        "dataset_version_id": found.dataset_version_id,
        "space_id": found.space_id,
    }
