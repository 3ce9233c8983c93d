"""Projects: known by name, so that clients can resolve them; traces are not kept here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from arize_nb.server.catalog import tags
from arize_nb.server.catalog.listing import Scope, Window, check_name, list_page, resource
from arize_nb.server.problems import conflict
from arize_nb.server.store.clock import json_time, now
from arize_nb.server.store.database import maybe, next_number, run
from arize_nb.server.store.ids import resource_id

if TYPE_CHECKING:
    import duckdb

_COLUMNS: Final = ("id", "name", "space_id", "created_at", "project_type")


def list_projects(db: duckdb.DuckDBPyConnection, scope: Scope, window: Window) -> dict[str, Any]:
    """List projects, newest first."""
    if scope.space_id is not None:
        resource(db, "spaces", "space", ["id"], scope.space_id, given="space_id")
    items, pagination = list_page(db, "projects", _COLUMNS, scope, window, _render)
    return {"projects": items, "pagination": pagination}


def get_project(db: duckdb.DuckDBPyConnection, project_id: str) -> dict[str, Any]:
    """Return one project."""
    return _render(*resource(db, "projects", "project", _COLUMNS, project_id))


def create_project(db: duckdb.DuckDBPyConnection, *, name: str, space_id: str) -> dict[str, Any]:
    """Make a project; its name is new in the space."""
    resource(db, "spaces", "space", ["id"], space_id, given="space_id")
    _check_free(db, check_name(name), space_id)
    number = next_number(db)
    project_id = resource_id("Project", number)
    run(
        db,
        "INSERT INTO projects VALUES (?, ?, ?, ?, ?, ?)",
        [number, project_id, space_id, name, "APPLICATION", now()],
    )
    return get_project(db, project_id)


def rename_project(db: duckdb.DuckDBPyConnection, project_id: str, name: str) -> dict[str, Any]:
    """Give a project another name."""
    project = get_project(db, project_id)
    if name != project["name"]:
        _check_free(db, check_name(name), project["space_id"])
        run(db, "UPDATE projects SET name = ? WHERE id = ?", [name, project_id])
    return get_project(db, project_id)


def delete_project(db: duckdb.DuckDBPyConnection, project_id: str) -> None:
    """Remove a project."""
    get_project(db, project_id)
    tags.forget_resource(db, project_id)
    run(db, "DELETE FROM projects WHERE id = ?", [project_id])


def _check_free(db: duckdb.DuckDBPyConnection, name: str, space_id: str) -> None:
    """Raise a 409 when the space has a project of that name."""
    if maybe(db, "SELECT 1 FROM projects WHERE space_id = ? AND name = ?", [space_id, name]):
        raise conflict(f"a project named {name!r} exists in this space")


def _render(
    identifier: str, name: str, space_id: str, created_at: int, project_type: str | None
) -> dict[str, Any]:
    """Return a project as JSON shows it."""
    return {
        "id": identifier,
        "name": name,
        "space_id": space_id,
        "created_at": json_time(created_at),
        "project_type": project_type,
    }
