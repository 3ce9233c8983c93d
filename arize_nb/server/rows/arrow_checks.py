"""Arrow batches from outside: valid in every byte, and no larger once written out than what was
sent allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.server import limits
from arize_nb.server.problems import Problem, unprocessable

_FOREIGN = (pa.ArrowException, UnicodeDecodeError, ValueError, OSError, OverflowError)
_A_VALUE = 24  # bytes that a number or a time takes as text, at most


class _Size(NamedTuple):
    """What values become when they are written out."""

    parts: int
    """Values inside of lists and objects; a list or object counts four times, as making it takes that much
    longer.
    """
    text_bytes: int
    """Bytes of text."""


class BatchChecks:
    """Check the batches of one upload, one after the other.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of the stream.

    Raises
    ------
    Problem
        422: too many columns, or a name that is too long or no text.
    """

    def __init__(self, schema: pa.Schema) -> None:
        with reading("the stream's schema"):
            self._names: list[str] = list(schema.names)
        limits.check_columns(self._names, len(self._names), "the upload")
        self._sent = self._expanded = 0
        self._cells = self._parts = self._text_bytes = 0

    def check(self, batch: pa.RecordBatch) -> None:
        """Check one batch; only afterwards may a cell of it be looked at.

        Raises
        ------
        Problem
            422: not valid Arrow data, or a cell that is too large; 413: the upload becomes too large. The
            column is named.
        """
        if batch.num_rows > limits.MAX_BATCH_ROWS:
            raise limits.too_large(
                "the upload", f"a batch of {batch.num_rows:,} rows, more than {limits.MAX_BATCH_ROWS:,}"
            )
        self._weigh(batch)
        for name, array in zip(self._names, batch.columns, strict=True):
            with reading(f"column {_shown(name)}"):
                array.validate()
                viewed = _viewed(array)
                if (
                    viewed > limits.FREE_TEXT_BYTES + limits.TEXT_A_BYTE * self._sent
                ):  # validation looks at every byte of every view
                    raise limits.too_large(
                        _shown(name), f"{viewed >> 20:,} MB of text from {self._sent:,} bytes"
                    )
                array.validate(full=True)
            if pa.types.is_null(array.type):
                continue  # takes no room at all
            self._cells += len(array)
            size = _size_of(array, _shown(name), self._most_parts())
            self._parts += size.parts
            self._text_bytes += size.text_bytes
            self._refuse_excess(_shown(name))

    def _weigh(self, batch: pa.RecordBatch) -> None:
        """Count what was sent for a batch, and what its buffers hold.

        The buffers of an uncompressed batch are parts of the message that came; they may overlap, so that a
        short message describes a long batch. Those of a compressed one have no parent, and what was sent for
        them is not known.
        """
        messages: dict[int, int] = {}
        held = 0
        for array in batch.columns:
            for buffer in array.buffers():
                if buffer is None or not buffer.size:
                    continue
                if buffer.parent is None:
                    self._expanded += buffer.size
                else:
                    held += buffer.size
                    messages[buffer.parent.address] = buffer.parent.size
        sent = sum(messages.values())
        if held > sent:
            raise unprocessable("the upload: parts of a batch overlap: not valid Arrow data")
        self._sent += sent
        if self._expanded > limits.FREE_TEXT_BYTES:
            raise limits.too_large(
                "the upload", f"its compressed batches hold more than {limits.FREE_TEXT_BYTES >> 20} MB"
            )

    def _most_parts(self) -> int:
        """Return how many values inside of lists and objects what was sent allows."""
        return limits.FREE_PARTS + limits.PARTS_A_BYTE * self._sent

    def _refuse_excess(self, where: str) -> None:
        """Raise when the upload has become too large for what was sent."""
        if self._cells > limits.FREE_CELLS + limits.CELLS_A_BYTE * self._sent:
            raise limits.too_large(where, f"{self._cells:,} cells from {self._sent:,} bytes")
        if self._parts > self._most_parts():
            raise limits.too_large(
                where, f"lists and objects of {self._parts:,} values from {self._sent:,} bytes"
            )
        if self._text_bytes > limits.FREE_TEXT_BYTES + limits.TEXT_A_BYTE * self._sent:
            raise limits.too_large(where, f"{self._text_bytes >> 20:,} MB of text from {self._sent:,} bytes")


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Turn what Arrow says of bytes from outside into a refusal that names their place.

    Raises
    ------
    Problem
        422: they are not what they should be; 413: there is no memory for what they declare.
    """
    try:
        yield
    except (pa.ArrowCancelled, Problem):
        raise
    except MemoryError:
        raise limits.too_large(where, "more memory than an upload gets") from None
    except _FOREIGN as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise unprocessable(f"{where}: not valid Arrow data ({said[0][:200]})") from None


def without_views(array: pa.Array) -> pa.Array:
    """Write text that is kept as views as plain text, also in a dictionary.

    What a view says where a cell is missing is checked by nobody, and read by Arrow's own cast all the same:
    it ended the server.
    """
    if pa.types.is_dictionary(array.type):
        values = array.dictionary
        plain = without_views(values)
        return array if plain is values else pa.DictionaryArray.from_arrays(array.indices, plain)
    if not (pa.types.is_string_view(array.type) or pa.types.is_binary_view(array.type)):
        return array
    plain = pa.large_string() if pa.types.is_string_view(array.type) else pa.large_binary()
    if not array.null_count:
        return array.cast(plain)
    validity, views, *texts = array.buffers()
    raw = pa.Array.from_buffers(pa.binary(16), array.offset + len(array), [validity, views]).slice(
        array.offset
    )
    empty = pc.fill_null(raw, b"\0" * 16).buffers()[1]  # a view of no bytes
    return pa.Array.from_buffers(array.type, len(array), [array.is_valid().buffers()[1], empty, *texts]).cast(
        plain
    )


def _shown(name: str) -> str:
    """Show a column's name in a message."""
    return repr(name if len(name) <= 60 else f"{name[:59]}…")


def _size_of(array: pa.Array, where: str, most: int) -> _Size:
    """Measure a column, whose lists and objects may hold `most` values, and refuse a cell of text that is too
    large.
    """
    arrow_type = array.type
    if pa.types.is_dictionary(arrow_type):
        lengths = _lengths(array.dictionary, where)
        if lengths is None:
            return _Size(0, _A_VALUE * len(array))
        limits.check_cell(_number(pc.max(lengths)), where)
        return _Size(0, _number(pc.sum(pc.take(lengths, array.indices))))
    lengths = _lengths(array, where)
    if lengths is not None:
        limits.check_cell(_number(pc.max(lengths)), where)
        return _Size(0, _number(pc.sum(lengths)))
    return _nested(array, where, most) if pa.types.is_nested(arrow_type) else _Size(0, _A_VALUE * len(array))


def _nested(array: pa.Array, where: str, most: int) -> _Size:
    """Measure lists and objects without making any of their values; more than `most` are only counted."""
    arrow_type, rows = array.type, len(array)
    if rows > most:
        return _Size(rows, 0)
    if pa.types.is_struct(arrow_type):
        fields = [arrow_type.field(index) for index in range(arrow_type.num_fields)]
        own = _Size(4 * rows, rows * sum(len(field.name.encode("utf-8", "replace")) + 4 for field in fields))
        children = [array.field(index) for index in range(arrow_type.num_fields)]
    elif pa.types.is_map(arrow_type):
        own, children = _Size(4 * rows, 2 * rows), [array.keys, array.items]
    elif _is_list_view(arrow_type):
        count = _number(pc.sum(pc.list_value_length(array)))  # views may all show the same values
        if count > most:
            return _Size(count, 0)
        own, children = _Size(4 * rows, 2 * rows), [array.flatten()]
    elif _is_list(arrow_type):
        own, children = _Size(4 * rows, 2 * rows), [array.flatten()]
    elif pa.types.is_dictionary(arrow_type) or not pa.types.is_nested(arrow_type):
        return _leaves(array, where)
    else:
        raise unprocessable(f"{where}: values of type {arrow_type} inside of lists or objects cannot be kept")
    parts, text_bytes = own
    for child in children:
        inner = _nested(child, where, most)
        parts += inner.parts
        text_bytes += inner.text_bytes
    return _Size(parts, text_bytes)


def _leaves(array: pa.Array, where: str) -> _Size:
    """Measure values inside of lists and objects that hold no others."""
    if pa.types.is_run_end_encoded(array.type) or isinstance(array, pa.ExtensionArray):
        raise unprocessable(f"{where}: values of type {array.type} inside of lists or objects cannot be kept")
    return _Size(
        len(array),
        _size_of(array, where, 0).text_bytes if not pa.types.is_null(array.type) else 4 * len(array),
    )


def _lengths(array: pa.Array, where: str) -> pa.Array | None:
    """Return how many bytes each value of text or bytes has; None for other types."""
    arrow_type = array.type
    if isinstance(array, pa.ExtensionArray):
        return _lengths(array.storage, where)
    if pa.types.is_nested(arrow_type) and not pa.types.is_dictionary(arrow_type):
        return None
    if pa.types.is_string_view(arrow_type) or pa.types.is_binary_view(arrow_type):
        return _view_lengths(array)
    if any(
        test(arrow_type)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    ):
        return pc.fill_null(pc.binary_length(array), 0)
    return None


def _view_lengths(array: pa.Array) -> pa.Array:
    """Return the lengths of a view array: the first of the four 32-bit words of each view.

    Source: Arrow columnar format, "Variable-size Binary View Layout".
    """
    views = array.buffers()[1]
    count = array.offset + len(array)
    words = pa.Array.from_buffers(pa.int32(), 4 * count, [None, views])
    lengths = pc.list_element(pa.FixedSizeListArray.from_arrays(words, 4), 0).slice(array.offset)
    return pc.if_else(array.is_valid(), lengths, pa.scalar(0, pa.int32()))


def _viewed(array: pa.Array) -> int:
    """Return how many bytes the views of an array show, also of its children; of an array that is not
    validated yet.
    """
    arrow_type = array.type
    if isinstance(array, pa.ExtensionArray):
        return _viewed(array.storage)
    if pa.types.is_string_view(arrow_type) or pa.types.is_binary_view(arrow_type):
        return _number(pc.sum(pc.max_element_wise(_view_lengths(array), 0)))
    children: list[pa.Array] = []
    if pa.types.is_struct(arrow_type):
        children = [array.field(index) for index in range(arrow_type.num_fields)]
    elif pa.types.is_dictionary(arrow_type):
        children = [array.dictionary]
    elif pa.types.is_map(arrow_type):
        children = [array.keys, array.items]
    elif _is_list(arrow_type) or _is_list_view(arrow_type):
        children = [array.values]
    return sum(_viewed(child) for child in children)


def _is_list(arrow_type: pa.DataType) -> bool:
    """Tell whether a type is a list with values of its own."""
    return bool(
        pa.types.is_list(arrow_type)
        or pa.types.is_large_list(arrow_type)
        or pa.types.is_fixed_size_list(arrow_type)
    )


def _is_list_view(arrow_type: pa.DataType) -> bool:
    """Tell whether a type is a list of views into shared values."""
    return bool(pa.types.is_list_view(arrow_type) or pa.types.is_large_list_view(arrow_type))


def _number(scalar: Any) -> int:
    """Return an aggregate; 0 for that of nothing."""
    return int(scalar.as_py() or 0)
