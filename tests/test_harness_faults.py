"""A fault run: a model over HTTP that limits, fails, hangs and drops connections; every example ends with the
right outcome.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

COUNT = 500
FAULTS = ("none", "limit", "error", "drop", "broken", "refused", "hang")
"""What the model does to an example, by its number: once and then answer, or (broken, refused, hang) every
time.
"""
HANGING = 105
"""From this number on nothing hangs: a hang costs a whole time limit."""


def fault_of(number):
    """Say what happens to an example."""
    fault = FAULTS[number % len(FAULTS)]
    return "none" if fault == "hang" and number >= HANGING else fault


@pytest.fixture
def model():
    """Serve a model on a loopback port: GET /<number>."""
    calls, times, lock = Counter(), [], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            number = int(self.path.strip("/"))
            with lock:
                calls[number] += 1
                times.append(time.monotonic())
                first = calls[number] == 1
            fault = fault_of(number)
            if fault == "limit" and first:
                self.answer(429, "slow down", {"Retry-After": "0.05"})
            elif (fault == "error" and first) or fault == "broken":
                self.answer(500, "out of order")
            elif fault == "refused":
                self.answer(401, "bad key")
            elif fault == "drop" and first:
                self.close_connection = True
                self.connection.shutdown(2)
            else:
                if fault == "hang":
                    released.wait(30)
                self.answer(200, f"answer {number}")

        def answer(self, status, text, headers=()):
            try:
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                pass

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request, client_address):
            pass

    released = threading.Event()
    server = Server(("127.0.0.1", 0), Handler)
    server.calls, server.times = calls, times
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def dataset(client, unique_name):
    return client.datasets.create(
        name=unique_name("faults"), examples=[{"number": i, "answer": f"answer {i}"} for i in range(COUNT)]
    )


RIGHT = {
    "none": None,
    "limit": None,
    "error": None,
    "drop": None,
    "broken": "HTTPError",
    "refused": "HTTPError",
    "hang": "TimeoutError",
}
CALLS = {"none": 1, "limit": 2, "error": 2, "drop": 2, "broken": 2, "refused": 1, "hang": 1}
"""Calls that each fault costs with one retry."""


def check(result, model):
    """Compare what came out with what the model did."""
    frame = result.frame
    numbers = {record.example_id: record for record in result.records}
    assert len(frame) == len(numbers) == COUNT
    faults = Counter(fault_of(number) for number in range(COUNT))
    failed = sum(faults[fault] for fault, error in RIGHT.items() if error)
    assert {
        "planned": COUNT,
        "completed": COUNT - failed,
        "failed": failed,
        "left": 0,
        "unscored": 0,
    } == result.counts
    right = Counter({error: 0 for error in RIGHT.values() if error})
    for fault, error in RIGHT.items():
        if error:
            right[error] += faults[fault]
    assert dict(right) == dict(Counter(result.failures["error_type"]))
    assert {number: CALLS[fault_of(number)] for number in range(COUNT)} == dict(model.calls)
    scored = frame[frame["eval.exact_match.score"].notna()]
    assert len(scored) == COUNT - failed == scored["eval.exact_match.score"].sum()
    assert frame.loc[frame["error"].notna(), "eval.exact_match.score"].isna().all()


def test_threads(client, dataset, model):
    """Five hundred examples with requests in threads: outcomes, calls and counts are exactly those that the
    model caused.
    """
    from arize_nb.harness import exact_match

    def answer(row):
        reply = requests.get(f"{model.url}/{row['number']}", timeout=10)
        reply.raise_for_status()
        return reply.text

    result = client.experiments.run(
        name="threads",
        dataset=dataset,
        task=answer,
        evaluators=[exact_match()],
        concurrency=16,
        timeout_s=3.0,
        retries=1,
        progress=False,
    )

    check(result, model)
    assert result.abandoned == sum(fault_of(number) == "hang" for number in range(COUNT))
    assert result.slowdowns >= 1


def test_coroutines(client, dataset, model):
    """The same with coroutines: hanging calls are cancelled, and no thread is left behind."""
    from arize_nb.harness import exact_match

    class HTTPError(Exception):
        def __init__(self, status, headers):
            super().__init__(f"HTTP {status}")
            self.status_code, self.headers = status, headers

    async def answer(row):
        host, port = model.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(
                f"GET /{row['number']} HTTP/1.1\r\nHost: model\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = (await reader.read()).decode()
        finally:
            writer.close()
        status = int(head.split()[1])
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        if status != 200:
            raise HTTPError(status, headers)
        return body

    result = client.experiments.run(
        name="coroutines",
        dataset=dataset,
        task=answer,
        evaluators=[exact_match()],
        concurrency=32,
        timeout_s=3.0,
        retries=1,
        progress=False,
    )

    check(result, model)
    assert result.abandoned == 0
