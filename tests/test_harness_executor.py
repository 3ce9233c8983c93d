"""The executor: calls at once, what a call comes to, what is tried again; no service involved."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from harness_runs import Gauge, errors, run

from arize_nb.harness import report


class TestConcurrency:
    def test_def_tasks_run_at_once(self):
        """Plain functions run in threads, as many at once as asked for."""
        gauge, all_there = Gauge(), threading.Barrier(8)

        def task(row):
            with gauge:
                all_there.wait(60)
            return "x"

        records, _ = run(task, 16, concurrency=8)

        assert (errors(records), gauge.most) == ([None] * 16, 8)

    def test_async_tasks_run_at_once(self):
        """Coroutines run on one loop, as many at once as asked for."""
        gauge, all_there = Gauge(), asyncio.Event()

        async def task(row):
            with gauge:
                if gauge.inside == 10:
                    all_there.set()
                await all_there.wait()
            return "x"

        records, _ = run(task, 40, concurrency=10, timeout_s=60)

        assert (errors(records), gauge.most) == ([None] * 40, 10)

    def test_a_running_loop_does_not_matter(self):
        """Called from inside a running loop, as in a notebook, async tasks run all the same."""

        async def task(row):
            await asyncio.sleep(0)
            return "x"

        async def cell():
            return run(task)

        records, _ = asyncio.run(cell())

        assert errors(records) == [None] * 8

    def test_a_lambda_around_async_def(self):
        """A plain function that returns an awaitable is awaited."""

        async def model(question):
            await asyncio.sleep(0)
            return question.upper()

        records, _ = run(lambda input: model(input), 2)

        assert [record.output for record in records.values()] == ["Q0", "Q1"]

    def test_repetitions_are_numbered_from_one(self):
        """Every example is run in the first repetition, then in the second."""
        records, _ = run(lambda row: "x", 3, repetitions=2)

        assert [(str(example), repetition) for example in range(3) for repetition in (1, 2)] == sorted(
            records
        )

    def test_a_task_may_ask_which_repetition_it_is(self):
        """`repetition` is a number from 1, so that a task can seed itself; columns may stand beside it, for
        evaluators too.
        """
        judges = {"j": lambda output, repetition, answer: f"{output} {repetition} {answer}"}
        records, _ = run(
            lambda question, repetition: f"{question} {repetition}", 2, repetitions=2, evaluators=judges
        )
        said = {key: record.evaluations["j"].evaluations["j"].label for key, record in records.items()}

        assert {(str(i), k): f"q{i} {k} {k} a{i}" for i in range(2) for k in (1, 2)} == said


class TestFailures:
    def test_a_failure_is_data(self):
        """A task that raises is a failed run with type, text and the user's traceback; the others go on."""

        def task(row):
            if row["id"] == "1":
                raise KeyError("answer")
            return "x"

        records, _ = run(task, 3)
        failure = records[("1", 1)].failure

        assert errors(records) == [None, "KeyError", None]
        assert (failure.text, "in task" in failure.traceback) == ("KeyError('answer')", True)
        assert "calls.py" not in failure.traceback

    def test_none_is_an_error(self):
        """A task that returns nothing has failed: None is no output."""
        records, _ = run(lambda row: None, 2)

        assert errors(records) == ["TypeError"] * 2
        assert "returned None" in records[("0", 1)].failure.message

    @pytest.mark.parametrize("exit_with", [SystemExit, KeyboardInterrupt, GeneratorExit])
    def test_a_task_that_wants_to_exit_only_fails(self, exit_with):
        """sys.exit() in a task ends neither its thread nor the run."""

        def task(row):
            raise exit_with

        records, _ = run(task, 2)

        assert [exit_with.__name__] * 2 == errors(records)

    def test_async_system_exit_only_fails(self):
        """Nor does it end the loop."""

        async def task(row):
            raise SystemExit(1)

        records, _ = run(task, 2)

        assert errors(records) == ["SystemExit"] * 2

    def test_transient_failures_are_tried_again(self):
        """A connection that breaks twice costs two retries; the latency is that of the last call."""
        ended = []

        def task(row):
            if len(ended) < 2:
                time.sleep(0.02)
                ended.append(time.perf_counter())
                raise ConnectionResetError("dropped")
            return "x"

        records, happened = run(task, 1)
        since_s = time.perf_counter() - ended[-1]
        record = records[("0", 1)]

        assert (record.attempts, happened.tally.retries, record.output) == (3, 2, "x")
        assert record.latency_ms / 1000 < since_s

    def test_bugs_are_not(self):
        """A TypeError is the same at the next call."""
        calls = []

        def task(row):
            calls.append(1)
            return 1 + "x"

        run(task, 2)

        assert len(calls) == 2

    def test_ten_alike_stop_the_run(self):
        """A missing package does not burn the dataset."""
        calls = []

        def task(row):
            calls.append(1)
            import nonexistent_package_of_this_test  # noqa: F401

        _, happened = run(task, 500, concurrency=4)

        assert "first 10 results all failed with ModuleNotFoundError" in str(happened.stopped)
        assert len(calls) <= 14


def test_what_a_task_reports_is_its_own():
    """Tokens reported by tasks that run at once do not mix."""

    async def task(row):
        for _ in range(int(row["id"])):
            report(token_count=1)
            await asyncio.sleep(0.001)
        report(model=f"m{row['id']}")
        return "x"

    records, _ = run(task, 6)

    assert [record.token_count for _, record in sorted(records.items())] == [None, 1, 2, 3, 4, 5]
    assert [f"m{index}" for index in range(6)] == [
        record.fields["model"] for _, record in sorted(records.items())
    ]
