"""The lines that widgets hand back read back as what was meant, whatever the names are."""

from __future__ import annotations

import pyarrow as pa
import pytest

import arize_nb as ax
from arize_nb.models import Experiment, Space
from arize_nb.text.command_words import options, word
from arize_nb.widgets.parts.channel import Front

HOSTILE = [
    "plain-name",
    "two words",
    "it's quoted",
    "-rm",
    "--metric",
    "$dataset",
    "$HOME and {braces}",
    "{client}",
    "ends in ?",
    "%ax; !ls",
    "<img src=x onerror=alert(1)>",
    "# no comment",
    "tab\there",
    "line\nbreak",
    "\u202eoverride",
    "ünï→中文",
    "runs.csv",
]


@pytest.fixture(autouse=True)
def no_browser(monkeypatch):
    """Send nothing: no browser looks."""
    monkeypatch.setattr(Front, "send", lambda _self, _content, buffers=None: None)


@pytest.fixture
def named(client):
    """Make a dataset and an experiment of every hostile name that the service takes."""
    dataset = client.datasets.create(name="it's $qa", examples=[{"question": "q"}])
    example = client.datasets.examples(dataset)["id"].iloc[0]
    runs = [{"example_id": example, "output": "a", "eval.ok and $more.label": "correct"}]
    return dataset, [client.experiments.create(name=name, dataset=dataset, runs=runs) for name in HOSTILE]


def test_what_the_pickers_say_gets_the_same_experiment(client, named, cell):
    """Typed into a cell, the magic finds the experiment that was picked; so does the Python."""
    dataset, experiments = named
    picker = ax.ExperimentPicker(client, dataset=dataset)
    picker.wait()
    for experiment in experiments:
        picker.experiments.chosen = (experiment,)
        assert "\n" not in picker.command
        assert (experiment.name, experiment.id) == (experiment.name, cell(picker.command).id)
        assert (experiment.name, experiment.id) == (experiment.name, eval(picker.code, {"client": client}).id)


def test_what_the_explorer_says_opens_the_same_comparison(client, named, cell):
    """Every pair of names comes back, with the metric, the candidate and the outcome that were shown."""
    dataset, experiments = named
    for first, *others in zip(experiments, experiments[1:], experiments[2:], strict=False):
        explorer = ax.ComparisonExplorer(client, first, *others, dataset=dataset)
        explorer.candidate, explorer.outcome = explorer.comparison.candidates[-1], "all"
        again = cell(explorer.command)
        assert (explorer.comparison.baseline, explorer.comparison.candidates) == (
            again.comparison.baseline,
            again.comparison.candidates,
        )
        assert (explorer.metric, explorer.candidate, "all") == (again.metric, again.candidate, again.outcome)
        assert explorer.command == again.command


def test_frames_without_an_experiment_behind_them_are_said_as_a_variable(cell, ipython):
    """No service knows them: the line opens the comparison in a variable, and works when there is one."""
    rows = pa.table(
        {"example_id": ["e1", "e2"], "eval.ok.label": ["correct", "incorrect"], "latency_ms": [1.0, 2.0]}
    )
    comparison = ax.compare(rows, rows, names=["a", "b"])
    explorer = ax.ComparisonExplorer(comparison)
    explorer.metric = "latency_ms" if "latency_ms" in [one.name for one in comparison.metrics] else "ok"
    ipython.user_ns["comparison"] = comparison
    again = cell(explorer.command)

    assert explorer.command.startswith("%ax experiments explore $comparison")
    assert (comparison, explorer.metric) == (again.comparison, again.metric)


def test_what_the_reviewer_and_the_browser_say_opens_the_same(client, named, cell):
    """Sample, seed, configs and blindness are part of the line."""
    dataset, experiments = named
    client.annotation_configs.create(name="-quality's", type="categorical", values=["good"])
    for experiment in experiments[3:8]:
        reviewer = ax.RunReviewer(
            client,
            experiment,
            dataset=dataset,
            which=("random", 1),
            seed=7,
            blind=True,
            configs=["-quality's"],
            show_judge=True,
        )
        assert reviewer.wait()
        again = cell(reviewer.command)
        assert again.wait()
        assert reviewer.command == again.command
        assert [one.run_id for one in reviewer.session.items] == [one.run_id for one in again.session.items]
        browser = ax.RunBrowser(client.experiments.runs(experiment))
        assert browser.frame()["id"].tolist() == cell(browser.command).frame()["id"].tolist()
    assert (
        "ax.RunReviewer(client, ['plain-name', 'two words'], …)"
        == ax.RunReviewer(client, experiments[:2], dataset=dataset).command
    )


def test_words_and_options():
    """A name that reads as an option or cannot be copied gives way to the id; where there is none, a
    variable's dollar is doubled.
    """
    assert ["x", "'a b'", "RXhw", "RXhw", "'$$x'"] == [
        word(Experiment(id="RXhw", name="x")),
        word(Space(id="s", name="a b")),
        word(Experiment(id="RXhw", name="-x")),
        word(Experiment(id="RXhw", name="a\u202eb")),
        word("$x"),
    ]
    assert ["--a x", "--flag", "--m 'b c'", "--m d", "--n 3"] == options(
        {"a": "x", "none": None, "flag": True, "off": False, "m": ["b c", "d"], "n": 3}
    )


def test_a_choice_that_is_not_there_is_one_line_that_says_what_is():
    """Setting an unknown metric, candidate or outcome names the known ones."""
    rows = pa.table({"example_id": ["e1"], "eval.ok.label": ["correct"]})
    explorer = ax.ComparisonExplorer(ax.compare(rows, rows, names=["a", "b"]))
    with pytest.raises(ax.AxError, match="no outcome 'worse' here") as raised:
        explorer.outcome = "worse"
    assert "regressed, improved" in raised.value.hint


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "%ax experiments explore a.csv 'my run.csv'"),
        (
            {"key": "question", "metrics": ["score"], "names": ["old", "new"], "seed": 3},
            (
                "%ax experiments explore a.csv 'my run.csv' --key question --names old --names new --seed 3"
                " --metric score"
            ),
        ),
        ({"margin": 0.1}, "%ax experiments explore $comparison"),
    ],
)
def test_files_are_said_by_their_paths_and_options(cell, ipython, tmp_path, monkeypatch, options, line):
    """What a line can say it says; it opens the same comparison."""
    monkeypatch.chdir(tmp_path)
    for name, step in (("a.csv", 0.0), ("my run.csv", 0.2)):
        rows = "".join(f"what is {i}?,{0.1 + step + i / 100}\n" for i in range(12))
        (tmp_path / name).write_text(f"question,score\n{rows}")
    comparison = ax.compare("a.csv", "my run.csv", **options)
    explorer = ax.ComparisonExplorer(comparison)
    ipython.user_ns["comparison"] = comparison
    again = cell(explorer.command)

    assert line == explorer.command.partition(" --outcome")[0]
    assert comparison.summary.equals(again.comparison.summary)
