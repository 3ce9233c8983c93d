"""The table, the run browser and the reviewer in marimo, as `mo.ui.anywidget` takes them."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from .conftest import free_port, kernel_environ, stop

pytest.importorskip("marimo", reason="marimo serves the notebook")
pytestmark = pytest.mark.browser

NOTEBOOK = """
import marimo
app = marimo.App(width="full")

@app.cell
def _():
    import marimo as mo
    import arize_nb as ax
    client = ax.connect(space={space!r})
    return ax, client, mo

@app.cell
def _(ax, mo):
    rows = [{{"id": f"r{{i:03d}}", "output": f"<think>{{i}}</think> answer", "score": i / 60}} for i in range(60)]
    grid = mo.ui.anywidget(ax.Grid(rows, caption="rows"))
    grid
    return (grid,)

@app.cell
def _(ax, client, mo):
    browser = mo.ui.anywidget(ax.RunBrowser(client.experiments.runs("candidate-v2", dataset="capitals")))
    browser
    return

@app.cell
def _(ax, client, mo):
    reviewer = mo.ui.anywidget(ax.RunReviewer(client, "candidate-v2", dataset="capitals"))
    reviewer
    return

if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def marimo_page(chromium, local_server, client, experiments, tmp_path):
    """Serve a marimo notebook and open it; nothing is asked for outside."""
    path = tmp_path / "widgets.py"
    path.write_text(NOTEBOOK.format(space=client.space))
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "marimo",
        "-q",
        "run",
        str(path),
        "--headless",
        "--no-token",
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    with (tmp_path / "marimo.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=kernel_environ(tmp_path, **local_server.env()),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
        )
    address = f"http://127.0.0.1:{port}/"
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=2):
                break
        except OSError:
            assert process.poll() is None, (tmp_path / "marimo.log").read_text()
            time.sleep(0.2)
    context = chromium.new_context(viewport={"width": 1280, "height": 2400})
    page = context.new_page()
    page.goto(address, wait_until="domcontentloaded")
    yield page
    context.close()
    stop(process)


def test_the_widgets_work_in_marimo(marimo_page, client):
    """Filter, sort, open a row, label a run: what is said reaches the service."""
    page = marimo_page
    grid = page.locator(".axn-grid").first
    expect(grid.get_by_role("status")).to_have_text("1–25 of 60 rows", timeout=90000)
    grid.get_by_role("button", name="Filter columns").click()
    grid.get_by_label("Filter score").fill(">0.5")
    expect(grid.locator(".axn-pill")).to_contain_text("score > 0.5")
    expect(grid.get_by_role("status")).to_contain_text("1–25 of 29 rows")
    grid.locator("th.axn-sortable").nth(2).click()
    expect(grid.locator("th[aria-sort=ascending]")).to_have_count(1)
    expect(grid.locator("tbody tr").first).to_contain_text("r031")
    browser = page.locator(".axn-grid").nth(1)
    expect(browser.get_by_role("status")).to_contain_text("of 30 runs", timeout=30000)
    browser.locator("tbody tr td:nth-child(4)").first.click()
    expect(browser.get_by_role("group", name="Row detail")).to_contain_text("Evaluations")
    review = page.locator(".axn-review")
    expect(review).to_contain_text("Run 1 of 30", timeout=30000)
    review.get_by_role("button", name="incorrect").click()
    expect(review).to_contain_text("Run 2 of 30")
    expect(review.locator(".axn-status")).to_contain_text("1 answer written", timeout=15000)

    runs = client.experiments.runs("candidate-v2", dataset="capitals", annotations=True)
    assert ["incorrect"] == runs["annotation.quality.label"].dropna().tolist()
