"""Check what is to be written before anything is sent, and send it in requests that the service takes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from arize_nb import wire
from arize_nb.errors import AxError, ColumnError, InputError, PartialWriteError, UnknownExamplesError
from arize_nb.text.command_line import Choice, Hint

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.files import ReadFacts
    from arize_nb.frames.columns import Kind
    from arize_nb.resources.lookup import Link


def rows_from(link: Link, source: object, kind: Kind, *, needs_example_id: bool = False) -> pa.Table:
    """Turn what a user gives (frame, records, table, path, or rows of a file) into a checked canonical table;
    say what was guessed.
    """
    from arize_nb.frames import from_input

    given, facts = opened(source, kind)
    notes: list[str] = []
    with located(facts):
        table = from_input(given, kind, needs_example_id=needs_example_id, notes=notes, **_origin(facts))
    tell(link, facts, notes)
    return table


def opened(source: object, kind: Kind | Literal["annotation"]) -> tuple[Any, ReadFacts | None]:
    """Read a path; return what is to be sent, and how it was read when it came from a file."""
    if isinstance(source, (str, os.PathLike)):
        from arize_nb import files

        source = files.read_file(Path(source), kind=kind)
    facts = getattr(source, "facts", None)
    return (source.rows, facts) if facts is not None and hasattr(source, "rows") else (source, None)


def _origin(facts: ReadFacts | None) -> dict[str, Any]:
    """Return the origin of rows as an argument, where there is one."""
    return {"origin": facts.origin} if facts is not None and facts.origin is not None else {}


@contextlib.contextmanager
def located(facts: ReadFacts | None) -> Iterator[None]:
    """Name the file in errors that do not."""
    try:
        yield
    except InputError as error:
        if facts is not None and facts.shown not in error.what:
            error.what = f"{facts.shown}: {error.what}"
        raise


def tell(link: Link, facts: ReadFacts | None, notes: Sequence[str] = ()) -> None:
    """Say in one line how a file was read, and in one more what stood for nothing."""
    if facts is not None and facts.line:
        link.notice(facts.line)
    if notes:
        link.notice(" ".join(notes))


def with_key(table: pa.Table, key: str | None) -> pa.Table:
    """Return examples whose ids are the values of a column.

    Raises
    ------
    ColumnError
        There is no such column, or it is empty or the same in two rows.
    """
    import pyarrow.compute as pc

    if key is None or key == "id":
        return table
    if key not in table.column_names:
        raise ColumnError(
            f"the examples have no column {key!r}",
            column=key,
            hint=f"They have: {', '.join(table.column_names[:12])}.",
        )
    ids = table.column(key).cast("string")
    counted = pc.value_counts(ids)
    again = counted.filter(pc.greater(counted.field("counts"), 1))
    if ids.null_count or len(again):
        empty = f"is empty in {ids.null_count:,} of {table.num_rows:,} rows"
        what = empty if ids.null_count else f"repeats {again.field('values')[0].as_py()!r}"
        hint = "Use a column that tells them apart."
        raise ColumnError(f"column {key!r} cannot be the ids of examples: it {what}", column=key, hint=hint)
    rest = table.drop_columns("id") if "id" in table.column_names else table
    return rest.add_column(0, "id", ids)


def example_records(table: pa.Table, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
    """Render examples for REST, which gives the ids itself."""
    from arize_nb.frames import wire_records

    return wire_records(
        table.drop_columns("id") if "id" in table.column_names else table, "example", start, stop
    )


def update_records(link: Link, source: object) -> list[dict[str, Any]]:
    """Turn what a user gives into records that change examples: each has an `id`; a field that a dict lacks
    is not sent.

    Raises
    ------
    InputError
        An id is missing or given twice.
    """
    from arize_nb.frames import from_input, wire_records

    given, facts = opened(source, "example")
    if isinstance(given, Iterator):
        given = list(given)
    with located(facts):
        table = from_input(given, "example", **_origin(facts))
    tell(link, facts)
    records = wire_records(table, "example")
    ids = [record.get("id") for record in records]
    if None in ids:
        raise InputError(
            f"record {ids.index(None)} has no id", hint="Take ids from an export of the dataset."
        )
    if len(set(ids)) < len(ids):
        twice = next(value for value in ids if ids.count(value) > 1)
        raise InputError(f"id {twice!r} is given twice", hint="Keep one record for each id.")
    if not isinstance(given, Sequence):
        _tell_of_emptied(link, table)
        return records
    return [
        {name: value for name, value in record.items() if value is not None or name in own}
        for record, own in zip(records, given, strict=True)
    ]


def _tell_of_emptied(link: Link, table: pa.Table) -> None:
    """Say it when cells without a value are about to empty fields: a column that is left out keeps them."""
    own = [name for name in table.column_names if name not in ("id", "created_at", "updated_at")]
    emptied = {name: table.column(name).null_count for name in own if table.column(name).null_count}
    if emptied:
        named = ", ".join(f"{name} in {count:,}" for name, count in list(emptied.items())[:6]) + (
            ", …" if len(emptied) > 6 else ""
        )
        examples = f"{table.num_rows:,} {'example' if table.num_rows == 1 else 'examples'}"
        link.notice(
            f"Empty cells empty these fields: {named} of {examples}. To keep what is there, leave the column"
            " out."
        )


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


def tell_of_repeated_ids(link: Link, table: pa.Table) -> None:
    """Say it when runs carry one id twice: the service gives ids of its own, and what was a copy counts as a
    repetition from then on.
    """
    import pyarrow.compute as pc

    if "id" not in table.column_names or table.column("id").null_count == table.num_rows:
        return
    counted = pc.value_counts(table.column("id").drop_null())
    again = counted.filter(pc.greater(counted.field("counts"), 1))
    if len(again):
        extra = pc.sum(again.field("counts")).as_py() - len(again)
        first = again.field("values")[0].as_py()
        link.notice(
            f"{extra:,} of {table.num_rows:,} runs carry the id of another run ({first!r}): sent as runs of"
            " their own, they count as repetitions. Drop them first if they are copies."
        )


def refuse_example_ids(table: pa.Table) -> None:
    """Refuse runs that name examples where there is no dataset to have them.

    Raises
    ------
    InputError
        Some run has an `example_id`.
    """
    if "example_id" in table.column_names and table.column("example_id").null_count < table.num_rows:
        raise InputError(
            "runs of an experiment without a dataset name no examples",
            hint=Hint.of(
                "Drop the example_id column, or give {}.",
                Choice(
                    "dataset=NAME",
                    "--dataset NAME",
                ),
            ),
        )


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
