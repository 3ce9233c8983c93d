"""Routes of our own beside the service's: prove that it is the workspace, how is it, please stop."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from arize_nb.server.same_machine import is_from_here
from arize_nb.workspace.control_paths import PROOF_PATH, STATUS_PATH, STOP_PATH, VISIT_QUERY
from arize_nb.workspace.proofs import (
    CHALLENGE_HEADER,
    SCHEME,
    Nonces,
    client_proof,
    is_challenge,
    is_same,
    server_proof,
)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_CHALLENGE: Final = CHALLENGE_HEADER.lower().encode("ascii")


class PrivateRoutes:
    """ASGI middleware: the routes under ``/_workspace``, in front of an application; they count as no
    activity and are in no schema.

    ``GET /_workspace/proof`` answers anybody of this machine who sends a challenge, and tells nothing but
    that this is the server. The other two want the key: proved (see `proofs`), or as ``Authorization:
    Bearer``, as clients before format 2 send it.

    Parameters
    ----------
    app : ASGI application
        Gets everything else.
    api_key : str
        The workspace's key.
    port : int
        Port that it is served on.
    status : callable
        Gives what ``GET /_workspace/status`` answers (JSON); told whether this is a visit.
    stop : callable
        Called by ``POST /_workspace/stop``; returns at once.
    """

    def __init__(
        self,
        app: AsgiApp,
        api_key: str,
        *,
        port: int,
        status: Callable[[bool], Mapping[str, Any]],
        stop: Callable[[], None],
    ) -> None:
        self._app = app
        self._key = api_key
        self._port = port
        self._status = status
        self._stop = stop
        self._nonces = Nonces()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event."""
        if scope["type"] != "http" or scope["path"] not in (PROOF_PATH, STATUS_PATH, STOP_PATH):
            await self._app(scope, receive, send)
        elif not is_from_here(scope["headers"]):
            await _reply(send, 403, {"status": 403, "title": "Access forbidden"})
        elif scope["path"] == PROOF_PATH:
            await self._prove(scope, send)
        elif not self._is_ours(scope):
            await _reply(send, 401, {"status": 401, "title": "Authentication required"})
        elif (scope["method"], scope["path"]) == ("GET", STATUS_PATH):
            await _reply(send, 200, self._status(scope["query_string"] == VISIT_QUERY.encode()))
        elif (scope["method"], scope["path"]) == ("POST", STOP_PATH):
            await _reply(send, 202, {})
            self._stop()
        else:
            await _reply(send, 405, {"status": 405, "title": "Method not allowed"})

    async def _prove(self, scope: Scope, send: Send) -> None:
        """Answer a challenge with the proof that this server knows the key, and a challenge of its own."""
        challenge = _header(scope, _CHALLENGE)
        if scope["method"] != "GET":
            await _reply(send, 405, {"status": 405, "title": "Method not allowed"})
        elif not is_challenge(challenge):
            await _reply(send, 400, {"status": 400, "title": "Invalid request parameters"})
        else:
            nonce = self._nonces.issue()
            proof = server_proof(self._key, self._port, challenge, nonce)
            await _reply(
                send, 200, {"nonce": nonce, "proof": proof}, close=False
            )  # the connection is used from here on

    def _is_ours(self, scope: Scope) -> bool:
        """Tell whether a request is of somebody who knows the key."""
        given = _header(scope, b"authorization")
        if hmac.compare_digest(given.encode("latin-1"), f"Bearer {self._key}".encode()):
            return True
        scheme, _, rest = given.partition(" ")
        nonce, _, proof = rest.partition(" ")
        if scheme != SCHEME:
            return False
        query = scope["query_string"].decode("latin-1")
        target = f"{scope['path']}?{query}" if query else scope["path"]
        return is_same(
            proof, client_proof(self._key, self._port, nonce, scope["method"], target)
        ) and self._nonces.take(nonce)


def _header(scope: Scope, wanted: bytes) -> str:
    """Return the value of a header; empty when it is not there."""
    return next((value for name, value in scope["headers"] if name == wanted), b"").decode("latin-1")


async def _reply(send: Send, status: int, document: Mapping[str, Any], *, close: bool = True) -> None:
    """Send one JSON document and, mostly, end the connection."""
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
