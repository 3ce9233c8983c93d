"""The static forms, as a reader without a kernel sees them: in nbconvert's page, in a notebook that is opened
again.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from arize_nb.display.sections_html import rows_html

from .conftest import READY, SHOTS

nbclient = pytest.importorskip("nbclient", reason="nbclient executes the notebook")
nbconvert = pytest.importorskip("nbconvert", reason="nbconvert makes the page")
nbformat = pytest.importorskip("nbformat", reason="nbformat reads the notebook")

pytestmark = pytest.mark.browser

SENTENCE = "the button was probably accidentally pushed to cause the black screen in the first place"


@pytest.fixture
def page(chromium):
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    yield page
    page.close()


def cell_width(page, html, text):
    """Return how wide the cell with this text is drawn, in pixels."""
    page.set_content(html)
    return page.evaluate(
        "text => [...document.querySelectorAll('td')].find(cell => cell.textContent === text).offsetWidth",
        text,
    )


def test_a_wide_static_table_leaves_long_text_wide_enough_to_read(page):
    """Beside sixteen other columns, a sentence still has room for words, and the page scrolls inside the
    table only.
    """
    columns = ["text", *(f"eval.judge_{number}.explanation" for number in range(16))]
    html = rows_html(columns, [[SENTENCE, *["a reason"] * 16]], "1 of 1 runs")

    assert cell_width(page, html, SENTENCE) >= 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_a_text_without_spaces_does_not_make_its_column_endless(page):
    """A megabyte without a space is broken, not laid out on one line."""
    html = rows_html(["output", "label"], [["x" * 1_000_000, "pass"]], "1 of 1 runs")

    assert cell_width(page, html, "x" * 1_000_000) <= 700


def widget_cells(client):
    return (
        (
            f"import arize_nb as ax\nclient = ax.connect(space={client.space!r})\n"
            "ax.RunBrowser(client.experiments.runs('candidate-v2', dataset='capitals'))"
        ),
        "ax.RunReviewer(client, 'candidate-v2', dataset='capitals')",
        "ax.ExperimentPicker(client, dataset='capitals')",
        "ax.ComparisonExplorer(client, 'baseline-v1', 'candidate-v2', dataset='capitals')",
    )


def told(text):
    """Return what of the four static forms a page does not show."""
    wanted = [
        "20 of 30 runs", "0 of 30 runs answered", "Next runs", "Capital of country 4?", "chosen", "baseline-v1", "70 % correct",
        "9 of 9 regressed examples", "no clear change",
    ]  # fmt: skip
    return [one for one in wanted if one not in text]


DEAD = ("Waiting for the kernel", "Error displaying widget", "Loading widget", "Reading the runs")


@pytest.mark.kernel
def test_an_executed_notebook_shows_its_rows_although_widget_state_is_stored(
    chromium, client, experiments, monkeypatch, tmp_path
):
    """nbclient (so papermill and nbconvert too) stores the state of every widget; offline, the page shows the
    static forms.
    """
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in widget_cells(client)]
    )
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120, store_widget_state=True).execute()
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1200, "height": 2400}, offline=True)
    page = context.new_page()
    page.goto(f"file://{tmp_path}/page.html", wait_until="domcontentloaded")
    page.wait_for_timeout(500)
    text = page.inner_text("body")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / "nbconvert.png"))
    context.close()

    assert len(notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]) > 20
    assert [] == told(text)
    assert [] == [one for one in DEAD if one in text]


def test_a_reopened_notebook_shows_the_static_forms(visit, client, experiments):
    """Saved with its widgets' state and opened again with another kernel, trusted: rows, not an error; run
    again, it lives.
    """
    page = visit.open("reopened", *widget_cells(client))
    expect(visit.output(3).locator(".axn-grid").get_by_role("status")).to_contain_text(
        "regressed", timeout=60000
    )
    expect(page.locator(".axn-review")).to_contain_text("Run 1 of 30", timeout=30000)
    visit.save("reopened")
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")
    page.wait_for_timeout(1000)
    page.goto(visit.jupyter.address("lab", "reopened"), wait_until="domcontentloaded")
    page.wait_for_function(READY, timeout=60000)
    expect(visit.output(3).get_by_text("no clear change")).to_be_visible(timeout=30000)
    page.wait_for_timeout(1500)
    text = page.inner_text(".jp-Notebook")
    visit.shot("reopened")

    assert "widgets" in json.loads((visit.jupyter.folder / "reopened.ipynb").read_text())["metadata"]
    assert [] == told(text)
    assert [] == [one for one in DEAD if one in text]
    assert 0 == page.locator(".axn-live").count()
    visit.run_all()
    expect(page.locator(".axn-review")).to_contain_text("Run 1 of 30", timeout=60000)


def test_a_page_that_is_loaded_again_gets_its_live_widgets_back(visit):
    """The kernel goes on while the page is loaded anew: the live view is in the static form's place again."""
    page = visit.open(
        "reloaded",
        "import arize_nb as ax\ngrid = ax.Grid([{'id': f'r{i}', 'n': i} for i in range(60)],"
        " caption='runs')\ngrid",
    )
    status = page.locator(".axn-grid").get_by_role("status")
    expect(status).to_have_text("1–25 of 60 runs", timeout=60000)
    page.get_by_label("Next page").click()
    expect(status).to_have_text("26–50 of 60 runs")
    visit.save("reloaded")
    page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
    )  # else the page asks whether to leave
    page.reload(wait_until="domcontentloaded")
    expect(status).to_have_text("26–50 of 60 runs", timeout=60000)
