"""What the official clients write, arize_nb reads back equal, and the other way round."""

from __future__ import annotations

import csv

import pyarrow as pa
import pytest

from .conftest import FIELDS

pytestmark = pytest.mark.contract

COLUMNS = [
    "example_id",
    "output",
    "error",
    "model",
    "steps",
    "cost",
    "flag",
    "eval.acc.score",
    "eval.acc.label",
    "eval.acc.explanation",
]


def make_runs(count: int, *, exact: bool = True) -> list[dict]:
    """Runs with text, integers, floats, truth values, gaps and scores; `exact=False` for a reader that loses
    the last digit of a float.
    """
    return [
        {
            "example_id": f"e{number:05}",
            "output": f"answer {number} “quoted”, with a comma\nand a line",
            "model": "m" if number % 3 else None,
            "steps": number,
            "cost": number / 7 if exact else number / 8,
            "flag": number % 2 == 0,
            "eval.acc.score": number / count if exact else number / 64,
            "eval.acc.label": "good" if number % 2 else "bad",
            "eval.acc.explanation": f"because {number}",
        }
        for number in range(count)
    ]


def rows(frame) -> list[dict]:
    """Rows of a run frame in the order of their examples, without the ids that the server gave; missing cells
    are None.
    """
    kept = frame[[name for name in COLUMNS if name in frame.columns]].sort_values("example_id")
    return pa.Table.from_pandas(kept, preserve_index=False).to_pylist()


def expected(runs: list[dict]) -> list[dict]:
    """The rows that a frame of these runs has."""
    return [{name: run.get(name) for name in COLUMNS} for run in runs]


@pytest.fixture
def dataset(sdk, fresh_space):
    """Make a dataset with the official SDK."""
    examples = [
        {"question": f"q{number}", "level": number, "hard": True, "more": {"a": [1, "x"]}}
        for number in range(3)
    ]
    return sdk("datasets.create", name="qa", space=fresh_space.name, examples=examples)


class TestTheyWriteWeRead:
    """Official writers, our reader."""

    @pytest.mark.parametrize("count", [40, 1500])
    def test_experiment(self, sdk, client, dataset, count):
        """Runs that the SDK created, over REST or in bulk over Flight, are the same frame over either
        transport, with all values.
        """
        runs = make_runs(count)
        shape = {"$frame": runs} if count > 1000 else runs
        sdk(
            "experiments.create",
            name="theirs",
            dataset=dataset["id"],
            experiment_runs=shape,
            task_fields=FIELDS,
        )

        over_rest = client.experiments.runs("theirs", dataset="qa", transport="rest")
        over_flight = client.experiments.runs("theirs", dataset="qa", transport="flight")

        assert expected(runs) == rows(over_rest)
        assert over_rest.equals(over_flight)
        assert over_rest.dtypes.equals(over_flight.dtypes)

    def test_harness(self, sdk, client, dataset):
        """A run of the SDK's harness is read with outputs, errors, scores and milliseconds."""
        sdk(
            "experiments.run",
            name="ran",
            dataset=dataset["id"],
            task={"$task": "sometimes"},
            evaluators={"$evaluators": ["exact"]},
        )

        frame = client.experiments.runs("ran", dataset="qa")

        assert {"Q0", "Q2"} == set(frame["output"].dropna())
        assert list(frame["error"].dropna()) == ["ValueError('no answer for q1')"]
        assert "latency_ms" in frame.columns
        assert frame["eval.exact.score"].dropna().tolist()[0] == 1.0

    def test_dataset(self, sdk, client, dataset):
        """Examples that the SDK created are read with their types, over either transport."""
        over_rest = client.datasets.examples("qa", transport="rest")
        over_flight = client.datasets.examples("qa", transport="flight")

        assert over_rest["question"].tolist() == ["q0", "q1", "q2"]
        assert over_rest["level"].tolist() == [0, 1, 2]
        assert over_rest["hard"].tolist() == [True, True, True]
        assert over_rest.equals(over_flight)

    def test_annotations(self, sdk, client, dataset, fresh_space):
        """What the SDK annotated are columns of our frame."""
        sdk(
            "experiments.create",
            name="noted",
            dataset=dataset["id"],
            experiment_runs=make_runs(3),
            task_fields=FIELDS,
        )
        sdk(
            "annotation_configs.create_continuous",
            name="grade",
            space=fresh_space.name,
            minimum_score=0,
            maximum_score=5,
        )
        frame = client.experiments.runs("noted", dataset="qa")
        note = {"record_id": frame["id"].iloc[1], "values": [{"name": "grade", "score": 4, "text": "fine"}]}
        sdk(
            "experiments.annotate_runs",
            experiment="noted",
            dataset="qa",
            space=fresh_space.name,
            annotations={"$annotations": [note]},
        )

        for transport in ("rest", "flight"):
            noted = client.experiments.runs("noted", dataset="qa", transport=transport, annotations=True)
            assert pa.array(noted["annotation.grade.score"]).to_pylist() == [None, 4.0, None]
            assert noted["annotation.grade.text"].dropna().tolist() == ["fine"]

    @pytest.mark.parametrize("whole", [[], ["--all"]])
    def test_exported_file(self, ax, client, dataset, tmp_path, sdk, whole):
        """A file that `ax experiments export` wrote is created by us, and reads equal."""
        sdk(
            "experiments.create",
            name="source",
            dataset=dataset["id"],
            experiment_runs=make_runs(30),
            task_fields=FIELDS,
        )
        ax(
            "experiments",
            "export",
            "source",
            "--dataset",
            dataset["id"],
            *whole,
            "--output-dir",
            str(tmp_path),
        )
        (file,) = tmp_path.glob("experiment_*/runs.json")

        client.experiments.create(name="copy", runs=file, dataset="qa", check_examples=False)

        source, copy = (client.experiments.runs(name, dataset="qa") for name in ("source", "copy"))
        assert rows(source) == rows(copy)
        assert expected(make_runs(30)) == rows(copy)

    @pytest.mark.parametrize("ending", ["csv", "parquet"])
    def test_listed_file(self, ax, client, dataset, tmp_path, sdk, ending):
        """So is one that `ax experiments list-runs` wrote as CSV or Parquet."""
        sdk(
            "experiments.create",
            name="source",
            dataset=dataset["id"],
            experiment_runs=make_runs(12),
            task_fields=FIELDS,
        )
        file = tmp_path / f"runs.{ending}"
        ax("experiments", "list-runs", "source", "--dataset", dataset["id"], "-o", str(file))

        client.experiments.create(name="copy", runs=file, dataset="qa", check_examples=False)

        source, copy = (rows(client.experiments.runs(name, dataset="qa")) for name in ("source", "copy"))
        assert source == copy


class TestWeWriteTheyRead:
    """Our writer, official readers."""

    @pytest.mark.parametrize("count", [40, 1500])
    def test_experiment(self, sdk, client, dataset, count):
        """Runs that we created are read by the SDK with all values, over REST and whole over Flight."""
        runs = make_runs(count)
        created = client.experiments.create(name="ours", runs=runs, dataset="qa", check_examples=False)

        whole = sdk("experiments.list_runs", experiment=created.id, all=True)["experiment_runs"]
        page = sdk("experiments.list_runs", experiment=created.id, limit=40)["experiment_runs"]

        kept = [
            {name: run.get(name) for name in COLUMNS}
            for run in sorted(whole, key=lambda run: run["example_id"])
        ]
        assert expected(runs) == kept
        assert {run["id"] for run in page} <= {run["id"] for run in whole}
        assert len(page) == 40

    def test_file(self, ax, client, dataset, tmp_path):
        """A CSV of ours is created by `ax` (whose own CSV reader rounds floats), and reads equal."""
        runs = make_runs(10, exact=False)
        source = client.experiments.create(name="ours", runs=runs, dataset="qa", check_examples=False)
        frame = client.experiments.runs(source).drop(columns=["id", "error"])
        frame.to_csv(tmp_path / "runs.csv", index=False, quoting=csv.QUOTE_MINIMAL)

        ax(
            "experiments",
            "create",
            "--name",
            "theirs",
            "--dataset",
            dataset["id"],
            "--file",
            str(tmp_path / "runs.csv"),
        )

        assert expected(runs) == [
            row | {"error": None} for row in rows(client.experiments.runs("theirs", dataset="qa"))
        ]

    def test_dataset_and_annotations(self, sdk, client, fresh_space):
        """A dataset, an experiment on it, a config and annotations of ours are all read by the SDK."""
        dataset = client.datasets.create(
            name="ours", examples=[{"question": "a", "level": 1}, {"question": "b", "level": 2}]
        )
        examples = client.datasets.examples(dataset)
        runs = [{"example_id": example_id, "output": "x"} for example_id in examples["id"]]
        experiment = client.experiments.create(name="noted", runs=runs, dataset=dataset)
        client.annotation_configs.create(name="quality", type="categorical", values=["good", "bad"])
        run_ids = client.experiments.runs(experiment)["id"]
        client.experiments.annotate(
            experiment, [{"record_id": run_ids.iloc[0], "name": "quality", "label": "good"}]
        )

        read = sdk("experiments.list_runs", experiment="noted", dataset="ours", space=fresh_space.name)[
            "experiment_runs"
        ]

        assert [
            row["question"]
            for row in sdk("datasets.list_examples", dataset="ours", space=fresh_space.name)["examples"]
        ] == ["a", "b"]
        assert (
            sdk("annotation_configs.list", space=fresh_space.name)["annotation_configs"][0]["name"]
            == "quality"
        )
        assert [(item["name"], item["label"]) for run in read for item in run.get("annotations") or []] == [
            ("quality", "good")
        ]
