"""REST against a server whose every reply is scripted: retries, keys, proxies, errors."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from arize_nb import wire
from arize_nb.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    RateLimitError,
    ServerFailureError,
    ServiceError,
)
from arize_nb.transports import rest as rest_transport
from arize_nb.transports.rest import RestTransport

KEY = "ak-secret-0123456789"
READ = wire.get_request("experiment", "RXhw")
SEARCH = wire.search_request("experiment", "RXhw", limit=5)
WRITE = wire.create_experiment_request("e", [{"output": "o"}], dataset_id=None, space_id="S")
UPSERT = wire.annotate_request("experiment", "RXhw", [{"record_id": "r", "values": [{"name": "q"}]}])


class Script(ThreadingHTTPServer):
    """Answer with the scripted replies in turn, the last one again and again; keep what was asked."""

    daemon_threads = True

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []
        self.connections = set()
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        self.server.connections.add(self.client_address)
        reply = self.server.replies.pop(0) if len(self.server.replies) > 1 else self.server.replies[0]
        if reply is None:  # hang up in the middle
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        status, headers, text = reply
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


for method in ("GET", "POST", "DELETE", "PATCH"):
    setattr(Answer, f"do_{method}", Answer.answer)


def reply(status=200, body=b"{}", **headers):
    """Script one reply."""
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body


@pytest.fixture
def scripted():
    """Start servers and transports; both are closed at the end."""
    with contextlib.ExitStack() as stack:

        def start(*replies, **settings):
            server = Script(*replies)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            return server, stack.enter_context(contextlib.closing(transport(server.url, **settings)))

        yield start


def transport(url, key=KEY, **settings):
    """Make a transport for an address."""
    who = wire.Answerer(address=url, source="profile 'work'", profile_name="work")
    return RestTransport(url, key, answerer=who, **{"loopback": True, **settings})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Keep the pauses between attempts short; Retry-After is slept in full."""
    monkeypatch.setattr(rest_transport, "BACKOFF_S", 0.001)


class TestSending:
    """One request, one reply."""

    def test_headers(self, scripted):
        """The key travels in its header only, beside what this client is."""
        server, rest = scripted(reply())
        rest.send(READ)
        _, path, headers, _ = server.asked[0]

        assert f"Bearer {KEY}" == headers["Authorization"]
        assert ("python", "arize-nb") == (headers["sdk-language"], headers["sdk-package-name"])
        assert KEY not in path

    def test_one_connection(self, scripted):
        """Requests one after the other share a connection."""
        server, rest = scripted(reply())
        for _ in range(5):
            rest.send(READ)

        assert (5, 1) == (len(server.asked), len(server.connections))

    def test_pages(self, scripted):
        """Requests that differ in their body alone each carry their own, with its length."""
        server, rest = scripted(reply())
        bodies = [b'{"limit":5}', b'{"limit":5,"cursor":"a"}', b'{"limit":15}']
        for cursor, limit in ((None, 5), ("a", 5), (None, 15)):
            rest.send(wire.search_request("experiment", "RXhw", limit=limit, cursor=cursor))
        rest.send(READ)

        assert [*bodies, b""] == [body for _, _, _, body in server.asked]
        assert [f"Bearer {KEY}"] * 4 == [headers["Authorization"] for _, _, headers, _ in server.asked]

    def test_netrc_does_not_replace_the_key(self, scripted, clean_environ):
        """A .netrc entry for the host is not used."""
        (clean_environ / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
        server, rest = scripted(reply(), loopback=False)
        rest.send(READ)

        assert f"Bearer {KEY}" == server.asked[0][2]["Authorization"]

    def test_loopback_never_meets_a_proxy(self, scripted, monkeypatch):
        """Proxy settings, from wherever, do not touch an address of this machine."""
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        _, rest = scripted(reply(), proxy_url="http://127.0.0.1:9")

        assert b"{}" == rest.send(READ)

    def test_proxy(self, scripted):
        """Elsewhere the proxy is used."""
        server, _ = scripted(reply(body=b'{"by": "proxy"}'))
        with contextlib.closing(
            transport("http://arize.invalid", loopback=False, proxy_url=server.url)
        ) as rest:
            assert b'{"by": "proxy"}' == rest.send(READ)

    def test_wrong_success(self, scripted):
        """A 2xx other than the documented one is an error, not an empty result."""
        _, rest = scripted(reply(200))
        with pytest.raises(ServiceError, match="unexpected status 200"):
            rest.send(WRITE)

    def test_no_redirect(self, scripted):
        """A redirect is not followed: the key would go along."""
        target, _ = scripted(reply())
        server, rest = scripted(reply(302, Location=target.url))
        with pytest.raises(ServiceError, match="redirects"):
            rest.send(READ)

        assert (1, 0) == (len(server.asked), len(target.asked))

    @pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel"])
    def test_impossible_keys(self, key):
        """A key with a line break or blank is named as such, without being shown."""
        with pytest.raises(ConfigError) as caught:
            transport("http://127.0.0.1:1", key)

        assert key not in str(caught.value)

    def test_threads(self, scripted):
        """Threads may share a transport."""
        server, rest = scripted(reply())
        threads = [threading.Thread(target=rest.send, args=(READ,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert 20 == len(server.asked)


class TestRetries:
    """What is sent again, and what is not."""

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    @pytest.mark.parametrize("request_", [READ, SEARCH], ids=["get", "search"])
    def test_reads(self, scripted, status, request_):
        """A read is sent again while the service is busy, a POST that only searches too."""
        server, rest = scripted(reply(status), reply(status), reply())
        rest.send(request_)

        assert 3 == len(server.asked)

    def test_upserts(self, scripted):
        """Annotations are sent again: they replace themselves."""
        server, rest = scripted(reply(503), reply(202))
        rest.send(UPSERT)

        assert 2 == len(server.asked)

    @pytest.mark.parametrize(
        "answer", [reply(502), reply(503, Retry_After="0"), reply(504), reply(500), None]
    )
    def test_writes(self, scripted, answer):
        """A write that may have been taken is never sent again."""
        server, rest = scripted(answer, reply(201))
        with pytest.raises((ServerFailureError, ConnectionFailedError)):
            rest.send(WRITE)

        assert 1 == len(server.asked)

    def test_refused_writes(self, scripted):
        """A write that the rate limit turned away was not taken, and is sent again."""
        server, rest = scripted(reply(429, Retry_After="0"), reply(201))
        rest.send(WRITE)

        assert 2 == len(server.asked)

    def test_broken_read(self, scripted):
        """A read whose connection broke is sent again."""
        server, rest = scripted(None, reply())
        rest.send(READ)

        assert 2 == len(server.asked)

    def test_broken_write_says_that_it_may_be_there(self, scripted):
        """The error of a broken write says to look before doing it again."""
        _, rest = scripted(None)
        with pytest.raises(ConnectionFailedError, match="may have been taken") as caught:
            rest.send(WRITE)

        assert caught.value.sent

    def test_giving_up(self, scripted):
        """After all attempts the last reply is the error, with its Retry-After."""
        server, rest = scripted(reply(429, Retry_After="0"))
        with pytest.raises(RateLimitError) as caught:
            rest.send(READ)

        assert (5, 0.0) == (len(server.asked), caught.value.retry_after_s)

    def test_unbearable_wait(self, scripted):
        """A Retry-After of an hour is reported at once."""
        server, rest = scripted(reply(429, Retry_After="3600"))
        with pytest.raises(RateLimitError) as caught:
            rest.send(READ)

        assert (1, 3600.0) == (len(server.asked), caught.value.retry_after_s)

    @pytest.mark.parametrize("text", ["soon", "inf", "1e400", "Wed, 99 Oct 2026 99:99:99 GMT", "\xff"])
    def test_a_wait_that_cannot_be_read(self, scripted, text):
        """A Retry-After that is neither seconds nor a date counts as none, and is blamed on
        nobody's address.
        """
        server, rest = scripted(reply(429, Retry_After=text), reply(body=b"[]"))

        assert (b"[]", 2) == (rest.send(READ), len(server.asked))

        server, rest = scripted(reply(429, Retry_After=text))
        with pytest.raises(RateLimitError) as caught:
            rest.send(READ)

        assert (caught.value.retry_after_s, "address" in str(caught.value)) == (None, False)

    def test_a_reply_that_cannot_be_decoded(self, scripted):
        """A reply is no reason to look at the address."""
        _, rest = scripted(reply(body=b"no gzip", Content_Encoding="gzip"))
        with pytest.raises(ConnectionFailedError, match=r"the reply of .* cannot be read") as caught:
            rest.send(READ)

        assert (caught.value.sent, "Check the address" in str(caught.value)) == (True, False)

    def test_refusals_are_final(self, scripted):
        """A 401 is not tried again."""
        server, rest = scripted(reply(401))
        with pytest.raises(AuthenticationError):
            rest.send(READ)

        assert 1 == len(server.asked)


class TestConnectionErrors:
    """Foreign errors become ours, and show no key."""

    def free_port(self):
        """Return a port on which nothing listens."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    @pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
    def test_nothing_there(self, request_):
        """A port that is closed says so; the request was not sent."""
        with (
            contextlib.closing(transport(f"http://127.0.0.1:{self.free_port()}")) as rest,
            pytest.raises(ConnectionFailedError, match="nothing answers") as caught,
        ):
            rest.send(request_)

        assert not caught.value.sent
        assert KEY not in repr(caught.value.__cause__)

    def test_unknown_host(self):
        """A host that has no address says so."""
        with (
            contextlib.closing(transport("http://arize.invalid", loopback=False)) as rest,
            pytest.raises(ConnectionFailedError, match=r"nothing answers at http://arize\.invalid"),
        ):
            rest.send(READ)

    def test_silence(self, monkeypatch):
        """A service that accepts and never answers ends in a timeout, not in a wait."""
        monkeypatch.setattr(rest_transport, "READ_TIMEOUT_S", 0.05)
        with (
            socket.create_server(("127.0.0.1", 0)) as silent,
            contextlib.closing(transport(f"http://127.0.0.1:{silent.getsockname()[1]}")) as rest,
            pytest.raises(ConnectionFailedError, match="stopped answering") as caught,
        ):
            rest.send(WRITE)

        assert caught.value.sent

    def test_cut_body(self):
        """A body that ends before its announced length is an error, never a shorter reply."""
        with socket.create_server(("127.0.0.1", 0)) as other:

            def cut():
                with other.accept()[0] as connection:
                    connection.recv(1000)
                    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half": ')

            threading.Thread(target=cut, daemon=True).start()
            with (
                contextlib.closing(transport(f"http://127.0.0.1:{other.getsockname()[1]}")) as rest,
                pytest.raises(ConnectionFailedError, match="stopped answering"),
            ):
                rest.send(READ)

    def test_compressed(self, scripted):
        """A compressed body is unpacked."""
        _, rest = scripted(reply(body=gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"))

        assert b'{"a": 1}' == rest.send(READ)

    def test_not_http(self):
        """Something that speaks no HTTP is an error of ours."""
        with socket.create_server(("127.0.0.1", 0)) as other:

            def babble():
                while True:
                    try:
                        with other.accept()[0] as connection:
                            connection.recv(1000)
                            connection.sendall(b"SSH-2.0\r\n\r\n")
                    except OSError:
                        return

            threading.Thread(target=babble, daemon=True).start()
            with (
                contextlib.closing(transport(f"http://127.0.0.1:{other.getsockname()[1]}")) as rest,
                pytest.raises(ConnectionFailedError),
            ):
                rest.send(READ)


@pytest.mark.parametrize(
    ("who", "named"),
    [
        ({"source": "profile 'work'", "profile_name": "work"}, "profile 'work'"),
        ({"source": "ARIZE_API_KEY"}, "ARIZE_API_HOST, ARIZE_API_PORT or ARIZE_REGION"),
        ({"source": "the key given to connect()"}, "what was given to connect()"),
    ],
)
def test_an_address_where_nothing_answers(who, named):
    """What holds the address is named, not what holds the key."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    rest = RestTransport(url, KEY, answerer=wire.Answerer(address=url, **who), loopback=True)
    with pytest.raises(ConnectionFailedError) as caught:
        rest.send(READ)
    rest.close()

    assert f"Check the address ({named})" in str(caught.value)
