"""A server for the length of a block, and when a server stops by itself."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow.flight as flight
import pytest
import requests

from arize_nb.errors import ServerStartError
from arize_nb.server import state
from arize_nb.server.activity import Activity
from arize_nb.server.host import Host
from arize_nb.server.local_server import LocalServer
from arize_nb.server.private_routes import STATUS_PATH
from arize_nb.server.process import is_running, launch


def ask(url: str, method: str, path: str, key: str | None) -> tuple[int, dict]:
    """Send one request and return its status and JSON."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})
    reply = connection.getresponse()
    answer = reply.status, json.loads(reply.read() or b"{}")
    connection.close()
    return answer


class TestIdle:
    """It stops when nobody needs it."""

    def test_stops_when_idle(self, tmp_path):
        """A server without requests stops by itself, and forgets its pid but not its ports."""
        started = launch(tmp_path / "w", detach=False, idle_minutes=0.4 / 60)
        assert started.child is not None

        assert started.child.wait(timeout=20) == 0
        started.child.stdin.close()

        assert replace(started.state, pid=None) == state.read(tmp_path / "w")

    def test_an_open_stream_keeps_it(self, tmp_path):
        """While a request or stream is open it is not idle, however long that takes."""
        host = Host(tmp_path / "w", idle_limit_s=0.2)
        host.start()
        with host.activity.request():
            assert not host.stopping.wait(1.0)
            assert host.status()["open"] == 1
            assert host.activity.idle_s == 0.0

        assert host.stopping.wait(5.0)
        host.stop()

    def test_a_stream_that_is_read_slowly_keeps_it(self, tmp_path):
        """A Flight read that takes longer than the limit is not cut off."""
        host = Host(tmp_path / "w", idle_limit_s=2.0)
        here = host.start()
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {here.api_key}"
            space = session.get(f"{here.api_url}/v2/spaces", timeout=30).json()["spaces"][0]["id"]
            body = {"name": "wide", "space_id": space, "experiment_runs": [{"output": "x" * 20_000}] * 1000}
            experiment = session.post(f"{here.api_url}/v2/experiments", json=body, timeout=60).json()["id"]
        ticket = flight.Ticket(json.dumps({"getExperiment": {"spaceId": space, "experimentId": experiment}}).encode())
        options = flight.FlightCallOptions(headers=[(b"auth-token-bin", here.api_key.encode())])
        with flight.connect(here.flight_url.replace("grpc://", "grpc+tcp://")) as client:
            reader = client.do_get(ticket, options)
            time.sleep(4)
            assert not host.stopping.is_set()
            assert reader.read_all().num_rows == 1000

        assert host.stopping.wait(5.0)
        host.stop()

    def test_activity_counts_across_threads(self):
        """Every request is counted while it is open, from any thread, also when it fails."""
        activity = Activity()

        def use(number: int) -> None:
            with activity.request():
                assert activity.open >= 1
                raise LookupError(number)

        with ThreadPoolExecutor(8) as pool:
            results = [pool.submit(use, number) for number in range(50)]

        assert all(isinstance(result.exception(), LookupError) for result in results)
        assert activity.open == 0

    def test_stops_when_its_folder_is_gone(self, tmp_path, monkeypatch):
        """A server whose data directory was removed does not stay behind."""
        monkeypatch.setattr("arize_nb.server.host._WATCH_S", 0.1)
        host = Host(tmp_path / "w")
        host.start()
        (tmp_path / "w").rename(tmp_path / "v")

        assert host.stopping.wait(5.0)
        host.stop()


class TestLocalServer:
    """A server for the length of a block."""

    def test_a_block(self):
        """It answers inside the block; after it, process and temporary folder are gone."""
        with LocalServer() as server:
            pid, folder = server.pid, server.data_dir
            assert ask(server.api_url, "GET", STATUS_PATH, server.api_key)[1]["pid"] == pid
            assert server.start() is server

        assert not is_running(pid)
        assert not folder.exists()
        with pytest.raises(ServerStartError, match="not running"):
            _ = server.api_url
        assert "not running" in repr(server)

    def test_data_stay_where_a_folder_is_given(self, tmp_path):
        """A given folder is kept, with its key; a wanted port is taken; killing loses neither."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = LocalServer(tmp_path, port=port).start()
        key, url = server.api_key, server.api_url
        server.kill()
        assert url == f"http://127.0.0.1:{port}"

        with server:
            assert (key, url) == (server.api_key, server.api_url)
        assert (tmp_path / state.STORE_NAME).exists()

    def test_a_wanted_port_that_is_taken(self, tmp_path):
        """A port asked for by number is not silently another one."""
        with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(ServerStartError, match="did not start"):
            LocalServer(tmp_path, port=other.getsockname()[1]).start()

    def test_ends_with_the_process_that_started_it(self, tmp_path):
        """When its user's process dies, however, so does the server."""
        code = "import os, sys, arize_nb; print(arize_nb.LocalServer(sys.argv[1]).start().pid, flush=True); os.kill(os.getpid(), 9)"
        pid = int(subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, check=False, timeout=60).stdout)

        end = time.monotonic() + 20
        while is_running(pid) and time.monotonic() < end:
            time.sleep(0.05)

        assert not is_running(pid)
