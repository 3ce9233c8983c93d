"""The reviewer writes only what was meant: steps, pauses, words that are being composed, undo."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

COMPOSED = """(field) => field.dispatchEvent(new KeyboardEvent('keydown',
  { key: 'Enter', isComposing: COMPOSING, keyCode: 229, bubbles: true, cancelable: true }))"""


@pytest.fixture
def review(visit, client, experiments):
    """Open a review that asks for a score from 0 to 5 only."""
    client.annotation_configs.create(name="tone", type="continuous", minimum_score=0, maximum_score=5)
    page = visit.open(
        "review-keys",
        f"import arize_nb as ax\nclient = ax.connect(space={client.space!r})\n"
        "reviewer = ax.RunReviewer(client, 'candidate-v2', dataset='capitals', configs=['tone'])\nreviewer",
    )
    found = page.locator(".axn-review")
    expect(found).to_contain_text("Run 1 of 30", timeout=60000)
    return found


def scores(client):
    """Return the scores that the service has, by run."""
    runs = client.experiments.runs("candidate-v2", dataset="capitals", annotations=True)
    return runs["annotation.tone.score"].dropna().tolist() if "annotation.tone.score" in runs else []


def test_a_step_writes_nothing_and_leaves_the_run_where_it_is(review, client):
    """Arrows in the score only change the field, however long one waits; Escape takes them back; Enter writes
    and goes on.
    """
    page = review.page
    field = review.locator("input.axn-score")
    review.focus()
    page.keyboard.press("s")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(3000)
    expect(field).to_have_value("1")
    expect(field).to_be_focused()
    expect(review).to_contain_text("Run 1 of 30")
    expect(review.locator(".axn-status")).to_contain_text("0 answers written")
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    page.keyboard.press("s")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(review).to_contain_text("Run 2 of 30")
    expect(review.locator(".axn-status")).to_contain_text("1 answer written", timeout=10000)

    assert [1.0] == scores(client)


def test_a_typed_score_is_written_after_a_pause_or_on_leaving_and_the_run_stays(review, client):
    """Neither a pause nor Tab into the note goes on to the next run: the note is of this one."""
    page = review.page
    review.focus()
    page.keyboard.press("s")
    page.keyboard.type("3")
    expect(review.locator(".axn-status")).to_contain_text("1 of 30 runs answered", timeout=10000)
    expect(review).to_contain_text("Run 1 of 30")
    expect(review.locator("input.axn-score")).to_be_focused()
    page.keyboard.type(".5")
    page.keyboard.press("Tab")
    page.keyboard.type("a bit harsh")
    page.keyboard.press("Enter")
    expect(review).to_contain_text("Run 1 of 30")
    expect(review.locator(".axn-status")).to_contain_text("1 answer written · 1 note written", timeout=10000)

    assert [3.5] == scores(client)


@pytest.mark.parametrize("composing", ["true", "false"])
def test_enter_that_confirms_a_composed_word_ends_neither_note_nor_score(review, composing):
    """Chromium and Firefox say that a word is being composed; WebKit says it by the key code alone."""
    review.focus()
    review.page.keyboard.press("n")
    note = review.locator("textarea")
    note.evaluate(COMPOSED.replace("COMPOSING", composing))
    expect(note).to_be_focused()
    review.page.keyboard.type("か")
    expect(note).to_have_value("か")


def test_undo_within_the_grace_leaves_nothing_with_the_service(review, client):
    """The answer is held back; undone, it was never sent, and nothing is counted."""
    page = review.page
    review.focus()
    page.keyboard.press("s")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(review).to_contain_text("Run 2 of 30")
    expect(review.locator(".axn-status")).to_contain_text("u takes it back")
    page.keyboard.press("u")
    expect(review).to_contain_text("Run 1 of 30")
    page.wait_for_timeout(6000)
    expect(review.locator(".axn-status")).to_have_text("0 of 30 runs answered · 0 answers written")
    expect(review.get_by_role("alert").last).to_have_text("")

    assert [] == scores(client)
