"""Parquet larger than memory: joined by DuckDB, with the same answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.comparison.inputs.accepted_inputs import source_of
from arize_nb.comparison.sources import parquet_source as parquet

N = 4_000


def runs(seed, n=N):
    """Return runs with verdicts, grades, errors, outputs, some missing, a few repeated and a few copied."""
    generator = np.random.default_rng(seed)
    ids = [f"example-{number:05d}" for number in generator.permutation(n)]
    frame = pd.DataFrame({"id": [f"run-{seed}-{number}" for number in range(n)], "example_id": ids})
    frame["eval.ok.label"] = generator.choice(["correct", "incorrect", None], n, p=[0.7, 0.25, 0.05])
    frame["eval.ok.score"] = np.where(
        frame["eval.ok.label"] == "correct", 1.0, generator.choice([0.0, 0.25, 0.5], n)
    )
    frame["eval.tone.label"] = generator.choice(["a", "b", "c"], n)
    frame["latency_ms"] = generator.gamma(2.0, 100.0, n)
    frame["error"] = np.where(generator.random(n) < 0.02, "boom", None)
    frame["output"] = [f"output {seed} of {example}" for example in ids]
    frame = frame.iloc[: n - 10]
    return pd.concat(
        [frame, frame.iloc[:5].assign(id=[f"again-{seed}-{number}" for number in range(5)]), frame.iloc[5:8]]
    )


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Two Parquet files of several row groups."""
    folder = tmp_path_factory.mktemp("parquet")
    for number, name in enumerate(("base", "cand")):
        pq.write_table(
            pa.Table.from_pandas(runs(number), preserve_index=False),
            folder / f"{name}.parquet",
            row_group_size=700,
        )
    return folder / "base.parquet", folder / "cand.parquet"


@pytest.fixture
def huge(monkeypatch):
    """Make every file count as larger than memory."""
    monkeypatch.setattr(parquet, "MANY_ROWS", 10)
    monkeypatch.setattr("arize_nb.comparison.analysis.data.MANY_EXAMPLES", 10)


METRICS = ["ok", "tone", "latency_ms"]


def test_the_same_answers_as_in_memory(paths, huge):
    """Summary, outcomes, changes and concerns are those of the frames."""
    small = ax.compare(runs(0), runs(1), metrics=METRICS, names=["base", "cand"])
    large = ax.compare(*paths, metrics=METRICS)

    assert parquet.out_of_memory([side.source for side in large.study.alignment.sides])
    pd.testing.assert_frame_equal(small.summary, large.summary)
    pd.testing.assert_frame_equal(small.outcomes, large.outcomes)
    pd.testing.assert_frame_equal(small.changes(), large.changes())
    pd.testing.assert_frame_equal(small.transitions("tone"), large.transitions("tone"))
    assert [(one.kind, one.count) for one in small.concerns] == [
        (one.kind, one.count) for one in large.concerns
    ]


def test_rows_are_read_from_their_row_groups(paths):
    """Some rows of a column, in any order, twice, and none at all."""
    source = source_of(paths[0], "base")
    whole = source.arrow("output").to_pylist()
    rows = np.array([3990, 0, 701, 701, -1, 12])

    assert [whole[row] if row >= 0 else None for row in rows] == source.take("output", rows).to_pylist()
    assert [] == source.take("output", np.array([], dtype=np.int64)).to_pylist()


def test_outcomes_do_not_pile_up(paths, huge):
    """With very many examples only the latest outcomes stay in memory."""
    comparison = ax.compare(*paths, metrics=METRICS)

    assert len(comparison.summary) == 4
    assert len(comparison.study._outcomes) <= 4


def test_a_frame_and_a_file_compare_in_memory(paths, huge):
    """DuckDB joins files only; with a frame the ids are joined in memory."""
    mixed = ax.compare(paths[0], runs(1), metrics=METRICS)

    assert not parquet.out_of_memory([side.source for side in mixed.study.alignment.sides])
    assert ax.compare(*paths, metrics=METRICS).summary["delta"].tolist() == pytest.approx(
        mixed.summary["delta"].tolist(), nan_ok=True
    )


def test_ids_that_are_numbers(tmp_path, huge):
    """Integer ids on one side and text on the other pair up, null ids are left out."""
    one = pd.DataFrame(
        {"example_id": pd.array([*range(20), None], dtype="Int64"), "eval.q.score": [1.0, 0.0, 0.5] * 7}
    )
    one.to_parquet(tmp_path / "one.parquet")
    one.iloc[:20].assign(example_id=[str(number) for number in range(20)]).to_parquet(
        tmp_path / "two.parquet"
    )
    comparison = ax.compare(tmp_path / "one.parquet", tmp_path / "two.parquet")

    assert [20] == comparison.summary["n_paired"].tolist()
    assert ["no example id"] == comparison.comparability["kind"].tolist()


IDS = {
    "text": lambda number: f"e{number}",
    "spaces and quotes": lambda number: f" 'é\"{number} ",
    "integers": lambda number: number,
    "integers beside a gap": lambda number: float(number),
}
ROW = st.tuples(
    st.integers(0, 6),
    st.sampled_from(["correct", "incorrect", "Correct", "", None]),
    st.sampled_from([0.0, 0.25, 1.0, None]),
    st.sampled_from([None, None, None, "", "boom"]),
    st.sampled_from([1, 2]),
)


def of_rows(rows, name, id_of, gaps):
    """Return a frame of runs from drawn rows; with gaps every fourth run names no example."""
    examples = [None if gaps and place % 4 == 3 else id_of(number) for place, (number, *_) in enumerate(rows)]
    return pd.DataFrame(
        {
            "id": [f"{name}{place // 2 if place % 5 == 4 else place}" for place in range(len(rows))],
            "example_id": pd.array(examples, dtype=pd.ArrowDtype(pa.string()))
            if isinstance(id_of(1), str)
            else examples,
            "repetition": [row[4] for row in rows],
            "eval.ok.label": pd.array([row[1] for row in rows], dtype=pd.ArrowDtype(pa.string())),
            "eval.grade.score": pd.array([row[2] for row in rows], dtype=pd.ArrowDtype(pa.float64())),
            "error": pd.array([row[3] for row in rows], dtype=pd.ArrowDtype(pa.string())),
            "topic": ["x" if row[0] % 2 else "y" for row in rows],
        }
    )


@pytest.mark.parametrize("kind", IDS)
@given(
    before=st.lists(ROW, min_size=1, max_size=25),
    after=st.lists(ROW, min_size=1, max_size=25),
    gaps=st.booleans(),
)
@settings(max_examples=8, deadline=None)
def test_any_runs_have_the_answers_of_memory(kind, before, after, gaps):
    """Whatever the ids are, with copies, repetitions, gaps and errors, files joined by DuckDB say what frames
    say.
    """
    gaps = gaps and kind != "integers"
    # Of one side the ids may be whole floats, as pandas makes them of integers beside a gap.
    other = IDS["integers"] if kind == "integers beside a gap" else IDS[kind]
    frames = [
        of_rows(before, "a", IDS[kind], gaps),
        of_rows(after, "b", other, gaps and isinstance(other(1), str)),
    ]
    small = ax.compare(*frames, names=["a", "b"], by="topic")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "MANY_ROWS", 0)
        patch.setattr("arize_nb.comparison.analysis.data.MANY_EXAMPLES", 0)
        paths = [Path(folder) / f"{name}.parquet" for name in "ab"]
        for frame, path in zip(frames, paths, strict=True):
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=4)
        large = ax.compare(*paths, by="topic")

        assert parquet.out_of_memory([side.source for side in large.study.alignment.sides])
        pd.testing.assert_frame_equal(small.summary, large.summary)
        pd.testing.assert_frame_equal(small.outcomes, large.outcomes)
        pd.testing.assert_frame_equal(small.changes(), large.changes(), check_dtype=False)
        pd.testing.assert_frame_equal(small.slices(), large.slices())
        pd.testing.assert_frame_equal(small.spread, large.spread)
        assert [(one.kind, one.count) for one in small.concerns] == [
            (one.kind, one.count) for one in large.concerns
        ]
