"""Flight against a small server: metadata, batches, errors, interruptions."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from arize_nb import wire
from arize_nb.errors import (
    AccessError,
    AuthenticationError,
    ConfigError,
    FlightUnavailableError,
    IncompleteExportError,
    NotFoundError,
    RequestRefusedError,
    ServerFailureError,
)
from arize_nb.transports import flight as flight_transport
from arize_nb.transports.flight import FlightTransport

KEY = "ak-secret-0123456789"
ABOUT = wire.About(kind="experiment", name="qa")
TABLE = pa.table({"id": [f"r{index:06}" for index in range(25_000)], "n": range(25_000)})


class Metadata(flight.ServerMiddlewareFactory):
    """Keep the metadata of the last call."""

    def __init__(self):
        self.seen = {}

    def start_call(self, info, headers):
        self.seen.clear()
        self.seen.update(headers)


class Server(flight.FlightServerBase):
    """Answer by what the ticket says; keep what is put."""

    def __init__(self):
        self.metadata = Metadata()
        self.batches = []
        self.committed = threading.Event()
        super().__init__("grpc://127.0.0.1:0", middleware={"metadata": self.metadata})

    def do_get(self, context, ticket):
        word = ticket.ticket.decode()
        refusals = {
            "missing": KeyError("no experiment x"),
            "wrong": pa.ArrowInvalid("bad request"),
            "key": flight.FlightUnauthenticatedError("bad key"),
            "forbidden": flight.FlightUnauthorizedError("not yours"),
            "bug": ZeroDivisionError("division by zero"),
        }
        if word in refusals:
            raise refusals[word]
        if word == "breaks":
            return flight.GeneratorStream(TABLE.schema, self.breaking())
        if word == "empty":
            return flight.RecordBatchStream(TABLE.slice(0, 0))
        return flight.RecordBatchStream(TABLE)

    def breaking(self):
        """Send one batch, then fail."""
        yield TABLE.slice(0, 1000).to_batches()[0]
        raise RuntimeError("disk on fire")

    def do_action(self, context, action):
        if action.type == "silent":
            return []
        return [flight.Result(b"\x0a\x02E1"), flight.Result(b"ignored")]

    def do_put(self, context, descriptor, reader, writer):
        self.batches = []
        for chunk in reader:
            self.batches.append(chunk.data.num_rows)
        if descriptor.command != b"silent":
            writer.write(b"\x0a\x02D1")
        self.committed.set()


@pytest.fixture(scope="module")
def server():
    """One server for the module."""
    with Server() as running:
        yield running


@pytest.fixture
def bulk(server):
    """A transport of it."""
    with contextlib.closing(transport(f"grpc://127.0.0.1:{server.port}")) as made:
        yield made


def transport(url, **settings):
    """Make a transport for an address."""
    return FlightTransport(
        url,
        KEY,
        answerer=wire.Answerer(address=url, source="profile 'work'", profile_name="work"),
        loopback=True,
        **settings,
    )


def whole(stream):
    """Read a stream to its end as one table."""
    return pa.Table.from_batches(list(stream), schema=stream.schema)


class TestReads:
    """A ticket becomes batches."""

    def test_all(self, bulk):
        """All rows come, in order."""
        with bulk.stream(b"all", about=ABOUT) as stream:
            assert TABLE.equals(whole(stream))

        assert TABLE.num_rows == stream.rows

    def test_empty(self, bulk):
        """A stream without rows is an empty table of its schema."""
        with bulk.stream(b"empty", about=ABOUT) as stream:
            assert TABLE.schema == whole(stream).schema

    def test_metadata(self, bulk, server):
        """The key travels as binary metadata, beside what this client is."""
        with bulk.stream(b"all", about=ABOUT):
            pass
        seen = server.metadata.seen

        assert [KEY.encode()] == seen["auth-token-bin"]
        assert (["arize-logging-client"], ["arize-nb"]) == (seen["origin"], seen["sdk-package-name"])
        assert "authorization" not in seen

    def test_client_is_kept(self, bulk):
        """One client serves all calls, until it is closed."""
        for _ in range(2):
            with bulk.stream(b"all", about=ABOUT) as stream:
                whole(stream)
        first = bulk._client
        bulk.close()
        with bulk.stream(b"empty", about=ABOUT):
            pass

        assert first is not bulk._client

    @pytest.mark.parametrize("variable", ["grpc_proxy", "https_proxy", "http_proxy", "HTTP_PROXY"])
    def test_loopback_never_meets_a_proxy(self, server, monkeypatch, variable):
        """Proxy variables do not touch an address of this machine."""
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
        with (
            contextlib.closing(transport(f"grpc://127.0.0.1:{server.port}")) as made,
            made.stream(b"empty", about=ABOUT) as stream,
        ):
            assert 0 == whole(stream).num_rows

    @pytest.mark.parametrize(
        ("ticket", "kind"),
        [
            (b"missing", NotFoundError),
            (b"wrong", RequestRefusedError),
            (b"key", AuthenticationError),
            (b"forbidden", AccessError),
            (b"bug", ServerFailureError),
        ],
    )
    def test_refusals(self, bulk, ticket, kind):
        """Each refusal is the class that REST would raise, in one line, without the server's traceback or the
        key.
        """
        with pytest.raises(kind) as caught, bulk.stream(ticket, about=ABOUT) as stream:
            whole(stream)

        assert kind is type(caught.value)
        assert "\n" not in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert KEY not in str(caught.value)

    def test_broken_stream(self, bulk):
        """A stream that breaks after some rows is an incomplete export that counts them."""
        with pytest.raises(IncompleteExportError) as caught, bulk.stream(b"breaks", about=ABOUT) as stream:
            whole(stream)

        assert 1000 == caught.value.received

    def test_leaving_early(self, bulk):
        """Leaving a stream unread is no error and leaves the client usable."""
        with bulk.stream(b"all", about=ABOUT) as stream:
            next(iter(stream))
        with bulk.stream(b"empty", about=ABOUT) as stream:
            assert 0 == whole(stream).num_rows


class TestWrites:
    """Actions and uploads."""

    def test_action(self, bulk):
        """The first result counts; none is empty bytes."""
        assert b"\x0a\x02E1" == bulk.action("create", b"{}", about=ABOUT)
        assert b"" == bulk.action("silent", b"{}", about=ABOUT)

    def test_batches(self, bulk, server):
        """A table goes in batches of the size asked for and comes back as a receipt."""
        assert b"\x0a\x02D1" == bulk.put(b"runs", TABLE, about=ABOUT, chunk_rows=10_000)
        assert [10_000, 10_000, 5_000] == server.batches

    def test_no_receipt(self, bulk):
        """A service that sends no receipt yields empty bytes."""
        assert b"" == bulk.put(b"silent", TABLE, about=ABOUT)

    def test_large_batches_are_halved(self, bulk, server, monkeypatch):
        """A batch of too many bytes goes in halves; a row that is larger goes alone."""
        monkeypatch.setattr(flight_transport, "MAX_BATCH_BYTES", 100)
        bulk.put(b"runs", pa.table({"text": ["x" * 40] * 4 + ["y" * 500]}), about=ABOUT)

        assert [2, 1, 1, 1] == server.batches

    def test_interrupted_upload(self, bulk, server, monkeypatch):
        """What an interrupted upload is meant for is removed before its stream ends, and its receipt is
        undone after.
        """
        server.committed.clear()
        done = []

        def interrupted(table, rows):
            yield table.slice(0, 10).to_batches()[0]
            raise KeyboardInterrupt

        monkeypatch.setattr(flight_transport, "_cut", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bulk.put(
                b"runs",
                TABLE,
                about=ABOUT,
                abandon=lambda: done.append(server.committed.is_set()),
                undo=done.append,
            )

        assert [False, b"\x0a\x02D1"] == done
        assert server.committed.is_set()


class TestUnreachable:
    """A port that does not answer."""

    def test_closed_port(self):
        """A closed port says that REST works without it."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (
            contextlib.closing(transport(f"grpc://127.0.0.1:{port}")) as made,
            pytest.raises(FlightUnavailableError, match="transport='rest'"),
        ):
            made.action("x", b"", about=ABOUT)

    def test_silent_port(self, monkeypatch):
        """A port that takes connections and never answers, as behind some firewalls, counts as blocked after
        some seconds.
        """
        monkeypatch.setattr(flight_transport, "CONNECT_TIMEOUT_MS", 300)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"grpc://127.0.0.1:{silent.getsockname()[1]}"
            started = time.monotonic()
            with (
                contextlib.closing(transport(url)) as made,
                pytest.raises(FlightUnavailableError),
                made.stream(b"x", about=ABOUT),
            ):
                pass

        assert time.monotonic() - started < 5

    def test_restarted_server(self):
        """A read goes through after the service has restarted on its port."""
        with Server() as first, contextlib.closing(transport(f"grpc://127.0.0.1:{first.port}")) as made:
            with made.stream(b"empty", about=ABOUT):
                pass
            port = first.port
            first.shutdown()

            class Again(Server):
                def __init__(self):
                    self.metadata = Metadata()
                    flight.FlightServerBase.__init__(self, f"grpc://127.0.0.1:{port}")

            with Again(), made.stream(b"empty", about=ABOUT) as stream:
                assert 0 == whole(stream).num_rows

    def test_wrong_scheme(self):
        """An address that is no Flight address is a setting to correct."""
        with (
            contextlib.closing(transport("http://127.0.0.1:1")) as made,
            pytest.raises(ConfigError, match="flight_scheme"),
        ):
            made.action("x", b"", about=ABOUT)

    def test_missing_authorities(self):
        """A certificate file that cannot be read is named."""
        made = transport("grpc+tls://127.0.0.1:1", ca_cert="/nonexistent/ca.pem")
        with pytest.raises(ConfigError, match=r"/nonexistent/ca\.pem"):
            made.action("x", b"", about=ABOUT)
