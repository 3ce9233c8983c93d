"""Move Arrow over Flight: a ticket becomes a stream of batches, a stream becomes a receipt."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight

from arize_nb._version import __version__
from arize_nb.errors import AxError, ConfigError, FlightUnavailableError, IncompleteExportError
from arize_nb.text.command_line import Hint
from arize_nb.wire.problems import About, Answerer, flight_error, problem_error

CONNECT_TIMEOUT_MS = 5_000
MAX_BATCH_BYTES = 64 * 2**20

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (flight.FlightUnauthenticatedError, "unauthenticated"),
    (flight.FlightUnauthorizedError, "unauthorized"),
    (pa.lib.ArrowKeyError, "not_found"),
    (pa.lib.ArrowInvalid, "invalid"),
)
_process: dict[str, int] = {}  # the one in which gRPC was used first
_FOREIGN = (flight.FlightError, pa.lib.ArrowException, OSError, KeyError)


class FlightTransport:
    """Flight over one client, made when first needed and kept while it answers; may be shared by threads.

    Parameters
    ----------
    flight_url : str
        `grpc://host:port`, `grpc+tcp://…` or `grpc+tls://…`.
    api_key : str
        Key or access token; travels as binary metadata.
    answerer : Answerer
        For messages.
    loopback : bool
        The address is on this machine: no proxy.
    verify, ca_cert
        Whether and against which authorities to check certificates.
    headers : mapping, optional
        Extra headers.
    dial : callable, optional
        Gives the address to connect to, asked for every connection of ours; `flight_url` is for messages
        then. Raises an `OSError` when the right program does not listen there.
    """

    def __init__(
        self,
        flight_url: str,
        api_key: str,
        *,
        answerer: Answerer,
        loopback: bool = False,
        verify: bool = True,
        ca_cert: str | None = None,
        headers: Mapping[str, str] | None = None,
        dial: Callable[[], str] | None = None,
    ) -> None:
        self._flight_url = flight_url
        self._dial = dial
        self._answerer = answerer
        self._loopback = loopback
        self._verify = verify
        self._ca_cert = ca_cert
        self._headers = [
            (b"origin", b"arize-logging-client"),
            (b"auth-token-bin", api_key.encode()),
            (b"sdk-language", b"python"),
            (b"language-version", platform.python_version().encode()),
            (b"sdk-version", __version__.encode()),
            (b"sdk-package-name", b"arize-nb"),
            *((name.lower().encode(), value.encode()) for name, value in (headers or {}).items()),
        ]
        self._lock = threading.Lock()
        self._client: Any = None
        self._dialled = ""

    @contextlib.contextmanager
    def stream(self, ticket: bytes, *, about: About) -> Iterator[FlightStream]:
        """Open a stream of batches; leaving the block early cancels it.

        Raises
        ------
        FlightUnavailableError
            The port does not answer.
        ServiceError
            The service refuses the ticket.
        """
        reader = None
        try:
            with self._mapped_errors(about):
                reader = self._open(ticket)
                schema = reader.schema
            yield FlightStream(reader, schema, self._answerer, about)
        finally:
            if reader is not None:
                with contextlib.suppress(*_FOREIGN):
                    reader.cancel()

    def _open(self, ticket: bytes) -> Any:
        """Start a read; once more on a fresh connection when the kept one has gone stale."""
        kept = self._client is not None
        try:
            return self._connected().do_get(flight.Ticket(ticket), options=self._options())
        except flight.FlightUnavailableError:
            if not kept:
                raise
            self.close()
            return self._connected().do_get(flight.Ticket(ticket), options=self._options())

    def action(self, kind: str, body: bytes, *, about: About) -> bytes:
        """Do an action and return the bytes of its first result (empty when there is none)."""
        with self._mapped_errors(about):
            results = list(self._connected().do_action(flight.Action(kind, body), options=self._options()))
        return results[0].body.to_pybytes() if results else b""

    def put(
        self,
        command: bytes,
        table: Any,
        *,
        about: About,
        chunk_rows: int = 10_000,
        abandon: Callable[[], None] | None = None,
        undo: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """Send a table in batches and return the service's receipt (empty when it sent none).

        Arrow has no way to cut an upload off: one that is interrupted ends in good order, and the service
        keeps what it has got. So `abandon` is called before that end, to remove what the rows were meant for,
        and `undo` after it, with the receipt.

        Parameters
        ----------
        command : bytes
            Says what the rows are.
        table : pyarrow.Table
            The rows.
        chunk_rows : int
            Rows of a batch, at most; a batch has at most 64 MiB too.
        abandon, undo : callable, optional
            What to do about an upload that fails or is interrupted.
        """
        descriptor = flight.FlightDescriptor.for_command(command)
        with self._mapped_errors(about):
            writer, reader = self._connected().do_put(descriptor, table.schema, options=self._options())
            try:
                for batch in _cut(table, chunk_rows):
                    writer.write_batch(batch)
                receipt = _end(writer, reader)
            except BaseException:
                if abandon is not None:
                    abandon()
                kept = b""
                with contextlib.suppress(*_FOREIGN):
                    kept = _end(writer, reader)
                if undo is not None and kept:
                    undo(kept)
                raise
        return receipt

    def close(self) -> None:
        """Close the connection; the next call makes a new one."""
        if _is_fork():
            return  # the connection is the parent's
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*_FOREIGN):
                client.close()

    def _options(self) -> Any:
        """Return the metadata of a call. No deadline: a large read may take long."""
        return flight.FlightCallOptions(headers=self._headers)

    def _connected(self) -> Any:
        """Return the client, made on first use."""
        if _is_fork():
            raise FlightUnavailableError(
                f"Flight to {self._answerer.address} does not work in a process that was forked off after"
                " Flight was used",
                address=self._answerer.address,
                hint="Start processes by 'spawn', or take transport='rest'.",
            )
        url = self._flight_url if self._dial is None else self._proven(self._dial)
        with self._lock:
            if self._client is None or self._dialled != url:
                self._client, self._dialled = self._new_client(url), url
            return self._client

    def _proven(self, dial: Callable[[], str]) -> str:
        """Ask where to connect to."""
        try:
            return dial()
        except OSError as error:
            raise FlightUnavailableError(
                f"Flight does not answer at {self._answerer.address}",
                address=self._answerer.address,
                hint=Hint("Start it again: arize_nb.workspace.ensure()", "Start it again: %ax server start"),
            ) from error

    def _new_client(self, url: str) -> Any:
        """Make a client. It dials when it is first used."""
        # gRPC gives every connection attempt this long before the port counts as blocked
        options: list[tuple[str, Any]] = [
            ("grpc.min_reconnect_backoff_ms", CONNECT_TIMEOUT_MS),
            ("grpc.max_reconnect_backoff_ms", 5_000),
        ]
        if self._loopback:
            options.append(("grpc.enable_http_proxy", 0))
        settings: dict[str, Any] = {"generic_options": options}
        if url.startswith("grpc+tls"):
            if not self._verify:
                settings["disable_server_verification"] = True
            elif self._ca_cert:
                settings["tls_root_certs"] = self._authorities(self._ca_cert)
        try:
            return flight.FlightClient(url, **settings)
        except (pa.lib.ArrowInvalid, pa.lib.ArrowKeyError) as error:
            raise ConfigError(
                f"{self._flight_url!r} is no Flight address",
                hint="The flight_scheme is grpc+tls, grpc or grpc+tcp.",
            ) from error

    def _authorities(self, path: str) -> bytes:
        """Read the PEM file of the authorities to trust."""
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise ConfigError(f"the certificate file {path} cannot be read: {error.strerror}") from error

    @contextlib.contextmanager
    def _mapped_errors(self, about: About) -> Iterator[None]:
        """Turn every error of Arrow and Flight into one of ours."""
        try:
            yield
        except AxError:
            raise
        except _FOREIGN as error:
            raise _own_error(error, about, self._answerer) from error


def _is_fork() -> bool:
    """Tell whether gRPC was used before this process was forked off.

    Its threads stayed behind then: a call would hang for ever, and what it sends on a connection of the
    parent break the parent's calls.
    """
    return _process.setdefault("pid", os.getpid()) != os.getpid()


def _end(writer: Any, reader: Any) -> bytes:
    """End an upload and return the service's receipt."""
    writer.done_writing()
    receipt = reader.read()
    writer.close()
    return receipt.to_pybytes() if receipt is not None else b""


def _own_error(error: BaseException, about: About, answerer: Answerer) -> AxError:
    """Choose our error for one of Arrow's."""
    if isinstance(error, (flight.FlightUnavailableError, flight.FlightTimedOutError)):
        return FlightUnavailableError(
            f"Flight does not answer at {answerer.address}",
            address=answerer.address,
            hint="A firewall may block that port; REST works without it: transport='rest'.",
        )
    if isinstance(error, pa.lib.ArrowNotImplementedError):
        return FlightUnavailableError(
            f"Flight at {answerer.address} does not offer this",
            address=answerer.address,
            hint="REST works without it: transport='rest'.",
        )
    document = getattr(error, "extra_info", None)
    if document and (
        status := _status_of(document)
    ):  # the embedded workspace sends its problem document along
        return problem_error(status, {}, document, about=about, answerer=answerer)
    reason = next((name for kind, name in _REASONS if isinstance(error, kind)), "failed")
    return flight_error(reason, str(error), about=about, answerer=answerer)


def _status_of(document: bytes) -> int | None:
    """Read the status of a problem document; None for anything else."""
    try:
        status = json.loads(document)["status"]
    except (ValueError, KeyError, TypeError):
        return None
    return status if isinstance(status, int) else None


class FlightStream:
    """Batches of one read, in the order sent; `rows` counts those that came."""

    def __init__(self, reader: Any, schema: Any, answerer: Answerer, about: About) -> None:
        self._reader = reader
        self._answerer = answerer
        self._about = about
        self.schema = schema
        self.rows = 0

    def __iter__(self) -> Iterator[Any]:
        """Iterate over record batches.

        Raises
        ------
        IncompleteExportError
            The stream broke before its end.
        """
        while True:
            try:
                chunk = self._reader.read_chunk()
            except StopIteration:
                return
            except _FOREIGN as error:
                raise self._broken(error) from error
            if chunk.data is not None:
                self.rows += chunk.data.num_rows
                yield chunk.data

    def _broken(self, error: BaseException) -> AxError:
        """Build the error of a stream that ended too early; a refusal before the first row
        stays a refusal.
        """
        own = _own_error(error, self._about, self._answerer)
        if self.rows == 0:
            return own
        return IncompleteExportError(
            f"the export of {self._about} broke after {self.rows:,} rows ({own.what})",
            received=self.rows,
            hint="Nothing was kept. Do it again, or use REST: transport='rest'.",
        )


def _cut(table: Any, chunk_rows: int) -> Iterator[Any]:
    """Cut a table into batches of at most `chunk_rows` rows and 64 MiB; one row that is larger goes alone."""
    for batch in table.to_batches(max_chunksize=chunk_rows):
        yield from _halved(batch)


def _halved(batch: Any) -> Iterator[Any]:
    """Cut a batch in halves until each is small enough."""
    if (
        batch.num_rows <= 1
        or batch.get_total_buffer_size() <= MAX_BATCH_BYTES
        or batch.nbytes <= MAX_BATCH_BYTES
    ):
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _halved(batch.slice(0, middle))
    yield from _halved(batch.slice(middle))
