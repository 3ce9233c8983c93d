"""Decide whether a failure is worth another call: only what may pass by itself, so that no bad answer is
drawn again.

A client's exceptions are known by their shape (a status, a class name), so that no client has to be imported.
Whatever else fails, an answer that cannot be parsed above all, is a result: drawing until one fits would
report a better model than there is.
"""

from __future__ import annotations

import email.utils
import errno
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

LONGEST_RETRY_AFTER_S = 600.0
"""Longest Retry-After that is obeyed."""

_TRANSIENT_STATUS = frozenset({408, 409, 425, 429, *range(500, 600)})
_RATE_LIMIT_NAMES = frozenset(
    {
        *(
            "RateLimitError",
            "RateLimitException",
            "TooManyRequests",
            "TooManyRequestsError",
            "TooManyRequestsException",
        ),
        *(
            "ResourceExhausted",
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "RequestLimitExceeded",
        ),
    }
)
_TRANSIENT_NAMES = frozenset(
    {
        # requests, urllib3, http.client
        *(
            "ConnectionError",
            "Timeout",
            "ConnectTimeout",
            "ReadTimeout",
            "ChunkedEncodingError",
            "ProtocolError",
        ),
        *(
            "NewConnectionError",
            "IncompleteRead",
            "RemoteDisconnected",
            "ConnectTimeoutError",
            "ReadTimeoutError",
        ),
        # httpx and httpcore; their base TransportError has addresses that no protocol knows as well
        *(
            "TimeoutException",
            "WriteTimeout",
            "PoolTimeout",
            "NetworkError",
            "ConnectError",
            "ReadError",
            "WriteError",
            "CloseError",
        ),
        "RemoteProtocolError",
        # aiohttp, asyncio, websockets
        *(
            "ClientConnectionError",
            "ClientConnectorError",
            "ClientOSError",
            "ClientPayloadError",
            "ServerDisconnectedError",
        ),
        *("ServerTimeoutError", "IncompleteReadError", "ConnectionClosed", "ConnectionClosedError"),
        # openai, anthropic, litellm, google, botocore, and our own client
        *(
            "APIConnectionError",
            "APITimeoutError",
            "APIConnectionTimeoutError",
            "InternalServerError",
            "ServiceUnavailable",
        ),
        *(
            "ServiceUnavailableError",
            "OverloadedError",
            "DeadlineExceeded",
            "EndpointConnectionError",
            "ConnectionFailedError",
        ),
    }
)
"""Classes of the clients that stand for a connection, a time limit or a service that is down."""
_TRANSIENT_ERRNO = frozenset(
    getattr(errno, name)
    for name in (
        *(
            "ECONNREFUSED",
            "ECONNRESET",
            "ECONNABORTED",
            "EPIPE",
            "ETIMEDOUT",
            "EHOSTUNREACH",
            "ENETUNREACH",
            "ENETDOWN",
        ),
        *("ENETRESET", "EHOSTDOWN"),
    )
    if hasattr(errno, name)
)
_TRANSIENT_GRPC = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL"})
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "credit_balance_too_low"})
"""Codes of replies with status 429 that no waiting changes."""
_OTHER_LOOP = ("bound to a different event loop", "attached to a different loop", "Event loop is closed")
"""What asyncio says when something is used on another event loop than the one it belongs to."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Walk an exception and what it was raised from; clients wrap the error that has the status."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__


def http_status(error: BaseException) -> int | None:
    """Read the HTTP status of a refusal or failure off an exception; None when it has none.

    Looked at are `status_code`, `status`, `code` and `http_status` of the exception, of its `response`, and
    of what it was raised from; botocore keeps it in a mapping.
    """
    for item in causes(error):
        response = _member(item, "response")
        if isinstance(response, Mapping):
            found = _status(_within(response, "ResponseMetadata", "HTTPStatusCode"))
            if found is not None:
                return found
        for owner in (item, response):
            for name in ("status_code", "status", "code", "http_status"):
                found = _status(_member(owner, name))
                if found is not None:
                    return found
    return None


def _status(value: object) -> int | None:
    return (
        int(value) if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599 else None
    )


def is_rate_limit(error: BaseException, known: tuple[type[BaseException], ...] = ()) -> bool:
    """Tell an error that means "slow down": one of `known`, HTTP 429, gRPC's RESOURCE_EXHAUSTED, or named as
    the clients name it.

    A quota that is used up has status 429 as well, but waiting does not help.
    """
    if isinstance(error, known):
        return True
    if any(_code(item) in _SPENT for item in causes(error)):
        return False
    return http_status(error) == 429 or any(
        _grpc(item) == "RESOURCE_EXHAUSTED"
        or _code(item) in _RATE_LIMIT_NAMES
        or type(item).__name__ in _RATE_LIMIT_NAMES
        for item in causes(error)
    )


def is_transient(error: BaseException, known: tuple[type[BaseException], ...] = ()) -> bool:
    """Tell whether the same call may work in a moment.

    True for `known` classes, HTTP 408, 409, 425, 429 and 5xx, gRPC's like, and broken connections and time
    limits of the usual clients, also where another exception was raised from one; for a group, when it is so
    for all in it. Bugs, refusals, certificates that are not trusted and answers that cannot be used are not.
    """
    if isinstance(error, known):
        return True
    if not isinstance(error, Exception):
        return False
    if isinstance(error, ExceptionGroup):
        return all(is_transient(item, known) for item in error.exceptions)
    if any(_code(item) in _SPENT or _is_distrust(item) for item in causes(error)):
        return False
    status = http_status(error)
    if status is not None:
        return status in _TRANSIENT_STATUS or is_rate_limit(error)
    return (
        is_rate_limit(error) or is_of_another_loop(error) or any(_is_outage(item) for item in causes(error))
    )


def is_of_another_loop(error: BaseException) -> bool:
    """Tell asyncio's word for a client, lock or semaphore that belongs to another event loop; a connection
    that is made anew may work.
    """
    return isinstance(error, RuntimeError) and says_other_loop(str(error))


def says_other_loop(text: str) -> bool:
    """Tell the same by the text of the error."""
    return any(words in text for words in _OTHER_LOOP)


def _is_outage(error: BaseException) -> bool:
    """Whether an exception, by itself, stands for a connection or a time limit."""
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return True
    if isinstance(error, OSError) and error.errno in _TRANSIENT_ERRNO:
        return True
    if _grpc(error) in _TRANSIENT_GRPC:
        return True
    reason = _member(error, "reason")  # urllib's URLError
    if isinstance(reason, OSError) and reason is not error and _is_outage(reason):
        return True
    return any(kind.__name__ in _TRANSIENT_NAMES for kind in type(error).__mro__)


def _is_distrust(error: BaseException) -> bool:
    """Whether it is about a certificate, which no other try makes better."""
    return isinstance(error, ssl.SSLCertVerificationError) or (
        any(kind.__name__ in ("SSLError", "ClientConnectorCertificateError") for kind in type(error).__mro__)
        and "CERTIFICATE_VERIFY_FAILED" in str(error)
    )


def _grpc(error: BaseException) -> str | None:
    """Return the name of the status that a gRPC call ended with ("UNAVAILABLE"); None for other
    exceptions.
    """
    code = _member(error, "code")
    if not callable(code) or not callable(_member(error, "details")):
        return None
    try:
        return str(code().name)
    except Exception:  # noqa: BLE001 - of a client, or user code
        return None


def _code(error: BaseException) -> str | None:
    """Return the code that a service gave in words: `code`, `type`, or botocore's `Error.Code`; None when it
    gave none.
    """
    for value in (
        _member(error, "code"),
        _member(error, "type"),
        _within(_member(error, "response"), "Error", "Code"),
    ):
        if isinstance(value, str):
            return value
    return None


def retry_after_s(error: BaseException, now: float | None = None) -> float | None:
    """Seconds that the service asks to wait (header Retry-After, in seconds or as a date, or an attribute);
    None when it does not say.

    What cannot be read says nothing.
    """
    for item in causes(error):
        for name in ("retry_after_s", "retry_after"):
            value = _member(item, name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return _bounded(float(value))
        response = _member(item, "response")
        headers = (
            _within(response, "ResponseMetadata", "HTTPHeaders")
            or _member(response, "headers")
            or _member(item, "headers")
        )
        if hasattr(headers, "get"):
            found = _from_headers(headers, time.time() if now is None else now)
            if found is not None:
                return found
    return None


def _within(owner: object, *names: str) -> Any:
    """Read a member of a mapping in a mapping; None when it is not there."""
    for name in names:
        owner = owner.get(name) if isinstance(owner, Mapping) else None
    return owner


def _member(owner: object, name: str) -> Any:
    """Read an attribute of an exception; None when there is none, or when its property raises."""
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - user code
        return None


def _from_headers(headers: object, now: float) -> float | None:
    """Read `retry-after-ms`, or Retry-After in seconds or as a date; None when neither is there, or can be
    read.
    """
    milliseconds = _read(headers, "retry-after-ms", lambda text: float(text) / 1000)
    if milliseconds is not None:
        return milliseconds
    seconds = _read(headers, "Retry-After", float)
    return seconds if seconds is not None else _read(headers, "Retry-After", lambda text: _moment(text) - now)


def _moment(text: str) -> float:
    return email.utils.parsedate_to_datetime(text).timestamp()


def _read(headers: Any, name: str, convert: Callable[[Any], float]) -> float | None:
    """Read a header, which may hold anything, of what may be anything; None when that gives no number of
    seconds.
    """
    try:
        text = headers.get(name) or headers.get(name.lower())
        return _bounded(convert(text)) if text else None
    except Exception:  # noqa: BLE001 - of a service or of user code
        return None


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S) if math.isfinite(seconds) else None
