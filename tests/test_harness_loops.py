"""One event loop for the life of the process, and runs on the loop of a cell: clients, locks and semaphores
keep working.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from harness_runs import errors, run
from test_harness_kernel import Kernel

from arize_nb.harness.engine.retry_policy import says_other_loop


def loop_of_a_run(**settings):
    """Run a task and return the loop that it saw."""
    seen = []

    async def task(row):
        seen.append(asyncio.get_running_loop())
        return "x"

    run(task, 3, **settings)
    assert len(set(map(id, seen))) == 1
    return seen[0]


class TestOneLoop:
    def test_runs_share_it(self):
        """A semaphore that was contended in one run serves the next; the loop is open between them."""
        limit, first = asyncio.Semaphore(2), loop_of_a_run()

        async def task(row):
            async with limit:
                await asyncio.sleep(0.01)
            return "x"

        outcomes = [errors(run(task, 8)[0]) for _ in range(3)]

        assert outcomes == [[None] * 8] * 3
        assert (first is loop_of_a_run(), first.is_running()) == (True, True)

    def test_runs_at_once_share_it(self):
        """Two threads that run at the same time are on one loop, and neither ends the other's calls."""
        with ThreadPoolExecutor(2) as pool:
            loops = list(pool.map(lambda _: loop_of_a_run(), range(2)))

        assert loops[0] is loops[1]

    def test_a_run_within_a_run(self):
        """A task that runs something itself, on the loop, gets a loop of its own for that: waiting there for
        itself would never end.
        """
        inner = []

        async def task(row):
            inner.append(loop_of_a_run(timeout_s=5))
            return "x"

        outer = loop_of_a_run()
        records, _ = run(task, 1, timeout_s=60)

        assert (errors(records), inner[0] is outer) == ([None], False)

    def test_a_blocked_loop_is_replaced(self):
        """A coroutine that blocks costs its run; the next one, of this run or another, has a
        loop that turns.
        """
        release = threading.Event()

        async def task(row):
            if row["id"] == "0":
                release.wait(30)
            return "x"

        before = loop_of_a_run()
        records, _ = run(task, 3, timeout_s=0.3)
        after = loop_of_a_run()
        release.set()

        assert (errors(records), after is before) == (["TimeoutError", None, None], False)

    def test_what_users_keep_on_it_stays(self):
        """A coroutine that a task began and left (a client's keep-alive) goes on after the run."""
        beats = []

        async def beat():
            while True:
                beats.append(1)
                await asyncio.sleep(0.01)

        kept = []

        async def task(row):
            kept.append(asyncio.get_running_loop().create_task(beat()))
            return "x"

        run(task, 1)
        count = len(beats)
        for _ in range(200):
            if len(beats) > count + 2:
                break
            threading.Event().wait(0.01)
        kept[0].get_loop().call_soon_threadsafe(kept[0].cancel)

        assert len(beats) > count + 2

    def test_async_summary_evaluators_are_on_it(self, client, unique_name):
        """What judges all runs can use the client that the task used."""
        from arize_nb.harness import evaluator

        dataset = client.datasets.create(name=unique_name("faq"), examples=[{"question": "q"}])
        lock = asyncio.Lock()

        async def task(question):
            async with lock:
                await asyncio.sleep(0)
            return question

        async def share(outputs):
            async with lock:
                await asyncio.sleep(0.01)
            return 1.0

        judge = evaluator(share, summary=True)
        for name in ("one", "two"):
            result = client.experiments.run(
                name=name, dataset=dataset, task=task, evaluators=[judge], progress=False
            )
            assert result.summary["share"] == 1.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX systems only")
def test_a_forked_process_has_a_loop_of_its_own():
    """The child runs async tasks; the parent's loop goes on; both end without a word."""
    code = """
import asyncio, os, sys
sys.path.insert(0, "tests")
from harness_runs import errors, run

async def task(row):
    await asyncio.sleep(0.01)
    return "x"

run(task, 4)
pid = os.fork()
worked = errors(run(task, 4)[0]) == [None] * 4
if pid == 0:
    os._exit(0 if worked else 3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert worked
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code], capture_output=True, text=True, timeout=120
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    "text",
    [
        "<asyncio.locks.Event object at 0x7f [unset]> is bound to a different event loop",
        "Task <Task pending> got Future <Future pending> attached to a different loop",
        "Event loop is closed",
    ],
)
def test_the_words_of_asyncio_are_known(text):
    """All three ways in which asyncio says it get the hint."""
    assert says_other_loop(text)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections, as model services do

    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


@pytest.fixture
def service():
    """An HTTP service that keeps its connections open; give its address."""
    server = _Quiet(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def kernel(client, local_server, clean_environ, tmp_path, unique_name, service):
    dataset = client.datasets.create(
        name=unique_name("faq"), examples=[{"question": f"q{i}"} for i in range(12)]
    )
    environ = {
        **local_server.env(),
        "ARIZE_SPACE": client.space,
        "TEST_DATASET": dataset.id,
        "TEST_SERVICE": service,
    }
    started = Kernel(tmp_path, environ)
    started.run("""
import httpx
DATASET, SERVICE = os.environ["TEST_DATASET"], os.environ["TEST_SERVICE"]
count = iter(range(100))

def run(task, **options):
    return client.experiments.run(name=f"e{next(count)}", dataset=DATASET, task=task, progress=False, retries=0, **options)

def arun(task, **options):
    return client.experiments.arun(name=f"e{next(count)}", dataset=DATASET, task=task, progress=False, retries=0, **options)

def asking(http):
    async def task(question):
        return (await http.get(f"{SERVICE}/{question}")).text
    return task
""")
    yield started
    started.close()


@pytest.mark.kernel
class TestKernel:
    def test_a_client_serves_run_after_run(self, kernel):
        """An HTTP client with open connections works in every run of the kernel."""
        printed = kernel.run("""
task = asking(httpx.AsyncClient())
for _ in range(3):
    print(run(task).counts["completed"])
""")

        assert printed == "12\n12\n12\n"

    def test_arun_is_on_the_loop_of_the_cells(self, kernel):
        """A client that a cell has used works in the tasks of arun, and afterwards in a cell again; so do
        locks.
        """
        printed = kernel.run("""
http, lock = httpx.AsyncClient(), asyncio.Lock()
async with lock:
    print((await http.get(f"{SERVICE}/before")).text)
ask = asking(http)

async def task(question):
    async with lock:
        return await ask(question)

for _ in range(2):
    print((await arun(task)).counts["completed"])
print((await http.get(f"{SERVICE}/after")).text)
""")

        assert printed == "/before\n12\n12\n/after\n"

    def test_a_loop_that_is_another_s_is_explained(self, kernel):
        """A lock that a cell holds on its loop cannot be used by run(): the error names arun, before anything
        is stored.
        """
        _, error = kernel.result(
            kernel.send("""
lock = asyncio.Lock()
async def hold():
    async with lock:
        await asyncio.sleep(0.01)
await asyncio.gather(hold(), hold())
await lock.acquire()

async def task(question):
    async with lock:
        await asyncio.sleep(0.01)
    return question

run(task)
""")
        )

        assert error[0] == "TooManyFailuresError"
        assert "different event loop" in error[1]
        assert "await client.experiments.arun(…)" in error[1]

    def test_an_awaited_run_gives_its_result(self, kernel):
        """`await run(…)` is no error after all has been done: it gives the result."""
        assert kernel.run("print((await run(lambda row: 'x')).counts['completed'])") == "12\n"

    def test_the_stop_button_stops_arun(self, kernel):
        """What was done is kept and can be gone on with; the cancellation says so and carries the result."""
        message = kernel.send("""
async def slow(question):
    note({"id": question})
    await asyncio.sleep(0.3)
    return question

try:
    await client.experiments.arun(name="slow", dataset=DATASET, task=slow, concurrency=2, progress=False)
except asyncio.CancelledError as cancelled:
    stopped = cancelled
    raise
""")
        kernel.wait_for_calls(4)
        kernel.manager.interrupt_kernel()
        _, error = kernel.result(message)
        printed = kernel.run("""
print(stopped.result.counts["completed"] in (2, 3, 4), "resume=True" in stopped.__notes__[0])
result = await client.experiments.arun(name="slow", dataset=DATASET, task=slow, resume=True, progress=False)
print(result.counts["completed"], result.resumed == stopped.result.counts["completed"])
""")

        assert error[0] == "CancelledError"
        assert printed == "True True\n12 True\n"

    def test_a_time_limit_around_arun_is_one(self, kernel):
        """asyncio.timeout sees its own cancellation, and the run is stopped."""
        printed = kernel.run("""
begun = []

async def slow(question):
    begun.append(question)
    await asyncio.sleep(0.3)
    return question

async def until(count):
    while len(begun) < count:
        await asyncio.sleep(0.01)

running = asyncio.ensure_future(arun(slow, concurrency=2))
await until(5)
try:
    async with asyncio.timeout(0.01):
        await running
except TimeoutError as error:
    print("late", 0 < len(error.__cause__.result.records) < 12)
""")

        assert printed == "late True\n"

    def test_errors_show_the_users_lines(self, kernel):
        """An error of ours shows the cell's line and its own words, none of our frames; %xmode Verbose shows
        all.
        """
        kernel.run("%xmode Context")
        shown = []
        for mode in ("Context", "Verbose"):
            kernel.run(f"%xmode {mode}")
            message, text = kernel.send("client.experiments.get('nope', dataset=DATASET)"), ""
            while True:
                found = kernel.client.get_iopub_msg(timeout=60)
                if found["parent_header"].get("msg_id") != message:
                    continue
                if found["msg_type"] == "error":
                    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(found["content"]["traceback"]))
                elif found["content"].get("execution_state") == "idle":
                    break
            shown.append(text)

        assert ["lookup.py" in text for text in shown] == [False, True]
        assert all("NotFoundError" in text and "client.experiments.list" in text for text in shown)
