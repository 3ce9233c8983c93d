"""Hostile text in live widgets, the plain form, and how much travels at first paint."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HOSTILE = r"""
import arize_nb as ax
bad = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a>",
       "</td></tr></table><h1>out</h1>",
       "javascript:alert(1)", "\u202eright to left", "null\x00byte", "\x1b[31mred\x1b[0m",
       r"$\href{javascript:alert(1)}{click}$ \begin{align}x\end{align}",
       "[link](javascript:alert(1)) ![](http://evil.invalid/x.png)", "<b>unclosed <!-- comment", "x" * 1_000_000, "<iframe src=http://evil.invalid></iframe>"]
def runs(side):
    return [{"id": f"{side}{i}", "example_id": f"e{i} {text[:60]}", "output": side + text, "eval.<i>ok.label": text[:80] + side,
             "eval.<i>ok.explanation": text,
             "error": None, text[:30]: text} for i, text in enumerate(bad)]
comparison = ax.compare(runs("a"), runs("b"), names=["<img src=x onerror=alert(2)>", r"$\href{javascript:alert(2)}{click}$"])
explorer = ax.ComparisonExplorer(comparison)
explorer.outcome = "all"
explorer
"""


def test_hostile_text_is_text_in_live_widgets_and_in_the_saved_notebook(visit):
    """Every row opens; no element of the texts comes to life, no dialog opens, nothing is fetched; metadata
    keeps none of it.
    """
    page = visit.open("hostile", HOSTILE, "browser = ax.RunBrowser(runs('a'))\nbrowser")
    grid = visit.output(0).locator(".axn-grid")
    expect(grid.get_by_role("status")).to_contain_text("1–13 of 13", timeout=60000)
    for row in range(13):
        grid.locator("tbody tr").nth(row).locator("td").nth(2).click()
        expect(grid.get_by_role("group", name="Row detail")).to_contain_text(
            re.compile(rf"^{grid.locator('tbody tr').nth(row).locator('td').nth(1).inner_text()[:3]}")
        )
    page.get_by_label("Also show").select_option(label="plot: transitions")
    expect(page.locator("img.axn-image")).to_be_visible(timeout=20000)
    expect(visit.output(1).locator(".axn-grid").get_by_role("status")).to_contain_text("13 runs")
    widgets = page.locator(".jupyter-widgets")
    for tag in (
        "script",
        "svg",
        "iframe",
        "h1",
        "img:not(.axn-image)",
        "mjx-container",
        "a[href^=javascript]",
    ):
        assert (tag, 0) == (tag, widgets.locator(tag).count())
    saved = json.loads(visit.save("hostile"))
    assert "alert(1)" not in json.dumps(saved["metadata"]["widgets"])


def test_a_hundred_thousand_examples_open_with_little_traffic(visit):
    """Below 200 KB reach the browser until the explorer stands, whatever the size of the table."""
    received = []

    def count(payload):
        received.append(len(payload if isinstance(payload, bytes) else payload.encode()))

    visit.page.on("websocket", lambda socket: socket.on("framereceived", count))
    build = """
import arize_nb as ax, numpy as np, pyarrow as pa
n = 100_000
draw = np.random.default_rng(0)
texts = pa.array(["A long answer of the model, number %d. " % i * 20 for i in range(500)])
def runs():
    return pa.table({"example_id": pa.array([f"e{i}" for i in range(n)]), "output": texts.take(pa.array(draw.integers(0, 500, n))),
                     "eval.ok.label": pa.array(np.where(draw.random(n) < 0.7, "correct", "incorrect")),
                     "eval.ok.explanation": texts.take(pa.array(draw.integers(0, 500, n)))})
comparison = ax.compare(runs(), runs())
"""
    page = visit.open("big", build, "ax.ComparisonExplorer(comparison)", run=False)
    before = sum(received)
    visit.run_all()
    expect(page.locator(".axn-grid").get_by_role("status")).to_contain_text(
        "regressed examples", timeout=60000
    )
    page.wait_for_timeout(300)
    print(f"first paint over 100,000 examples: {sum(received) - before:,} bytes")
    assert sum(received) - before < 200_000


def test_the_plain_form_works_in_jupyterlab(visit, axe):
    """With ARIZE_NB_GRID=plain no custom widget is loaded: core controls page a table that is plain HTML."""
    visit.open(
        "plain",
        "import os\nos.environ['ARIZE_NB_GRID'] = 'plain'\nimport arize_nb as ax\nax.RunBrowser([{'id':"
        " f'r{i:03d}', 'output': f'answer <b>{i}</b>', 'score': i / 100} for i in range(100)])",
    )
    output = visit.output(0)
    expect(output.get_by_text("1–25 of 100 runs").first).to_be_visible(timeout=60000)
    output.get_by_role("button", name="Next page").click()
    expect(output.get_by_text("answer <b>25</b>")).to_be_visible()
    output.get_by_label("Open row").select_option("r030")
    expect(output.locator("pre", has_text="answer <b>30</b>")).to_be_visible()
    assert 0 == output.locator(".axn").count()
    assert [] == axe(visit.page, ".jp-Cell-outputArea")
    visit.shot("plain-light", output)
    saved = json.loads(visit.save("plain"))
    assert "answer" not in json.dumps(saved["metadata"]["widgets"])
