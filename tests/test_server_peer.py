"""Who is at the other end: the key and the data go to the user's own server alone, and nothing that others
can write is believed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb
from arize_nb import workspace
from arize_nb.errors import AxError, ConnectionFailedError, ServerStartError
from arize_nb.workspace import peer
from arize_nb.workspace import state_file as state
from arize_nb.workspace.control_paths import PROOF_PATH, STATUS_PATH, STOP_PATH
from arize_nb.workspace.local_server import LocalServer
from arize_nb.workspace.proofs import CHALLENGE_HEADER, Nonces, client_proof, new_challenge, server_proof

POSIX = pytest.mark.skipif(os.name != "posix", reason="owners of this kind exist on POSIX systems only")
AS_ROOT = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0,
    reason="needs root, to become another user for the stranger's part (setuid)",
)
NOBODY = 65534

STRANGER = """
import json, os, socket, sys, threading, time
def listen(port):
    for _ in range(1000):
        try:
            return socket.create_server(("127.0.0.1", int(port)))
        except OSError:  # the server that was killed is not gone yet
            time.sleep(0.01)
listeners = [listen(port) for port in sys.argv[2:]]
if int(sys.argv[1]):
    os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
print("listening", flush=True)
body = json.dumps({
    "nonce": "0" * 64, "proof": "0" * 64, "pid": 1, "version": "VERSION", "flight_port": 1, "open": 0, "idle_s": 0, "up_s": 1,
    "stopping": False, "spaces": [{"id": "U3BhY2U6MTox", "name": "local"}], "pagination": {"has_more": False}}).encode()
head = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body)
def serve(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=talk, args=(connection,), daemon=True).start()
def talk(connection):
    while True:
        try:
            got = connection.recv(65536)
            if not got:
                return
            sys.stdout.write(json.dumps(got.decode("latin-1")) + "\\n"); sys.stdout.flush()
            connection.sendall(head + body)
        except OSError:
            return
for listener in listeners[1:]:
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
serve(listeners[0])
"""


class Stranger:
    """Another program, of another user where the test is root, that listens on ports and answers everything
    with success.
    """

    def __init__(self, *ports: int, uid: int = 0) -> None:
        # the interpreter of the test may lie where the other user cannot go, so it is root until it listens
        command = [sys.executable, "-I", "-c", STRANGER, str(uid), *map(str, ports)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/")
        assert self.process.stdout.readline() == "listening\n"

    def heard(self) -> str:
        """End it and return everything that it was sent."""
        time.sleep(0.2)
        self.process.kill()
        out, _ = self.process.communicate()
        return "".join(json.loads(line) for line in out.splitlines())


def ports_of(running: workspace.Running) -> list[int]:
    """Return the ports of REST and Flight."""
    return [int(url.rsplit(":", 1)[1]) for url in (running.api_url, running.flight_url)]


@pytest.mark.parametrize(
    "uid", [pytest.param(0, id="same user"), pytest.param(NOBODY, id="another user", marks=AS_ROOT)]
)
class TestStranger:
    """A program that listens on the workspace's ports while its server does not run."""

    def test_hears_nothing_at_the_next_start(self, workspace_env, uid):
        """It learns neither key nor data; the user's work goes on elsewhere, under a new key, and the user is
        told.
        """
        first = workspace.ensure()
        workspace.stop()
        stranger = Stranger(*ports_of(first), uid=uid)
        said: list[str] = []

        with arize_nb.connect(notice=said.append) as client:
            made = client.datasets.create(name="secret", examples=[{"input": "confidential prompt"}])
            assert ["confidential prompt"] == list(client.datasets.examples(made)["input"])
        heard = stranger.heard()

        assert first.api_key not in heard
        assert "Bearer" not in heard
        assert "confidential" not in heard
        second = workspace.ensure()
        assert first.api_key != second.api_key
        assert second.api_key not in heard
        assert any("the key have changed" in line for line in said)

    def test_hears_nothing_between_two_requests(self, workspace_env, uid):
        """A client that has worked with the server, which was killed since, proves each new connection, of
        REST and of Flight.
        """
        with arize_nb.connect() as client:
            client.datasets.create(name="before", examples=[{"input": "harmless"}])
            client.datasets.table("before", transport="flight")
            first = workspace.ensure()
            os.kill(first.pid, 9)
            stranger = Stranger(*ports_of(first), uid=uid)

            for work in (
                lambda: client.flight.action(
                    "create_experiment_db_entry", b'{"confidential": 1}', about="it"
                ),
                lambda: client.datasets.create(
                    name="secret", examples=[{"input": "confidential prompt"}] * 3000
                ),
                lambda: client.datasets.examples("secret", transport="flight"),
            ):
                try:
                    work()
                except AxError:  # what was in flight may fail, but tell nobody
                    continue
            heard = stranger.heard()
            assert ["confidential prompt"] * 3000 == list(
                client.datasets.examples("secret", transport="flight")["input"]
            )

        assert first.api_key not in heard
        assert "auth-token" not in heard
        assert "confidential" not in heard
        assert heard.count("Bearer") == 0

    def test_is_not_taken_for_the_workspace(self, workspace_env, uid):
        """Status, stop and the commands built on them see no workspace where a stranger listens."""
        first = workspace.ensure()
        workspace.stop()
        stranger = Stranger(*ports_of(first), uid=uid)

        assert workspace.status() is None
        assert not workspace.stop()
        assert first.api_key not in stranger.heard()


@AS_ROOT
def test_a_stolen_key_does_not_make_another_users_program_the_workspace(workspace_env):
    """A key that leaked (official programs send it to whoever listens) does not let another user's program
    pass for the server.
    """
    here = replace(state.prepare(workspace_env), api_port=0)
    code = (
        "import os, sys, time\n"
        "from arize_nb.server.host import Host\n"
        "from pathlib import Path\n"
        "h = Host(Path(sys.argv[1])); s = h.start()\n"
        "os.setgid(65534); os.setuid(65534); print(s.api_port, s.api_key, flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, workspace_env.parent / "theirs"], stdout=subprocess.PIPE, text=True
    )
    port, key = other.stdout.readline().split()
    try:
        with pytest.raises(peer.UnprovenError, match="another user"):
            peer.connected(replace(here, api_port=int(port), api_key=key))
    finally:
        other.kill()
        other.communicate()


def test_a_stranger_who_has_left_again_costs_the_key_as_well(workspace_env):
    """A program that was found on the port may have been told the key by others: the next server has a new
    one, on the old port.
    """
    first = workspace.ensure()
    workspace.stop()
    stranger = Stranger(*ports_of(first))
    timer = threading.Timer(0.5, stranger.process.kill)
    with workspace.starting(workspace_env):  # the start waits until the stranger has left
        waiting = threading.Thread(target=workspace.ensure)
        waiting.start()
        timer.start()
        stranger.process.wait(20)
    waiting.join(60)
    stranger.process.communicate()
    second = workspace.ensure()

    assert first.api_url == second.api_url
    assert first.api_key != second.api_key


class TestLocalServerByVariables:
    """A client that was pointed at a `LocalServer` of its own process by the variables that it gives."""

    def test_a_stranger_hears_nothing(self, clean_environ, monkeypatch):
        """It proves its connections as those to the user's own workspace, over REST and Flight, and does not
        start another one.
        """
        with LocalServer() as server:
            for name, value in server.env().items():
                monkeypatch.setenv(name, value)
            with arize_nb.connect(space="local") as client:
                client.datasets.create(name="d", examples=[{"n": number} for number in range(3000)])
                assert 3000 == client.datasets.table("d", transport="flight").num_rows
                key, ports = (
                    server.api_key,
                    [int(url.rsplit(":", 1)[1]) for url in (server.api_url, server.flight_url)],
                )
                server.kill()
                stranger = Stranger(*ports)
                for work in (
                    lambda: client.datasets.create(name="secret", examples=[{"input": "confidential"}]),
                    lambda: client.flight.action(
                        "create_experiment_db_entry", b'{"confidential": 1}', about="it"
                    ),
                ):
                    with pytest.raises(ConnectionFailedError):
                        work()
                heard = stranger.heard()
            assert key not in heard
            assert "confidential" not in heard


class TestProof:
    """The challenge each way."""

    def test_the_server_proves_itself_on_the_connection_that_is_used(self, fresh_server):
        """After the proof the same connection carries requests."""
        connection, nonce = peer.connected(fresh_server.host.state)
        with connection:
            proof = client_proof(
                fresh_server.api_key, fresh_server.host.state.api_port, nonce, "GET", STATUS_PATH
            )
            status, _ = exchange(
                connection, f"GET {STATUS_PATH}", f"Authorization: Workspace {nonce} {proof}"
            )
        assert 200 == status

    @pytest.mark.parametrize("change", ["once", "method", "target", "nonce", "key", "scheme"])
    def test_the_clients_proof_is_good_for_one_request(self, fresh_server, change):
        """Said again, or of another request, or with another challenge or key, it is worth nothing."""
        here = fresh_server.host.state
        connection, nonce = peer.connected(here)
        connection.close()
        proof = client_proof(
            "another" if change == "key" else here.api_key, here.api_port, nonce, "GET", STATUS_PATH
        )
        asked = {"method": f"POST {STATUS_PATH}", "target": f"POST {STOP_PATH}"}.get(
            change, f"GET {STATUS_PATH}"
        )
        header = (
            f"Authorization: {'Bearer' if change == 'scheme' else 'Workspace'}"
            f" {'x' * (change == 'nonce')}{nonce} {proof}"
        )
        statuses = []
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", here.api_port)) as connection:
                statuses.append(exchange(connection, asked, header)[0])

        assert ([200, 401] if change == "once" else [401, 401]) == statuses
        assert not fresh_server.host.stopping.is_set()

    def test_a_port_of_its_own_does_not_help_to_pass_questions_on(self, fresh_server):
        """A program that hands the challenge to the true server, on another port, gives an answer that is no
        good on its own.
        """
        here = fresh_server.host.state
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=pass_on, args=(listener, here.api_port), daemon=True).start()
            with pytest.raises(peer.UnprovenError, match="does not know"):
                peer.connected(replace(here, api_port=listener.getsockname()[1]))

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"x" * 20_000,
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            b"SSH-2.0\r\n\r\n",
        ],
    )
    def test_whatever_else_listens_is_refused(self, answer):
        """A program that speaks something else, hangs up or says too much is not the workspace."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=say, args=(listener, answer), daemon=True).start()
            with pytest.raises(peer.UnprovenError):
                peer.connected(state.State(api_port=listener.getsockname()[1], api_key="k"), timeout_s=5)

    def test_an_answer_a_byte_at_a_time_ends(self):
        """A program that keeps a client waiting by single bytes is given up when the time for an answer is
        over.
        """
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=say, args=(listener, b"H" * 100, 0.1), daemon=True).start()
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                peer.connected(state.State(api_port=listener.getsockname()[1], api_key="k"), timeout_s=0.5)
        assert time.monotonic() - started < 3

    def test_wants_a_challenge(self, fresh_server):
        """The route of the proof takes nothing but a challenge of the right length."""
        port = fresh_server.host.state.api_port
        for asked, header, expected in (
            (f"GET {PROOF_PATH}", f"{CHALLENGE_HEADER}: short", 400),
            (f"GET {PROOF_PATH}", "X: y", 400),
            (f"POST {PROOF_PATH}", f"{CHALLENGE_HEADER}: {new_challenge()}", 405),
            (
                f"GET {PROOF_PATH}",
                f"{CHALLENGE_HEADER}: {new_challenge()}\r\nOrigin: http://evil.example",
                403,
            ),
        ):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                assert expected == exchange(connection, asked, header)[0], (asked, header)

    @given(st.text(), st.integers(1, 65535), st.text(), st.text())
    def test_proofs_differ_by_everything(self, key, port, challenge, nonce):
        """No proof of a server is one of a client, or of another port, challenge or key."""
        proof = server_proof(key, port, challenge, nonce)
        others = {
            server_proof(key + "x", port, challenge, nonce), server_proof(key, port + 1, challenge, nonce),
            server_proof(key, port, challenge + "x", nonce), server_proof(key, port, challenge, nonce + "x"),
            client_proof(key, port, nonce, challenge, nonce),
        }  # fmt: skip
        assert proof not in others
        assert len(others) == 5

    @given(st.text())
    def test_a_nonce_is_good_once_and_only_from_its_server(self, text):
        """What the server did not issue, or has seen, is refused."""
        nonces = Nonces()
        issued = nonces.issue()
        assert not nonces.take(text)
        assert not Nonces().take(issued)
        assert [True, False] == [nonces.take(issued), nonces.take(issued)]


def exchange(connection: socket.socket, asked: str, *headers: str) -> tuple[int, str]:
    """Send one request and return the status and the text of the reply's head."""
    connection.sendall("\r\n".join([f"{asked} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode())
    reply = connection.recv(65536).decode("latin-1")
    return int(reply.split(" ")[1]), reply


def pass_on(listener: socket.socket, port: int) -> None:
    """Hand one question to another port, and its answer back."""
    connection, _ = listener.accept()
    with connection, socket.create_connection(("127.0.0.1", port)) as true:
        true.sendall(
            connection.recv(65536).replace(str(listener.getsockname()[1]).encode(), str(port).encode())
        )
        reply = b""
        while b"}" not in reply:
            reply += true.recv(65536)
        connection.sendall(reply)


def say(listener: socket.socket, answer: bytes, pause_s: float = 0.0) -> None:
    """Answer one connection with some bytes, one by one when there is a pause, and hang up."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        for start in range(0, len(answer), 1 if pause_s else len(answer) or 1):
            try:
                connection.sendall(answer[start : start + 1] if pause_s else answer)
            except OSError:
                return
            time.sleep(pause_s)


@POSIX
class TestTrust:
    """What lies on the disk."""

    @pytest.mark.parametrize("name", [state.FILE_NAME, state.LOG_NAME, state.LOCK_NAME, state.STORE_NAME])
    def test_a_link_is_refused_and_not_followed(self, workspace_env, tmp_path, name):
        """A link in the place of a file of the workspace is one line with the command that removes it; its
        target stays as it is.
        """
        workspace_env.mkdir(mode=0o700)
        target = tmp_path / "precious"
        target.write_text("precious")
        (workspace_env / name).symlink_to(target)

        with pytest.raises(ServerStartError, match=f"rm .*{name}") as raised:
            workspace.ensure()

        assert "\n" not in str(raised.value)
        assert "precious" == target.read_text()
        (workspace_env / name).unlink()

    def test_a_folder_that_is_a_link(self, workspace_env, tmp_path):
        """A folder that is a link is refused; the line names the folder itself."""
        (tmp_path / "real").mkdir(mode=0o700)
        workspace_env.symlink_to(tmp_path / "real")
        with pytest.raises(ServerStartError, match=r"export ARIZE_NB_DATA_DIR=.*real"):
            workspace.ensure()
        workspace_env.unlink()

    @pytest.mark.parametrize("name", ["", state.FILE_NAME, state.STORE_NAME])
    @pytest.mark.parametrize("mode", [0o020, 0o002])
    def test_what_others_can_write_is_refused(self, workspace_env, name, mode):
        """A folder or file that others can write is one line with the chmod that mends it; mended, the
        workspace starts.
        """
        workspace_env.mkdir(mode=0o700)
        path = workspace_env / name if name else workspace_env
        if name == state.FILE_NAME:
            state.write(workspace_env, state.State(api_port=1, flight_port=2, api_key="planted"))
        path.chmod((0o700 if path.is_dir() else 0o600) | mode) if path.exists() else path.touch(0o600)
        path.chmod(path.stat().st_mode | mode)

        with pytest.raises(ServerStartError, match="chmod go-w") as raised:
            workspace.ensure()

        assert str(path) in str(raised.value)
        if name != state.STORE_NAME:  # an empty file is no database
            path.chmod(path.stat().st_mode & ~0o022)
            assert workspace.ensure().started

    @AS_ROOT
    @pytest.mark.parametrize("name", ["", state.FILE_NAME])
    def test_what_another_user_owns_is_refused(self, workspace_env, name):
        """A folder or state file of another user is refused by the user's name; a planted address is not even
        asked.
        """
        workspace_env.mkdir(mode=0o700)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            planted = state.State(api_port=listener.getsockname()[1], flight_port=2, api_key="planted", pid=1)
            state.write(workspace_env, planted)
            os.chown(workspace_env / name if name else workspace_env, NOBODY, NOBODY)
            for call in (workspace.ensure, workspace.status):
                with pytest.raises(ServerStartError, match=r"belongs to .*sudo chown -R 0 "):
                    call()
            assert not workspace.is_own(planted.api_url, "planted")
            listener.settimeout(0.2)
            with pytest.raises(TimeoutError):
                listener.accept()
        os.chown(workspace_env, 0, 0)
        (workspace_env / state.FILE_NAME).unlink()

    @AS_ROOT
    @pytest.mark.parametrize("name", [state.LOG_NAME, state.LOCK_NAME, state.STORE_NAME])
    def test_a_file_of_another_user_is_not_written_to(self, workspace_env, name):
        """A file that another user has put into the folder stops the start, by name."""
        workspace_env.mkdir(mode=0o700)
        (workspace_env / name).touch(0o600)
        os.chown(workspace_env / name, NOBODY, NOBODY)

        with pytest.raises(ServerStartError, match=f"{name} belongs to .*sudo chown -R 0 "):
            workspace.ensure()

    def test_a_pipe_does_not_hold_the_client_up(self, workspace_env):
        """A named pipe in the place of the state file is refused at once."""
        workspace_env.mkdir(mode=0o700)
        os.mkfifo(workspace_env / state.FILE_NAME)
        with pytest.raises(ServerStartError, match="neither a file nor a folder"):
            workspace.status()
        (workspace_env / state.FILE_NAME).unlink()

    def test_state_is_written_through_no_planted_file(self, workspace_env):
        """The draft of the state file has a name that nobody can foresee, and replaces a link instead of
        following it.
        """
        workspace_env.mkdir(mode=0o700)
        target = workspace_env.parent / "victim"
        target.write_text("precious")
        (workspace_env / state.FILE_NAME).symlink_to(target)
        (workspace_env / f"{state.FILE_NAME}.{os.getpid()}").symlink_to(target)

        state.write(workspace_env, state.State(api_key="k"))

        assert "precious" == target.read_text()
        assert "k" == state.read(workspace_env).api_key
        assert {state.FILE_NAME, f"{state.FILE_NAME}.{os.getpid()}"} == {
            path.name for path in workspace_env.iterdir()
        }


def test_a_server_of_before_that_cannot_prove_itself_is_replaced(workspace_env):
    """A server that runs on a state file of format 1 is ended by a signal, since it cannot be asked, and a
    new one started.
    """
    first = workspace.ensure()
    stored = json.loads((workspace_env / state.FILE_NAME).read_text()) | {"format": 1, "api_port": 1}
    (workspace_env / state.FILE_NAME).write_text(json.dumps(stored))

    second = workspace.ensure()

    assert (True, first.api_key) == (second.started, second.api_key)
    assert first.pid != second.pid


@POSIX
def test_flight_goes_through_a_socket_that_nobody_else_can_listen_on(tmp_path, workspace_env, monkeypatch):
    """Where a folder's path is longer than a socket's address may be, Flight still goes through the folder,
    not the port.
    """
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("ARIZE_NB_DATA_DIR", str(deep))
    try:
        with arize_nb.connect() as client:
            client.datasets.create(name="d", examples=[{"n": number} for number in range(3000)])
            assert 3000 == client.datasets.table("d", transport="flight").num_rows
            address = workspace.flight_dialer(workspace.ensure().api_key)()
        assert address.startswith("grpc+unix:///proc/self/fd/" if sys.platform == "linux" else "grpc://")
    finally:
        workspace.stop()


def test_flight_by_its_port_is_looked_at_before_every_call(workspace_env, monkeypatch):
    """Without a private socket the server proves itself before each call; once it is gone, nothing is
    dialled.
    """
    running = workspace.ensure()
    monkeypatch.setattr(state, "private_flight_url", lambda *_: None)
    dial = workspace.flight_dialer(running.api_key)
    assert running.flight_url == dial()
    os.kill(running.pid, 9)
    stranger = Stranger(*ports_of(running))

    with pytest.raises(OSError, match="workspace"):
        dial()

    assert running.api_key not in stranger.heard()


def test_a_table_through_the_private_socket_is_the_table_through_the_port(workspace_env):
    """Both Flight addresses serve the same workspace."""
    import pyarrow.flight as flight

    with arize_nb.connect() as client:
        made = client.datasets.create(name="d", examples=[{"n": number} for number in range(10)])
        running = workspace.ensure()
        ticket = flight.Ticket(
            json.dumps({"getDataset": {"datasetId": made.id, "spaceId": made.space_id}}).encode()
        )
        options = flight.FlightCallOptions(headers=[(b"auth-token-bin", running.api_key.encode())])
        tables = []
        for url in (running.flight_url, workspace.flight_dialer(running.api_key)()):
            with flight.connect(url) as direct:
                tables.append(direct.do_get(ticket, options).read_all())
    assert isinstance(tables[0], pa.Table)
    assert tables[0].equals(tables[1])
