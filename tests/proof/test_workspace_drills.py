"""The local workspace under attack, at length: kills, faults, fuzz, load, strangers, numbers; each by
PROOF_SEED.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests
from server_drills import FaultDrill, RestFuzz, flight_fuzz, load
from server_probe import Probe
from test_server_kill import Uploads

from arize_nb import workspace
from arize_nb.server.catalog import datasets, experiments
from arize_nb.server.rows import examples
from arize_nb.server.store.store import Store
from arize_nb.workspace import peer
from arize_nb.workspace.local_server import LocalServer

KILLS = 60
RUN_KILLS = 25
FUZZ = 20_000
FAULTS_INJECTED = 500


@pytest.fixture
def probe():
    """A server process of the drill's own."""
    with LocalServer() as server:
        probe = Probe(server)
        yield probe
        probe.close()


def test_kills_in_the_middle_of_uploads(tmp_path, seed, share, record):
    """After each SIGKILL what was acknowledged is whole, and everything else is whole or not there."""
    chance = random.Random(seed)
    server = LocalServer(tmp_path / "w").start()
    uploads = Uploads(server)
    failures = []
    for number in range(share(KILLS)):
        before = set(uploads.sent)
        writers = [
            threading.Thread(target=work)
            for work in (uploads.append, uploads.stream, uploads.append, uploads.stream)
        ]
        for writer in writers:
            writer.start()
        uploads.wait_for_acknowledgements(before)
        time.sleep(chance.uniform(0.0, 1.0))
        server.kill()
        for writer in writers:
            writer.join(30)
        server.start()
        try:
            uploads.check(set(uploads.sent) - before)
        except AssertionError as error:
            failures.append(f"kill {number}: {error}")
    uploads.check(set(uploads.sent))
    server.stop()
    uploads.session.close()
    record("kill -9 of a server with four writers", share(KILLS), len(failures))
    record.found("writes acknowledged", len(uploads.acknowledged))
    assert [] == failures


RUN = """
import os, sys, time
import arize_nb as ax
calls = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def task(dataset_row):
    os.write(calls, b"start %d %f\\n" % (dataset_row["n"], time.time()))
    time.sleep(0.05)
    os.write(calls, b"end %d %f\\n" % (dataset_row["n"], time.time()))
    return f"out {dataset_row['n']}"
with ax.connect() as client:
    client.experiments.run(name=sys.argv[1], dataset="d", task=task, evaluators=[], concurrency=4, resume=True)
"""


def test_kills_in_the_middle_of_runs(workspace_env, tmp_path, seed, share, record):
    """A script killed while it runs an experiment goes on where it was: all rows once, no call again that
    ended well before the kill.
    """
    import arize_nb

    chance, rows, kills, failures, number = random.Random(seed), 60, 0, [], 0
    wanted = share(RUN_KILLS)
    with arize_nb.connect() as client:
        client.datasets.create(name="d", examples=[{"n": row} for row in range(rows)])
        while kills < wanted:
            number += 1
            name, calls = f"run-{number}", tmp_path / f"calls-{number}"
            calls.touch()
            killed: list[float] = []
            for attempt in range(6):
                process = subprocess.Popen(
                    [sys.executable, "-c", RUN, name, str(calls)], stderr=subprocess.DEVNULL
                )
                size, deadline = calls.stat().st_size, time.monotonic() + 60
                while calls.stat().st_size == size and process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                if attempt < 5 and kills < wanted:
                    time.sleep(chance.uniform(0, 0.5))
                    if process.poll() is None:
                        process.kill()
                        killed.append(time.time())
                        kills += 1
                process.wait(120)
                if process.returncode == 0:
                    break
            words = [line.split() for line in calls.read_text().splitlines()]
            ends = {int(row): float(at) for what, row, at in words if what == "end"}
            again = [
                row for what, row, at in words if what == "start" and float(at) > ends.get(int(row), 1e20)
            ]
            late = [
                row
                for row in again
                if min(kill - ends[int(row)] for kill in killed if kill >= ends[int(row)]) > 0.5
            ]
            outputs = sorted(client.experiments.runs(name, dataset="d")["output"])
            if late or outputs != sorted(f"out {row}" for row in range(rows)):
                failures.append(f"{name}: called again {late}, {len(outputs)} runs")
    record("kill -9 of a script that runs an experiment", kills, len(failures))
    assert [] == failures


def test_nonsense_over_rest(probe, seed, share, record):
    """Requests made from the schema, with nonsense in places: no 5xx, no broken connection, no traceback."""
    tally = RestFuzz(probe, seed).run(share(FUZZ))
    record("REST requests with nonsense", tally.tried, len(tally.failures))
    record.found("answered 2xx", sum(count for status, count in tally.answers.items() if status < 300))
    assert [] == tally.failures
    assert "Traceback" not in probe.log()


def test_changed_bytes_over_flight(probe, seed, share, record):
    """Uploads with changed bytes of columns and metadata: taken or refused, the server lives."""
    before = probe.memory_mb()
    tally = flight_fuzz(probe, seed, share(FUZZ))
    record("Flight uploads with changed bytes", tally.tried, len(tally.failures))
    record.found("refused", tally.tried - tally.answers[201])
    assert [] == tally.failures
    assert probe.is_alive()
    assert probe.peak_mb() - before < 1000


def test_broken_exchanges(probe, tmp_path, seed, share, record):
    """A client behind a proxy that breaks exchanges: whole success or one clear line, never twice, never
    short.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in probe.server.env().items():
            patch.setenv(name, value)
        drill = FaultDrill(probe, seed, tmp_path, os.environ)
        tally = drill.run(share(FAULTS_INJECTED))
        drill.close()
    record("operations through a proxy that breaks exchanges", tally.tried, len(tally.failures))
    record.found("hit, ended in success", tally.answers["success"])
    record.found("hit, ended in a clear error", tally.answers["clear error"])
    assert [] == tally.failures


def test_load(probe, seed, share, record):
    """Forty clients for a minute: no error, and half a minute after the experiments that they left are
    deleted the memory is within 50 MB of before.
    """
    load(probe, seed, clients=4, seconds=3)
    time.sleep(8)
    before = probe.memory_mb()
    tally = load(probe, seed + 1, clients=40, seconds=share(60))
    record("operations of forty clients", tally.tried, len(tally.failures))
    time.sleep(30)
    record.found("MB of memory more than before, 30 s later", max(probe.memory_mb() - before, 0))
    left = [item["id"] for item in every_experiment(probe)]
    record.found("  with experiments that they left (about 40 KB each)", len(left))
    for identifier in left:
        assert 204 == probe.call("DELETE", f"/v2/experiments/{identifier}").status_code
    time.sleep(30)
    kept = probe.memory_mb() - before
    record.found("MB more than before, 30 s after those were deleted", max(kept, 0))
    assert [] == tally.failures
    assert kept < 50


def every_experiment(probe):
    """Return all experiments of a server, page by page."""
    found, cursor = [], ""
    while True:
        page = probe.call("GET", f"/v2/experiments?limit=100&cursor={cursor}").json()
        found += page["experiments"]
        cursor = page["pagination"].get("next_cursor", "")
        if not cursor:
            return found


def test_first_filters_at_once(share, record):
    """The first searches that reach fresh servers, twenty at a time, are all answered."""
    statuses = []
    for _ in range(share(6)):
        with LocalServer() as server:
            probe = Probe(server)
            made = probe.call(
                "POST", "/v2/datasets", json={"name": "b", "space_id": probe.space, "examples": [{"s": 1}]}
            ).json()
            together = threading.Barrier(20)

            def ask(probe=probe, made=made, together=together):
                together.wait()
                url = f"{probe.server.api_url}/v2/datasets/{made['id']}/examples/search"
                statuses.append(
                    requests.post(
                        url, headers=probe.session.headers, json={"filter": "s > 0"}, timeout=60
                    ).status_code
                )

            threads = [threading.Thread(target=ask) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            probe.close()
    record(
        "first filters of fresh servers, twenty at once",
        len(statuses),
        sum(status != 200 for status in statuses),
    )
    assert {200} == set(statuses)


def test_ten_thousand_experiments(tmp_path, share, record):
    """Each page of a list of ten thousand takes less than half a second."""
    store = Store(tmp_path / "workspace.duckdb")
    with store.writing() as db:
        space = db.execute("SELECT id FROM spaces").fetchone()[0]
        incoming = examples.incoming_examples([{"a": 1}], store.row_ids, stamp=1)
        dataset = datasets.create_dataset(db, name="d", space_id=space, incoming=incoming)["id"]
    wanted = share(10_000)
    for start in range(0, wanted, 100):
        with store.writing() as db:
            for number in range(start, min(start + 100, wanted)):
                experiments.create_experiment(db, name=f"e{number}", dataset_id=dataset)
    store.close()
    with LocalServer(tmp_path) as server:
        probe = Probe(server)
        probe.call("GET", "/v2/experiments?limit=1")
        took, seen, cursor = [], 0, ""
        while True:
            started = time.monotonic()
            page = probe.call("GET", f"/v2/experiments?dataset_id={dataset}&limit=100&cursor={cursor}").json()
            took.append(time.monotonic() - started)
            seen += len(page["experiments"])
            cursor = page["pagination"].get("next_cursor", "")
            if not cursor:
                break
        probe.close()
    record(f"pages of a list of {wanted:,} experiments", len(took), sum(seconds > 0.5 for seconds in took))
    assert wanted == seen
    assert max(took) <= 0.5


def test_strangers_on_the_port(workspace_env, seed, share, record):
    """Whatever a program on the workspace's port answers, it is not taken for the workspace, and never hears
    the key.
    """
    running = workspace.ensure()
    workspace.stop()
    chance, heard, taken, tried = random.Random(seed), [], 0, share(2_000)
    port = int(running.api_url.rsplit(":", 1)[1])
    answers = [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x16\x03\x01\x02",
        b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
    ]
    answers += [
        b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        for body in (
            b"{}",
            b"[]",
            b'{"nonce": "%s", "proof": "%s"}' % (b"0" * 64, b"0" * 64),
            b'{"nonce": 1, "proof": null}',
        )
    ]

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65536))
                answer = bytearray(chance.choice(answers))
                if answer and chance.random() < 0.5:
                    answer[chance.randrange(len(answer))] = chance.randrange(256)
                connection.sendall(answer)

    from arize_nb.workspace import state_file as state

    here = state.read(workspace_env)
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        for _ in range(tried):
            try:
                peer.connected(here, timeout_s=2)[0].close()
                taken += 1
            except OSError:
                continue
    leaked = sum(running.api_key.encode() in message or b"uthorization" in message for message in heard)
    record("answers of a stranger on the workspace's port", tried, taken + leaked)
    assert (0, 0) == (taken, leaked)
