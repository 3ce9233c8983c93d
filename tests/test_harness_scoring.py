"""Scoring what is stored: what is missing or broken is told after a call or ten, not after all, and nothing
is asked twice.
"""

from __future__ import annotations

import _thread
import threading

import pytest
from harness_service import Task, run, thirty_questions

from arize_nb.errors import ExperimentUnfinishedError, InputError, NotFoundError, TooManyFailuresError
from arize_nb.harness import contains, evaluator, exact_match, numeric_close
from arize_nb.harness.engine.early_stop import EvaluatorsStop
from arize_nb.harness.records.run_record import EvaluatorRecord, Failure


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
    dataset = client.datasets.create(
        name=unique_name("faq"), examples=[{"question": f"q{index}"} for index in range(30)]
    )
    client.experiments.run(name="base", dataset=dataset, task=lambda input: input, progress=False)

    def score(judge, **options):
        options = {"retries": 0, "concurrency": 1, "progress": False, **options}
        return client.experiments.evaluate("base", dataset=dataset, evaluators={"quality": judge}, **options)

    score.dataset = dataset
    return score


def test_a_missing_config_costs_one_call(client, scored):
    """Without an annotation config the first score tells; with one made, the same cell scores all runs."""
    judge = Judge()
    with pytest.raises(NotFoundError, match=r"annotation config 'quality'.*create_configs=True"):
        scored(judge, as_annotations=True)
    called = len(judge.calls)
    client.annotation_configs.create(name="quality", type="categorical", values=["good"])
    result = scored(judge, as_annotations=True)

    assert (called, len(judge.calls), result.receipt.written) == (1, 31, 30)
    assert (result.name, result.experiment.name) == ("base", "base")


def test_scores_that_cannot_be_written_are_kept(client, scored, monkeypatch):
    """When the last step fails, the error says that the scores are kept, and resume=True writes them without
    a call.
    """
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
    """After annotations were written with some evaluators failing, rerun="failed" asks those only and keeps
    the others.
    """
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
    """When the first ten results of an evaluator fail alike, scoring stops; repaired, it goes
    on from there.
    """
    judge = Judge(broken=[f"q{index}" for index in range(30)])
    with pytest.raises(
        TooManyFailuresError, match=r"first 10 results of evaluator 'quality' all failed with PermissionError"
    ) as stopped:
        scored(judge, as_annotations=as_annotations, create_configs=as_annotations)
    called = len(judge.calls)
    judge.broken = set()
    result = scored(judge, as_annotations=as_annotations, create_configs=as_annotations, rerun="failed")

    assert (called, len(judge.calls), result.counts["unscored"]) == (10, 40, 0)
    assert stopped.value.result.counts["unscored"] == 10


def test_examples_that_cannot_be_judged_are_no_reason():
    """Examples without an expected output go on; another evaluator's success does not save one that always
    fails.
    """
    stop = EvaluatorsStop()

    def made(kind, message="no"):
        return EvaluatorRecord(failure=Failure(kind, message, message) if kind else None)

    heard = [
        (
            stop.note("no reference", made("ValueError", "the example has no expected output")),
            stop.note("works", made(None)),
            stop.note("broken", made("KeyError")),
        )
        for _ in range(10)
    ]

    assert [reason is not None for reason in heard[-1]] == [False, False, True]
    assert all(reason is None for row in heard[:-1] for reason in row)


@pytest.fixture
def dataset(client, unique_name):
    return thirty_questions(client, unique_name("faq"))


class TestScoringLater:
    def test_a_new_experiment_by_default(self, client, dataset):
        """`<name>-<evaluator>` has all runs, their old evaluations and the new ones; failed runs are not
        scored.
        """
        first = run(client, dataset, Task(broken=["q3"]), evaluators=[exact_match()])
        asked = []

        @evaluator
        def length(output, expected):
            asked.append(expected)
            return len(output)

        scored = client.experiments.evaluate("exp", dataset=dataset, evaluators=[length], progress=False)
        frame = client.experiments.runs("exp-length", dataset=dataset)

        assert (29, {f"a{i}" for i in range(30)} - {"a3"}) == (len(asked), set(asked))
        assert "exp-length" == scored.experiment.name
        assert (30, 29, 29) == (
            len(frame),
            frame["eval.length.score"].count(),
            frame["eval.exact_match.score"].count(),
        )
        assert list(frame.loc[frame["error"].notna(), "example_id"]) == list(
            first.frame.loc[first.frame["error"].notna(), "example_id"]
        )
        assert sorted(frame["latency_ms"]) == sorted(first.frame["latency_ms"])

    def test_as_annotations_when_told(self, client, dataset):
        """Scores become annotations of the same runs; configs are made when asked for."""
        run(client, dataset, Task())
        scored = client.experiments.evaluate(
            "exp",
            dataset=dataset,
            evaluators={"good": lambda output: (True, "why")},
            as_annotations=True,
            create_configs=True,
            progress=False,
        )
        frame = client.experiments.runs("exp", dataset=dataset, annotations=True)

        assert (30, ("good",)) == (scored.receipt.written, scored.receipt.created_configs)
        assert [(1.0, "True", "why")] == list(
            {
                tuple(row)
                for row in frame[
                    ["annotation.good.score", "annotation.good.label", "annotation.good.text"]
                ].to_numpy()
            }
        )
        assert 1 == len(list(client.experiments.iter(dataset=dataset)))

    def test_scoring_resumes_too(self, client, dataset):
        """A judge that cost money is not asked twice for the same run."""
        run(client, dataset, Task())
        asked, stopping, over = [], threading.Event(), threading.Event()

        @evaluator
        def judge(output):
            if len(asked) == 12 and not stopping.is_set():
                stopping.set()
                _thread.interrupt_main()
                over.wait(60)
                raise LookupError("the run was over")
            asked.append(output)
            return 1.0

        options = {"dataset": dataset, "evaluators": [judge], "concurrency": 1, "progress": False}
        with pytest.raises(KeyboardInterrupt, match="resume=True"):
            client.experiments.evaluate("exp", **options)
        over.set()
        result = client.experiments.evaluate("exp", resume=True, **options)

        assert (30, 30, 12) == (len(asked), result.frame["eval.judge.score"].count(), result.resumed)

    def test_nothing_to_score(self, client, dataset):
        """No evaluator is an error that shows how to give one."""
        run(client, dataset, Task())
        with pytest.raises(InputError, match="no evaluator is given"):
            client.experiments.evaluate("exp", dataset=dataset, evaluators=[])

    @pytest.mark.parametrize(
        "maker", [exact_match, contains, numeric_close], ids=lambda maker: maker.__name__
    )
    def test_a_maker_that_was_not_called_is_refused_before_any_call(self, client, dataset, maker):
        """`evaluators=[exact_match]` says to call it; nothing is run for it."""
        task = Task()

        with pytest.raises(InputError, match="makes an evaluator, and is none") as refused:
            run(client, dataset, task, evaluators=[maker])
        assert f"Call it: {maker.__name__}()" == refused.value.hint
        assert 0 == len(task.calls)
