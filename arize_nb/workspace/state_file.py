"""The file in which a server says where it is: ports and key outlive the process, the pid does not."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from arize_nb.errors import FileError, ServerStartError
from arize_nb.persistence.atomic_write import write_whole
from arize_nb.persistence.trusted import check, open_file

HOST: Final = "127.0.0.1"
FILE_NAME: Final = "server.json"
LOG_NAME: Final = "server.log"
STORE_NAME: Final = "workspace.duckdb"
LOCK_NAME: Final = "start.lock"

SOCKET_NAME: Final = "flight.sock"

_LONGEST_SOCKET: Final = (
    100  # bytes; sockaddr_un has room for 104 on macOS, 108 on Linux, with the 0 at the end
)

_STARTED: Final[dict[tuple[str, str], tuple[Path, str]]] = {}

FORMAT: Final = 2
"""Since 2 a server proves that it is the one (see `proofs`), and says where its private Flight socket is."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What a data directory remembers of its server."""

    api_port: int = 0
    """Port of the REST side; 0 before the first start."""
    flight_port: int = 0
    """Port of the Flight side; 0 before the first start."""
    api_key: str = field(default="", repr=False)
    """The key that clients must send."""
    pid: int | None = None
    """Process id while it runs; None after an orderly stop. A killed server leaves its own behind."""
    version: str = ""
    """Version of arize_nb that it runs."""
    flight_socket: str = ""
    """Name of the Unix socket in the data directory on which Flight is served to the user alone; empty where
    there is none.
    """
    format: int = FORMAT
    """Format of this file."""

    @property
    def api_url(self) -> str:
        """REST address."""
        return f"http://{HOST}:{self.api_port}"

    @property
    def flight_url(self) -> str:
        """Flight address."""
        return f"grpc://{HOST}:{self.flight_port}"


def read(data_dir: Path) -> State:
    """Read the state of a data directory; an empty one when there is none, or when it cannot be read.

    Raises
    ------
    ServerStartError
        Another user owns the folder or the file, or can write it, or it is a link.
    """
    try:
        check(data_dir)
        with os.fdopen(open_file(data_dir / FILE_NAME, os.O_RDONLY), encoding="utf-8") as file:
            stored = json.load(file)
        known = {item.name for item in fields(State)}
        state = State(**{"format": 1, **{name: value for name, value in stored.items() if name in known}})
    except FileError as error:
        raise untrusted(error) from None
    except (OSError, ValueError, TypeError, AttributeError):
        return State()
    texts = (state.api_key, state.flight_socket, state.version)
    numbers = (state.api_port, state.flight_port, state.format, state.pid or 0)
    right = all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)
    return state if right and Path(state.flight_socket).name == state.flight_socket else State()


def untrusted(error: FileError) -> ServerStartError:
    """Say of the workspace that a file of it is not to be trusted, with the line that mends it."""
    return ServerStartError(f"the local workspace is not used: {error.what}", hint=error.hint)


def check_files(data_dir: Path) -> None:
    """Refuse a data directory, or a file of the workspace in it, that another user owns, can write, or has
    put a link in place of.

    Raises
    ------
    ServerStartError
        One is; the hint is the line that mends it.
    """
    try:
        check(data_dir)
        for name in (FILE_NAME, LOG_NAME, LOCK_NAME, STORE_NAME, f"{STORE_NAME}.wal"):
            check(data_dir / name)
    except FileError as error:
        raise untrusted(error) from None


def write(data_dir: Path, state: State) -> None:
    """Replace the state of a data directory in one step; only its owner can read it."""
    write_whole(data_dir / FILE_NAME, json.dumps(asdict(state), indent=2), private=True)


def prepare(data_dir: Path) -> State:
    """Make the data directory (its owner's only) and a key, if they are not there yet; return the state."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = replace(read(data_dir), format=FORMAT)
    return state if state.api_key else replace(state, api_key=new_key())


def remember_started(data_dir: Path, here: State) -> None:
    """Note that this process has started a server in a folder of its own, so that its clients can tell it
    from others.
    """
    _STARTED[here.api_key, here.api_url] = (data_dir, here.flight_url)


def started_here(api_key: str, api_url: str, flight_url: str | None = None) -> Path | None:
    """Return the folder of the server of that key and those addresses, when this process has started it."""
    folder, flight = _STARTED.get((api_key, api_url), (None, None))
    return folder if flight_url is None or flight_url.replace("grpc+tcp://", "grpc://") == flight else None


def new_key() -> str:
    """Make a key: 128 random bits."""
    return f"local-{secrets.token_hex(16)}"


def private_flight_url(data_dir: Path, name: str) -> str | None:
    """Return the address of the Unix socket of a data directory; None where the system has none, or none for
    so long a path.

    On Linux a long path is reached through an open descriptor of the folder, which stays open for the life of
    the process.
    """
    if not name or not hasattr(socket, "AF_UNIX") or os.name != "posix":
        return None
    path = str((data_dir / name).absolute())
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        if not Path("/proc/self/fd").is_dir():
            return None
        path = f"/proc/self/fd/{_folder_descriptor(str(data_dir.absolute()), _inode(data_dir))}/{name}"
    return f"grpc+unix://{quote(path)}"


@cache
def _folder_descriptor(folder: str, _inode: int) -> int:
    """Open a folder, once for each that is there under the name."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _inode(folder: Path) -> int:
    """Return which folder is there under the name now."""
    return folder.stat().st_ino


def environment(api_port: int, flight_port: int, api_key: str) -> dict[str, str]:
    """Return the variables that point the official SDKs (Python, Go, JavaScript) at a local server.

    OTLP goes to the Flight port, which refuses spans at once; with nothing listening every span would cost
    seconds.
    """
    return {
        "ARIZE_API_KEY": api_key,
        "ARIZE_API_SCHEME": "http",
        "ARIZE_API_HOST": HOST,
        "ARIZE_API_PORT": str(api_port),
        "ARIZE_FLIGHT_SCHEME": "grpc",
        "ARIZE_FLIGHT_HOST": HOST,
        "ARIZE_FLIGHT_PORT": str(flight_port),
        "ARIZE_OTLP_SCHEME": "http",
        "ARIZE_OTLP_HOST": HOST,
        "ARIZE_OTLP_PORT": str(flight_port),
        "ARIZE_BASE_URL": f"http://{HOST}:{api_port}",
        "ARIZE_ENABLE_CACHING": "false",
    }
