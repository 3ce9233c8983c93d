"""Where rows came from, so that an error can name the file and the line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What errors call a source of rows, and where in it a row is."""

    shown: str = ""
    """The file as its user wrote it, or what else the rows came in; empty for an object of the caller's."""
    lines: Callable[[], Sequence[int] | None] = field(default=lambda: None, repr=False)
    """Gives the physical line (from 1) on which every row begins; called for an error only, since finding it
    costs a pass.
    """

    chosen: Sequence[int] | None = field(default=None, repr=False)
    """Which rows of the source these are, where they are a part of it."""

    def part(self, rows: Sequence[int]) -> Origin:
        """Return the origin of some of the rows, given by their numbers from 0."""
        return replace(self, chosen=[self.index(row) for row in rows])

    def index(self, row: int) -> int:
        """Return the number of a row in the source, from 0."""
        return row if self.chosen is None else self.chosen[row]

    def prefix(self) -> str:
        """Return the words an error begins with: `runs.csv: `, or nothing."""
        return f"{self.shown}: " if self.shown else ""

    def row(self, row: int) -> str:
        """Say which row it is: `line 7` of a text file, else `record 5` (from 0)."""
        index = self.index(row)
        lines = self.lines()
        return f"line {lines[index]:,}" if lines is not None and index < len(lines) else f"record {index}"


NOWHERE = Origin()
"""An object of the caller's: rows are told by their number alone."""
