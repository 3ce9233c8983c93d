"""The executor's limits: late calls end or are left behind, rate limits slow everyone; no
service involved.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

from harness_runs import Gauge, errors, run


class TestTimeLimits:
    def test_a_late_def_is_left_behind(self):
        """A late function is a timeout, its place is free for the next, its late result is dropped, its
        thread is counted.
        """
        release, ended = threading.Event(), []

        def task(row):
            if row["id"] in "012":
                release.wait(60)
                ended.append(row["id"])
            return "late" if row["id"] in "012" else "x"

        records, happened = run(task, 8, concurrency=2, timeout_s=2)
        waited_for = list(ended)
        release.set()

        assert errors(records) == ["TimeoutError"] * 3 + [None] * 5
        assert [records[(str(index), 1)].output for index in range(3)] == [None] * 3
        assert (happened.tally.abandoned, waited_for) == (3, [])

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
        """A coroutine that blocks instead of awaiting is late and told apart; the others are begun again and
        end well.
        """
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
        calls, release = [], threading.Event()

        def task(row):
            calls.append(1)
            release.wait(60)

        run(task, 1, timeout_s=0.1, retries=3)
        release.set()

        assert len(calls) == 1

    def test_the_interpreter_exits_with_late_threads(self):
        """A thread that never ends does not keep the interpreter alive."""
        code = """
import sys, time
sys.path.insert(0, "tests")
from harness_runs import run
run(lambda row: time.sleep(1000), 2, timeout_s=0.2)
print("done")
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

        assert (done.stdout, done.returncode) == ("done\n", 0)


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
        assert happened.slowdowns >= 1

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
