"""Files of runs, examples and annotations (CSV, JSON, Parquet, Arrow, Excel) and standard input; loaded on
use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arize_nb.files.facts import FileRows, ReadFacts
    from arize_nb.files.formats import COMPRESSIONS, ENDINGS, form_of, format_of
    from arize_nb.files.reading import read, read_file
    from arize_nb.files.writing import write
    from arize_nb.persistence.atomic_write import replacing

_HOMES = {
    "COMPRESSIONS": "formats",
    "ENDINGS": "formats",
    "FileRows": "facts",
    "ReadFacts": "facts",
    "form_of": "formats",
    "format_of": "formats",
    "read": "reading",
    "read_file": "reading",
    "replacing": "writing",
    "write": "writing",
}

__all__ = [
    "COMPRESSIONS",
    "ENDINGS",
    "FileRows",
    "ReadFacts",
    "form_of",
    "format_of",
    "read",
    "read_file",
    "replacing",
    "write",
]


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that commands without files never load pyarrow (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'arize_nb.files' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"arize_nb.files.{home}"), name)
    globals()[name] = value
    return value
