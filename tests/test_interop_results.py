"""Results of other tools, as the tools wrote them: who wrote them, and what the runs say."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import FileError
from arize_nb.interop.results.reading import read

SAMPLES = Path(__file__).parent / "samples" / "results"
BASE = ["Paris", "5", "Pacific", "Marlowe", "blue", "yes"]
CANDIDATE = ["Paris", "4", "Atlantic", "Shakespeare", "blue", None]
EXPECTED = ["Paris", "4", "Pacific", "Shakespeare", "blue", "yes"]

FILES = {
    "inspect": ("inspect/base.eval", "inspect/candidate.eval", "match", 2),
    "inspect old": ("inspect/base_0_3_100.eval", "inspect/candidate_0_3_100.eval", "match", 2),
    "pydantic-evals": ("pydantic_evals/base.json", "pydantic_evals/candidate.json", "EqualsExpected", 2),
    "braintrust": ("braintrust/base.json", "braintrust/candidate.json", "ExactMatch", 1),
    "braintrust lines": ("braintrust/base.jsonl", "braintrust/candidate.jsonl", "ExactMatch", 1),
    "langsmith csv": ("langsmith/base.csv", "langsmith/candidate.csv", "correct", 1),
    "langsmith json": ("langsmith/base.json", "langsmith/candidate.json", "correct", 1),
    "mlflow csv": ("mlflow/base.csv", "mlflow/candidate.csv", "correct", 1),
    "mlflow json": ("mlflow/base.json", "mlflow/candidate.json", "correct", 1),
    "phoenix json": ("phoenix/base.json", "phoenix/candidate.json", "exact", 2),
    "phoenix csv": ("phoenix/base.csv", "phoenix/candidate.csv", "exact", 2),
}
"""Tool -> files of the two models, the metric of equality, repetitions of the candidate."""


def first_runs(experiment):
    """Return the frame of the first repetition, in the order of the questions."""
    frame = experiment.frame
    if "repetition" in frame:
        frame = frame[frame["repetition"] == 1]
    return frame.reset_index(drop=True)


def values(series):
    """Return a column as Python values, None where missing."""
    return [None if pd.isna(value) else value for value in series]


@pytest.mark.parametrize("tool", FILES)
class TestTools:
    """Every tool's own file of the same six questions; the candidate crashes on the last."""

    def test_outputs(self, tool):
        """Outputs, what was expected and the error of the crash come through; a crash has no output."""
        base, candidate = (first_runs(read(SAMPLES / FILES[tool][side])[0]) for side in (0, 1))

        assert sorted(BASE) == sorted(values(base["output"]))
        assert sorted(filter(None, CANDIDATE)) == sorted(
            value for value in values(candidate["output"]) if value is not None
        )
        assert sorted(EXPECTED) == sorted(values(candidate["expected"]))
        crashed = candidate[candidate["error"].notna()]
        assert ["yes"] == values(crashed["expected"])
        assert "the model is overloaded" in crashed["error"].iloc[0]
        assert [None] == values(crashed["output"])

    def test_scores(self, tool):
        """The metric of equality says what the outputs say; the run that crashed has no score, whatever the
        tool gave it.
        """
        _, candidate_file, metric, _ = FILES[tool]
        candidate = first_runs(read(SAMPLES / candidate_file)[0])
        scores = values(candidate[f"eval.{metric}.score"])
        right = [
            None if output is None else float(output == expected)
            for output, expected in zip(
                values(candidate["output"]), values(candidate["expected"]), strict=True
            )
        ]

        assert right == scores

    def test_repetitions(self, tool):
        """Epochs, trials and repeats are repetitions of an example."""
        frame = read(SAMPLES / FILES[tool][1])[0].frame

        assert 6 * FILES[tool][3] == len(frame)
        assert 6 == frame["example_id"].nunique()

    def test_compares(self, tool):
        """The two experiments pair: one got worse, two got better, one was lost to the crash."""
        base, candidate = (read(SAMPLES / FILES[tool][side])[0].frame for side in (0, 1))
        row = ax.compare(base, candidate, metrics=[FILES[tool][2]], names=["base", "candidate"]).rows[0]

        assert (1, 2, 2, 1) == (row["regressions"], row["improvements"], row["unchanged"], row["n_error"])


class TestInspect:
    """Inspect logs."""

    def test_header(self):
        """Model, task and metadata are the experiment's; the version is the tool's."""
        experiment = read(SAMPLES / "inspect" / "base.eval")[0]

        assert ("facts mockllm/model", "inspect", "0.3.285") == (
            experiment.name,
            experiment.tool,
            experiment.version,
        )
        assert {"prompt": "base"} == experiment.metadata["metadata"]
        assert {"topic"} <= set(experiment.frame.columns)

    def test_json_is_the_zip(self):
        """A log as JSON says what the zip says."""
        zipped, plain = (read(SAMPLES / "inspect" / name)[0].frame for name in ("base.eval", "base.json"))

        pd.testing.assert_frame_equal(zipped.drop(columns="latency_ms"), plain.drop(columns="latency_ms"))

    def test_unknown_version(self, tmp_path):
        """A version that is not known is refused, saying which are."""
        log = json.loads((SAMPLES / "inspect" / "base.json").read_text()) | {"version": 3}
        (tmp_path / "log.json").write_text(json.dumps(log))

        with pytest.raises(FileError, match=r"an Inspect log of version 3.*Known: 2"):
            read(tmp_path / "log.json")

    @pytest.mark.parametrize("at", [0.3, 0.6, 0.95])
    def test_half_a_file(self, tmp_path, at):
        """Half a log is an error or nobody's, never fewer samples."""
        data = (SAMPLES / "inspect" / "base.eval").read_bytes()
        (tmp_path / "log.eval").write_bytes(data[: int(len(data) * at)])

        with contextlib.suppress(FileError):
            assert read(tmp_path / "log.eval") is None


class TestPromptfoo:
    """promptfoo results."""

    @pytest.mark.parametrize("name", ["results.json", "results.jsonl"])
    def test_experiments(self, name):
        """One experiment a provider; a failed assertion is no error, a failed call is."""
        base, candidate = read(SAMPLES / "promptfoo" / name)

        assert ("base", "candidate") == (base.name, candidate.name)
        assert BASE == values(base.frame["output"])
        assert [None] * 6 == values(base.frame["error"])
        assert CANDIDATE == values(candidate.frame["output"])
        assert [None] * 5 + ["the model is overloaded"] == values(candidate.frame["error"])
        assert [1.0, 1.0, 0.0, 1.0, 1.0, None] == values(candidate.frame["eval.exact.score"])
        assert [10, 10, 10, 10, 10] == values(candidate.frame["tokens.total"])[:5]


class TestLmEval:
    """lm-evaluation-harness samples."""

    def test_filters_are_metrics(self):
        """Two filters are two metrics of one run; documents pair by their hash although the candidate read
        them backwards.
        """
        base, candidate = (
            read(SAMPLES / "lm_eval" / f"samples_{name}.jsonl")[0] for name in ("base", "candidate")
        )

        assert (6, 6) == (len(base.frame), len(candidate.frame))
        assert BASE == [value.strip() for value in values(base.frame["output"])]
        assert {"eval.exact_match,strict.score", "eval.exact_match,loose.score"} <= set(base.frame.columns)
        assert {"exact_match,strict": "higher", "exact_match,loose": "higher"} == base.directions
        assert "who" in base.metadata["model_args"]
        loose = ax.compare(base.frame, candidate.frame, metrics=["exact_match,loose"]).rows[0]
        assert (6, 2, 2) == (loose["n_paired"], loose["regressions"], loose["improvements"])


class TestDeepEval:
    """DeepEval test runs."""

    def test_scores_and_errors(self):
        """Score and verdict stand apart; a metric that failed is unscored, not failed."""
        experiment = read(SAMPLES / "deepeval" / "base.json")[0]
        frame = experiment.frame

        assert "base" == experiment.name
        assert [1.0, 0.0, 1.0, 0.0, 1.0, 1.0] == values(frame["eval.Exact Match.score"])
        assert [5.0, 1.0, 7.0, 7.0, None, 3.0] == values(frame["eval.Length.score"])
        assert ["fail", "fail", "pass", "pass", None, "fail"] == values(frame["eval.Length.label"])
        assert "no length for blue" in values(frame["eval.Length.error"])[4]


class TestRagas:
    """ragas tables."""

    @pytest.mark.parametrize("name", ["base.csv", "base.json"])
    def test_samples(self, name):
        """Columns of numbers beside the sample are metrics; contexts are lists."""
        frame = read(SAMPLES / "ragas" / name)[0].frame

        assert BASE == values(frame["output"])
        assert [1.0, 0.0, 1.0, 0.0, 1.0, 1.0] == values(frame["eval.exact_match.score"])
        assert (
            ["About q1.", "More."] == json.loads(frame["retrieved_contexts"].iloc[0])
            if isinstance(frame["retrieved_contexts"].iloc[0], str)
            else list(frame["retrieved_contexts"].iloc[0])
        )


class TestNobodys:
    """What is no tool's is left to the readers of files."""

    @pytest.mark.parametrize("text", ["question,answer\na,b\n", "", "not a table"])
    def test_csv(self, tmp_path, text):
        """A plain table is nobody's."""
        (tmp_path / "a.csv").write_text(text)

        assert read(tmp_path / "a.csv") is None

    @pytest.mark.parametrize(
        "content", [[{"question": "a", "score": 1}], {"cases": 3}, {"summary": "x", "results": []}, [], 5]
    )
    def test_json(self, tmp_path, content):
        """Nor is JSON that only shares a word with one."""
        (tmp_path / "a.json").write_text(json.dumps(content))

        assert read(tmp_path / "a.json") is None

    def test_no_tool_is_imported(self):
        """Reading imports none of the tools."""
        import subprocess
        import sys

        code = (
            "import sys; from arize_nb.interop.results.reading import"
            f" read\nread({str(SAMPLES / 'inspect' / 'base.eval')!r})[0].table\nprint({{'inspect_ai',"
            " 'promptfoo', 'lm_eval', 'deepeval', 'ragas', 'mlflow', 'phoenix', 'langsmith'} &"
            " set(sys.modules))"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )

        assert "set()" == ended.stdout.strip()


class TestPublicRead:
    """`ax.read`, and its experiments wherever results are taken."""

    def test_one_experiment_is_itself(self):
        """A single experiment answers for its name, frame, records and metadata."""
        found = ax.read(SAMPLES / "inspect" / "base.eval")

        assert ("facts mockllm/model", 6, {"prompt": "base"}) == (
            found.name,
            len(found.frame),
            found.metadata["metadata"],
        )
        assert {"match", "includes"} == set(found.to_records()[0]["evaluations"])
        assert found[0].frame.equals(found.frame)

    def test_several_are_not_one(self):
        """Of several experiments none is meant: the error names them."""
        found = ax.read(SAMPLES / "promptfoo" / "results.json")

        assert ("base", "candidate") == found.names
        with pytest.raises(ax.AxError, match="'base', 'candidate'"):
            _ = found.frame

    def test_compares_as_it_stands(self):
        """A file of several experiments compares, the first the baseline, or the one that is named."""
        found = ax.compare(ax.read(SAMPLES / "promptfoo" / "results.json"))
        other = ax.compare(SAMPLES / "promptfoo" / "results.json", baseline="candidate")

        assert ("base", ("candidate",)) == (found.baseline, found.candidates)
        assert ("candidate", ("base",)) == (other.baseline, other.candidates)

    def test_files_name_experiments_of_one_name(self):
        """Two logs of one task and model go by the names of their files."""
        found = ax.compare(SAMPLES / "inspect" / "base.eval", SAMPLES / "inspect" / "candidate.eval")

        assert ("base", ("candidate",)) == (found.baseline, found.candidates)

    @pytest.mark.parametrize(
        "other",
        [
            "inspect/candidate.eval",
            "phoenix/candidate.json",
            "mlflow/candidate.csv",
            "braintrust/candidate.jsonl",
        ],
    )
    @pytest.mark.parametrize("base", ["langsmith/base.csv", "lm_eval/samples_base.jsonl", "ragas/base.csv"])
    def test_two_tools_pair_by_inputs(self, base, other):
        """Results of two tools over the same questions pair, although they share no id and call the question
        differently.
        """
        from arize_nb.interop.results.same_examples import paired

        first, second = paired([*read(SAMPLES / base), *read(SAMPLES / other)])

        assert set(first.frame["example_id"]) == set(second.frame["example_id"])
        assert any("paired by equal inputs" in note for note in second.notes)

    def test_row_numbers_do_not_pair(self):
        """Ids that are row numbers of files in another order pair by the inputs, and that is said."""
        cases = json.loads((SAMPLES / "deepeval" / "base.json").read_text())
        other = json.loads((SAMPLES / "deepeval" / "candidate.json").read_text())
        for run in (cases, other):
            run["testCases"] = run["testCases"][::-1] if run is other else run["testCases"]
            for place, case in enumerate(run["testCases"]):
                case["name"] = f"test_case_{place}"
        found = ax.compare(*ax.read(cases), *ax.read(other), metrics=["Exact Match"])

        assert (1, 2, 2) == tuple(
            found.rows[0][name] for name in ("regressions", "improvements", "unchanged")
        )
        assert any("paired by equal inputs" in line for line in str(found).splitlines())

    def test_unknown(self):
        """What no tool wrote is refused with what was seen and what is known."""
        with pytest.raises(FileError, match=r"it has 'question', 'score'.*Known: Inspect, promptfoo"):
            ax.read([{"question": "a", "score": 1}])
        with pytest.raises(FileError, match="there is no file"):
            ax.read("nothing.eval")

    def test_own_runs(self):
        """Runs under this package's own names are an experiment too."""
        found = ax.read([{"example_id": "a", "output": "x", "eval.right.score": 1.0}], name="mine")

        assert ("mine", [1.0]) == (found.name, values(found.frame["eval.right.score"]))


class TestTidy:
    """A comparison as a table to take elsewhere."""

    def test_rows(self, tmp_path):
        """One row per example, metric and experiment, also in Parquet; a crash is errored and
        has no value.
        """
        found = ax.compare(SAMPLES / "langsmith" / "base.csv", SAMPLES / "langsmith" / "candidate.csv")
        frame = found.to_frame()
        crash = frame[(frame["state"] == "errored") & (frame["metric"] == "correct")]

        assert 6 * 2 * 2 == len(frame.drop_duplicates(["example_id", "metric", "experiment"])) == len(frame)
        assert [("candidate", None)] == list(zip(crash["experiment"], values(crash["value"]), strict=True))
        base = frame[(frame["metric"] == "correct") & frame["is_baseline"]]
        assert [True, False, True, False, True, True] == values(base["passed"])
        assert BASE == values(base["output"])
        stored = pd.read_parquet(found.to_parquet(tmp_path / "tidy.parquet"))
        assert list(frame.columns) == list(stored.columns)
        assert len(frame) == len(stored)


class TestOddities:
    """What tools write beyond the plain case."""

    def test_nan_in_json(self, tmp_path):
        """NaN, which Python's writers let through, is a missing score and no broken file."""
        log = json.loads((SAMPLES / "inspect" / "base.json").read_text())
        log["samples"][0]["scores"]["match"]["value"] = float("nan")
        (tmp_path / "log.json").write_text(json.dumps(log))

        assert [None, 0.0, 1.0, 0.0, 1.0, 1.0] == values(
            ax.read(tmp_path / "log.json").frame["eval.match.score"]
        )

    def test_by_content(self, tmp_path):
        """Whose a file is shows in its content: names and endings are nothing, compression is undone."""
        import gzip

        (tmp_path / "log.bin").write_bytes((SAMPLES / "inspect" / "base.eval").read_bytes())
        (tmp_path / "rows.txt.gz").write_bytes(
            gzip.compress((SAMPLES / "braintrust" / "base.jsonl").read_bytes())
        )

        assert "inspect" == ax.read(tmp_path / "log.bin")[0].tool
        assert "braintrust" == ax.read(tmp_path / "rows.txt.gz")[0].tool

    def test_promptfoo_csv(self):
        """Experiments side by side under the same names of columns are read by position; an errored row has
        no scores.
        """
        base, candidate = ax.read(SAMPLES / "promptfoo" / "results.csv")

        assert ("base", "candidate") == (base.name, candidate.name)
        assert BASE == values(base.frame["output"])
        assert CANDIDATE == values(candidate.frame["output"])
        assert [1.0, 1.0, 0.0, 1.0, 1.0, None] == values(candidate.frame["eval.exact.score"])
        assert candidate.frame["error"].notna().tolist() == [False] * 5 + [True]

    def test_promptfoo_repeat(self):
        """`--repeat` numbers every repetition as a test of its own; the same variables and assertions are one
        test.
        """
        results = json.loads((SAMPLES / "promptfoo" / "results.json").read_text())
        rows = results["results"]["results"]
        results["results"]["results"] = [
            {**row, "testIdx": 2 * row["testIdx"] + turn} for row in rows for turn in (0, 1)
        ]
        frame = ax.read(results)[0].frame

        assert (12, 6, [1, 2]) == (
            len(frame),
            frame["example_id"].nunique(),
            sorted(frame["repetition"].unique()),
        )

    def test_braintrust_scorer_that_failed(self):
        """A scorer that raised is unscored with its error, and no column of the example."""
        row = {"input": "a", "output": "b", "expected": "b", "scores": {"x": 1}, "error": None}
        failed = {
            **row,
            "scores": {},
            "metadata": {
                "scorer_errors": {"x": "Traceback (most recent call last):\n  …\nValueError: bad\n"}
            },
        }
        frame = ax.read([row, {**failed, "input": "c"}]).frame

        assert [None, "ValueError: bad"] == values(frame["eval.x.error"])
        assert "scorer_errors" not in frame

    @pytest.mark.parametrize("form", ["records", "split", "frame", "csv"])
    def test_mlflow_evaluate(self, tmp_path, form):
        """MLflow's older tables: `/score` and `/justification`, as records, as the artifact that MLflow
        stores, as a frame, as CSV.
        """
        frame = pd.DataFrame(
            {
                "inputs": ["a", "b"],
                "ground_truth": ["x", "y"],
                "predictions": ["x", "z"],
                "same/score": [1, 0],
                "same/justification": ["j", "k"],
            }
        )
        place = tmp_path / f"table.{'csv' if form == 'csv' else 'json'}"
        if form == "csv":
            frame.to_csv(place, index=False)
        elif form != "frame":
            frame.to_json(place, orient=form)
        found = ax.read(frame if form == "frame" else place).frame

        assert (["x", "z"], ["x", "y"]) == (values(found["output"]), values(found["expected"]))
        assert ([1.0, 0.0], ["j", "k"]) == (
            values(found["eval.same.score"]),
            values(found["eval.same.explanation"]),
        )


def test_runs_that_their_tool_calls_alike_go_by_their_files(tmp_path):
    """Two logs of one task and model are told apart by the stems of their files."""
    log = next(path for path in sorted((SAMPLES / "inspect").rglob("*.json")) if path.is_file())
    for name in ("before", "after"):
        (tmp_path / f"{name}.json").write_bytes(log.read_bytes())
    comparison = ax.compare(tmp_path / "before.json", tmp_path / "after.json")

    assert ["before", "after"] == [comparison.rows[0]["baseline"], comparison.rows[0]["candidate"]]
