"""Runs in Parquet files, read a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.sources import Source
from arize_nb.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(eq=False)
class ParquetSource(Source):
    """Runs in one Parquet file; a column is read when it is first asked for."""

    path: str = ""

    def _read(self, column: str) -> Any:
        import pyarrow.parquet as pq

        return pq.read_table(self.path, columns=[column]).column(0)

    def _read_rows(self, column: str, rows: NDArray[np.int64]) -> Any:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self.path, memory_map=True)
        ends = np.cumsum([file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)])
        groups = np.searchsorted(ends, rows, side="right")
        wanted = np.unique(groups)
        starts = ends - np.diff(ends, prepend=0)
        kept = np.concatenate([[0], np.cumsum(np.diff(ends, prepend=0)[wanted])])
        places = rows - starts[groups] + kept[np.searchsorted(wanted, groups)]
        return file.read_row_groups(wanted.tolist(), columns=[column]).column(0).take(places)


def parquet_source(path: Path, name: str) -> ParquetSource:
    """Open a Parquet file of runs.

    Raises
    ------
    FileError
        The file is not there, or is no Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise FileError(f"cannot read {path} as Parquet: {error}", path=str(path)) from error
    return ParquetSource(name=name, rows=meta.num_rows, columns=tuple(meta.schema.to_arrow_schema().names), path=str(path))
