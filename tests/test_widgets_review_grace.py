"""A reviewer writes only what was meant: the last answer can be taken back, what is typed stays with its run,
counts count answers.
"""

from __future__ import annotations

import json

import pytest

import arize_nb as ax
from arize_nb.widgets.parts.channel import Front


@pytest.fixture
def sent(monkeypatch):
    """Collect what Python sends to browsers."""
    box = []
    monkeypatch.setattr(Front, "send", lambda _self, content, buffers=None: box.append(content))
    return box


@pytest.fixture
def reviewer(client, sent):
    """Review an experiment of four runs with a label and a score."""
    dataset = client.datasets.create(name="qa", examples=[{"question": f"q{place}"} for place in range(4)])
    runs = [{"example_id": example, "output": "a"} for example in client.datasets.examples(dataset)["id"]]
    client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])
    client.annotation_configs.create(name="tone", type="continuous", minimum_score=0, maximum_score=5)
    experiment = client.experiments.create(name="ran", dataset=dataset, runs=runs)
    made = ax.RunReviewer(client, experiment, configs=["quality", "tone"])
    assert made.wait()
    made._front._hear(made._front, {"kind": "hello"}, [])
    yield made
    made.wait()


def say(reviewer, run=None, **message):
    run = reviewer.session.place if run is None else run
    reviewer._front._hear(reviewer._front, {"kind": "say", "run": run, **message}, [])


def there(client):
    """Return the annotations that the service has, run by run."""
    runs = client.experiments.runs("ran", dataset="qa", annotations=True)
    names = [
        name
        for name in runs
        if name.startswith("annotation.") and name.endswith((".label", ".score", ".text"))
    ]
    return [
        {name: value for name, value in row.items() if value == value and value is not None}
        for row in runs[names].to_dict("records")
    ]


def status(sent):
    return next(one["status"] for one in sent[::-1] if one["kind"] == "state")


def test_an_answer_taken_back_within_the_grace_was_never_sent(client, reviewer, sent):
    """Also after another answer had sent the one before; nothing says that the service has it."""
    say(reviewer, name="quality", member="label", value="good")
    say(reviewer, name="tone", member="score", value="3")
    assert "the last one goes out with the next, or in 5 s (u takes it back)" in status(sent)
    reviewer.undo()
    assert reviewer.wait()

    assert {"annotation.quality.label": "good"} == there(client)[0]
    assert (1, 0) == (len([row for row in there(client) if row]), reviewer.waiting)
    assert not any("cannot remove it" in str(one.get("text")) for one in sent)
    assert 0 == reviewer.session.place


def test_the_grace_ends_by_itself(client, reviewer, sent, monkeypatch):
    """Nothing more is said, and the answer goes out."""
    for writer in reviewer._writers:
        writer._grace_s = 0.2
    say(reviewer, name="quality", member="label", value="bad")
    assert {} == there(client)[0]
    assert reviewer._background.wait(10)

    assert {"annotation.quality.label": "bad"} == there(client)[0]
    assert "0 of 4 runs answered · 1 answer written" == status(sent)


def test_counts_count_answers_and_not_writes(client, reviewer, sent):
    """A label changed three times is one answer; a note is counted as a note; what was taken back is no
    answer.
    """
    for label in ("good", "bad", "good"):
        say(reviewer, name="quality", member="label", value=label)
    say(reviewer, name="quality", member="text", value="a note")
    say(reviewer, name="tone", member="text", value="another")
    say(reviewer, name="tone", member="score", value=4, advance=False)
    reviewer.wait()
    assert "1 of 4 runs answered · 2 answers written · 2 notes written" == status(sent)
    reviewer.undo()
    reviewer.undo()
    reviewer.wait()

    assert "0 of 4 runs answered · 1 answer written · 1 note written" == status(sent)


def test_what_a_field_sends_on_leaving_does_not_go_on(reviewer, sent):
    """A score that completes the run stays there unless Enter was meant; a press on a label goes on."""
    say(reviewer, name="quality", member="label", value="good")
    say(reviewer, name="tone", member="score", value="4", advance=False, typed=True)
    assert (0, 1) == (reviewer.session.place, reviewer.session.done)
    reviewer._go(1)
    say(reviewer, name="quality", member="label", value="good")
    say(reviewer, name="tone", member="score", value="4", advance=True, typed=True)

    assert (2, 2) == (reviewer.session.place, reviewer.session.done)


def test_what_was_typed_is_the_answer_of_the_run_it_stood_under(client, reviewer):
    """The run went out of sight before the field was left: the note is that run's, a late press
    is nobody's.
    """
    reviewer._go(2)
    say(reviewer, run=0, name="quality", member="text", value="of the first", typed=True)
    say(reviewer, run=0, name="quality", member="label", value="good")
    reviewer.wait()

    assert (2, [{"annotation.quality.text": "of the first"}, {}, {}, {}]) == (
        reviewer.session.place,
        there(client),
    )


def test_the_static_form_says_runs_answered_and_the_next_five_but_no_output(reviewer):
    """The example that is asked about, never what the run answered; answered runs are not next."""
    say(reviewer, name="quality", member="label", value="good")
    say(reviewer, name="tone", member="score", value=4)
    page = reviewer.to_html()

    assert "1 of 4 runs answered" in page
    assert ["q1", "q2", "q3"] == [one for one in ("q0", "q1", "q2", "q3") if f">{one}<" in page]
    assert json.dumps("quality, tone")[1:-1] in page
