"""The interactive report in a browser: everything drawn is a filter, filters combine, nothing is fetched."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

import arize_nb as ax

from .conftest import SHOTS

pytestmark = pytest.mark.browser

HOSTILE = (
    "</script><script>document.title='owned'</script>"
    "<img src='https://example.com/x' onerror=\"document.title='owned'\">"
)


@pytest.fixture(scope="module")
def frames():
    """Two experiments of 300 examples with two metrics; each 15th run of the second errored."""
    random = np.random.default_rng(11)
    n = 300
    words = np.array(["refund", "order", "card", "address", "parcel", "invoice", "login", "store", "days"])
    texts = [" ".join(random.choice(words, 9)) for _ in range(n)]
    base = pd.DataFrame(
        {
            "example_id": [f"ex-{place:03}" for place in range(n)],
            "question": texts,
            "topic": random.choice(["billing", "shipping", "account"], n),
            "language": random.choice(["de", "en"], n),
            "output": [f"{text}, within 14 days" for text in texts],
            "eval.correct.label": random.choice(["correct", "incorrect"], n, p=[0.75, 0.25]),
            "eval.helpful.score": np.round(random.random(n), 2),
        }
    )
    gone = np.arange(n) % 15 == 0
    other = base.assign(
        **{
            "output": [
                None if lost else f"{text}, after 30 days" for text, lost in zip(texts, gone, strict=True)
            ],
            "error": [f"TimeoutError: {HOSTILE}" if lost else None for lost in gone],
            "eval.correct.label": np.where(gone, None, random.choice(["correct", "incorrect"], n)),
            "eval.helpful.score": np.where(gone, np.nan, np.round(random.random(n), 2)),
        }
    )
    return base, other


@pytest.fixture(scope="module")
def comparison(frames):
    """What the report is of."""
    return ax.compare(*frames, metrics=["correct", "helpful"], names=["old", "new"])


@pytest.fixture
def report(chromium, comparison, tmp_path):
    """Open the report as a reader does: from a file, in a page that may ask for nothing."""
    path = comparison.to_html(tmp_path / "report.html", interactive=True)
    page = chromium.new_page(viewport={"width": 1200, "height": 1000})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    yield page
    assert [path.as_uri()] == asked
    assert [] == errors
    assert "new against old" == page.title()
    page.close()


def shown(page):
    """Return the line that counts, and the examples that are listed."""
    return page.get_by_role("status").inner_text(), page.locator(".axr .ex").count()


def test_a_part_of_a_bar_filters_and_a_second_press_lets_go(report, comparison):
    """The list has what the summary counts as worse."""
    row = comparison.rows[0]
    worse = row["regressions"] + row["errored_passes"]
    part = report.get_by_role("button", name=re.compile("^correct worse"))

    assert ("300 examples", 50) == shown(report)
    part.click()
    assert f"{worse} of 300 examples" == shown(report)[0]
    expect(part).to_have_attribute("aria-pressed", "true")
    part.click()
    assert "300 examples" == shown(report)[0]


def test_filters_of_different_panels_combine_and_stand_as_pills(report, frames, comparison):
    """Worse, in one topic, with a word: the same rows as pandas finds; each pill lets go of its own."""
    base, other = frames
    before, after = base["eval.correct.label"], other["eval.correct.label"]
    worse = (before == "correct") & ((after == "incorrect") | other["error"].notna())
    topic = worse & (base["topic"] == "billing")
    both = topic & base["question"].str.contains("refund") & base["question"].str.contains("card")

    report.get_by_role("button", name=re.compile("^correct worse")).click()
    report.get_by_role("button", name=re.compile("^topic: billing")).click()
    assert f"{topic.sum()} of 300 examples" == shown(report)[0]
    report.get_by_role("searchbox").fill("refund card")
    assert f"{both.sum()} of 300 examples" == shown(report)[0]
    listed = report.locator(".axr .ex .id").all_inner_texts()
    assert set(base["example_id"][both]) == set(listed)

    report.get_by_role("button", name="Remove filter topic: billing").click()
    report.get_by_role("button", name="Remove filter text: refund card").click()
    assert f"{worse.sum()} of 300 examples" == shown(report)[0]
    expect(report.get_by_role("searchbox")).to_have_value("")


def test_panels_show_the_filtered_part_and_keep_their_other_choices_in_sight(report, frames):
    """A chosen label cell leaves the counts of its neighbours as they are under the other filters."""
    base, other = frames
    german = base["language"] == "de"
    counts = pd.crosstab(base["eval.correct.label"][german], other["eval.correct.label"][german])

    report.get_by_role("button", name=re.compile("^language: de")).click()
    report.get_by_role("button", name=re.compile("^correct → incorrect")).click()

    cells = [int(text) for text in report.locator(".mx td button").all_inner_texts()]
    assert counts.to_numpy().ravel().tolist() == cells
    assert f"{counts.loc['correct', 'incorrect']} of 300 examples" == shown(report)[0]


def test_a_span_of_the_histogram_is_brushed(report, comparison):
    """Drag over bars: the examples whose change lies within are left."""
    change = comparison.study.pairs(comparison.study.metric("helpful"), 1)
    bars = report.locator(".hist i")
    first, last = bars.nth(3).bounding_box(), bars.nth(6).bounding_box()
    report.mouse.move(first["x"] + 2, first["y"] + 1)
    report.mouse.down()
    report.mouse.move(last["x"] + 2, last["y"] + 1, steps=12)
    report.mouse.up()

    pressed = [one.get_attribute("aria-label") for one in report.locator(".hist i[aria-pressed=true]").all()]
    low, high = pressed[0].split()[3], pressed[-1].split()[5].rstrip(":")
    within = (change.after - change.before >= float(low) - 0.005) & (
        change.after - change.before < float(high) + 0.005
    )
    counted = int(shown(report)[0].split()[0])
    assert 4 == len(pressed)
    assert abs(within.sum() - counted) <= 6, "the labels of the edges are rounded to three digits"
    assert counted < 300


def test_an_example_opens_with_both_sides_and_the_words_that_differ(report):
    """Errors are chips, words that differ have a line; a hostile error is text."""
    report.get_by_role("searchbox").fill("ex-007")
    report.locator(".axr .ex summary").click()
    sides = report.locator(".axr .side")
    assert ["within 14", "after 30"] == [
        " ".join(sides.nth(0).locator("del").all_inner_texts()),
        " ".join(sides.nth(1).locator("ins").all_inner_texts()),
    ]
    report.get_by_role("searchbox").fill("ex-015")
    report.locator(".axr .ex summary").click()
    expect(report.locator(".axr .side").nth(1)).to_contain_text(HOSTILE)


def test_the_keyboard_reaches_everything(report, axe):
    """`/` searches, Tab reaches marks, Enter presses, arrows walk a histogram, j and k the examples; axe
    finds nothing, in light and dark.
    """
    report.keyboard.press("/")
    expect(report.get_by_role("searchbox")).to_be_focused()
    part = report.get_by_role("button", name=re.compile("^correct worse"))
    part.focus()
    report.keyboard.press("Enter")
    expect(part).to_have_attribute("aria-pressed", "true")
    report.keyboard.press(" ")
    expect(part).to_have_attribute("aria-pressed", "false")
    report.locator(".hist i").first.focus()
    report.keyboard.press("ArrowRight")
    report.keyboard.press("Shift+ArrowRight")
    assert 2 == report.locator(".hist i[aria-pressed=true]").count()
    report.keyboard.press("j")
    report.keyboard.press("j")
    expect(report.locator(".axr .ex summary").nth(1)).to_be_focused()
    report.keyboard.press("Enter")
    expect(report.locator(".axr .ex").nth(1)).to_have_attribute("open", "")
    for scheme in ("light", "dark"):
        report.emulate_media(color_scheme=scheme)
        problems = axe(report, ".axc")
        assert not problems, "\n".join(problems)
        report.screenshot(path=SHOTS / f"report-interactive-{scheme}.png", full_page=True)


@pytest.mark.parametrize("width", [1200, 700, 500])
def test_nothing_runs_out_of_the_card(report, width):
    """At every width the page scrolls downwards only."""
    report.set_viewport_size({"width": width, "height": 1000})
    report.get_by_role("button", name=re.compile("^correct worse")).click()
    report.locator(".axr .ex summary").first.click()
    assert report.evaluate("document.documentElement.scrollWidth") <= width
