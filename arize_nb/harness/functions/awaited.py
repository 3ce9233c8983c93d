"""Wait in a coroutine for a run, whose user code runs on the same loop: what a cell made there, its tasks can
use.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from arize_nb.harness.functions.loops import CallersLoop, callers_loop
from arize_nb.persistence.uninterrupted import StopRequest, stop_request

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def on_this_loop(work: Callable[[], T]) -> T:
    """Do `work` in a thread, with this coroutine's loop as the one for user code.

    Raises
    ------
    asyncio.CancelledError
        This coroutine was cancelled (in a notebook: the stop button). The run was stopped first, as a
        KeyboardInterrupt stops it; `result` of the error, and a note, say what is kept.
    """
    loop, request = asyncio.get_running_loop(), StopRequest()
    ended: asyncio.Future[tuple[T | None, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()
    context.run(callers_loop.set, CallersLoop(loop))
    context.run(stop_request.set, request)

    def hand_over(value: T | None, error: BaseException | None) -> None:
        if not ended.done():
            ended.set_result((value, error))

    def serve() -> None:
        value, error = None, None
        try:
            value = context.run(work)
        except BaseException as failed:  # noqa: BLE001 - raised where it is waited for
            error = failed
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(hand_over, value, error)

    threading.Thread(target=serve, name="arize-nb-run", daemon=True).start()
    try:
        value, error = await asyncio.shield(ended)
    except asyncio.CancelledError as cancelled:
        request.ask()
        value, error = await _whatever_comes(ended)
        _explain(cancelled, error)
        raise
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


async def _whatever_comes(ended: asyncio.Future[Any]) -> Any:
    """Wait until the run has put away what was done, which takes a few seconds at most; people press the stop
    button twice.
    """
    while not ended.done():
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            continue
    return ended.result()


def _explain(cancelled: asyncio.CancelledError, error: BaseException | None) -> None:
    """Say on the cancellation what was kept: it must stay a CancelledError, by which timeouts and task groups
    know it.
    """
    if not isinstance(error, KeyboardInterrupt):
        return
    told = str(error)
    cancelled.result = getattr(error, "result", None)  # type: ignore[attr-defined]
    cancelled.add_note(told)
    cancelled._render_traceback_ = lambda: [f"CancelledError: {told}"]  # type: ignore[attr-defined]
