"""An Arrow stream on its way in: spooled to disk, cells turned into the kinds that sheets keep."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.server import limits
from arize_nb.server.problems import unprocessable
from arize_nb.server.rows.arrow_checks import reading, without_views
from arize_nb.server.rows.cells import (
    ARROW_TYPES,
    JSON_CELLS,
    MAX_EXACT,
    Incoming,
    IncomingColumn,
    Kind,
    incoming_schema,
    json_text,
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_SPOOL: Final = "upload-"
_ROWS_AT_ONCE: Final = 250_000  # of eight bytes; fewer when they are longer


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which columns of a stream are the sheet's own."""

    system: Mapping[str, pa.DataType]
    """System columns that the rows bring, and their types; those a stream lacks are null."""
    skip: AbstractSet[str] = frozenset()
    """Columns that are passed over."""
    aliases: Mapping[str, str] | None = None
    """Older names of system columns."""


class _Column:
    """One column of a stream: how its batches become cells, and what has been seen of them."""

    def __init__(self, field: pa.Field) -> None:
        self.name = field.name
        self.is_json_text = _is_text(field.type) and JSON_CELLS.items() <= (field.metadata or {}).items()
        self.kind = Kind.JSON if self.is_json_text else _kind_of(field.name, field.type)
        self.exact = True

    def cells(self, array: pa.Array) -> pa.Array:
        """Turn one batch's array into cells of the kind."""
        if self.is_json_text:
            return self._checked_json(array.cast(pa.string()))
        if self.kind is Kind.JSON:
            return json_texts(array, self.name)
        if self.kind is Kind.FLOAT:
            values = array.cast(pa.float64())
            return pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
        if self.kind is Kind.INTEGER:
            return self._integers(array)
        if _is_time(array.type):
            return _iso_texts(array, self.name)
        return array.cast(ARROW_TYPES[self.kind])

    def _checked_json(self, array: pa.Array) -> pa.Array:
        """Refuse cells that are not the JSON which the field says they are: they go out as they
        are stored.
        """
        for text in array.to_pylist():
            try:
                if text is not None and orjson.loads(text) is None:
                    raise unprocessable(f"{self.name}: a missing value is a null, not the JSON null")
            except orjson.JSONDecodeError as error:
                raise unprocessable(
                    f"{self.name}: marked as JSON, and {text[:60]!r} is none: {error}"
                ) from None
        return array

    def _integers(self, array: pa.Array) -> pa.Array:
        """Check the range while the batch passes."""
        try:
            values = array.cast(pa.int64())
        except pa.ArrowInvalid:
            raise unprocessable(f"{self.name}: an integer beyond 64 bits; send it as text") from None
        if self.exact and len(values):
            extremes = pc.min_max(values)
            smallest, largest = extremes["min"].as_py() or 0, extremes["max"].as_py() or 0
            self.exact = smallest >= -MAX_EXACT and largest <= MAX_EXACT
        return values

    def described(self) -> IncomingColumn:
        """Return what the sheet needs to know."""
        return IncomingColumn(self.name, self.kind, self.exact)


@contextmanager
def spooled(
    schema: pa.Schema, batches: Iterator[pa.RecordBatch], target: Target, folder: Path
) -> Iterator[Incoming]:
    """Read a stream to its end and offer its rows as incoming cells while the block lasts.

    Rows go through a file, so that memory stays flat however long the stream is, and so that nothing is
    written to the store before the stream has ended well.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of the stream.
    batches : iterator of RecordBatch
        The stream; an error of it ends the block before it begins.
    target : Target
        Which columns are the sheet's own.
    folder : Path
        Where the file goes.

    Raises
    ------
    Problem
        422: a column of a type that cannot be kept, or a name that comes twice.
    """
    sources = _sources(schema, target)
    taken = set(sources.values()) | target.skip
    fields = list(enumerate(schema))
    places = [place for place, field in fields if field.name not in taken]
    user = [_Column(field) for _, field in fields if field.name not in taken]
    described = incoming_schema(target.system, [column.described() for column in user])
    with tempfile.TemporaryDirectory(prefix=_SPOOL, dir=folder) as spool:
        path = str(Path(spool) / "rows.arrow")
        count = 0
        with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, described) as writer:
            for batch in batches:
                count += batch.num_rows
                system = [
                    _system_cells(batch, sources.get(name), arrow_type)
                    for name, arrow_type in target.system.items()
                ]
                cells = []
                for column, place in zip(user, places, strict=True):
                    with reading(column.name):
                        cells.append(column.cells(without_views(batch.column(place))))
                writer.write_batch(pa.RecordBatch.from_arrays([*system, *cells], schema=described))
        yield Incoming(
            tuple(target.system),
            tuple(column.described() for column in user),
            count,
            _reader(path),
            described,
        )


def clear_leftovers(folder: Path) -> None:
    """Remove what uploads left behind in a folder when the server was killed; none may be going on."""
    for left in folder.glob(f"{_SPOOL}*"):
        shutil.rmtree(left, ignore_errors=True)


def _reader(path: str) -> Callable[[], Iterator[pa.RecordBatch]]:
    """Return a function that starts an iteration over the file's batches."""

    def batches() -> Iterator[pa.RecordBatch]:
        with pa.memory_map(path) as source:
            file = pa.ipc.open_file(source)
            for index in range(file.num_record_batches):
                yield file.get_batch(index)

    return batches


def _sources(schema: pa.Schema, target: Target) -> dict[str, str]:
    """Say which column of the stream each system column comes from."""
    names = set(schema.names)
    if len(names) < len(schema.names):
        repeated = min(name for name, count in Counter(schema.names).items() if count > 1)
        raise unprocessable(f"column {repeated!r}: comes more than once")
    sources = {name: name for name in target.system if name in names}
    for old, name in (target.aliases or {}).items():
        if name not in sources and old in names:
            sources[name] = old
    return sources


def _system_cells(batch: pa.RecordBatch, source: str | None, arrow_type: pa.DataType) -> pa.Array:
    """Return a system column; scalars become text, lists and structs JSON text."""
    if source is None:
        return pa.nulls(batch.num_rows, arrow_type)
    with reading(source):
        array = without_views(batch.column(source))
        if pa.types.is_string(arrow_type) and _is_time(array.type):
            return _iso_texts(array, source)
        if pa.types.is_string(arrow_type) and not _is_text(array.type) and not pa.types.is_null(array.type):
            return json_texts(array, source)
    try:
        if pa.types.is_timestamp(array.type):  # times of the sheet's own are milliseconds
            array = array.cast(pa.timestamp("ms", array.type.tz), safe=False)
        return array.cast(arrow_type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise unprocessable(f"{source}: {array.type} cannot be read as {arrow_type}") from None


def _iso_texts(times: pa.Array, where: str) -> pa.Array:
    """Write times as the ISO 8601 text that a JSON client sends."""
    texts = times.cast(pa.string())
    if pc.any(
        pc.starts_with(texts, "<value out of range")
    ).as_py():  # what Arrow writes for a time that no calendar has
        raise unprocessable(f"{where}: a time outside of the calendar")
    return pc.replace_substring(texts, " ", "T", max_replacements=1)


def json_texts(array: pa.Array, where: str) -> pa.Array:
    """Write values that are not text as JSON text, some rows at a time; null for what JSON has
    no number for.
    """
    pieces = []
    rows = max(1, min(len(array), _ROWS_AT_ONCE * max(len(array), 1) // (array.nbytes // 8 + 1)))
    for start in range(0, len(array), rows):
        texts = [_text(value, where) for value in array.slice(start, rows).to_pylist()]
        limits.check_cell(max((len(text) for text in texts if text is not None), default=0), where)
        pieces.append(pa.array(texts, pa.string()))
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())


def _text(value: object, where: str) -> str | None:
    """Write a value that is not text as text; null for what JSON has no number for."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, str) else json_text(value, where)


def _is_text(arrow_type: pa.DataType) -> bool:
    """Tell whether a type is text, dictionaries of text included."""
    if pa.types.is_dictionary(arrow_type):
        return _is_text(arrow_type.value_type)
    return bool(
        pa.types.is_string(arrow_type)
        or pa.types.is_large_string(arrow_type)
        or pa.types.is_string_view(arrow_type)
    )


def _is_time(arrow_type: pa.DataType) -> bool:
    """Tell whether a type is a date, a time of day or both; durations and intervals have no text that others
    agree on.
    """
    return bool(
        pa.types.is_timestamp(arrow_type) or pa.types.is_date(arrow_type) or pa.types.is_time(arrow_type)
    )


def _kind_of(name: str, arrow_type: pa.DataType) -> Kind:
    """Return the kind for a column of a stream."""
    if pa.types.is_dictionary(arrow_type):
        return _kind_of(name, arrow_type.value_type)
    tests: tuple[tuple[Callable[[pa.DataType], bool], Kind], ...] = (
        (pa.types.is_null, Kind.EMPTY),
        (_is_text, Kind.TEXT),
        (pa.types.is_boolean, Kind.BOOLEAN),
        (pa.types.is_integer, Kind.INTEGER),
        (pa.types.is_floating, Kind.FLOAT),
        (pa.types.is_decimal, Kind.FLOAT),
        (pa.types.is_nested, Kind.JSON),
        (_is_time, Kind.TEXT),
    )
    for holds, kind in tests:
        if holds(arrow_type):
            return kind
    raise unprocessable(f"{name}: cells of type {arrow_type} cannot be kept")
