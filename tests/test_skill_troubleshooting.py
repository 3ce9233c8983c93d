"""The skill document's troubleshooting table, a test a row: the error says what the table says."""

from __future__ import annotations

import json

import pytest

from arize_nb.errors import AxError


@pytest.fixture
def world(client):
    """A client whose space has a dataset and an experiment over it."""
    dataset = client.datasets.create(name="questions", examples=[{"question": "2+2"}])
    ids = list(client.datasets.examples(dataset)["id"])
    client.experiments.create(
        name="gpt-4o-baseline", runs=[{"example_id": ids[0], "output": "4"}], dataset=dataset
    )
    return client


@pytest.fixture
def failing(cell, world):
    """Run a line that fails; returns the error's text."""

    def run(line, body=None):
        with pytest.raises(AxError) as caught:
            cell(f"%ax {line}" if body is None else f"%%ax {line}\n{body}")
        return str(caught.value)

    return run


def test_ax_not_found(failing, monkeypatch):
    """`ax: command not found`: what needs the official program says how to install it; nothing
    else needs it.
    """
    monkeypatch.setenv("PATH", "/nonexistent")

    assert "arize-ax-cli" in failing("traces list")


def test_401(failing, monkeypatch):
    """`401 Unauthorized`: names where the key came from and where keys are made."""
    monkeypatch.setenv("ARIZE_API_KEY", "wrong")

    text = failing("experiments list")

    assert "401" in text
    assert "ARIZE_API_KEY" in text
    assert "https://app.arize.com/admin" in text


def test_no_profile(failing):
    """`No profile found`: names the profiles there are and how to make one."""
    text = failing("experiments list --profile nope")

    assert "nope" in text
    assert "%ax profiles create" in text


def test_experiment_not_found(failing):
    """`Experiment not found`: gives the line that lists them, and close names."""
    text = failing("experiments get gpt-4o-baselin --dataset questions")

    assert "gpt-4o-baseline" in text
    assert "%ax experiments list" in text


@pytest.mark.parametrize("body", ['[{"example_id": "x"}]', '[{"output": "x"}]'])
def test_invalid_runs_file(failing, body):
    """`Invalid runs file`: names the field that is missing."""
    missing = "output" if "example_id" in body else "example_id"

    assert missing in failing("experiments create -n bad --dataset questions -f -", body)


def test_example_id_mismatch(failing, world):
    """`example_id mismatch`: names the ids, how many, and the line that exports the dataset; nothing was
    made.
    """
    text = failing(
        "experiments create -n bad --dataset questions -f -", '[{"example_id": "x1", "output": "o"}]'
    )

    assert "'x1'" in text
    assert "%ax datasets export" in text
    assert world.experiments.list(name="bad").items == ()


def test_no_runs_found(world, cell):
    """`No runs found`: an export without rows is an empty frame with the columns, not an error, and a line
    says so.
    """
    frame = cell("%ax experiments export gpt-4o-baseline --dataset questions --filter \"output = 'nothing'\"")

    assert len(frame) == 0
    assert "There are no runs in 'gpt-4o-baseline', or none that the filter keeps.\n" in cell.shown
    assert {"id", "example_id", "output", "error"} <= set(frame.columns)


def test_dataset_not_found(failing):
    """`Dataset not found`: gives the line that lists them, and close names."""
    text = failing("experiments list --dataset question")

    assert "questions" in text
    assert "%ax datasets list" in text


def test_annotations_of_examples(failing, cell, world, ipython):
    """Annotations whose record ids are example ids: the error names the flag that annotates their runs, and
    with it the line works.
    """
    (example_id,) = world.datasets.examples("questions")["id"]
    ipython.user_ns["notes"] = [{"record_id": example_id, "name": "quality", "label": "good"}]
    line = "experiments annotate-runs gpt-4o-baseline --dataset questions -f $notes --create-configs"

    assert "--by-example-id" in failing(line)
    assert cell(f"%ax {line} --by-example-id").written == 1
    assert list(
        world.experiments.runs("gpt-4o-baseline", dataset="questions")["annotation.quality.label"]
    ) == ["good"]


def test_missing_annotation_configs(failing, cell, world):
    """Annotations without their configs: the error names them all, and the line that it gives makes the
    first, whatever its name.
    """
    (run_id,) = world.experiments.runs("gpt-4o-baseline", dataset="questions")["id"]
    body = json.dumps(
        [{"record_id": run_id, "name": name, "label": 'it\'s "so"'} for name in ("how it's said", "tone")]
    )
    line = "experiments annotate-runs gpt-4o-baseline --dataset questions -f -"

    text = failing(line, body)
    made = cell(text.partition("Make it: ")[2].partition(" (or let")[0])

    assert f"annotation config {made.name!r} not found in space {world.space!r}" in text
    assert "Missing as well: 'tone'" in text
    assert [value.label for value in made.values] == ['it\'s "so"']
