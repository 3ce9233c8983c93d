"""The stop button pressed more than once, at any moment: what was done is kept, nothing goes on behind the
scenes, nothing stays locked.
"""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading

import pytest

from arize_nb import progress
from arize_nb.harness.engine.execute import Happened, MemoryStore, execute, plan
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.functions.task import as_task
from arize_nb.persistence.uninterrupted import held_back

IMPATIENT = """
import asyncio, os, random, signal, sys, threading, time
import arize_nb as ax
from arize_nb.harness.result import RunInterrupted

client = ax.connect(notice=lambda text: None)  # what resuming says is not asked here
dataset = client.datasets.get(sys.argv[1])
draw, calls = random.Random(int(sys.argv[2])), []
armed = False

def pressed(*_):
    if armed:
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, pressed)

def task(input):
    calls.append(input)
    time.sleep(0.03)
    return input

async def task_async(input):
    calls.append(input)
    try:
        await asyncio.sleep(0.03)
    finally:
        await asyncio.sleep(0.1)  # closes its connections
    return input

def press(begun):
    begun.wait()
    for wait_s in (draw.uniform(0, 0.25), draw.uniform(0, 0.1), draw.uniform(0, 0.1)):
        time.sleep(wait_s)
        os.kill(os.getpid(), signal.SIGINT)

def run(name, chosen):
    return client.experiments.run(name=name, dataset=dataset, task=chosen, concurrency=4, resume=True, progress=False)

run("warm", task)
for chosen in (task, task_async):
    for turn in range(6):
        name, begun = f"{chosen.__name__}-{turn}", threading.Event()
        presser = threading.Thread(target=press, args=(begun,))
        presser.start()
        try:
            armed = True
            begun.set()
            run(name, chosen)
            armed = False
        except KeyboardInterrupt:
            armed = False
        presser.join()
        called = len(calls)
        time.sleep(0.1)
        assert called == len(calls), "tasks are called after the end"
        result = run(name, chosen)
        assert result.counts["completed"] == 20, result.counts
        assert len(client.experiments.runs(result.experiment)) == 20
uploads = [thread for thread in threading.enumerate() if thread.name.startswith("arize-nb-upload")]
for thread in uploads:
    thread.join(30)  # a request that a press caught ends by itself
print("all resumed", [thread.name for thread in uploads if thread.is_alive()])
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_three_presses_at_any_moment(client, unique_name, seed):
    """Whatever they hit, the next resume=True in the same process finds the journal free and does what is
    left.
    """
    dataset = client.datasets.create(
        name=unique_name("impatient"), examples=[{"question": str(index)} for index in range(20)]
    )
    ended = subprocess.run(
        [sys.executable, "-c", IMPATIENT, dataset.id, seed],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ("all resumed []\n", "", 0) == (ended.stdout, ended.stderr, ended.returncode)


def test_threads_hear_no_signals():
    """In a thread there is nothing to hold back, and nothing fails."""
    heard = []

    def work():
        with held_back():
            heard.append("inside")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert heard == ["inside"]


def test_an_interrupt_leaves_the_numbers_whole():
    """Bar, store and what happened on the way say the same after a stop in the middle."""
    happened, store, tried, over = Happened(), MemoryStore(), [], threading.Event()

    def task(row):
        if row["id"] == "3" and len(tried) < 2:
            tried.append(row)
            raise ConnectionError("again")
        if row["id"] == "6":
            _thread.interrupt_main()
            over.wait(60)
        return "x"

    with progress.bar("x", 12, quiet=True) as bar, pytest.raises(KeyboardInterrupt):
        execute(
            plan([{"id": str(index)} for index in range(12)], (), 1),
            12,
            task=as_task(task),
            settings=checked(concurrency=1),
            store=store,
            bar=bar,
            happened=happened,
        )
    over.set()

    assert (6, 6, 2) == (len(store.records()), bar.done, happened.tally.retries)
