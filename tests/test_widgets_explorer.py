"""The explorer without a browser: outcomes, columns, one example in full, hostile text, a cancelled read."""

from __future__ import annotations

import json
import threading

import numpy as np
import pyarrow as pa
import pytest

import arize_nb as ax
from arize_nb.comparison.analysis.changed_examples import OUTCOMES
from arize_nb.display.comparison_sections import PLOTS
from arize_nb.errors import ComparisonError
from arize_nb.models import Experiment, Page
from arize_nb.widgets.explorer.example_detail import example_detail
from arize_nb.widgets.explorer.outcome_table import outcome_counts, outcome_table
from arize_nb.widgets.parts.channel import Front
from arize_nb.widgets.parts.ui_link import experiment_link

BEFORE = pa.table(
    {
        "id": [f"b{place}" for place in range(6)],
        "example_id": ["e0", "e1", "e2", "e3", "e4", "e5"],
        "output": ["the answer is 41", "b", "c", None, "d", "e"],
        "error": [None, None, None, "Timeout", None, None],
        "eval.ok.label": ["correct", "incorrect", "correct", None, None, "correct"],
        "eval.ok.explanation": ["it is right", None, None, None, None, None],
        "model": ["m1"] * 6,
    }
)
AFTER = pa.table(
    {
        "id": [f"a{place}" for place in range(6)],
        "example_id": ["e0", "e1", "e2", "e3", "e4", "e6"],
        "output": ["the answer is 42", "b", "c", "x", "d", "f"],
        "eval.ok.label": ["incorrect", "correct", "correct", "correct", "correct", "correct"],
        "eval.ok.explanation": ["it is wrong", None, None, None, None, None],
        "latency_ms": [1.0] * 6,
    }
)
EXAMPLES = pa.table(
    {"id": [f"e{place}" for place in range(7)], "question": ["what?"] * 7, "topic": ["x", "y"] * 3 + ["x"]}
)


@pytest.fixture
def sent(monkeypatch):
    """Collect what Python says to browsers, as if one had been looking from the start."""
    box = []
    monkeypatch.setattr(Front, "send", lambda _self, content, buffers=None: box.append(content))
    monkeypatch.setattr(
        Front, "post", lambda _self, kind, content, buffers=(): box.append({"kind": kind, **content})
    )
    return box


@pytest.fixture
def comparison():
    return ax.compare(BEFORE, AFTER, examples=EXAMPLES, names=["base", "cand"])


def test_every_example_has_one_outcome(comparison):
    """Pairs regressed, improved or stayed; the rest errored, is missing or unscored; together
    they are all.
    """
    counts = outcome_counts(comparison, "ok", "cand")
    expected = {
        "regressed": 1,
        "improved": 1,
        "changed": 0,
        "unchanged": 1,
        "errored": 1,
        "missing": 2,
        "unscored": 1,
        "all": 7,
    }
    row = comparison.rows[0]

    assert expected == counts
    assert (row["n_missing"], row["n_error"], row["n_unscored"]) == (
        counts["missing"],
        counts["errored"],
        counts["unscored"],
    )
    for outcome in OUTCOMES:
        table = outcome_table(comparison, "ok", "cand", outcome)
        assert (counts[outcome], {outcome} if counts[outcome] else set()) == (
            table.num_rows,
            set(table["outcome"].to_pylist()),
        )
    every = outcome_table(comparison, "ok", "cand", "all").to_pylist()
    assert {
        "e0": "regressed",
        "e1": "improved",
        "e2": "unchanged",
        "e3": "errored",
        "e4": "unscored",
        "e5": "missing",
        "e6": "missing",
    } == {line["example_id"]: line["outcome"] for line in every}
    lost = next(line for line in every if line["example_id"] == "e3")
    assert ("Timeout", None, "x", "what?") == (
        lost["baseline_error"],
        lost["baseline_output"],
        lost["candidate_output"],
        lost["question"],
    )


def test_counts_of_outcomes_are_those_of_the_summary():
    """On random experiments with gaps and errors the explorer and the summary never disagree."""
    draw = np.random.default_rng(0)

    def runs(n):
        keep = draw.random(n) < 0.9
        scores = np.where(draw.random(n) < 0.1, np.nan, draw.integers(0, 4, n) / 3)
        errors = ["boom" if failed else None for failed in draw.random(n) < 0.1]
        table = pa.table(
            {
                "example_id": [f"e{place}" for place in range(n)],
                "error": errors,
                "eval.s.score": pa.array(scores, mask=np.isnan(scores)),
            }
        )
        return table.filter(pa.array(keep))

    found = ax.compare(runs(300), runs(300), direction="higher")
    counts, row = outcome_counts(found, "s", found.candidates[0]), found.rows[0]

    assert [row[name] for name in ("regressions", "improvements", "n_error", "n_missing", "n_unscored")] == [
        counts[name] for name in ("regressed", "improved", "errored", "missing", "unscored")
    ]
    assert row["unchanged"] == counts["unchanged"]


def test_an_example_shows_inputs_both_outputs_their_diff_verdicts_and_metadata(comparison):
    """What a person needs to judge the judge."""
    found = example_detail(comparison, "cand", "e0", link=lambda facts: "https://app/x")
    by_type = {section["type"]: section for section in found}
    titles = [section.get("title") for section in found]

    assert [["question", "what?"], ["topic", "x"]] == found[0]["rows"]
    assert [
        "~",
        [["same", "the answer is "], ["del", "41"]],
        [["same", "the answer is "], ["ins", "42"]],
    ] == by_type["diff"]["rows"][0]
    assert "ok: explanation" in titles
    assert ["ok", "correct", None, "incorrect", None] == next(
        one for one in found if one.get("title") == "Evaluations"
    )["rows"][0]
    assert [["run id", "b0", "a0"], ["model", "m1", None], ["latency_ms", None, "1"]] == next(
        one for one in found if one.get("title") == "Run metadata"
    )["rows"]
    assert 2 == sum(section["type"] == "link" for section in found)


def test_an_example_that_one_side_lacks_is_shown_as_far_as_it_goes(comparison):
    """No run, an error, unknown inputs: each is said."""
    notes = [section.get("text") for section in example_detail(comparison, "cand", "e5")]
    assert "No run of this example in candidate: cand." in notes
    assert "Errors" in [section.get("title") for section in example_detail(comparison, "cand", "e3")]
    bare = ax.compare(BEFORE, AFTER, names=["base", "cand"])
    assert "not known here" in example_detail(bare, "cand", "e0")[0]["text"]
    twice = ax.compare(
        pa.concat_tables([BEFORE, BEFORE.set_column(0, "id", [[f"c{place}" for place in range(6)]])]),
        AFTER,
        names=["base", "cand"],
    )
    assert "2 runs of this example in baseline: base; the first is shown." in [
        one.get("text") for one in example_detail(twice, "cand", "e0")
    ]


def test_explorer_hands_back_what_it_shows(comparison, sent):
    """Metric, candidate and outcome are set from Python too; frame and command follow."""
    explorer = ax.ComparisonExplorer(comparison)
    assert ("ok", "cand", "regressed") == (explorer.metric, explorer.candidate, explorer.outcome)
    assert ["e0"] == explorer.frame()["example_id"].tolist()

    explorer.outcome = "missing"
    explorer.grid.selected_ids = ("e6",)
    assert ["e5", "e6"] == explorer.frame(all_pages=True)["example_id"].tolist()
    assert ["e6"] == explorer.selected["example_id"].tolist()
    assert "%ax experiments explore $comparison --outcome missing" == explorer.command
    explorer.metric = "latency_ms" if "latency_ms" in [metric.name for metric in comparison.metrics] else "ok"
    assert "<ComparisonExplorer: cand against base>" == repr(explorer)


@pytest.mark.parametrize("kind", PLOTS)
def test_plots_travel_as_messages_with_a_text_for_those_who_cannot_see(comparison, sent, kind):
    """A picture is bytes beside a message, never a trait; where there is nothing to draw a line says so."""
    explorer = ax.ComparisonExplorer(comparison)
    explorer._more.value = ("plot", kind)
    assert explorer.wait()
    last = sent[-1]

    if last["kind"] == "problem":
        assert kind in ("latency", "scores", "scatter")
    else:
        assert ("image", True) == (last["sections"][0]["type"], len(last["sections"][0]["alt"]) > 20)
        assert explorer._side._buffers[0].startswith(b"\x89PNG")


def test_hostile_text_anywhere_breaks_nothing_and_stays_text(sent):
    """Names, outputs, labels, explanations, metadata and ids of every bad kind go through all of the
    explorer.
    """
    bad = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\u202erlo",
        "nul\x00l",
        "\x1b[31m",
        r"$\href{javascript:alert(1)}{x}$",
        "\ud800",
        "x" * 1_000_000,
    ]

    def runs(side):
        text = [value.encode("utf-8", "replace").decode() for value in bad]
        return pa.table(
            {
                "id": [f"{side}{value[:50]}" for value in text], "example_id": [value[:50] for value in text],
                "output": [side + value for value in text],
                "eval.<b>.label": text if side == "b" else text[::-1], "eval.<b>.explanation": text, text[0]: text,
            }
        )  # fmt: skip

    explorer = ax.ComparisonExplorer(
        ax.compare(runs("b"), runs("a"), names=["<svg onload=alert(1)>", r"$\alpha$"])
    )
    explorer.outcome = "all"
    for key in explorer.frame()["example_id"]:
        explorer.grid.detail_of(key)
    html = explorer._repr_mimebundle_()["text/html"]

    assert "<script" not in html
    assert "<img" not in html
    assert "<svg" not in html
    assert max(len(json.dumps(one)) for one in sent) < 200_000
    states = json.dumps(
        [
            explorer.grid._front.get_state(),
            explorer._summary._front.get_state(),
            explorer._outcome.get_state(),
        ],
        default=str,
    )
    assert "alert(1)" not in states


class Client:
    """A client whose compare waits for a signal; it lists nothing."""

    def __init__(self):
        self.go = threading.Event()
        self.spaces = self.datasets = self.experiments = self

    def list(self, **_asked):
        return Page(items=())

    def compare(self, *_experiments, **_settings):
        self.go.wait(5)
        return ax.compare(BEFORE, AFTER, names=["base", "cand"])


def test_a_long_read_can_be_cancelled(sent):
    """What was being read is dropped, and the button is there again; what is compared takes the picker's
    place, until it is asked for.
    """
    client = Client()
    explorer = ax.ComparisonExplorer(client)
    chooser = explorer.chooser
    chooser.picker.value = (Experiment(id="1", name="base"), Experiment(id="2", name="cand"))
    chooser.compare_button.click()
    assert "reading the runs of 2 experiments" in chooser.status.value
    chooser.compare_button.click()  # pressed twice: once is enough
    chooser.cancel_button.click()
    client.go.set()
    assert explorer.wait()

    assert explorer.comparison is None
    assert "cancelled" in chooser.status.value
    assert ("Compare", False) == (chooser.compare_button.description, chooser.compare_button.disabled)
    chooser.compare_button.click()
    assert explorer.wait()
    assert "base" == explorer.comparison.baseline
    assert ("none", "Pick other experiments") == (
        chooser.picker.layout.display,
        chooser.compare_button.description,
    )
    chooser.compare_button.click()
    assert (None, "Compare") == (chooser.picker.layout.display, chooser.compare_button.description)


def test_what_is_shown_first_is_measured_off_the_kernels_thread(sent, monkeypatch):
    """A comparison computes when it is asked: the worker asks, so that showing it holds nobody up."""
    measured = []
    monkeypatch.setattr(
        ax.ComparisonExplorer, "_take", lambda _self, found: measured.append("_measured" in vars(found))
    )
    client = Client()
    client.go.set()
    explorer = ax.ComparisonExplorer(client)
    explorer.chooser.picker.value = (Experiment(id="1", name="base"), Experiment(id="2", name="cand"))
    explorer.chooser.compare_button.click()
    assert explorer.wait()

    assert [True] == measured
    assert "_measured" not in vars(ax.compare(BEFORE, AFTER))


def test_explorer_over_names_asks_the_service(client, sent):
    """Two names and a client: runs, examples and annotation directions are read; the link names the
    organization.
    """
    dataset = client.datasets.create(name="qa", examples=[{"question": f"q{place}"} for place in range(3)])
    ids = client.datasets.examples(dataset)["id"].tolist()
    for name in ("base", "cand"):
        runs = [
            {"example_id": one, "output": name, "eval.ok.label": "correct" if name == "base" else "incorrect"}
            for one in ids
        ]
        client.experiments.create(name=name, dataset=dataset, runs=runs)
    explorer = ax.ComparisonExplorer(client, "base", "cand", dataset="qa")
    assert explorer.wait()
    _, found = explorer.grid.detail_of(ids[0])

    assert ["regressed"] * 3 == explorer.frame()["outcome"].tolist()
    assert "%ax experiments explore base cand --dataset qa" == explorer.command
    assert "question" == found[0]["rows"][0][0]
    assert all(section["url"].startswith("http") for section in found if section["type"] == "link")
    with pytest.raises(ComparisonError, match="one experiment is no comparison"):
        ax.ComparisonExplorer(client, "base", dataset="qa")


def test_links_are_whole_or_none():
    """An address without all its ids is not shown."""
    facts = {"space_id": "S/1", "dataset_id": "D=", "experiment_id": "E"}

    assert (
        "https://app/organizations/O%2B/spaces/S%2F1/datasets/D%3D?selectedTab=experiments"
        == experiment_link("https://app/", "O+", facts)
    )
    assert experiment_link("https://app", "O", {}) is None


def test_the_browser_opens_runs_with_their_evaluations(sent):
    """One experiment: output and verdicts first; a row in full."""
    browser = ax.RunBrowser(BEFORE)
    title, found = browser.detail_of("b0")

    assert ["id", "example_id", "output", "error", "eval.ok.label", "model", "eval.ok.explanation"] == list(
        browser.columns
    )
    assert "run b0" == title
    assert ["id", "example_id", "output"] == list(ax.RunBrowser(BEFORE.slice(0, 0)).columns[:3])
    assert ["Output", "Evaluations", "ok.explanation", "Run"] == [section["title"] for section in found]
    frame = browser.frame(all_pages=True)
    frame.attrs["arize"] = {"experiment_id": "RXhw", "experiment": "base"}
    assert "%ax experiments browse RXhw" == ax.RunBrowser(frame).command


def test_the_browser_puts_what_the_example_asks_beside_the_run():
    """Matched by id whatever the order; a name that both have is told apart; a run without an example keeps
    its row.
    """
    runs = [
        {"id": f"r{place}", "example_id": f"e{place}", "output": f"o{place}", "topic": "mine"}
        for place in range(4)
    ]
    examples = pa.table(
        {
            "id": ["e2", "e0", "e1"],
            "question": ["q2", "q0", "q1"],
            "topic": ["t2", "t0", "t1"],
            "created_at": [1, 2, 3],
        }
    )
    browser = ax.RunBrowser(runs, examples=examples)

    assert ["id", "example_id", "question", "example.topic", "output", "topic"] == list(browser.columns)
    assert ["q0", "q1", "q2", None] == browser._view.source.table["question"].to_pylist()
    title, found = browser.detail_of("r2")
    assert ("run r2", "Example", [["question", "q2"], ["topic", "t2"]]) == (
        title,
        found[0]["title"],
        found[0]["rows"],
    )


def test_the_magic_browses_runs_with_their_examples(client, cell):
    """`%ax experiments browse` reads the version of the dataset that the experiment ran over."""
    dataset = client.datasets.create(name="asked", examples=[{"question": f"q{place}"} for place in range(3)])
    ids = client.datasets.examples(dataset)["id"].tolist()
    client.experiments.create(
        name="ran", dataset=dataset, runs=[{"example_id": one, "output": "a"} for one in ids]
    )
    browser = cell("%ax experiments browse ran --dataset asked -q")

    assert ["q0", "q1", "q2"] == sorted(browser.frame()["question"])
