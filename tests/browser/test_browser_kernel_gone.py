"""Widgets whose kernel was restarted or killed: they say so, take nothing, and keep what was
typed in sight.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GONE = "The kernel was restarted: run this cell again."
RESTART = "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"


def cells(client):
    return (
        f"import arize_nb as ax, os\nclient = ax.connect(space={client.space!r})\n"
        "ax.RunReviewer(client, 'candidate-v2', dataset='capitals')",
        "ax.Grid(client.experiments.runs('candidate-v2', dataset='capitals'))",
        "ax.ComparisonExplorer(client, 'baseline-v1', 'candidate-v2', dataset='capitals')",
        "ax.ExperimentPicker(client, dataset='capitals')",
    )


def test_after_a_restart_every_widget_says_so_and_takes_nothing(visit, client, experiments, axe):
    """One line in each widget; a note that was being typed stays to be copied; no script fails; running the
    cells again brings all back.
    """
    page = visit.open("gone", *cells(client))
    review, grid = page.locator(".axn-review"), visit.output(1).locator(".axn-grid")
    expect(review).to_contain_text("Run 1 of 30", timeout=60000)
    expect(visit.output(2).locator(".axn-grid").get_by_role("status")).to_contain_text(
        "regressed", timeout=30000
    )
    expect(visit.output(3).get_by_label("candidate-v2")).to_be_visible(timeout=30000)
    review.focus()
    page.keyboard.press("n")
    page.keyboard.type("half a thought")
    page.evaluate(RESTART)
    for place in range(4):
        expect(visit.output(place).get_by_text(GONE)).to_have_count(1, timeout=30000)

    expect(review.locator("textarea")).to_have_value("half a thought")
    expect(review.get_by_text("was not sent: copy it from here")).to_be_visible()
    page.keyboard.type(" more")
    page.keyboard.press("Enter")
    expect(review.locator("textarea")).to_have_value("half a thought")
    expect(review.get_by_role("button", name="incorrect")).to_have_attribute("aria-disabled", "true")
    review.get_by_role("button", name="incorrect").click(force=True)
    grid.locator("th.axn-sortable").first.click()
    expect(grid).to_have_attribute("aria-busy", "false")
    expect(grid.locator("th[aria-sort=ascending]")).to_have_count(0)
    expect(visit.output(2).get_by_label("Examples that")).to_be_disabled()
    expect(visit.output(3).get_by_label("candidate-v2")).to_be_disabled()
    expect(visit.output(3).get_by_label("Find dataset")).not_to_be_editable()
    visit.shot("kernel-gone")
    assert [] == axe(page, ".axn-live")

    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'",
        timeout=60000,
    )
    visit.run_all()
    expect(review).to_contain_text("Run 1 of 30", timeout=60000)
    expect(page.get_by_text(GONE)).to_have_count(0, timeout=30000)
    assert "annotation.quality.text" not in client.experiments.runs(
        "candidate-v2", dataset="capitals", annotations=True
    )


def test_after_a_kernel_died_the_table_says_so(visit, client, experiments):
    """A kernel that was killed and started again by the server is a restart as well."""
    page = visit.open(
        "killed",
        "import os, arize_nb as ax\nax.Grid([{'id': 'a'}])",
        "import os\nos.kill(os.getpid(), 9)",
        run=False,
    )
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    grid = page.locator(".axn-grid")
    expect(grid.get_by_role("status")).to_have_text("1–1 of 1 rows", timeout=60000)
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=60000)
    page.keyboard.press("Enter")
    grid.locator("th.axn-sortable").first.click()
    expect(page.get_by_text(GONE)).to_be_visible(timeout=30000)
