"""Decompress gzip and zstd, never beyond what a file of its size may hold."""

from __future__ import annotations

import pyarrow as pa

from arize_nb.errors import FileError
from arize_nb.files.limits import too_large

_STEP = 8 << 20


def decompressed(data: bytes, compression: str, limit: int, shown: str) -> bytes:
    """Return the content of a compressed file.

    Raises
    ------
    FileError
        It is damaged, cut off, or holds more than `limit` bytes.
    """
    parts: list[bytes] = []
    total = 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(data), compression) as stream:
            while part := stream.read(_STEP):
                total += len(part)
                if total > limit:
                    too_large(shown, total, limit, what="decompresses to more than")
                parts.append(part)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0][:160]
        raise FileError(
            f"{shown} cannot be decompressed: {reason}",
            path=shown,
            hint="It is damaged or cut off: make it again.",
        ) from None
    return b"".join(parts)
