"""Reviewing without a browser: answers, undo, safety on disk, sending, agreement."""

from __future__ import annotations

import json
import random

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import InputError, NotFoundError
from arize_nb.models import AnnotationConfig, AnnotationValue
from arize_nb.widgets.parts.channel import Front
from arize_nb.widgets.reviewer.agreement import agreement_rows
from arize_nb.widgets.reviewer.session import ReviewItem, ReviewSession, chosen_items

QUALITY = AnnotationConfig(
    id="c1",
    name="quality",
    type="CATEGORICAL",
    values=(AnnotationValue(label="good", score=1.0), AnnotationValue(label="bad", score=0.0)),
)
TONE = AnnotationConfig(id="c2", name="tone", type="CONTINUOUS", minimum_score=0, maximum_score=5)
REMARK = AnnotationConfig(id="c3", name="remark", type="FREEFORM")
ITEMS = [
    ReviewItem(run_id=f"r{place}", experiment=0, position=place, example_id=f"e{place}") for place in range(6)
]


@pytest.fixture
def sent(monkeypatch):
    """Collect what Python says to browsers, as if one had been looking from the start."""
    box = []
    monkeypatch.setattr(Front, "send", lambda _self, content, buffers=None: box.append(content))
    monkeypatch.setattr(
        Front, "post", lambda _self, kind, content, buffers=(): box.append({"kind": kind, **content})
    )
    return box


def test_a_label_brings_its_score_and_undo_brings_back_what_stood_there():
    """Undo goes back to the run and to the answer before, one thing said at a time."""
    session = ReviewSession(ITEMS, [QUALITY, TONE], known={"r0": {"quality": {"label": "bad", "score": 0.0}}})
    session.say("quality", "label", "good")
    session.say("tone", "score", "4.5")
    session.move(+1)
    assert {"quality": {"label": "good", "score": 1.0}, "tone": {"score": 4.5}} == session.answers["r0"]

    assert 0 == session.undo().item
    assert 0 == session.place
    session.undo()
    assert {"quality": {"label": "bad", "score": 0.0}} == session.answers["r0"]
    assert session.undo() is None


def test_a_review_starts_at_the_first_open_run_and_finds_the_next():
    """What was annotated before counts as answered; free text is never owed."""
    known = {run: {"quality": {"label": "good"}} for run in ("r0", "r1", "r3")}
    session = ReviewSession(ITEMS, [QUALITY, REMARK], known=known)

    assert (2, 3) == (session.place, session.done)
    session.say("quality", "label", "bad")
    session.next_open()
    assert 4 == session.place
    session.say("remark", "text", "odd")
    session.next_open()
    assert 5 == session.place
    session.next_open()
    assert 4 == session.place
    session.move(+99)
    assert 5 == session.place
    assert [("r2", "bad"), ("r4", None)] == [(row["record_id"], row["label"]) for row in session.rows()]


@pytest.mark.parametrize(
    ("name", "member", "value", "said"),
    [
        ("quality", "label", "great", "'quality' has no label 'great'. Labels: good, bad"),
        ("quality", "score", 3, "takes no score"),
        ("tone", "score", 6, "between 0 and 5, not 6"),
        ("tone", "score", "nan", "between 0 and 5"),
        ("tone", "score", "much", "'much' is no score"),
        ("mood", "label", "x", "no annotation config 'mood'"),
    ],
)
def test_an_answer_that_the_config_does_not_allow_is_refused(name, member, value, said):
    """The service would take it; the person did not mean it."""
    with pytest.raises(InputError, match=said):
        ReviewSession(ITEMS, [QUALITY, TONE]).say(name, member, value)


def test_runs_are_chosen_all_by_regression_by_chance_or_by_id():
    """A sample is the same for the same seed; regressions come worst first; mixing keeps every run."""
    assert ITEMS == chosen_items(ITEMS, "all")
    assert ["r4", "r1"] == [
        item.run_id for item in chosen_items(ITEMS, "regressions", regressed=["e4", "e1", "e9"])
    ]
    assert chosen_items(ITEMS, ("random", 3), seed=1) == chosen_items(ITEMS, ("random", 3), seed=1)
    assert 3 == len(chosen_items(ITEMS, ("random", 3), seed=1))
    assert ["r2"] == [item.run_id for item in chosen_items(ITEMS, ["r2", "gone"])]
    mixed = chosen_items(ITEMS, "all", shuffled=True, seed=3)
    assert mixed != ITEMS
    assert sorted(ITEMS, key=str) == sorted(mixed, key=str)
    with pytest.raises(InputError, match="cannot review 'some'"):
        chosen_items(ITEMS, "some")


def test_agreement_is_that_of_a_worked_table():
    """Cohen's (1960) kappa: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no of 50 gives 0.7 agreement and kappa
    0.4.
    """
    table = [("yes", "Yes")] * 20 + [("yes", "No")] * 5 + [("no", "Yes")] * 10 + [("no", "No")] * 15
    said = [
        {"record_id": str(place), "name": "human", "label": mine, "score": place}
        for place, (mine, _) in enumerate(table)
    ]
    judged = {
        str(place): {"eval.judge.label": its, "eval.judge.score": -place}
        for place, (_, its) in enumerate(table)
    }
    label, score = agreement_rows(said, judged)

    assert (50, 0.7) == (label["n"], label["agreement"])
    assert label["kappa"] == pytest.approx(0.4)
    assert score["correlation"] == pytest.approx(-1)
    assert [] == agreement_rows([{"record_id": "0", "name": "human", "label": "maybe"}], judged)
    disagreed = [{"record_id": "0", "name": "human", "label": "no"}]
    assert [] == agreement_rows(disagreed, judged)
    assert [(1, 0.0)] == [
        (row["n"], row["agreement"])
        for row in agreement_rows(disagreed, judged, labels={"human": ["Yes", "no"]})
    ]


@pytest.fixture
def experiment(client):
    """Make an experiment of four runs and two annotation configs on the real server."""
    dataset = client.datasets.create(name="qa", examples=[{"question": f"q{place}"} for place in range(4)])
    runs = [
        {
            "example_id": example,
            "output": f"private answer {place}",
            "model": "secret-model",
            "eval.quality.label": "good",
        }
        for place, example in enumerate(client.datasets.examples(dataset)["id"])
    ]
    client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])
    return client.experiments.create(name="named-experiment", dataset=dataset, runs=runs)


def say(reviewer, **message):
    reviewer._front._hear(reviewer._front, {"kind": "say", "run": reviewer.session.place, **message}, [])


def test_what_is_said_reaches_the_service_run_by_run(client, experiment, sent):
    """A label goes out at once and the next run comes; notes stay with their run; agreement
    ends the review.
    """
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    assert reviewer.wait()
    for label in ("good", "bad", "good"):
        say(reviewer, name="quality", member="label", value=label)
    say(reviewer, name="quality", member="text", value="not sure")
    say(reviewer, name="quality", member="label", value="good")
    assert reviewer.wait()
    runs = client.experiments.runs(experiment, annotations=True)

    assert ["good", "bad", "good", "good"] == runs["annotation.quality.label"].tolist()
    assert "not sure" == runs["annotation.quality.text"].tolist()[3]
    assert (0, "4 of 4 runs answered") == (
        reviewer.waiting,
        next(one["status"] for one in sent[::-1] if one["kind"] == "state")[:20],
    )
    assert [("quality", "quality", 4, 0.75)] == list(
        reviewer.agreement()[["annotation", "evaluator", "n", "agreement"]].itertuples(index=False, name=None)
    )
    assert any(one["kind"] == "finish" for one in sent)
    assert isinstance(reviewer.frame(), pd.DataFrame)
    assert "private answer" not in json.dumps(
        [reviewer.get_state(), reviewer._front.get_state(), reviewer.to_html(), repr(reviewer)], default=str
    )


def test_undo_after_sending_writes_back_what_stood_there(client, experiment, sent):
    """Where nothing stood there the service cannot remove the answer, and a line says so."""
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    reviewer.wait()
    reviewer.say("quality", label="good")
    reviewer.wait()
    reviewer.say("quality", label="bad")
    reviewer.wait()
    reviewer.undo()
    reviewer.wait()
    assert ["good"] == client.experiments.runs(experiment, annotations=True)[
        "annotation.quality.label"
    ].dropna().tolist()

    reviewer.undo()
    assert "cannot remove it" in sent[-1]["text"]


def test_a_blind_review_shows_neither_experiment_nor_metadata(client, experiment, sent):
    """Nothing that travels names the experiment, its model, or what the judge said."""
    reviewer = ax.RunReviewer(client, experiment, blind=True)
    reviewer.wait()
    shown = json.dumps([one for one in sent if one["kind"] == "run"])

    assert "private answer" in shown
    assert "named-experiment" not in shown
    assert "secret-model" not in shown
    assert "eval.quality" not in shown


def test_what_cannot_be_reviewed_is_said(client, experiment, sent):
    """Regressions need a comparison; a config must exist; an answer to a run that is gone from sight is
    dropped.
    """
    with pytest.raises(InputError, match="needs the comparison"):
        ax.RunReviewer(client, experiment, which="regressions")
    reviewer = ax.RunReviewer(client, experiment, configs=["mood"])
    reviewer.wait()
    assert "annotation config 'mood' not found" in sent[-1]["text"]

    live = ax.RunReviewer(client, experiment)
    live.wait()
    live._front._hear(
        live._front, {"kind": "say", "run": 3, "name": "quality", "member": "label", "value": "good"}, []
    )
    assert {} == {run: said for run, said in live.session.answers.items() if said}
    with pytest.raises(NotFoundError):
        live.client.experiments.get("nobody", dataset="qa")


def test_the_plain_reviewer_works_with_core_controls(client, experiment, monkeypatch):
    """Buttons label; the run's text is in a display handle only, and a typed note does not stay
    in its field.
    """
    monkeypatch.setenv("ARIZE_NB_GRID", "plain")
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    reviewer.wait()
    front = reviewer._front
    front.labels.children[1].click()
    front.note.value = "typed by hand"
    reviewer.wait()

    assert "private answer" in front._text._html
    assert "" == front.note.value
    assert "private answer" not in json.dumps(
        [front.get_state(), *(child.get_state() for child in front.children)], default=str
    )
    runs = client.experiments.runs(experiment, annotations=True)
    assert ["bad"] == runs["annotation.quality.label"].dropna().tolist()


def test_the_next_open_question_becomes_the_active_one_and_a_complete_run_makes_way(client, experiment, sent):
    """With two questions the first answer stays on the run, the second brings the next; a note never does,
    nor a change of mind.
    """
    client.annotation_configs.create(name="tone", type="continuous", minimum_score=0, maximum_score=5)
    reviewer = ax.RunReviewer(client, experiment, configs=["quality", "tone"])
    reviewer.wait()
    places = []
    for name, member, value in (
        ("quality", "label", "good"),
        ("tone", "text", "fair"),
        ("tone", "score", 3),
        ("quality", "label", "bad"),
    ):
        say(reviewer, name=name, member=member, value=value)
        run = next(one for one in sent[::-1] if one["kind"] == "run")
        places.append((run["place"], run["next"]))
    reviewer._go(-1)
    say(reviewer, name="quality", member="label", value="bad")

    assert [(0, 1), (0, 1), (1, 0), (1, 1)] == places
    assert 0 == reviewer.session.place


def test_how_many_runs_are_answered_is_right_after_any_answers_and_undos():
    """The count that is kept equals the count made anew, whatever was said and taken back."""
    draw = random.Random(3)
    session = ReviewSession(
        ITEMS, [QUALITY, TONE], known={"r4": {"quality": {"label": "good"}, "tone": {"score": 1.0}}}
    )
    for _ in range(300):
        act = draw.choice(["label", "score", "undo", "move"])
        if act == "label":
            session.say("quality", "label", draw.choice(["good", "bad"]))
        elif act == "score":
            session.say("tone", "score", draw.random())
        elif act == "undo":
            session.undo()
        else:
            session.move(draw.choice([-1, 1, 2]))
        full = [
            place
            for place, item in enumerate(ITEMS)
            if {"quality", "tone"} <= {k for k, v in session.answers[item.run_id].items() if v}
        ]
        assert (full, len(full)) == (sorted(session.answered), session.done)


def test_nothing_said_is_not_called_a_disagreement(client, experiment, sent):
    """Before the first answer the agreement says what it will show."""
    reviewer = ax.RunReviewer(client, experiment, configs=["quality"])
    reviewer.wait()
    reviewer._finish()

    assert "Once you have labelled or scored a run" in sent[-1]["sections"][-1]["text"]
