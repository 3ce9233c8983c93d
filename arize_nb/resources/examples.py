"""Read and change the examples of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.errors import CommandError, InputError, NotFoundError
from arize_nb.models import AnnotationReceipt, Dataset, DeleteReceipt, ExampleReceipt, Page, Space
from arize_nb.resources.lookup import Link, in_space, label_of_space, needed_space_id
from arize_nb.resources.reading.rows import OnRows, Rows, Transport, untold
from arize_nb.resources.reading.table import read_columns, read_table
from arize_nb.resources.writing.annotations import Annotated, write_annotations
from arize_nb.resources.writing.input_rows import example_records, rows_from, send_in_batches, update_records
from arize_nb.text.command_line import Choice, Hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import pyarrow as pa

DatasetLike = str | Dataset
SpaceLike = str | Space


class Examples:
    """The half of `client.datasets` that is about examples.

    Every method takes `x` (name, id or object of the dataset) and `space` to find a name by; `version` is the
    id or name of a version, the latest when not given. Reading methods take `filter` (the examples to keep,
    as ``topic = 'math'``) and `transport` and `on_rows` as `examples` does, or `limit` and `cursor` where
    they read one page. `ids` are those of examples; `annotations` and `create_configs` are as for
    `experiments.annotate`.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def examples(
        self,
        x: DatasetLike,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        on_rows: OnRows | None = None,
    ) -> pd.DataFrame:
        """Return all examples of a version, oldest first.

        Parameters
        ----------
        x : str or Dataset
            Name, id or object.
        space : str or Space, optional
            Where to find a name.
        version : str, optional
            Id or name of a version; the latest when not given.
        filter : str, optional
            Examples to keep, such as ``topic = 'math'``.
        transport : "auto", "rest" or "flight"
            auto reads over REST what fits one page of 500 and all else over Flight, or over REST where Flight
            is blocked.
        on_rows : callable, optional
            Called with the number of examples that came, each time some did.

        Returns
        -------
        pandas.DataFrame
            `id`, the examples' own columns, `created_at`, `updated_at` (UTC); all `pandas.ArrowDtype`.
            `.attrs["arize"]` names the dataset.

        Raises
        ------
        IncompleteExportError
            The export broke: no partial frame is returned.
        """
        from arize_nb.frames import to_pandas

        found, rows = self._rows(x, space, version, filter, transport, on_rows)
        return to_pandas(
            read_table(self._link, rows), {"arize": {**found, "dataset_version_id": rows.version}}
        )

    def table(
        self,
        x: DatasetLike,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        on_rows: OnRows | None = None,
    ) -> pa.Table:
        """Return all examples as an Arrow table: rows and columns are those of `examples`, without pandas."""
        _, rows = self._rows(x, space, version, filter, transport, on_rows)
        return read_table(self._link, rows)

    def examples_page(
        self,
        x: DatasetLike,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Return one page of examples as flat records, oldest first; `limit` is 1-500."""
        _, rows = self._rows(x, space, version, filter, "rest")
        return wire.decode_page("example", self._link.send(rows.request(limit, cursor)))

    export = examples
    """The word of the commands."""
    list_examples = examples_page
    """The word of the official SDK."""

    def iter_records(
        self,
        x: DatasetLike,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
        on_rows: OnRows | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Iterate over all examples as flat records, without pandas; everything is read before the first is
        handed out.
        """
        from arize_nb.frames import nested_records

        _, rows = self._rows(x, space, version, filter, transport, on_rows)
        return nested_records(read_table(self._link, rows), "example")

    def append(
        self, x: DatasetLike, examples: object, *, space: SpaceLike | None = None, version: str | None = None
    ) -> ExampleReceipt:
        """Append examples to a version in place, the latest when none is given.

        Parameters
        ----------
        x : str or Dataset
            Name, id or object.
        examples : DataFrame, list of dicts, pyarrow.Table or path
            At least one, without `id`: the service gives ids.
        space : str or Space, optional
            Where to find a name.
        version : str, optional
            Id or name of a version.

        Raises
        ------
        PartialWriteError
            Some requests were taken and one was not.
        """
        table = rows_from(self._link, examples, "example")
        if "id" in table.column_names and table.column("id").null_count < table.num_rows:
            raise InputError(
                "appended examples get their ids from the service",
                hint="Drop the id column, or change examples: update-examples.",
            )
        found, version = self._at_version(x, space, version)
        about = wire.About(kind="dataset", name=found.name or found.id, action="append to")
        receipts: list[tuple[Dataset, str, tuple[str, ...]]] = []
        send_in_batches(
            self._link,
            table.num_rows,
            lambda start, stop: wire.append_examples_request(
                found.id, example_records(table, start, stop), version=version, about=about
            ),
            lambda body: receipts.append(wire.decode_written_examples(body)),
            what="examples",
        )
        return _receipt(receipts)

    def update_examples(
        self,
        x: DatasetLike,
        examples: object,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        new_version: str | None = None,
    ) -> ExampleReceipt:
        """Change examples by `id`; fields that are left out stay as they are.

        Parameters
        ----------
        x : str or Dataset
            Name, id or object.
        examples : DataFrame, list of dicts, pyarrow.Table or path
            Each with `id` and the fields to change.
        space : str or Space, optional
            Where to find a name.
        version : str, optional
            Id or name of the version to change; the latest when not given.
        new_version : str, optional
            Copy into a new version of this name, and change that; in place when not given.

        Returns
        -------
        ExampleReceipt
            With the ids that the dataset does not have, which the service ignores without a word.

        Raises
        ------
        PartialWriteError
            Some requests were taken and one was not.
        """
        records = update_records(self._link, examples)
        found, version = self._at_version(x, space, version)
        about = wire.About(kind="dataset", name=found.name or found.id, action="update")
        receipts: list[tuple[Dataset, str, tuple[str, ...]]] = []

        def request(start: int, stop: int) -> wire.Request:
            # only the first request copies: the others change the copy
            copied = receipts[-1][1] if receipts else None
            return wire.update_examples_request(
                found.id,
                records[start:stop],
                version=copied or version,
                new_version=None if copied else new_version,
                about=about,
            )

        send_in_batches(
            self._link,
            len(records),
            request,
            lambda body: receipts.append(wire.decode_written_examples(body)),
            what="examples",
        )
        asked = [record["id"] for record in records]
        return _receipt(receipts, asked=asked, link=self._link, new_version=new_version)

    def delete_examples(
        self,
        x: DatasetLike,
        ids: Sequence[str],
        *,
        version: str | None = None,
        space: SpaceLike | None = None,
    ) -> DeleteReceipt:
        """Delete examples of a version (id or name), the latest when none is given; what is gone already
        counts as not deleted.

        Raises
        ------
        PartialWriteError
            Some requests were taken and one was not.
        """
        wanted = list(dict.fromkeys(ids)) if not isinstance(ids, str) else [ids]
        if not wanted or not all(isinstance(value, str) and value for value in wanted):
            raise InputError("the ids of the examples to delete are texts, at least one")
        found, chosen = self._at_version(x, space, version, latest=True)
        about = wire.About(kind="dataset", name=found.name or found.id, action="delete examples of")
        receipts: list[DeleteReceipt] = []
        send_in_batches(
            self._link,
            len(wanted),
            lambda start, stop: wire.delete_examples_request(
                found.id, wanted[start:stop], version=str(chosen), about=about
            ),
            lambda body: receipts.append(wire.decode_deleted_examples(body)),
            what="ids of examples",
        )
        return DeleteReceipt(
            completed=all(receipt.completed for receipt in receipts),
            deleted=tuple(value for receipt in receipts for value in receipt.deleted),
            not_deleted=tuple(value for receipt in receipts for value in receipt.not_deleted),
        )

    def annotate(
        self,
        x: DatasetLike,
        annotations: Any,
        *,
        space: SpaceLike | None = None,
        create_configs: bool = False,
    ) -> AnnotationReceipt:
        """Write annotations of examples; as `experiments.annotate`, the record ids being those
        of examples.
        """
        found, rows = self._rows(x, space, None, None, "auto")
        target = Annotated(
            kind="dataset",
            identity=rows.identity,
            label=found["dataset"] or rows.identity,
            space_id=found["space_id"],
            space=label_of_space(self._link, found["space_id"]),
            rows=read_columns(self._link, rows),
        )
        return write_annotations(self._link, target, annotations, create_configs=create_configs)

    annotate_examples = annotate
    """The word of the commands and of the official SDK."""

    def _at_version(
        self, x: DatasetLike, space: SpaceLike | None, version: str | None, *, latest: bool = False
    ) -> tuple[Dataset, str | None]:
        """Return a dataset and the id of a version given by id or name; of the latest one when asked for and
        none is given.

        Raises
        ------
        NotFoundError
            The dataset has no version of that name.
        """
        found: Dataset = (
            x if isinstance(x, Dataset) and x.space_id else in_space(self._link, "dataset", x, space)
        )
        if version is None and not latest:
            return found, None
        if version is not None and wire.is_resource_id(version):
            return found, version
        whole = wire.decode_dataset(self._link.send(wire.get_request("dataset", found.id)))
        versions = whole.versions or ()
        if version is None:
            if not versions:
                raise CommandError(
                    f"dataset {found.name!r} does not say its versions",
                    hint=Hint.of("Name one: {}", Choice("version=ID", "--version-id ID")),
                )
            return whole, versions[0].id
        for known in versions:
            if known.name == version:
                return whole, known.id
        names = [known.name or known.id for known in versions]
        raise NotFoundError(
            "version",
            version,
            dataset=found.name,
            matches=names[:3],
            hint=f"Its versions, newest first: {', '.join(names)}",
        )

    def _rows(
        self,
        x: DatasetLike,
        space: SpaceLike | None,
        version: str | None,
        filter_text: str | None,
        transport: Transport,
        on_rows: OnRows | None = None,
    ) -> tuple[dict[str, Any], Rows]:
        """Describe the examples to read, and what a frame of them remembers."""
        found, version = self._at_version(x, space, version)

        def ticket() -> bytes:
            scope = found.space_id or needed_space_id(self._link, None, "reading over Flight")
            return wire.get_dataset_ticket(space_id=scope, dataset_id=found.id, version=version)

        about = wire.About(kind="dataset", name=found.name or found.id, filter_text=filter_text)
        rows = Rows(
            kind="example",
            identity=found.id,
            about=about,
            ticket=ticket,
            filter_text=filter_text,
            version=version,
            transport=transport,
            on_rows=on_rows or untold,
        )
        return {"dataset_id": found.id, "dataset": found.name, "space_id": found.space_id}, rows


def _receipt(
    receipts: Sequence[tuple[Dataset, str, tuple[str, ...]]],
    *,
    asked: Sequence[str] = (),
    link: Link | None = None,
    new_version: str | None = None,
) -> ExampleReceipt:
    """Join the receipts of several requests, and name the ids that nothing was done for."""
    dataset, version, _ = receipts[-1]
    done = tuple(value for _, _, ids in receipts for value in ids)
    gone = set(asked) - set(done)
    unmatched = tuple(value for value in asked if value in gone)
    if unmatched and link is not None:
        first = ", ".join(repr(value) for value in unmatched[:3])
        link.notice(
            f"{len(unmatched):,} of {len(asked):,} ids are not in dataset {dataset.name or dataset.id!r} and"
            f" were left out: {first}"
        )
        if new_version is not None and not done:
            link.notice(f"Version {new_version!r} was made all the same: a copy in which nothing is changed.")
    return ExampleReceipt(dataset=dataset, dataset_version_id=version, example_ids=done, unmatched=unmatched)
