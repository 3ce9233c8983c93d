"""Spaces of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from arize_nb.server.catalog import annotation_configs, datasets, experiments, tags
from arize_nb.server.catalog.listing import Scope, Window, check_name, list_page, resource
from arize_nb.server.problems import Problem, conflict, not_found, unprocessable
from arize_nb.server.store.clock import json_time, now
from arize_nb.server.store.database import maybe, next_number, one, rows, run
from arize_nb.server.store.ids import resource_id

if TYPE_CHECKING:
    import duckdb

_COLUMNS: Final = ("id", "organization_id", "name", "description", "is_private", "settings", "created_at")

SETTINGS: Final = (
    "default_llm_integration",
    "ml_models_enabled",
    "gradient_start_color",
    "gradient_end_color",
    "default_agent_runtime",
)
"""Members that are kept and shown, and mean nothing to this server."""


def list_spaces(db: duckdb.DuckDBPyConnection, scope: Scope, window: Window) -> dict[str, Any]:
    """List spaces, newest first."""
    if scope.organization_id is not None:
        _check_organization(db, scope.organization_id)
    items, pagination = list_page(db, "spaces", _COLUMNS, scope, window, _render)
    return {"spaces": items, "pagination": pagination}


def get_space(db: duckdb.DuckDBPyConnection, space_id: str, *, given: str | None = None) -> dict[str, Any]:
    """Return one space."""
    return _render(*resource(db, "spaces", "space", _COLUMNS, space_id, given=given))


def create_space(
    db: duckdb.DuckDBPyConnection,
    *,
    name: str,
    organization_id: str,
    description: str = "",
    is_private: bool = False,
) -> dict[str, Any]:
    """Make a space; its name is new in the organization."""
    _check_organization(db, organization_id)
    _check_free(db, check_name(name), organization_id)
    number = next_number(db)
    space_id = resource_id("Space", number)
    values = [number, space_id, organization_id, name, description, is_private, "{}", now()]
    run(db, "INSERT INTO spaces VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    return get_space(db, space_id)


def update_space(db: duckdb.DuckDBPyConnection, space_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change what is given; a null description clears it."""
    space = get_space(db, space_id)
    if not changes:
        raise unprocessable("give at least one member to change")
    if changes.get("name") is not None and changes["name"] != space["name"]:
        _check_free(db, check_name(changes["name"]), space["organization_id"])
        run(db, "UPDATE spaces SET name = ? WHERE id = ?", [changes["name"], space_id])
    if "description" in changes:
        if changes["description"] == "":
            raise unprocessable("description: must not be empty; null clears it")
        run(db, "UPDATE spaces SET description = ? WHERE id = ?", [changes["description"] or "", space_id])
    if changes.get("is_private") is not None:
        run(db, "UPDATE spaces SET is_private = ? WHERE id = ?", [changes["is_private"], space_id])
    settings = {name: space[name] for name in SETTINGS if name in space} | {
        name: changes[name] for name in SETTINGS if name in changes
    }
    run(db, "UPDATE spaces SET settings = ? WHERE id = ?", [orjson.dumps(settings).decode(), space_id])
    return get_space(db, space_id)


def delete_space(db: duckdb.DuckDBPyConnection, space_id: str) -> None:
    """Remove a space and everything in it; the last one stays, since only a space tells the organization that
    a new one needs.
    """
    get_space(db, space_id)
    if one(db, "SELECT count(*) FROM spaces")[0] == 1:
        raise Problem(403, "the last space of the local workspace cannot be deleted; make another one first")
    for (experiment_id,) in rows(db, "SELECT id FROM experiments WHERE space_id = ?", [space_id]):
        experiments.delete_experiment(db, experiment_id)
    for (dataset_id,) in rows(db, "SELECT id FROM datasets WHERE space_id = ?", [space_id]):
        datasets.delete_dataset(db, dataset_id)
    tags.forget_space(db, space_id)
    annotation_configs.forget_space(db, space_id)
    run(db, "DELETE FROM projects WHERE space_id = ?", [space_id])
    run(db, "DELETE FROM spaces WHERE id = ?", [space_id])


def _check_organization(db: duckdb.DuckDBPyConnection, organization_id: str) -> None:
    """Raise a 404 for any organization but the one of this workspace."""
    if one(db, "SELECT value FROM workspace WHERE name = 'organization_id'")[0] != organization_id:
        raise not_found("organization", organization_id)


def _check_free(db: duckdb.DuckDBPyConnection, name: str, organization_id: str) -> None:
    """Raise a 409 when the organization has a space of that name."""
    if maybe(db, "SELECT 1 FROM spaces WHERE organization_id = ? AND name = ?", [organization_id, name]):
        raise conflict(f"a space named {name!r} exists in this organization")


def _render(
    identifier: str,
    organization_id: str,
    name: str,
    description: str,
    is_private: bool,
    settings: str,
    created_at: int,
) -> dict[str, Any]:
    """Return a space as JSON shows it."""
    return {
        "id": identifier,
        "organization_id": organization_id,
        "name": name,
        "description": description,
        "is_private": is_private,
        "created_at": json_time(created_at),
        **orjson.loads(settings),
    }
