"""Runs in a real Jupyter kernel, where the official runner breaks: running loop, threads, timeouts,
interrupts, kills.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest
from jupyter_client.manager import KernelManager

pytestmark = pytest.mark.kernel

SETUP = """
import asyncio, json, os, time
import arize_nb as ax
client = ax.connect()
CALLS = os.environ["TEST_CALLS"]

def note(row):
    with open(CALLS, "a") as file:
        file.write(row["id"] + "\\n")
"""


class Kernel:
    """A kernel with a client of the session's server, and a file in which tasks note their calls."""

    def __init__(self, folder, environ):
        self.calls_file = folder / "calls.txt"
        self.environ = {**os.environ, **environ, "TEST_CALLS": str(self.calls_file)}
        self.start()

    def start(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=self.environ)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.run(SETUP)

    def send(self, code):
        """Start a cell."""
        return self.client.execute(code)

    def result(self, message, timeout=90):
        """Wait for a cell: what it printed, and its error (name, text) or None."""
        printed, error = [], None
        deadline = time.monotonic() + timeout
        while True:
            found = self.client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0.1))
            if found["parent_header"].get("msg_id") != message:
                continue
            content = found["content"]
            if found["msg_type"] == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            elif found["msg_type"] == "error":
                error = (content["ename"], content["evalue"])
            elif found["msg_type"] == "status" and content["execution_state"] == "idle":
                return "".join(printed), error

    def run(self, code, timeout=90):
        """Run a cell that must not fail; return what it printed."""
        printed, error = self.result(self.send(code), timeout)
        assert error is None, error
        return printed

    def calls(self):
        """Count calls by example, as the tasks themselves noted them on disk."""
        return Counter(self.calls_file.read_text().split()) if self.calls_file.exists() else Counter()

    def wait_for_calls(self, count):
        """Wait until so many calls were noted."""
        deadline = time.monotonic() + 60
        while sum(self.calls().values()) < count:
            assert time.monotonic() < deadline, "the tasks were not called"
            time.sleep(0.02)

    def kill(self):
        """End the kernel as the system would that runs out of memory."""
        os.kill(self.manager.provisioner.pid, signal.SIGKILL)
        self.close()

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture
def dataset(client, unique_name):
    """Make a dataset of forty examples."""
    return client.datasets.create(
        name=unique_name("faq"), examples=[{"question": f"q{i}", "answer": f"a{i}"} for i in range(40)]
    )


@pytest.fixture
def kernel(client, dataset, local_server, clean_environ, tmp_path):
    """Start a kernel whose client finds the session's server and the test's space."""
    environ = {**local_server.env(), "ARIZE_SPACE": os.environ["ARIZE_SPACE"], "TEST_DATASET": dataset.id}
    started = Kernel(tmp_path, environ)
    started.run("DATASET = os.environ['TEST_DATASET']")
    yield started
    started.close()


def test_async_tasks_run_under_the_notebooks_own_loop(kernel):
    """In a notebook a loop is running: async tasks run all the same, at once, and come back as a frame."""
    printed = kernel.run("""
inside = []

async def answer(input):
    assert asyncio.get_running_loop() is not None
    inside.append(input)
    while len(inside) < 40:
        await asyncio.sleep(0.01)
    return input.replace("q", "a")

assert asyncio.get_event_loop().is_running()
def same(output, expected):
    return output == expected

result = client.experiments.run(name="async", dataset=DATASET, task=answer, evaluators=[same], concurrency=40)
print(len(result.frame), result.frame["error"].notna().sum(), result.frame["eval.same.score"].sum())
""")

    assert printed == "40 0 40.0\n"


def test_a_patched_loop_does_not_matter(kernel):
    """With nest_asyncio applied, as many notebooks have it, async tasks run as well."""
    pytest.importorskip("nest_asyncio2", reason="nest_asyncio2 is not installed")
    printed = kernel.run("""
import nest_asyncio2
nest_asyncio2.apply()

async def answer(row):
    await asyncio.sleep(0.01)
    return "x"

print(client.experiments.run(name="patched", dataset=DATASET, task=answer, dry_run=20).counts)
""")

    assert printed == "{'planned': 20, 'completed': 20, 'failed': 0, 'left': 0, 'unscored': 0}\n"


def test_def_tasks_run_at_once(kernel):
    """A plain def runs in as many threads as asked for: twenty calls that wait for one another all end."""
    printed = kernel.run("""
import threading
all_there = threading.Barrier(20)

def answer(row):
    all_there.wait(60)
    return "x"

result = client.experiments.run(name="threads", dataset=DATASET, task=answer, concurrency=20, dry_run=40)
print(result.counts["completed"])
""")

    assert printed == "40\n"


def test_a_task_that_is_always_late_ends(kernel):
    """Every run is recorded as a timeout, late threads are counted, and the next cell runs."""
    printed = kernel.run("""
def answer(row):
    time.sleep(600)

result = client.experiments.run(name="late", dataset=DATASET, task=answer, timeout_s=0.5, concurrency=4, dry_run=8)
print(result.counts["failed"], set(result.failures["error_type"]), result.abandoned)
""")

    assert printed == "8 {'TimeoutError'} 8\n"
    assert kernel.run("print('next')") == "next\n"


def test_the_stop_button_keeps_what_is_done(kernel):
    """SIGINT half-way: the cell ends as KeyboardInterrupt, what was done is kept, resuming does the rest, and
    nothing twice.
    """
    cell = """
def answer(row):
    note(row)
    time.sleep(0.1)
    return row["question"]

result = client.experiments.run(name="stop", dataset=DATASET, task=answer, concurrency=2, resume=True, progress=False)
print(result.counts["completed"], result.resumed)
"""
    message = kernel.send(cell)
    kernel.wait_for_calls(16)
    kernel.manager.interrupt_kernel()
    _, error = kernel.result(message)
    after_stop = kernel.calls()
    kept = kernel.run("import sys; print(len(sys.last_value.result.records))")
    printed = kernel.run(cell)
    twice = [example for example, count in kernel.calls().items() if count > 1]

    assert error[0] == "RunInterrupted"
    assert "resume=True" in error[1]
    assert 14 <= int(kept) <= sum(after_stop.values())
    assert printed == f"40 {kept.strip()}\n"
    assert len(kernel.calls()) == 40
    assert len(twice) <= 2


def test_a_killed_kernel_loses_nothing(kernel, client, dataset):
    """SIGKILL half-way: a new kernel resumes; every example is there once, nothing journalled is called
    again.
    """
    cell = """
async def answer(dataset_row):
    note(dataset_row)
    await asyncio.sleep(0.1)
    return dataset_row["question"]

def judge(output):
    return 1.0

result = client.experiments.run(name="kill", dataset=DATASET, task=answer, evaluators=[judge], concurrency=4, resume=True)
print(result.counts["completed"], result.resumed, result.frame["eval.judge.score"].notna().sum())
"""
    kernel.send(cell)
    kernel.wait_for_calls(20)
    kernel.kill()
    before = kernel.calls()
    kernel.start()
    kernel.run("DATASET = os.environ['TEST_DATASET']")
    printed = kernel.run(cell)
    resumed = int(printed.split()[1])
    calls = kernel.calls()
    uploaded = client.experiments.runs("kill", dataset=dataset)

    assert printed == f"40 {resumed} 40\n"
    assert 12 <= resumed <= 20
    assert (40, sum(before.values()) - resumed) == (len(calls), sum(calls.values()) - 40)
    assert sum(before.values()) - resumed <= 4
    assert sorted(uploaded["example_id"]) == sorted(calls)


def test_without_a_word_an_unfinished_run_is_not_thrown_away(kernel):
    """After a kill, running the cell as it was says how to go on instead of starting anew."""
    cell = """
def answer(row):
    note(row)
    time.sleep(0.1)
    return "x"

client.experiments.run(name="word", dataset=DATASET, task=answer, concurrency=2)
"""
    kernel.send(cell)
    kernel.wait_for_calls(10)
    kernel.kill()
    kernel.start()
    kernel.run("DATASET = os.environ['TEST_DATASET']")
    _, error = kernel.result(kernel.send(cell))

    assert error[0] == "ExperimentUnfinishedError"
    assert "of 40 runs are kept. Go on where it stopped: resume=True" in error[1]


def test_an_evaluator_that_raises_and_a_task_that_raises(kernel, client, dataset):
    """Both are rows: the run is an error without score, the evaluation an error without score; both survive
    the upload.
    """
    printed = kernel.run("""
def answer(row):
    if row["question"] == "q3":
        raise RuntimeError("model is down <b>")
    return row["question"]

def judge(output):
    if output == "q5":
        raise LookupError("judge is down")
    return True

result = client.experiments.run(name="raises", dataset=DATASET, task=answer, evaluators=[judge], retries=0)
print(result.counts)
""")
    runs = client.experiments.runs("raises", dataset=dataset)
    failed = runs[runs["error"].notna()]
    unscored = runs[runs["eval.judge.error"].notna()]

    assert printed == "{'planned': 40, 'completed': 39, 'failed': 1, 'left': 0, 'unscored': 1}\n"
    assert list(failed["error"]) == ["RuntimeError('model is down <b>')"]
    assert failed["output"].isna().all()
    assert failed["eval.judge.score"].isna().all()
    assert list(unscored["eval.judge.error"]) == ["LookupError('judge is down')"]
    assert unscored["eval.judge.score"].isna().all()
    assert runs["eval.judge.score"].sum() == 38
