"""The official Python SDK's annotations, its own runs of tasks, and what it is told when
something is wrong.
"""

from __future__ import annotations

import pytest

from .conftest import OfficialError

pytestmark = pytest.mark.contract


class TestAnnotations:
    """People's labels and the configs they follow."""

    def test_configs(self, sdk, fresh_space):
        """Configs of all three kinds are created, found by name, listed and deleted."""
        values = {"$values": [{"label": "good", "score": 1.0}, {"label": "bad", "score": 0.0}]}
        sdk(
            "annotation_configs.create_categorical",
            name="quality",
            space=fresh_space.name,
            values=values,
            optimization_direction="MAXIMIZE",
        )
        sdk(
            "annotation_configs.create_continuous",
            name="grade",
            space=fresh_space.name,
            minimum_score=0,
            maximum_score=5,
        )
        sdk("annotation_configs.create_freeform", name="note", space=fresh_space.name)

        listed = sdk("annotation_configs.list", space=fresh_space.name)["annotation_configs"]

        assert [(item["name"], item["type"]) for item in listed] == [
            ("note", "FREEFORM"),
            ("grade", "CONTINUOUS"),
            ("quality", "CATEGORICAL"),
        ]
        found = sdk("annotation_configs.get", annotation_config="quality", space=fresh_space.name)
        assert [(value["label"], value["score"]) for value in found["values"]] == [
            ("good", 1.0),
            ("bad", 0.0),
        ]
        sdk("annotation_configs.delete", annotation_config="note", space=fresh_space.name)
        assert len(sdk("annotation_configs.list", space=fresh_space.name)["annotation_configs"]) == 2

    def test_annotate_runs(self, sdk, experiment, fresh_space):
        """Annotations are merged by name, unknown runs are passed over, an unknown name is refused, and a
        cached client sees the change.
        """
        sdk(
            "annotation_configs.create_continuous",
            name="grade",
            space=fresh_space.name,
            minimum_score=0,
            maximum_score=5,
        )
        before = sdk("experiments.list_runs", experiment=experiment["id"], all=True, _caching=True)[
            "experiment_runs"
        ]
        run_id = before[0]["id"]

        def annotate(record_id: str, **value: object) -> None:
            sdk(
                "experiments.annotate_runs",
                experiment=experiment["id"],
                annotations={"$annotations": [{"record_id": record_id, "values": [value]}]},
            )

        annotate(run_id, name="grade", score=4)
        annotate(run_id, name="grade", label="fine")
        annotate("unknown-run", name="grade", score=1)
        with pytest.raises(OfficialError) as raised:
            annotate(run_id, name="no such config", score=1)

        assert raised.value.status == 422
        annotated = [
            run
            for run in sdk("experiments.list_runs", experiment=experiment["id"])["experiment_runs"]
            if run.get("annotations")
        ]
        assert [run_id] == [run["id"] for run in annotated]
        assert [(item["name"], item["score"], item["label"]) for item in annotated[0]["annotations"]] == [
            ("grade", 4, "fine")
        ]
        assert [run_id] == [
            run["id"]
            for run in sdk(
                "experiments.list_runs", experiment=experiment["id"], filter="annotation.grade.label = 'fine'"
            )["experiment_runs"]
        ]

    def test_cached_reads_see_changes(self, sdk, experiment, examples):
        """A client that caches whole reads sees an append at once, since `updated_at` moves on."""
        before = sdk("experiments.list_runs", experiment=experiment["id"], all=True, _caching=True)[
            "experiment_runs"
        ]
        sdk(
            "experiments.append_runs",
            experiment=experiment["id"],
            experiment_runs=[{"example_id": examples[0]["id"], "output": "late"}],
        )

        after = sdk("experiments.list_runs", experiment=experiment["id"], all=True, _caching=True)[
            "experiment_runs"
        ]

        assert len(before) + 1 == len(after)


class TestHarness:
    """The SDK's own run of a task over a dataset."""

    @pytest.mark.parametrize("task", ["shout", "slow_shout"])
    def test_run(self, sdk, dataset, task):
        """What the harness uploads over Flight is read over REST: outputs, scores, labels, times."""
        created, frame = sdk(
            "experiments.run",
            name="run",
            dataset=dataset["id"],
            task={"$task": task},
            evaluators={"$evaluators": ["exact", "is_long"]},
        )

        runs = sdk("experiments.list_runs", experiment=created["id"])["experiment_runs"]

        assert len(frame) == 3
        assert {run["output"] for run in runs} == {"Q0", "Q1", "Q2"}
        assert {run["eval.exact.score"] for run in runs} == {1.0}
        assert {run["eval.exact.explanation"] for run in runs} == {"same letters"}
        assert {run["eval.is_long.label"] for run in runs} == {"False"}
        assert all(run["latency"] >= 0 for run in runs)
        assert {run["execution_status"] for run in runs} == {"COMPLETED"}

    def test_run_with_failures(self, sdk, dataset):
        """A task that fails leaves a run with an error and no output."""
        created, _ = sdk("experiments.run", name="fails", dataset=dataset["id"], task={"$task": "sometimes"})

        runs = sdk("experiments.list_runs", experiment=created["id"])["experiment_runs"]

        assert len(runs) == 3
        assert [run["error"] for run in runs if run.get("output") is None] == [
            "ValueError('no answer for q1')"
        ]

    def test_run_over_http(self, sdk, dataset):
        """So does its REST mode, whose probe for an experiment that cannot exist is answered by 404."""
        sdk("experiments.run", name="http", dataset=dataset["id"], task={"$task": "shout"}, force_http=True)

        runs = sdk("experiments.list_runs", experiment="http", dataset=dataset["id"])["experiment_runs"]

        assert {run["output"] for run in runs} == {"Q0", "Q1", "Q2"}

    def test_dry_run(self, sdk, dataset):
        """A dry run uploads nothing."""
        _, frame = sdk(
            "experiments.run",
            name="dry",
            dataset=dataset["id"],
            task={"$task": "shout"},
            dry_run=True,
            dry_run_count=2,
        )

        assert len(frame) == 2
        assert sdk("experiments.list", dataset=dataset["id"])["experiments"] == []


class TestErrors:
    """What a client is told."""

    @pytest.mark.parametrize(
        ("call", "arguments"),
        [
            ("datasets.get", {"dataset": "RGF0YXNldDo5OTk5OmFCY0Q="}),
            ("experiments.get", {"experiment": "RXhwZXJpbWVudDo5OTk5OmFCY0Q="}),
            ("spaces.get", {"space": "U3BhY2U6OTk5OTphQmNE"}),
            ("projects.get", {"project": "UHJvamVjdDo5OTk5OmFCY0Q="}),
        ],
    )
    def test_unknown_ids(self, sdk, call, arguments):
        """An id that nothing has is 404."""
        with pytest.raises(OfficialError) as raised:
            sdk(call, **arguments)

        assert raised.value.status == 404

    def test_read_over_flight_of_what_is_not_there(self, sdk):
        """A whole read of an unknown experiment fails as it does at the service."""
        with pytest.raises(OfficialError):
            sdk("experiments.list_runs", experiment="RXhwZXJpbWVudDo5OTk5OmFCY0Q=", all=True)
