"""Scoring what is stored: what is missing or broken is told after a call or ten, not after all, and nothing is asked twice."""

from __future__ import annotations

import pytest

from arize_nb.errors import ExperimentUnfinishedError, NotFoundError, TooManyFailuresError
from arize_nb.harness.early_stop import JudgesStop
from arize_nb.harness.outcomes import EvaluatorRecord, Failure


class Judge:
    """An evaluator that counts its calls and fails on some outputs, until it is mended."""

    def __init__(self, error=PermissionError, broken=()):
        self.calls, self.broken = [], set(broken)
        self.error = error

    def __call__(self, output):
        self.calls.append(output)
        if output in self.broken:
            raise self.error("no")
        return ("good", 1, "because")

    __name__ = "quality"


@pytest.fixture
def scored(client, unique_name):
    """Give a function that scores an experiment of thirty runs."""
    dataset = client.datasets.create(name=unique_name("faq"), examples=[{"question": f"q{index}"} for index in range(30)])
    client.experiments.run(name="base", dataset=dataset, task=lambda input: input, progress=False)

    def score(judge, **options):
        options = {"retries": 0, "concurrency": 1, "progress": False, **options}
        return client.experiments.evaluate("base", dataset=dataset, evaluators={"quality": judge}, **options)

    score.dataset = dataset
    return score


def test_a_missing_config_costs_one_call(client, scored):
    """Without an annotation config the first score tells; with one made, the same cell scores all runs."""
    judge = Judge()
    with pytest.raises(NotFoundError, match=r"annotation config 'quality'.*--create-configs"):
        scored(judge, as_annotations=True)
    called = len(judge.calls)
    client.annotation_configs.create(name="quality", type="categorical", values=["good"])
    result = scored(judge, as_annotations=True)

    assert (called, len(judge.calls), result.receipt.written) == (1, 31, 30)
    assert (result.name, result.experiment.name) == ("base", "base")


def test_scores_that_cannot_be_written_are_kept(client, scored, monkeypatch):
    """When the last step fails, the error says that the scores are kept, and resume=True writes them without a call."""
    judge = Judge()
    client.annotation_configs.create(name="quality", type="categorical", values=["good"])
    annotate = type(client.experiments).annotate

    def refuse(self, x, annotations, **options):
        if len(annotations) > 1:
            raise NotFoundError("experiment", "base")
        return annotate(self, x, annotations, **options)

    monkeypatch.setattr(type(client.experiments), "annotate", refuse)
    with pytest.raises(ExperimentUnfinishedError, match=r"scores of experiment 'base' are kept.*resume=True"):
        scored(judge, as_annotations=True)
    monkeypatch.setattr(type(client.experiments), "annotate", annotate)
    result = scored(judge, as_annotations=True, resume=True)

    assert (len(judge.calls), result.receipt.written) == (30, 30)


def test_failed_scores_alone_are_asked_again(client, scored):
    """After annotations were written with some evaluators failing, rerun="failed" asks those only and keeps the others."""
    judge = Judge(error=ValueError, broken={"q3", "q7"})
    first = scored(judge, as_annotations=True, create_configs=True)
    with pytest.raises(ExperimentUnfinishedError, match="28 of 30 runs are scored"):
        scored(judge, as_annotations=True)
    judge.broken = set()
    judge.calls.clear()
    second = scored(judge, as_annotations=True, rerun="failed")

    assert (first.receipt.written, first.counts["unscored"]) == (28, 2)
    assert (sorted(judge.calls), second.receipt.written, second.counts["unscored"]) == (["q3", "q7"], 30, 0)


@pytest.mark.parametrize("as_annotations", [False, True], ids=["experiment", "annotations"])
def test_a_wrong_key_does_not_burn_all_runs(client, scored, as_annotations):
    """When the first ten results of an evaluator fail alike, scoring stops; repaired, it goes on from there."""
    judge = Judge(broken=[f"q{index}" for index in range(30)])
    with pytest.raises(TooManyFailuresError, match=r"first 10 results of evaluator 'quality' all failed with PermissionError") as stopped:
        scored(judge, as_annotations=as_annotations, create_configs=as_annotations)
    called = len(judge.calls)
    judge.broken = set()
    result = scored(judge, as_annotations=as_annotations, create_configs=as_annotations, rerun="failed")

    assert (called, len(judge.calls), result.counts["unscored"]) == (10, 40, 0)
    assert stopped.value.result.counts["unscored"] == 10


def test_examples_that_cannot_be_judged_are_no_reason():
    """ValueErrors (no expected output) go on; another evaluator's success does not save one that always fails."""
    stop = JudgesStop(100)

    def made(kind):
        return EvaluatorRecord(failure=Failure(kind, "no", "no") if kind else None)

    heard = [
        (stop.note("no reference", made("ValueError")), stop.note("works", made(None)), stop.note("broken", made("KeyError")))
        for _ in range(10)
    ]

    assert [reason is not None for reason in heard[-1]] == [False, False, True]
    assert all(reason is None for row in heard[:-1] for reason in row)
