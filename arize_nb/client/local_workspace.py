"""A workspace of one's own for a `with` block, and a client for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from arize_nb.config import LOCAL
from arize_nb.workspace import local_server

if TYPE_CHECKING:
    from arize_nb.client import Client


class LocalServer(local_server.LocalServer):
    """A server process on this machine, for a `with` block or until `stop`.

    For tests and benchmarks: `arize_nb.connect()` without settings uses the user's own workspace, which this
    one never touches.

    Parameters
    ----------
    data_dir : path, optional
        Where it keeps its data; a temporary folder, removed at the end, when not given.
    port, flight_port : int, default 0
        Ports on 127.0.0.1; 0 takes the ones that `data_dir` remembers, else free ones.

    Examples
    --------
    >>> with LocalServer() as server:  # doctest: +SKIP
    ...     client = server.connect()
    ...     client.datasets.create(name="faq", examples=[{"question": "2 + 2?"}])
    """

    def connect(self, *, space: str | None = None, notice: Callable[[str], None] | None = None) -> Client:
        """Connect to this server, whatever the environment says.

        Parameters
        ----------
        space : str, optional
            Default space, a name or an id; the one that every local workspace has when not given.
        notice : callable, optional
            Called with each line that the user should read.
        """
        from arize_nb.client import Client
        from arize_nb.config import Connection

        connection = Connection(
            source="this LocalServer",
            api_key=self.api_key,
            api_url=self.api_url,
            flight_url=self.flight_url,
            otlp_url=self.flight_url,
            space=LOCAL,
        )
        return Client(connection, space=space, notice=notice)
