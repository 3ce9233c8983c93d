"""Call user code once and tell what came of it; the same in a thread, on the loop and in a worker process."""

from __future__ import annotations

import asyncio
import inspect
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from arize_nb.harness.engine.retry_policy import is_rate_limit, is_transient, retry_after_s
from arize_nb.harness.functions.loops import run_to_end
from arize_nb.harness.functions.task import Reported, listen, listen_here
from arize_nb.harness.records.run_record import Failure
from arize_nb.harness.values.json_values import output_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future


@dataclass(slots=True)
class CallResult:
    """One call: a value or a failure, and what was measured. Plain data, so that it travels between
    processes.
    """

    value: Any = None
    failure: Failure | None = None
    transient: bool = False
    """Whether another try may help."""
    rate_limited: bool = False
    """Whether the failure means "slow down"."""
    retry_after_s: float | None = None
    """Seconds that the failing side asks to wait; None when it does not say."""
    latency_ms: float | None = None
    started_at_ms: int | None = None
    reported: Reported = field(default_factory=Reported)
    trace_id: str | None = None


@dataclass(slots=True)
class Call:
    """What to call: bound arguments, and how to read what comes back."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    rate_limit_errors: tuple[type[BaseException], ...] = ()
    output: bool = True
    """Whether the value is an output: made JSON-able at once, and never None."""
    retry_on: tuple[type[BaseException], ...] = ()
    """What is transient besides what is known to be."""
    reported: Reported = field(default_factory=Reported)
    """Takes what the call reports, so that it is there although the call may not end in time."""
    span: Callable[[], Any] | None = None
    """Makes a context manager that traces the call; None when traces are off."""


def call(what: Call) -> CallResult:
    """Call a `def`; an awaitable that it returns is left in `value` for the caller to await."""
    context = listen(what.reported)
    result = CallResult(started_at_ms=time.time_ns() // 1_000_000, reported=what.reported)
    began = time.perf_counter()
    try:
        value = (
            context.run(_traced, what, result)
            if what.span
            else context.run(what.function, *what.args, **what.kwargs)
        )
    except BaseException as error:  # noqa: BLE001 - user code; SystemExit must not end a thread or the loop
        _fail(result, error, what, began)
        return result
    result.latency_ms = (time.perf_counter() - began) * 1000
    if inspect.isawaitable(value):
        result.value = value
    else:
        _accept(result, value, what)
    return result


async def call_async(what: Call) -> CallResult:
    """Await an `async def`. Run it as a task of its own: it sets the task's context."""
    listen_here(what.reported)
    result = CallResult(started_at_ms=time.time_ns() // 1_000_000, reported=what.reported)
    began = time.perf_counter()
    try:
        if what.span is None:
            value = await what.function(*what.args, **what.kwargs)
        else:
            with what.span() as span:
                result.trace_id = span.trace_id
                value = span.ended(await what.function(*what.args, **what.kwargs))
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - user code; SystemExit must not end a thread or the loop
        _fail(result, error, what, began)
        return result
    result.latency_ms = (time.perf_counter() - began) * 1000
    _accept(result, value, what)
    return result


def call_to_end(what: Call, started: list[Future[CallResult]] | None = None) -> CallResult:
    """Call a `def` or an `async def` to its end, in a thread that has no loop; a coroutine runs on the loop
    for user code.

    Whoever gives up waiting can cancel what is added to `started`.
    """
    result = call(what)
    if result.failure is None and inspect.isawaitable(result.value):
        future: Future[CallResult] = run_to_end(call_async(awaiting(result.value, what)))
        if started is not None:
            started.append(future)
        return future.result()
    return result


def awaiting(value: Awaitable[Any], what: Call) -> Call:
    """Make the call that awaits what a plain function returned (a lambda around an `async def`)."""

    async def wait() -> Any:
        return await value

    return replace(what, function=wait, args=(), kwargs={})


def late(timeout_s: float) -> Failure:
    """Describe a call that did not end in time."""
    return Failure.of(TimeoutError(f"did not end within {timeout_s:g} s"))


def _traced(what: Call, result: CallResult) -> Any:
    assert what.span is not None
    with what.span() as span:
        result.trace_id = span.trace_id
        value = what.function(*what.args, **what.kwargs)
        return span.forget(value) if inspect.isawaitable(value) else span.ended(value)


def _accept(result: CallResult, value: object, what: Call) -> None:
    """Take what the call returned; an output must have a JSON form.

    One that has none is not worth another try: the call itself worked, and may have been paid for.
    """
    if not what.output:
        result.value = value
        return
    try:
        result.value = output_of(value)
    except BaseException as error:  # noqa: BLE001 - user code: `__str__`, `model_dump`
        result.failure = Failure.of(error)


def _fail(result: CallResult, error: BaseException, what: Call, began: float) -> None:
    if result.latency_ms is None:
        result.latency_ms = (time.perf_counter() - began) * 1000
    result.failure = Failure.of(error)
    result.rate_limited = is_rate_limit(error, what.rate_limit_errors)
    result.transient = result.rate_limited or is_transient(error, what.retry_on)
    result.retry_after_s = retry_after_s(error)
