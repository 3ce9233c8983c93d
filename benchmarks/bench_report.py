"""What a report costs: the page without a script, and a keystroke in the page that has one."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench_door import results
from rows import Row, limit_row, missing_row

import arize_nb as ax

PAGE_EXAMPLES = 1_000
SEARCHED_EXAMPLES = 20_000
TYPED = "page 7 handbook"
# Every key as the browser gives it, until the new list is laid out.
TYPE = """text => {
  const field = document.querySelector(".axr input");
  return [...text].map((_, at) => {
    field.value = text.slice(0, at + 1);
    const began = performance.now();
    field.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    return performance.now() - began;
  });
}"""


def compared(n: int) -> ax.Comparison:
    """Compare two tables of so many examples, with a verdict, a score and a latency."""
    frames = (results(n, seed).to_pandas() for seed in (1, 2))
    return ax.compare(*frames, key="question", names=["old", "new"])


def rows() -> Iterator[Row]:
    """Measure the static page, then the one that searches."""
    compared(100).to_html()  # what is imported lazily is not what is measured
    seconds = []
    for _ in range(5):
        comparison = compared(PAGE_EXAMPLES)
        began = time.perf_counter()
        page = str(comparison.to_html())
        seconds.append(time.perf_counter() - began)
    yield limit_row("`to_html` of 1,000 examples, with all it computes", statistics.median(seconds), "s", 1.0)
    yield limit_row("the same, bytes of the page", len(page.encode()) / 1e6, "MB", 1.5)
    yield from interactive_rows()


def interactive_rows() -> Iterator[Row]:
    """Measure the page with a script at its most examples, in Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(compared(SEARCHED_EXAMPLES).to_html(Path(folder) / "report.html", interactive=True))
        yield limit_row("interactive report of 20,000 examples", path.stat().st_size / 1e6, "MB", 40)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        if chromium is None:
            yield missing_row("a keystroke in it", "there is no Chromium", "≤ 100 ms")
            return
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.goto(path.as_uri())
            keys = page.evaluate(TYPE, TYPED)
            browser.close()
        yield limit_row("a keystroke in it, the slowest of 15, the first one too", max(keys), "ms", 100)
