"""The Flight side: bulk reads and writes of runs and examples as Arrow streams."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.flight as flight

from arize_nb.server.catalog import datasets, experiments
from arize_nb.server.flight.messages import Command, parse, reply
from arize_nb.server.flight.uploads import Target, spooled
from arize_nb.server.problems import Problem, failure, invalid, not_found, unprocessable
from arize_nb.server.rows import examples
from arize_nb.server.rows.arrow_checks import BatchChecks, reading
from arize_nb.server.rows.reads import SheetStream, open_stream
from arize_nb.server.rows.runs import GIVEN_TYPES
from arize_nb.server.store.clock import now
from arize_nb.server.store.database import maybe, run

if TYPE_CHECKING:
    import duckdb

    from arize_nb.server.rest.gate import Activity
    from arize_nb.server.rows.cells import Incoming
    from arize_nb.server.rows.reads import Sheet
    from arize_nb.server.store.store import Store

_KEY_HEADER: Final = "auth-token-bin"
_RUNS: Final = Target(system=GIVEN_TYPES, skip=frozenset({"id", "annotations"}), aliases={"result": "output"})
_EXAMPLES: Final = Target(system=examples.SYSTEM_TYPES, skip=frozenset({"annotations"}))

_SERVED: Final = frozenset(
    getattr(flight.FlightMethod, name, None)
    for name in ("HANDSHAKE", "LIST_ACTIONS", "DO_ACTION", "DO_PUT", "DO_GET")
)
_GONE: Final = "the client went away before the end of its upload; nothing of it is kept"

P = ParamSpec("P")
R = TypeVar("R")


class _KeyCheck(flight.ServerMiddlewareFactory):  # type: ignore[misc]
    """Refuse every call that does not carry the key, and methods that do nothing here."""

    def __init__(self, api_key: str) -> None:
        super().__init__()
        self._key = api_key.encode("utf-8")

    def start_call(self, info: Any, headers: Any) -> None:
        """Look at the metadata of one call."""
        given = next((values for name, values in headers.items() if name.lower() == _KEY_HEADER), None) or [
            b""
        ]
        key = given[0].encode("utf-8") if isinstance(given[0], str) else given[0]
        if not hmac.compare_digest(key, self._key):
            raise flight.FlightUnauthenticatedError("the API key is missing or wrong")
        if (
            info.method not in _SERVED
        ):  # here, because what a method itself raises may go out with a traceback
            problem = Problem(501, f"Flight method {info.method.name} is not served by the local workspace")
            raise flight.FlightServerError(problem.detail, extra_info=problem.body())


def _answering(
    call: Callable[Concatenate[FlightService, P], R],
) -> Callable[Concatenate[FlightService, P], R]:
    """Count a call as open, and send a refusal instead of a traceback.

    A `FlightError` reaches the client as its message alone; any other Python exception would arrive with the
    server's traceback. The problem document travels as the error's extra information, so that a client can
    tell a 404 from a 409.
    """

    @wraps(call)
    def answered(self: FlightService, /, *args: P.args, **settings: P.kwargs) -> R:
        with self.open_call():
            try:
                return call(self, *args, **settings)
            except Problem as problem:
                raise flight.FlightServerError(problem.detail, extra_info=problem.body()) from None
            except pa.ArrowCancelled:
                raise flight.FlightCancelledError("the client went away") from None
            except flight.FlightError:
                raise
            except Exception as error:  # noqa: BLE001 - nothing of the server's inside may reach a client
                raise self.internal(error) from None

    return answered


class FlightService(flight.FlightServerBase):  # type: ignore[misc]
    """Serve the workspace over Arrow Flight.

    Parameters
    ----------
    store : Store
        Where everything is kept.
    api_key : str
        The key that every call must carry as ``auth-token-bin``.
    location : str
        Where to listen, such as ``grpc://127.0.0.1:0``.
    activity : Activity, optional
        Told of every call and stream while it is open.
    """

    def __init__(
        self, store: Store, api_key: str, location: str, *, activity: Activity | None = None
    ) -> None:
        super().__init__(location, middleware={"key": _KeyCheck(api_key)})
        self._store = store
        self._activity = activity

    @contextmanager
    def open_call(self) -> Iterator[None]:
        """Mark a call as open until the block ends."""
        with nullcontext() if self._activity is None else self._activity.request():
            yield

    def internal(self, error: Exception) -> flight.FlightError:
        """Leave the reason of an internal error in the log, and return what the client may hear of it."""
        import logging

        logging.getLogger(__name__).error("Flight call failed", exc_info=error)
        reason = failure(error)
        return flight.FlightInternalError(reason.detail, extra_info=reason.body())

    @_answering
    def do_action(self, context: object, action: Any) -> list[Any]:  # noqa: ARG002 - the signature is Arrow's
        """Make an experiment that has no runs yet."""
        command = parse(action.body.to_pybytes())
        if command.name != "createexperimentdbentry":
            raise invalid(f"action {command.name!r} is not served here")
        with self._store.writing() as db:
            dataset_id = _dataset_id(db, command)
            made = experiments.create_experiment(
                db, name=command.text("experimentname"), dataset_id=dataset_id
            )
        traces = command.fields.get("tracemodelname") or f"traces of {made['name']}"
        return [flight.Result(reply(made["id"], dataset_id, traces))]

    @_answering
    def do_put(self, context: object, descriptor: Any, reader: Any, writer: Any) -> None:
        """Take a stream of runs or examples: all of it, on disk, before the receipt goes out; or nothing."""
        command = parse(descriptor.command or b"{}")
        takers: dict[str, Callable[[Command, pa.Schema, Iterator[pa.RecordBatch]], bytes]] = {
            "postexperimentdata": self._take_runs,
            "createdataset": self._take_examples,
        }
        take = takers.get(command.name)
        if take is None:
            raise invalid(f"upload {command.name!r} is not served here")
        with reading("the stream's schema"):
            schema = reader.schema
            _ = schema.names  # text, or an error here
        writer.write(take(command, schema, _batches(reader, context)))

    @_answering
    def do_get(self, context: object, ticket: Any) -> Any:  # noqa: ARG002 - the signature is Arrow's
        """Stream all runs of an experiment, or all examples of a dataset version."""
        command = parse(ticket.ticket)
        finders: dict[str, Callable[[duckdb.DuckDBPyConnection, Command], Sheet]] = {
            "getexperiment": _runs,
            "getdataset": _examples,
        }
        find = finders.get(command.name)
        if find is None:
            raise invalid(f"read {command.name!r} is not served here")
        cursor = self._store.cursor()
        run(cursor, "BEGIN TRANSACTION READ ONLY")
        try:
            stream = open_stream(cursor, find(cursor, command))
        except BaseException:
            cursor.close()
            raise
        return flight.GeneratorStream(stream.schema, self._sending(stream))

    def _sending(self, stream: SheetStream) -> Iterator[pa.RecordBatch]:
        """Yield the batches of a read, which counts as open until it ends or its client goes away."""
        with self.open_call():
            try:
                yield from stream.batches()
            except flight.FlightError:
                raise
            except Exception as error:  # noqa: BLE001 - nothing of the server's inside may reach a client
                raise self.internal(error) from None

    @_answering
    def list_actions(self, context: object) -> list[tuple[str, str]]:  # noqa: ARG002
        """Name the one action there is."""
        return [("createExperimentDbEntry", "Make an experiment without runs.")]

    def _take_runs(self, command: Command, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> bytes:
        """Add the runs of a stream to an experiment that was made before."""
        with self._store.reading() as db:
            dataset_id = _dataset_id(db, command)
            experiment_id = experiments.named_in_dataset(db, dataset_id, command.text("experimentname"))
        _require(schema, "example_id", {"output", "result"})
        with (
            spooled(schema, batches, _RUNS, self._store.path.parent) as incoming,
            self._store.writing() as db,
        ):
            _refuse_nulls(incoming, "example_id")
            experiments.append_table(db, experiment_id, incoming, self._store.row_ids)
        return reply(experiment_id, dataset_id)

    def _take_examples(self, command: Command, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> bytes:
        """Make a dataset of a stream's examples."""
        name, space_id = command.text("datasetname"), command.text("spaceid")
        with (
            spooled(schema, batches, _EXAMPLES, self._store.path.parent) as arrived,
            self._store.writing() as db,
        ):
            incoming = examples.completed(arrived, self._store.row_ids, stamp=now() // 1000)
            made = datasets.create_dataset(db, name=name, space_id=space_id, incoming=incoming)
        return reply(made["id"])


def _batches(reader: Any, context: Any) -> Iterator[pa.RecordBatch]:
    """Yield the batches that a client sends, until it says that they are all.

    Raises
    ------
    FlightCancelledError
        The client went away in the middle. Arrow ends the stream then as if it were whole, so the call has to
        be asked.
    """
    checks = BatchChecks(reader.schema)
    while True:
        with reading("the upload"):
            try:
                chunk = reader.read_chunk()
            except StopIteration:
                break
            except (pa.ArrowException, OSError):
                if context.is_cancelled():
                    raise flight.FlightCancelledError(_GONE) from None
                raise
        if chunk.data is not None:
            checks.check(chunk.data)
            yield chunk.data
    if context.is_cancelled():
        raise flight.FlightCancelledError(_GONE)


def _require(schema: pa.Schema, *wanted: str | set[str]) -> None:
    """Raise a 422 when a stream of runs lacks a column."""
    for names in wanted:
        options = {names} if isinstance(names, str) else names
        if not options & set(schema.names):
            raise unprocessable(f"column {min(options)!r} is required")


def _refuse_nulls(incoming: Incoming, name: str) -> None:
    """Raise a 422 when a cell of a required column is missing."""
    place = incoming.system.index(name)
    if any(batch.column(place).null_count for batch in incoming.batches()):
        raise unprocessable(f"{name}: is required in every run")


def _dataset_id(db: duckdb.DuckDBPyConnection, command: Command) -> str:
    """Find the dataset by id, or by its name in the space as older clients do."""
    if command.fields.get("datasetid"):
        return str(datasets.get_dataset(db, command.fields["datasetid"])["id"])
    name = command.text("datasetname")
    row = maybe(
        db, "SELECT id FROM datasets WHERE space_id = ? AND name = ?", [command.text("spaceid"), name]
    )
    if row is None:
        raise not_found("dataset", name)
    return str(row[0])


def _runs(db: duckdb.DuckDBPyConnection, command: Command) -> Sheet:
    """Find the runs of an experiment by its id, or by name."""
    experiment_id = command.fields.get("experimentid")
    if not experiment_id:
        experiment_id = experiments.named_in_dataset(
            db, _dataset_id(db, command), command.text("experimentname")
        )
    return experiments.run_sheet(db, experiment_id)


def _examples(db: duckdb.DuckDBPyConnection, command: Command) -> Sheet:
    """Find the examples of a dataset version, the latest when none is named."""
    return datasets.version_sheet(db, _dataset_id(db, command), command.fields.get("datasetversion") or None)[
        1
    ]
