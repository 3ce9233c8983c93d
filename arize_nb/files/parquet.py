"""Parquet <-> Arrow."""

from __future__ import annotations

from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from arize_nb.errors import FileError

_INDEX_PREFIX = "__index_level_"


def table_from_parquet(data: bytes, shown: str) -> pa.Table:
    """Read a Parquet file; the index that pandas wrote beside the columns is left out.

    Raises
    ------
    FileError
        When it is not Parquet, or has no rows.
    """
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).partition("\n")[0][:160]
        raise FileError(f"{shown} is not a Parquet file: {reason}", path=shown) from None
    if table.num_rows == 0:
        raise FileError(f"{shown} has no rows", path=shown, hint="It must hold at least one row.")
    return table.select([name for name in table.column_names if not name.startswith(_INDEX_PREFIX)]).replace_schema_metadata(None)


def write_parquet(table: pa.Table, stream: IO[bytes]) -> None:
    """Write a table, compressed by zstd."""
    pq.write_table(table, stream, compression="zstd")
