"""The file in which a server says where it is: ports and key outlive the process, the pid does not."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
FILE_NAME: Final = "server.json"
LOG_NAME: Final = "server.log"
STORE_NAME: Final = "workspace.duckdb"

_FORMAT: Final = 1


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
    format: int = _FORMAT
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
    """Read the state of a data directory; an empty one when there is none, or when it cannot be read."""
    try:
        stored = json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8"))
        known = {item.name for item in fields(State)}
        state = State(**{name: value for name, value in stored.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return State()
    ports = isinstance(state.api_port, int) and isinstance(state.flight_port, int)
    return state if ports and isinstance(state.api_key, str) else State()


def write(data_dir: Path, state: State) -> None:
    """Replace the state of a data directory in one step; only its owner can read it."""
    path = data_dir / FILE_NAME
    draft = path.with_name(f"{FILE_NAME}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(state), file, indent=2)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def prepare(data_dir: Path) -> State:
    """Make the data directory (its owner's only) and a key, if they are not there yet; return the state."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = read(data_dir)
    return state if state.api_key else replace(state, api_key=f"local-{secrets.token_hex(16)}")


def environment(api_port: int, flight_port: int, api_key: str) -> dict[str, str]:
    """Return the variables that point the official SDKs (Python, Go, JavaScript) at a local server.

    OTLP goes to the Flight port, which refuses spans at once; with nothing listening every span would cost seconds.
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
