"""Once through with the keyboard only, and every host: JupyterLab, Notebook 7, Voila."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def cells(client):
    return (
        f"import arize_nb as ax\nclient = ax.connect(space={client.space!r})\n"
        "explorer = ax.ComparisonExplorer(client, dataset='capitals')\nexplorer",
        "reviewer = ax.RunReviewer(client, 'candidate-v2', dataset='capitals')\nreviewer",
    )


def tab_to(page, target, presses=60):
    """Press Tab until the target has the keyboard."""
    for _ in range(presses):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def test_pick_compare_open_and_label_with_the_keyboard_only(visit, client, experiments):
    """No pointer from the first list to the label in the service; Jupyter's own shortcuts stay out of the
    way.
    """
    page = visit.open("keyboard", *cells(client))
    explorer = visit.output(0)
    expect(explorer.get_by_label("candidate-v2")).to_be_visible(timeout=60000)
    explorer.get_by_label("Find space").focus()
    page.keyboard.press("Tab")
    tab_to(page, explorer.get_by_label("baseline-v1"))
    page.keyboard.press("Space")
    tab_to(page, explorer.get_by_label("candidate-v2"), 120)
    page.keyboard.press("Space")
    tab_to(page, explorer.get_by_role("button", name="Compare"))
    page.keyboard.press("Enter")
    grid = explorer.locator(".axn-grid")
    expect(grid.get_by_role("status")).to_contain_text("1–9 of 9 regressed examples", timeout=30000)
    tab_to(page, explorer.get_by_label("Examples that"))
    page.keyboard.press("ArrowDown")
    expect(grid.get_by_role("status")).to_contain_text("improved examples")
    page.keyboard.press("ArrowUp")
    expect(grid.get_by_role("status")).to_contain_text("regressed examples")
    tab_to(page, grid.get_by_label("Search all text columns"))
    page.keyboard.type("Lyon")
    page.wait_for_timeout(
        1000
    )  # the search waits for the typing to end, and its page takes the focused row with it
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(grid.locator("tbody tr").nth(1)).to_have_attribute("aria-selected", "true")
    expect(grid.get_by_role("status")).to_contain_text("1 selected")
    page.keyboard.press("Enter")
    detail = grid.get_by_role("group", name="Row detail")
    expect(detail).to_contain_text("It misses the capital.")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    for _ in range(6):
        if page.evaluate("() => Boolean(document.activeElement.closest('thead'))"):
            break
        page.keyboard.press("ArrowUp")
        page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    expect(grid.locator("th[aria-sort=ascending]")).to_have_count(1)

    review = visit.output(1).locator(".axn-review")
    tab_to(page, review, 120)
    expect(review).to_contain_text("Run 1 of 30")
    page.keyboard.press("2")
    expect(review).to_contain_text("Run 2 of 30")
    page.keyboard.press("n")
    page.keyboard.type("not sure, 1 or 2?")
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    expect(review).to_contain_text("Run 3 of 30")
    page.keyboard.press("1")
    expect(review).to_contain_text("Run 4 of 30")
    page.keyboard.press("u")
    expect(review).to_contain_text("Run 3 of 30")
    expect(review.locator(".axn-status")).to_contain_text("2 of 30 runs answered")
    page.keyboard.press("a")
    expect(review).to_contain_text("Agreement with the judges")
    runs = client.experiments.runs("candidate-v2", dataset="capitals", annotations=True)
    assert ["incorrect", "correct"] == runs["annotation.quality.label"].tolist()[:2]
    assert "not sure, 1 or 2?" == runs["annotation.quality.text"].tolist()[1]
    assert 2 == page.locator(".jp-Cell").count()


@pytest.mark.parametrize("front_end", ["notebook", "voila"])
def test_the_widgets_work_in_other_front_ends(visit, client, experiments, front_end):
    """Notebook 7 and Voila: pick, compare, page, open, label."""
    page = visit.open(f"host-{front_end}", *cells(client), front_end=front_end)
    candidate = page.get_by_label("candidate-v2")
    expect(candidate).to_be_visible(timeout=60000)
    page.get_by_label("baseline-v1").check()
    candidate.check()
    page.get_by_role("button", name="Compare").click()
    grid = page.locator(".axn-grid")
    expect(grid.get_by_role("status")).to_contain_text("1–9 of 9 regressed examples", timeout=30000)
    grid.locator("tbody tr td:nth-child(3)").first.click()
    expect(grid.get_by_role("group", name="Row detail").locator("ins").first).to_have_text("Lyon")
    review = page.locator(".axn-review")
    review.get_by_role("button", name="incorrect").click()
    expect(review).to_contain_text("Run 2 of 30")
    expect(review.locator(".axn-status")).to_contain_text("1 answer written", timeout=15000)
    visit.shot(f"host-{front_end}")
