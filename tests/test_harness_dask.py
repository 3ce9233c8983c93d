"""Tasks in other processes: Dask with a worker killed, and a process pool."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import threading
import time
from collections import Counter

import pytest

from arize_nb.errors import InputError, RunError
from arize_nb.harness import exact_match
from arize_nb.harness.engine.call import Call
from arize_nb.harness.engine.remote_calls import elsewhere_of

COUNT = 1000


@pytest.fixture
def cluster():
    """Start four worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="distributed is not installed (extra dask)")
    with distributed.LocalCluster(
        n_workers=4, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=60
    ) as started:
        yield started


@pytest.fixture
def dataset(client, unique_name):
    return client.datasets.create(
        name=unique_name("many"), examples=[{"number": i, "answer": str(i * i)} for i in range(COUNT)]
    )


@pytest.mark.timeout(200)
def test_a_killed_worker_loses_nothing(client, dataset, cluster, tmp_path):
    """Four workers, one killed in the middle: a thousand examples once each; what was lost with it is called
    again and counted.
    """
    calls_file = tmp_path / "calls.txt"

    def square(row):
        with calls_file.open("a") as file:
            file.write(f"{row['number']}\n")
        time.sleep(0.005)
        from arize_nb.harness import report

        report(token_count=1, worker=os.getpid())
        return str(row["number"] ** 2)

    def kill_one():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (
            not calls_file.exists() or len(calls_file.read_text().split()) < 300
        ):
            time.sleep(0.05)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    with cluster.get_client() as dask:
        killer.start()
        result = client.experiments.run(
            name="dask",
            dataset=dataset,
            task=square,
            evaluators=[exact_match()],
            concurrency=16,
            executor=dask.get_executor(),
            progress=False,
        )
        killer.join()
    calls = Counter(calls_file.read_text().split())
    again = sum(calls.values()) - COUNT
    uploaded = client.experiments.runs(result.experiment)

    assert [] == result.failures["message"].tolist()
    assert result.counts == {"planned": COUNT, "completed": COUNT, "failed": 0, "left": 0, "unscored": 0}
    assert (len(calls), uploaded["example_id"].nunique()) == (COUNT, COUNT)
    assert (len(uploaded), uploaded["eval.exact_match.score"].sum()) == (COUNT, COUNT)
    assert (uploaded["token_count"].sum(), uploaded["worker"].nunique() >= 4) == (COUNT, True)
    assert 1 <= result.requeued < 60
    assert again <= result.requeued


def test_repetitions_are_not_taken_for_one(client, unique_name, cluster):
    """Dask computes equal calls once; repetitions are called each, async tasks too, and time limits hold over
    there.
    """
    small = client.datasets.create(name=unique_name("small"), examples=[{"number": i} for i in range(3)])

    async def draw(row):
        import asyncio
        import uuid

        await asyncio.sleep(30 if row["number"] == 2 else 0.001)
        return uuid.uuid4().hex

    with cluster.get_client() as dask:
        result = client.experiments.run(
            name="repeated",
            dataset=small,
            task=draw,
            repetitions=3,
            executor=dask.get_executor(),
            timeout_s=1.0,
            dry_run=3,
            progress=False,
        )

    assert (result.counts["completed"], result.frame["output"].nunique()) == (6, 6)
    assert list(result.failures["error_type"]) == ["TimeoutError"] * 3


def test_a_worker_that_dies_while_its_result_is_read_is_a_lost_worker():
    """Dask's own adapter makes a TypeError of such a result; the call is begun again, and counted."""
    adapter = pytest.importorskip(
        "distributed.cfexecutor", reason="distributed is not installed (extra dask)"
    )

    class Read:
        """A call of Dask whose result has come, and whose worker is gone by now."""

        status = "pending"

        def __init__(self, value):
            self._value = value

        async def _result(self, raiseit):
            return self._value

    class Executor:
        tries = 0

        def submit(self, function, *args):
            future = concurrent.futures.Future()
            self.tries += 1
            if self.tries == 1:
                adapter._cascade_future(Read(function(*args)), future)
            else:
                future.set_result(function(*args))
            return future

    elsewhere = elsewhere_of(Executor())
    made = asyncio.run(elsewhere.run(Call(abs, (-4,), {}), 10.0))

    assert (4, None, 1) == (made.value, made.failure, elsewhere.lost())


def test_a_broken_pool_ends_the_run_and_keeps_what_was_done():
    """An executor that broke takes no further call: the run ends and says how to go on."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        elsewhere = elsewhere_of(pool)
        made = asyncio.run(elsewhere.run(Call(abs, (-4,), {}), 10.0))
        with pytest.raises(RunError, match=r"the executor broke.*resume=True"):
            asyncio.run(elsewhere.run(Call(os._exit, (1,), {}), 10.0))

    assert (made.value, elsewhere.lost()) == (4, 0)


def test_what_is_no_executor_is_refused():
    """A Dask client has submit() of its own; something without it is an error that says what to give."""
    assert elsewhere_of(None) is None
    with pytest.raises(InputError, match="get_executor"):
        elsewhere_of("dask")
