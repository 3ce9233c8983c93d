"""Frames and tables of other libraries, through the protocols they share: never more than the columns that
are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arize_nb.comparison.sources.column_source import Source, TableSource


@dataclass(eq=False)
class SelectedSource(Source):
    """A table of another library; a column is asked of it when it is first needed, and kept."""

    select: Callable[[str], Any] = field(default=lambda _: None, repr=False)
    """Returns one column as a `pa.Table`."""
    _columns: dict[str, Any] = field(default_factory=dict, repr=False)

    def _read(self, column: str) -> Any:
        if column not in self._columns:
            self._columns[column] = plain(self.select(column).column(0))
        return self._columns[column]


def plain(values: Any) -> Any:
    """Return Arrow values without the newer layouts of text (views), which few functions take."""
    import pyarrow as pa

    if "view" in str(values.type):
        return values.cast(pa.large_string() if "string" in str(values.type) else pa.large_binary())
    return values


def is_foreign(thing: object) -> bool:
    """Whether something is a table by a protocol that libraries share, or a pyarrow dataset, or
    a lazy frame.
    """
    return (
        any(hasattr(thing, name) for name in ("__arrow_c_stream__", "__dataframe__"))
        or hasattr(thing, "to_table")
        or hasattr(thing, "collect_schema")
    )


def foreign_source(thing: Any, name: str) -> Source:
    """Wrap a table of another library.

    Parameters
    ----------
    thing : object
        polars frames (lazy too), duckdb relations, pyarrow tables, readers and datasets, Hugging Face
        datasets, and whatever has `__arrow_c_stream__` or `__dataframe__`.
    name : str
        Name of the experiment.
    """
    import pyarrow as pa

    library = type(thing).__module__.partition(".")[0]
    if library == "duckdb" or library == "_duckdb":
        return _relation(thing, name)
    if library == "pyarrow" and hasattr(thing, "to_table"):
        select = lambda column: thing.to_table(columns=[column])  # noqa: E731
        return SelectedSource(
            name=name, rows=thing.count_rows(), columns=tuple(thing.schema.names), select=select
        )
    if hasattr(thing, "collect_schema") and hasattr(thing, "collect"):
        rows = thing.select([]).collect().height or thing.collect().height
        columns = tuple(thing.collect_schema().names())
        return SelectedSource(
            name=name,
            rows=rows,
            columns=columns,
            select=lambda column: pa.table(thing.select(column).collect()),
        )
    if library == "datasets" and hasattr(thing, "with_format"):
        return table_source(thing.with_format("arrow")[:], name)
    if hasattr(thing, "__arrow_c_stream__"):
        return table_source(pa.table(thing), name)
    from pyarrow.interchange import from_dataframe

    return table_source(from_dataframe(thing), name)


def _relation(relation: Any, name: str) -> Source:
    """Wrap a relation of DuckDB."""

    def select(column: str) -> Any:
        quoted = '"' + column.replace('"', '""') + '"'
        return relation.project(quoted).to_arrow_table()

    [(rows,)] = relation.count("*").fetchall()
    return SelectedSource(name=name, rows=int(rows), columns=tuple(relation.columns), select=select)


def table_source(table: Any, name: str, facts: dict[str, Any] | None = None) -> Source:
    """Wrap a `pa.Table`; the members of structs become columns of their own (`scores.helpful`)."""
    import pyarrow as pa

    while any(pa.types.is_struct(one.type) for one in table.schema):
        table = table.flatten()
    if any("view" in str(one.type) for one in table.schema):
        table = pa.table({column: plain(table.column(column)) for column in table.column_names})
    return TableSource(
        name=name, rows=table.num_rows, columns=tuple(table.column_names), facts=facts or {}, table=table
    )
