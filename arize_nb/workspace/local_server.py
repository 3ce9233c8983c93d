"""A workspace of your own for the length of a block: a server process that ends with it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from arize_nb.errors import ServerStartError
from arize_nb.workspace import state_file as state

if TYPE_CHECKING:
    import os

    from arize_nb.workspace.process import Started

SPACE = "local"
"""The space that every workspace has (`store.FIRST_SPACE`, which is not imported here: it would load the
database).
"""


class LocalServer:
    """Run the embedded workspace in a process of its own, as long as a `with` block or until `stop`.

    For tests and benchmarks: `connect()` without settings uses the user's own workspace, which this one never
    touches.

    Parameters
    ----------
    data_dir : path, optional
        Where it keeps its data; a temporary folder, removed at the end, when not given.
    port, flight_port : int, default 0
        Ports on 127.0.0.1; 0 takes the ones that `data_dir` remembers, else free ones.

    Examples
    --------
    >>> with LocalServer() as server:  # doctest: +SKIP
    ...     os.environ.update(server.env())
    ...     client = arize_nb.connect()
    """

    def __init__(
        self, data_dir: str | os.PathLike[str] | None = None, *, port: int = 0, flight_port: int = 0
    ) -> None:
        self._own_folder = tempfile.mkdtemp(prefix="arize_nb-") if data_dir is None else None
        self.data_dir = Path(self._own_folder or data_dir or "").absolute()
        self._ports = (port, flight_port)
        self._started: Started | None = None

    def start(self) -> LocalServer:
        """Start the process and wait until it answers; nothing happens when it runs already.

        Raises
        ------
        ServerStartError
            It does not start, for instance because another process has `data_dir` open.
        """
        from arize_nb.workspace.process import launch

        if self._started is None:
            self._started = launch(
                self.data_dir, detach=False, api_port=self._ports[0], flight_port=self._ports[1]
            )
            state.remember_started(self.data_dir, self._started.state)
        return self

    def stop(self) -> None:
        """Let open requests end, stop the process and remove a temporary folder; nothing happens when it does
        not run.
        """
        if self._started is not None:
            child = self._started.child
            assert child is not None
            assert child.stdin is not None
            child.stdin.close()
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            self._started = None
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)

    def kill(self) -> None:
        """End the process at once, as a crash would; what it has acknowledged is on disk. `start` goes on
        from there.
        """
        child = self._running.child
        assert child is not None
        assert child.stdin is not None
        child.kill()
        child.wait()
        child.stdin.close()
        self._started = None

    @property
    def api_url(self) -> str:
        """REST address, as ``http://127.0.0.1:PORT``."""
        return self._running.state.api_url

    @property
    def flight_url(self) -> str:
        """Flight address, as ``grpc://127.0.0.1:PORT``."""
        return self._running.state.flight_url

    @property
    def api_key(self) -> str:
        """The key that clients must send."""
        return self._running.state.api_key

    @property
    def pid(self) -> int:
        """Process id."""
        child = self._running.child
        assert child is not None
        return child.pid

    def env(self) -> dict[str, str]:
        """Return the ``ARIZE_*`` variables that point `connect()` and the official SDKs at this server, its
        own space included.
        """
        here = self._running.state
        return {**state.environment(here.api_port, here.flight_port, here.api_key), "ARIZE_SPACE": SPACE}

    @property
    def _running(self) -> Started:
        """What `start` gave."""
        if self._started is None:
            raise ServerStartError(
                "this LocalServer is not running", hint="Use it in a with statement, or call start()."
            )
        return self._started

    def __enter__(self) -> LocalServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = self._started.state.api_url if self._started else "not running"
        return f"LocalServer({where}, data in {str(self.data_dir)!r})"
