"""Statements run to their end: DuckDB 2 hands out results lazily, and an unread one keeps its connection
busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def run(db: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> None:
    """Run a statement for its effect."""
    db.execute(sql, list(parameters)).fetchall()


def rows(db: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return all of its rows."""
    found: list[tuple[Any, ...]] = db.execute(sql, list(parameters)).fetchall()
    return found


def one(db: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...]:
    """Run a query that always has a first row, and return that."""
    return rows(db, sql, parameters)[0]


def maybe(db: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Run a query and return its first row; None when it has none."""
    found = rows(db, sql, parameters)
    return found[0] if found else None


def next_number(db: duckdb.DuckDBPyConnection) -> int:
    """Draw the next running number of the store, for a new resource."""
    return int(one(db, "SELECT nextval('numbers')")[0])
