"""Sizes that the messages of an Arrow stream declare, read from their FlatBuffers before anything is
decompressed.

Layout: Arrow Columnar Format, "IPC Streaming Format" and "Body Compression", Message.fbs and Schema.fbs of
Apache Arrow; FlatBuffers internals, "Tables". Only four tables are read: Message, RecordBatch,
DictionaryBatch, and the vector of buffers.
"""

from __future__ import annotations

import struct

_CONTINUATION = 0xFFFFFFFF
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3


def declared_size(data: bytes) -> int:
    """Return the bytes that all buffers of a stream would take, decompressed.

    Parameters
    ----------
    data : bytes
        Messages one after another; reading ends at the end of the stream, or at a message that is none.

    Raises
    ------
    ValueError, struct.error, IndexError
        A message points outside of itself.
    """
    place = total = 0
    while place + 8 <= len(data):
        (first, length) = struct.unpack_from("<II", data, place)
        place += 8
        if first != _CONTINUATION:  # written before Arrow 0.15: no continuation mark
            length, place = first, place - 4
        if length == 0 or place + length > len(data):
            break
        message = memoryview(data)[place : place + length]
        place += length
        body_length, size = _message(message, memoryview(data)[place:])
        place += body_length
        total += size
    return total


def _message(message: memoryview, body: memoryview) -> tuple[int, int]:
    """Return the length of a message's body, and what its buffers declare."""
    table = _Table(message, struct.unpack_from("<I", message, 0)[0])
    kind = table.scalar(1, "<B")
    body_length = table.scalar(3, "<q")
    if body_length < 0 or body_length > len(body):
        raise ValueError("a message is cut off")
    header = table.table(2)
    if header is None or kind not in (_DICTIONARY_BATCH, _RECORD_BATCH):
        return body_length, 0
    batch = header.table(1) if kind == _DICTIONARY_BATCH else header
    if batch is None:
        return body_length, 0
    return body_length, _buffers_size(batch, body)


def _buffers_size(batch: _Table, body: memoryview) -> int:
    """Add up the buffers of a batch: a compressed one begins with the size it will have, -1 for one left as
    it is.
    """
    is_compressed = batch.table(3) is not None
    total = 0
    for offset, length in batch.pairs(2):
        if offset < 0 or length < 0 or offset + length > len(body):
            raise ValueError("a buffer lies outside of its message")
        size = length
        if is_compressed and length >= 8:
            (said,) = struct.unpack_from("<q", body, offset)
            if said < -1:
                raise ValueError("a buffer says that it has a negative size")
            size = length if said == -1 else said
        total += size
    return total


class _Table:
    """A table of a FlatBuffer: its fields are found through a table of offsets that lies before it."""

    def __init__(self, buffer: memoryview, place: int) -> None:
        self._buffer = buffer
        self._place = place
        (back,) = struct.unpack_from("<i", buffer, place)
        self._offsets = place - back
        if self._offsets < 0:
            raise ValueError("a table lies outside of its message")
        (self._size,) = struct.unpack_from("<H", buffer, self._offsets)

    def _field(self, number: int) -> int | None:
        """Return where a field is; None when it has its default."""
        entry = 4 + 2 * number
        if entry + 2 > self._size:
            return None
        (offset,) = struct.unpack_from("<H", self._buffer, self._offsets + entry)
        return self._place + offset if offset else None

    def scalar(self, number: int, form: str) -> int:
        """Return a number, 0 by default."""
        place = self._field(number)
        return 0 if place is None else int(struct.unpack_from(form, self._buffer, place)[0])

    def table(self, number: int) -> _Table | None:
        """Return a table inside this one."""
        place = self._field(number)
        return (
            None
            if place is None
            else _Table(self._buffer, place + struct.unpack_from("<I", self._buffer, place)[0])
        )

    def pairs(self, number: int) -> list[tuple[int, int]]:
        """Return a vector of structs of two 64-bit integers."""
        place = self._field(number)
        if place is None:
            return []
        start = place + struct.unpack_from("<I", self._buffer, place)[0]
        (count,) = struct.unpack_from("<I", self._buffer, start)
        if count > (len(self._buffer) - start) // 16:
            raise ValueError("a vector lies outside of its message")
        return [struct.unpack_from("<qq", self._buffer, start + 4 + 16 * index) for index in range(count)]
