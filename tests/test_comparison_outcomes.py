"""Five outcomes, kept apart in every number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import arize_nb as ax
from arize_nb.errors import ComparisonError


def runs(labels, errors=None, examples=None, **columns):
    """Return runs with a label each (None for none)."""
    examples = examples or [f"e{number}" for number in range(len(labels))]
    data = {
        "id": [f"r{number}" for number in range(len(labels))],
        "example_id": examples,
        "eval.q.label": labels,
        **columns,
    }
    if errors is not None:
        data["error"] = errors
    return pd.DataFrame(data)


def test_five_outcomes_are_counted_apart():
    """Passed, failed, errored, unscored and missing are five columns of the outcomes."""
    baseline = runs(["pass", "fail", "pass", "pass", "pass", "pass"])
    candidate = runs(["pass", "fail", "pass", None, "pass"], errors=[None, "", "timeout", None, None])
    outcomes = ax.compare(baseline, candidate).outcomes.set_index("experiment")

    assert {"passed": 2, "failed": 1, "errored": 1, "missing": 1, "unscored": 1, "scored": 3} == outcomes.loc[
        "candidate"
    ].drop("metric").to_dict()
    assert {"passed": 5, "failed": 1, "errored": 0, "missing": 0, "unscored": 0, "scored": 6} == outcomes.loc[
        "baseline"
    ].drop("metric").to_dict()


def test_every_lost_pair_has_one_reason():
    """Pairs and lost pairs make up all examples; an error is neither a fail nor a gap."""
    baseline = runs(["pass", "fail", "pass", "pass", "pass", "pass"])
    candidate = runs(["pass", "fail", "pass", None, "pass"], errors=[None, "", "timeout", None, None])
    comparison = ax.compare(baseline, candidate)
    row = comparison.rows[0]

    assert (3, 1, 1, 1) == (row["n_paired"], row["n_error"], row["n_missing"], row["n_unscored"])
    assert [("e2", "errored"), ("e3", "unscored"), ("e5", "missing")] == list(
        comparison.unpaired()[["example_id", "candidate_outcome"]].itertuples(index=False, name=None)
    )
    assert ["e2"] == comparison.regressions()["example_id"].tolist()


def test_an_error_beats_a_score():
    """A run with an error is errored even when an evaluator scored its empty output 0."""
    baseline = runs(["pass", "pass"], **{"eval.q.score": [1, 1]})
    candidate = runs(["fail", "pass"], errors=["outage", None], **{"eval.q.score": [0, 1]})
    row = ax.compare(baseline, candidate).rows[0]

    assert (1, 1, 0) == (row["n_paired"], row["n_error"], row["regressions"])


def test_errors_may_count_as_fails_when_asked():
    """`errors_as_fails` keeps the pair with a fail; the run is still counted as errored."""
    baseline = runs(["pass", "pass"])
    candidate = runs([None, "pass"], errors=["outage", None])
    comparison = ax.compare(baseline, candidate, errors_as_fails=True)

    assert (2, 0, 1) == tuple(comparison.rows[0][name] for name in ("n_paired", "n_error", "regressions"))
    assert 1 == comparison.outcomes["errored"][1]
    assert 0 == comparison.outcomes["failed"][1]


def test_a_failed_evaluator_is_unscored():
    """An outage of the judge is not a fail of the system, whatever score it left."""
    baseline = runs(["pass", "pass"])
    candidate = runs(["fail", "pass"], **{"eval.q.error": ["rate limit", None]})
    row = ax.compare(baseline, candidate).rows[0]

    assert (1, 1, 0) == (row["n_paired"], row["n_unscored"], row["regressions"])


def test_blank_labels_are_none():
    """Empty text and white space are no label; white space around one is not part of it."""
    comparison = ax.compare(runs(["pass ", "", "  "]), runs(["pass", "pass", "pass"]))

    assert [1, 3] == comparison.outcomes["passed"].tolist()
    assert ["pass"] == comparison.labels("q").index.tolist()


def test_not_a_number_is_no_score():
    """NaN and null scores are unscored: a mean of them would be nonsense."""
    baseline = runs([None] * 4, **{"eval.q.score": [0.5, np.nan, None, 0.7]})
    row = ax.compare(baseline, baseline).rows[0]

    assert (2, 2) == (row["n_paired"], row["n_unscored"])


def test_numbers_too_large_to_compare_are_said():
    """A score beyond 1e150 is left out with a word: its square is no double."""
    usual, absurd = ({"eval.q.score": [0.5, 0.6, last]} for last in (0.7, 1e160))
    comparison = ax.compare(runs([None] * 3, **usual), runs([None] * 3, **absurd))

    assert 1 == comparison.rows[0]["n_unscored"]
    assert (
        "eval.q.score: 1 beyond 1e+150 in size, which is not compared: left out.",
    ) == comparison.study.alignment.sides[1].source.notes


def test_a_run_without_label_falls_back_on_its_binary_score():
    """Where scores are 0 and 1, a run that only has a score has its verdict."""
    one = runs(["pass", None, "fail"], **{"eval.q.score": [1, 1, 0]})

    assert [2, 2] == ax.compare(one, one).outcomes["passed"].tolist()[:2]


def test_repetitions_are_averaged_within_the_example():
    """The unit is the example: three runs of one example weigh as much as one of another."""
    baseline = runs(["pass", "fail", "fail", "pass"], examples=["a", "a", "a", "b"])
    candidate = runs(["pass", "pass", "pass", "fail"], examples=["a", "a", "b", "b"])
    row = ax.compare(baseline, candidate).rows[0]

    assert 2 == row["n_paired"]
    assert (1 / 3 + 1) / 2 == pytest.approx(row["baseline_mean"])
    assert (1 + 1 / 2) / 2 == pytest.approx(row["candidate_mean"])
    assert row["test"].startswith("sign-flip")
    assert (1, 1) == (row["regressions"], row["improvements"])


def test_spread_within_examples_is_reported():
    """With repetitions there is a table of how much runs of one example differ; without, it is empty."""
    repeated = runs(["pass", "fail", "pass", "pass"], examples=["a", "a", "b", "b"])
    single = runs(["pass", "fail"])
    row = ax.compare(repeated, repeated).spread.iloc[0]

    assert (2, 4, 2, 1) == tuple(row[["examples", "runs", "repeated", "unstable"]])
    assert np.sqrt((0.5 + 0) / 2) == pytest.approx(row["within_sd"])
    assert 0 == len(ax.compare(single, single).spread)


def test_one_scored_repetition_is_enough_for_a_pair():
    """An example with an errored and a scored run is scored by the latter; the error is still counted."""
    baseline = runs(["pass", "pass"], errors=[None, "boom"], examples=["a", "a"])
    comparison = ax.compare(baseline, runs(["pass"], examples=["a"]))

    assert 1 == comparison.rows[0]["n_paired"]
    assert 1 == comparison.outcomes["errored"][0]


def test_errors_among_repetitions_are_told():
    """An errored run whose example has another value loses no pair, so the concern about repetitions counts
    it.
    """
    ids = [f"e{place // 2}" for place in range(20)]
    base = pd.DataFrame(
        {"id": [f"r{place}" for place in range(20)], "example_id": ids, "eval.q.score": [1, 0] * 10}
    )
    candidate = base.assign(error=["429", *[None] * 19])
    comparison = ax.compare(base, pd.concat([candidate, candidate.tail(1)]))
    told = {(concern.experiment, concern.kind): concern.message for concern in comparison.concerns}

    assert 0 == comparison.rows[0]["n_error"]
    assert (
        told["baseline", "repetitions"]
        == "10 examples have several runs (up to 2), averaged within the example"
    )
    assert told["candidate", "repetitions"].endswith(
        "; 1 of all runs errored and has no part in the averages"
    )
    assert "1 row repeats a run and is left out" == told["candidate", "copies"]


def test_the_commonest_label_stands_for_repetitions():
    """Labels cannot be averaged: the commonest counts, of equally common ones the first in the alphabet."""
    baseline = runs(["x", "y", "y", "z", "x"], examples=["a", "a", "a", "b", "b"])
    candidate = runs(["y", "x"], examples=["a", "b"])
    table = ax.compare(baseline, candidate).transitions("q")

    assert {("y", "y"): 1, ("x", "x"): 1} == {
        (row, column): n for (row, column), n in table.stack().items() if n
    }


def padding(frame):
    """Return the runs with two more that no judge looked at."""
    columns = {
        name: [*frame[name], *extra] for name, extra in (("id", ["u", "v"]), ("example_id", ["u", "v"]))
    }
    return pd.DataFrame(
        columns | {name: [*frame[name], None, None] for name in frame.columns if name not in columns}
    )


@pytest.mark.parametrize("metric", ["q", "q.score"])
def test_unscored_rows_change_no_pair(metric):
    """Runs that no judge looked at change the counts of lost pairs and nothing else."""
    scores = [0.1, 0.9, 0.4, 0.8]
    one = runs(["fail", "pass", "fail", "pass"], **{"eval.q.score": scores})
    other = runs(["pass", "pass", "fail", "fail"], **{"eval.q.score": scores[::-1]})
    plain = ax.compare(one, other).summary.set_index("metric").loc[metric]
    padded = ax.compare(*(padding(frame) for frame in (one, other))).summary.set_index("metric").loc[metric]

    assert 2 == padded["n_unscored"]
    pd.testing.assert_series_equal(plain.drop("n_unscored"), padded.drop("n_unscored"))


def test_the_odd_text_among_scores_is_no_score(tmp_path):
    """A judge that says "N/A" once gave nothing for that run; its other scores count, from a frame and from a
    file alike.
    """
    one = pd.DataFrame({"example_id": list("abcd"), "eval.q.score": ["0.5", "N/A", "0.25", "1"]})
    other = pd.DataFrame({"example_id": list("abcd"), "eval.q.score": [0.5, 0.5, 0.5, 0.5]})
    one.to_csv(tmp_path / "one.csv", index=False)

    for given in (one, one.astype({"eval.q.score": "category"}), tmp_path / "one.csv"):
        row = ax.compare(given, other).rows[0]
        assert ("score", 3, 1) == (row["kind"], row["n_paired"], row["n_unscored"])
        assert -0.25 / 3 == pytest.approx(row["delta"])


def test_a_column_of_words_is_no_score():
    """Where fewer than half of the filled cells are numbers the column holds labels, or text that is no
    metric.
    """
    one = pd.DataFrame({"example_id": list("abc"), "note": ["high", "low", "3"]})
    other = pd.DataFrame({"example_id": list("abc"), "note": ["rather high", "lower", "4"]})

    assert ["label"] == ax.compare(one, one, metrics="note").summary["kind"].tolist()
    with pytest.raises(ComparisonError, match="holds text, not numbers"):
        ax.compare(one, other, metrics="note")
