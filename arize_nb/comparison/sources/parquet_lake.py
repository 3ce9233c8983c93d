"""Runs in many Parquet files, here or in an object store: one table, read a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.sources.column_source import Labels, Source, filled_of, labels_of, scores_of
from arize_nb.comparison.sources.parquet_source import MANY_ROWS, ParquetSource, damage_named, release
from arize_nb.errors import FileError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(eq=False)
class LakeSource(ParquetSource):
    """Runs in several Parquet files that are one table; partitions in the names of folders (`day=1/`) are
    columns.
    """

    dataset: Any = None
    """The files as a `pyarrow.dataset.Dataset`."""

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Path of every file, and the number of the first row in it."""
        sizes = [fragment.count_rows() for fragment in self.dataset.get_fragments()]
        protocol = "" if self.store is None else f"{_protocol(self.store)}://"
        paths = [f"{protocol}{file}" if "://" not in file else file for file in self.dataset.files]
        return tuple(zip(paths, (int(start) for start in np.cumsum([0, *sizes[:-1]])), strict=True))

    def _read(self, column: str) -> Any:
        with damage_named(self.path):
            return self.dataset.to_table(columns=[column]).column(0)

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        import pyarrow as pa

        wanted, places = np.unique(rows, return_inverse=True)
        with damage_named(self.path):
            return self.dataset.take(pa.array(wanted), columns=[column]).column(0).take(pa.array(places))

    def first_rows(self, count: int) -> Any:
        """Return the first rows of all columns as a `pa.Table`."""
        with damage_named(self.path):
            return self.dataset.head(count)

    def _type(self, column: str) -> Any:
        return self.dataset.schema.field(column).type

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        """Return a column as numbers; not kept when there are many rows."""
        if self.rows <= MANY_ROWS:
            return Source.numbers(self, column)
        found = scores_of(self._read(column), column, self.origin, self._notes)
        release()
        return found

    def labels(self, column: str) -> Labels:
        """Return a column as labels; not kept when there are many rows."""
        if self.rows <= MANY_ROWS:
            return Source.labels(self, column)
        found = labels_of(self._read(column), column)
        release()
        return found

    def filled(self, column: str) -> NDArray[np.bool_]:
        """Say for every run whether the column holds something; read in batches, since errors can be long
        texts.
        """
        with damage_named(self.path):
            parts = [filled_of(batch.column(0)) for batch in self.dataset.to_batches(columns=[column])]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


def _protocol(store: Any) -> str:
    """Return the first name of the protocol of a file system."""
    return store.protocol if isinstance(store.protocol, str) else str(store.protocol[0])


def lake_source(files: Sequence[str | Path], root: str, name: str, store: object = None) -> LakeSource:
    """Open Parquet files as one table of runs.

    Parameters
    ----------
    files : sequence of str or Path
        The files, in the order of their rows.
    root : str
        Folder under which names of folders are partitions.
    name : str
        Name of the experiment.
    store : fsspec file system, optional
        Where they are.

    Raises
    ------
    FileError
        One of them is no Parquet, or their columns do not go together.
    """
    import pyarrow.dataset as ds

    filesystem = None
    if store is not None:
        from pyarrow.fs import FSSpecHandler, PyFileSystem

        filesystem = PyFileSystem(FSSpecHandler(store))
    with damage_named(root):
        dataset = ds.dataset(
            [str(file) for file in files], format="parquet", filesystem=filesystem, partitioning=ds.partitioning(flavor="hive"),
            partition_base_dir=root,
        )  # fmt: skip
        rows = dataset.count_rows()
    if not dataset.schema.names:
        raise FileError(f"{root} has no columns", path=root)
    return LakeSource(
        name=name, rows=rows, columns=tuple(dataset.schema.names), path=root, dataset=dataset, store=store
    )
