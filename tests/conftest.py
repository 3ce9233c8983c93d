"""Shared fixtures: nothing of the user's own reaches a test; servers, spaces and clients to work with."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from arize_nb.server.host import Host

# How fast a shared machine is today says nothing about the code.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

sys.path.append(str(Path(__file__).parent))  # modules that several test files share (harness_runs)
_counter = itertools.count(1)


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch, tmp_path_factory):
    """Give every test an empty HOME, its own data directory and no ARIZE_* variables."""
    for name in list(os.environ):
        if name.startswith(("ARIZE_", "AX_")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ARIZE_NB_DATA_DIR", str(home / "arize_nb"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    return home


@pytest.fixture(autouse=True)
def stop_is_heard():
    """Begin every test with Python's own answer to a press of stop; name one that leaves another."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    left, ours = signal.getsignal(signal.SIGINT), signal.default_int_handler
    signal.signal(signal.SIGINT, ours)
    assert left is ours, f"this test left SIGINT to {left}: no later test could be stopped"


@pytest.fixture(scope="session")
def local_server():
    """One server process for the session; take `client` or `fresh_space` to be alone on it."""
    from arize_nb.workspace.local_server import LocalServer

    with LocalServer() as server:
        yield server


@dataclass(frozen=True)
class HostedServer:
    """A server inside this process, for tests that want an empty store at little cost."""

    host: Host
    api_url: str
    flight_url: str
    api_key: str
    data_dir: Path

    def env(self) -> dict[str, str]:
        """Return the variables that point clients at it."""
        from arize_nb.workspace.state_file import environment

        here = self.host.state
        return environment(here.api_port, here.flight_port, here.api_key)


@pytest.fixture
def fresh_server(tmp_path):
    """Serve an empty store, in this process, for one test."""
    from arize_nb.server.host import Host

    host = Host(tmp_path / "workspace")
    here = host.start()
    yield HostedServer(host, here.api_url, here.flight_url, here.api_key, tmp_path / "workspace")
    host.stop()


@pytest.fixture
def api(fresh_server):
    """Give a `requests` session of a server with an empty store; paths start at `/v2`, `api.space` is the id
    of `local`.
    """
    import requests

    class Api(requests.Session):
        def request(self, method, url, *args, **kwargs):
            return super().request(method, f"{fresh_server.api_url}{url}", *args, timeout=30, **kwargs)

        def made(self, path, **body):
            reply = self.post(path, json=body)
            assert reply.status_code == 201, reply.text
            return reply.json()

    with Api() as session:
        session.headers["Authorization"] = f"Bearer {fresh_server.api_key}"
        session.space = session.get("/v2/spaces").json()["spaces"][0]["id"]
        yield session


@pytest.fixture
def unique_name():
    """Make names that no other test of the session uses: `unique_name("qa")`."""
    return lambda stem="name": f"{stem}-{next(_counter)}-{os.getpid()}"


@dataclass(frozen=True)
class FreshSpace:
    """An empty space on the session's server."""

    id: str
    name: str


@pytest.fixture
def fresh_space(local_server, unique_name):
    """Make an empty space on the session's server."""
    import requests

    spaces = f"{local_server.api_url}/v2/spaces"
    headers = {"Authorization": f"Bearer {local_server.api_key}"}
    organization = requests.get(spaces, headers=headers, timeout=30).json()["spaces"][0]["organization_id"]
    reply = requests.post(
        spaces,
        json={"name": unique_name("space"), "organization_id": organization},
        headers=headers,
        timeout=30,
    )
    assert reply.status_code == 201, reply.text
    return FreshSpace(reply.json()["id"], reply.json()["name"])


@pytest.fixture
def client(local_server, fresh_space, monkeypatch):
    """Give an arize_nb client of the session's server, found by ARIZE_* variables, whose default space is an
    empty one.
    """
    import arize_nb

    for name, value in (local_server.env() | {"ARIZE_SPACE": fresh_space.name}).items():
        monkeypatch.setenv(name, value)
    connected = arize_nb.connect()
    yield connected
    connected.close()


@pytest.fixture
def workspace_env(clean_environ):
    """Give the test's own data directory for the built-in profile `local`; a server started there is stopped
    at the end.
    """
    from arize_nb import workspace

    folder = workspace.data_directory()
    yield folder
    workspace.stop(folder)


@pytest.fixture
def ipython():
    """Give an IPython shell with the extension loaded, without history or colours."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor")
    shell.Completer.use_jedi = False
    shell.extension_manager.load_extension("arize_nb")
    yield shell
    shell.extension_manager.unload_extension("arize_nb")
    InteractiveShell.clear_instance()


@pytest.fixture
def cell(ipython, capsys):
    """Run a cell: returns its value and raises what it raised; `cell.shown` is what it printed."""

    def run(text):
        capsys.readouterr()
        result = ipython.run_cell(text)
        run.shown = capsys.readouterr().out
        result.raise_error()
        return result.result

    return run
