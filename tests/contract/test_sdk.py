"""The unmodified official Python SDK works against the embedded server."""

from __future__ import annotations

import pytest

from .conftest import FIELDS, OfficialError

pytestmark = pytest.mark.contract


class TestSpacesAndProjects:
    """Spaces, projects, and how names of them are found."""

    def test_spaces(self, sdk, fresh_space):
        """Spaces are listed, and got by id and by name."""
        listed = sdk("spaces.list", name=fresh_space.name)["spaces"]

        assert [fresh_space.id] == [space["id"] for space in listed]
        assert fresh_space.id == sdk("spaces.get", space=fresh_space.name)["id"]
        assert fresh_space.name == sdk("spaces.get", space=fresh_space.id)["name"]
        with pytest.raises(OfficialError, match="no-such-space"):
            sdk("spaces.get", space="no-such-space")

    def test_projects(self, sdk, fresh_space):
        """Projects are created, listed by part of their name, got, renamed and deleted."""
        project = sdk("projects.create", name="Traces One", space=fresh_space.name)

        assert [project["id"]] == [
            found["id"] for found in sdk("projects.list", space=fresh_space.id, name="traces")["projects"]
        ]
        assert project["id"] == sdk("projects.get", project="Traces One", space=fresh_space.name)["id"]
        assert sdk("projects.update", project=project["id"], name="Two")["name"] == "Two"
        sdk("projects.delete", project=project["id"])
        assert sdk("projects.list", space=fresh_space.id)["projects"] == []


class TestDatasets:
    """Datasets, versions and examples."""

    def test_create_and_read(self, sdk, dataset, examples, fresh_space):
        """A dataset keeps the types of its examples over REST, and is found by its name."""
        assert [(row["question"], row["level"], row["hard"]) for row in examples] == [
            ("q0", 0, False),
            ("q1", 1, False),
            ("q2", 2, True),
        ]
        assert [row["tags"] for row in examples] == [["a", {"b": 1}]] * 3
        found = sdk("datasets.get", dataset="qa", space=fresh_space.name)
        assert dataset["id"] == found["id"]
        assert len(found["versions"]) == 1
        assert [dataset["id"]] == [
            item["id"] for item in sdk("datasets.list", space=fresh_space.name, name="Q")["datasets"]
        ]

    def test_duplicate_name(self, sdk, dataset, fresh_space):
        """A second dataset of the same name is a conflict."""
        with pytest.raises(OfficialError) as raised:
            sdk("datasets.create", name="qa", space=fresh_space.id, examples=[{"a": 1}])

        assert raised.value.status == 409

    def test_append_update_delete_examples(self, sdk, dataset, examples):
        """Examples are appended, updated in place and into a new version, and deleted."""
        appended = sdk("datasets.append_examples", dataset=dataset["id"], examples=[{"question": "q3"}])
        assert len(appended["example_ids"]) == 1

        first = examples[0]["id"]
        version = sdk(
            "datasets.update_examples",
            dataset=dataset["id"],
            examples=[{"id": first, "question": "new"}],
            new_version="v2",
        )
        assert [first] == version["example_ids"]
        assert len(sdk("datasets.get", dataset=dataset["id"])["versions"]) == 2
        old = sdk(
            "datasets.list_examples", dataset=dataset["id"], dataset_version_id=appended["dataset_version_id"]
        )["examples"]
        new = sdk("datasets.list_examples", dataset=dataset["id"])["examples"]
        assert [row["question"] for row in old] == ["q0", "q1", "q2", "q3"]
        assert [row["question"] for row in new] == ["new", "q1", "q2", "q3"]

        gone = sdk(
            "datasets.delete_examples",
            dataset=dataset["id"],
            dataset_version_id=version["dataset_version_id"],
            examples=[first],
        )
        assert [first] == gone["deleted_example_ids"]
        assert len(sdk("datasets.list_examples", dataset=dataset["id"])["examples"]) == 3

    def test_pages_and_filter(self, sdk, dataset, examples):
        """Examples come in pages of any size, and by a filter."""
        first = sdk("datasets.list_examples", dataset=dataset["id"], limit=2)
        rest = sdk(
            "datasets.list_examples",
            dataset=dataset["id"],
            limit=2,
            cursor=first["pagination"]["next_cursor"],
        )

        assert [row["id"] for row in examples] == [row["id"] for row in first["examples"] + rest["examples"]]
        assert not rest["pagination"]["has_more"]
        assert [
            row["question"]
            for row in sdk(
                "datasets.list_examples", dataset=dataset["id"], filter="level >= 1 AND hard = FALSE"
            )["examples"]
        ] == ["q1"]

    def test_flight(self, sdk, fresh_space):
        """A dataset too large for REST goes by Flight both ways, and keeps the ids it was given."""
        rows = [
            {"id": f"row-{number:04}", "question": f"q{number}", "level": number} for number in range(1500)
        ]
        created = sdk("datasets.create", name="big", space=fresh_space.name, examples={"$frame": rows})

        read = sdk("datasets.list_examples", dataset=created["id"], all=True)["examples"]

        assert rows == sorted(
            ({key: row[key] for key in ("id", "question", "level")} for row in read),
            key=lambda row: row["id"],
        )

    def test_rename_and_delete(self, sdk, dataset, fresh_space):
        """A dataset is renamed; deleting it takes its experiments along."""
        sdk("datasets.update", dataset=dataset["id"], name="renamed")
        assert dataset["id"] == sdk("datasets.get", dataset="renamed", space=fresh_space.id)["id"]

        sdk("datasets.delete", dataset=dataset["id"])
        with pytest.raises(OfficialError) as raised:
            sdk("datasets.get", dataset=dataset["id"])
        assert raised.value.status == 404

    def test_annotate(self, sdk, dataset, examples, fresh_space):
        """Examples are annotated, and the annotation is read back."""
        sdk("annotation_configs.create_freeform", name="note", space=fresh_space.name)
        notes = [{"record_id": examples[1]["id"], "values": [{"name": "note", "text": "look"}]}]
        sdk("datasets.annotate_examples", dataset=dataset["id"], annotations={"$annotations": notes})

        read = sdk("datasets.list_examples", dataset=dataset["id"])["examples"]

        assert [
            row.get("annotations") and row["annotations"][0]["text"]
            for row in read
            if row["id"] == examples[1]["id"]
        ] == ["look"]


class TestExperiments:
    """Experiments and their runs."""

    def test_create_and_read(self, sdk, dataset, examples, experiment):
        """Runs sent over REST come back over REST with scores, labels, explanations and other fields."""
        runs = sdk("experiments.list_runs", experiment=experiment["id"])["experiment_runs"]

        assert {example["id"] for example in examples} == {run["example_id"] for run in runs}
        assert [
            (
                run["output"],
                *(run[f"eval.correctness.{part}"] for part in ("score", "label", "explanation")),
                run["model"],
            )
            for run in runs
        ] == [
            ("a0", 0.0, "bad", "because", "m"),
            ("a1", 0.5, "fair", "because", "m"),
            ("a2", 1.0, "good", "because", "m"),
        ]
        assert sdk("experiments.get", experiment=experiment["id"])["dataset_version_id"] is not None

    def test_all_over_flight(self, sdk, experiment):
        """The same runs come over Flight, equal as frames."""
        over_rest = sdk("experiments.list_runs", experiment=experiment["id"], _as_frame=True)
        over_flight = sdk("experiments.list_runs", experiment=experiment["id"], all=True, _as_frame=True)

        assert over_rest == over_flight
        assert len(over_flight) == 3

    def test_create_over_flight(self, sdk, dataset):
        """More runs than REST takes are uploaded and read over Flight, whole."""
        rows = [
            {
                "example_id": f"e{number}",
                "output": f"a{number}",
                "points": number / 2500,
                "flag": number % 2 == 0,
            }
            for number in range(2500)
        ]
        created = sdk(
            "experiments.create",
            name="bulk",
            dataset=dataset["id"],
            experiment_runs={"$frame": rows},
            task_fields=FIELDS,
            evaluator_columns={"acc": {"$evaluator": {"score": "points"}}},
        )

        read = sdk("experiments.list_runs", experiment=created["id"], all=True)["experiment_runs"]

        assert {(row["example_id"], row["output"], row["points"], row["flag"]) for row in rows} == {
            (run["example_id"], run["output"], run["eval.acc.score"], run["flag"]) for run in read
        }

    def test_shapes_over_flight(self, sdk, dataset):
        """Lists, objects, empty columns and outputs that are no text arrive over Flight; REST gives outputs
        as text.
        """
        rows = [
            {
                "example_id": f"e{number:04}",
                "output": number,
                "tags": ["a", str(number)],
                "place": {"x": number},
                "nothing": None,
                "metadata": {"k": number},
            }
            for number in range(1200)
        ]
        created = sdk(
            "experiments.create",
            name="shapes",
            dataset=dataset["id"],
            experiment_runs={"$frame": rows},
            task_fields=FIELDS,
        )

        page = sdk("experiments.list_runs", experiment=created["id"], limit=500)["experiment_runs"]
        whole = sdk("experiments.list_runs", experiment=created["id"], all=True)["experiment_runs"]

        assert len(whole) == 1200
        for run in page:
            number = int(run["example_id"][1:])
            assert (run["output"], run["tags"], run["place"]) == (
                str(number),
                ["a", str(number)],
                {"x": number},
            )
            assert run.get("nothing") is None

    def test_names(self, sdk, dataset, experiment, fresh_space):
        """An experiment is found by its name with its dataset, with its space, and not at all
        without either.
        """
        assert (
            experiment["id"]
            == sdk("experiments.get", experiment="base", dataset="qa", space=fresh_space.name)["id"]
        )
        assert experiment["id"] == sdk("experiments.get", experiment="base", space=fresh_space.name)["id"]
        assert [experiment["id"]] == [
            item["id"]
            for item in sdk("experiments.list", dataset="qa", space=fresh_space.name)["experiments"]
        ]
        assert [experiment["id"]] == [
            item["id"] for item in sdk("experiments.list", space=fresh_space.name)["experiments"]
        ]
        with pytest.raises(OfficialError, match="base"):
            sdk("experiments.get", experiment="base")

    def test_without_dataset(self, sdk, fresh_space):
        """A stand-alone experiment has runs without example ids, and may share its name with one of a
        dataset.
        """
        runs = [{"output": "x", "k": 1}, {"output": "y", "k": None}]
        created = sdk(
            "experiments.create",
            name="alone",
            space=fresh_space.name,
            experiment_runs=runs,
            task_fields={"$task_fields": {"output": "output"}},
        )

        read = sdk("experiments.list_runs", experiment="alone", space=fresh_space.name)["experiment_runs"]

        assert created.get("dataset_id") is None
        assert [(run["output"], run.get("k")) for run in read] == [("x", 1), ("y", None)]

    def test_conflict(self, sdk, dataset, experiment):
        """A name that the dataset's experiments have already is a conflict over REST, and an error over
        Flight.
        """
        few = [{"example_id": "e", "output": "x"}]
        with pytest.raises(OfficialError) as raised:
            sdk(
                "experiments.create",
                name="base",
                dataset=dataset["id"],
                experiment_runs=few,
                task_fields=FIELDS,
            )
        assert raised.value.status == 409

        with pytest.raises(OfficialError, match="base"):
            sdk(
                "experiments.create",
                name="base",
                dataset=dataset["id"],
                experiment_runs=few * 1001,
                task_fields=FIELDS,
            )

    def test_append(self, sdk, experiment, examples):
        """Appended runs get ids in the order they were sent, and are read at once."""
        receipt = sdk(
            "experiments.append_runs",
            experiment=experiment["id"],
            experiment_runs=[{"example_id": examples[0]["id"], "output": f"n{n}"} for n in range(2)],
        )

        read = {
            run["id"]: run["output"]
            for run in sdk("experiments.list_runs", experiment=experiment["id"])["experiment_runs"]
        }

        assert [read[run_id] for run_id in receipt["run_ids"]] == ["n0", "n1"]
        assert len(read) == 5

    def test_pages(self, sdk, experiment):
        """Pages of one run follow one another in id order, and the last has no cursor."""
        seen, cursor = [], None
        while True:
            page = sdk("experiments.list_runs", experiment=experiment["id"], limit=1, cursor=cursor)
            seen += [run["id"] for run in page["experiment_runs"]]
            cursor = page["pagination"].get("next_cursor")
            if not cursor:
                break

        assert sorted(seen) == seen
        assert len(seen) == 3

    @pytest.mark.parametrize(
        ("text", "outputs"),
        [
            ("output = 'a1'", ["a1"]),
            ("eval.correctness.score >= 0.5 AND eval.correctness.label IN ('good', 'bad')", ["a2"]),
            ("output LIKE 'a%' AND NOT eval.correctness.label CONTAINS 'oo'", ["a0", "a1"]),
            ("error IS NOT NULL", []),
        ],
    )
    def test_filter(self, sdk, experiment, text, outputs):
        """A filter is applied by the server."""
        assert outputs == [
            run["output"]
            for run in sdk("experiments.list_runs", experiment=experiment["id"], filter=text)[
                "experiment_runs"
            ]
        ]

    @pytest.mark.parametrize(
        ("text", "status"), [("", 400), ("  ", 400), ("output ==", 422), ("nothing = 1", 422)]
    )
    def test_bad_filter(self, sdk, experiment, text, status):
        """A blank filter is 400, one that does not parse or names no column is 422."""
        with pytest.raises(OfficialError) as raised:
            sdk("experiments.list_runs", experiment=experiment["id"], filter=text)

        assert status == raised.value.status

    def test_delete(self, sdk, experiment):
        """A deleted experiment is gone, and its name free."""
        sdk("experiments.delete", experiment=experiment["id"])

        for call in ("experiments.get", "experiments.list_runs"):
            with pytest.raises(OfficialError) as raised:
                sdk(call, experiment=experiment["id"])
            assert raised.value.status == 404
