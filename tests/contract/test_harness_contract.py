"""An experiment that our runner uploads is, to the official SDK, one of its own."""

from __future__ import annotations

import pytest

import arize_nb as ax
from arize_nb.harness import exact_match, report

pytestmark = pytest.mark.contract

RUNNER_COLUMNS = {
    "example_id",
    "output",
    "error",
    "result.trace.id",
    "result.trace.timestamp",
    "latency",
    "token_count",
    "total_cost",
    "execution_status",
    "exceptions",
}
"""What the official runner writes of a run."""


def shout(dataset_row):
    """Answer in capitals; fail on the second question."""
    if dataset_row["question"] == "q1":
        raise ValueError("no answer for q1")
    report(token_count=7, total_cost=0.25)
    return dataset_row["question"].upper()


def exact(output, dataset_row):
    """Judge with label, score and explanation."""
    return ("yes", 1.0, "same letters")


@pytest.fixture
def dataset(client, unique_name):
    examples = [{"question": f"q{number}", "answer": f"Q{number}"} for number in range(12)]
    return client.datasets.create(name=unique_name("qa"), examples=examples)


def test_the_sdk_reads_it(sdk, client, dataset):
    """list_runs(all=True) has every run with the runner's columns, types and values; a failed run is an error
    without a score.
    """
    result = client.experiments.run(
        name="ours", dataset=dataset, task=shout, evaluators=[exact], retries=0, progress=False
    )
    read = sdk("experiments.list_runs", _as_frame=True, experiment=result.experiment.id, all=True)
    by_example = {row["example_id"]: row for row in read}
    failed = [row for row in read if row["error"]]
    good = next(row for row in read if not row["error"])

    assert RUNNER_COLUMNS | {"eval.exact.score", "eval.exact.label", "eval.exact.explanation"} <= set(read[0])
    assert (12, 12) == (len(read), len(by_example))
    assert ["ValueError('no answer for q1')"] == [row["error"] for row in failed]
    assert [("FAILED", "ValueError('no answer for q1')", None)] == [
        (row["execution_status"], row["exceptions"], row["eval.exact.score"]) for row in failed
    ]
    assert ("COMPLETED", "", 7, 0.25) == (
        good["execution_status"],
        good["exceptions"],
        good["token_count"],
        good["total_cost"],
    )
    assert (1.0, "yes", "same letters") == (
        good["eval.exact.score"],
        good["eval.exact.label"],
        good["eval.exact.explanation"],
    )
    assert good["latency"] >= 0
    assert good["result.trace.timestamp"] > 1.7e12


def test_it_has_the_columns_of_the_sdks_own_run(sdk, client, dataset):
    """On the same dataset, the SDK's own run and ours differ only in what ours has besides: repetition and
    attempts.
    """
    theirs = sdk(
        "experiments.run",
        name="theirs",
        dataset=dataset.id,
        task={"$task": "shout"},
        evaluators={"$evaluators": ["exact"]},
        concurrency=2,
    )
    ours = client.experiments.run(
        name="own", dataset=dataset, task=lambda question: str(question), evaluators={"exact": exact}
    )
    columns = [
        set(sdk("experiments.list_runs", _as_frame=True, experiment=identity, all=True)[0])
        for identity in (theirs[0]["id"], ours.experiment.id)
    ]

    assert set() == columns[0] - columns[1]
    assert {"repetition", "attempts"} == columns[1] - columns[0]


def test_errors_stay_errors_in_a_comparison(client, dataset):
    """Two uploaded experiments compare with an errored run as errored, never as a zero."""
    results = [
        client.experiments.run(
            name=name, dataset=dataset, task=task, evaluators=[exact_match()], retries=0, progress=False
        )
        for name, task in (("good", lambda input: input.upper()), ("worse", shout))
    ]
    comparison = client.compare("good", "worse", dataset=dataset)
    outcome = comparison.outcomes.set_index(["metric", "experiment"]).loc[("exact_match", "worse")]
    local = ax.compare(*results)

    assert (11, 0, 1, 0, 0) == tuple(
        int(outcome[name]) for name in ("passed", "failed", "errored", "missing", "unscored")
    )
    assert 11 == int(comparison.summary["n_paired"].iloc[0]) == int(local.summary["n_paired"].iloc[0])
    assert 0 == int(comparison.summary["regressions"].iloc[0])
