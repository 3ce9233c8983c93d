"""Tags of a space, and what they are attached to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from arize_nb.server.catalog.listing import pagination, resource
from arize_nb.server.problems import conflict, invalid, not_found, unprocessable
from arize_nb.server.store.clock import json_time, later, now
from arize_nb.server.store.database import maybe, next_number, rows, run
from arize_nb.server.store.ids import resource_id

if TYPE_CHECKING:
    import duckdb

_COLUMNS: Final = ("id", "name", "description", "color", "space_id", "created_at", "updated_at")
_LONGEST_NAME: Final = 100

TAGGED: Final[Mapping[str, str]] = {
    "experiments": "experiment",
    "datasets": "dataset",
    "projects": "project",
    "annotation_configs": "annotation config",
}
"""Tables whose resources carry tags, and their nouns."""


def create_tag(
    db: duckdb.DuckDBPyConnection,
    *,
    name: str,
    space_id: str,
    description: str | None = None,
    color: str | None = None,
) -> dict[str, Any]:
    """Make a tag; its name is new in the space, whatever the case."""
    resource(db, "spaces", "space", ["id"], space_id, given="space_id")
    trimmed = _trimmed(name)
    _check_free(db, trimmed, space_id, but="")
    number, stamp = next_number(db), now()
    tag_id = resource_id("Tag", number)
    run(
        db,
        "INSERT INTO tags VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [number, tag_id, space_id, trimmed, description, color, stamp, stamp],
    )
    return get_tag(db, tag_id)


def get_tag(db: duckdb.DuckDBPyConnection, tag_id: str) -> dict[str, Any]:
    """Return one tag."""
    return _render(*resource(db, "tags", "tag", _COLUMNS, tag_id))


def update_tag(db: duckdb.DuckDBPyConnection, tag_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change what is given; null clears description and color."""
    row = resource(db, "tags", "tag", _COLUMNS, tag_id)
    if not changes:
        raise invalid("give at least one member to change")
    if "name" in changes:
        if changes["name"] is None:
            raise unprocessable("name: must not be null")
        trimmed = _trimmed(changes["name"])
        _check_free(db, trimmed, row[4], but=tag_id)
        run(db, "UPDATE tags SET name = ? WHERE id = ?", [trimmed, tag_id])
    if "description" in changes:
        run(db, "UPDATE tags SET description = ? WHERE id = ?", [changes["description"], tag_id])
    if "color" in changes:
        run(db, "UPDATE tags SET color = ? WHERE id = ?", [changes["color"], tag_id])
    run(db, "UPDATE tags SET updated_at = ? WHERE id = ?", [later(row[6]), tag_id])
    return get_tag(db, tag_id)


def delete_tag(db: duckdb.DuckDBPyConnection, tag_id: str) -> None:
    """Remove a tag from everything and for good."""
    get_tag(db, tag_id)
    run(db, "DELETE FROM tag_links WHERE tag_id = ?", [tag_id])
    run(db, "DELETE FROM tags WHERE id = ?", [tag_id])


def tags_of(db: duckdb.DuckDBPyConnection, table: str, resource_identifier: str) -> dict[str, Any]:
    """List the tags of a resource, most recently updated first."""
    resource(db, table, TAGGED[table], ["id"], resource_identifier)
    selected = ", ".join(f"t.{column}" for column in _COLUMNS)
    found = rows(
        db,
        f"SELECT {selected} FROM tags t SEMI JOIN (FROM tag_links WHERE resource_id = ?) l ON l.tag_id = t.id "  # noqa: S608
        "ORDER BY t.updated_at DESC, t.number DESC",
        [resource_identifier],
    )
    return {"tags": [_render(*row) for row in found], "pagination": pagination(None)}


def attach(
    db: duckdb.DuckDBPyConnection, table: str, resource_identifier: str, tag_ids: Sequence[str]
) -> dict[str, Any]:
    """Attach tags of the resource's own space; one that is there already stays."""
    (space_id,) = resource(db, table, TAGGED[table], ["space_id"], resource_identifier)
    for tag_id in dict.fromkeys(tag_ids):
        row = maybe(db, "SELECT space_id FROM tags WHERE id = ?", [tag_id])
        if row is None:
            raise not_found("tag", tag_id)
        if row[0] != space_id:
            raise unprocessable(f"tag {tag_id!r} belongs to another space")
        if not maybe(
            db, "SELECT 1 FROM tag_links WHERE tag_id = ? AND resource_id = ?", [tag_id, resource_identifier]
        ):
            run(db, "INSERT INTO tag_links VALUES (?, ?)", [tag_id, resource_identifier])
    return tags_of(db, table, resource_identifier)


def detach(
    db: duckdb.DuckDBPyConnection, table: str, resource_identifier: str, tag_ids: Sequence[str]
) -> dict[str, Any]:
    """Detach tags; those that were not attached are named."""
    resource(db, table, TAGGED[table], ["id"], resource_identifier)
    wanted = list(dict.fromkeys(tag_ids))
    removed = rows(
        db,
        "DELETE FROM tag_links WHERE resource_id = ? AND list_contains(?, tag_id) RETURNING tag_id",
        [resource_identifier, wanted],
    )
    deleted = {row[0] for row in removed}
    missing = [tag_id for tag_id in wanted if tag_id not in deleted]
    return {
        "completed": not missing,
        "deleted": [tag_id for tag_id in wanted if tag_id in deleted],
        "not_deleted": missing,
    }


def forget_resource(db: duckdb.DuckDBPyConnection, resource_identifier: str) -> None:
    """Detach everything from a resource that is going away."""
    run(db, "DELETE FROM tag_links WHERE resource_id = ?", [resource_identifier])


def forget_space(db: duckdb.DuckDBPyConnection, space_id: str) -> None:
    """Remove all tags of a space that is going away."""
    run(db, "DELETE FROM tag_links WHERE tag_id IN (SELECT id FROM tags WHERE space_id = ?)", [space_id])
    run(db, "DELETE FROM tags WHERE space_id = ?", [space_id])


def _trimmed(name: str) -> str:
    """Return the name without outer blanks, when 1 to 100 characters are left."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= _LONGEST_NAME:
        raise unprocessable(f"name: must have 1 to {_LONGEST_NAME} characters")
    return trimmed


def _check_free(db: duckdb.DuckDBPyConnection, name: str, space_id: str, *, but: str) -> None:
    """Raise a 409 when another tag of the space has that name in any case."""
    if maybe(
        db,
        "SELECT 1 FROM tags WHERE space_id = ? AND lower(name) = lower(?) AND id != ?",
        [space_id, name, but],
    ):
        raise conflict(f"a tag named {name!r} exists in this space")


def _render(
    identifier: str,
    name: str,
    description: str | None,
    color: str | None,
    space_id: str,
    created_at: int,
    updated_at: int,
) -> dict[str, Any]:
    """Return a tag as JSON shows it."""
    return {
        "id": identifier,
        "name": name,
        "description": description,
        "color": color,
        "space_id": space_id,
        "created_at": json_time(created_at),
        "updated_at": json_time(updated_at),
    }
