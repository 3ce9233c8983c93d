"""Take the README's picture: the page that its own `arize-nb report` writes of its own two files. Part of
`make docs-outputs`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from blocks import ROOT, read
from readers import Reader

PICTURE = ROOT / "docs" / "screenshots" / "readme-report.png"
WIDTH, HEIGHT = 1120, 440  # the verdict and the plot; what follows is scrolled to


def take(page: Path, picture: Path) -> None:
    """Photograph the beginning of a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.getuid() == 0 else []
        )
        view = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5)
        view.goto(page.as_uri())
        view.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    page = read(ROOT / "README.md")
    with Reader(page) as reader:
        reader.outcome(next(block for block in page.blocks if "arize-nb report" in block.text))
        take(reader.folder / "report.html", PICTURE)
