"""Runs against a real local workspace: names, going on, running failures again, and what is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from harness_service import ALL, Task, run, stored, thirty_questions

from arize_nb.errors import (
    ConflictError,
    ExperimentUnfinishedError,
    InputError,
    RunError,
    TaskChangedError,
    TooManyFailuresError,
)
from arize_nb.harness import evaluator, exact_match
from arize_nb.harness.journal import run_journal as journal
from arize_nb.harness.journal.tables import open_journal


@pytest.fixture
def dataset(client, unique_name):
    return thirty_questions(client, unique_name("faq"))


class TestNames:
    def test_a_taken_name_is_refused_before_anything_is_called(self, client, dataset):
        """A run under a name that the service has costs no call."""
        run(client, dataset, Task())
        second = Task()
        with pytest.raises(ConflictError, match="exists already"):
            run(client, dataset, second)

        assert second.calls == []

    def test_no_empty_experiment_is_left(self, client, dataset):
        """Stopped by its first ten failures, a run leaves no experiment that holds the name; mended, it goes
        on.
        """
        task = Task(broken=[f"q{i}" for i in range(30)])
        with pytest.raises(TooManyFailuresError, match="first 10 results") as caught:
            run(client, dataset, task, concurrency=1)
        before = list(client.experiments.iter(dataset=dataset))
        task.broken.clear()
        result = run(client, dataset, task, rerun="failed")

        assert ([], 10) == (before, len(caught.value.result.records))
        assert (0, ALL) == (result.resumed, stored(client, dataset))

    def test_a_dry_run_leaves_nothing(self, client, dataset):
        """Neither experiment nor journal; the frame is there."""
        result = run(client, dataset, Task(), dry_run=("random", 5), evaluators=[exact_match()])

        assert (5, None, None) == (len(result.frame), result.experiment, result.journal)
        assert [] == list(client.experiments.iter(dataset=dataset))
        assert not (Path(os.environ["ARIZE_NB_DATA_DIR"]) / "journals").exists()

    def test_the_same_name_in_another_dataset(self, client, dataset, unique_name):
        """Journals belong to a dataset: another dataset may have an experiment of the same name."""
        other = client.datasets.create(name=unique_name("other"), examples=[{"question": "q1"}])
        run(client, dataset, Task())

        assert 1 == len(run(client, other, Task()).frame)


class TestResuming:
    def test_a_complete_run_calls_nothing(self, client, dataset):
        """resume=True may stay in the cell: a finished experiment comes back from the journal."""
        task = Task()
        first = run(client, dataset, task, resume=True, evaluators=[exact_match()])
        again = run(client, dataset, task, resume=True, evaluators=[exact_match()])

        assert (30, 30, 0) == (len(task.calls), again.resumed, first.resumed)
        assert first.frame.equals(again.frame)

    def test_more_repetitions_add_to_what_there_is(self, client, dataset):
        """Asking for a third repetition runs and uploads only that one."""
        task = Task()
        run(client, dataset, task, repetitions=2)
        run(client, dataset, task, repetitions=3, resume=True)

        assert 90 == len(task.calls)
        assert [1, 2, 3] == [
            repetition for question, repetition, _ in stored(client, dataset) if question == "q7"
        ]

    def test_failures_are_run_again_and_replaced(self, client, dataset):
        """rerun="failed" calls failed runs only; the experiment then has each run once, without
        the failures.
        """
        task = Task(broken=["q3", "q4"])
        run(client, dataset, task)
        task.broken.clear()
        result = run(client, dataset, task, rerun="failed")

        assert (32, 28, ALL) == (len(task.calls), result.resumed, stored(client, dataset))

    def test_failed_evaluations_are_asked_again(self, client, dataset):
        """A judge that was down is asked again for what it missed, the task is not called."""
        task, asked, down = Task(), [], threading.Event()
        down.set()

        @evaluator
        def judge(output):
            asked.append(output)
            if down.is_set() and output in ("a1", "a2"):
                raise ConnectionError("judge is down")
            return 1.0

        first = run(client, dataset, task, evaluators=[judge])
        down.clear()
        second = run(client, dataset, task, evaluators=[judge], rerun="failed")

        assert (2, 0) == (first.counts["unscored"], second.counts["unscored"])
        assert (30, 32) == (len(task.calls), len(asked))

    def test_annotated_runs_are_not_replaced(self, client, dataset):
        """What people said about runs is never deleted on the way."""
        task = Task(broken=["q3"])
        result = run(client, dataset, task)
        annotations = [{"record_id": result.frame["id"].iloc[0], "name": "quality", "label": "good"}]
        client.experiments.annotate(result.experiment, annotations, create_configs=True)
        with pytest.raises(RunError, match="annotations, which would be lost"):
            run(client, dataset, task, rerun="failed")

        assert 30 == len(client.experiments.runs(result.experiment))

    def test_an_experiment_deleted_on_the_service_is_made_again(self, client, dataset):
        """The journal has everything: resuming uploads it anew."""
        task = Task()
        client.experiments.delete(run(client, dataset, task).experiment)
        run(client, dataset, task, resume=True)

        assert (30, ALL) == (len(task.calls), stored(client, dataset))

    def test_starting_anew_throws_the_old_away(self, client, dataset):
        """rerun="all" replaces our own experiment under the same name."""
        run(client, dataset, Task())
        result = run(client, dataset, Task(suffix="!"), rerun="all")

        assert (0, {"a0!"}) == (
            result.resumed,
            {output for question, _, output in stored(client, dataset) if question == "q0"},
        )

    def test_starting_anew_outweighs_a_resume_that_stayed(self, client, dataset):
        """With resume=True still in the cell, rerun="all" starts anew all the same."""
        run(client, dataset, Task())
        task = Task()
        result = run(client, dataset, task, rerun="all", resume=True)

        assert (0, 30) == (result.resumed, len(task.calls))

    def test_resuming_keeps_the_version_of_the_beginning(self, client, dataset):
        """A version that was made since does not get into an experiment that began before."""
        task = Task(broken=["q9"])
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, task, max_failures=0, concurrency=1)
        last = list(client.datasets.iter_records(dataset))[-1]
        client.datasets.update_examples(
            dataset, [{"id": last["id"], "question": "q99", "answer": "a99"}], new_version="second"
        )
        task.broken.clear()
        result = run(client, dataset.id, task, rerun="failed")

        assert "q99" not in task.calls
        assert dataset.versions[0].id == result.frame.attrs["arize"]["dataset_version_id"]


class TestRefusing:
    def test_a_changed_task(self, client, dataset):
        """Results of two tasks are not mixed, unless told to."""
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, Task(broken=["q9"]), max_failures=0, concurrency=1)
        with pytest.raises(TaskChangedError, match="was changed since"):
            run(client, dataset, Task(suffix="!"), resume=True)
        result = run(client, dataset, Task(suffix="!"), resume=True, allow_changed_task=True)

        assert {"a0", "a29!"} <= {output for _, _, output in stored(client, dataset)}
        assert 30 == len(result.frame)

    def test_a_changed_evaluator_and_a_new_one(self, client, dataset):
        """Two rulers are not mixed; an uploaded run cannot get another evaluation."""
        task = Task(broken=["q9"])
        run(client, dataset, task, evaluators={"len": lambda output: len(output)})
        with pytest.raises(TaskChangedError, match="evaluator 'len' was changed"):
            run(client, dataset, task, evaluators={"len": lambda output: len(output) + 1}, resume=True)
        with pytest.raises(RunError, match=r"evaluator 'new' is new.*evaluate"):
            run(client, dataset, task, evaluators={"new": lambda output: 1.0}, resume=True)

    def test_a_parameter_that_nothing_provides(self, client, dataset):
        """A parameter that is no column is refused before anything is called or thrown away; mended, the same
        cell begins.
        """
        called = []
        wrong = lambda question, context: called.append(question)  # noqa: E731
        run(client, dataset, Task())
        with pytest.raises(
            InputError, match=r"task 'lambda' asks for 'context'.*Columns are answer, .*id, question"
        ):
            run(client, dataset, wrong, rerun="all")
        with pytest.raises(InputError, match="asks for 'context'"):
            run(client, dataset, wrong, name="second", resume=True)
        second = run(
            client, dataset, lambda question, id: question.replace("q", "a"), name="second", resume=True
        )

        assert ([], ALL, ALL) == (called, stored(client, dataset), stored(client, dataset, "second"))
        assert 0 == second.resumed

    def test_an_unfinished_run_without_a_word(self, client, dataset):
        """What is kept is not thrown away by running the cell again."""
        with pytest.raises(TooManyFailuresError):
            run(client, dataset, Task(broken=["q9"]), max_failures=0, concurrency=1)
        with pytest.raises(ExperimentUnfinishedError, match="10 of 30 runs are kept"):
            run(client, dataset, Task(broken=["q9"]), max_failures=0)

    def test_two_at_once(self, client, dataset):
        """While one runs an experiment, another is told so."""
        inside, release = threading.Event(), threading.Event()

        def slow(input):
            inside.set()
            release.wait(20)
            return "x"

        first = threading.Thread(target=run, args=(client, dataset, slow))
        first.start()
        inside.wait(20)
        with pytest.raises(RunError, match="being run by another kernel"):
            run(client, dataset, slow)
        release.set()
        first.join(20)

    def test_a_full_disk_stops_the_run(self, client, dataset, monkeypatch):
        """When results cannot be kept, no more calls are made in vain, and the error says what to do."""

        def small(path):
            connection = open_journal(path)
            connection.execute("PRAGMA max_page_count = 24").fetchall()
            return connection

        monkeypatch.setattr(journal, "open_journal", small)
        with pytest.raises(RunError, match=r"results cannot be kept.*full.*Make room") as caught:
            run(client, dataset, lambda input: input * 20_000)

        result = caught.value.result

        assert 0 <= len(result.records) < result.planned
        assert [record.output for record in result.records] == result.frame["output"].tolist()
