"""Annotation configs: what people may say about runs and examples of a space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from arize_nb.server.catalog import tags
from arize_nb.server.catalog.listing import Scope, Window, check_name, list_page, resource
from arize_nb.server.problems import conflict, unprocessable
from arize_nb.server.store.clock import json_time, now
from arize_nb.server.store.database import maybe, next_number, rows, run
from arize_nb.server.store.ids import resource_id

if TYPE_CHECKING:
    import duckdb

_COLUMNS: Final = (
    "id",
    "name",
    "space_id",
    "created_at",
    "type",
    "minimum_score",
    "maximum_score",
    "values",
    "optimization_direction",
)


def list_configs(db: duckdb.DuckDBPyConnection, scope: Scope, window: Window) -> dict[str, Any]:
    """List annotation configs, newest first."""
    if scope.space_id is not None:
        resource(db, "spaces", "space", ["id"], scope.space_id, given="space_id")
    items, pagination = list_page(db, "annotation_configs", _COLUMNS, scope, window, _render)
    return {"annotation_configs": items, "pagination": pagination}


def get_config(db: duckdb.DuckDBPyConnection, config_id: str) -> dict[str, Any]:
    """Return one annotation config."""
    return _render(*resource(db, "annotation_configs", "annotation config", _COLUMNS, config_id))


def create_config(db: duckdb.DuckDBPyConnection, config: Mapping[str, Any]) -> dict[str, Any]:
    """Make an annotation config; its name is new in the space.

    Parameters
    ----------
    config : mapping
        ``name``, ``space_id``, ``annotation_config_type`` and what that type needs.
    """
    space_id, name, config_type = (
        config["space_id"],
        check_name(config["name"]),
        config["annotation_config_type"],
    )
    resource(db, "spaces", "space", ["id"], space_id, given="space_id")
    _check_free(db, name, space_id)
    direction = None if config_type == "FREEFORM" else config.get("optimization_direction") or "NONE"
    values = orjson.dumps(_distinct(config["values"])).decode() if config_type == "CATEGORICAL" else None
    smallest, largest = config.get("minimum_score"), config.get("maximum_score")
    _check_range(smallest, largest)
    number = next_number(db)
    config_id = resource_id("AnnotationConfig", number)
    run(
        db,
        "INSERT INTO annotation_configs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [number, config_id, space_id, name, config_type, smallest, largest, values, direction, now()],
    )
    return get_config(db, config_id)


def update_config(
    db: duckdb.DuckDBPyConnection, config_id: str, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Change what is given; the type cannot change."""
    config = get_config(db, config_id)
    if changes["annotation_config_type"] != config["type"]:
        raise unprocessable(f"annotation_config_type: the config is {config['type']}, which cannot change")
    given = {
        name: value
        for name, value in changes.items()
        if name != "annotation_config_type" and value is not None
    }
    if "name" in given and given["name"] != config["name"]:
        _check_free(db, check_name(given["name"]), config["space_id"])
    if "values" in given:
        given["values"] = orjson.dumps(_distinct(given["values"])).decode()
    _check_range(
        given.get("minimum_score", config.get("minimum_score")),
        given.get("maximum_score", config.get("maximum_score")),
    )
    for name, value in given.items():
        run(db, f'UPDATE annotation_configs SET "{name}" = ? WHERE id = ?', [value, config_id])  # noqa: S608 - names of the checked body
    return get_config(db, config_id)


def delete_config(db: duckdb.DuckDBPyConnection, config_id: str) -> None:
    """Remove an annotation config; what was written under its name stays."""
    get_config(db, config_id)
    tags.forget_resource(db, config_id)
    run(db, "DELETE FROM annotation_configs WHERE id = ?", [config_id])


def forget_space(db: duckdb.DuckDBPyConnection, space_id: str) -> None:
    """Remove all configs of a space that is going away."""
    run(db, "DELETE FROM annotation_configs WHERE space_id = ?", [space_id])


def check_names(db: duckdb.DuckDBPyConnection, space_id: str, names: Iterable[str]) -> None:
    """Check that every name is an annotation config of the space.

    Raises
    ------
    Problem
        422: names the first that is not.
    """
    known = {row[0] for row in rows(db, "SELECT name FROM annotation_configs WHERE space_id = ?", [space_id])}
    for name in dict.fromkeys(names):
        if name not in known:
            raise unprocessable(f"no annotation config is named {name!r} in this space; create it first")


def _check_range(smallest: float | None, largest: float | None) -> None:
    """Raise a 422 for scores in the wrong order."""
    if smallest is not None and largest is not None and smallest > largest:
        raise unprocessable("minimum_score: greater than maximum_score")


def _distinct(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the labels when each is there once."""
    labels = [value["label"] for value in values]
    if len(set(labels)) < len(labels):
        raise unprocessable("values: every label must be there only once")
    return values


def _check_free(db: duckdb.DuckDBPyConnection, name: str, space_id: str) -> None:
    """Raise a 409 when the space has a config of that name."""
    if maybe(db, "SELECT 1 FROM annotation_configs WHERE space_id = ? AND name = ?", [space_id, name]):
        raise conflict(f"an annotation config named {name!r} exists in this space")


def _render(
    identifier: str,
    name: str,
    space_id: str,
    created_at: int,
    config_type: str,
    minimum_score: float | None,
    maximum_score: float | None,
    values: str | None,
    optimization_direction: str | None,
) -> dict[str, Any]:
    """Return a config as JSON shows it."""
    config: dict[str, Any] = {
        "id": identifier,
        "name": name,
        "space_id": space_id,
        "created_at": json_time(created_at),
        "type": config_type,
    }
    if config_type == "CONTINUOUS":
        config |= {"minimum_score": minimum_score, "maximum_score": maximum_score}
    if config_type == "CATEGORICAL":
        config["values"] = orjson.loads(values or "[]")
    if config_type != "FREEFORM":
        config["optimization_direction"] = optimization_direction
    return config
