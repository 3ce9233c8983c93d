"""The executor: concurrency, time limits that end, retries, rate limits; no service involved."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from arize_nb import progress
from arize_nb.harness.evaluators import as_evaluators
from arize_nb.harness.examples import columns_of
from arize_nb.harness.runner import MemoryStore, execute, plan
from arize_nb.harness.settings import checked
from arize_nb.harness.task import as_task, report


def run(task, count=8, *, evaluators=(), repetitions=1, elsewhere=None, **settings):
    """Run a task over numbered examples; return records by id, and what happened."""
    examples = [{"id": str(index), "question": f"q{index}", "answer": f"a{index}"} for index in range(count)]
    columns = columns_of(examples)
    store, judges = MemoryStore(), [item.fitted(columns) for item in as_evaluators(evaluators)]
    chosen = checked(repetitions=repetitions, **settings)
    with progress.bar("x", count, quiet=True) as bar:
        happened = execute(
            plan(examples, judges, repetitions),
            count * repetitions,
            task=as_task(task).fitted(columns),
            settings=chosen,
            store=store,
            bar=bar,
            elsewhere=elsewhere,
        )
    return {record.key: record for record in store.records()}, happened


def errors(records):
    """Return the types of failures, None for runs that worked, in order of ids."""
    return [record.failure and record.failure.error_type for _, record in sorted(records.items())]


class Gauge:
    """Counts how many are inside at once."""

    def __init__(self):
        self.inside = self.most = 0
        self.lock = threading.Lock()

    def __enter__(self):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_):
        with self.lock:
            self.inside -= 1


class TestConcurrency:
    def test_def_tasks_run_at_once(self):
        """Plain functions run in threads, as many at once as asked for."""
        gauge = Gauge()

        def task(row):
            with gauge:
                time.sleep(0.05)
            return "x"

        began = time.monotonic()
        records, _ = run(task, 16, concurrency=8)

        assert (len(records), gauge.most) == (16, 8)
        assert time.monotonic() - began < 0.5

    def test_async_tasks_run_at_once(self):
        """Coroutines run on one loop, as many at once as asked for."""
        gauge = Gauge()

        async def task(row):
            with gauge:
                await asyncio.sleep(0.05)
            return "x"

        records, _ = run(task, 40, concurrency=10)

        assert (len(records), gauge.most) == (40, 10)

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

        assert [(str(example), repetition) for example in range(3) for repetition in (1, 2)] == sorted(records)

    def test_a_task_may_ask_which_repetition_it_is(self):
        """`repetition` is a number from 1, so that a task can seed itself; columns may stand beside it, for evaluators too."""
        judges = {"j": lambda output, repetition, answer: f"{output} {repetition} {answer}"}
        records, _ = run(lambda question, repetition: f"{question} {repetition}", 2, repetitions=2, evaluators=judges)
        said = {key: record.evaluations["j"].evaluations["j"].label for key, record in records.items()}

        assert {(str(i), k): f"q{i} {k} {k} a{i}" for i in range(2) for k in (1, 2)} == said


class TestTimeLimits:
    def test_a_late_def_is_left_behind(self):
        """A late function is a timeout, its place is free for the next, its late result is dropped, its thread is counted."""
        release = threading.Event()

        def task(row):
            if row["id"] in "012":
                release.wait(20)
            return "late" if row["id"] in "012" else "x"

        began = time.monotonic()
        records, happened = run(task, 8, concurrency=2, timeout_s=0.3)
        took = time.monotonic() - began
        release.set()

        assert errors(records) == ["TimeoutError"] * 3 + [None] * 5
        assert [records[(str(index), 1)].output for index in range(3)] == [None] * 3
        assert (happened.tally.abandoned, took < 3) == (3, True)

    def test_a_late_async_def_is_cancelled(self):
        """A late coroutine is cancelled: its cleanup runs, nothing is left behind."""
        cleaned = []

        async def task(row):
            try:
                await asyncio.sleep(20)
            finally:
                cleaned.append(row["id"])

        records, happened = run(task, 4, timeout_s=0.2)

        assert errors(records) == ["TimeoutError"] * 4
        assert (len(cleaned), happened.tally.abandoned) == (4, 0)

    def test_a_coroutine_that_refuses_to_be_cancelled(self):
        """One that swallows its cancellation is left behind after a moment of grace."""

        async def task(row):
            while True:
                try:
                    await asyncio.sleep(20)
                except asyncio.CancelledError:
                    await asyncio.sleep(0.01)

        records, happened = run(task, 1, timeout_s=0.1)

        assert (errors(records), happened.tally.abandoned) == (["TimeoutError"], 1)

    def test_an_async_def_that_blocks_the_loop(self):
        """A coroutine that blocks instead of awaiting is late and told apart; the others are begun again and end well."""
        release = threading.Event()

        async def task(row):
            if row["id"] == "3":
                release.wait(30)
            await asyncio.sleep(0.01)
            return "x"

        records, happened = run(task, 8, concurrency=4, timeout_s=0.5)
        release.set()

        assert errors(records) == [None, None, None, "TimeoutError", None, None, None, None]
        assert "blocked the event loop" in records[("3", 1)].failure.message
        assert happened.tally.requeued == 3

    def test_timeouts_are_not_tried_again(self):
        """A late call is final: trying it again would take as long once more."""
        calls = []

        def task(row):
            calls.append(1)
            time.sleep(0.5)

        run(task, 1, timeout_s=0.1, retries=3)

        assert len(calls) == 1

    def test_the_interpreter_exits_with_late_threads(self):
        """A thread that never ends does not keep the interpreter alive."""
        code = """
import sys, time
sys.path.insert(0, "tests")
from test_harness_executor import run
run(lambda row: time.sleep(1000), 2, timeout_s=0.2)
print("done")
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

        assert (done.stdout, done.returncode) == ("done\n", 0)


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
        calls = []

        def task(row):
            calls.append(1)
            if len(calls) < 3:
                time.sleep(0.2)
                raise ConnectionResetError("dropped")
            return "x"

        records, happened = run(task, 1)
        record = records[("0", 1)]

        assert (record.attempts, happened.tally.retries, record.output) == (3, 2, "x")
        assert record.latency_ms < 150

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


class TestRateLimits:
    def test_a_rate_limit_slows_everyone_and_nobody_fails(self):
        """A model that takes two calls at once: the run slows down until all are served."""
        gauge = Gauge()

        class TooManyError(Exception):
            retry_after = 0.05

        def task(row):
            with gauge:
                if gauge.inside > 2:
                    raise TooManyError
                time.sleep(0.01)
            return "x"

        records, happened = run(task, 60, concurrency=16, rate_limit_errors=TooManyError)

        assert errors(records) == [None] * 60
        assert happened.slowdowns >= 3

    def test_retry_after_is_respected_by_all(self):
        """Nobody calls before the wait that the service asked for is over."""
        began = time.monotonic()
        moments = []

        class RateLimitError(Exception):
            retry_after = 0.5

        def task(row):
            moments.append(time.monotonic() - began)
            if len(moments) <= 4:
                raise RateLimitError
            return "x"

        run(task, 4, concurrency=4)

        assert min(moments[4:]) >= 0.5

    def test_without_retries_a_rate_limit_is_a_failure(self):
        """retries=0 means one call, whatever comes of it."""

        class RateLimitError(Exception):
            pass

        def task(row):
            raise RateLimitError

        records, happened = run(task, 2, retries=0)

        assert (errors(records), happened.tally.retries) == (["RateLimitError"] * 2, 0)


class TestEvaluating:
    def test_failed_runs_are_not_scored(self):
        """An evaluator never sees a run that failed."""
        seen = []

        def judge(output):
            seen.append(output)
            return True

        def task(row):
            if row["id"] == "1":
                raise KeyError
            return row["id"]

        records, _ = run(task, 3, evaluators=[judge])

        assert sorted(seen) == ["0", "2"]
        assert records[("1", 1)].evaluations == {}

    def test_an_evaluator_that_raises_is_an_error_not_a_score(self):
        """Its failure is kept beside the scores of the others."""

        def bad(output):
            raise LookupError("no")

        records, _ = run(lambda row: "x", 1, evaluators=[bad, lambda output: 1.0])
        said = records[("0", 1)].evaluations

        assert (said["bad"].failure.error_type, said["bad"].evaluations) == ("LookupError", {})
        assert said["lambda"].evaluations["lambda"].score == 1.0

    def test_evaluators_see_the_plain_output(self):
        """What an evaluator receives is what is stored, so that scoring later gives the same."""
        records, _ = run(lambda row: (1, 2), 1, evaluators={"kind": lambda output: type(output).__name__})

        assert records[("0", 1)].evaluations["kind"].evaluations["kind"].label == "list"

    def test_a_late_evaluator_is_an_error(self):
        """Evaluators have the same time limit."""
        records, happened = run(lambda row: "x", 1, evaluators={"slow": lambda output: time.sleep(1)}, timeout_s=0.1)

        assert (records[("0", 1)].evaluations["slow"].failure.error_type, happened.tally.abandoned) == ("TimeoutError", 1)

    def test_two_evaluators_cannot_give_one_metric(self):
        """The second one is an error that names the first."""
        records, _ = run(lambda row: "x", 1, evaluators={"a": lambda output: {"m": 1}, "b": lambda output: {"m": 0}})

        assert "already given by evaluator 'a'" in records[("0", 1)].evaluations["b"].failure.message

    def test_async_evaluators(self):
        """An evaluator may be a coroutine, also with a plain task."""

        async def judge(output, expected):
            await asyncio.sleep(0)
            return output == expected

        records, _ = run(lambda input: input.replace("q", "a"), 3, evaluators=[judge])

        assert [record.evaluations["judge"].evaluations["judge"].label for record in records.values()] == ["True"] * 3


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
    assert [f"m{index}" for index in range(6)] == [record.fields["model"] for _, record in sorted(records.items())]
