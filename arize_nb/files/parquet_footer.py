"""The sizes that a Parquet file declares of its columns, read from its footer without a library.

pyarrow ends the process, not the call, on some damaged column metadata (its accessors let C++ exceptions
pass), so they are read here: Apache Parquet, "File Format" and parquet.thrift; Apache Thrift, "Thrift Compact
Protocol".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

_MAGIC = b"PAR1"
_DEEPEST = 16
_TRUE, _FALSE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 7, 8, 9, 10, 11, 12
_BYTE_ARRAY = 6


@dataclass(frozen=True, kw_only=True)
class ColumnChunk:
    """A column of one row group, as the footer describes it."""

    path: str
    """Names of the column, dots between them."""
    physical_type: int
    """Number of its physical type: 0 BOOLEAN, 1 INT32, 2 INT64, 3 INT96, 4 FLOAT, 5 DOUBLE, 6 BYTE_ARRAY, 7
    FIXED_LEN_BYTE_ARRAY.
    """
    values: int
    """Values, nulls counted."""
    encoded_size: int
    """Bytes of its pages once they are decompressed, before dictionaries are written out."""
    has_dictionary: bool
    """Whether its values may stand in a dictionary."""

    @property
    def is_text(self) -> bool:
        """Whether its values are bytes of any length."""
        return self.physical_type == _BYTE_ARRAY


def column_chunks(data: bytes) -> list[ColumnChunk]:
    """Return what the footer says of every column of every row group.

    Raises
    ------
    ValueError, struct.error, IndexError
        The footer is damaged.
    """
    if len(data) < 12 or data[-4:] != _MAGIC:
        raise ValueError("Parquet magic bytes not found in footer")
    (length,) = struct.unpack("<I", data[-8:-4])
    if length + 12 > len(data):
        raise ValueError("the footer is longer than the file")
    footer = _Compact(data[len(data) - 8 - length : -8]).struct()
    found = []
    for group in _listed(footer, 4):
        for chunk in _listed(group, 1):
            about = chunk.get(3)
            if not isinstance(about, dict):
                raise ValueError("a column has no metadata")
            path = [part.decode("utf-8", "replace") for part in about.get(3, []) if isinstance(part, bytes)]
            encodings = {one for one in about.get(2, []) if isinstance(one, int)}
            found.append(
                ColumnChunk(
                    path=".".join(path),
                    physical_type=_number(about, 1),
                    values=_number(about, 5),
                    encoded_size=_number(about, 6),
                    has_dictionary=11 in about or bool(encodings & {2, 8}),
                )
            )
    return found


def _listed(struct_: dict[int, Any], field: int) -> list[dict[int, Any]]:
    """Return a list of structs."""
    values = struct_.get(field, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError("the footer is damaged")
    return values


def _number(struct_: dict[int, Any], field: int) -> int:
    """Return a number that cannot be negative."""
    value = struct_.get(field, 0)
    if not isinstance(value, int) or value < 0:
        raise ValueError("the footer holds a negative size")
    return value


class _Compact:
    """Reads Thrift's compact protocol: structs as dicts by field number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Read a struct to its stop."""
        if depth > _DEEPEST:
            raise ValueError("the footer is nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != 0:
            kind = head & 15
            number = number + (head >> 4) if head >> 4 else self._integer()
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        """Read one value of a kind."""
        if kind in (_TRUE, _FALSE):  # in a list a boolean is a byte
            return self._byte() == _TRUE
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._integer()
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise ValueError(f"the footer holds a value of kind {kind}")

    def _list(self, depth: int) -> list[Any]:
        """Read a list."""
        head = self._byte()
        size = head >> 4 if head >> 4 != 15 else self._varint()
        if size > len(self._data):
            raise ValueError("the footer holds a list longer than itself")
        return [self._value(head & 15, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        self._place += 1
        return self._data[self._place - 1]

    def _bytes(self, length: int) -> bytes:
        if self._place + length > len(self._data):
            raise ValueError("the footer is cut off")
        self._place += length
        return self._data[self._place - length : self._place]

    def _varint(self) -> int:
        """Read an unsigned integer, seven bits a byte."""
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("the footer holds an integer beyond 64 bits")

    def _integer(self) -> int:
        """Read a signed integer, zigzag."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
