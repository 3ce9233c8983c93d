"""Serve the REST side from a thread of its own, and let its idle worker threads end."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

WORKER_IDLE_S: Final = 10.0
"""Seconds after which a worker thread without work may end."""
_KEEP_ALIVE_S: Final = 120.0  # a connection closed sooner could take the next POST of a notebook with it
_TURN_S: Final = 5.0


class RestSide:
    """An ASGI application on a listening socket.

    Parameters
    ----------
    app : ASGIApp
        What answers.
    listener : socket
        Where it listens already.
    drain_s : float
        Seconds that open requests have when it ends.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, *, drain_s: float) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._answer,
                log_config=None,
                access_log=False,
                interface="asgi3",
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_keep_alive=int(_KEEP_ALIVE_S),
                timeout_graceful_shutdown=int(drain_s),
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="arize_nb-rest", daemon=True
        )

    def start(self) -> None:
        """Serve, and return once it does.

        Raises
        ------
        RuntimeError
            It ended at once.
        """
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)
        if not self._server.started:
            raise RuntimeError("the REST side did not start")

    def stop(self) -> None:
        """Take no more requests; those that are open go on."""
        self._server.should_exit = True

    def join(self, timeout_s: float) -> None:
        """Wait until it has ended."""
        self._thread.join(timeout_s)

    def end_idle_workers(self) -> None:
        """Let the worker threads end that had no work for `WORKER_IDLE_S`.

        Each of them keeps a cache of freed memory of its own, about 2 MB after a busy minute. They end when
        their pool hands out work, and not by a clock: without requests they stay.
        """
        if self._loop is None or not self._thread.is_alive():
            return  # no request yet
        with suppress(TimeoutError, RuntimeError):  # requests came in between; or it is on its way out
            asyncio.run_coroutine_threadsafe(run_in_threadpool(_nothing), self._loop).result(_TURN_S)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and note which loop does."""
        self._loop = asyncio.get_running_loop()
        await self._app(scope, receive, send)


def _nothing() -> None:
    """Do no work."""
