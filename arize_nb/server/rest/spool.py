"""The body of a request on its way in: short ones in memory, long ones on disk, so that many at once cost no
memory.
"""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive

IN_MEMORY: Final = 1 << 20
"""Bytes of a body that are kept in memory while the rest is awaited."""

LARGE: Final = 32 << 20
"""Bytes from which on bodies are taken up one at a time: what they become in memory is several
times as long.
"""


class Body:
    """One request's body.

    Parameters
    ----------
    folder : Path
        Where long ones are spooled, in a file without a name.
    most : int
        Bytes that are kept; of a longer body nothing is.
    """

    def __init__(self, folder: Path | None, most: int) -> None:
        self._folder = folder
        self._most = most
        self._parts: list[bytes] = []
        self._file: BinaryIO | None = None
        self.length = 0
        """Bytes that came."""
        self.is_whole = True
        """Whether the client stayed to the end."""
        self.failure: OSError | None = None
        """Why it could not be kept, such as a disk that is full."""

    @property
    def is_too_long(self) -> bool:
        """Whether more came than is kept."""
        return self.length > self._most

    @property
    def is_large(self) -> bool:
        """Whether it must be taken up alone."""
        return self.length >= LARGE

    async def receive_all(self, receive: Receive) -> None:
        """Read to the end of the body, also when it is not kept, since clients keep their connections."""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                self.is_whole = False
                return
            self._add(message.get("body", b""))
            if not message.get("more_body", False):
                break

    async def take(self) -> bytes:
        """Return the whole body and let go of it."""
        if self._file is None:
            whole = b"".join(self._parts)
        else:
            self._file.seek(0)
            whole = await asyncio.to_thread(self._file.read)
        self.close()
        return whole

    def close(self) -> None:
        """Let go of what has been kept."""
        self._parts = []
        if self._file is not None:
            self._file.close()
            self._file = None

    def _add(self, part: bytes) -> None:
        """Keep one more piece, or nothing at all any more."""
        self.length += len(part)
        if self.is_too_long or self.failure is not None:
            self.close()
            return
        try:
            if self._file is None and self._folder is not None and self.length > IN_MEMORY:
                # one file, without a name where the system has such files: nothing is left behind by a crash
                self._file = tempfile.TemporaryFile(prefix="upload-", dir=self._folder, buffering=0)  # noqa: SIM115
                for earlier in self._parts:
                    _write(self._file, earlier)
                self._parts = []
            if self._file is None:
                self._parts.append(part)
            else:
                _write(self._file, part)
        except OSError as error:
            self.failure = error
            self.close()


def _write(file: BinaryIO | None, part: bytes) -> None:
    """Write all of a piece."""
    assert file is not None
    view = memoryview(part)
    while view:
        view = view[file.write(view) :]
