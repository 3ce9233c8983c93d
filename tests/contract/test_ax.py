"""The unmodified official `ax` program works against the embedded server, and what it prints parses."""

from __future__ import annotations

import csv
import io
import json
import subprocess

import pytest

from .conftest import environment, official

pytestmark = pytest.mark.contract


def write(path, value):
    """Write JSON and return the path as text."""
    path.write_text(json.dumps(value))
    return str(path)


@pytest.fixture
def dataset(ax_json, fresh_space):
    """Make a dataset of three examples."""
    examples = json.dumps([{"question": f"q{number}", "level": number} for number in range(3)])
    return ax_json("datasets", "create", "--name", "qa", "--space", fresh_space.name, "--json", examples)


@pytest.fixture
def examples(ax, dataset):
    """Read its examples."""
    return json.loads(ax("datasets", "export", dataset["id"], "--stdout")["stdout"])


@pytest.fixture
def runs(examples):
    """Runs for them, with scores in columns."""
    return [
        {
            "example_id": example["id"],
            "output": f"a{row}",
            "model": "m",
            "eval.correctness.score": row / 2,
            "eval.correctness.label": "ok",
        }
        for row, example in enumerate(examples)
    ]


@pytest.fixture
def experiment(ax_json, dataset, runs, tmp_path):
    """Make an experiment of them."""
    return ax_json(
        "experiments",
        "create",
        "--name",
        "base",
        "--dataset",
        dataset["id"],
        "--file",
        write(tmp_path / "runs.json", runs),
    )


class TestTheProgramItself:
    """The installed script, started as a user starts it."""

    def test_export(self, local_server, ax_home, experiment, tmp_path):
        """It exports an experiment whole, over Flight."""
        command = [
            official("ax"),
            "experiments",
            "export",
            experiment["id"],
            "--all",
            "--output-dir",
            tmp_path,
        ]
        done = subprocess.run(
            command,
            env=environment(local_server, ax_home),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        (file,) = tmp_path.glob("experiment_*/runs.json")
        assert len(json.loads(file.read_text())) == 3


class TestExperiments:
    """`ax experiments`."""

    def test_list_and_get(self, ax, ax_json, fresh_space, dataset, experiment):
        """Listing by dataset, by space, as JSON, CSV and table; getting by id and by name."""
        assert [experiment["id"]] == [
            item["id"]
            for item in ax_json("experiments", "list", "--dataset", "qa", "--space", fresh_space.name)[
                "experiments"
            ]
        ]
        assert [experiment["id"]] == [
            item["id"] for item in ax_json("experiments", "list", "--space", fresh_space.name)["experiments"]
        ]
        (row,) = csv.DictReader(
            io.StringIO(ax("experiments", "list", "--dataset", dataset["id"], "-o", "csv")["stdout"])
        )
        assert experiment["id"] == row["id"]
        assert "base" in ax("experiments", "list", "--dataset", dataset["id"])["stdout"]
        found = ax_json("experiments", "get", "base", "--dataset", "qa", "--space", fresh_space.name)
        assert (dataset["id"], fresh_space.id) == (found["dataset_id"], found["space_id"])
        assert found == ax_json("experiments", "get", experiment["id"])

    def test_list_pages(self, ax_json, dataset, runs, tmp_path):
        """Pages are followed by cursor, newest first, without gaps."""
        file = write(tmp_path / "runs.json", runs)
        made = [
            ax_json(
                "experiments", "create", "--name", f"n{number}", "--dataset", dataset["id"], "--file", file
            )["id"]
            for number in range(3)
        ]

        first = ax_json("experiments", "list", "--dataset", dataset["id"], "--limit", "2")
        second = ax_json(
            "experiments",
            "list",
            "--dataset",
            dataset["id"],
            "--limit",
            "2",
            "--cursor",
            first["pagination"]["next_cursor"],
        )

        assert sorted(made) == sorted(item["id"] for item in first["experiments"] + second["experiments"])
        assert not second["pagination"]["has_more"]

    def test_list_runs(self, ax_json, experiment):
        """Runs are listed, limited and filtered; scores are extra properties."""
        listed = ax_json("experiments", "list-runs", experiment["id"])["experiment_runs"]

        assert [
            (run["output"], run["additional_properties"]["eval.correctness.score"]) for run in listed
        ] == [
            ("a0", 0.0),
            ("a1", 0.5),
            ("a2", 1.0),
        ]
        assert (
            len(ax_json("experiments", "list-runs", experiment["id"], "--limit", "2")["experiment_runs"]) == 2
        )
        kept = ax_json(
            "experiments",
            "list-runs",
            experiment["id"],
            "--filter",
            "eval.correctness.score > 0.4 AND model = 'm'",
        )["experiment_runs"]
        assert [run["output"] for run in kept] == ["a1", "a2"]

    @pytest.mark.parametrize("whole", [[], ["--all"]])
    def test_export(self, ax, experiment, whole, tmp_path):
        """Runs are exported to a file and to standard output, over REST and over Flight, alike."""
        ax("experiments", "export", experiment["id"], *whole, "--output-dir", str(tmp_path))
        (file,) = tmp_path.glob("experiment_*/runs.json")

        written = json.loads(file.read_text())
        printed = json.loads(ax("experiments", "export", experiment["id"], *whole, "--stdout")["stdout"])

        assert written == printed
        assert [
            (run["output"], run["additional_properties"]["eval.correctness.label"]) for run in written
        ] == [
            ("a0", "ok"),
            ("a1", "ok"),
            ("a2", "ok"),
        ]

    def test_create_without_dataset(self, ax_json, fresh_space, tmp_path):
        """A stand-alone experiment is created from CSV, and found by its space."""
        (tmp_path / "runs.csv").write_text("output,model\nx,m\ny,m\n")
        created = ax_json(
            "experiments",
            "create",
            "--name",
            "alone",
            "--space",
            fresh_space.name,
            "--file",
            str(tmp_path / "runs.csv"),
        )

        assert "dataset_id" not in created
        listed = ax_json("experiments", "list-runs", "alone", "--space", fresh_space.name)["experiment_runs"]
        assert [run["output"] for run in listed] == ["x", "y"]

    def test_create_from_standard_input(self, ax, dataset, runs):
        """Runs come from standard input."""
        ax(
            "experiments",
            "create",
            "--name",
            "piped",
            "--dataset",
            dataset["id"],
            "--file",
            "-",
            text=json.dumps(runs),
        )

        assert "piped" in ax("experiments", "list", "--dataset", dataset["id"])["stdout"]

    def test_annotate_runs(self, ax, ax_json, fresh_space, experiment, tmp_path):
        """Runs are annotated, and the annotations are listed and pivoted into columns of a CSV."""
        create = (
            "annotation-configs",
            "create",
            "continuous",
            "--name",
            "grade",
            "--space",
            fresh_space.name,
            "--min-score",
            "0",
            "--max-score",
            "5",
        )
        ax(*create)
        run_id = ax_json("experiments", "list-runs", experiment["id"])["experiment_runs"][1]["id"]
        notes = [{"record_id": run_id, "values": [{"name": "grade", "score": 4, "text": "fine"}]}]

        ax("experiments", "annotate-runs", experiment["id"], "--file", write(tmp_path / "notes.json", notes))

        listed = ax_json("experiments", "list-runs", experiment["id"])["experiment_runs"]
        assert [
            run.get("annotations") and (run["annotations"][0]["name"], run["annotations"][0]["score"])
            for run in listed
        ] == [
            None,
            ("grade", 4),
            None,
        ]
        rows = list(
            csv.DictReader(
                io.StringIO(ax("experiments", "list-runs", experiment["id"], "-o", "csv")["stdout"])
            )
        )
        assert [row["annotation.grade.text"] for row in rows] == ["", "fine", ""]

    def test_run(self, ax, ax_json, dataset, tmp_path):
        """A task of a file is tried on ten rows, then run on all and uploaded."""
        task = tmp_path / "task.py"
        task.write_text("def task(dataset_row):\n    return dataset_row['question'].upper()\n")
        command = ("experiments", "run", "--name", "ran", "--dataset", dataset["id"], "--task", str(task))

        ax(*command, "--dry-run")
        assert ax_json("experiments", "list", "--dataset", dataset["id"])["experiments"] == []
        ax(*command)

        listed = ax_json("experiments", "list-runs", "ran", "--dataset", dataset["id"])["experiment_runs"]
        assert {run["output"] for run in listed} == {"Q0", "Q1", "Q2"}

    def test_delete(self, ax, experiment):
        """Deleting asks, unless forced; then the experiment is not found, with exit status 4."""
        ax("experiments", "delete", experiment["id"], text="n\n")
        ax("experiments", "get", experiment["id"])
        ax("experiments", "delete", experiment["id"], "--force")

        assert "404" in ax("experiments", "get", experiment["id"], status=4)["stderr"]

    def test_errors(self, ax, dataset, experiment, runs, tmp_path):
        """A name that is taken and a filter that does not parse show the server's own words."""
        file = write(tmp_path / "runs.json", runs)

        taken = ax(
            "experiments", "create", "--name", "base", "--dataset", dataset["id"], "--file", file, status=4
        )["stderr"]
        unreadable = ax("experiments", "list-runs", experiment["id"], "--filter", "output ==", status=4)[
            "stderr"
        ]

        assert "409" in taken
        assert "base" in taken
        assert "422" in unreadable
        assert "a value was expected" in " ".join(unreadable.split())


class TestDatasets:
    """`ax datasets`."""

    def test_list_get_update_delete(self, ax, ax_json, fresh_space, dataset):
        """Datasets are listed by part of their name, got with versions, renamed and deleted."""
        assert [dataset["id"]] == [
            item["id"]
            for item in ax_json("datasets", "list", "--space", fresh_space.name, "--name", "Q")["datasets"]
        ]
        assert len(ax_json("datasets", "get", "qa", "--space", fresh_space.name)["versions"]) == 1

        ax("datasets", "update", "qa", "--space", fresh_space.name, "--name", "renamed")
        assert ax_json("datasets", "get", dataset["id"])["name"] == "renamed"
        ax("datasets", "delete", dataset["id"], "--force")
        ax("datasets", "get", dataset["id"], status=4)

    def test_append_and_update_examples(self, ax, ax_json, dataset, examples, tmp_path):
        """Examples are appended from a file and in the line, updated into a new version, deleted."""
        ax("datasets", "append", dataset["id"], "--json", '[{"question": "q3", "level": 3}]')
        ax(
            "datasets",
            "append",
            dataset["id"],
            "--file",
            write(tmp_path / "more.json", [{"question": "q4", "level": 4}]),
        )
        changed = json.dumps([{"id": examples[0]["id"], "question": "new"}])
        version = ax_json(
            "datasets", "update-examples", dataset["id"], "--json", changed, "--new-version", "v2"
        )
        ids = json.dumps([examples[1]["id"]])
        ax(
            "datasets",
            "delete-examples",
            dataset["id"],
            "--version-id",
            version["dataset_version_id"],
            "--example-ids",
            ids,
            "--force",
        )

        now = json.loads(ax("datasets", "export", dataset["id"], "--stdout")["stdout"])

        assert [row["additional_properties"]["question"] for row in now] == ["new", "q2", "q3", "q4"]

    @pytest.mark.parametrize("whole", [[], ["--all"]])
    def test_export(self, ax, dataset, examples, whole, tmp_path):
        """Examples are exported to a file over REST and over Flight, alike."""
        ax("datasets", "export", dataset["id"], *whole, "--output-dir", str(tmp_path))

        (file,) = tmp_path.glob("dataset_*/examples.json")
        assert {row["id"]: row["additional_properties"] for row in examples} == {
            row["id"]: row["additional_properties"] for row in json.loads(file.read_text())
        }

    def test_filter(self, ax, dataset):
        """Examples are exported by a filter."""
        kept = json.loads(
            ax("datasets", "export", dataset["id"], "--stdout", "--filter", "level > 0")["stdout"]
        )

        assert [row["additional_properties"]["question"] for row in kept] == ["q1", "q2"]

    def test_annotate_examples(self, ax, fresh_space, dataset, examples, tmp_path):
        """Examples are annotated."""
        ax("annotation-configs", "create", "freeform", "--name", "note", "--space", fresh_space.name)
        notes = [{"record_id": examples[2]["id"], "values": [{"name": "note", "text": "look"}]}]

        ax("datasets", "annotate-examples", dataset["id"], "--file", write(tmp_path / "notes.json", notes))

        now = json.loads(ax("datasets", "export", dataset["id"], "--stdout")["stdout"])
        assert [row["annotations"][0]["text"] for row in now if row.get("annotations")] == ["look"]

    def test_create_by_flight(self, ax, ax_json, fresh_space, tmp_path):
        """A file of more than a thousand examples is created, and exported whole."""
        file = write(tmp_path / "many.json", [{"question": f"q{number}"} for number in range(1200)])
        created = ax_json("datasets", "create", "--name", "many", "--space", fresh_space.name, "--file", file)

        assert len(json.loads(ax("datasets", "export", created["id"], "--all", "--stdout")["stdout"])) == 1200


class TestTheRest:
    """Spaces, projects, annotation configs and profiles."""

    def test_spaces(self, ax, ax_json, fresh_space):
        """Spaces are listed and got by name and id."""
        assert fresh_space.id in {
            space["id"] for space in ax_json("spaces", "list", "--limit", "100")["spaces"]
        }
        assert fresh_space.id == ax_json("spaces", "get", fresh_space.name)["id"]
        assert fresh_space.name in ax("spaces", "get", fresh_space.id)["stdout"]

    def test_projects(self, ax_json, fresh_space):
        """Projects are created, listed and got by name."""
        created = ax_json("projects", "create", "--name", "traces", "--space", fresh_space.name)

        assert [created["id"]] == [
            item["id"] for item in ax_json("projects", "list", "--space", fresh_space.name)["projects"]
        ]
        assert created["id"] == ax_json("projects", "get", "traces", "--space", fresh_space.name)["id"]

    def test_annotation_configs(self, ax, ax_json, fresh_space):
        """Configs of all kinds are created, listed, got and deleted."""
        where = ("--space", fresh_space.name)
        values = ("--value", "good", "--value", "bad", "--optimization-direction", "MAXIMIZE")
        ax("annotation-configs", "create", "categorical", "--name", "quality", *where, *values)
        ax("annotation-configs", "create", "freeform", "--name", "note", *where)

        listed = ax_json("annotation-configs", "list", *where)["annotation_configs"]
        assert {item["name"]: item["type"] for item in listed} == {
            "quality": "CATEGORICAL",
            "note": "FREEFORM",
        }
        assert [
            value["label"] for value in ax_json("annotation-configs", "get", "quality", *where)["values"]
        ] == ["good", "bad"]
        ax("annotation-configs", "delete", "note", *where, "--force")
        assert len(ax_json("annotation-configs", "list", *where)["annotation_configs"]) == 1

    def test_profiles(self, ax, ax_home):
        """A profile written by `write_ax_profile` is created from, shown masked, validated, used, updated and
        deleted.
        """
        source = ax_home / ".arize" / "profiles" / "local.toml"
        ax("profiles", "create", "other", "--from-file", str(source))
        try:
            assert "other" in ax("profiles", "list")["stderr"]
            shown = ax("profiles", "show", "other", "--all")
            ax("profiles", "validate", "other")
            ax("profiles", "update", "other", "--output-format", "json")
            ax("profiles", "use", "local")
        finally:
            (ax_home / ".arize" / ".active_profile").write_text("local")
            ax("profiles", "delete", "other", "--force")

        key = next(
            line.split('"')[1] for line in source.read_text().splitlines() if line.startswith("api_key")
        )
        assert key not in shown["stdout"] + shown["stderr"]
        assert [path.name for path in source.parent.iterdir()] == ["local.toml"]

    def test_a_wrong_key(self, local_server, ax_home, tmp_path):
        """With a wrong key the program says 401 and ends with status 4."""
        profiles = tmp_path / ".arize" / "profiles"
        profiles.mkdir(parents=True)
        (tmp_path / ".arize" / ".active_profile").write_text("local")
        text = (ax_home / ".arize" / "profiles" / "local.toml").read_text()
        (profiles / "local.toml").write_text(text.replace(local_server.api_key, "wrong"))

        done = subprocess.run(
            [official("ax"), "spaces", "list"],
            env=environment(local_server, tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 4
        assert "401" in done.stderr
