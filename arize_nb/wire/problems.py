"""Turn a status and a problem document, or a Flight failure, into the one error class that says it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arize_nb.errors import (
    AccessError,
    AuthenticationError,
    AxError,
    ConflictError,
    NotFoundError,
    RateLimitError,
    RequestRefusedError,
    ServerFailureError,
    ServiceError,
)
from arize_nb.text.command_line import Choice, Command, Hint

KEYS_PAGE = "https://app.arize.com/admin > API Keys"
_FACTS = (
    "type",
    "instance",
    "error_code",
    "entitlement",
    "limit",
    "current_count",
    "required_plan",
    "deleted_example_ids",
    "not_deleted_example_ids",
)


@dataclass(frozen=True, kw_only=True)
class About:
    """What a request is about, so that an error can say it."""

    kind: str
    """experiment, dataset, space, project, annotation config…"""
    name: str | None = None
    """Name as the user gave it, or id."""
    space: str | None = None
    """Space it was looked for in."""
    dataset: str | None = None
    """Dataset it was looked for in."""
    action: str | None = None
    """What was tried, when it is no read: create, delete…"""
    filter_text: str | None = None
    """Filter sent along."""

    def __str__(self) -> str:
        """Name the thing: experiment 'qa-v2'."""
        thing = f"{self.kind} {self.name!r}" if self.name else f"{self.kind}s"
        return f"{self.action} {thing}" if self.action else thing


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """Who answered and with whose key, for a 401 or a dead address."""

    address: str
    """URL of the service."""
    source: str
    """Where the key came from: "profile 'x'", "ARIZE_API_KEY", "the local workspace"."""
    profile_name: str | None = None
    """Profile to change; None for environment variables."""
    is_local: bool = False
    """Whether it is the embedded workspace."""

    @property
    def key_hint(self) -> str:
        """What to type when the key is refused."""
        if self.is_local:
            return "Its key changed: reconnect with ax.connect('local')."
        if self.profile_name:
            change: Choice | str = Choice(
                f"change profile {self.profile_name!r}", f"%ax profiles update {self.profile_name}"
            )
        else:
            change = "set ARIZE_API_KEY" if self.source == "ARIZE_API_KEY" else "give the new one"
        return Hint.of("Keys are made at {}; then {}.", KEYS_PAGE, change)

    @property
    def address_source(self) -> str:
        """Where the address came from, for who has to correct it."""
        if self.source == "ARIZE_API_KEY":
            return "ARIZE_API_HOST, ARIZE_API_PORT or ARIZE_REGION"
        return "what was given to connect()" if "connect()" in self.source else self.source


def problem_error(
    status: int, headers: Mapping[str, str], body: bytes, *, about: About, answerer: Answerer
) -> AxError:
    """Build the error for a reply that is not the documented success.

    Parameters
    ----------
    status : int
        HTTP status.
    headers : mapping
        Reply headers, looked up in any case by the mapping given.
    body : bytes
        Problem document (RFC 9457), or anything.
    about, answerer
        What the request was about and who answered.
    """
    problem = _problem(body)
    title, detail = _text(problem.get("title")), _text(problem.get("detail"))
    said = detail or title or _text(body[:200].decode("utf-8", "replace")) or "no reason given"
    facts: dict[str, Any] = {
        "status": status,
        "title": title,
        "detail": detail,
        "request_id": _text(problem.get("request_id")) or headers.get("x-request-id"),
        "facts": {name: problem[name] for name in _FACTS if name in problem},
    }
    reference = f" (request {facts['request_id']})" if facts["request_id"] else ""
    if status == 401:
        return AuthenticationError(
            f"401: the key of {answerer.source} was refused by {answerer.address}",
            hint=answerer.key_hint,
            **facts,
        )
    if status == 403:
        return AccessError(
            f"403: {about} is not permitted to the key of {answerer.source}: {said}{reference}", **facts
        )
    if status == 404 and about.name:
        return _not_found(about, about.name, said, facts)
    if status == 404:
        return ServiceError(
            f"404: {answerer.address} does not know {about}: {said}", hint="Is the address right?", **facts
        )
    if status == 409:
        return ConflictError(f"409: {about}: {said}{reference}", hint=_conflict_hint(about), **facts)
    if status == 429:
        return RateLimitError(
            f"429: the service limits the rate of requests and still does after retries: {said}",
            retry_after_s=_seconds(headers.get("retry-after")),
            hint="Wait a little and do it again.",
            **facts,
        )
    if status in (400, 413, 422):
        if about.filter_text and status != 413:
            return _refused_filter(about, said, facts)
        return RequestRefusedError(f"{status}: {about}: {said}{reference}", **facts)
    if 300 <= status < 400:
        return _redirected(status, headers, answerer, facts)
    if status >= 500:
        return ServerFailureError(
            f"{status}: {about}: the service failed: {said}{reference}", hint="Try again later.", **facts
        )
    return ServiceError(f"{about}: unexpected status {status}: {said}{reference}", **facts)


def _refused_filter(about: About, said: str, facts: Mapping[str, Any]) -> RequestRefusedError:
    """Say that it is the filter that the service refused."""
    return RequestRefusedError(
        f"{facts['status']}: the filter {about.filter_text!r} was refused for {about}: {said}", **facts
    )


def _not_found(about: About, name: str, said: str, facts: Mapping[str, Any]) -> NotFoundError:
    """Name what was looked for; the service's own words are kept in `detail`."""
    return NotFoundError(
        about.kind,
        name,
        space=about.space,
        dataset=about.dataset,
        detail=facts["detail"] or said,
        request_id=facts["request_id"],
    )


def _redirected(
    status: int, headers: Mapping[str, str], answerer: Answerer, facts: Mapping[str, Any]
) -> ServiceError:
    """Refuse to follow: the key would go along."""
    target = (headers.get("location") or "another address").split("?")[0]
    return ServiceError(
        f"{status}: {answerer.address} redirects to {target}, and the key is not sent there",
        hint="Correct the api_host.",
        **facts,
    )


def _conflict_hint(about: About) -> str | None:
    """Say what to do about a taken name."""
    if about.action != "create" or not about.name:
        return None
    noun = f"{about.kind.replace(' ', '-')}s"
    options = {"dataset": about.dataset or None, "space": about.space or None}
    return Hint.of(
        "Choose another name, or delete it first: {}", Command((noun, "delete"), [about.name], options)
    )


def _problem(body: bytes) -> dict[str, Any]:
    """Read a problem document; anything else is an empty one."""
    import orjson

    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """Return one line of text, or None."""
    return " ".join(str(value).split()) or None if value is not None else None


def _seconds(value: str | None) -> float | None:
    """Read a Retry-After in seconds; None for dates and nonsense."""
    try:
        seconds = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


_TAKEN = re.compile(r"\b(already|exists)\b", re.IGNORECASE)
_FLIGHT_STATUS = {
    "not_found": 404,
    "invalid": 400,
    "unauthenticated": 401,
    "unauthorized": 403,
    "conflict": 409,
    "unavailable": 503,
}


def flight_error(reason: str, message: str, *, about: About, answerer: Answerer) -> AxError:
    """Build the error for a failed Flight call.

    Parameters
    ----------
    reason : str
        not_found, invalid, unauthenticated, unauthorized, conflict; anything else is a failure of the
        service.
    message : str
        Text of the Flight error; what follows "Detail:" is a traceback of the server and is dropped.
    """
    said = (
        " ".join(message.split(". Detail:")[0].split("Detail:")[0].split())
        .removeprefix("Flight error: ")
        .strip("'\" ")
        or reason
    )
    if about.action == "create" and _TAKEN.search(said):
        reason = "conflict"  # gRPC's ALREADY_EXISTS has no class of its own in Arrow
    status = _FLIGHT_STATUS.get(reason, 500)
    import orjson

    return problem_error(status, {}, orjson.dumps({"detail": said}), about=about, answerer=answerer)
