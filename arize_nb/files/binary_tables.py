"""Parquet, Arrow and Feather <-> Arrow tables; sizes are checked before memory is taken, values before they
are used.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arize_nb.errors import ColumnError, FileError
from arize_nb.files.arrow_message import declared_size
from arize_nb.files.limits import check_cells, decoded_limit, too_large
from arize_nb.files.parquet_footer import ColumnChunk, column_chunks

if TYPE_CHECKING:
    from arize_nb.files.facts import ReadFacts

_INDEX_PREFIX = "__index_level_"
_WIDTHS = (1, 4, 8, 12, 4, 8, 4, 1)
"""Least bytes that a value takes in memory, by the number of its physical type."""
_FOREIGN = (
    *(pa.ArrowException, struct.error, OSError, ValueError, TypeError, KeyError, IndexError),
    *(OverflowError, EOFError, RecursionError, MemoryError),
)
"""What pyarrow raises on damaged files."""


def table_from_parquet(data: bytes, facts: ReadFacts) -> pa.Table:
    """Read a Parquet file; the index that pandas wrote beside the columns is left out.

    Raises
    ------
    FileError
        It is not Parquet, damaged, has no rows, or decodes to more than a file of its size may.
    ColumnError
        Two columns of one name.
    """
    limit = decoded_limit(len(data))
    try:
        suspects = _suspects(column_chunks(data), limit, facts)
        file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=suspects)
        _refuse_twins(file.schema_arrow.names, facts)
        check_cells(file.metadata.num_rows, max(file.metadata.num_columns, 1), len(data), facts.shown)
        return _usable(file.read(), limit, facts)
    except _FOREIGN as error:
        raise _damaged(error, "a Parquet file", facts) from None


def _suspects(chunks: list[ColumnChunk], limit: int, facts: ReadFacts) -> list[str]:
    """Return the columns to be read as dictionaries, since their texts could repeat to more than the limit.

    Raises
    ------
    FileError
        The sizes that the file declares are beyond the limit alone.
    """
    declared = 0
    repeated: dict[str, int] = {}
    for chunk in chunks:
        width = _WIDTHS[chunk.physical_type] if chunk.physical_type < len(_WIDTHS) else 1
        declared += max(chunk.encoded_size, chunk.values * width)
        if declared > limit:
            too_large(facts.shown, declared, limit)
        if chunk.is_text and chunk.has_dictionary:
            repeated[chunk.path] = repeated.get(chunk.path, 0) + chunk.values * chunk.encoded_size
    if sum(repeated.values()) <= limit:
        return []
    return sorted(path for path, worst in repeated.items() if worst > limit // (10 * len(repeated)))


def table_from_arrow(data: bytes, facts: ReadFacts) -> pa.Table:
    """Read an Arrow file or stream, or Feather.

    Raises
    ------
    FileError
        It is none of them, damaged, has no rows, or decodes to more than a file of its size may.
    ColumnError
        Two columns of one name.
    """
    limit = decoded_limit(len(data))
    try:
        if data[:4] == b"FEA1":
            import pyarrow.feather as feather

            table = feather.read_table(pa.BufferReader(data))
        elif data[:6] == b"ARROW1":
            table = _from_messages(data[8:], limit, facts)
        else:
            table = _from_messages(data, limit, facts)
        _refuse_twins(table.column_names, facts)
        check_cells(table.num_rows, max(table.num_columns, 1), len(data), facts.shown)
        return _usable(table, limit, facts)
    except _FOREIGN as error:
        raise _damaged(error, "an Arrow file", facts) from None


def _from_messages(data: bytes, limit: int, facts: ReadFacts) -> pa.Table:
    """Read the stream of messages that both of Arrow's formats are made of, the declared sizes
    checked first.
    """
    declared = declared_size(data)
    if declared > limit:
        too_large(facts.shown, declared, limit)
    batches = []
    total = 0
    with pa.ipc.open_stream(pa.BufferReader(data)) as reader:
        for batch in reader:
            batch.validate()
            total += sum(
                map(_size, batch.columns)
            )  # before the full check, which looks at every byte of every view
            if total > limit:
                too_large(facts.shown, total, limit)
            batch.validate(full=True)
            batches.append(batch)
        return pa.Table.from_batches(batches, schema=reader.schema)


def _usable(table: pa.Table, limit: int, facts: ReadFacts) -> pa.Table:
    """Check the values of a table, decode dictionaries, leave out the index that pandas wrote."""
    if table.num_rows == 0:
        raise FileError(f"{facts.shown} has no rows", path=facts.shown, hint="It must hold at least one row.")
    table = table.select(
        [name for name in table.column_names if not name.startswith(_INDEX_PREFIX)]
    ).replace_schema_metadata(None)
    total = 0
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            total += _decoded_size(column)
            if total > limit:
                too_large(facts.shown, total, limit)
            column.validate(full=True)
            if _holds_dictionaries(column.type):
                place = table.column_names.index(name)
                table = table.set_column(
                    place,
                    table.field(name).with_type(_plain_type(column.type)),
                    column.cast(_plain_type(column.type)),
                )
        except _FOREIGN as error:
            what = f"{facts.shown}: column {name!r} is damaged: {_reason(error)}"
            raise ColumnError(what, column=name, path=name, hint="Write the file again.") from None
    return table


def _decoded_size(column: pa.ChunkedArray) -> int:
    """Return the bytes of a column once dictionaries and views are written out."""
    return sum(_size(chunk) for chunk in column.chunks)


def _size(array: pa.Array) -> int:
    """Return the bytes of an array once dictionaries and views are written out."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _size(array.storage)
    if pa.types.is_dictionary(kind):
        lengths = _lengths(array.dictionary)
        indices = array.indices.drop_null()
        return int(lengths[np.asarray(indices)].sum()) + 8 * len(array) if len(lengths) else 0
    if _is_text(kind):
        return int(_lengths(array).sum()) + 4 * len(array)
    if pa.types.is_run_end_encoded(kind):
        longest = int(_lengths(array.values).max(initial=0))
        return (8 + longest) * len(array)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        total = pc.sum(pc.list_value_length(array)).as_py() or 0
        return int(total * max(1, array.values.nbytes // max(len(array.values), 1)))
    if pa.types.is_struct(kind):
        return sum(_size(array.field(number)) for number in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return 8 * len(array) + _size(array.flatten())
    return max(int(array.nbytes), len(array))


def _lengths(array: pa.Array) -> Any:
    """Return the bytes of every value of an array, as NumPy integers."""
    if not _is_text(array.type):
        return np.full(len(array), max(1, array.nbytes // max(len(array), 1)), np.int64)
    if pa.types.is_string_view(array.type) or pa.types.is_binary_view(array.type):
        views = np.frombuffer(array.buffers()[1], np.int32)[
            4 * array.offset : 4 * (array.offset + len(array)) : 4
        ]
        return views.astype(np.int64)
    return np.asarray(pc.fill_null(pc.binary_length(array), 0)).astype(np.int64)


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in (*tests, pa.types.is_string_view, pa.types.is_binary_view))


def _holds_dictionaries(kind: pa.DataType) -> bool:
    """Whether a type, or one inside it, is a dictionary."""
    if pa.types.is_dictionary(kind):
        return True
    return (
        any(_holds_dictionaries(kind.field(number).type) for number in range(kind.num_fields))
        if pa.types.is_nested(kind)
        else False
    )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Return a type with the values of dictionaries in their place."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct(
            [
                kind.field(number).with_type(_plain_type(kind.field(number).type))
                for number in range(kind.num_fields)
            ]
        )
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain_type(kind.value_type)))
    return kind


def _refuse_twins(names: list[str], facts: ReadFacts) -> None:
    """Refuse two columns of one name, and names that are no text."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ColumnError(
                f"{facts.shown}: two columns are named {name!r}",
                column=name,
                path=name,
                hint="Rename or drop one of them.",
            )
        seen.add(name)


def _damaged(error: BaseException, what: str, facts: ReadFacts) -> FileError:
    """Make the error for a file that cannot be read."""
    return FileError(f"{facts.shown} is not {what}: {_reason(error)}", path=facts.shown)


def _reason(error: BaseException) -> str:
    """Return the first line of what a library said."""
    return str(error).partition("\n")[0][:160] or type(error).__name__


def write_parquet(table: pa.Table, stream: IO[bytes]) -> None:
    """Write a table, compressed by zstd."""
    pq.write_table(table, stream, compression="zstd")
