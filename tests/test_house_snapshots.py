"""What people and files rely on stays as committed in tests/snapshots while files move (docs/house.md)."""

from __future__ import annotations

import gzip
import importlib
import re
import sys
from pathlib import Path

import pytest
from house import snapshots

import arize_nb
from arize_nb import workspace
from arize_nb.harness import exact_match


@pytest.mark.parametrize("name", snapshots.TAKEN)
def test_it_is_as_committed(name):
    """Names, parameters, help and shown forms are the committed ones; a difference is shown line by line."""
    difference = snapshots.difference(name, snapshots.written(name), snapshots.TAKEN[name]())

    if difference:
        pytest.fail(difference, pytrace=False)


def test_a_difference_names_what_to_type():
    """A changed default is one line gone and one line come, and the make target is named."""
    shown = snapshots.difference("x.txt", "a()\nf(x=1)\n", "a()\nf(x=2)\n").splitlines()

    assert ["-f(x=1)", "+f(x=2)"] == shown[-3:-1]
    assert "make house-snapshots" in shown[-1]


ASKED = Path(__file__).parent / "samples" / "data_directory"


@pytest.fixture
def asked(monkeypatch):
    """Import the task of the sample."""
    monkeypatch.syspath_prepend(ASKED)
    monkeypatch.delitem(sys.modules, "asked", raising=False)
    return importlib.import_module("asked")


def names_in(folder):
    """Return the names of a folder's files, sorted; the mark in a journal's name is left out."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(re.sub(r"-[0-9a-f]{12}\.", "-MARK.", name) for name in names)


def test_names_on_disk_after_a_run(workspace_env, asked):
    """A run in a fresh data directory leaves these files, and these alone when the workspace has stopped."""
    with arize_nb.connect("local") as client:
        rows = [{"question": "q1"}]
        dataset = client.datasets.create(name="d", examples=rows)
        client.experiments.run(name="first try", dataset=dataset, task=asked.answer, progress=False)
    workspace.stop(workspace_env)

    kept = ["journals/first-try-MARK.sqlite", "server.json", "server.log", "start.lock", "workspace.duckdb"]
    assert kept == names_in(workspace_env)


def test_a_data_directory_of_today_goes_on(workspace_env, asked):
    """The committed workspace opens with its experiment; the run beside it goes on: six kept, four made."""
    for packed in ASKED.glob("*.gz"):
        folder = workspace_env / ("journals" if packed.stem.endswith(".sqlite") else ".")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    with arize_nb.connect("local") as client:
        evaluators = [asked.long_enough, exact_match()]
        settings = {"evaluators": evaluators, "resume": True, "progress": False}
        (whole,) = client.experiments.list(dataset="questions")
        outputs = [run["output"] for run in client.experiments.iter_records(whole)]
        result = client.experiments.run(name="kept", dataset="questions", task=asked.answer, **settings)

    assert ("whole", [f"q{i}" for i in range(10)]) == (whole.name, sorted(outputs))
    assert (6, 4, 10) == (result.resumed, asked.CALLS, len(result.records))
    assert [1.0] * 10 == list(result.frame["eval.exact_match.score"])
