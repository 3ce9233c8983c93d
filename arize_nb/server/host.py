"""Serve one store over REST and Flight from this process, until told to stop or idle for long."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arize_nb import filters
from arize_nb._version import __version__
from arize_nb.server.activity import Activity
from arize_nb.server.control_routes import PrivateRoutes
from arize_nb.workspace import state_file as state

if TYPE_CHECKING:
    from arize_nb.server.flight.service import FlightService

_AGAIN: Final = "official programs need them again: arize-nb server env"
_DRAIN_S: Final = 10.0
_WATCH_S: Final = 5.0


class Host:
    """The two services over the store of one data directory.

    Parameters
    ----------
    data_dir : Path
        Where the store, the remembered ports and the key are.
    api_port, flight_port : int
        Ports to listen on; 0 takes the remembered ones, else free ones.
    idle_limit_s : float, optional
        Seconds without an open request or stream after which `stopping` is set; None for never.
    new_key : bool
        Whether the key that is remembered is good no more, since another program had the port.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        api_port: int = 0,
        flight_port: int = 0,
        idle_limit_s: float | None = None,
        new_key: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.activity = Activity()
        self.stopping = threading.Event()
        self.notes: list[str] = []
        """Lines for the person who started it, such as a port that another program has."""
        self._idle_limit_s = idle_limit_s
        self._wanted = (api_port, flight_port)
        self._new_key = new_key
        self._private_flight: FlightService | None = None
        self._started_at = time.time()

    def start(self) -> state.State:
        """Open the store and both ports, and say so in the state file; return what was written there.

        Raises
        ------
        duckdb.IOException
            Another process has the store open.
        NewerFormatError
            The store was written by a newer version.
        ServerStartError
            A file is another user's, others' to write, or a link.
        """
        from arize_nb.server.flight.service import FlightService
        from arize_nb.server.flight.uploads import clear_leftovers
        from arize_nb.server.rest.app import make_app
        from arize_nb.server.rest.serving import RestSide
        from arize_nb.server.store.store import Store

        remembered = state.prepare(self.data_dir)
        state.check_files(self.data_dir)
        self._key = remembered.api_key
        if self._new_key:
            self._key = state.new_key()
            self.notes.append(
                f"another program was listening on port {remembered.api_port}: the key has changed; {_AGAIN}"
            )
        self.store = Store(self.data_dir / state.STORE_NAME)
        clear_leftovers(self.data_dir)
        try:
            listener = self._listen(self._wanted[0], remembered.api_port)
            self._flight = self._open_flight(FlightService, remembered.flight_port)
            private = self._open_private_flight(FlightService)
            port = listener.getsockname()[1]
            app = make_app(self.store, self._key, activity=self.activity, folder=self.data_dir)
            routed = PrivateRoutes(app, self._key, port=port, status=self.status, stop=self.stopping.set)
            self._rest = RestSide(routed, listener, drain_s=_DRAIN_S)
            self._rest.start()
        except BaseException:
            self.store.close()
            raise
        self.state = replace(
            remembered,
            api_port=port,
            flight_port=self._flight.port,
            flight_socket=private,
            api_key=self._key,
            pid=os.getpid(),
            version=__version__,
        )
        state.write(self.data_dir, self.state)
        threading.Thread(target=filters.warm, name="arize_nb-warm", daemon=True).start()
        threading.Thread(target=self._watch, name="arize_nb-watch", daemon=True).start()
        return self.state

    def stop(self) -> None:
        """Let open requests end (ten seconds at most), write the store to its main file and
        forget the pid.
        """
        self.stopping.set()
        self._rest.stop()
        services = [service for service in (self._flight, self._private_flight) if service is not None]
        drained = [
            threading.Thread(target=service.shutdown, name="arize_nb-flight-shutdown", daemon=True)
            for service in services
        ]
        for thread in drained:
            thread.start()
        end = time.monotonic() + _DRAIN_S
        self._rest.join(_DRAIN_S)
        for thread in drained:
            thread.join(max(0.0, end - time.monotonic()))
        self.store.close()
        if (
            state.read(self.data_dir).pid == os.getpid()
        ):  # else the folder is gone, or another server has it by now
            state.write(self.data_dir, replace(self.state, pid=None))

    def status(self, visit: bool = False) -> dict[str, Any]:
        """Say how the server is: pid, version, what is open, seconds idle, seconds up, whether it is on its
        way out.

        Parameters
        ----------
        visit : bool, default False
            Whether requests will follow, so that it must not stop for want of them.
        """
        kept = not visit or self.activity.visit()
        return {
            "pid": os.getpid(),
            "version": __version__,
            "flight_port": self._flight.port,
            "open": self.activity.open,
            "idle_s": round(self.activity.idle_s, 3),
            "up_s": round(time.time() - self._started_at, 3),
            "stopping": self.stopping.is_set() or not kept,
        }

    def _listen(self, wanted: int, remembered: int) -> socket.socket:
        """Listen for REST on the port wanted, or the remembered one, or a free one when another program has
        that.
        """
        for port in (wanted,) if wanted else (remembered, 0):
            # asyncio turns Nagle's delay off only where the protocol is named; with it every small reply
            # takes 40 ms
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            if os.name == "posix":  # elsewhere the option would let two programs share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((state.HOST, port))
                listener.listen(2048)
            except OSError as error:
                listener.close()
                if error.errno not in (errno.EADDRINUSE, errno.EACCES) or not port or wanted:
                    raise
                self._lose(port, "REST")
            else:
                return listener
        raise AssertionError("port 0 always binds or raises")

    def _open_flight(self, service: type[FlightService], remembered: int) -> FlightService:
        """Listen for Flight, by the same rule."""
        import pyarrow as pa

        wanted = self._wanted[1]
        port = wanted or remembered
        try:
            return service(self.store, self._key, f"grpc://{state.HOST}:{port}", activity=self.activity)
        except (pa.ArrowException, OSError):
            if wanted or not port:
                raise
            self._lose(port, "Flight")
            return service(self.store, self._key, f"grpc://{state.HOST}:0", activity=self.activity)

    def _open_private_flight(self, service: type[FlightService]) -> str:
        """Serve Flight on a socket in the data directory as well, where nobody else can listen; return its
        name, empty without one.
        """
        import pyarrow as pa

        location = state.private_flight_url(self.data_dir, state.SOCKET_NAME)
        if location is None:
            return ""
        try:
            self._private_flight = service(self.store, self._key, location, activity=self.activity)
        except (pa.ArrowException, OSError) as error:
            self.notes.append(f"Flight is served by its port alone: {error}")
            return ""
        return state.SOCKET_NAME

    def _lose(self, port: int, side: str) -> None:
        """Give up a port that another program has, and the key, which clients may have sent there."""
        self._key = state.new_key()
        self.notes.append(
            f"port {port} belongs to another program now; the {side} address and the key have changed;"
            f" {_AGAIN}"
        )

    def _watch(self) -> None:
        """Set `stopping` when nobody needs the server any more, or its data directory is gone."""
        from arize_nb.server.rest.serving import WORKER_IDLE_S

        limit = self._idle_limit_s
        pause = min(_WATCH_S, limit / 4) if limit is not None else _WATCH_S
        shrunk_at = rested_at = self.activity.served
        while not self.stopping.wait(pause):
            if self.activity.served != shrunk_at and not self.activity.open:
                shrunk_at = self._shrink(shrunk_at)
            if self.activity.served != rested_at and self.activity.idle_s > WORKER_IDLE_S + 1:
                rested_at = self._rest_workers()
            if limit is not None and self.activity.end_if_idle(limit):
                self.notes.append(f"idle for {limit:g} s")
                self.stopping.set()
            elif self.store.is_broken:
                self.notes.append("the database must be opened again")
                self.stopping.set()
            elif not self.store.path.exists():
                self.notes.append("the data directory is gone")
                self.stopping.set()

    def _shrink(self, shrunk_at: int) -> int:
        """Give memory back that the requests since then took; return how many there had been, when it was
        done.
        """
        from arize_nb.server.store.memory import release

        served = self.activity.served
        if not self.store.shrink():
            return shrunk_at
        release()
        return served

    def _rest_workers(self) -> int:
        """Let the worker threads end that the requests before this pause needed; return how many requests
        there had been.
        """
        from arize_nb.server.store.memory import release

        served = self.activity.served
        self._rest.end_idle_workers()
        release()
        return served
