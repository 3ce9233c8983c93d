"""What every HTTP request passes first: the key, the path as it was sent, the whole body, and the activity count."""

from __future__ import annotations

import hmac
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from arize_nb.server.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PROTECTED = "/v2"


class Activity(Protocol):
    """Something that wants to know while requests and streams are open."""

    def request(self) -> AbstractContextManager[object]:
        """Mark a request as open until the block ends."""


class Gate:
    """ASGI middleware in front of the application.

    Parameters
    ----------
    app : ASGI application
        What answers once the key is right.
    api_key : str
        The key that requests under ``/v2`` must carry as ``Authorization: Bearer``.
    activity : Activity, optional
        Told of every request while it is open.
    """

    def __init__(self, app: ASGIApp, *, api_key: str, activity: Activity | None = None) -> None:
        self._app = app
        self._key = api_key.encode("utf-8")
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with nullcontext() if self._activity is None else self._activity.request():
            # Read to the end even when refusing: clients keep their connections.
            body = await _whole_body(receive)
            scope = {**scope, "path": _path(scope), "query_string": _without_empty(scope["query_string"])}
            if scope["path"].startswith(_PROTECTED) and not self._admits(scope):
                await _refuse(send, scope["path"])
            else:
                await self._app(scope, _replaying(body, receive), send)

    def _admits(self, scope: Scope) -> bool:
        """Tell whether the request carries the key."""
        given = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
        scheme, _, key = given.partition(b" ")
        return bool(scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._key))


def _path(scope: Scope) -> str:
    """Decode each segment of the path on its own: an encoded slash does not start a segment, and no id has one."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    segments = (unquote_to_bytes(segment).decode("utf-8", "replace") for segment in raw.split(b"?", 1)[0].split(b"/"))
    return "/".join(segment.replace("/", "%2F") for segment in segments)


def _without_empty(query: bytes) -> bytes:
    """Drop parameters without a value, which clients send for options that are not set."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=False, encoding="utf-8", errors="replace")
    return urlencode(pairs).encode("ascii")


async def _whole_body(receive: Receive) -> bytes:
    """Read the request body."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Hand the body out once more, then what the connection says."""
    pending = [body]

    async def replay() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replay


async def _refuse(send: Send, path: str) -> None:
    """Answer 401."""
    content = Problem(401, "the API key is missing or not the key of this workspace").body(path)
    headers = [
        (b"content-type", MEDIA_TYPE.encode("ascii")),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"www-authenticate", b"Bearer"),
    ]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": content})
