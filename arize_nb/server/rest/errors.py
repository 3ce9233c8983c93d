"""Refusals over HTTP: everything that can go wrong becomes a problem document with the right status."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from arize_nb.server.problems import MEDIA_TYPE, Problem, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from fastapi import FastAPI

_log = logging.getLogger("arize_nb.server")

_MOST_SHOWN = 3
_SEMANTIC = frozenset(
    {"missing", "extra_forbidden", "literal_error", "enum", "value_error", "too_long", "too_short"}
)
_SEMANTIC_PREFIXES = (
    "string_too_",
    "string_pattern",
    "greater_than",
    "less_than",
    "union_tag",
    "finite_number",
)


class _JsonRequest(Request):
    """A request whose JSON is read by the letter: no NaN, no lone surrogates, integers of any size kept
    whole.
    """

    async def json(self) -> Any:
        """Return the body's value, or answer 400."""
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise HTTPException(400, f"the body is not JSON: {error}") from None


class ProblemRoute(APIRoute):
    """A route that reads bodies by the letter, and answers what it did not foresee as well."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(_JsonRequest(request.scope, request.receive))
            except (Problem, HTTPException, RequestValidationError):
                raise
            except Exception as error:  # noqa: BLE001 - beyond this point the connection would be cut, and the next request with it
                _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
                return _response(failure(error), request)

        return handle


def add_error_handlers(app: FastAPI) -> None:
    """Answer every failure of the application with a problem document."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return _response(error, request)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _response(_problem_of(error, request), request)

    async def unmatched(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        detail = (
            f"{request.method} {request.url.path} is not served by the local workspace"
            if error.status_code in (404, 405)
            else error.detail
        )
        return _response(Problem(error.status_code, detail), request, error.headers)

    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, unmatched)


def _response(problem: Problem, request: Request, headers: Any = None) -> Response:
    """Write a problem document."""
    return Response(
        problem.body(request.url.path), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def _problem_of(error: RequestValidationError, request: Request) -> Problem:
    """Choose 400 (a parameter, or a body of the wrong form) or 422 (a body that is well formed and not
    acceptable), and say where.
    """
    errors = error.errors()
    if isinstance(error.body, bytes) and error.body:  # it was never read: nobody said that it is JSON
        return Problem(400, "the body must be sent as Content-Type: application/json")
    # The published schema says 422 to an unknown member, but 400 where tags are made, changed or detached.
    of_tags = request.url.path.startswith("/v2/tags") or (
        request.method == "DELETE" and request.url.path.endswith("/tags")
    )
    semantic = all(
        _is_semantic(item) and not (of_tags and item["type"] == "extra_forbidden") for item in errors
    )
    shown = "; ".join(f"{_place(item['loc'])}: {item['msg']}" for item in errors[:_MOST_SHOWN])
    more = f" (and {len(errors) - _MOST_SHOWN} more)" if len(errors) > _MOST_SHOWN else ""
    return Problem(422 if semantic else 400, shown + more)


def _is_semantic(item: dict[str, Any]) -> bool:
    """Tell whether a validation error is about meaning, not about form."""
    place = item["loc"]
    if place[0] != "body" or (
        item["type"] == "missing" and len(place) == 1
    ):  # a parameter, or no body at all
        return False
    return item["type"] in _SEMANTIC or item["type"].startswith(_SEMANTIC_PREFIXES)


def _place(location: Sequence[str | int]) -> str:
    """Write a location as a path, such as ``experiment_runs[3].output``."""
    path = ""
    for part in location[1:] or location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
