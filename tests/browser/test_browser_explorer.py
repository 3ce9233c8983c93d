"""The explorer in a real browser, over frames: summary, outcomes, a row with its diff, plots;
light and dark.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

COMPARE = """
import arize_nb as ax, pyarrow as pa
n = 400
def runs(name, shift, right_of_ten):
    right = [(i * 7 + shift) % 10 < right_of_ten for i in range(n)]
    return pa.table({
        "id": [f"{name}-{i:04d}" for i in range(n)], "example_id": [f"ex-{i:04d}" for i in range(n)],
        "output": [None if i % 40 == 39 else f"The capital of country {i} is {'Paris' if ok else 'Lyon'}.\\nIt lies on the river {name}."
                   for i, ok in enumerate(right)],
        "error": ["Timeout after 30 s" if i % 40 == 39 else None for i in range(n)],
        "eval.correctness.label": [None if i % 40 == 39 else "correct" if ok else "incorrect" for i, ok in enumerate(right)],
        "eval.correctness.explanation": [f"The answer {'names' if ok else 'misses'} the capital of country {i}."
                                         for i, ok in enumerate(right)],
        "latency_ms": [400.0 + (i * 31 + shift * 17) % 200 for i in range(n)], "model": [f"model-{name}"] * n})
examples = pa.table({"id": [f"ex-{i:04d}" for i in range(n)], "question": [f"What is the capital of country {i}?" for i in range(n)],
                     "topic": [["geography", "history", "sport"][i % 3] for i in range(n)]})
comparison = ax.compare(runs("seine", 0, 7), runs("rhone", 1, 5), examples=examples, names=["baseline-v1", "candidate-v2"])
explorer = ax.ComparisonExplorer(comparison)
explorer
"""


def test_explorer_goes_from_the_summary_to_one_example(visit, axe):
    """Regressions first; a row shows inputs, both outputs with their diff, explanations and metadata; plots
    have a text.
    """
    page = visit.open("explorer", COMPARE)
    grid = page.locator(".axn-grid")
    expect(grid.get_by_role("status")).to_contain_text("regressed examples", timeout=60000)
    expect(page.get_by_text("95% interval")).to_be_visible()
    page.get_by_label("Also show").select_option(label="plot: delta")
    expect(page.locator("img.axn-image")).to_be_visible(timeout=20000)
    visit.shot("explorer-light", page.locator(".jp-OutputArea-output").first)
    grid.locator("tbody tr td:nth-child(3)").first.click()
    detail = grid.get_by_role("group", name="Row detail")
    expect(detail.locator("del").first).to_have_text("Paris")
    expect(detail.locator("ins").first).to_have_text("Lyon")
    expect(detail).to_contain_text("What is the capital of country")
    expect(detail).to_contain_text("misses the capital of country")
    expect(detail).to_contain_text("model-rhone")
    assert [] == axe(page, ".jp-OutputArea-output")
    visit.shot("explorer-row-light", detail)
    page.get_by_label("Examples that").select_option(label="errored (10)")
    expect(grid.get_by_role("status")).to_contain_text("1–10 of 10 errored examples")
    page.get_by_label("Also show").select_option(label="slices by topic")
    expect(page.get_by_role("heading", name="Slices by topic")).to_be_visible(timeout=20000)
    visit.dark()
    visit.shot("explorer-dark", page.locator(".jp-OutputArea-output").first)
    assert [] == axe(page, ".jp-OutputArea-output")
