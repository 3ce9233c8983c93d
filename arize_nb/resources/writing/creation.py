"""Create experiments and datasets with their rows: over REST or Flight by size, whole or not at all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from arize_nb import wire
from arize_nb.errors import AxError, FlightUnavailableError, NotFoundError, PartialWriteError
from arize_nb.resources.lookup import label_of_space
from arize_nb.resources.reading.rows import Rows
from arize_nb.resources.reading.table import read_columns
from arize_nb.resources.writing.input_rows import example_records, send_in_batches
from arize_nb.text.command_line import Command, Hint

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.models import Dataset, Experiment
    from arize_nb.resources.lookup import Link
    from arize_nb.resources.reading.read_back import Written

_LATE_S = (0.0, 0.5, 1.5)


def create_experiment(
    link: Link, name: str, table: pa.Table, *, dataset: Dataset | None, space_id: str | None, written: Written
) -> Experiment:
    """Create an experiment of a dataset, or by itself in a space, from a checked table of runs; `written`
    describes them for a second try.

    Raises
    ------
    ConflictError
        The name is taken.
    PartialWriteError
        A part could not be sent; the experiment was removed again, or the message says that it was not.
    """
    about = wire.About(
        kind="experiment",
        name=name,
        dataset=dataset.name if dataset else None,
        space=label_of_space(link, dataset.space_id if dataset else space_id),
        action="create",
    )

    def first_request(rows: int) -> wire.Request:
        return _first_request(
            table,
            rows,
            about,
            dataset_id=dataset.id if dataset else None,
            space_id=None if dataset else space_id,
        )

    if table.num_rows <= wire.MAX_ITEMS:
        request = first_request(table.num_rows)
        if len(request.body or b"") <= link.max_payload_bytes:
            return written.from_reply(link.send(request), wire.decode_experiment)
    if dataset is not None and dataset.space_id and not json_would_be_text(link, table):
        try:
            made = _over_flight(link, table, dataset, about)
            return written.read(
                made, lambda: wire.decode_experiment(link.send(wire.get_request("experiment", made)))
            )
        except FlightUnavailableError as error:
            link.notice(f"{error.what}: sending over REST instead, which is slower.")
    return _over_rest(link, name, table, first_request, written)


def json_would_be_text(link: Link, table: pa.Table) -> bool:
    """Say whether Flight would turn lists, objects or columns of several kinds into text: REST, which is
    slower, keeps JSON as it is.
    """
    from arize_nb.frames import json_names

    return not link.keeps_json and bool(json_names(table))


def _first_request(table: pa.Table, rows: int, about: wire.About, **scope: str | None) -> wire.Request:
    """Build the request that makes an experiment with the first rows."""
    from arize_nb.frames import wire_records

    return wire.create_experiment_request(
        str(about.name),
        wire_records(table, "run", 0, rows),
        dataset_id=scope["dataset_id"],
        space_id=scope["space_id"],
        about=about,
    )


def _over_rest(
    link: Link, name: str, table: pa.Table, first_request: Callable[[int], wire.Request], written: Written
) -> Experiment:
    """Create with as many runs as one request takes, append the others."""
    from arize_nb.frames import wire_records

    rows, request = _largest(link, table.num_rows, first_request)
    made = written.from_reply(link.send(request), wire.decode_experiment)
    about = wire.About(kind="experiment", name=name)
    with _removed_on_failure(link, "experiment", made.id, name):
        send_in_batches(
            link,
            table.num_rows,
            lambda start, stop: wire.append_runs_request(
                made.id, wire_records(table, "run", start, stop), about=about
            ),
            what="runs",
            start=rows,
        )
    return made


def create_dataset_in_parts(
    link: Link, name: str, table: pa.Table, space_id: str, written: Written
) -> Dataset:
    """Create a dataset over REST with as many examples as one request takes, append the others.

    Raises
    ------
    PartialWriteError
        A part could not be sent; the dataset was removed again, or the message says that it was not.
    """

    def first(rows: int) -> wire.Request:
        return wire.create_dataset_request(name, example_records(table, 0, rows), space_id=space_id)

    rows, request = _largest(link, table.num_rows, first)
    made = written.from_reply(link.send(request), wire.decode_dataset)
    about = wire.About(kind="dataset", name=name)
    with _removed_on_failure(link, "dataset", made.id, name):
        send_in_batches(
            link,
            table.num_rows,
            lambda start, stop: wire.append_examples_request(
                made.id, example_records(table, start, stop), about=about
            ),
            what="examples",
            start=rows,
        )
    return made


def _largest(link: Link, total: int, build: Callable[[int], wire.Request]) -> tuple[int, wire.Request]:
    """Return how many of the first rows fit one request, and that request."""
    rows = min(total, wire.MAX_ITEMS)
    request = build(rows)
    while len(request.body or b"") > link.max_payload_bytes and rows > 1:
        rows //= 2
        request = build(rows)
    return rows, request


def _over_flight(link: Link, table: pa.Table, dataset: Dataset, about: wire.About) -> str:
    """Make an empty experiment, then upload its runs in one stream; return its id."""
    from arize_nb.frames import wire_table

    name = str(about.name)
    sent = wire_table(table, "run")
    space_id = str(dataset.space_id)
    body = wire.init_experiment_action(space_id=space_id, dataset_id=dataset.id, name=name)
    made = wire.read_reply(link.flight.action(wire.INIT_EXPERIMENT, body, about=about)).get(1)
    if not made:
        raise PartialWriteError(
            "the service did not say which experiment it made", written=0, total=table.num_rows
        )
    with _removed_on_failure(link, "experiment", made, name) as remove:
        command = wire.post_runs_command(space_id=space_id, dataset_id=dataset.id, name=name)
        try:
            link.flight.put(command, sent, about=about, chunk_rows=link.chunk_rows, abandon=remove)
        except FlightUnavailableError as error:
            raise PartialWriteError(
                f"the upload of {about} broke: {error.what}", written=0, total=table.num_rows, cause=error
            ) from error
    return made


@contextlib.contextmanager
def _removed_on_failure(link: Link, kind: str, identity: str, name: str) -> Iterator[Callable[[], None]]:
    """Delete the experiment or dataset that this call has made when the rest of it fails, an interrupt
    included.

    Yields the function that does so, for those who must do it earlier.
    """
    about = wire.About(kind=kind, name=identity)
    left = []

    def remove() -> None:
        try:
            link.send(wire.delete_request(kind, identity, about=about))
        except NotFoundError:
            pass  # gone already
        except AxError:
            left.append(identity)

    try:
        yield remove
    except BaseException as error:
        remove()
        if left and isinstance(error, AxError):
            error.hint = Hint.of(
                "The unfinished {} is still there; delete it: {}",
                kind,
                Command((f"{kind}s", "delete"), [identity]),
            )
        elif isinstance(error, PartialWriteError):
            reason = error.cause.what if error.cause else error.what
            what = (
                f"{kind} {name!r} was not created (it was removed again after {error.written:,} of"
                f" {error.total:,} rows): {reason}"
            )
            raise PartialWriteError(what, written=0, total=error.total, cause=error.cause) from error
        raise


def check_arrived(link: Link, rows: Rows, expected: int) -> None:
    """Count the runs that the service now has; a service that lags gets two more looks.

    Raises
    ------
    PartialWriteError
        There are fewer or more than were sent.
    """
    count = 0
    for wait_s in _LATE_S:
        time.sleep(wait_s)
        count = read_columns(link, rows).num_rows
        if count == expected:
            return
    raise PartialWriteError(
        f"{rows.about} has {count:,} runs, {expected:,} were sent", written=count, total=expected
    )


def example_rows(dataset: Dataset, version: str | None = None) -> Rows:
    """Describe the examples that runs may name."""
    return Rows(
        kind="example",
        identity=dataset.id,
        about=wire.About(kind="dataset", name=dataset.name or dataset.id),
        ticket=lambda: wire.get_dataset_ticket(
            space_id=dataset.space_id or "", dataset_id=dataset.id, version=version
        ),
        version=version,
    )
