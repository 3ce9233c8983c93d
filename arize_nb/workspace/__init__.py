"""Find the local workspace of this machine, or start it: one server process for all notebooks of a user."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from arize_nb._version import __version__
from arize_nb.errors import FileError, ServerStartError
from arize_nb.persistence.atomic_write import write_whole
from arize_nb.persistence.data_directory import data_directory as data_directory
from arize_nb.text.command_line import Choice, Hint
from arize_nb.workspace import state_file as state
from arize_nb.workspace.control_paths import STATUS_PATH, STOP_PATH, VISIT_QUERY
from arize_nb.workspace.process import ask, await_end, end, is_running, launch, open_in

IDLE_MINUTES: Final = 60.0
_BUSY_S: Final = 2.0  # a pause between two requests of one upload is no idleness
_STOP_LIMIT_S: Final = 25.0  # a server gives its open streams ten seconds, and itself twenty
_HUNG_LIMIT_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Running:
    """A local workspace that answers."""

    api_url: str
    """REST address, as ``http://127.0.0.1:PORT``."""
    flight_url: str
    """Flight address, as ``grpc://127.0.0.1:PORT``."""
    api_key: str = field(repr=False)
    """The key that clients must send."""
    pid: int
    """Process id of the server."""
    data_dir: Path
    """Where its data is."""
    version: str
    """Version of arize_nb that it runs."""
    open_requests: int = 0
    """Requests and streams open when it was asked."""
    idle_s: float = 0.0
    """Seconds since its last request, when it was asked."""
    started: bool = False
    """Whether this call started it."""
    notice: str | None = None
    """One line that the user should read, such as a changed port; None mostly."""


def status(data_dir: str | os.PathLike[str] | None = None) -> Running | None:
    """Return the workspace if it runs, None if it does not; never starts it.

    Raises
    ------
    ServerStartError
        A server is there and does not answer.
    """
    return _looked_up(data_directory(data_dir))[0]


def is_own(api_url: str, api_key: str, data_dir: str | os.PathLike[str] | None = None) -> bool:
    """Tell whether an address and a key are those of the workspace, whether it runs or not; a file is read
    and nobody is asked.
    """
    try:
        here = state.read(data_directory(data_dir))
    except ServerStartError:
        return False  # not to be trusted: whoever uses the workspace by its own name is told
    return bool(here.api_port) and (here.api_url, here.api_key) == (api_url, api_key)


def ensure(data_dir: str | os.PathLike[str] | None = None) -> Running:
    """Return the workspace, started if it does not run; of several processes that call this at once, one
    starts it.

    A server of an older version is replaced while nothing is open on it; otherwise, or when it is newer,
    `notice` says so.

    Parameters
    ----------
    data_dir : path, optional
        Its folder; see `data_directory`.

    Raises
    ------
    ServerStartError
        It could not be started, or does not answer.
    """
    folder = data_directory(data_dir)
    found, was_stranger = _looked_up(folder, visit=True)
    if found is not None and found.version == __version__:
        return found
    with starting(folder):
        found, is_stranger = _looked_up(folder, visit=True)
        if found is not None and not _is_replaceable(found):
            return _with_version_notice(found)
        if found is not None or _is_unprovable(folder):
            stop(folder)
        else:
            _await_the_last_one(folder)
        started = launch(folder, detach=True, idle_minutes=IDLE_MINUTES, new_key=was_stranger or is_stranger)
    assert started.state.pid is not None
    return Running(
        api_url=started.state.api_url,
        flight_url=started.state.flight_url,
        api_key=started.state.api_key,
        pid=started.state.pid,
        data_dir=folder,
        version=started.state.version,
        started=True,
        notice="; ".join(started.notes) or None,
    )


def folder_of(api_key: str, api_url: str, flight_url: str | None = None) -> Path | None:
    """Return the folder of the `LocalServer` of this process that has this key and these addresses; None when
    there is none.
    """
    return state.started_here(api_key, api_url, flight_url)


def prover(api_key: str, data_dir: str | os.PathLike[str] | None = None) -> Callable[[socket.socket], None]:
    """Return a check for every fresh connection to the workspace: that its server is at the other end, and
    this key still good.

    The function takes a connected socket, and raises an `OSError` when another program has the port or the
    key is no longer good; the socket has carried a random number then, and nothing of the user's.
    """
    folder = data_directory(data_dir)

    def prove(connection: socket.socket) -> None:
        from arize_nb.workspace import peer

        peer.prove(connection, _kept(folder, api_key))

    return prove


def flight_dialer(api_key: str, data_dir: str | os.PathLike[str] | None = None) -> Callable[[], str]:
    """Return a function that gives the Flight address to dial: the socket in the data folder, which nobody
    else can listen on.

    Where there is none (Windows), it is the port, after the server has proved itself on the other one and the
    process that listens has been looked at. gRPC opens its connections itself, so that no more can be done
    there.
    """
    folder = data_directory(data_dir)

    def address() -> str:
        from arize_nb.workspace import peer

        here = _kept(folder, api_key)
        private = state.private_flight_url(folder, here.flight_socket)
        if private is not None:
            return private
        peer.connected(here)[0].close()
        if peer.listener_owner(here.flight_port, here.pid) == "other":
            raise peer.UnprovenError(f"port {here.flight_port} belongs to a program of another user")
        return here.flight_url

    return address


def stop(data_dir: str | os.PathLike[str] | None = None) -> bool:
    """Stop the workspace: open requests end (ten seconds at most), then the store is closed.

    Returns
    -------
    bool
        Whether one was running.
    """
    from arize_nb.workspace.peer import UnprovenError

    folder = data_directory(data_dir)
    here = state.read(folder)
    limit_s = _STOP_LIMIT_S
    try:
        answer = ask(here, "POST", STOP_PATH) if here.api_port else None
    except TimeoutError:
        answer, limit_s = None, _HUNG_LIMIT_S
    except UnprovenError:
        answer = None
    if answer is None and not (here.pid and is_running(here.pid, folder)):
        return False
    if here.pid and answer is None:
        end(here.pid, folder)  # it hangs, or is stopping already and takes no more calls
    if here.pid and not await_end(here.pid, folder, limit_s=limit_s):
        end(here.pid, folder, at_once=True)
        await_end(here.pid, folder, limit_s=_HUNG_LIMIT_S)
    return True


def env(running: Running) -> dict[str, str]:
    """Return the variables that point the official SDKs at a workspace."""
    return state.environment(_port(running.api_url), _port(running.flight_url), running.api_key)


def write_ax_profile(path: str | os.PathLike[str], running: Running, *, name: str | None = None) -> Path:
    """Write a profile of the official program for a workspace; only its owner can read the file.

    Parameters
    ----------
    path : path
        Where to; for the program to find it, ``~/.arize/profiles/NAME.toml``.
    running : Running
        The workspace.
    name : str, optional
        Name of the profile; that of the file when not given.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    import tomli_w

    target = Path(path).expanduser()
    profile: dict[str, dict[str, Any]] = {
        "profile": {"name": name or target.stem},
        "auth": {"auth_method": "api-key", "api_key": running.api_key},
        "routing": {
            "api_scheme": "http",
            "api_host": running.api_url.removeprefix("http://"),
            "otlp_scheme": "http",
            "otlp_host": running.flight_url.removeprefix("grpc://"),
            "flight_scheme": "grpc+tcp",
            "flight_host": state.HOST,
            "flight_port": str(_port(running.flight_url)),
        },
        "update": {"enabled": False},
    }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot write the profile {target}: {error.strerror}", path=str(target)) from error
    write_whole(target, tomli_w.dumps(profile), private=True)  # takes the place of a link, too
    return target


def _looked_up(folder: Path, *, visit: bool = False) -> tuple[Running | None, bool]:
    """Find the server of a folder, and whether another program answers in its place: clients may have told
    that one the key.

    There is none, too, when it is on its way out. A visit keeps it from stopping just now.
    """
    from arize_nb.workspace.peer import UnprovenError

    here = state.read(folder)
    if not here.api_port:
        return None, False
    try:
        answer = _ask(folder, here, "GET", f"{STATUS_PATH}?{VISIT_QUERY}" if visit else STATUS_PATH)
    except UnprovenError as error:
        return None, error.stranger and not _is_unprovable(folder)
    return (_running(folder, here, answer) if answer and not answer.get("stopping") else None), False


def _await_the_last_one(folder: Path) -> None:
    """Let a server that is on its way out end: it has the store open until all of its uploads have ended."""
    here = state.read(folder)
    if here.pid and not await_end(here.pid, folder, limit_s=_STOP_LIMIT_S):
        what = f"the local workspace (pid {here.pid}) takes no more requests and does not end"
        raise ServerStartError(
            what,
            log_path=str(folder / state.LOG_NAME),
            hint=Hint("End it: arize_nb.workspace.stop()", "End it: %ax server stop"),
        )


def _kept(folder: Path, api_key: str) -> state.State:
    """Read where the server of a folder is, as long as it has the key that a client knows."""
    from arize_nb.workspace import peer

    here = state.read(folder)
    if here.api_key != api_key:
        raise peer.UnprovenError("the workspace has another key now")
    return here


def _is_unprovable(folder: Path) -> bool:
    """Tell whether a server of a version that cannot prove itself runs; it takes signals alone then, and
    cannot be kept.
    """
    here = state.read(folder)
    return bool(here.format < state.FORMAT and here.pid and is_running(here.pid, folder))


def _running(folder: Path, here: state.State, answer: Mapping[str, Any]) -> Running:
    """Put together what the state file and the server say."""
    return Running(
        api_url=here.api_url,
        flight_url=here.flight_url,
        api_key=here.api_key,
        pid=answer["pid"],
        data_dir=folder,
        version=answer["version"],
        open_requests=answer["open"],
        idle_s=answer["idle_s"],
    )


def _ask(folder: Path, here: state.State, method: str, path: str) -> dict[str, Any] | None:
    """Ask the server of a folder, patiently: a machine under load may need a while."""
    from arize_nb.workspace.peer import UnprovenError

    for timeout_s in (5.0, 15.0):
        try:
            return ask(here, method, path, timeout_s=timeout_s)
        except TimeoutError:
            continue
    if not (here.pid and is_running(here.pid, folder)):
        raise UnprovenError(f"what listens on port {here.api_port} waits for something else", stranger=True)
    raise ServerStartError(
        f"the local workspace (pid {here.pid}) does not answer",
        log_path=str(folder / state.LOG_NAME),
        hint=Hint("Stop it: arize_nb.workspace.stop()", "Stop it: %ax server stop"),
    )


def _is_replaceable(found: Running) -> bool:
    """Whether this version should take the place of the server that was found."""
    return _older(found.version) and not found.open_requests and found.idle_s > _BUSY_S


def _with_version_notice(found: Running) -> Running:
    """Say that the server has another version, and what to do."""
    from dataclasses import replace

    if found.version == __version__:
        return found
    notice = f"the local workspace runs arize_nb {found.version}, this is {__version__}: "
    if not _older(found.version):
        return replace(found, notice=f"{notice}upgrade this one: pip install -U arize-nb")
    later = Choice("arize_nb.workspace.stop()", "%ax server stop")
    return replace(found, notice=Hint.of("{}it is busy; later: {}", notice, later))


def _older(version: str) -> bool:
    """Whether a version is older than this one (an unreadable one is)."""
    return _parts(version) < _parts(__version__)


def _parts(version: str) -> tuple[int, ...]:
    """Cut a version into its numbers."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _port(url: str) -> int:
    """Return the port of an address."""
    return int(url.rsplit(":", 1)[1])


@contextmanager
def starting(folder: Path) -> Iterator[None]:
    """Hold the lock under which a server of this folder is started; it is given up when the process ends,
    however it ends.
    """
    with os.fdopen(open_in(folder, state.LOCK_NAME, os.O_RDWR), "r+b") as file:
        _lock(file.fileno())
        yield


def _lock(descriptor: int) -> None:
    """Wait for the lock of an open file."""
    if os.name != "nt":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    import msvcrt

    while True:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            time.sleep(0.05)
        else:
            return
