"""Take the pictures of a comparison in a terminal: rich's own SVG of the card, in a browser. Part of
`make docs-outputs`.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME

import arize_nb
from arize_nb.display.card.coloured import comparison_rich

if TYPE_CHECKING:
    from rich.text import Text

ROOT = Path(__file__).parents[2]
DATA = ROOT / "notebooks" / "data"
COLUMNS = {"dark": 110, "light": 80}
THEMES = {"dark": SVG_EXPORT_THEME, "light": DEFAULT_TERMINAL_THEME}
END = "chance alone gives"
"""What follows the card is text as any other."""


def card() -> arize_nb.Comparison:
    """Return the comparison of the page: two real classifiers of sentiment on 412 real sentences."""
    files = (DATA / f"sentiment_{name}.csv" for name in ("afinn", "vader"))
    return arize_nb.compare(*files, by="length")


def drawn(text: Text, columns: int, theme: str) -> str:
    """Return a terminal of so many columns that shows a text, as SVG without remote fonts."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True, color_system="256")
    console.print(text, soft_wrap=True)
    svg = console.export_svg(title="arize-nb compare", theme=THEMES[theme])
    head, _, rest = svg.partition("@font-face")
    return head + rest[rest.rindex("}", 0, rest.index(".terminal")) + 1 :] if rest else svg


def take(svg: str, picture: Path) -> None:
    """Photograph an SVG."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.getuid() == 0 else []
        )
        view = browser.new_page(viewport={"width": 1200, "height": 800})
        view.set_content(svg)
        view.locator("svg").screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    shown = card()
    for name, columns in COLUMNS.items():
        whole = comparison_rich(shown, columns)
        first = whole[: whole.plain.index(END)]
        take(drawn(first, columns, name), ROOT / "docs" / "screenshots" / f"compare-terminal-{name}.png")
    sys.exit(0)
