"""Record what opens the README: two files compared in JupyterLab, then filtered in the report.

`make recording`: a real JupyterLab and a real Chromium; every frame is a photograph of what they show.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from tests.browser.conftest import READY, chromium_path, start_jupyter, stop

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "docs" / "screenshots" / "recording.webp"
WIDTH, HEIGHT = 1120, 660
LARGEST = 3_000_000
"""Bytes of the recording, at most: it opens a page that people read on the way."""
FILES = ("sentiment_afinn.csv", "sentiment_vader.csv")


class Film:
    """Frames with how long each is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[tuple[Image.Image, int]] = []

    def shoot(self, ms: int) -> None:
        """Photograph the page, to be shown so many milliseconds; what did not change is shown longer."""
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        if self.frames and self.frames[-1][0].tobytes() == shot.tobytes():
            self.frames[-1] = (shot, self.frames[-1][1] + ms)
        else:
            self.frames.append((shot, ms))

    def type(self, text: str, ms: int = 45) -> None:
        """Type a text, four keys a frame."""
        for start in range(0, len(text), 4):
            self.page.keyboard.type(text[start : start + 4])
            self.shoot(ms * 4)

    def scroll(self, where: Locator, by: int, steps: int) -> None:
        """Scroll an element smoothly."""
        for _ in range(steps):
            where.evaluate("(node, by) => { node.scrollTop += by; }", by // steps)
            self.shoot(70)

    def press(self, where: Locator, ms: int) -> None:
        """Show where the mouse goes, press, and look at what came of it."""
        where.hover()
        self.shoot(350)
        where.click()
        self.page.wait_for_timeout(150)
        self.shoot(ms)

    def write(self, path: Path) -> None:
        """Write all frames as one moving picture.

        Raises
        ------
        SystemExit
            It has more bytes than a README should load.
        """
        (first, _), *rest = self.frames
        first.save(
            path,
            save_all=True,
            append_images=[shot for shot, _ in rest],
            duration=[ms for _, ms in self.frames],
            loop=0,
            quality=62,
            method=6,
        )
        seconds = sum(ms for _, ms in self.frames) / 1000
        print(f"{path.name}: {seconds:.1f} s, {len(self.frames)} frames, {path.stat().st_size / 1e6:.2f} MB")
        if path.stat().st_size > LARGEST:
            raise SystemExit(f"{path.name} is larger than {LARGEST / 1e6:.0f} MB")


def in_jupyterlab(film: Film, jupyter: object) -> None:
    """Type one line, look at the card, go down to the examples that got worse, open one."""
    page = film.page
    jupyter.write("compare", "%load_ext arize_nb", "")
    page.goto(jupyter.address("lab", "compare"), wait_until="domcontentloaded")
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_timeout(2_000)
    page.locator(".jp-Cell").nth(1).locator(".cm-content").click()
    film.shoot(700)
    film.type(f"%ax compare {FILES[0]} {FILES[1]} --by length")
    page.keyboard.press("Shift+Enter")
    card = page.locator(".axc")
    card.wait_for(timeout=60_000)
    page.wait_for_timeout(600)
    card.evaluate("(node) => node.scrollIntoView({ block: 'start' })")
    film.shoot(2_600)
    scroller = page.locator(".jp-WindowedPanel-outer").first
    film.scroll(scroller, 520, 8)
    film.shoot(1_600)
    film.press(card.locator(".ex summary").nth(1), 2_000)


def in_the_report(film: Film, report: Path) -> None:
    """Filter the page that needs no kernel: a part of a bar, a slice, a word; open what is left."""
    page = film.page
    page.goto(report.as_uri())
    film.shoot(1_200)
    film.press(page.locator(".axc .bar .w").first, 1_100)
    film.press(page.locator(".axc .sl .mark").last, 1_100)
    page.locator(".axr").evaluate("(node) => node.scrollIntoView({ block: 'center' })")
    film.shoot(500)
    page.get_by_role("searchbox").click()
    film.type("phone", 90)
    film.press(page.locator(".axr .ex summary").first, 3_000)


def main() -> None:
    """Record, and write the file."""
    with tempfile.TemporaryDirectory() as folder:
        process, jupyter = start_jupyter(Path(folder))
        try:
            for name in FILES:
                shutil.copy(ROOT / "notebooks" / "data" / name, jupyter.folder)
            import arize_nb as ax

            pair = [jupyter.folder / name for name in FILES]
            report = ax.compare(*pair, by="length").to_html(Path(folder) / "report.html", interactive=True)
            with sync_playwright() as driver:
                switches = ["--no-sandbox"] if os.getuid() == 0 else []
                browser = driver.chromium.launch(executable_path=chromium_path(), args=switches)
                film = Film(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}))
                in_jupyterlab(film, jupyter)
                in_the_report(film, report)
                browser.close()
            film.write(RECORDING)
        finally:
            stop(process)


if __name__ == "__main__":
    main()
