"""What may not change while files move, as committed in tests/snapshots (`make house-snapshots`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from difflib import unified_diff
from pathlib import Path

from house import help_texts, public_names, shown_forms

FOLDER = Path(__file__).parents[1] / "snapshots"

TAKEN: Mapping[str, Callable[[], str]] = {
    "public_names.txt": lambda: public_names.text(written("public_names.txt")),
    "help.txt": help_texts.text,
    "shown_forms.txt": shown_forms.text,
}
"""File of a snapshot, and what takes it."""


def written(name: str) -> str:
    """Return a snapshot as committed; empty when there is none."""
    file = FOLDER / name
    return file.read_text(encoding="utf-8") if file.exists() else ""


def difference(name: str, before: str, now: str) -> str:
    """Return the lines that differ and what to do; empty when none does."""
    texts = before.splitlines(), now.splitlines()
    lines = list(unified_diff(*texts, f"tests/snapshots/{name}", "now", lineterm="", n=1))
    advice = "On purpose? `make house-snapshots` writes it; the commit says why."
    return "\n".join([*lines, advice]) if lines else ""


def write() -> None:
    """Write every snapshot that changed, and say which."""
    FOLDER.mkdir(exist_ok=True)
    for name, take in TAKEN.items():
        now = take()
        if now != written(name):
            (FOLDER / name).write_text(now, encoding="utf-8")
            sys.stdout.write(f"{name} written\n")


if __name__ == "__main__":
    write()
