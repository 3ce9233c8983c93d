"""The static form of a table, as a reader without a kernel sees it."""

from __future__ import annotations

import pytest

from arize_nb.widgets.static import rows_html

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
    return page.evaluate("text => [...document.querySelectorAll('td')].find(cell => cell.textContent === text).offsetWidth", text)


def test_a_wide_static_table_leaves_long_text_wide_enough_to_read(page):
    """Beside sixteen other columns, a sentence still has room for words, and the page scrolls inside the table only."""
    columns = ["text", *(f"eval.judge_{number}.explanation" for number in range(16))]
    html = rows_html(columns, [[SENTENCE, *["a reason"] * 16]], "1 of 1 runs")

    assert cell_width(page, html, SENTENCE) >= 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_a_text_without_spaces_does_not_make_its_column_endless(page):
    """A megabyte without a space is broken, not laid out on one line."""
    html = rows_html(["output", "label"], [["x" * 1_000_000, "pass"]], "1 of 1 runs")

    assert cell_width(page, html, "x" * 1_000_000) <= 700
