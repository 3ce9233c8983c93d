"""Datasets: list, get, create, read and change examples, rename, delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.models import Dataset, Page, Space
from arize_nb.resources._base import Link, dataset_id, every, in_space, label_of, needed_space_id, page_of, space_id, space_label
from arize_nb.resources.exports import Rows, Transport, read_table
from arize_nb.resources.uploads import rows_from

if TYPE_CHECKING:
    import pandas as pd

DatasetLike = str | Dataset
SpaceLike = str | Space


class Datasets:
    """`client.datasets`.

    Where a dataset is asked for, its id, the object itself, or its name with `space=` (or the default space) will do.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(self, *, space: SpaceLike | None = None, name: str | None = None, limit: int = 15, cursor: str | None = None) -> Page[Dataset]:
        """Return one page of datasets, newest first; without their versions.

        Parameters
        ----------
        space : str or Space, optional
            Only those of this space.
        name : str, optional
            Substring of the name, any case.
        limit : int
            1-100.
        cursor : str, optional
            `next_cursor` of the page before.
        """
        scope = space_id(self._link, space)
        return page_of(self._link, "dataset", limit=limit, cursor=cursor, about=self._scope(space), name=name, space_id=scope)

    def iter(self, *, space: SpaceLike | None = None, name: str | None = None) -> Iterator[Dataset]:
        """Iterate over all pages."""
        return every(self._link, "dataset", about=self._scope(space), name=name, space_id=space_id(self._link, space))

    def get(self, x: DatasetLike, *, space: SpaceLike | None = None) -> Dataset:
        """Return a dataset with its versions, newest first.

        Raises
        ------
        NotFoundError
            There is none of that name or id; close names are in the message.
        """
        about = wire.About(kind="dataset", name=label_of(x), space=space_label(self._link, space))
        return wire.decode_dataset(self._link.send(wire.get_request("dataset", dataset_id(self._link, x, space), about=about)))

    def create(self, *, name: str, examples: Any, space: SpaceLike | None = None) -> Dataset:
        """Create a dataset.

        Parameters
        ----------
        name : str
            Unique in its space.
        examples : DataFrame, list of dicts, pyarrow.Table or path
            At least one. With an `id` column the examples keep those ids.
        space : str or Space, optional
            Where; the default space when not given.

        Returns
        -------
        Dataset
            As the service has it now, with its first version.

        Raises
        ------
        ConflictError
            The name is taken.
        InputError, ColumnError, FileError
            The examples cannot be used; nothing was sent.
        """
        wire.check_name(name, "dataset")
        table = rows_from(examples, "example")
        scope = needed_space_id(self._link, space, "a new dataset")
        keeps_ids = table.column("id").null_count < table.num_rows if "id" in table.column_names else False
        if not keeps_ids and table.num_rows <= wire.MAX_ITEMS:
            from arize_nb.frames import wire_records

            records = [{key: value for key, value in record.items() if key != "id"} for record in wire_records(table, "example")]
            request = wire.create_dataset_request(name, records, space_id=scope)
            if len(request.body or b"") <= self._link.max_payload_bytes:
                return wire.decode_dataset(self._link.send(request))
        return self._create_over_flight(name, table, scope)

    def _create_over_flight(self, name: str, table: Any, scope: str) -> Dataset:
        """Upload examples that are many, or have ids of their own, which REST forbids."""
        from arize_nb.frames import wire_table

        about = wire.About(kind="dataset", name=name, action="create")
        receipt = self._link.flight.put(
            wire.create_dataset_command(space_id=scope, name=name),
            wire_table(table, "example"),
            about=about,
            chunk_rows=self._link.chunk_rows,
        )
        created = wire.read_reply(receipt).get(1)
        if not created:
            return self.get(name, space=scope)
        return self.get(created)

    def rename(self, x: DatasetLike, name: str, *, space: SpaceLike | None = None) -> Dataset:
        """Rename a dataset.

        Raises
        ------
        ConflictError
            The name is taken.
        """
        found = dataset_id(self._link, x, space)
        about = wire.About(kind="dataset", name=label_of(x), space=space_label(self._link, space), action="rename")
        return wire.decode_dataset(self._link.send(wire.rename_dataset_request(found, name, about=about)))

    def delete(self, x: DatasetLike, *, space: SpaceLike | None = None) -> None:
        """Delete a dataset, its examples and, on most services, its experiments. There is no way back."""
        about = wire.About(kind="dataset", name=label_of(x), space=space_label(self._link, space))
        self._link.send(wire.delete_request("dataset", dataset_id(self._link, x, space), about=about))

    def examples(
        self,
        x: DatasetLike,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
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
            auto reads over REST what fits one page of 500 and all else over Flight, or over REST where Flight is blocked.

        Returns
        -------
        pandas.DataFrame
            `id`, the examples' own columns, `created_at`, `updated_at` (UTC); all `pandas.ArrowDtype`. `.attrs["arize"]` names the dataset.

        Raises
        ------
        IncompleteExportError
            The export broke: no partial frame is returned.
        """
        from arize_nb.frames import to_pandas

        found, rows = self._rows(x, space, version, filter, transport)
        return to_pandas(read_table(self._link, rows), {"arize": {**found, "dataset_version_id": rows.version}})

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

    def iter_records(
        self,
        x: DatasetLike,
        *,
        space: SpaceLike | None = None,
        version: str | None = None,
        filter: str | None = None,  # noqa: A002 - the contract's name
        transport: Transport = "auto",
    ) -> Iterator[dict[str, Any]]:
        """Iterate over all examples as flat records, without pandas; everything is read before the first is handed out."""
        from arize_nb.frames import nested_records

        _, rows = self._rows(x, space, version, filter, transport)
        return nested_records(read_table(self._link, rows), "example")

    def _scope(self, space: SpaceLike | None) -> wire.About:
        """Say what a listing is scoped to."""
        return wire.About(kind="space", name=space_label(self._link, space))

    def _rows(
        self, x: DatasetLike, space: SpaceLike | None, version: str | None, filter_text: str | None, transport: Transport
    ) -> tuple[dict[str, Any], Rows]:
        """Describe the examples to read, and what a frame of them remembers."""
        found = x if isinstance(x, Dataset) and x.space_id else in_space(self._link, "dataset", x, space)

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
        )
        return {"dataset_id": found.id, "dataset": found.name, "space_id": found.space_id}, rows
