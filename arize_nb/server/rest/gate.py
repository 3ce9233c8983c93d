"""What every HTTP request passes first: whom it is from, the key, the path as it was sent, the body, and the
activity count.
"""

from __future__ import annotations

import asyncio
import hmac
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from arize_nb.server.problems import MEDIA_TYPE, Problem, failure
from arize_nb.server.rest.spool import Body
from arize_nb.server.same_machine import is_from_here

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PROTECTED: Final = "/v2"

MOST_BYTES: Final = 256 << 20
"""Longest body of a request: a thousand items of a quarter of a megabyte each."""

_WRITERS: Final = 8


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
    folder : Path, optional
        Where long bodies are spooled while they come; in memory when not given.
    """

    def __init__(
        self, app: ASGIApp, *, api_key: str, activity: Activity | None = None, folder: Path | None = None
    ) -> None:
        self._app = app
        self._folder = folder
        self._key = api_key.encode("utf-8")
        self._activity = activity
        # One writes at a time, the others wait for the store: not in all of the threads, or nobody could read
        # meanwhile.
        self._writers = asyncio.Semaphore(_WRITERS)
        self._large = asyncio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with nullcontext() if self._activity is None else self._activity.request():
            scope = {**scope, "path": _path(scope), "query_string": _without_empty(scope["query_string"])}
            refusal = self._refusal(scope)
            # Read to the end even when refusing, since clients keep their connections; but keep none of it
            # then.
            body = Body(self._folder, 0 if refusal else MOST_BYTES)
            try:
                await body.receive_all(receive)
                refusal = refusal or _unusable(body)
                if refusal is not None:
                    await _refuse(send, refusal, scope["path"])
                    return
                async with (
                    self._large if body.is_large else nullcontext(),
                    self._writers if _writes(scope) else nullcontext(),
                ):
                    await self._app(scope, _replaying(await body.take(), receive), send)
            finally:
                body.close()

    def _refusal(self, scope: Scope) -> Problem | None:
        """Say why the headers of a request do not get it in; None when they do."""
        if not is_from_here(scope["headers"]):
            return Problem(
                403, "the local workspace answers programs of this machine only, at 127.0.0.1 or localhost"
            )
        if scope["path"].startswith(_PROTECTED) and not self._has_key(scope):
            return Problem(401, "the API key is missing or not the key of this workspace")
        return None

    def _has_key(self, scope: Scope) -> bool:
        """Tell whether the request carries the key."""
        given = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
        scheme, _, key = given.partition(b" ")
        return bool(scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._key))


def _unusable(body: Body) -> Problem | None:
    """Say why a body that came cannot be used; None when it can."""
    if not body.is_whole:
        return Problem(400, "the client went away before the end of the body")
    if body.is_too_long:
        return Problem(413, f"the body is longer than {MOST_BYTES >> 20} MB; send fewer items at once")
    return failure(body.failure) if body.failure is not None else None


def _writes(scope: Scope) -> bool:
    """Tell whether a request changes anything."""
    return bool(scope["method"] != "GET" and not scope["path"].endswith("/search"))


def _path(scope: Scope) -> str:
    """Decode each segment of the path on its own: an encoded slash does not start a segment, and no id has
    one.
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    segments = (
        unquote_to_bytes(segment).decode("utf-8", "replace") for segment in raw.split(b"?", 1)[0].split(b"/")
    )
    return "/".join(segment.replace("/", "%2F") for segment in segments)


def _without_empty(query: bytes) -> bytes:
    """Drop parameters without a value, which clients send for options that are not set."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=False, encoding="utf-8", errors="replace")
    return urlencode(pairs).encode("ascii")


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Hand the body out once more, then what the connection says."""
    pending = [body]

    async def replay() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replay


async def _refuse(send: Send, problem: Problem, path: str) -> None:
    """Answer with a problem document."""
    content = problem.body(path)
    headers = [
        (b"content-type", MEDIA_TYPE.encode("ascii")),
        (b"content-length", str(len(content)).encode("ascii")),
    ]
    if problem.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
