"""Writes that were carried out although reading them back failed: said so, and not made a second time."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from arize_nb.errors import (
    AxError,
    ConflictError,
    FileError,
    NotFoundError,
    PartialWriteError,
    ReadBackError,
    ServerFailureError,
)
from arize_nb.persistence.atomic_write import write_whole
from arize_nb.persistence.data_directory import data_directory
from arize_nb.resources.lookup import every

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.resources.lookup import Link

T = TypeVar("T")
MOST_NOTES = 200
"""Notes that are kept: of more, the oldest go (what they name is still there, and found by its name)."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a call is about to make: the same call again is known by service, place, name and content.

    What was made and could not be read is noted in the data directory until it has been read, so that a call
    of another process (a command typed again) finds it as well.
    """

    link: Link
    kind: str
    """dataset or experiment."""
    name: str
    scope: dict[str, str | None]
    """Filter of a listing that has it: `space_id`, `dataset_id`."""
    table: pa.Table
    """Its rows."""

    def read(self, identity: str, read: Callable[[], T]) -> T:
        """Read what was made.

        Raises
        ------
        ReadBackError
            It cannot be read now; it is there.
        """
        try:
            made = read()
        except PartialWriteError:
            raise  # read, and not whole
        except AxError as error:
            self._note(identity)
            raise ReadBackError(self.kind, self.name, identity, cause=error) from error
        self._forget()
        return made

    def again(self, refusal: ConflictError, read: Callable[[str], T]) -> T:
        """Return what the same call made before; the refusal is raised where it made nothing."""
        known = self._noted()
        if known is None:
            raise refusal
        try:
            return self.read(known, lambda: read(known))
        except ReadBackError as error:
            if isinstance(error.cause, NotFoundError):  # deleted since: the name is another's
                self._forget()
                raise refusal from None
            raise

    def from_reply(self, body: bytes, decode: Callable[[bytes], T]) -> T:
        """Decode the reply to a request that was carried out; one that cannot be read is made good by looking
        for what it made.
        """
        try:
            return decode(body)
        except ServerFailureError as error:
            with contextlib.suppress(AxError):
                for found in every(self.link, self.kind, about=None, name=self.name, **self.scope):
                    if found.name == self.name:
                        made: T = found
                        return made
            error.hint = (
                f"The {self.kind} was made all the same: look for {self.name!r} before doing it again."
            )
            raise

    @property
    def _path(self) -> Path:
        """Where it is noted."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.table.schema) as stream:
            stream.write_table(self.table.combine_chunks())
        what = json.dumps([self.link.address, self.kind, self.name, sorted(self.scope.items(), key=str)])
        mark = hashlib.sha256(
            what.encode("utf-8", "surrogatepass") + sink.getvalue().to_pybytes()
        ).hexdigest()
        return data_directory() / "unread" / f"{mark[:32]}.json"

    def _note(self, identity: str) -> None:
        """Keep the id; a disk that cannot take it costs only that."""
        path = self._path
        with contextlib.suppress(OSError, FileError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _drop_oldest(path.parent)
            write_whole(path, json.dumps({"id": identity}), private=True)

    def _noted(self) -> str | None:
        if not (data_directory() / "unread").is_dir():
            return None
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            return str(json.loads(self._path.read_text(encoding="utf-8"))["id"])
        return None

    def _forget(self) -> None:
        folder = data_directory() / "unread"
        if folder.is_dir():  # it hardly ever is, and the content is to be hashed only then
            self._path.unlink(missing_ok=True)


def _drop_oldest(folder: Path) -> None:
    """Make room for one more note."""
    notes = sorted(folder.glob("*.json"), key=lambda note: note.stat().st_mtime_ns)
    for note in notes[: max(0, len(notes) - MOST_NOTES + 1)]:
        note.unlink(missing_ok=True)
