"""The whole way in a real browser: pick two experiments, compare, look at a regression, label a run, see it
in the service.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SAID = "It lies on the river"


def cells(client):
    return (
        f"import arize_nb as ax\nclient = ax.connect(space={client.space!r})\n"
        "explorer = ax.ComparisonExplorer(client, dataset='capitals')\nexplorer",
        "reviewer = ax.RunReviewer(client, 'candidate-v2', dataset='capitals')\nreviewer",
        "ax.RunBrowser(client.experiments.runs('candidate-v2', dataset='capitals'))",
    )


def test_from_the_picker_to_a_label_in_the_service(visit, client, experiments, axe):
    """Everything a person does in a day of looking at experiments, by mouse, in JupyterLab; the saved
    notebook keeps no text of a run.
    """
    page = visit.open("journey", *cells(client))
    explorer = visit.output(0)
    candidate = explorer.get_by_label("candidate-v2")
    expect(candidate).to_be_visible(timeout=60000)
    explorer.get_by_label("baseline-v1").check()
    candidate.check()
    expect(explorer.get_by_label("Copy as magic").first).to_have_value(
        f"%ax experiments compare baseline-v1 candidate-v2 --dataset capitals --space {client.space}"
    )
    picker = explorer.locator(".widget-vbox .widget-vbox").first
    visit.shot("picker-light", picker)
    assert [] == axe(page, ".jp-Cell-outputArea")
    explorer.get_by_role("button", name="Compare").click()
    grid = explorer.locator(".axn-grid")
    expect(grid.get_by_role("status")).to_contain_text("regressed examples", timeout=30000)
    explorer.get_by_label("Examples that").select_option(label="improved (9)")
    expect(grid.get_by_role("status")).to_contain_text("1–9 of 9 improved examples")
    explorer.get_by_label("Examples that").select_option(label="regressed (9)")
    expect(grid.get_by_role("status")).to_contain_text("1–9 of 9 regressed examples")
    grid.locator("tbody tr td:nth-child(3)").first.click()
    detail = grid.get_by_role("group", name="Row detail")
    expect(detail.locator("del").first).to_have_text("Paris")
    expect(detail).to_contain_text("It misses the capital.")
    expect(detail).to_contain_text("Capital of country")

    review = visit.output(1).locator(".axn-review")
    expect(review).to_contain_text("Run 1 of 30", timeout=30000)
    expect(review).to_contain_text("Capital of country")
    review.get_by_role("button", name="incorrect").click()
    expect(review).to_contain_text("Run 2 of 30")
    expect(review.locator(".axn-status")).to_contain_text("1 answer written", timeout=15000)
    visit.shot("reviewer-light", review)
    assert [] == axe(page, ".axn-review")
    runs = client.experiments.runs("candidate-v2", dataset="capitals", annotations=True)
    assert ["incorrect"] == runs["annotation.quality.label"].dropna().tolist()

    browser = visit.output(2).locator(".axn-grid")
    browser.locator("tbody tr td:nth-child(4)").first.click()
    expect(browser.get_by_role("group", name="Row detail")).to_contain_text("Evaluations")
    visit.shot("browser-light", browser)
    visit.dark()
    explorer.get_by_role("button", name="Pick other experiments").click()
    expect(picker).to_be_visible()
    for name, widget in (
        ("reviewer", review),
        ("picker", picker),
        ("browser", browser),
        ("explorer-row", detail),
    ):
        visit.shot(f"{name}-dark", widget)
    assert [] == axe(page, ".jp-Cell-outputArea")
    saved = json.loads(visit.save("journey"))
    state = json.dumps(saved["metadata"]["widgets"])
    assert "experiments compare baseline-v1 candidate-v2" in state
    assert SAID not in state
    assert "capital" not in state.replace("capitals", "")
    assert client.connection.api_key not in json.dumps(saved)
