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
    text_columns: dict[str, str] = field(default_factory=dict)
    """Columns that are text only for a word among their numbers -> the sentence that says so. Whoever reads
    such a column as scores says in its place how many are unscored.
    """
    origin: Origin | None = None
    """Where the rows are in the file."""

    @property
    def line(self) -> str:
        """Everything a user should know in one line; empty when the file is what its name says."""
        said = self.without_text_columns
        words = "; ".join([*([said] if said else []), *self.text_columns.values()])
        return f"{self.shown}: {words}." if words else ""

    @property
    def without_text_columns(self) -> str:
        """What the line says of all but `text_columns`, without the file's name and the full stop."""
        how = f"read as {', '.join(self.reading)}" if self.reading else ""
        return "; ".join([*([how] if how else []), *self.remarks])


@dataclass(frozen=True, kw_only=True)
class FileRows:
    """Rows of a file, and how they were read."""

    rows: pa.Table | list[dict[str, Any]]
    """A table from CSV, Parquet, Arrow and Excel; dicts from JSON, and always for annotations and records."""
    facts: ReadFacts
    """What was seen."""
