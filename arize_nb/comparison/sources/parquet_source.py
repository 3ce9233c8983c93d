"""Runs in Parquet files, read a column at a time; joined by DuckDB when there are more than fit in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.sources.column_source import Labels, Source, labels_of, scores_of
from arize_nb.errors import ColumnError, FileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANY_ROWS = 3_000_000
"""Above so many runs in all, DuckDB numbers the examples, within a limit of memory, and columns
are not kept.
"""
JOIN_MEMORY = "600MB"
"""Memory that DuckDB may take for the join; beyond it spills to a temporary folder."""
_BATCH = 500_000


@dataclass(eq=False)
class ParquetSource(Source):
    """Runs in one Parquet file; a column is read when it is asked for, some rows from their row
    groups only.
    """

    path: str = ""
    store: Any = None
    """The fsspec file system that it is on; None for this machine's."""

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Path of every file, and the number of the first row in it."""
        return ((self.path, 0),)

    def _file(self) -> Any:
        import pyarrow.parquet as pq

        return pq.ParquetFile(self.path)

    def _read(self, column: str) -> Any:
        import pyarrow.parquet as pq

        with damage_named(self.path):
            return pq.read_table(self.path, columns=[column]).column(0)

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        import pyarrow as pa

        file = self._file()
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        groups = np.searchsorted(starts, rows, side="right") - 1
        order = np.argsort(groups, kind="stable")
        parts = []
        for group in np.unique(groups):
            chosen = order[groups[order] == group] if len(sizes) > 1 else order
            with damage_named(self.path):
                values = file.read_row_group(int(group), columns=[column]).column(0)
            parts.append(values.take(pa.array(rows[chosen] - starts[group])))
        back = np.empty(len(rows), dtype=np.int64)
        back[order] = np.arange(len(rows))
        chunks = [chunk for part in parts for chunk in part.chunks]
        return pa.chunked_array(chunks, type=self._type(column)).take(pa.array(back))

    def first_rows(self, count: int) -> Any:
        """Return the first rows of all columns as a `pa.Table`; no more is decoded than they need."""
        import pyarrow as pa

        with self._file() as file:
            batches = file.iter_batches(batch_size=count)
            return pa.Table.from_batches(
                [batch] if (batch := next(batches, None)) is not None else [], schema=file.schema_arrow
            )

    def _type(self, column: str) -> Any:
        return self._file().schema_arrow.field(column).type

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        """Return a column as numbers; not kept when there are many rows, since reading it again is cheap."""
        if self.rows <= MANY_ROWS:
            return super().numbers(column)
        found = scores_of(self._read(column), column, self.origin, self._notes)
        release()
        return found

    def labels(self, column: str) -> Labels:
        """Return a column as labels, read as a dictionary: a repeated text takes no memory."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self.rows <= MANY_ROWS or not pa.types.is_string(self._type(column)):
            return super().labels(column)
        with damage_named(self.path):
            values = pq.read_table(self.path, columns=[column], read_dictionary=[column]).column(0)
        found = labels_of(values, column)
        release()
        return found

    def filled(self, column: str) -> NDArray[np.bool_]:
        """Say for every run whether the column holds something; read in batches, since errors can be long
        texts.
        """
        from arize_nb.comparison.sources.column_source import filled_of

        with damage_named(self.path):
            batches = self._file().iter_batches(batch_size=_BATCH, columns=[column])
            parts = [filled_of(batch.column(0)) for batch in batches]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


@contextmanager
def damage_named(path: str | Path) -> Iterator[None]:
    """Name the file in what pyarrow raises on a damaged one."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, IndexError) as error:
        _refuse_other_kinds(path)
        reason = str(error).partition("\n")[0][:160]
        raise FileError(f"cannot read {path} as Parquet: {reason}", path=str(path)) from None


def _refuse_other_kinds(path: str | Path) -> None:
    """Say what a file is that is no Parquet at all, where it lies here and can be looked at."""
    from arize_nb.files.formats import HEAD, refuse_other_kinds

    try:
        with Path(path).open("rb") as stream:
            head = stream.read(HEAD)
    except OSError:
        return
    refuse_other_kinds(head, "Parquet file", str(path))


def release() -> None:
    """Give what Arrow no longer needs back to the system: it keeps it otherwise, and peaks add up."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def parquet_source(path: Path, name: str) -> ParquetSource:
    """Open a Parquet file of runs.

    Raises
    ------
    FileError
        The file is not there, or is no Parquet.
    """
    import pyarrow.parquet as pq

    if not Path(path).exists():
        raise FileError(f"there is no file {path}", path=str(path))
    with damage_named(path):
        meta = pq.read_metadata(path)
        names = meta.schema.to_arrow_schema().names
    twice = (
        next((column for column in names if names.count(column) > 1), None)
        if len(set(names)) < len(names)
        else None
    )
    if twice is not None:
        raise ColumnError(
            f"{path}: two columns are named {twice!r}",
            column=twice,
            path=twice,
            hint="Rename or drop one of them.",
        )
    return ParquetSource(name=name, rows=meta.num_rows, columns=tuple(names), path=str(path))


def out_of_memory(sources: Sequence[Source]) -> bool:
    """Say whether DuckDB should number the examples: Parquet files only, and many runs."""
    return (
        all(isinstance(source, ParquetSource) for source in sources)
        and sum(source.rows for source in sources) > MANY_ROWS
    )


def numbered(
    sources: Sequence[ParquetSource], columns: Sequence[Sequence[str]] | None = None, *, fold: bool = False
) -> tuple[list[NDArray[np.int32]], int]:
    """Return the example number of every run of every file, and how many examples there are; -1 for a run
    without example id.

    DuckDB makes one table of the distinct ids and joins every file with it; what does not fit in
    `JOIN_MEMORY` goes to a temporary folder.

    Parameters
    ----------
    sources : sequence of ParquetSource
        The files.
    columns : sequence of sequences of str, optional
        For each file the columns that make its id; `example_id` when None.
    fold : bool
        Leave letters' case and the width of blanks aside.
    """
    import duckdb

    keys = columns or [("example_id",)] * len(sources)
    expressions = [_text_id(source, key, fold) for source, key in zip(sources, keys, strict=True)]
    table = "read_parquet(?, hive_partitioning = true)"
    ids = " UNION ALL ".join(f"SELECT {expression} AS example_id FROM {table}" for expression in expressions)  # noqa: S608
    with tempfile.TemporaryDirectory(prefix="arize-nb-compare-") as folder, duckdb.connect() as con:
        con.execute("SET memory_limit = ?", [JOIN_MEMORY])
        con.execute("SET temp_directory = ?", [folder])
        con.execute("SET preserve_insertion_order = false")
        for store in {
            id(source.store): source.store for source in sources if source.store is not None
        }.values():
            con.register_filesystem(store)
        con.execute(
            "CREATE TEMP TABLE ids AS SELECT example_id, CAST(row_number() OVER () - 1 AS INTEGER) AS code"  # noqa: S608
            f" FROM (SELECT DISTINCT example_id FROM ({ids})) WHERE example_id IS NOT NULL",
            [[file for file, _ in source.files] for source in sources],
        )
        [(examples,)] = con.sql("SELECT count(*) FROM ids").fetchall()
        return [
            _codes(con, source, expression) for source, expression in zip(sources, expressions, strict=True)
        ], int(examples)


def _text_id(source: ParquetSource, columns: Sequence[str], fold: bool) -> str:
    """Return the SQL that reads an id of one column or several; null where all are."""
    parts = [_text_column(source, column, fold) for column in columns]
    if len(parts) == 1:
        return parts[0]
    nothing = " AND ".join(f"{part} IS NULL" for part in parts)
    texts = ", ".join(f"coalesce({part}, '')" for part in parts)
    return f"CASE WHEN {nothing} THEN NULL ELSE concat_ws(chr(31), {texts}) END"


def _text_column(source: ParquetSource, column: str, fold: bool) -> str:
    """Return the SQL that reads a column as `align.text_ids` does: a whole float (7.0) as its integer, all
    else as its text.
    """
    import pyarrow as pa

    name = '"' + column.replace('"', '""') + '"'
    if pa.types.is_floating(source._type(column)):
        whole = f"isfinite({name}) AND abs({name}) < 9e15 AND {name} = trunc({name})"
        return (
            f"CASE WHEN {whole} THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"
        )
    text = f"CAST({name} AS VARCHAR)"
    if column == "example_id":
        return text
    text = f"nullif(trim({text}), '')"
    return f"lower(regexp_replace({text}, '\\s+', ' ', 'g'))" if fold else text


def _codes(con: object, source: ParquetSource, expression: str) -> NDArray[np.int32]:
    """Return the example number of every run of one file, in the order of its rows."""
    codes = np.full(source.rows, -1, dtype=np.int32)
    for file, start in source.files:
        _add_codes(con, codes[start:], file, expression)
    return codes


def _add_codes(con: Any, codes: NDArray[np.int32], file: str, expression: str) -> None:
    """Write the example numbers of the rows of one file."""
    found = con.sql(
        "SELECT runs.place AS place, ids.code AS code FROM"  # noqa: S608
        f" (SELECT file_row_number AS place, {expression} AS example_id"
        " FROM read_parquet(?, file_row_number = true, hive_partitioning = true)) AS runs"
        " JOIN ids ON ids.example_id = runs.example_id",
        params=[file],
    )
    for batch in found.to_arrow_reader(_BATCH):
        codes[batch.column("place").to_numpy()] = batch.column("code").to_numpy()
