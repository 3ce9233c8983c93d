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
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pyarrow.flight as flight
import pytest
import requests

from arize_nb import workspace
from arize_nb.errors import ServerStartError
from arize_nb.server.activity import Activity
from arize_nb.server.host import Host
from arize_nb.workspace import state_file as state
from arize_nb.workspace.control_paths import STATUS_PATH, VISIT_QUERY
from arize_nb.workspace.local_server import LocalServer
from arize_nb.workspace.process import is_running, launch


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
        ticket = flight.Ticket(
            json.dumps({"getExperiment": {"spaceId": space, "experimentId": experiment}}).encode()
        )
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

        assert not is_running(pid, folder)
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
        with (
            socket.create_server(("127.0.0.1", 0)) as other,
            pytest.raises(ServerStartError, match="did not start"),
        ):
            LocalServer(tmp_path, port=other.getsockname()[1]).start()

    def test_ends_with_the_process_that_started_it(self, tmp_path):
        """When its user's process dies, however, so does the server."""
        code = (
            "import os, sys, arize_nb; print(arize_nb.LocalServer(sys.argv[1]).start().pid, flush=True);"
            " os.kill(os.getpid(), 9)"
        )
        pid = int(
            subprocess.run(
                [sys.executable, "-c", code, tmp_path], capture_output=True, check=False, timeout=60
            ).stdout
        )

        end = time.monotonic() + 20
        while is_running(pid, tmp_path) and time.monotonic() < end:
            time.sleep(0.05)

        assert not is_running(pid, tmp_path)


class TestEnd:
    """How a server ends, and what comes after it."""

    @pytest.fixture
    def upload(self, workspace_env):
        """Open an upload to a workspace, with one batch sent; `finish()` sends the rest and gives the
        receipt.
        """
        running = workspace.ensure()
        headers = {"Authorization": f"Bearer {running.api_key}"}
        space = requests.get(f"{running.api_url}/v2/spaces", headers=headers, timeout=30).json()["spaces"][0][
            "id"
        ]
        body = {"name": "d", "space_id": space, "examples": [{"q": 1}]}
        dataset = requests.post(
            f"{running.api_url}/v2/datasets", headers=headers, json=body, timeout=30
        ).json()["id"]
        place = {"spaceId": space, "datasetId": dataset, "experimentName": "e"}
        options = flight.FlightCallOptions(headers=[(b"auth-token-bin", running.api_key.encode())])
        batch = pa.record_batch({"example_id": ["x"] * 10, "output": ["o"] * 10})
        with flight.connect(running.flight_url) as client:
            action = flight.Action(
                "create_experiment_db_entry", json.dumps({"createExperimentDbEntry": place}).encode()
            )
            list(client.do_action(action, options))
            descriptor = flight.FlightDescriptor.for_command(
                json.dumps({"postExperimentData": place}).encode()
            )
            writer, reader = client.do_put(descriptor, batch.schema, options)
            writer.write_batch(batch)

            def finish() -> bytes | None:
                writer.write_batch(batch)
                writer.done_writing()
                receipt = reader.read()
                writer.close()
                return receipt

            yield SimpleNamespace(running=running, headers=headers, finish=finish)

    def test_a_client_that_comes_while_it_stops_gets_the_next_one(self, upload):
        """Open uploads end first, whoever asks to stop again meanwhile; then the next server starts, and has
        what was uploaded.
        """
        first = upload.running
        with ThreadPoolExecutor(3) as pool:
            stopped = pool.submit(workspace.stop)
            while workspace.status() is not None:
                time.sleep(0.01)
            stopped_again, second = pool.submit(workspace.stop), pool.submit(workspace.ensure)
            time.sleep(1.0)
            assert (False, False, False) == (stopped.done(), stopped_again.done(), second.done())
            assert upload.finish() is not None

            assert (True, True) == (stopped.result(30), stopped_again.result(30))
            started = second.result(60)

        assert (True, first.api_url) == (started.started, started.api_url)
        assert first.pid != started.pid
        experiments = requests.get(
            f"{started.api_url}/v2/experiments", headers=upload.headers, timeout=30
        ).json()["experiments"]
        runs = f"{started.api_url}/v2/experiments/{experiments[0]['id']}/runs"
        assert 20 == len(requests.get(runs, headers=upload.headers, timeout=30).json()["experiment_runs"])

    def test_a_visit_puts_the_end_off_or_hears_of_it(self, tmp_path):
        """A client that is about to send requests finds a server that stays for them, or one that says that
        it goes.
        """
        host = Host(tmp_path / "w", idle_limit_s=0.6)
        here = host.start()
        visit = f"{STATUS_PATH}?{VISIT_QUERY}"
        for _ in range(8):
            time.sleep(0.2)
            assert not ask(here.api_url, "GET", visit, here.api_key)[1]["stopping"]
        assert host.stopping.wait(5.0)

        assert (200, True) == (
            ask(here.api_url, "GET", visit, here.api_key)[0],
            host.status(visit=True)["stopping"],
        )
        assert workspace.status(tmp_path / "w") is None
        host.stop()

    def test_the_end_is_decided_once(self):
        """A visit comes before the decision or after it, never between; looking at the status is no visit."""
        activity = Activity()
        assert not activity.end_if_idle(60)
        assert activity.visit()
        assert activity.end_if_idle(-1)
        assert not activity.visit()
        assert activity.end_if_idle(60)

    def test_a_process_id_that_the_server_of_another_folder_has_by_now(self, tmp_path, workspace_env):
        """A killed server leaves its id behind; when the system gives it to the server of another folder,
        that one is left alone.
        """
        mine, other = tmp_path / "mine", workspace_env
        with LocalServer(mine) as server:
            state.write(other, replace(state.prepare(other), api_port=1, flight_port=1, pid=server.pid))
            assert is_running(server.pid, mine)
            assert not is_running(server.pid, other)

            assert not workspace.stop(other)

            assert 200 == ask(server.api_url, "GET", STATUS_PATH, server.api_key)[0]

    def test_the_state_of_the_next_server_is_left_alone(self, tmp_path):
        """A server that ends late does not overwrite what the next one has written of itself."""
        host = Host(tmp_path / "w")
        later = replace(host.start(), api_port=1, pid=1)
        state.write(tmp_path / "w", later)

        host.stop()

        assert later == state.read(tmp_path / "w")

    def test_a_database_that_gave_up_ends_it(self, tmp_path, monkeypatch):
        """When DuckDB refuses all work until the file is opened again, the server makes way for one that
        opens it.
        """
        monkeypatch.setattr("arize_nb.server.host._WATCH_S", 0.1)
        host = Host(tmp_path / "w")
        host.start()
        with pytest.raises(duckdb.FatalException), host.store.reading():
            raise duckdb.FatalException("database has been invalidated")

        assert host.stopping.wait(5.0)
        host.stop()
        assert "the database must be opened again" in host.notes

    def test_an_unusable_folder(self, tmp_path):
        """A folder that cannot be made is one clear error here as well."""
        (tmp_path / "file").write_text("")

        with pytest.raises(ServerStartError, match=r"cannot use .*Not a directory.*ARIZE_NB_DATA_DIR"):
            LocalServer(tmp_path / "file" / "below").start()

    def test_what_a_killed_upload_left_is_cleared_away(self, tmp_path):
        """Rows spooled for an upload that a kill cut off do not stay on the disk."""
        (tmp_path / "upload-x").mkdir()
        (tmp_path / "upload-x" / "rows.arrow").write_bytes(b"x" * 1000)

        with LocalServer(tmp_path):
            assert [] == list(tmp_path.glob("upload*"))
