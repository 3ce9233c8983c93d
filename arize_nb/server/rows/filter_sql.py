"""Filters as SQL: a checked expression becomes a condition whose values are all bound, over columns looked up
by us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from arize_nb import filters
from arize_nb.errors import FilterError
from arize_nb.filters.expression import Predicate, parse_time
from arize_nb.server.problems import Problem
from arize_nb.server.rows import annotations as annotation_values
from arize_nb.server.rows.cells import MAX_INTEGER, MIN_INTEGER, Kind
from arize_nb.server.rows.reads import Condition, Sheet
from arize_nb.server.rows.tables import SYSTEM_COLUMNS, columns

if TYPE_CHECKING:
    import duckdb

_FILTER_KINDS: Final[dict[Kind, filters.Kind | None]] = {
    Kind.EMPTY: None,
    Kind.TEXT: "text",
    Kind.INTEGER: "number",
    Kind.FLOAT: "number",
    Kind.BOOLEAN: "boolean",
    Kind.JSON: (
        "text"
    ),  # as its readers see it: whatever stands in a column of several kinds is JSON text there
}
_MEMBER_KINDS: Final[dict[str, filters.Kind]] = {"score": "number", "label": "text", "text": "text"}

Value = str | int | float | bool


class _Field:
    """A column that a filter may ask for: its kind, and SQL for its cells as values of one Python type."""

    def __init__(
        self, kind: filters.Kind | None, sql: str, *, parameters: tuple[Any, ...] = (), part: int = 0
    ) -> None:
        self.part = part
        self.kind = kind
        self.sql = sql
        self.parameters = parameters

    def cells(self, value: Value) -> str | None:
        """Return SQL for the cells that compare with `value`, null where one does not; None when none ever
        does.
        """
        wanted = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
        if self.kind == "time":
            return f"{self.sql} * 1000" if wanted == "text" else None
        return self.sql if self.kind == wanted else None

    def bound(self, value: Value) -> Value | None:
        """Return `value` as it is bound; None for a text that is no time, where times are asked for."""
        if self.kind == "time":
            moment = parse_time(str(value))
            return None if moment is None else int(moment.timestamp() * 1_000_000)
        if isinstance(value, int) and not isinstance(value, bool) and not MIN_INTEGER <= value <= MAX_INTEGER:
            return float("inf") if value > 0 else float("-inf")
        return value


def condition(db: duckdb.DuckDBPyConnection, sheet: Sheet, text: str) -> Condition:
    """Read a filter for the rows of a sheet.

    Raises
    ------
    Problem
        400: blank. 422: not in the language, a column that no row has, or a value that its column never
        holds.
    """
    if not text.strip():
        raise Problem(400, "filter: must not be blank")
    fields = _fields(db, sheet)
    try:
        expression = filters.parse(text).resolve({name: field.kind for name, field in fields.items()})
    except FilterError as error:
        raise Problem(422, f"filter: {error}") from None
    sql, parameters = _compiled(expression, fields)
    parts = {fields[predicate.field].part for predicate in expression.predicates()} - {0}
    return Condition(sql, tuple(parameters), tuple(sorted(parts)))


def _fields(db: duckdb.DuckDBPyConnection, sheet: Sheet) -> dict[str, _Field]:
    """Return what a filter may name; a column that rows have goes before an annotation of the same path."""
    fields: dict[str, _Field] = {}
    for name in annotation_values.names_of(db, sheet.owner):
        for member, kind in _MEMBER_KINDS.items():
            cell = (
                f"(SELECT a.{member} FROM annotations a WHERE a.owner = ? AND a.name = ? AND a.record_id ="
                " t.id)"
            )
            fields[f"annotation.{name}.{member}"] = _Field(kind, cell, parameters=(sheet.owner, name))
    for column in columns(db, sheet.number):
        fields[column.name] = _Field(_FILTER_KINDS[column.kind], column.cell, part=column.part)
    for name in SYSTEM_COLUMNS[sheet.layout]:
        fields[name] = _Field("time" if name.endswith("_at") else "text", f"t.{name}")
    return fields


def _compiled(expression: filters.Expression, fields: dict[str, _Field]) -> tuple[str, list[Any]]:
    """Return SQL that is true or false, never null, and its values."""
    if isinstance(expression, filters.Not):
        sql, parameters = _compiled(expression.part, fields)
        return f"(NOT {sql})", parameters
    if isinstance(expression, filters.And | filters.Or):
        parts = [_compiled(part, fields) for part in expression.parts]
        joint = " AND " if isinstance(expression, filters.And) else " OR "
        return f"({joint.join(sql for sql, _ in parts)})", [value for _, values in parts for value in values]
    predicate = cast("Predicate", expression)
    sql, parameters = _predicate(predicate, fields[predicate.field])
    return f"coalesce({sql}, false)", parameters


def _predicate(predicate: Predicate, field: _Field) -> tuple[str, list[Any]]:
    """Return SQL of one predicate; null where the cell is missing."""
    if isinstance(predicate, filters.IsNull):
        return f"({field.sql} IS {'NOT ' * predicate.negated}NULL)", list(field.parameters)
    if isinstance(predicate, filters.Comparison):
        return _applied(field, predicate.value, lambda cells: f"{cells} {predicate.op} ?")
    if isinstance(predicate, filters.Like):
        negation = "NOT " * predicate.negated
        return _applied(
            field, _closed(predicate.pattern), lambda cells: f"{cells} {negation}LIKE ? ESCAPE '\\'"
        )
    if isinstance(predicate, filters.Contains):
        return _applied(field, predicate.text, lambda cells: f"contains({cells}, ?)")
    return _in_list(cast("filters.InList", predicate), field)


def _applied(field: _Field, value: Value, make: Callable[[str], str]) -> tuple[str, list[Any]]:
    """Compare the cells of a field with one value; false when no cell is of its kind."""
    cells, bound = field.cells(value), field.bound(value)
    if cells is None or bound is None:
        return "false", []
    return f"({make(cells)})", [*field.parameters, bound]


def _in_list(predicate: filters.InList, field: _Field) -> tuple[str, list[Any]]:
    """Return SQL of a list; an item of another kind matches nothing."""
    by_type: dict[
        tuple[str, type], list[Value]
    ] = {}  # a list of DuckDB has one type; a term for each item would take it seconds
    for item in cast("Iterable[Value]", predicate.items):
        cells, bound = field.cells(item), field.bound(item)
        if cells is not None and bound is not None:
            by_type.setdefault((cells, type(bound)), []).append(bound)
    if not by_type:
        return "false", []
    either = " OR ".join(f"coalesce(list_contains(?, {cells}), false)" for cells, _ in by_type)
    parameters = [value for values in by_type.values() for value in (values, *field.parameters)]
    return f"({field.sql} IS NOT NULL AND {'NOT ' * predicate.negated}({either}))", [
        *field.parameters,
        *parameters,
    ]


def _closed(pattern: str) -> str:
    """Return a LIKE pattern in which a last, single backslash stands for itself."""
    trailing = len(pattern) - len(pattern.rstrip("\\"))
    return pattern + "\\" if trailing % 2 else pattern
