"""The REST application: routes over a store, behind the key check, with a schema that says what
is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from arize_nb.server.problems import MEDIA_TYPE
from arize_nb.server.rest.annotation_configs import annotation_config_routes, prompt_routes, tag_routes
from arize_nb.server.rest.datasets import dataset_routes
from arize_nb.server.rest.errors import add_error_handlers
from arize_nb.server.rest.experiments import experiment_routes
from arize_nb.server.rest.gate import Activity, Gate
from arize_nb.server.rest.replies import Problem
from arize_nb.server.rest.spaces import project_routes, space_routes

if TYPE_CHECKING:
    from pathlib import Path

    from arize_nb.server.store.store import Store

__all__ = ["Activity", "make_app"]

_TITLE = "arize_nb local workspace"
_UNACCEPTABLE = "Well formed, but not acceptable."


def make_app(
    store: Store, api_key: str, *, activity: Activity | None = None, folder: Path | None = None
) -> FastAPI:
    """Make the REST application over a store.

    Parameters
    ----------
    store : Store
        Where everything is kept.
    api_key : str
        The key that every request under ``/v2`` must carry.
    activity : Activity, optional
        Told of every request while it is open.
    folder : Path, optional
        Where long bodies are spooled while they come; in memory when not given.
    """
    app = FastAPI(title=_TITLE, version="2", docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in (
        space_routes(store),
        project_routes(store),
        dataset_routes(store),
        experiment_routes(store),
        annotation_config_routes(store),
        tag_routes(store),
        prompt_routes(),
    ):
        app.include_router(router)
    add_error_handlers(app)
    app.add_middleware(Gate, api_key=api_key, activity=activity, folder=folder)
    schema: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not schema:
            schema.update(_schema(app))
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _schema(app: FastAPI) -> dict[str, Any]:
    """Describe the application: every refusal is a problem document, every path wants the key."""
    schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = schema.setdefault("components", {})
    shapes = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        shapes.pop(unused, None)
    shapes["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"key": []}]
    refusal = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                operation["responses"] |= {
                    "413": {"description": "The body is too long."},
                    "422": {"description": _UNACCEPTABLE},
                }
            else:
                operation["responses"].pop("422", None)  # FastAPI adds it wherever there are parameters
            for status, reply in operation["responses"].items():
                if int(status) >= 400:
                    reply["content"] = refusal
    return schema
