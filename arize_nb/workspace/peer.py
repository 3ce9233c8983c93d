"""Who is at the other end of a connection to the workspace: nothing is sent before it has
proved to be ours.
"""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Final, Literal

from arize_nb.workspace import state_file as state
from arize_nb.workspace.control_paths import PROOF_PATH
from arize_nb.workspace.proofs import CHALLENGE_HEADER, is_same, new_challenge, server_proof

Owner = Literal["ours", "other", "unknown"]

_LONGEST_REPLY: Final = 16_384
_ATTEMPT_S: Final = 20.0
_LISTENING: Final = "LISTEN"


class UnprovenError(OSError):
    """What listens on the workspace's port is not the workspace; `stranger` when it certainly is another
    program.
    """

    def __init__(self, reason: str, *, stranger: bool = False) -> None:
        super().__init__(reason)
        self.stranger = stranger


def prove(connection: socket.socket, here: state.State) -> str:
    """Let the other end of a fresh connection prove that it is the server of this state; return its challenge
    for us.

    The connection can be used for HTTP afterwards.

    Parameters
    ----------
    connection : socket
        Connected, nothing sent yet. Its timeout holds for each step.
    here : State
        As the state file says it.

    Raises
    ------
    UnprovenError
        It is not: its process belongs to another user, or it does not know the key. It has been sent a random
        number, no more.
    TimeoutError
        It does not answer in time.
    OSError
        The connection broke.
    """
    port = connection.getpeername()[1]
    if not here.api_key or port != here.api_port:
        raise UnprovenError(f"the workspace does not listen on port {port} any more")
    if listener_owner(port, here.pid) == "other":
        raise UnprovenError(f"port {port} belongs to a program of another user", stranger=True)
    challenge = new_challenge()
    head = (
        f"GET {PROOF_PATH} HTTP/1.1\r\nHost: {state.HOST}:{port}\r\n{CHALLENGE_HEADER}: {challenge}\r\n\r\n"
    )
    connection.sendall(head.encode("ascii"))
    status, body = _reply(connection)
    if status != 200:
        raise UnprovenError(
            f"what listens on port {port} does not prove that it is the workspace", stranger=True
        )
    try:
        document = json.loads(body)
        nonce, proof = str(document["nonce"]), str(document["proof"])
    except (ValueError, KeyError, TypeError):
        raise UnprovenError(f"what listens on port {port} is not the workspace", stranger=True) from None
    if not is_same(proof, server_proof(here.api_key, port, challenge, nonce)):
        raise UnprovenError(f"what listens on port {port} does not know the workspace's key", stranger=True)
    return nonce


def connected(here: state.State, *, timeout_s: float = _ATTEMPT_S) -> tuple[socket.socket, str]:
    """Connect to the REST side of the workspace and let it prove itself; return the connection and its
    challenge for us.

    Raises
    ------
    UnprovenError, TimeoutError, OSError
        See `prove`.
    """
    connection = socket.create_connection((state.HOST, here.api_port), timeout=timeout_s)
    try:
        return connection, prove(connection, here)
    except BaseException:
        connection.close()
        raise


def listener_owner(port: int, pid: int | None) -> Owner:
    """Tell whose process listens on a port of this machine, as far as the system says so.

    Parameters
    ----------
    port : int
        A TCP port of 127.0.0.1.
    pid : int, optional
        The process that should; asked first, since that is quick.
    """
    import psutil

    if not hasattr(os, "getuid"):
        return "unknown"
    try:
        process = psutil.Process(pid) if pid else None
        if process is not None and any(_listens(one, port) for one in process.net_connections(kind="tcp")):
            return "ours" if process.uids().real == os.getuid() else "other"
        holders = [one.pid for one in psutil.net_connections(kind="tcp") if _listens(one, port)]
        owners = {psutil.Process(holder).uids().real for holder in holders if holder}
    except (psutil.Error, OSError, ValueError):
        holders, owners = [], set()
    if not owners:
        owners = _socket_owners(port) - {
            os.getuid()
        }  # of others' sockets the system may tell the user, not the process
        return "other" if owners else "unknown"
    return "ours" if owners == {os.getuid()} else "other"


def _listens(connection: object, port: int) -> bool:
    """Tell whether a connection, as psutil lists them, is a listener that answers 127.0.0.1 at the port."""
    address = getattr(connection, "laddr", None)
    return bool(getattr(connection, "status", "") == _LISTENING and address and address[1] == port)


def _socket_owners(port: int) -> set[int]:
    """Return the users whose sockets listen on a port, by Linux's own table; empty where there is none."""
    owners = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:  # noqa: PTH123 - no file of anybody's
                lines = file.readlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                owners.add(int(fields[7]))
    return owners


def _reply(connection: socket.socket) -> tuple[int, bytes]:
    """Read one short HTTP reply, and not a byte further."""
    until = time.monotonic() + (connection.gettimeout() or _ATTEMPT_S)
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection, data, until)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
    }
    try:
        status, length = int(lines[0].split(" ")[1]), int(fields["content-length"])
    except (IndexError, ValueError, KeyError):
        raise UnprovenError(
            "what listens there does not speak as the workspace does", stranger=True
        ) from None
    while len(body) < length <= _LONGEST_REPLY:
        body += _more(connection, body, until)
    if len(body) != length:
        raise UnprovenError("what listens there does not speak as the workspace does", stranger=True)
    return status, body


def _more(connection: socket.socket, so_far: bytes, until: float) -> bytes:
    """Read on, up to the longest reply that the workspace gives, and no longer than `until`."""
    if time.monotonic() > until:
        raise TimeoutError("what listens there answers a byte at a time")
    part = connection.recv(4096)
    if not part or len(so_far) > _LONGEST_REPLY:
        raise UnprovenError("what listens there hung up, or says too much")
    return part
