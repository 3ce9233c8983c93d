"""Check what is to be written before anything is sent, and send it in requests that the service takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb import wire
from arize_nb.errors import AxError, InputError, PartialWriteError, UnknownExamplesError

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.frames.columns import Kind
    from arize_nb.resources._base import Link


def rows_from(source: Any, kind: Kind, *, needs_example_id: bool = False) -> pa.Table:
    """Turn what a user gives (frame, records, table or path) into a checked canonical table."""
    from arize_nb.frames import from_input

    if isinstance(source, (str, os.PathLike)):
        from arize_nb import files

        source = files.read(Path(source), kind=kind)
    return from_input(source, kind, needs_example_id=needs_example_id)


def check_example_ids(table: pa.Table, known: pa.ChunkedArray, *, dataset: str) -> None:
    """Refuse runs that name examples which the dataset does not have.

    Raises
    ------
    UnknownExamplesError
        All unknown ids, each once, in order of appearance.
    """
    import pyarrow.compute as pc

    named = pc.unique(table.column("example_id"))
    unknown = named.filter(pc.invert(pc.is_in(named, value_set=known.combine_chunks())))
    if len(unknown):
        raise UnknownExamplesError(unknown.to_pylist(), dataset=dataset, checked=len(named))


def refuse_example_ids(table: pa.Table) -> None:
    """Refuse runs that name examples where there is no dataset to have them.

    Raises
    ------
    InputError
        Some run has an `example_id`.
    """
    if "example_id" in table.column_names and table.column("example_id").null_count < table.num_rows:
        raise InputError("runs of an experiment without a dataset name no examples", hint="Drop the example_id column, or give --dataset.")


def send_in_batches(
    link: Link,
    total: int,
    build: Callable[[int, int], wire.Request],
    taken: Callable[[bytes], None] = lambda _: None,
    *,
    what: str,
    start: int = 0,
) -> None:
    """Send rows `start` to `total` in requests of at most 1000 rows and of a size that REST takes.

    Parameters
    ----------
    build : callable
        Makes the request for rows [first, last).
    taken : callable
        Gets the body of every success.
    what : str
        What the rows are, for the message.

    Raises
    ------
    PartialWriteError
        Some rows were written and some were not: how many, and why.
    """
    while start < total:
        stop = min(start + wire.MAX_ITEMS, total)
        request = build(start, stop)
        while len(request.body or b"") > link.max_payload_bytes and stop - start > 1:
            stop = start + (stop - start) // 2
            request = build(start, stop)
        try:
            body = link.send(request)
        except AxError as error:
            if start == 0:
                raise
            raise PartialWriteError(
                f"{start:,} of {total:,} {what} were written, then it failed: {error.what}",
                written=start,
                total=total,
                cause=error,
                hint=f"Send the rest alone: rows {start:,} to {total - 1:,}, counted from 0.",
            ) from error
        taken(body)
        start = stop
