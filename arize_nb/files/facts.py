"""What was seen of a file while it was read, and the rows it gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.frames import Origin


@dataclass(kw_only=True)
class ReadFacts:
    """How a file was read; filled while it is."""

    shown: str
    """The file as errors call it."""
    form: str = ""
    """csv, tsv, json, jsonl, parquet, arrow or excel."""
    reading: list[str] = field(default_factory=list)
    """Guesses, as words of one sentence: `semicolon-separated`, `Windows-1252`, `decimal comma
    in 'score'`.
    """
    remarks: list[str] = field(default_factory=list)
    """Whole sentences on what was left out or stayed text, with the way to change it."""
    origin: Origin | None = None
    """Where the rows are in the file."""

    @property
    def line(self) -> str:
        """Everything a user should know in one line; empty when the file is what its name says."""
        how = f"read as {', '.join(self.reading)}" if self.reading else ""
        said = "; ".join([*([how] if how else []), *self.remarks])
        return f"{self.shown}: {said}." if said else ""


@dataclass(frozen=True, kw_only=True)
class FileRows:
    """Rows of a file, and how they were read."""

    rows: pa.Table | list[dict[str, Any]]
    """A table from CSV, Parquet, Arrow and Excel; dicts from JSON, and always for annotations and records."""
    facts: ReadFacts
    """What was seen."""
