"""Two routes of our own beside the service's: how the server is, and please stop."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from arize_nb.server.same_machine import is_from_here

STATUS_PATH: Final = "/_workspace/status"
STOP_PATH: Final = "/_workspace/stop"
VISIT_QUERY: Final = "visit=1"
"""Added to `STATUS_PATH` by somebody who is about to send requests: the server does not stop for want of them just then."""

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def with_private_routes(app: AsgiApp, api_key: str, *, status: Callable[[bool], Mapping[str, Any]], stop: Callable[[], None]) -> AsgiApp:
    """Put the two routes in front of an application, so that they count as no activity and appear in no schema.

    Parameters
    ----------
    app : ASGI application
        Gets everything else.
    api_key : str
        Both routes want it, as ``Authorization: Bearer``.
    status : callable
        Gives what ``GET /_workspace/status`` answers (JSON); told whether this is a visit.
    stop : callable
        Called by ``POST /_workspace/stop``; returns at once.
    """
    expected = f"Bearer {api_key}".encode()

    async def routed(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in (STATUS_PATH, STOP_PATH):
            await app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if not is_from_here(scope["headers"]):
            await _reply(send, 403, {"status": 403, "title": "Access forbidden"})
        elif not hmac.compare_digest(given, expected):
            await _reply(send, 401, {"status": 401, "title": "Authentication required"})
        elif (scope["method"], scope["path"]) == ("GET", STATUS_PATH):
            await _reply(send, 200, status(scope["query_string"] == VISIT_QUERY.encode()))
        elif (scope["method"], scope["path"]) == ("POST", STOP_PATH):
            await _reply(send, 202, {})
            stop()
        else:
            await _reply(send, 405, {"status": 405, "title": "Method not allowed"})

    return routed


async def _reply(send: Send, status: int, document: Mapping[str, Any]) -> None:
    """Send one JSON document and end the connection."""
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
