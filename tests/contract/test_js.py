"""The unmodified official JavaScript client works against the embedded server."""

from __future__ import annotations

import pytest

from .conftest import OfficialError

pytestmark = pytest.mark.contract


@pytest.fixture
def dataset(js, fresh_space):
    """Make a dataset of three examples."""
    examples = [{"question": f"q{number}", "level": number, "hard": True} for number in range(3)]
    return js("createDataset", name="qa", space=fresh_space.name, examples=examples)


@pytest.fixture
def examples(js, dataset):
    """Read its examples."""
    return js("listDatasetExamples", dataset=dataset["id"])["data"]


@pytest.fixture
def experiment(js, dataset, examples):
    """Make an experiment of three scored runs."""
    runs = [
        {"exampleId": example["id"], "output": f"a{row}", "eval.acc.score": row / 2}
        for row, example in enumerate(examples)
    ]
    return js("createExperiment", experimentName="base", dataset=dataset["id"], experimentRuns=runs)


def test_spaces_and_projects(js, fresh_space):
    """Spaces and projects are created, listed and got."""
    assert fresh_space.id in {space["id"] for space in js("listSpaces", limit=100)["data"]}
    assert fresh_space.id == js("getSpace", space=fresh_space.name)["id"]
    project = js("createProject", name="traces", space=fresh_space.name)
    assert [project["id"]] == [item["id"] for item in js("listProjects", space=fresh_space.name)["data"]]
    assert project["id"] == js("getProject", project="traces", space=fresh_space.name)["id"]


def test_datasets(js, fresh_space, dataset, examples):
    """A dataset is listed, got by its name, renamed; its examples keep their types."""
    assert [dataset["id"]] == [
        item["id"] for item in js("listDatasets", space=fresh_space.name, name="Q")["data"]
    ]
    assert dataset["id"] == js("getDataset", dataset="qa", space=fresh_space.name)["id"]
    assert [(row["question"], row["level"], row["hard"]) for row in examples] == [
        ("q0", 0, True),
        ("q1", 1, True),
        ("q2", 2, True),
    ]
    assert js("updateDataset", dataset=dataset["id"], name="renamed")["name"] == "renamed"


def test_examples(js, dataset, examples):
    """Examples are appended, updated into a new version, deleted, and read page by page."""
    assert len(js("appendExamples", dataset=dataset["id"], examples=[{"question": "q3"}])["exampleIds"]) == 1
    changed = [{"id": examples[0]["id"], "question": "new"}]
    version = js("updateExamples", dataset=dataset["id"], examples=changed, newVersion="v2")
    gone = js(
        "deleteDatasetExamples",
        dataset=dataset["id"],
        datasetVersionId=version["datasetVersionId"],
        examples=[examples[1]["id"]],
    )

    assert [examples[1]["id"]] == gone["deletedExampleIds"]
    first = js("listDatasetExamples", dataset=dataset["id"], limit=2)
    second = js(
        "listDatasetExamples", dataset=dataset["id"], limit=2, cursor=first["pagination"]["nextCursor"]
    )
    assert [row["question"] for row in first["data"] + second["data"]] == ["new", "q2", "q3"]


def test_experiments(js, fresh_space, dataset, experiment):
    """An experiment is listed, found by its name with its dataset and with its space, and deleted."""
    assert [experiment["id"]] == [
        item["id"] for item in js("listExperiments", dataset="qa", space=fresh_space.name)["data"]
    ]
    assert [experiment["id"]] == [
        item["id"] for item in js("listExperiments", space=fresh_space.name)["data"]
    ]
    assert (
        experiment["id"] == js("getExperiment", experiment="base", dataset="qa", space=fresh_space.name)["id"]
    )
    assert dataset["id"] == js("getExperiment", experiment="base", space=fresh_space.name)["datasetId"]

    js("deleteExperiment", experiment=experiment["id"])
    with pytest.raises(OfficialError) as raised:
        js("getExperiment", experiment=experiment["id"])
    assert raised.value.kind == "NotFoundError"


def test_runs(js, experiment, examples):
    """Runs are appended, and read page by page in the order they came."""
    receipt = js(
        "appendExperimentRuns",
        experiment=experiment["id"],
        experimentRuns=[{"exampleId": examples[0]["id"], "output": "a3"}],
    )
    first = js("listExperimentRuns", experiment=experiment["id"], limit=3)
    second = js(
        "listExperimentRuns", experiment=experiment["id"], limit=3, cursor=first["pagination"]["nextCursor"]
    )

    assert [(f"a{row}", row / 2) for row in range(3)] == [
        (run["output"], run["eval.acc.score"]) for run in first["data"]
    ]
    assert receipt["runIds"] == [run["id"] for run in second["data"]]
    assert not second["pagination"]["hasMore"]


def test_annotations(js, fresh_space, experiment, dataset, examples):
    """Configs are created and listed; runs and examples are annotated, and read back with their
    annotations.
    """
    js(
        "createContinuousAnnotationConfig",
        name="grade",
        space=fresh_space.name,
        minimumScore=0,
        maximumScore=5,
    )
    js("createFreeformAnnotationConfig", name="note", space=fresh_space.name)
    assert {item["name"] for item in js("listAnnotationConfigs", space=fresh_space.name)["data"]} == {
        "grade",
        "note",
    }

    run_id = js("listExperimentRuns", experiment=experiment["id"])["data"][0]["id"]
    js(
        "annotateExperimentRuns",
        experiment=experiment["id"],
        annotations=[{"recordId": run_id, "values": [{"name": "grade", "score": 4}]}],
    )
    notes = [{"recordId": examples[0]["id"], "values": [{"name": "note", "text": "look"}]}]
    js("annotateDatasetExamples", dataset=dataset["id"], annotations=notes)

    runs = js("listExperimentRuns", experiment=experiment["id"])["data"]
    assert [(item["name"], item["score"]) for item in runs[0]["annotations"]] == [("grade", 4)]
    assert js("listDatasetExamples", dataset=dataset["id"])["data"][0]["annotations"][0]["text"] == "look"


def test_errors(js, dataset, fresh_space):
    """A name that is taken is an error with its status."""
    with pytest.raises(OfficialError) as raised:
        js("createDataset", name="qa", space=fresh_space.id, examples=[{"a": 1}])

    assert "qa" in str(raised.value)
