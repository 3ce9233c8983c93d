"""Lists of resources: newest first, filtered by scope and name, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arize_nb.server.catalog import cursors
from arize_nb.server.problems import Problem, invalid, not_found
from arize_nb.server.store.database import maybe, rows
from arize_nb.server.store.ids import is_resource_id

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which part of a list is asked for."""

    limit: int
    """Most items."""
    cursor: str | None = None
    """Cursor of the page before; None for the first."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which resources are asked for; None members do not narrow."""

    space_id: str | None = None
    space_name: str | None = None
    """Part of the space's name, any case."""
    name: str | None = None
    """Part of the name, any case."""
    dataset_id: str | None = None
    organization_id: str | None = None
    project_type: str | None = None


def list_page(
    db: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    scope: Scope,
    window: Window,
    render: Callable[..., dict[str, Any]],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Read one page of a table of resources.

    Parameters
    ----------
    table : str
        Table of the store.
    columns : sequence of str
        Columns that `render` takes by position.
    render : callable
        Makes the JSON object of one row.

    Returns
    -------
    tuple
        The items and the ``pagination`` object.
    """
    question = (
        table,
        scope.space_id,
        scope.space_name,
        scope.name,
        scope.dataset_id,
        scope.organization_id,
        scope.project_type,
    )
    before = cursors.decode(window.cursor, question)
    conditions, values = _conditions(scope, before)
    where = " AND ".join(["true", *conditions])
    selected = ", ".join(["t.number", *(f't."{column}"' for column in columns)])
    sql = f"SELECT {selected} FROM {table} t WHERE {where} ORDER BY t.number DESC LIMIT ?"  # noqa: S608 - our own names
    found = rows(db, sql, [*values, window.limit + 1])
    shown = found[: window.limit]
    more = len(found) > window.limit
    return [render(*row[1:]) for row in shown], pagination(
        cursors.encode(shown[-1][0], question) if more else None
    )


def pagination(next_cursor: str | None) -> dict[str, Any]:
    """Return the ``pagination`` object; no cursor on the last page."""
    return {"has_more": False} if next_cursor is None else {"has_more": True, "next_cursor": next_cursor}


def resource(
    db: duckdb.DuckDBPyConnection,
    table: str,
    kind: str,
    columns: Sequence[str],
    identifier: str,
    *,
    given: str | None = None,
) -> tuple[Any, ...]:
    """Find one resource.

    Parameters
    ----------
    kind : str
        Its noun, for the error.
    columns : sequence of str
        What to return of it.
    given : str, optional
        Name of the parameter or member that holds the id, when it does not come from the path.

    Raises
    ------
    Problem
        404: there is none. 400: a parameter that is not an id at all.
    """
    if given is not None and not is_resource_id(identifier):
        raise invalid(f"{given}: {identifier!r} is not an id")
    selected = ", ".join(f'"{column}"' for column in columns)
    row = maybe(db, f"SELECT {selected} FROM {table} WHERE id = ?", [identifier])  # noqa: S608
    if row is None:
        raise not_found(kind, identifier)
    return row


def check_name(name: str, *, longest: int = 255) -> str:
    """Return the name when it can be one.

    Raises
    ------
    Problem
        422: blank, or too long.
    """
    if not name.strip():
        raise Problem(422, "name: must not be blank")
    if len(name) > longest:
        raise Problem(422, f"name: longer than {longest} characters")
    return name


def _conditions(scope: Scope, before: int | None) -> tuple[list[str], list[Any]]:
    """Return conditions and their values."""
    parts: list[tuple[str, Any]] = []
    if before is not None:
        parts.append(("t.number < ?", before))
    for column in ("space_id", "dataset_id", "organization_id", "project_type"):
        wanted = getattr(scope, column)
        if wanted is not None:
            parts.append((f"t.{column} = ?", wanted))
    if scope.name is not None:
        parts.append(("contains(lower(t.name), lower(?))", scope.name))
    if scope.space_name is not None:
        parts.append(
            ("t.space_id IN (SELECT id FROM spaces WHERE contains(lower(name), lower(?)))", scope.space_name)
        )
    return [sql for sql, _ in parts], [value for _, value in parts]
