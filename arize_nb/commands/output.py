"""What `-o` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Output:
    """A format, and the file to write if there is one."""

    format: str
    """table, json, jsonl, csv, parquet, html or md."""
    path: Path | None = None
    """File to write; None prints."""
