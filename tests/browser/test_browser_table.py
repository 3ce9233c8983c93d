"""What a table must do, by mouse and by keyboard: copies, ranges, columns, several sorts, jumps, whole texts,
files.
"""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LONG = "a long answer, told at length " * 20
ROWS = f"""
import arize_nb as ax
rows = [{{"id": f"r{{i:03d}}", "output": {LONG!r} + str(i) if i == 1 else f"a|b\\tc {{i}}", "topic": "xyz"[i % 3],
         "score": i / 7, "n": i * 1000}} for i in range(60)]
grid = ax.Grid(rows, caption="runs", page_size=10)
grid
"""


@pytest.fixture
def grid(visit):
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open("table", ROWS)
    found = page.locator(".axn-grid")
    expect(found.get_by_role("status")).to_have_text("1–10 of 60 runs", timeout=60000)
    return found


def clipboard(page):
    return page.evaluate("() => navigator.clipboard.readText()")


def cell(grid, row, column):
    """Return the cell of a row and a column, both from 1."""
    return grid.locator("tbody tr").nth(row - 1).locator("td").nth(column)


def heads(grid):
    return [
        text.rstrip(" ▲▼12") for text in grid.locator("thead tr").first.locator("th").all_inner_texts()[1:]
    ]


def test_cells_and_ranges_of_rows_are_copied_whole_and_exact(grid):
    """Control and C on a cell copies that cell; in a selected row the selected rows, for a spreadsheet;
    Markdown by its button.
    """
    page, status = grid.page, grid.get_by_role("status")
    cell(grid, 1, 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+c")
    expect(status).to_have_text("copied output of r001")
    assert LONG + "1" == clipboard(page)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+c")
    expect(status).to_have_text("copied score of r001")
    assert repr(1 / 7) == clipboard(page)

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowUp")
    expect(status).to_contain_text("3 selected")
    page.keyboard.press("Control+c")
    expect(status).to_have_text("copied 3 rows as tab-separated text")
    lines = list(csv.reader(io.StringIO(clipboard(page)), delimiter="\t"))
    assert ["id", "output", "topic", "score", "n"] == lines[0]
    assert [["r002", "a|b\tc 2", "z", repr(2 / 7), "2000"], "r003", "r004"] == [
        lines[1],
        lines[2][0],
        lines[3][0],
    ]

    grid.get_by_role("button", name="as Markdown").click()
    expect(status).to_have_text("copied 3 rows as Markdown")
    assert [
        "| --- | --- | --- | ---: | ---: |",
        f"| r002 | a\\|b\tc 2 | z | {2 / 7!r} | 2000 |",
    ] == clipboard(page).split("\n")[1:3]

    grid.get_by_label("Go to row").fill("r020")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("21–30 of 60")
    assert "r020" in page.evaluate("() => document.activeElement.closest('tr').textContent")
    grid.get_by_label("Go to row").fill("55")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("51–60 of 60")
    assert "r054" in page.evaluate("() => document.activeElement.closest('tr').textContent")


def test_a_range_of_rows_by_shift_click_is_all_of_it_over_pages(grid):
    """From a ticked row to a shift-clicked one, five rows are five, and the rows of the page between are in
    it.
    """
    status = grid.get_by_role("status")
    cell(grid, 4, 0).locator("input").click()
    cell(grid, 8, 0).locator("input").click(modifiers=["Shift"])
    expect(status).to_contain_text("5 selected")
    grid.get_by_label("Next page").click()
    expect(status).to_contain_text("11–20 of 60")
    cell(grid, 2, 2).click(modifiers=["Shift"])
    expect(status).to_contain_text("9 selected")
    expect(grid.get_by_role("group", name="Row detail")).to_be_hidden()


def test_columns_are_moved_resized_hidden_and_pinned_by_keyboard(grid):
    """On a head: Control and arrows move, Shift and arrows resize, h hides, p pins; the list brings a hidden
    one back.
    """
    page = grid.page
    head = grid.locator("th", has_text="score")
    cell(grid, 1, 0).focus()
    page.keyboard.press("ArrowUp")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+ArrowLeft")
    expect(grid.locator("thead th").nth(3)).to_have_text("score")
    assert ["id", "output", "score", "topic", "n"] == heads(grid)
    before = head.bounding_box()["width"]
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("(width) => document.activeElement.offsetWidth > width + 15", arg=before)
    page.keyboard.press("p")
    expect(grid.locator("thead th").nth(1)).to_have_text("score")
    expect(grid.locator("thead th").nth(1)).to_have_class("axn-pin axn-num axn-sortable")
    page.keyboard.press("h")
    expect(grid.locator("thead th").nth(1)).to_have_text("id")
    assert ["id", "output", "topic", "n"] == heads(grid)

    toggle = grid.get_by_role("button", name="Columns", exact=True)
    toggle.focus()
    page.keyboard.press("Enter")
    grid.get_by_label("Show score").focus()
    page.keyboard.press("Space")
    expect(grid.locator("thead th").nth(5)).to_have_text("score")
    grid.get_by_role("button", name="Move forward n").click()
    expect(grid.locator("thead th").nth(3)).to_have_text("n")
    assert "Move forward n" == page.evaluate("() => document.activeElement.getAttribute('aria-label')")


def test_columns_are_moved_and_resized_by_mouse_and_a_drag_sorts_nothing(grid):
    """The edge of a head is drawn wider, the head is drawn elsewhere."""
    page = grid.page
    edge = grid.locator("th", has_text="topic").locator(".axn-edge").bounding_box()
    before = grid.locator("th", has_text="topic").bounding_box()["width"]
    page.mouse.move(edge["x"] + 3, edge["y"] + 5)
    page.mouse.down()
    page.mouse.move(edge["x"] + 83, edge["y"] + 5, steps=4)
    page.mouse.up()
    expect(cell(grid, 1, 3)).to_have_attribute(
        "style", re.compile("width")
    )  # Python has taken the width, and all is drawn anew
    assert before + 80 == pytest.approx(grid.locator("th", has_text="topic").bounding_box()["width"], abs=8)
    source, target = (grid.locator("th", has_text=name).bounding_box() for name in ("score", "id"))
    page.mouse.move(source["x"] + 10, source["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 10, target["y"] + 10, steps=6)
    page.mouse.up()
    expect(grid.locator("thead th").nth(1)).to_have_text("score")
    assert ["score", "id", "output", "topic", "n"] == heads(grid)
    expect(grid.locator("th[aria-sort=ascending]")).to_have_count(0)


def test_several_sorts_wrap_whole_text_and_the_file(grid, visit, axe):
    """Shift adds a head to the sort; wrap goes off and on; a clipped text is shown whole; the CSV has every
    row that matches.
    """
    page, status = grid.page, grid.get_by_role("status")
    grid.locator("th", has_text="topic").click(position={"x": 5, "y": 5})
    expect(status).to_contain_text("sorted by topic, ascending")
    for _ in range(2):
        grid.locator("th", has_text="score").click(modifiers=["Shift"], position={"x": 5, "y": 5})
    expect(status).to_contain_text("sorted by topic, ascending, then score, descending")
    expect(grid.locator("tbody tr").first).to_contain_text("r057")
    visit.shot("table-sorted", grid)

    grid.get_by_label("Search all text columns").fill("at length")
    expect(status).to_contain_text("1–1 of 1 runs")
    tall = cell(grid, 1, 2).bounding_box()["height"]
    grid.get_by_role("button", name="Wrap").click()
    assert tall > cell(grid, 1, 2).bounding_box()["height"]
    cell(grid, 1, 2).hover()
    tip = grid.get_by_role("tooltip")
    expect(tip).to_have_text(LONG + "1")
    assert [] == axe(page, ".axn-grid")
    assert repr(1 / 7) == cell(grid, 1, 4).get_attribute("title")

    grid.get_by_role("button", name="Clear").click()
    grid.get_by_role("button", name="Filter columns").click()
    grid.get_by_label("Filter topic").fill("y")
    expect(status).to_contain_text("1–10 of 20 runs")
    with page.expect_download() as download:
        grid.get_by_role("button", name="Save CSV").click()
    text = download.value.path().read_text(encoding="utf-8")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert ("runs.csv", 20, "r058", repr(58 / 7)) == (
        download.value.suggested_filename,
        len(lines),
        lines[0]["id"],
        lines[0]["score"],
    )
