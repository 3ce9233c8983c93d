"""Evaluators in a run: what they see, how they fail, and that one which always fails is noticed; no service
involved.
"""

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from harness_runs import run

from arize_nb import progress
from arize_nb.harness import evaluator
from arize_nb.harness.engine.execute import MemoryStore, execute, plan
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.functions.example_view import columns_of
from arize_nb.harness.functions.task import as_task


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
        release = threading.Event()
        records, happened = run(
            lambda row: "x", 1, evaluators={"slow": lambda output: release.wait(60)}, timeout_s=2
        )
        release.set()

        assert (records[("0", 1)].evaluations["slow"].failure.error_type, happened.tally.abandoned) == (
            "TimeoutError",
            1,
        )

    def test_two_evaluators_cannot_give_one_metric(self):
        """The second one is an error that names the first."""
        records, _ = run(
            lambda row: "x", 1, evaluators={"a": lambda output: {"m": 1}, "b": lambda output: {"m": 0}}
        )

        assert "already given by evaluator 'a'" in records[("0", 1)].evaluations["b"].failure.message

    def test_async_evaluators(self):
        """An evaluator may be a coroutine, also with a plain task."""

        async def judge(output, expected):
            await asyncio.sleep(0)
            return output == expected

        records, _ = run(lambda input: input.replace("q", "a"), 3, evaluators=[judge])

        assert [record.evaluations["judge"].evaluations["judge"].label for record in records.values()] == [
            "True"
        ] * 3


class TestAlwaysFailing:
    def run(self, judge, count=30, task=lambda row: "x", **settings):
        """Run with a bar; return what stands behind its numbers at the end."""
        examples = [{"id": str(index)} for index in range(count)]
        columns = columns_of(examples)
        with progress.bar("x", count, quiet=True) as self.bar:
            execute(
                plan(examples, [evaluator(judge, name="judge").fitted(columns)], 1),
                count,
                task=as_task(task).fitted(columns),
                settings=checked(concurrency=1, retries=0, **settings),
                store=MemoryStore(),
                bar=self.bar,
            )
        return self.bar.note

    def test_it_is_said_while_the_run_goes_on(self):
        """Where max_failures lets a run go on, an evaluator that fails alike ten times is named on the bar,
        once and in one line.
        """

        def judge(output):
            raise PermissionError("wrong key\n\x1b[2J" + " again" * 200)

        def task(row):
            if row["id"] == "20":
                self.seen = wait_until(lambda: self.bar.note)
            return "x"

        note = self.run(judge, task=task, max_failures=29)

        assert re.fullmatch(
            r"evaluator 'judge' has failed (1\d|20) of \1 times: PermissionError: wrong key⏎␛\[2J( again)+ …",
            self.seen,
        )
        assert note.startswith("evaluator 'judge' has failed 30 of 30 times: PermissionError: wrong key⏎␛[2J")
        assert (1, 30, True) == (note.count("evaluator"), self.bar.done, len(note) <= 160)

    @pytest.mark.parametrize(
        "fails",
        [
            lambda number: number != 4,
            lambda number: number >= 10,
            lambda number: KeyError if number == 9 else True,
            lambda number: number < 9,
        ],
        ids=["worked once", "worked at first", "fails in two ways", "fails nine times"],
    )
    def test_others_are_not_named(self, fails):
        """One that worked once, fails in several ways, or has not failed ten times, is left to the result."""
        calls = []

        def judge(output):
            calls.append(output)
            failure = fails(len(calls) - 1)
            if failure:
                raise LookupError if failure is True else failure
            return 1.0

        assert self.run(judge) == ""


def wait_until(condition):
    """Return what `condition` gives, once it gives something."""
    while not (found := condition()):
        threading.Event().wait(0.01)
    return found
