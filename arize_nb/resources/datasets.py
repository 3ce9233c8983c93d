"""Datasets: list, get, create, read and change examples, rename, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.errors import ConflictError, FlightUnavailableError
from arize_nb.resources.examples import DatasetLike, Examples, SpaceLike
from arize_nb.resources.lookup import (
    dataset_id,
    every,
    label_of,
    needed_space_id,
    page_of,
    space_id,
    space_label,
)
from arize_nb.resources.reading.read_back import Written
from arize_nb.resources.writing.creation import create_dataset_in_parts, json_would_be_text
from arize_nb.resources.writing.input_rows import example_records, rows_from, with_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arize_nb.models import Dataset, Page


class Datasets(Examples):
    """`client.datasets`.

    Where a dataset is asked for, its id, the object itself, or its name with `space=` (or the default space)
    will do: `x`. A `name` is a substring to search by, or what a new dataset is to be called.
    """

    def list(
        self,
        *,
        space: SpaceLike | None = None,
        name: str | None = None,
        limit: int = 15,
        cursor: str | None = None,
    ) -> Page[Dataset]:
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
        return page_of(
            self._link,
            "dataset",
            limit=limit,
            cursor=cursor,
            about=self._scope(space),
            name=name,
            space_id=scope,
        )

    def iter(self, *, space: SpaceLike | None = None, name: str | None = None) -> Iterator[Dataset]:
        """Iterate over all pages."""
        return every(
            self._link, "dataset", about=self._scope(space), name=name, space_id=space_id(self._link, space)
        )

    def get(self, x: DatasetLike, *, space: SpaceLike | None = None) -> Dataset:
        """Return a dataset with its versions, newest first.

        Raises
        ------
        NotFoundError
            There is none of that name or id; close names are in the message.
        """
        about = wire.About(kind="dataset", name=label_of(x), space=space_label(self._link, space))
        return wire.decode_dataset(
            self._link.send(wire.get_request("dataset", dataset_id(self._link, x, space), about=about))
        )

    def create(
        self, *, name: str, examples: object, space: SpaceLike | None = None, key: str | None = None
    ) -> Dataset:
        """Create a dataset.

        Parameters
        ----------
        name : str
            Unique in its space.
        examples : DataFrame, list of dicts, pyarrow.Table or path
            At least one. With an `id` column the examples keep those ids.
        space : str or Space, optional
            Where; the default space when not given.
        key : str, optional
            Column whose values become the ids of the examples.

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
        ReadBackError
            It was made, and cannot be read now: its id is in the message. The same call again returns it.
        """
        wire.check_name(name, "dataset")
        table = with_key(rows_from(self._link, examples, "example"), key)
        scope = needed_space_id(self._link, space, "a new dataset")
        keeps_ids = table.column("id").null_count < table.num_rows if "id" in table.column_names else False
        written = Written(link=self._link, kind="dataset", name=name, scope={"space_id": scope}, table=table)
        try:
            return self._write(written, table, scope, keeps_ids=keeps_ids)
        except ConflictError as error:
            return written.again(error, self.get)

    def _write(self, written: Written, table: Any, scope: str, *, keeps_ids: bool) -> Dataset:
        """Send a new dataset the way that suits its size."""
        name = written.name
        if not keeps_ids and table.num_rows <= wire.MAX_ITEMS:
            request = wire.create_dataset_request(name, example_records(table), space_id=scope)
            if len(request.body or b"") <= self._link.max_payload_bytes:
                return written.from_reply(self._link.send(request), wire.decode_dataset)
        if json_would_be_text(self._link, table):
            if not keeps_ids:
                return create_dataset_in_parts(self._link, name, table, scope, written)
            self._link.notice(
                "Examples with ids of their own go over Flight, where lists, objects and mixed columns arrive"
                " as JSON text."
            )
        try:
            return self._create_over_flight(written, table, scope)
        except FlightUnavailableError as error:
            if keeps_ids:
                raise
            self._link.notice(f"{error.what}: sending over REST instead, which is slower.")
        return create_dataset_in_parts(self._link, name, table, scope, written)

    def _create_over_flight(self, written: Written, table: object, scope: str) -> Dataset:
        """Upload examples that are many, or have ids of their own, which REST forbids."""
        from arize_nb.frames import wire_table

        name = written.name
        about = wire.About(kind="dataset", name=name, action="create")
        receipt = self._link.flight.put(
            wire.create_dataset_command(space_id=scope, name=name),
            wire_table(table, "example"),
            about=about,
            chunk_rows=self._link.chunk_rows,
            undo=lambda kept: self.delete(wire.read_reply(kept)[1]),
        )
        created = wire.read_reply(receipt).get(1)
        if not created:
            return self.get(name, space=scope)
        return written.read(created, lambda: self.get(created))

    def rename(self, x: DatasetLike, name: str, *, space: SpaceLike | None = None) -> Dataset:
        """Rename a dataset.

        Raises
        ------
        ConflictError
            The name is taken.
        """
        found = dataset_id(self._link, x, space)
        about = wire.About(
            kind="dataset", name=label_of(x), space=space_label(self._link, space), action="rename"
        )
        return wire.decode_dataset(self._link.send(wire.rename_dataset_request(found, name, about=about)))

    def delete(self, x: DatasetLike, *, space: SpaceLike | None = None) -> None:
        """Delete a dataset, its examples and, on most services, its experiments. There is no way back."""
        about = wire.About(kind="dataset", name=label_of(x), space=space_label(self._link, space))
        self._link.send(wire.delete_request("dataset", dataset_id(self._link, x, space), about=about))

    def _scope(self, space: SpaceLike | None) -> wire.About:
        """Say what a listing is scoped to."""
        return wire.About(kind="space", name=space_label(self._link, space))
