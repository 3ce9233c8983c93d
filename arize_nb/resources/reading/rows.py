"""Which rows of an experiment or dataset are to be read, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from arize_nb import wire
from arize_nb.errors import InputError

Transport = Literal["auto", "rest", "flight"]
Annotations = Literal["auto"] | bool
Kind = Literal["run", "example"]
OnRows = Callable[[int], object]


def untold(_count: int) -> None:
    """Follow a read that nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Which rows to read."""

    kind: Kind
    """Runs of an experiment or examples of a dataset."""
    identity: str
    """Id of the experiment or dataset."""
    about: wire.About
    """For messages."""
    ticket: Callable[[], bytes]
    """Makes the Flight ticket (which may cost a look-up of the space)."""
    filter_text: str | None = None
    """Rows to keep, in the filter language; None keeps all."""
    version: str | None = None
    """Version of the dataset, an id; None for the latest."""
    transport: Transport = "auto"
    """auto: REST while one page of 500 holds everything, else Flight."""
    annotations: Annotations = "auto"
    """auto: with either transport where the service sends them; True: at any price; False: without."""
    on_rows: OnRows = untold
    """Told how many rows have come, each time some have."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.transport not in ("auto", "rest", "flight"):
            raise InputError(f"transport must be auto, rest or flight, not {self.transport!r}")
        if self.annotations not in ("auto", True, False):
            raise InputError(f"annotations must be 'auto', True or False, not {self.annotations!r}")

    @property
    def owner(self) -> str:
        """Kind of the resource that holds the rows."""
        return "experiment" if self.kind == "run" else "dataset"

    def request(self, limit: int, cursor: str | None) -> wire.Request:
        """Build the request for one page."""
        return wire.search_request(
            self.owner,
            self.identity,
            limit=limit,
            cursor=cursor,
            filter_text=self.filter_text,
            version=self.version,
            about=self.about,
        )
