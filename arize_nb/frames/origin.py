"""Where rows came from, so that an error can name the file and the line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What errors call a source of rows, and where in it a row is."""

    shown: str = ""
    """The file as its user wrote it, or what else the rows came in; empty for an object of the caller's."""
    lines: Callable[[], Sequence[int] | None] = field(default=lambda: None, repr=False)
    """Gives the physical line (from 1) on which every row begins; called for an error only, since finding it costs a pass."""

    def prefix(self) -> str:
        """Return the words an error begins with: `runs.csv: `, or nothing."""
        return f"{self.shown}: " if self.shown else ""

    def row(self, index: int) -> str:
        """Say which row it is: `line 7` of a text file, else `record 5` (from 0)."""
        lines = self.lines()
        return f"line {lines[index]:,}" if lines is not None and index < len(lines) else f"record {index}"


NOWHERE = Origin()
"""An object of the caller's: rows are told by their number alone."""
