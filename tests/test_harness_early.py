"""Fails early and explains itself: what fails alike stops before anything is stored, an executor proves
itself first.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing

import pytest
from harness_service import Task, run, stored

from arize_nb.errors import ComparisonError, InputError, TooManyFailuresError
from arize_nb.harness import exact_match
from arize_nb.harness.engine.early_stop import EvaluatorsStop
from arize_nb.harness.records.run_record import EvaluatorRecord, Failure


@pytest.fixture
def four(client, unique_name):
    """Make a dataset of four questions."""
    return client.datasets.create(
        name=unique_name("four"), examples=[{"question": f"q{i}", "answer": f"a{i}"} for i in range(4)]
    )


def names(client, dataset):
    return [one.name for one in client.experiments.iter(dataset=dataset)]


class TestTasks:
    def test_a_small_run_that_never_works_leaves_nothing(self, client, four):
        """All of four fail alike: it stops, says why, stores nothing, and the repaired cell runs as it
        stands.
        """

        def broken(question):
            return no_such_model(question)  # noqa: F821

        with pytest.raises(TooManyFailuresError) as stopped:
            run(client, four, broken)
        there = names(client, four)
        repaired = run(client, four, Task())

        assert "all 4 results failed with NameError" in str(stopped.value)
        assert "name 'no_such_model' is not defined" in str(stopped.value)
        assert str(stopped.value).endswith("Nothing was stored. Repair it, then run this again.")
        assert stopped.value.result.counts["failed"] == 4
        assert (there, repaired.counts["completed"]) == ([], 4)

    def test_one_that_works_sometimes_is_stored(self, client, four):
        """One success, or errors of two kinds, and it is a result like any other, with the next
        line to type.
        """
        result = run(client, four, Task(broken=["q1", "q2", "q3"]))

        assert (result.counts["failed"], names(client, four)) == (3, ["exp"])
        assert str(result).endswith('Run the failures again: rerun="failed".')

    def test_a_dry_run_shows_what_failed(self, client, four):
        """Where nothing is stored there is nothing to protect: the result comes back with its failures."""
        assert run(client, four, Task(broken=["q0", "q1"]), dry_run=2).counts["failed"] == 2

    def test_what_is_left_may_all_fail(self, client, four):
        """When most runs worked before, a few that are left and all fail are no reason to stop."""
        run(client, four, Task(broken=["q3"]))
        result = run(client, four, Task(broken=["q3"]), rerun="failed")

        assert result.counts == {"planned": 4, "completed": 3, "failed": 1, "left": 0, "unscored": 0}


class TestEvaluators:
    @pytest.mark.parametrize("count", [4, 30])
    def test_one_that_never_works_stops_the_run(self, client, unique_name, count):
        """Its first ten results, or all of fewer, fail alike: outputs are kept, nothing is stored, the mended
        one goes on.
        """
        dataset = client.datasets.create(
            name=unique_name("faq"), examples=[{"question": f"q{i}"} for i in range(count)]
        )
        task = Task()

        def judge(output):
            raise PermissionError("wrong key")

        def mended(output):
            return 1.0

        judge.__name__ = mended.__name__ = "judge"
        with pytest.raises(
            TooManyFailuresError, match=r"of evaluator 'judge'.*PermissionError: wrong key"
        ) as stopped:
            run(client, dataset, task, evaluators=[judge], concurrency=1)
        there = names(client, dataset)
        result = run(client, dataset, task, evaluators=[mended], rerun="failed", allow_changed_task=True)

        assert (there, len(result.records)) == ([], count)
        assert (len(task.calls), 'rerun="failed"' in str(stopped.value)) == (count, True)
        assert list(result.frame["eval.judge.score"]) == [1.0] * count

    def test_examples_without_an_expected_output_are_no_failure(self, client, unique_name):
        """What cannot be judged is unscored, and stored."""
        dataset = client.datasets.create(
            name=unique_name("faq"),
            examples=[{"question": "q0", "answer": None}, {"question": "q1", "answer": None}],
        )
        result = run(client, dataset, Task(), evaluators=[exact_match()])

        assert (result.counts["completed"], result.experiment is not None) == (2, True)

    @pytest.mark.parametrize(
        ("kinds", "stops"),
        [(["E"] * 3, True), (["E", None, "E"], False), (["E", "F"], False), ([None], False), ([], False)],
    )
    def test_at_the_end(self, kinds, stops):
        """All of fewer than ten that fail alike are told at the end."""
        judged = EvaluatorsStop()
        heard = [
            judged.note("j", EvaluatorRecord(failure=Failure(kind, "no", "no") if kind else None))
            for kind in kinds
        ]

        assert (set(heard) <= {None}, judged.at_end() is not None) == (True, stops)


def _answer(question):
    return question


class TestExecutors:
    @pytest.mark.parametrize(
        ("executor", "words"),
        [
            (concurrent.futures.ThreadPoolExecutor, "is the class ThreadPoolExecutor"),
            (multiprocessing, "has no submit"),
            (
                type("Pool", (), {"submit": lambda self, function, *args: function(*args)})(),
                "gives a builtins.bool",
            ),
        ],
        ids=["a class", "a module", "no futures"],
    )
    def test_what_is_none_is_refused(self, client, four, executor, words):
        """Before anything is called: the message says what it is, and what is accepted."""
        task = Task()
        with pytest.raises(InputError, match=words):
            run(client, four, task, executor=executor)

        assert task.calls == []

    def test_one_that_is_shut_down(self, client, four):
        """An executor that takes no calls any more is refused at once."""
        pool = concurrent.futures.ThreadPoolExecutor(1)
        pool.shutdown()
        with pytest.raises(InputError, match=r"cannot carry task 'Task'.*shutdown"):
            run(client, four, Task(), executor=pool)

    def test_a_function_that_cannot_travel(self, client, four):
        """A pool of processes cannot take a function of the inside of another: found before it is called, and
        before anything goes.
        """
        run(client, four, Task(broken=["q1"]))
        with (
            concurrent.futures.ProcessPoolExecutor(
                1, mp_context=multiprocessing.get_context("spawn")
            ) as pool,
            pytest.raises(InputError, match=r"cannot carry task 'lambda'.*put it into a module"),
        ):
            run(client, four, lambda question: question, executor=pool, rerun="all")

        assert len(stored(client, four)) == 4

    def test_threads_do(self, client, four):
        """A pool of threads carries anything."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            assert run(client, four, _answer, executor=pool).counts["completed"] == 4


class TestBeforeAnythingGoes:
    @pytest.mark.parametrize("rerun", ["failed", "all"])
    def test_a_parameter_that_nothing_provides(self, client, four, rerun):
        """What cannot be run is refused while the experiment is still there."""
        run(client, four, Task(broken=["q1"]))
        with pytest.raises(InputError, match="nothing"):
            run(
                client,
                four,
                lambda question, nothing_has_this, nor_this: "x",
                rerun=rerun,
                allow_changed_task=True,
            )

        assert len(stored(client, four)) == 4


def test_compare_says_why_there_is_nothing_to_compare(client, four):
    """An experiment whose runs all failed is told with its reason, not as one that lacks evaluators."""
    run(client, four, Task(), name="a", evaluators=[exact_match()])
    run(
        client,
        four,
        Task(broken=[f"q{i}" for i in range(4)]),
        name="b",
        evaluators=[exact_match()],
        max_failures=4,
    )

    with pytest.raises(
        ComparisonError, match=r"all 4 runs of 'b' failed: LookupError: no answer for q\d \(1 of them\)"
    ):
        client.compare("a", "b", dataset=four)
