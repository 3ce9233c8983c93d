"""Tables of examples that changed: worst first, with what both sides said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import ComparisonError

COLUMNS = [
    "example_id", "metric", "candidate", "baseline_label", "candidate_label", "baseline_score", "candidate_score", "delta",
    "baseline_output", "candidate_output", "baseline_explanation", "candidate_explanation",
]  # fmt: skip


def judged(labels, scores, word, examples=None):
    """Return runs with a label, a score, an output and an explanation each."""
    examples = examples or [f"e{i}" for i in range(len(labels))]
    return pd.DataFrame(
        {
            "id": [f"{word}-{i}" for i in range(len(labels))],
            "example_id": examples,
            "output": [f"{word} {i}" for i in range(len(labels))],
            "eval.q.label": labels,
            "eval.q.score": scores,
            "eval.q.explanation": [f"since {word} {i}" for i in range(len(labels))],
        }
    )


BEFORE = judged(["correct", "correct", "incorrect", "correct"], [1.0, 0.9, 0.1, 0.8], "old")
AFTER = judged(["partial", "incorrect", "correct", "correct"], [0.5, 0.0, 0.9, 0.8], "new")


def test_columns_are_those_of_the_contract():
    """Every table of changes has the contract's columns, Arrow-backed, also when it is empty."""
    comparison = ax.compare(BEFORE, AFTER)

    for table in (
        comparison.regressions(),
        comparison.improvements(),
        comparison.changes(),
        ax.compare(BEFORE, BEFORE).regressions(),
    ):
        assert COLUMNS == table.columns.tolist()
        assert all(isinstance(dtype, pd.ArrowDtype) for dtype in table.dtypes)


def test_worst_first_with_both_sides():
    """The graded score beside a verdict orders equal flips; outputs and explanations of both sides stand in
    the row.
    """
    table = ax.compare(BEFORE, AFTER).regressions("q")

    assert ["e1", "e0"] == table["example_id"].tolist()
    assert [
        "e1",
        "q",
        "candidate",
        "correct",
        "incorrect",
        0.9,
        0.0,
        -1.0,
        "old 1",
        "new 1",
        "since old 1",
        "since new 1",
    ] == table.iloc[0].tolist()


def test_improvements_are_the_other_way():
    """What got better, best first."""
    comparison = ax.compare(BEFORE, AFTER)

    assert ["e2"] == comparison.improvements("q")["example_id"].tolist()
    assert ["e1", "e0", "e2"] == comparison.changes("q")["example_id"].tolist()


def test_all_metrics_are_ordered_by_their_share_of_the_range():
    """Without a metric named, the biggest change for the worse comes first whatever its unit."""
    one = BEFORE.assign(latency_ms=[100.0, 100, 100, 100])
    other = AFTER.assign(latency_ms=[120.0, 100, 100, 900])
    table = ax.compare(one, other, metrics=["q.score", "latency_ms"]).regressions()

    assert [("latency_ms", "e3"), ("q.score", "e1"), ("q.score", "e0"), ("latency_ms", "e0")] == list(
        zip(table["metric"], table["example_id"], strict=True)
    )
    assert [800.0, -0.9, -0.5, 20.0] == pytest.approx(table["delta"].tolist())


def test_ties_are_broken_by_example_id():
    """Equal changes are in the order of their ids."""
    one = judged(["correct"] * 4, [1] * 4, "old", ["d", "b", "c", "a"])
    other = judged(["incorrect"] * 4, [0] * 4, "new", ["c", "a", "d", "b"])

    assert ["a", "b", "c", "d"] == ax.compare(one, other).regressions()["example_id"].tolist()


def test_several_candidates_are_in_one_table():
    """Each row names its candidate; one can be asked for by name."""
    comparison = ax.compare(BEFORE, AFTER, AFTER, names=["base", "one", "two"])

    assert {"one": 2, "two": 2} == comparison.regressions("q")["candidate"].value_counts().to_dict()
    assert ["two", "two"] == comparison.regressions("q", "two")["candidate"].tolist()
    with pytest.raises(ComparisonError, match="'base' is the baseline"):
        comparison.regressions("q", "base")
    with pytest.raises(ComparisonError, match="There are: base, one, two"):
        comparison.regressions("q", "three")


def test_columns_of_the_examples_join():
    """When the dataset's examples are known, their own columns stand after the rest; equal names are told
    apart.
    """
    examples = pd.DataFrame({"id": ["e1", "e0", "x"], "question": ["why?", "who?", "?"], "delta": [1, 2, 3]})
    table = ax.compare(BEFORE, AFTER, examples=examples).regressions("q")

    assert [*COLUMNS, "question", "example.delta"] == table.columns.tolist()
    assert [("why?", 1), ("who?", 2)] == list(zip(table["question"], table["example.delta"], strict=True))


def test_of_repetitions_the_telling_run_is_shown():
    """A regression shows the baseline's best run and the candidate's worst, and means as scores."""
    one = judged(["incorrect", "correct"], [0, 1], "old", ["a", "a"])
    other = judged(["correct", "incorrect", "incorrect"], [1, 0, 0], "new", ["a", "a", "a"])
    row = ax.compare(one, other).regressions("q").iloc[0]

    assert ("old 1", "new 1", "correct", "incorrect") == (
        row.baseline_output,
        row.candidate_output,
        row.baseline_label,
        row.candidate_label,
    )
    assert (0.5, pytest.approx(1 / 3), pytest.approx(1 / 3 - 0.5)) == (
        row.baseline_score,
        row.candidate_score,
        row.delta,
    )


def test_rounding_is_no_change():
    """0.1 + 0.2 and 0.3 are the same score."""
    one, other = judged([None] * 2, [0.1 + 0.2, 0.5], "old"), judged([None] * 2, [0.3, 0.5], "new")

    assert 0 == len(ax.compare(one, other).changes())


def test_only_example_id_and_the_metric_are_needed():
    """Frames without outputs, ids or explanations have nulls there."""
    one = pd.DataFrame({"example_id": ["a", "b"], "latency_ms": [1.0, 2.0]})
    other = pd.DataFrame({"example_id": ["a", "b"], "latency_ms": [1.0, 5.0]})
    row = ax.compare(one, other, metrics="latency_ms").regressions().iloc[0]

    assert ("b", 2.0, 5.0, 3.0) == (row.example_id, row.baseline_score, row.candidate_score, row.delta)
    assert pd.isna(row.baseline_output)


def test_outputs_of_any_type_are_text():
    """Structured outputs are written out as JSON, numbers as text."""
    one = BEFORE.assign(output=[{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}])
    other = AFTER.assign(output=[1, 2, 3, 4])
    row = ax.compare(one, other).regressions("q").iloc[0]

    assert ('{"a": 2}', "2") == (row.baseline_output, row.candidate_output)


def test_transitions_count_pairs_by_label():
    """Rows are the baseline's labels, columns the candidate's; verdicts without labels are pass and fail."""
    table = ax.compare(BEFORE, AFTER).transitions("q")
    plain = ax.compare(
        BEFORE.drop(columns="eval.q.label"), AFTER.drop(columns="eval.q.label"), pass_when=0.6
    ).transitions("q")

    assert (1, 1, 1, 1) == tuple(
        table.loc[*pair]
        for pair in (
            ("correct", "correct"),
            ("correct", "partial"),
            ("correct", "incorrect"),
            ("incorrect", "correct"),
        )
    )
    assert ("baseline", "candidate") == (table.index.name, table.columns.name)
    assert [[0, 1], [2, 1]] == plain.to_numpy().tolist()
    assert ["fail", "pass"] == plain.index.tolist()


def test_transitions_of_scores_are_refused():
    """A graded score has no labels; with several candidates one must be named."""
    with pytest.raises(ComparisonError, match="graded score"):
        ax.compare(BEFORE, AFTER).transitions("q.score")
    with pytest.raises(ComparisonError, match="several candidates"):
        ax.compare(BEFORE, AFTER, AFTER).transitions("q")


def test_labels_are_counted_per_experiment():
    """A row per label, a column per experiment; the document's jq recipe in one call."""
    table = ax.compare(BEFORE, AFTER).labels("q")

    assert {"correct": [3, 2], "incorrect": [1, 1], "partial": [0, 1]} == {
        label: row.tolist() for label, row in table.iterrows()
    }


def test_fifty_thousand_runs_against_a_merge():
    """Bigger inputs take the same path: 50,000 runs against a merge done by pandas."""
    generator = np.random.default_rng(0)
    n = 50_000
    one = pd.DataFrame(
        {"example_id": [f"e{i}" for i in range(n)], "eval.q.score": generator.integers(0, 5, n) / 4}
    )
    other = pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in generator.permutation(n)],
            "eval.q.score": generator.integers(0, 5, n) / 4,
        }
    )
    merged = one.merge(other, on="example_id")
    difference = merged["eval.q.score_y"] - merged["eval.q.score_x"]
    row = ax.compare(one, other, direction="higher").rows[0]

    assert (difference < 0).sum() == row["regressions"]
    assert float(difference.mean()) == pytest.approx(row["delta"])
    assert "sign-flip (normal approximation)" == row["test"]
