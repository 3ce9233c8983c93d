"""Where a command's value shall go, as `-o` says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Output:
    """What `-o` asks for: a format, and the file to write if there is one."""

    format: str
    """table, json, jsonl, csv, parquet, html or md."""
    path: Path | None = None
    """File to write; None prints."""
    append: bool = False
    """Whether to write behind what the file holds."""
    interactive: bool = False
    """Whether a page holds all examples, with a script that filters them."""
