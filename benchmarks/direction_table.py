"""Write the table of known words into docs/directions.md, from the one that the program reads."""

from __future__ import annotations

from pathlib import Path

from arize_nb.comparison.metrics.directions import table_rows

PAGE = Path(__file__).resolve().parent.parent / "docs" / "directions.md"
MARK = "<!-- table -->"
HEAD = "| What it says | Words of a name, or labels (without blanks, dashes and underscores) |"


def page(text: str) -> str:
    """Return the page with the table as it is now."""
    rows = [f"| {says} | {found} |" for says, found in table_rows()]
    return "\n".join([text.partition(MARK)[0] + MARK, "", HEAD, "|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
