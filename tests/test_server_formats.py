"""A workspace of an earlier version opens as it was: `samples/workspace-format-1.duckdb.gz` was written by
the code of format 1.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from server_probe import Probe

from arize_nb.workspace.local_server import LocalServer

SAMPLE = Path(__file__).parent / "samples" / "workspace-format-1.duckdb.gz"


@pytest.fixture
def opened(tmp_path):
    """Serve a copy of the sample."""
    (tmp_path / "workspace.duckdb").write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    with LocalServer(tmp_path) as server:
        probe = Probe(server)
        yield probe
        probe.close()


def test_what_it_holds_is_there(opened):
    """Datasets with both versions, examples of every kind of cell, runs and annotations read as they were
    written.
    """
    (dataset,) = opened.call("GET", "/v2/datasets").json()["datasets"]
    (experiment,) = opened.call("GET", "/v2/experiments").json()["experiments"]
    versions = opened.call("GET", f"/v2/datasets/{dataset['id']}").json()["versions"]
    path = f"/v2/datasets/{dataset['id']}/examples"
    first = opened.call("GET", path, params={"dataset_version_id": versions[1]["id"]}).json()["examples"]
    latest = opened.call("GET", path).json()["examples"]
    runs = opened.call("GET", f"/v2/experiments/{experiment['id']}/runs").json()["experiment_runs"]

    assert ("questions", "first", ["v2", "v1"]) == (
        dataset["name"],
        experiment["name"],
        [version["name"] for version in versions],
    )
    members = ("question", "n", "x", "ok", "tags", "late")
    expected = [
        (f"q{row}", row, row / 2, row % 2 == 0, ["a", row], 1 if row == 3 else None) for row in range(5)
    ]
    assert expected == [tuple(item[member] for member in members) for item in first]
    assert [(None, 1.5, *expected[0][2:]), *expected[1:]] == [
        tuple(item[member] for member in members) for item in latest
    ]
    assert [0.0, 0.25, 0.5, 0.75, 1.0] == [run["eval.s.score"] for run in runs]
    assert [{"name": "note", "text": "good"}] == [
        {member: said[member] for member in ("name", "text")} for said in runs[0]["annotations"]
    ]


def test_it_goes_on_growing(opened):
    """New columns, also very many, go beside the old ones, and an old and a new one are found
    by one filter.
    """
    (dataset,) = opened.call("GET", "/v2/datasets").json()["datasets"]
    path = f"/v2/datasets/{dataset['id']}/examples"
    wide = {"question": "new", "n": 7} | {f"w{index}": index for index in range(600)}
    opened.call("POST", path, json={"examples": [wide]}).raise_for_status()

    found = opened.call("POST", f"{path}/search", json={"filter": "n > 6 AND w599 = 599"}).json()["examples"]

    assert [wide] == [{member: item[member] for member in wide} for item in found]
    assert 6 == len(opened.call("GET", path).json()["examples"])
