"""Alignment: an outer join on example id that drops nothing, over any input and any dtype."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import arize_nb as ax
from arize_nb.comparison.inputs.accepted_inputs import source_of, sources_of
from arize_nb.comparison.sources.alignment import align
from arize_nb.errors import ColumnError, ComparisonError, FileError

A = {"id": ["r1", "r2", "r3"], "example_id": ["e1", "e2", "e3"], "eval.ok.label": ["pass", "fail", "pass"]}
B = {"id": ["s1", "s2", "s3"], "example_id": ["e3", "e1", "e4"], "eval.ok.label": ["fail", "pass", "pass"]}


def frame(data, kind):
    """Return the data as a DataFrame whose columns are of a kind."""
    if kind == "arrow":
        return pa.table(data).to_pandas(types_mapper=pd.ArrowDtype)
    if kind == "object":
        return pd.DataFrame(data, dtype=object)
    if kind == "category":
        return pd.DataFrame(data).astype("category")
    return pd.DataFrame(data)


@pytest.mark.parametrize("kind", ["arrow", "object", "default", "category"])
def test_every_dtype_gives_the_same_summary(kind):
    """Arrow, object, default strings and categories are read alike."""
    summary = ax.compare(frame(A, kind), frame(B, kind)).summary
    expected = ax.compare(pa.table(A), pa.table(B)).summary

    pd.testing.assert_frame_equal(expected, summary)
    assert [2] == summary["n_paired"].tolist()
    assert [2] == summary["n_missing"].tolist()


def test_mixed_kinds_of_input_pair_up(tmp_path):
    """A Table, a frame, a Parquet file and records of the same runs are one experiment four times."""
    path = tmp_path / "runs.parquet"
    pd.DataFrame(A).to_parquet(path)
    records = [{key: A[key][row] for key in A} for row in range(3)]

    summary = ax.compare(pa.table(A), pd.DataFrame(A), path, str(path), records).summary

    assert [3] * 4 == summary["n_paired"].tolist()
    assert [0.0] * 4 == summary["delta"].tolist()


def test_union_of_examples_is_numbered_once():
    """Every example of either side has one number; sides say where their runs are."""
    found = align(sources_of([pd.DataFrame(A), pd.DataFrame(B)]))

    assert 4 == found.examples
    assert ["e1", "e2", "e3", "e4"] == sorted(found.ids(np.arange(4)).to_pylist())
    assert [1, 1, 1, 0] == sorted(found.sides[0].counts.tolist(), reverse=True)


def test_the_same_run_id_twice_is_a_copy():
    """A row that repeats a run id of its example is left out and reported."""
    twice = pd.DataFrame(A)
    twice = pd.concat([twice, twice.iloc[[0]]])
    comparison = ax.compare(twice, pd.DataFrame(B))

    assert ("copies", 1) in {(concern.kind, concern.count) for concern in comparison.concerns}
    assert 2 == comparison.outcomes["passed"][0]


def test_other_run_ids_of_one_example_are_repetitions():
    """Rows of one example with run ids of their own are averaged, and said to be repetitions."""
    data = pd.DataFrame({**A, "example_id": ["e1", "e1", "e3"]})
    comparison = ax.compare(data, pd.DataFrame(B))

    assert ["repetitions"] == [
        concern.kind for concern in comparison.concerns if concern.experiment == "baseline"
    ][-1:]
    assert 0.75 == comparison.summary["baseline_mean"][0]


@pytest.mark.parametrize("column", ["repetition", None])
def test_without_run_ids_repetition_numbers_tell(column):
    """Without run ids, equal repetition numbers are copies; without either, rows are repetitions and that is
    said.
    """
    data = {"example_id": ["e1", "e1", "e1", "e2"], "eval.ok.score": [1, 0, 0, 1]}
    if column:
        data[column] = [1, 2, 2, 1]
    comparison = ax.compare(pd.DataFrame(data), pd.DataFrame(data), names=["a", "b"])
    messages = " ".join(concern.message for concern in comparison.concerns)

    assert (1 / 2 + 1) / 2 == comparison.summary["baseline_mean"][0] if column else True
    assert ("left out" in messages) == bool(column)
    assert ("told apart by nothing" in messages) == (not column)


def test_runs_without_an_example_are_reported():
    """A run without example id is no pair, and is said."""
    data = pd.DataFrame({**A, "example_id": ["e1", None, "e3"]})
    comparison = ax.compare(data, pd.DataFrame(B))

    assert "no example id" in comparison.comparability["kind"].tolist()
    assert 2 == comparison.summary["n_baseline"][0]


@pytest.mark.parametrize("other", [[1.0, 2.0, np.nan], ["1", "2", "7"], pd.array([1, 2, 7], dtype="Int64")])
def test_numbers_pair_with_their_text(other):
    """Ids 1 and 2 pair whether they came as integers, as floats beside a gap, or as text."""
    first = pd.DataFrame({"example_id": [1, 2, 3], "eval.ok.score": [1, 0, 1]})
    second = pd.DataFrame({"example_id": other, "eval.ok.score": [1, 1, 1]})

    assert [2] == ax.compare(first, second).summary["n_paired"].tolist()


def test_integers_stay_integers():
    """Where both sides have integer ids, tables of changes have them too."""
    first = pd.DataFrame({"example_id": [1, 2, 3], "eval.ok.score": [1, 1, 1]})
    second = pd.DataFrame({"example_id": [3, 2, 1], "eval.ok.score": [0, 1, 1]})

    assert [3] == ax.compare(first, second).regressions()["example_id"].tolist()


def test_an_index_named_example_id_will_do():
    """`frame.set_index("example_id")` is not an obstacle."""
    assert [3] == ax.compare(pd.DataFrame(A).set_index("example_id"), pd.DataFrame(A)).summary[
        "n_paired"
    ].tolist()


def test_names_come_from_the_frames_and_are_unique():
    """Frames carry the name of their experiment; equal names get a number; nameless ones are baseline and
    candidate.
    """
    named = pd.DataFrame(A)
    named.attrs["arize"] = {"experiment": "gpt-4o"}

    assert ["gpt-4o", "gpt-4o (2)", "candidate 2"] == [
        source.name for source in sources_of([named, named, pd.DataFrame(B)])
    ]
    assert ("x", ("y",)) == (
        (compared := ax.compare(named, named, names=["x", "y"])).baseline,
        compared.candidates,
    )


def test_a_runs_file_is_named_after_its_folder(tmp_path):
    """The file that an export writes is `experiment_<name>/runs.json`: the folder has the name."""
    folder = tmp_path / "experiment_qa-v2"
    folder.mkdir()
    path = folder / "runs.json"
    path.write_text(
        json.dumps(
            [{"id": "r1", "example_id": "e1", "output": "x", "evaluations": {"ok": {"label": "pass"}}}]
        )
    )

    assert "qa-v2" == source_of(path, "baseline").name


def test_an_experiment_result_is_its_frame():
    """Whatever has a frame of runs is read by it, under its experiment's name."""

    class Result:
        frame = pd.DataFrame(A)
        experiment = type("Experiment", (), {"name": "run-7"})()

    assert "run-7" == ax.compare(Result(), pd.DataFrame(B)).baseline


def test_no_example_id_is_one_clear_error():
    """The error says what both tables have and how their ids begin."""
    with pytest.raises(
        ComparisonError,
        match=r"nothing pairs the rows: .*'candidate' has id, eval\.ok\.label.*'candidate' begins 's1'",
    ):
        ax.compare(pd.DataFrame(A), pd.DataFrame(B).drop(columns="example_id"))


def test_nothing_to_compare_with():
    """A baseline alone is an error that says what to type."""
    with pytest.raises(ComparisonError, match=r"compare\(baseline, candidate\)"):
        ax.compare(pd.DataFrame(A))


@pytest.mark.parametrize("thing", [3, object()])
def test_other_things_are_refused(thing):
    """What is no set of runs is named by its type."""
    with pytest.raises(ComparisonError, match=f"cannot compare a {type(thing).__name__}"):
        ax.compare(pd.DataFrame(A), thing)


def test_a_name_is_not_taken_for_a_file():
    """The name of an experiment, which needs a client to be found, is answered with what to type for it."""
    with pytest.raises(
        ComparisonError,
        match=r"there is no file 'baseline'.*client\.experiments\.runs\('baseline', dataset=…\)",
    ):
        ax.compare("baseline", pd.DataFrame({"example_id": ["a"], "eval.q.score": [1]}))


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    """A broken or missing Parquet file is an error with its path."""
    path = tmp_path / "x.parquet"
    with pytest.raises(FileError, match=r"x\.parquet"):
        ax.compare(pd.DataFrame(A), path)
    path.write_text("no parquet")
    with pytest.raises(FileError, match=r"x\.parquet"):
        ax.compare(pd.DataFrame(A), path)


def test_empty_frames_compare_to_nothing():
    """No runs at all is a summary without pairs, not a crash."""
    empty = pd.DataFrame({"example_id": pd.Series(dtype=str), "eval.ok.label": pd.Series(dtype=str)})
    comparison = ax.compare(pd.DataFrame(A), empty)

    assert [0] == comparison.summary["n_paired"].tolist()
    assert ["too few"] == comparison.summary["verdict"].tolist()
    assert 0 == len(comparison.regressions())
    assert 3 == len(comparison.unpaired())
    assert "too few" in repr(ax.compare(empty, empty))


def test_as_many_names_as_experiments():
    """A list of names that is too short or too long is one clear error."""
    with pytest.raises(ComparisonError, match="1 names for 2 experiments"):
        ax.compare(pd.DataFrame(A), pd.DataFrame(A), names=["only"])


def test_naming_no_metric_is_an_error():
    """An empty list of metrics is not the same as none given."""
    with pytest.raises(ComparisonError, match="metrics names no metric"):
        ax.compare(pd.DataFrame(A), pd.DataFrame(A), metrics=[])


@pytest.mark.parametrize("form", ["records", "json", "frame"])
def test_examples_keep_their_own_columns(form, tmp_path):
    """Examples are read as examples in every form: no column of runs is added to the changes, and `metadata`
    is the user's own.
    """
    one = pd.DataFrame(A)
    other = one.assign(**{"eval.ok.label": one["eval.ok.label"].map({"pass": "fail", "fail": "pass"})})
    records = [{"id": example, "question": f"why {example}"} for example in one["example_id"]]
    (tmp_path / "examples.json").write_text(json.dumps(records))
    given = {"records": records, "json": tmp_path / "examples.json", "frame": pd.DataFrame(records)}[form]
    found = ax.compare(one, other, examples=given).changes()

    assert ["question"] == found.columns.tolist()[12:]
    assert {"why e1", "why e2", "why e3"} == set(found["question"])


def test_examples_without_an_id_are_refused():
    """Examples that cannot be found by the runs are an error of `compare`, in words about examples."""
    with pytest.raises(ColumnError, match="the examples have no column 'id'"):
        ax.compare(pd.DataFrame(A), pd.DataFrame(A), examples=pd.DataFrame({"question": ["why"]}))
