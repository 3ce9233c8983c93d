"""The grid in a real browser: gestures, keyboard, selection, detail, looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROWS = """
import arize_nb as ax, pyarrow as pa
words = ["answers the question with care", "misses the point", "stops half-way", "<img src=x onerror=alert(1)>"]
rows = pa.table({"id": [f"run-{i:05d}" for i in range(10_000)], "output": [f"{words[i % 4]} {i} " * (1 + i % 9) for i in range(10_000)],
                 "eval.correct.label": [["correct", "incorrect"][i % 3 == 0] for i in range(10_000)],
                 "score": [None if i % 10 == 9 else (i * 37 % 1000) / 1000 for i in range(10_000)]})
grid = ax.Grid(rows, caption="runs", pinned=["id"])
grid
"""


def test_grid_works_by_mouse_in_jupyterlab(visit, axe):
    """Search, sort, select over pages, open a row: the kernel has what the browser shows."""
    page = visit.open("grid", ROWS, "print('ready')")
    grid = page.locator(".axn-grid")
    expect(grid.get_by_role("status")).to_have_text("1–25 of 10,000 runs", timeout=60000)
    visit.shot("grid-light", grid)
    grid.get_by_label("Select row run-00002").click()
    grid.get_by_label("Next page").click()
    expect(grid.get_by_role("status")).to_contain_text("26–50 of 10,000 runs · 1 selected")
    grid.locator("th", has_text="score").click()
    expect(grid.locator("th", has_text="score")).to_have_attribute("aria-sort", "ascending")
    grid.locator("th", has_text="score").click()
    expect(grid.locator("th", has_text="score")).to_have_attribute("aria-sort", "descending")
    expect(grid.locator("tbody tr").first).to_contain_text("0.999")
    grid.get_by_label("Search all text columns").fill("POINT 12")
    expect(grid.get_by_role("status")).to_contain_text(re.compile(r"of \d+ runs · 10,000 in all"))
    grid.locator("tbody tr td:nth-child(3)").first.click()
    expect(grid.get_by_role("group", name="Row detail")).to_contain_text("misses the point 12")
    visit.shot("grid-detail-light", grid)
    assert [] == axe(page, ".axn-grid")
    visit.dark()
    visit.shot("grid-detail-dark", grid)


def test_axe_core_is_there(axe_source):
    """The accessibility checks of the other tests really ran."""
    if axe_source is None:
        pytest.skip("accessibility was not checked: npm is missing, or could not fetch axe-core")
    assert "axe v4" in axe_source[:200]
