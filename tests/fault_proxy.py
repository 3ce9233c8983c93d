"""A proxy between a client and a REST server that breaks some of the exchanges, each in one of many ways."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, Final

Reply = tuple[bytes, bytes]


def _refused(status: int, *headers: bytes, body: bytes | None = None) -> bytes:
    """Write a refusal."""
    content = b'{"status": %d, "title": "t", "detail": "injected"}' % status if body is None else body
    lines = [
        b"HTTP/1.1 %d X" % status,
        b"content-type: application/problem+json",
        b"content-length: %d" % len(content),
        *headers,
        b"",
        content,
    ]
    return b"\r\n".join(lines)


def _with_length(head: bytes, length: int) -> bytes:
    """Change the declared length."""
    return re.sub(rb"(?i)content-length: *\d+", b"content-length: %d" % length, head)


def _instead(content: bytes) -> Callable[[Reply], bytes]:
    """Answer with another body."""
    return lambda reply: _with_length(reply[0], len(content)) + content


def _changed(pattern: bytes, replacement: bytes) -> Callable[[Reply], bytes]:
    """Answer with a body in which something is replaced."""

    def change(reply: Reply) -> bytes:
        content = re.sub(pattern, replacement, reply[1])
        return _with_length(reply[0], len(content)) + content

    return change


BEFORE: Final[dict[str, bytes | None]] = {
    "reset before": b"", "close before": None, "429": _refused(429), "429 wait a second": _refused(429, b"retry-after: 1"),
    "429 wait until 1970": _refused(429, b"retry-after: Thu, 01 Jan 1970 00:00:00 GMT"),
    "429 wait soon": _refused(429, b"retry-after: soon"),
    "429 wait for ever": _refused(429, b"retry-after: 99999999999"), "500": _refused(500), "502": _refused(502), "503": _refused(503),
    "503 page": _refused(503, body=b"<html>oops</html>"), "401": _refused(401),
    "redirect": b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/steal\r\ncontent-length: 0\r\n\r\n",
    "no status": b"HTTP/1.1 abc\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"".join(b"x%d: y\r\n" % number for number in range(300)) + b"content-length: 2\r\n\r\n{}",
}  # fmt: skip
"""Faults in place of the exchange: what is sent instead; None to hang up, empty to reset."""

AFTER: Final[dict[str, Callable[[Reply], bytes | None]]] = {
    "reset after": lambda _: b"", "close after": lambda _: None,
    "500 after": lambda _: _refused(500), "502 after": lambda _: _refused(502), "503 after": lambda _: _refused(503),
    "half a body": lambda reply: reply[0] + reply[1][: len(reply[1]) // 2], "half a head": lambda reply: reply[0][: len(reply[0]) // 2],
    "length too short": lambda reply: _with_length(reply[0], max(len(reply[1]) - 7, 0)) + reply[1],
    "length too long": lambda reply: _with_length(reply[0], len(reply[1]) + 50) + reply[1],
    "garbage": _instead(b"\x00\xffnot json{{"), "list": _instead(b'[1,2,{"a":null}]'), "null": _instead(b"null"),
    "empty object": _instead(b"{}"),
    "ids that are numbers": _changed(rb'"id":"[^"]*"', b'"id":17'),
    "cursor in a circle": _changed(rb'"pagination":\{[^}]*\}', b'"pagination":{"has_more":true,"next_cursor":"c"}'),
    "no gzip": lambda reply: reply[0].replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n") + reply[1],
    "twice": lambda reply: (reply[0] + reply[1]) * 2, "continue": lambda reply: b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + reply[0] + reply[1],
    "late": lambda reply: (time.sleep(1), reply[0] + reply[1])[1],
}  # fmt: skip
"""Faults after the exchange was carried out: what is sent instead of the reply."""

FAULTS: Final = (*BEFORE, *AFTER)
_ENDS: Final = {"half a body", "half a head", "length too short", "length too long", "no status", "twice"}


class FaultProxy:
    """Pass HTTP/1.1 on to a port of this machine, until a fault is armed.

    Parameters
    ----------
    port : int
        Of the server.
    """

    def __init__(self, port: int) -> None:
        self._upstream = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self.hits = 0
        """Exchanges broken since `arm`."""
        self.arm(None)
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, fault: str | None, *, after: int = 0, times: int = 1) -> None:
        """Break exchanges from now on: `times` of them, when `after` have passed."""
        with self._lock:
            self._fault, self._after, self._left, self.hits = fault, after, times, 0

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _next(self) -> str | None:
        """Return the fault of the next exchange."""
        with self._lock:
            self._after -= 1
            if self._fault is None or self._after >= 0 or self._left <= 0:
                return None
            self._left -= 1
            self.hits += 1
            return self._fault

    def _serve(self) -> None:
        """Take connections until the listener closes."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        """Pass the exchanges of one connection on."""
        with connection, connection.makefile("rb") as incoming:
            try:
                while (asked := _message(incoming)) is not None:
                    fault = self._next()
                    said = BEFORE[fault] if fault in BEFORE else self._answer(asked, fault)
                    if said == b"":
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    if not said:
                        return
                    connection.sendall(said)
                    if fault in _ENDS:
                        return
            except (OSError, ValueError):
                return

    def _answer(self, asked: Reply, fault: str | None) -> bytes | None:
        """Have the server answer, and return what is passed on of it."""
        with (
            socket.create_connection(self._upstream, timeout=60) as upstream,
            upstream.makefile("rb") as incoming,
        ):
            upstream.sendall(asked[0] + asked[1])
            reply = _message(incoming)
        if reply is None:
            return None
        return AFTER[fault](reply) if fault is not None else reply[0] + reply[1]


def _message(incoming: BinaryIO) -> Reply | None:
    """Read one message with a declared length; None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = incoming.readline()
        if not line:
            return None
        head += line
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return head, incoming.read(int(length[1])) if length else b""
