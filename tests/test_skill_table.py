"""Every command and flag of the arize-experiment skill document, as a magic, as arize-nb and as Python: the
three agree.

The document writes `ax …`; the same words follow `%ax` in a notebook and `arize-nb` in a terminal.
"""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from arize_nb.cli import status_of
from arize_nb.frames import to_records

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = [
    {
        "output": "The answer is 4.",
        "evaluations": {
            "correctness": {"label": "correct", "score": 1.0},
            "relevance": {"score": 0.95, "explanation": "Directly answers the question"},
        },
        "metadata": {"model": "gpt-4o", "latency_ms": 1234},
    },
    {
        "output": "6",
        "evaluations": {"correctness": {"label": "incorrect", "score": 0.0}},
        "metadata": {"model": "gpt-4o", "latency_ms": 5},
    },
]


@dataclass
class World:
    """What the lines of the document are about."""

    client: Any
    dataset: Any
    experiment: Any
    runs: list[dict[str, Any]]
    folder: Any

    def fill(self, text):
        """Put names in place of the document's placeholders."""
        for placeholder, value in {
            "DATASET_NAME": "questions",
            "SPACE": self.client.space,
            "NAME_OR_ID": self.experiment.id,
            "EXPERIMENT_NAME": self.experiment.name,
            "CURSOR_TOKEN": self.cursor,
        }.items():
            text = text.replace(placeholder, shlex.quote(value))
        return text

    @property
    def cursor(self):
        """A cursor of the list of experiments, after the first."""
        return self.client.experiments.list(limit=1).next_cursor


@pytest.fixture
def world(client, tmp_path, monkeypatch):
    """A dataset, two experiments over it, and the document's files in the current folder."""
    monkeypatch.chdir(tmp_path)
    dataset = client.datasets.create(name="questions", examples=[{"question": "2+2"}, {"question": "3+3"}])
    ids = list(client.datasets.examples(dataset)["id"])
    runs = [{"example_id": one, **run} for one, run in zip(ids, RUNS, strict=True)]
    experiment = client.experiments.create(name="gpt-4o-baseline", runs=runs, dataset=dataset)
    client.experiments.create(name="claude-test", runs=runs[:1], dataset=dataset)
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    pd.DataFrame([{"example_id": one["example_id"], "output": one["output"]} for one in runs]).to_csv(
        tmp_path / "runs.csv", index=False
    )
    client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])
    run_ids = list(client.experiments.runs(experiment)["id"])
    annotations = [{"record_id": one, "values": [{"name": "quality", "label": "good"}]} for one in run_ids]
    (tmp_path / "annotations.json").write_text(json.dumps(annotations))
    pd.DataFrame([{"record_id": one, "name": "quality", "label": "good"} for one in run_ids]).to_csv(
        tmp_path / "annotations.csv", index=False
    )
    return World(client, dataset, experiment, runs, tmp_path)


@pytest.fixture
def magic(ipython, capsys):
    """Run a line after %ax (or a cell after %%ax); returns the value, or what it printed."""

    def run(line, body=None):
        capsys.readouterr()
        result = ipython.run_cell(f"%ax {line}" if body is None else f"%%ax {line}\n{body}")
        result.raise_error()
        printed = capsys.readouterr().out
        return result.result if result.result is not None else printed

    return run


@pytest.fixture
def console(capsys, monkeypatch):
    """Run a line after arize-nb; returns what it printed."""

    def run(line, body=None):
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO(body or ""))
        status = status_of(shlex.split(line))
        out, err = capsys.readouterr()
        assert status == 0, err
        return out

    return run


def names(value):
    """Reduce a list of any face to names."""
    if isinstance(value, str):
        shown = json.loads(value)
        return [item["name"] for item in next(iter(shown.values()))]
    return list(value["name"]) if isinstance(value, pd.DataFrame) else [item.name for item in value]


def fields(value):
    """Reduce a resource of any face to its fields, as JSON has them."""
    from arize_nb.commands.output.documents import document, json_text

    return json.loads(value if isinstance(value, str) else json_text(document(value)))


def runs_of(value):
    """Reduce an export of any face to nested records."""
    if isinstance(value, str):
        return json.loads(value)
    return to_records(value) if isinstance(value, pd.DataFrame) else list(value)


def examples_of(value):
    """Reduce an export of examples to id and question."""
    records = json.loads(value) if isinstance(value, str) else value.to_dict("records")
    return [(record["id"], record["question"]) for record in records]


READING: list[tuple[str, Callable[[Any], Any], Callable[[World], Any]]] = [
    ("experiments list", names, lambda w: w.client.experiments.list()),
    (
        "experiments list --dataset DATASET_NAME --space SPACE --limit 20",
        names,
        lambda w: w.client.experiments.list(dataset="questions", space=w.client.space, limit=20),
    ),
    ("experiments list --cursor CURSOR_TOKEN", names, lambda w: w.client.experiments.list(cursor=w.cursor)),
    ("experiments list -n claude", names, lambda w: w.client.experiments.list(name="claude")),
    ("experiments list --name 4O", names, lambda w: w.client.experiments.list(name="4O")),
    ("experiments get NAME_OR_ID", fields, lambda w: w.client.experiments.get(w.experiment.id)),
    (
        "experiments get EXPERIMENT_NAME --dataset DATASET_NAME --space SPACE",
        fields,
        lambda w: w.client.experiments.get("gpt-4o-baseline", dataset="questions", space=w.client.space),
    ),
    (
        "experiments export EXPERIMENT_NAME --dataset DATASET_NAME --space SPACE",
        runs_of,
        lambda w: w.client.experiments.iter_records(
            "gpt-4o-baseline", dataset="questions", space=w.client.space
        ),
    ),
    (
        "experiments export EXPERIMENT_NAME --dataset DATASET_NAME --space SPACE --all",
        runs_of,
        lambda w: w.client.experiments.runs("gpt-4o-baseline", dataset="questions", transport="flight"),
    ),
    ("datasets list --space SPACE", names, lambda w: w.client.datasets.list(space=w.client.space)),
    (
        "datasets export DATASET_NAME --space SPACE",
        examples_of,
        lambda w: w.client.datasets.examples("questions", space=w.client.space),
    ),
    ("spaces list", names, lambda w: w.client.spaces.list()),
    ("projects list --limit 100", names, lambda w: w.client.projects.list(limit=100)),
]
"""Line of the document, what of its result is compared, the same in Python."""


@pytest.mark.parametrize(("line", "reduce", "python"), READING, ids=[line for line, _, _ in READING])
def test_reading(world, magic, console, line, reduce, python):
    """The value of the magic, what it prints with -o json, what arize-nb prints and what Python returns are
    one.
    """
    filled = world.fill(line)
    printing = f"{filled} --stdout" if " export " in f" {line} " else f"{filled} -o json"

    expected = reduce(python(world))

    assert reduce(magic(filled)) == expected
    assert reduce(magic(printing)) == expected
    assert reduce(console(printing)) == expected


def test_response_fields(world, magic):
    """`experiments get` has every response field of the document; one the service left out is None."""
    found = magic(f"experiments get {world.experiment.id}")

    for field in (
        "id",
        "name",
        "dataset_id",
        "dataset_version_id",
        "experiment_traces_project_id",
        "created_at",
        "updated_at",
    ):
        assert hasattr(found, field)
    assert found.dataset_id == world.dataset.id


@pytest.mark.parametrize("everything", ["", " --all"])
def test_export_to_a_folder(world, magic, console, everything):
    """`--output-dir ./results` writes the same runs.json from both."""
    line = f"experiments export gpt-4o-baseline --dataset questions --output-dir ./results{everything}"
    console(line)
    (written,) = (world.folder / "results").glob("experiment_gpt-4o-baseline_*/runs.json")
    by_console = json.loads(written.read_text())
    shutil.rmtree(world.folder / "results")
    frame = magic(line)
    (written,) = (world.folder / "results").glob("experiment_gpt-4o-baseline_*/runs.json")

    assert json.loads(written.read_text()) == by_console == to_records(frame)


CREATING = [
    ('experiments create --name "{name}" --dataset DATASET_NAME --space SPACE --file runs.json', None),
    ("experiments create --name {name} --dataset DATASET_NAME --space SPACE --file runs.csv", None),
    ("experiments create -n {name} --dataset DATASET_NAME -s SPACE -f runs.json -o json", None),
    ("experiments create --name {name} --dataset DATASET_NAME --space SPACE --file -", "runs.json"),
]


@pytest.mark.parametrize(
    ("line", "stdin"), CREATING, ids=[f"{line} < {stdin}" if stdin else line for line, stdin in CREATING]
)
def test_creating(world, magic, console, line, stdin):
    """The same file makes the same experiment by each way."""
    body = (world.folder / stdin).read_text() if stdin else None
    magic(world.fill(line.format(name="by-magic")), body)
    console(world.fill(line.format(name="by-console")), body)
    world.client.experiments.create(
        name="by-python", runs="runs.csv" if "csv" in line else "runs.json", dataset="questions"
    )

    def stored(name):
        return [
            {key: value for key, value in run.items() if key != "id"}
            for run in world.client.experiments.iter_records(name, dataset="questions")
        ]

    key = "example_id"
    by_python = sorted(stored("by-python"), key=lambda run: run[key])
    assert len(by_python) == 2
    assert sorted(stored("by-magic"), key=lambda run: run[key]) == by_python
    assert sorted(stored("by-console"), key=lambda run: run[key]) == by_python


DELETING = [
    "experiments delete {id} --force",
    "experiments delete {name} --dataset DATASET_NAME --space SPACE -f",
    "experiments delete {id} -f",
]


@pytest.mark.parametrize("line", DELETING)
def test_deleting(world, magic, console, line):
    """An experiment is gone by each way."""
    made = [
        world.client.experiments.create(name=f"gone-{index}", runs=world.runs, dataset="questions")
        for index in range(3)
    ]
    magic(world.fill(line.format(id=made[0].id, name="gone-0")))
    console(world.fill(line.format(id=made[1].id, name="gone-1")))
    world.client.experiments.delete("gone-2", dataset="questions")

    assert names(world.client.experiments.list(name="gone")) == []


ANNOTATING = [
    "experiments annotate-runs NAME_OR_ID --file annotations.json --dataset DATASET_NAME --space SPACE",
    "experiments annotate-runs NAME_OR_ID --file annotations.csv --dataset DATASET_NAME --space SPACE",
    "experiments annotate-runs EXPERIMENT_NAME -f annotations.json --dataset DATASET_NAME --space SPACE",
]


@pytest.mark.parametrize("line", ANNOTATING)
def test_annotating(world, magic, console, line):
    """Annotations are written, and the receipt says how many, by each way."""
    filled = world.fill(line)
    file = "annotations.csv" if "csv" in line else "annotations.json"

    by_python = world.client.experiments.annotate(world.experiment, file)

    assert (by_python.written, by_python.unmatched) == (2, ())
    assert magic(filled) == by_python
    assert json.loads(console(f"{filled} -o json"))["written"] == 2
    assert set(world.client.experiments.runs(world.experiment)["annotation.quality.label"]) == {"good"}


def test_profiles_show(world, magic, console):
    """`profiles show` says which service is used, the key masked."""
    import os

    shown = magic("profiles show")

    assert shown["source"] == "ARIZE_API_KEY"
    assert json.loads(console("profiles show -o json"))["api_key"] == shown["api_key"]
    assert os.environ["ARIZE_API_KEY"] not in str(shown)


RECIPES = [
    ("jq 'length'", "2"),
    ("jq '.[0] | .evaluations.correctness.label'", '"correct"'),
    ("jq -r '.[].output'", "The answer is 4.\n6"),
    ("jq '[.[] | .evaluations.correctness.score] | add / length'", "0.5"),
    (
        "jq -c '[.[] | .evaluations.correctness.label] | group_by(.) | map({label: .[0], count: length})'",
        '[{"label":"correct","count":1},{"label":"incorrect","count":1}]',
    ),
    ("jq '[.[] | select(.evaluations.correctness.score < 0.5)] | length'", "1"),
    ("jq -r '.[] | [.output, .evaluations.correctness.score] | @csv'", '"The answer is 4.",1\n"6",0'),
]


@pytest.mark.skipif(
    shutil.which("jq") is None, reason="jq is not installed: the document's recipes cannot be tried"
)
@pytest.mark.parametrize(("recipe", "expected"), RECIPES, ids=[recipe for recipe, _ in RECIPES])
def test_recipes(world, console, recipe, expected):
    """The document's jq recipes work on what `export --stdout` prints."""
    exported = console("experiments export gpt-4o-baseline --dataset questions --stdout")
    ended = subprocess.run(
        ["/bin/sh", "-c", recipe], input=exported, capture_output=True, text=True, check=True, timeout=30
    )

    got = ended.stdout.strip().replace("1.0", "1").replace("0.0", "0")
    assert sorted(got.splitlines()) == sorted(expected.splitlines())


def test_infer_template(world, console):
    """The document's infer.py reads `datasets export --stdout` and what it writes creates an experiment."""
    examples = json.loads(console("datasets export questions --stdout"))
    runs = []
    for example in examples:
        user_input = example.get("input") or example.get("question") or example.get("prompt") or str(example)
        runs.append(
            {
                "example_id": example["id"],
                "output": user_input.upper(),
                "metadata": {"model": "upper", "latency_ms": 1},
            }
        )

    console("experiments create --name inferred --dataset questions --file -", json.dumps(runs))

    assert set(world.client.experiments.runs("inferred", dataset="questions")["output"]) == {"2+2", "3+3"}
