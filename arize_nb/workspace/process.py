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

from arize_nb.errors import FileError, ServerStartError
from arize_nb.persistence.trusted import open_file
from arize_nb.workspace import state_file as state
from arize_nb.workspace.proofs import SCHEME, client_proof

START_LIMIT_S: Final = 60.0

# An Arrow batch declares the size of what it unpacks to, and Arrow takes that memory before anybody here can
# look. So its allocator gets an arena of this size and no more; glibc's keeps what was freed in an arena a
# thread, unless told to make few.
_ARROW_MEMORY: Final = "768MiB"
_MEMORY: Final = {
    "ARROW_DEFAULT_MEMORY_POOL": "mimalloc",
    "MIMALLOC_RESERVE_OS_MEMORY": _ARROW_MEMORY,
    "MIMALLOC_DISALLOW_OS_ALLOC": "1",
    "MIMALLOC_LIMIT_OS_ALLOC": "1",  # the same, as it is called before version 3
    "MIMALLOC_PURGE_DELAY": "0",  # else each thread keeps what it freed until it next takes some
    "MALLOC_ARENA_MAX": "2",
}


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
    data_dir: Path,
    *,
    detach: bool,
    api_port: int = 0,
    flight_port: int = 0,
    idle_minutes: float = 0,
    new_key: bool = False,
    limit_s: float = START_LIMIT_S,
) -> Started:
    """Start a server on a data directory and wait for its word that it answers.

    Parameters
    ----------
    data_dir : Path
        Made when it does not exist.
    detach : bool
        Whether it goes on alone, in a session of its own; otherwise it ends with this process, however that
        ends.
    api_port, flight_port : int
        0 for the remembered ones, else free ones.
    idle_minutes : float
        When to stop for want of requests; 0 for never.
    new_key : bool
        Whether the key that is known so far is good no more.
    limit_s : float
        Seconds to wait for its word.

    Raises
    ------
    ServerStartError
        The folder cannot be used, or it ended, or said nothing in time; the last lines of its log are in the
        message.
    """
    log_file = open_in(data_dir, state.LOG_NAME, os.O_WRONLY | os.O_APPEND)
    command = [sys.executable, "-P", *_serving(data_dir)]
    command += [
        "--api-port",
        str(api_port),
        "--flight-port",
        str(flight_port),
        "--idle-minutes",
        str(idle_minutes),
    ]
    command += ["--detach" if detach else "--with-parent", *(["--new-key"] if new_key else [])]
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
    """Ask a server by one of its private routes; None when nothing answers there.

    The key is not sent: each side proves to the other that it knows it.

    Raises
    ------
    TimeoutError
        Something took the connection and did not answer in time.
    UnprovenError
        Another program answers.
    """
    import http.client

    from arize_nb.workspace.peer import UnprovenError, connected

    try:
        connection, nonce = connected(here, timeout_s=timeout_s)
    except (TimeoutError, UnprovenError):
        raise
    except OSError:
        return None
    http_connection = http.client.HTTPConnection(state.HOST, here.api_port, timeout=timeout_s)
    http_connection.sock = connection
    proof = client_proof(here.api_key, here.api_port, nonce, method, path)
    try:
        http_connection.request(method, path, headers={"Authorization": f"{SCHEME} {nonce} {proof}"})
        reply = http_connection.getresponse()
        body = reply.read()
        document = json.loads(body) if reply.status in (200, 202) else None
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        http_connection.close()
    return document if isinstance(document, dict) else None


def open_in(data_dir: Path, name: str, flags: int) -> int:
    """Open a file of a data directory for its owner alone, making both where they are not there; return the
    descriptor.

    Raises
    ------
    ServerStartError
        The folder cannot be made or written to, or it or a file in it is another user's, others' to write, or
        a link.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        state.check_files(data_dir)
        return open_file(data_dir / name, flags | os.O_CREAT)
    except FileError as error:
        raise state.untrusted(error) from None
    except OSError as error:
        what = f"the local workspace cannot use {data_dir}: {error.strerror}"
        raise ServerStartError(what, hint="Give another folder in ARIZE_NB_DATA_DIR.") from error


def await_end(pid: int, data_dir: Path, *, limit_s: float) -> bool:
    """Wait until the server of a folder is gone; False when it is still there after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    while is_running(pid, data_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int, data_dir: Path) -> bool:
    """Whether a process of this id exists, is the user's, and serves this folder: the system gives ids again,
    also to others' programs.
    """
    import psutil

    wanted = _serving(data_dir)
    try:
        process = psutil.Process(pid)
        words = process.cmdline()  # empty for a zombie
        ours = not hasattr(os, "getuid") or process.uids().real == os.getuid()
    except (psutil.Error, OSError, ValueError):
        return False
    return ours and any(words[start : start + len(wanted)] == wanted for start in range(len(words)))


def end(pid: int, data_dir: Path, *, at_once: bool = False) -> None:
    """Ask the server of a folder to stop, by signal; or end it at once: what it has
    acknowledged is on disk.
    """
    if is_running(pid, data_dir):
        try:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM) if at_once else signal.SIGTERM)
        except ProcessLookupError:
            return


def _serving(data_dir: Path) -> list[str]:
    """Return the part of a server's command line that tells which folder it serves."""
    return ["-m", "arize_nb.server", "--data-dir", str(data_dir.resolve())]


def _environment() -> dict[str, str]:
    """Variables for the server: none of the user's service settings, bounds of its memory, this package
    importable from any folder.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARIZE_", "AX_"))}
    inherited |= _MEMORY
    home = Path(__file__).parents[2]
    if home.name not in ("site-packages", "dist-packages"):
        inherited["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(home), inherited.get("PYTHONPATH")) if part
        )
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
            f"the local workspace in {data_dir} was written by a newer version",
            hint="Upgrade: pip install -U arize-nb",
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
        f"the local workspace in {data_dir} did not start: {reason[0] if reason else 'it said nothing'}",
        log_path=str(log_path),
    )
