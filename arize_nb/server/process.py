"""Start a server process and wait until it answers; ask a running one how it is, or to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from arize_nb.errors import ServerStartError
from arize_nb.server import state

START_LIMIT_S: Final = 60.0
_STOP_LIMIT_S: Final = 25.0


@dataclass(frozen=True, kw_only=True)
class Started:
    """A server that has just begun to answer."""

    state: state.State
    """Its ports, key and pid."""
    notes: tuple[str, ...]
    """What its user should know, such as a changed port."""
    child: subprocess.Popen[bytes] | None
    """The child process; None when it went on alone."""


def launch(
    data_dir: Path, *, detach: bool, api_port: int = 0, flight_port: int = 0, idle_minutes: float = 0, limit_s: float = START_LIMIT_S
) -> Started:
    """Start a server on a data directory and wait for its word that it answers.

    Parameters
    ----------
    data_dir : Path
        Made when it does not exist.
    detach : bool
        Whether it goes on alone, in a session of its own; otherwise it ends with this process, however that ends.
    api_port, flight_port : int
        0 for the remembered ones, else free ones.
    idle_minutes : float
        When to stop for want of requests; 0 for never.
    limit_s : float
        Seconds to wait for its word.

    Raises
    ------
    ServerStartError
        It ended, or said nothing in time; the last lines of its log are in the message.
    """
    command = [sys.executable, "-P", "-m", "arize_nb.server", "--data-dir", str(data_dir)]
    command += ["--api-port", str(api_port), "--flight-port", str(flight_port), "--idle-minutes", str(idle_minutes)]
    command.append("--detach" if detach else "--with-parent")
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_file = os.open(data_dir / state.LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(log_file, "ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL if detach else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=data_dir,
            env=_environment(),
            start_new_session=True,  # an interrupt of the notebook must not reach it
        )
    assert child.stdout is not None
    timer = threading.Timer(limit_s, _kill_group, args=(child.pid,))
    timer.start()
    try:
        with child.stdout:
            line = child.stdout.readline()
    except BaseException:
        _kill_group(child.pid)
        raise
    finally:
        timer.cancel()
    answer = json.loads(line) if line else {}
    if "pid" not in answer:
        _reap(child)
        raise _start_error(data_dir, answer)
    if detach:
        child.wait()  # only its first half: the server itself was forked off
    return Started(state=state.read(data_dir), notes=tuple(answer["notes"]), child=None if detach else child)


def ask(here: state.State, method: str, path: str, *, timeout_s: float = 5.0) -> dict[str, Any] | None:
    """Ask a server by one of its private routes; None when what answers there is not it, or nothing does.

    Raises
    ------
    TimeoutError
        Something took the connection and did not answer in time.
    """
    import http.client

    connection = http.client.HTTPConnection(state.HOST, here.api_port, timeout=timeout_s)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {here.api_key}"})
        reply = connection.getresponse()
        body = reply.read()
        document = json.loads(body) if reply.status in (200, 202) else None
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return document if isinstance(document, dict) else None


def await_end(pid: int, *, limit_s: float = _STOP_LIMIT_S) -> bool:
    """Wait until a process is gone; False when it is still there after `limit_s` seconds."""
    end = time.monotonic() + limit_s
    while is_running(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    """Whether a process of this id exists and is one of our servers (ids are used again by the system)."""
    command_line = Path(f"/proc/{pid}/cmdline")
    if command_line.parent.parent.joinpath("self").exists():
        try:
            return b"arize_nb.server" in command_line.read_bytes()  # empty for a zombie
        except OSError:
            return False
    if os.name == "nt":
        listed = subprocess.run(["tasklist", "/FI", f"PID eq {pid}", "/NH"], capture_output=True, check=False)  # noqa: S603, S607
        return str(pid).encode() in listed.stdout
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, check=False)  # noqa: S603, S607
    return b"arize_nb.server" in listed.stdout


def kill(pid: int) -> None:
    """End one of our servers at once; what it has acknowledged is on disk."""
    if is_running(pid):
        try:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        except ProcessLookupError:
            return


def _environment() -> dict[str, str]:
    """Variables for the server: none of the user's service settings, and this package importable from any folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARIZE_", "AX_"))}
    home = Path(__file__).parents[2]
    if home.name not in ("site-packages", "dist-packages"):
        inherited["PYTHONPATH"] = os.pathsep.join(part for part in (str(home), inherited.get("PYTHONPATH")) if part)
    return inherited


def _kill_group(pid: int) -> None:
    """End a child and what it forked."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _reap(child: subprocess.Popen[bytes]) -> None:
    """Collect a child that is ending, so that nothing of it is left."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _start_error(data_dir: Path, answer: dict[str, Any]) -> ServerStartError:
    """Say why it did not start: its own word, else the end of its log."""
    log_path = data_dir / state.LOG_NAME
    kind, reason = answer.get("kind"), str(answer.get("error", "")).splitlines()
    if kind == "NewerFormatError":
        return ServerStartError(
            f"the local workspace in {data_dir} was written by a newer version", hint="Upgrade: pip install -U arize-nb"
        )
    if kind == "IOException" and any("lock" in line.lower() for line in reason):
        what = f"another process has the local workspace in {data_dir} open: {reason[0]}"
        return ServerStartError(what, hint="End that process, or give another ARIZE_NB_DATA_DIR.")
    if not reason:
        try:
            reason = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        except OSError:
            reason = []
    return ServerStartError(
        f"the local workspace in {data_dir} did not start: {reason[0] if reason else 'it said nothing'}", log_path=str(log_path)
    )
