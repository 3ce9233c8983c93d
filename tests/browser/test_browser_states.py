"""Widgets in the states that a first look does not show: waiting, refused, empty, narrow; the keyboard is
never lost.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GRID = """
import arize_nb as ax
rows = [{"id": f"r{i:03d}", "output": f"answer {i}", "topic": ["a", "b"][i % 2], "score": i / 60} for i in range(60)]
grid = ax.Grid(rows, caption="runs")
grid
"""
EXPLORER = """
import arize_nb as ax
def runs(name, wrong):
    return [{"id": f"{name}{i}", "example_id": f"e{i:02d}", "output": "same line\\n" * 30 + f"{name} says {i % wrong}",
             "eval.correct.label": "incorrect" if i % wrong == 0 else "correct", "eval.kind.score": (i % wrong) / wrong} for i in range(40)]
comparison = ax.compare(runs("base", 7), runs("first-candidate", 3), runs("second-candidate", 2),
                        names=["base", "first-candidate", "second-candidate-" + "with-a-very-long-name-" * 6])
explorer = ax.ComparisonExplorer(comparison, page_size=5)
explorer
"""
SLOW = """
import arize_nb as ax, threading, types
from arize_nb.errors import ConnectionFailedError
from arize_nb.models import Experiment, Page
go = threading.Event()
class Listing:
    def list(self, **asked):
        go.wait(30)
        raise ConnectionFailedError("nothing answers at http://127.0.0.1:1", address="http://127.0.0.1:1")
def compare(*chosen, **settings):
    go.wait(30)
    raise ConnectionFailedError("the service went away", address="http://127.0.0.1:1")
client = types.SimpleNamespace(space=None, spaces=Listing(), datasets=Listing(), experiments=Listing(), compare=compare)
explorer = ax.ComparisonExplorer(client)
explorer.chooser.picker.value = (Experiment(id="1", name="base"), Experiment(id="2", name="cand"))
explorer
"""


def focused(page):
    return page.evaluate(
        "() => document.activeElement.textContent.trim() + '|' + document.activeElement.tagName"
    )


def test_the_grid_keeps_up_and_keeps_the_keyboard(visit, axe):
    """A page that comes while a row is ticked is shown; page buttons keep the keyboard at the ends; a refused
    filter is said and left.
    """
    page = visit.open("states-grid", GRID)
    grid = page.locator(".axn-grid")
    status = grid.get_by_role("status")
    expect(status).to_have_text("1–25 of 60 runs", timeout=60000)
    page.evaluate("""() => {
        const grid = document.querySelector(".axn-grid");
        grid.querySelector("[aria-label='Next page']").click();
        grid.querySelector("tbody input[type=checkbox]").click();
    }""")
    expect(status).to_have_text("26–50 of 60 runs · 1 selected")
    expect(grid.locator("tbody tr").first).to_contain_text("r025")
    grid.get_by_label("Next page").focus()
    page.keyboard.press("Enter")
    expect(status).to_contain_text("51–60 of 60 runs")
    assert "›|BUTTON" == focused(page)
    assert "true" == grid.get_by_label("Next page").get_attribute("aria-disabled")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("51–60 of 60 runs")

    grid.get_by_role("button", name="Filter columns").click()
    grid.get_by_label("Filter score").fill("many")
    expect(grid.get_by_role("alert")).to_contain_text("'many' is no number")
    assert [] == axe(page, ".axn-grid")
    grid.get_by_label("Previous page").click()
    expect(status).to_contain_text("26–50 of 60 runs")
    grid.get_by_label("Filter topic").fill('is:"nothing"')
    expect(grid.locator("tbody")).to_have_text("no runs match")
    assert [] == axe(page, ".axn-grid")
    grid.get_by_role("button", name="Clear").click()
    expect(status).to_contain_text("1–25 of 60 runs")
    assert "|INPUT" == focused(page)


def test_from_example_to_example_by_keyboard(visit, axe):
    """Rows of the summary choose what is shown; j and k step through examples over page ends; the diff opens
    at its first change.
    """
    page = visit.open("states-explorer", EXPLORER)
    grid = page.locator(".axn-grid")
    status = grid.get_by_role("status")
    expect(status).to_contain_text("regressed examples", timeout=60000)
    summary = page.locator(".axn-panel").first
    pick = summary.get_by_role("button", name="correct").nth(1)
    pick.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Candidate", exact=True)).to_have_value(re.compile("^second-candidate-.*…"))
    expect(pick).to_have_attribute("aria-pressed", "true")
    assert pick.evaluate("(element) => element === document.activeElement")
    assert [] == axe(page, ".jp-OutputArea-output")

    grid.locator("tbody td:nth-child(2)").nth(4).click()
    detail = grid.get_by_role("group", name="Row detail")
    heading = detail.get_by_role("heading", level=3)
    expect(detail.locator(".axn-changed").first).to_be_in_viewport()
    before = heading.inner_text()
    page.keyboard.press("j")
    expect(status).to_contain_text("6–10 of")
    expect(heading).not_to_have_text(before)
    page.keyboard.press("k")
    expect(status).to_contain_text("1–5 of")
    expect(heading).to_have_text(before)
    expect(grid.locator("tbody tr[aria-current]")).to_have_count(1)
    for _ in range(4):
        page.keyboard.press("k")
        expect(heading).not_to_have_text(before)
        before = heading.inner_text()
    expect(detail.get_by_role("button", name="Previous")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("k")
    expect(heading).to_have_text(before)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    assert grid.evaluate("(element) => element.contains(document.activeElement)")

    page.get_by_label("Also show").select_option(label="what makes it shaky")
    expect(page.get_by_text("Nothing found that would make the comparison shaky.")).to_be_visible()
    page.set_viewport_size({"width": 800, "height": 1200})
    assert [] == axe(page, ".jp-OutputArea-output")
    overflow = "(element) => element.scrollWidth - element.clientWidth"
    assert 0 == page.locator(".jp-OutputArea-output").first.evaluate(overflow)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_waiting_and_failing_are_said_and_readable(visit, axe, theme):
    """A service that is slow, then gone: what is waited for, what failed, and a button that still has the
    keyboard.
    """
    page = visit.open(f"states-slow-{theme}", SLOW, "go.set()", run=False)
    if theme == "dark":
        visit.dark()
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    explorer = visit.output(0)
    expect(explorer.get_by_text("asking the service…")).to_be_visible(timeout=60000)
    compare = explorer.get_by_role("button", name="Compare")
    compare.focus()
    page.keyboard.press("Enter")
    expect(explorer.get_by_text("reading the runs of 2 experiments")).to_be_visible()
    assert "Comparing…|BUTTON" == focused(page)
    assert [] == axe(page, ".jp-Cell-outputArea")
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    expect(explorer.get_by_role("alert").filter(has_text="the service went away")).to_be_visible()
    expect(explorer.get_by_role("alert").filter(has_text="nothing answers at")).to_be_visible()
    expect(compare).to_be_enabled()
    assert [] == axe(page, ".jp-Cell-outputArea")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_reviewer_says_what_it_refuses_and_comes_back_from_the_agreement(
    visit, client, experiments, axe, theme
):
    """A score out of range is marked; the agreement takes the run's place and gives it back; narrow, one
    column follows the other.
    """
    client.annotation_configs.create(name="tone", type="continuous", minimum_score=0, maximum_score=5)
    cells = "\n".join(
        [
            "import arize_nb as ax",
            f"client = ax.connect(space={client.space!r})",
            "ax.RunReviewer(client, 'candidate-v2', dataset='capitals')",
        ]
    )
    page = visit.open(f"states-review-{theme}", cells)
    if theme == "dark":
        visit.dark()
    review = page.locator(".axn-review")
    expect(review).to_contain_text("Run 1 of 30", timeout=60000)
    review.get_by_role("button", name="incorrect").click()
    expect(review.locator("fieldset[data-active=true] legend")).to_have_text("tone")
    expect(review.locator(".axn-status")).to_contain_text("1 answer written", timeout=15000)
    review.focus()
    page.keyboard.press("s")
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(review.get_by_role("alert")).to_contain_text("a score for 'tone' is between 0 and 5, not 9")
    expect(review.locator("input.axn-score")).to_have_attribute("aria-invalid", "true")
    assert [] == axe(page, ".axn-review")
    page.keyboard.press("a")
    expect(review).to_contain_text("Agreement with the judges")
    assert [] == axe(page, ".axn-review")
    page.keyboard.press("1")
    page.keyboard.press("a")
    expect(review).to_contain_text("Run 1 of 30")
    expect(review.get_by_role("button", name="incorrect")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("s")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(review).to_contain_text("Run 2 of 30")
    page.keyboard.press("ArrowLeft")
    expect(review).to_contain_text("Run 1 of 30")
    assert review.evaluate("(element) => element.contains(document.activeElement)")
    page.set_viewport_size({"width": 800, "height": 1200})
    # the browser lays out anew some time after the window has changed
    one_column = "(element) => getComputedStyle(element).gridTemplateColumns.split(' ').length === 1"
    page.wait_for_function(one_column, arg=review.locator(".axn-two").element_handle())
    assert [] == axe(page, ".axn-review")
