"""What the server refuses and why: RFC 9457 problem documents, shared by REST and Flight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

_TYPE_BASE: Final = "https://arize.com/docs/ax/rest-reference/errors#"

MEDIA_TYPE: Final = "application/problem+json"

_KINDS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Invalid request parameters", "invalid-request"),
    401: ("Authentication required", "authentication-required"),
    403: ("Access forbidden", "access-forbidden"),
    404: ("Resource not found", "resource-not-found"),
    405: ("Method not allowed", "invalid-request"),
    409: ("Resource conflict", "resource-conflict"),
    413: ("Content too large", "invalid-request"),
    422: ("Unprocessable Entity", "validation-error"),
    500: ("Internal server error", "internal-server-error"),
    501: ("Not implemented", "not-implemented"),
    503: ("Service Unavailable", "service-unavailable"),
    507: ("Insufficient storage", "insufficient-storage"),
}


_FULL: Final = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "There is not enough space on the disk",
)


class Problem(Exception):  # noqa: N818 - the service's own word for it
    """A refusal, with the HTTP status that both transports derive theirs from.

    Parameters
    ----------
    status : int
        HTTP status, 400 to 599.
    detail : str
        One line for the person at the other end; never holds a key.
    """

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.members = members

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """Return the problem document; `instance` is the path asked for."""
        title, fragment = _KINDS.get(self.status, _KINDS[400 if self.status < 500 else 500])
        document = {
            "status": self.status,
            "title": title,
            "type": _TYPE_BASE + fragment,
            "detail": self.detail,
            **self.members,
        }
        if instance is not None:
            document["instance"] = instance
        return document

    def body(self, instance: str | None = None) -> bytes:
        """Return the problem document as JSON."""
        return orjson.dumps(self.document(instance), default=str)


def failure(error: BaseException) -> Problem:
    """Say what went wrong on the server's own side, without anything of its inside: a disk that is full, or
    one word for the rest.
    """
    if any(sign in str(cause) for cause in _chain(error) for sign in _FULL):
        return Problem(
            507,
            "the disk of the local workspace is full, or a limit of it reached: make room, then send the"
            " request again",
        )
    return Problem(
        500, f"the local workspace failed on this request ({type(error).__name__}); its log says more"
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those it came of: what ends a failed transaction may fail in turn, and say less."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def not_found(kind: str, identifier: str) -> Problem:
    """Say that nothing of that id exists (or may be read)."""
    return Problem(404, f"{kind} {identifier!r} does not exist")


def invalid(detail: str) -> Problem:
    """Say that the request is not of the right form (400)."""
    return Problem(400, detail)


def unprocessable(detail: str) -> Problem:
    """Say that the request is well formed but cannot be carried out (422)."""
    return Problem(422, detail)


def conflict(detail: str) -> Problem:
    """Say that the name is taken or the resource in use (409)."""
    return Problem(409, detail)
