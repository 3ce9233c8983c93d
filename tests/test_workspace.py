"""The local workspace: found or started once, kept to its user, restarted when it died or is old."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import tomllib
from dataclasses import replace

import pytest

import arize_nb
from arize_nb import __version__, workspace
from arize_nb.errors import FileError, ServerStartError
from arize_nb.workspace import state_file as state
from arize_nb.workspace.control_paths import STATUS_PATH, STOP_PATH

POSIX = pytest.mark.skipif(
    os.name != "posix", reason="file permissions of this kind exist on POSIX systems only"
)


def ask(url: str, method: str, path: str, key: str | None) -> tuple[int, dict]:
    """Send one request and return its status and JSON."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})
    reply = connection.getresponse()
    answer = reply.status, json.loads(reply.read() or b"{}")
    connection.close()
    return answer


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Start one workspace for the tests that change nothing, from a process that has a key of the hosted
    service.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARIZE_API_KEY", "hosted-secret")
        running = workspace.ensure(tmp_path_factory.mktemp("kept") / "data")
    yield running
    workspace.stop(running.data_dir)


class TestEnsure:
    """Find or start."""

    def test_starts_then_finds(self, workspace_env):
        """The first call starts a server, the next finds it; ports and key are those of the first after a
        stop.
        """
        assert workspace.status() is None

        first = workspace.ensure()
        second = workspace.ensure()

        assert first.started
        assert not second.started
        assert (first.pid, first.api_url, first.flight_url, first.api_key) == (
            second.pid,
            second.api_url,
            second.flight_url,
            second.api_key,
        )
        assert __version__ == second.version
        assert workspace_env == second.data_dir

        assert workspace.stop()
        assert workspace.status() is None
        assert not workspace.stop()
        third = workspace.ensure()
        assert (first.api_url, first.flight_url, first.api_key) == (
            third.api_url,
            third.flight_url,
            third.api_key,
        )
        assert first.pid != third.pid

    def test_many_at_once_start_one(self, workspace_env):
        """Processes that ask at the same moment get the same server."""
        code = "from arize_nb import workspace; print(workspace.ensure().pid)"
        calls = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(4)]

        pids = {call.communicate(timeout=120)[0].strip() for call in calls}

        assert len(pids) == 1
        assert (workspace_env / state.LOG_NAME).read_text().count("starting, pid") == 1

    def test_is_started_again_after_it_was_killed(self, workspace_env):
        """A server that was killed is replaced at the same address, with the same key."""
        first = workspace.ensure()
        os.kill(first.pid, 9)

        second = workspace.ensure()

        assert second.started
        assert (first.api_url, first.flight_url, first.api_key) == (
            second.api_url,
            second.flight_url,
            second.api_key,
        )

    def test_a_client_starts_it_again(self, workspace_env):
        """A client of the built-in profile goes on after the server was killed, without being told."""
        with arize_nb.connect() as client:
            assert [space.name for space in client.spaces.list()] == ["local"]
            os.kill(workspace.ensure().pid, 9)

            assert [space.name for space in client.spaces.list()] == ["local"]

    def test_survives_the_process_that_started_it(self, workspace_env):
        """The server goes on when the process that started it ends, has a session of its own and no parent to
        bother.
        """
        code = "from arize_nb import workspace; print(workspace.ensure().pid)"
        pid = int(
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60).stdout
        )

        found = workspace.ensure()

        assert not found.started
        assert pid == found.pid
        assert os.getsid(pid) != os.getsid(0)

    def test_a_port_that_another_program_took(self, workspace_env):
        """When another program has a remembered port, a free one is taken, the key is a new one, and the user
        hears of it.
        """
        first = workspace.ensure()
        workspace.stop()
        ports = [int(url.rsplit(":", 1)[1]) for url in (first.api_url, first.flight_url)]
        others = [socket.create_server(("127.0.0.1", port)) for port in ports]
        for other in others:
            threading.Thread(target=_hang_up, args=(other,), daemon=True).start()

        second = workspace.ensure()

        assert second.notice is not None
        assert f"port {ports[0]} belongs to another program" in second.notice
        assert f"port {ports[1]} belongs to another program" in second.notice
        assert first.api_key != second.api_key
        assert ask(second.api_url, "GET", STATUS_PATH, second.api_key)[0] == 200
        for other in others:
            other.close()

    def test_an_unusable_folder(self, tmp_path):
        """A folder that cannot be made is one clear error."""
        (tmp_path / "file").write_text("")

        with pytest.raises(ServerStartError, match="ARIZE_NB_DATA_DIR"):
            workspace.ensure(tmp_path / "file" / "below")

    def test_a_store_that_is_open_elsewhere(self, workspace_env):
        """A store that another process has open is one clear error that names the folder, and leaves no
        process behind.
        """
        running = workspace.ensure()
        (workspace_env / state.FILE_NAME).unlink()

        with pytest.raises(ServerStartError, match="another process has the local workspace in") as raised:
            workspace.ensure()

        assert str(workspace_env) in str(raised.value)
        assert "\n" not in str(raised.value)
        os.kill(running.pid, 15)
        assert workspace.ensure().started

    def test_a_store_that_is_broken(self, workspace_env):
        """A file that is no store is one clear error with the place of the log."""
        workspace_env.mkdir()
        (workspace_env / state.STORE_NAME).write_bytes(b"this is not a database" * 1000)

        with pytest.raises(ServerStartError, match="did not start") as raised:
            workspace.ensure()

        assert str(workspace_env / state.LOG_NAME) in str(raised.value)

    def test_a_broken_state_file(self, workspace_env):
        """A state file that cannot be read is as good as none."""
        workspace_env.mkdir()
        for content in (
            "{",
            "[]",
            '{"api_port": "x", "api_key": "k"}',
            '{"api_port": 1, "flight_port": 2, "api_key": 3}',
        ):
            (workspace_env / state.FILE_NAME).write_text(content)
            assert state.State() == state.read(workspace_env)
            assert workspace.status() is None
            assert not workspace.stop()


def _hang_up(listener: socket.socket) -> None:
    """Answer every connection as a program does that speaks something else."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.close()


class TestVersions:
    """A client that meets a server of another version."""

    @pytest.fixture
    def running_version(self, monkeypatch):
        """Pretend that this client has a given version."""
        return lambda version: monkeypatch.setattr(workspace, "__version__", version)

    def test_an_older_idle_server_is_replaced(self, workspace_env, running_version, monkeypatch):
        """An older server is stopped and a new one started while nothing is open."""
        monkeypatch.setattr(workspace, "_BUSY_S", -1.0)
        first = workspace.ensure()
        running_version("99.0.0")

        second = workspace.ensure()

        assert second.started
        assert first.pid != second.pid

    def test_an_older_busy_server_is_kept(self, kept, running_version, monkeypatch):
        """An older server that was just used, or has something open, is kept, and the user hears how to
        replace it.
        """
        monkeypatch.setattr(workspace, "_BUSY_S", 1e9)
        running_version("99.0.0")

        found = workspace.ensure(kept.data_dir)

        assert kept.pid == found.pid
        assert (
            f"runs arize_nb {__version__}, this is 99.0.0: it is busy; later: arize_nb.workspace.stop()"
            in (found.notice or "")
        )
        monkeypatch.setattr(workspace, "_BUSY_S", -1.0)
        assert not workspace._is_replaceable(replace(found, open_requests=1))

    def test_a_newer_server_is_kept(self, kept, running_version):
        """A newer server is never replaced by an older one, which could not read its store."""
        running_version("0.0.1")

        found = workspace.ensure(kept.data_dir)

        assert kept.pid == found.pid
        assert "pip install -U arize-nb" in (found.notice or "")


class TestPrivacy:
    """The key and the data stay with their user."""

    @POSIX
    def test_files_are_the_owners_alone(self, kept):
        """No file of the data directory can be read by others."""
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept.data_dir.iterdir()}

        assert modes.pop(state.SOCKET_NAME) == 0o700
        assert set(modes.values()) == {0o600}, modes
        assert stat.S_IMODE(kept.data_dir.stat().st_mode) == 0o700

    def test_private_routes_want_the_key(self, local_server):
        """Without the key nobody learns how the server is, nor stops it."""
        for key in (None, "wrong"):
            assert ask(local_server.api_url, "GET", STATUS_PATH, key)[0] == 401
            assert ask(local_server.api_url, "POST", STOP_PATH, key)[0] == 401
        assert ask(local_server.api_url, "POST", STATUS_PATH, local_server.api_key)[0] == 405
        assert (
            ask(local_server.api_url, "GET", STATUS_PATH, local_server.api_key)[1]["pid"] == local_server.pid
        )

    def test_listens_on_loopback_only(self, local_server):
        """Both ports are bound to 127.0.0.1."""
        listening = {
            connection.laddr for connection in _connections(local_server.pid) if connection.status == "LISTEN"
        }

        assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
        assert {address.port for address in listening} == {
            int(url.rsplit(":", 1)[1]) for url in (local_server.api_url, local_server.flight_url)
        }

    def test_no_key_in_any_text(self, kept, local_server):
        """No repr and no log line holds the key."""
        assert kept.api_key not in repr(kept)
        assert kept.api_key not in repr(state.read(kept.data_dir))
        assert kept.api_key not in (kept.data_dir / state.LOG_NAME).read_text()
        assert local_server.api_key not in repr(local_server)

    def test_the_server_gets_none_of_the_users_settings(self, kept):
        """A key of the hosted service never enters the server's process."""
        assert not [line for line in _environment(kept.pid) if line.startswith("ARIZE_")]


def _connections(pid: int) -> list:
    """List the sockets of a process."""
    import psutil

    return psutil.Process(pid).net_connections(kind="inet")


def _environment(pid: int) -> list[str]:
    """List the variables of a process."""
    import psutil

    return [f"{name}={value}" for name, value in psutil.Process(pid).environ().items()]


class TestSettings:
    """What other programs need to reach it."""

    @pytest.fixture
    def running(self, tmp_path):
        """Describe a workspace, without starting one."""
        return workspace.Running(
            api_url="http://127.0.0.1:1",
            flight_url="grpc://127.0.0.1:2",
            api_key="local-key",
            pid=1,
            data_dir=tmp_path,
            version="1",
        )

    def test_env(self, running):
        """The variables are those of the official SDKs; OTLP points at the Flight port."""
        variables = workspace.env(running)

        assert running.api_url == variables["ARIZE_BASE_URL"]
        assert running.api_url == f"http://{variables['ARIZE_API_HOST']}:{variables['ARIZE_API_PORT']}"
        assert (
            running.flight_url
            == f"{variables['ARIZE_FLIGHT_SCHEME']}://{variables['ARIZE_FLIGHT_HOST']}:{variables['ARIZE_FLIGHT_PORT']}"
        )
        assert variables["ARIZE_FLIGHT_PORT"] == variables["ARIZE_OTLP_PORT"]
        assert running.api_key == variables["ARIZE_API_KEY"]

    def test_ax_profile(self, running, tmp_path):
        """The profile is the verified recipe, takes the file's name and is its owner's alone, also over an
        older file.
        """
        target = tmp_path / "profiles" / "mine.toml"
        target.parent.mkdir()
        target.write_text("old")
        target.chmod(0o644)

        assert target == workspace.write_ax_profile(target, running)

        profile = tomllib.loads(target.read_text())
        assert profile["profile"]["name"] == "mine"
        assert profile["auth"] == {"auth_method": "api-key", "api_key": running.api_key}
        assert profile["routing"]["api_host"] == running.api_url.removeprefix("http://")
        assert profile["routing"]["flight_port"] == running.flight_url.rsplit(":", 1)[1]
        assert profile["update"]["enabled"] is False
        assert stat.S_IMODE(target.stat().st_mode) == 0o600 or os.name != "posix"

    def test_ax_profile_where_it_cannot_be_written(self, running, tmp_path):
        """A path below a file is one clear error."""
        (tmp_path / "file").write_text("")

        with pytest.raises(FileError, match="cannot write the profile"):
            workspace.write_ax_profile(tmp_path / "file" / "p.toml", running)

    def test_data_directory(self, tmp_path, monkeypatch):
        """The folder given wins, then ARIZE_NB_DATA_DIR, then the user's data folder."""
        assert tmp_path == workspace.data_directory(tmp_path, {"ARIZE_NB_DATA_DIR": "/x"})
        assert tmp_path / "d" == workspace.data_directory(environ={"ARIZE_NB_DATA_DIR": str(tmp_path / "d")})
        assert workspace.data_directory(environ={}).name == "arize_nb"
