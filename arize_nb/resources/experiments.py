"""Experiments: list, get, create, read, append, annotate, delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arize_nb import wire
from arize_nb.errors import ConflictError
from arize_nb.models import AnnotationReceipt, AppendReceipt, Dataset, Experiment, Page
from arize_nb.resources.lookup import (
    every,
    experiment_of,
    experiment_scope,
    in_space,
    label_of,
    label_of_space,
    needed_space_id,
    page_of,
    space_label,
)
from arize_nb.resources.reading.read_back import Written
from arize_nb.resources.reading.table import read_columns
from arize_nb.resources.runs import DatasetLike, ExperimentLike, Runs, SpaceLike
from arize_nb.resources.writing.annotations import Annotated, write_annotations
from arize_nb.resources.writing.creation import check_arrived, create_experiment, example_rows
from arize_nb.resources.writing.input_rows import (
    check_example_ids,
    refuse_example_ids,
    rows_from,
    send_in_batches,
    tell_of_repeated_ids,
)

Receipts = list[tuple[Experiment, tuple[str, ...]]]


class Experiments(Runs):
    """`client.experiments`.

    Where an experiment is asked for, its id, the object itself, or its name together with `dataset=` (and
    `space=`, when the dataset is a name) will do. A name with only `space=` finds experiments by themselves
    and those of datasets in that space.
    """

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
        return page_of(
            self._link,
            "experiment",
            limit=limit,
            cursor=cursor,
            about=self._scope(dataset, space),
            name=name,
            **scope,
        )

    def iter(
        self, *, dataset: DatasetLike | None = None, space: SpaceLike | None = None, name: str | None = None
    ) -> Iterator[Experiment]:
        """Iterate over all pages."""
        scope = experiment_scope(self._link, dataset, space)
        return every(self._link, "experiment", about=self._scope(dataset, space), name=name, **scope)

    def get(
        self, x: ExperimentLike, *, dataset: DatasetLike | None = None, space: SpaceLike | None = None
    ) -> Experiment:
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
        runs: object,
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
            At least one; each with `output` and, with a dataset, `example_id`. Evaluations attach, nested or
            flat (`eval.<name>.score`).
        dataset : str or Dataset, optional
            The dataset that the runs are of. Without one the experiment stands by itself in `space`, and its
            runs name no examples.
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
        ReadBackError
            It was made, and cannot be read now: its id is in the message. The same call again returns it.
        """
        wire.check_name(name, "experiment")
        table = rows_from(self._link, runs, "run", needs_example_id=dataset is not None)
        if dataset is None:
            refuse_example_ids(table)
            scope: str | None = needed_space_id(self._link, space, "an experiment without a dataset")
            home: Dataset | None = None
            filters = {"space_id": scope}
        else:
            home = in_space(self._link, "dataset", dataset, space)
            if check_examples:
                known = read_columns(self._link, example_rows(home)).column("id")
                check_example_ids(table, known, dataset=home.name or home.id)
            scope, filters = None, {"dataset_id": home.id}
        written = Written(link=self._link, kind="experiment", name=name, scope=filters, table=table)
        try:
            made = create_experiment(self._link, name, table, dataset=home, space_id=scope, written=written)
        except ConflictError as error:
            made = written.again(error, self.get)
        tell_of_repeated_ids(self._link, table)
        if read_back:
            written.read(
                made.id,
                lambda: check_arrived(self._link, self._rows(made, None, "auto", False), table.num_rows),
            )
        return made

    def append(
        self,
        x: ExperimentLike,
        runs: object,
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
        table = rows_from(self._link, runs, "run", needs_example_id=found.dataset_id is not None)
        if found.dataset_id is None:
            refuse_example_ids(table)
        elif check_examples:
            home = Dataset(
                id=found.dataset_id,
                name=label_of(dataset) if dataset is not None else None,
                space_id=found.space_id,
            )
            known = read_columns(self._link, example_rows(home, found.dataset_version_id)).column("id")
            check_example_ids(table, known, dataset=home.name or home.id)
        about = wire.About(kind="experiment", name=found.name or found.id)
        tell_of_repeated_ids(self._link, table)
        receipts: Receipts = []
        send_in_batches(
            self._link,
            table.num_rows,
            lambda start, stop: wire.append_runs_request(
                found.id, wire_records(table, "run", start, stop), about=about
            ),
            lambda body: receipts.append(wire.decode_written_runs(body)),
            what="runs",
        )
        return AppendReceipt(
            experiment=receipts[-1][0], run_ids=tuple(run_id for _, ids in receipts for run_id in ids)
        )

    def annotate(
        self,
        x: ExperimentLike,
        annotations: Any,
        *,
        dataset: DatasetLike | None = None,
        space: SpaceLike | None = None,
        create_configs: bool = False,
        by_example_id: bool = False,
        check_ids: bool = True,
    ) -> AnnotationReceipt:
        """Write annotations of runs; the same name on the same run is replaced, members that are left out
        stay.

        Parameters
        ----------
        x : str or Experiment
            Name, id or object.
        annotations : DataFrame, list of dicts, pyarrow.Table or path
            Nested (`record_id`, `values`: a list of `name` with score, label, text), flat (`record_id, name,
            label, score, text`), or the `annotation.<name>.<member>` columns of a run frame. A record id is
            the id of a run.
        dataset, space : optional
            Where to find a name.
        create_configs : bool
            Make the annotation configs that the space lacks: categorical with the labels seen, continuous
            from 0 to 1 (or from the least to the greatest score where they do not fit there), or freeform for
            text alone.
        by_example_id : bool
            Record ids are those of examples: annotate every run of each.
        check_ids : bool
            Read the ids of all runs first, to find record ids that no run has. Without it they go unnoticed,
            and a label given by hand to a run that is known to be there costs no such read.

        Returns
        -------
        AnnotationReceipt
            With the record ids that no run has, which the service would ignore without a word.

        Raises
        ------
        NotFoundError
            The space has no annotation config of some name; the message says how to make it.
        InputError
            No record id is that of a run.
        PartialWriteError
            Some requests were taken and one was not.
        """
        found = experiment_of(self._link, x, dataset, space)
        read = check_ids or by_example_id
        target = Annotated(
            kind="experiment",
            identity=found.id,
            label=found.name or found.id,
            space_id=found.space_id,
            space=label_of_space(self._link, found.space_id),
            rows=read_columns(self._link, self._rows(found, None, "auto", False), ("id", "example_id"))
            if read
            else None,
        )
        return write_annotations(
            self._link, target, annotations, create_configs=create_configs, by_example_id=by_example_id
        )

    append_runs = append
    annotate_runs = annotate
    """The words of the commands and of the official SDK."""

    def delete(
        self, x: ExperimentLike, *, dataset: DatasetLike | None = None, space: SpaceLike | None = None
    ) -> None:
        """Delete an experiment and its runs. There is no way back."""
        found = experiment_of(self._link, x, dataset, space)
        about = wire.About(kind="experiment", name=found.name or found.id)
        self._link.send(wire.delete_request("experiment", found.id, about=about))

    def _scope(self, dataset: DatasetLike | None, space: SpaceLike | None) -> wire.About:
        """Say what a listing is scoped to."""
        if dataset is not None:
            return wire.About(kind="dataset", name=label_of(dataset), space=space_label(self._link, space))
        return wire.About(kind="space", name=space_label(self._link, space))
