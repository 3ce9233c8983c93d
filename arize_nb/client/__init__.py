"""Join the parts: a connection becomes transports, the transports become resources; `connect()` is the front
door.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from arize_nb import config
from arize_nb.client.experiments import JoinedExperiments, compare_named
from arize_nb.comparison.inputs.run_reader import read_with
from arize_nb.config.addresses import is_loopback
from arize_nb.errors import ConfigError, ConnectionFailedError
from arize_nb.resources.annotation_configs import AnnotationConfigs
from arize_nb.resources.datasets import Datasets
from arize_nb.resources.projects import Projects
from arize_nb.resources.spaces import Spaces
from arize_nb.text.command_line import Choice, Hint
from arize_nb.wire.problems import Answerer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from arize_nb.comparison.comparison import Comparison
    from arize_nb.models import Dataset, Experiment, Space
    from arize_nb.transports.flight import FlightTransport
    from arize_nb.transports.rest import RestTransport
    from arize_nb.wire import Request
    from arize_nb.workspace import Running

_log = logging.getLogger("arize_nb")
_told_of_local = threading.Event()


def _first_in_process(_running: Running) -> bool:
    """Whether nobody has been told of the local workspace in this process yet; a kernel lives long, and once
    is enough.
    """
    told = _told_of_local.is_set()
    _told_of_local.set()
    return not told


def _own_workspace(connection: config.Connection) -> config.Connection:
    """Return the connection of the local workspace where a profile or variables were made for it (`server
    env`); else the one given.

    What was written down for the official programs must not cost us what they lack: the workspace starts by
    itself, its space is known.
    """
    if connection.is_local or not is_loopback(connection.api_url):
        return connection
    from arize_nb import workspace

    if not workspace.is_own(connection.api_url, connection.api_key):
        return connection
    # Its addresses and key stay open until it has been found or started.
    unknown = replace(connection, api_url="", flight_url="", otlp_url="", api_key="")
    return replace(unknown, is_local=True, space=connection.space or config.LOCAL, notice=None)


class Client:
    """A service and what can be done with it. Threads may share one; it closes at the end of a `with` block.

    Parameters
    ----------
    connection : config.Connection
        Where to go and with which key; see `config.resolve`.
    space : str, optional
        Default space, a name or an id; over that of the connection (`ARIZE_SPACE`).
    notice : callable, optional
        Called with each line that the user should read (a fallback, something left out). Without it they are
        warnings of the logger ``arize_nb``, which Python prints on standard error unless told otherwise. All
        of them are in `notices`.
    says_local : callable, optional
        Whether to say that it is the local workspace that answers; gets what is known of it. Once in a
        process when not given.

    Attributes
    ----------
    spaces, projects, datasets, experiments, annotation_configs
        The resources.
    notices : list of str
        Lines said so far, oldest first.
    """

    def __init__(
        self,
        connection: config.Connection,
        *,
        space: str | None = None,
        notice: Callable[[str], None] | None = None,
        says_local: Callable[[Running], bool] = _first_in_process,
    ) -> None:
        self._connection = connection = _own_workspace(connection)
        self._default_space = space or connection.space
        self._on_notice = notice if notice is not None else lambda text: _log.warning("%s", text)
        self._says_local = says_local
        self._lock = threading.RLock()
        self._rest: RestTransport | None = None
        self._flight: FlightTransport | None = None
        self.notices: list[str] = []
        self.space_ids: dict[str, str] = {}
        self.max_payload_bytes = connection.max_payload_mb * 2**20
        self.chunk_rows = connection.chunk_rows
        self.keeps_json = connection.is_local
        self.spaces = Spaces(self)
        self.projects = Projects(self)
        self.datasets = Datasets(self)
        self.experiments = JoinedExperiments(self)
        self.annotation_configs = AnnotationConfigs(self)
        if connection.notice:
            self.notice(connection.notice)

    @property
    def connection(self) -> config.Connection:
        """Where this client goes; a local workspace is started to know that."""
        if self._connection.is_local and not self._connection.api_url:
            self._start_local()
        return self._connection

    @property
    def address(self) -> str:
        """Where the service is: its REST address."""
        return self.connection.api_url

    @property
    def output_format(self) -> str:
        """Format in which the profile wants results printed; known without starting a local workspace."""
        return self._connection.output_format

    @property
    def space(self) -> str | None:
        """Default space, a name or an id."""
        return self._default_space

    @space.setter
    def space(self, space: str | None) -> None:
        self._default_space = space

    @property
    def rest(self) -> RestTransport:
        """REST, connected on first use."""
        with self._lock:
            if self._rest is None:
                from arize_nb.transports.rest import RestTransport

                connection = self.connection
                self._rest = RestTransport(
                    connection.api_url,
                    connection.api_key,
                    answerer=self._answerer(connection.api_url),
                    loopback=is_loopback(connection.api_url),
                    verify=connection.verify,
                    ca_cert=connection.ca_cert,
                    proxy_url=connection.proxy_url,
                    headers=connection.default_headers,
                    prove=self._own("prover"),
                )
            return self._rest

    @property
    def flight(self) -> FlightTransport:
        """Arrow Flight, connected on first use."""
        with self._lock:
            if self._flight is None:
                from arize_nb.transports.flight import FlightTransport

                connection = self.connection
                self._flight = FlightTransport(
                    connection.flight_url,
                    connection.api_key,
                    answerer=self._answerer(connection.flight_url),
                    loopback=is_loopback(connection.flight_url),
                    verify=connection.verify,
                    ca_cert=connection.ca_cert,
                    headers=connection.default_headers,
                    dial=self._own("flight_dialer"),
                )
            return self._flight

    def send(self, request: Request) -> bytes:
        """Send a REST request; a local workspace that has stopped is started again, once.

        Raises
        ------
        ServiceError, ConnectionFailedError
            See `RestTransport.send`.
        """
        try:
            return self.rest.send(request)
        except ConnectionFailedError as error:
            if not self._connection.is_local or (error.sent and not request.repeatable):
                raise
            self._restart_local()
            return self.rest.send(request)

    def compare(
        self,
        *results: Any,
        dataset: str | Dataset | None = None,
        space: str | Space | None = None,
        metrics: Sequence[str] | str | None = None,
        **settings: Any,
    ) -> Comparison:
        """Compare experiments by name: their runs, the examples of their dataset and the directions of
        annotation configs are read.

        Parameters
        ----------
        *results
            The baseline, then the candidates: experiments by name, id or object; paths, frames and results
            are taken as they are.
        dataset, space : optional
            Where to find names.
        metrics : sequence of str, optional
            Which evaluators, annotations (`annotation.quality`) or numeric columns; all that both sides have
            when not given.
        **settings
            All else that `arize_nb.compare` takes: `by`, `cluster`, `examples`, `pass_when`, `direction`,
            `margin`, `confidence`, `seed`…; and `on_rows`, which is told how many runs have come as they are
            read.

        Raises
        ------
        ComparisonError
            They have no metric, or no example, in common.
        """
        return compare_named(self, results, dataset=dataset, space=space, metrics=metrics, **settings)

    def notice(self, text: str) -> None:
        """Tell the user one line, `text`: keep it in `notices`, and hand it to the function that the client
        was given.
        """
        self.notices.append(text)
        self._on_notice(text)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            rest, self._rest = self._rest, None
            flight, self._flight = self._flight, None
        if rest is not None:
            rest.close()
        if flight is not None:
            flight.close()

    def __enter__(self) -> Client:
        """Enter a block at whose end the connections close."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """Show where it goes, never the key."""
        space = f", space {self.space!r}" if self.space else ""
        return f"Client({self._connection.source}, {self._connection.api_url or 'not started yet'}{space})"

    def _answerer(self, address: str) -> Answerer:
        """Describe who answers at an address, for messages."""
        connection = self._connection
        return Answerer(
            address=address,
            source=connection.source,
            profile_name=connection.profile_name,
            is_local=connection.is_local,
        )

    def _own(self, check: Literal["prover", "flight_dialer"]) -> Any:
        """Return a check of the workspace module that its own server is at the other end; None for any other
        service.
        """
        known = self._connection
        if not is_loopback(known.api_url):
            return None
        from arize_nb import workspace

        flight_url = known.flight_url if check == "flight_dialer" else None
        folder = None if known.is_local else workspace.folder_of(known.api_key, known.api_url, flight_url)
        return (
            getattr(workspace, check)(known.api_key, folder) if known.is_local or folder is not None else None
        )

    def _start_local(self) -> None:
        """Start or find the embedded workspace, and say that it is the one that answers."""
        from arize_nb import workspace

        with self._lock:
            running = workspace.ensure()
            self._connection = replace(
                self._connection,
                api_url=running.api_url,
                flight_url=running.flight_url,
                api_key=running.api_key,
                otlp_url=running.flight_url,
            )
        if running.notice:
            self.notice(running.notice)
        if self._says_local(running):
            self.notice(
                Hint.of(
                    "Using the local workspace of this machine. To connect to Arize instead: {} (or set"
                    " ARIZE_API_KEY).",
                    Choice("connect(api_key=…)", "%ax profiles create NAME"),
                )
            )

    def _restart_local(self) -> None:
        """Find the workspace again, wherever it is now."""
        self.close()
        self._start_local()


def connect(
    profile: str | None = None,
    *,
    space: str | None = None,
    api_key: str | None = None,
    host: str | None = None,
    verify: bool | None = None,
    notice: Callable[[str], None] | None = None,
    **routing: Any,
) -> Client:
    """Connect to a service.

    Parameters
    ----------
    profile : str, optional
        Name of a profile; `local` is the embedded workspace of this machine. Without one the first of these
        decides: ``ARIZE_PROFILE``, ``ARIZE_API_KEY`` with the other ``ARIZE_*`` variables, the active profile
        of the official program, `local`.
    space : str, optional
        Default space, a name or an id; ``ARIZE_SPACE`` when not given.
    api_key : str, optional
        The key itself, instead of a profile (from a secret manager, or for a second service in one notebook).
        It is never shown.
    host : str, optional
        One host for all services, with a port and ``http://`` where need be.
    verify : bool, optional
        Whether certificates are checked, where no profile says so.
    notice : callable, optional
        Called with each line that the user should read; without it they are warnings of the logger
        ``arize_nb``.
    **routing
        Where the services are, as the official SDK is told: `region`, `single_host`, `single_port`,
        `base_domain`, `api_host`, `api_port`, `api_scheme`, and the same for `otlp_…` and `flight_…`. What is
        not said comes from the ``ARIZE_*`` variables.

    Returns
    -------
    Client
        Nothing is sent, and no local workspace started, before it is first used.

    Raises
    ------
    ConfigError
        A profile or variable is missing or wrong; it is named.
    """
    told = {"api_key": api_key, "host": host, "verify": verify, **routing}
    if all(value is None for value in told.values()):
        return Client(config.resolve(profile), space=space, notice=notice)
    if profile is not None:
        name = next(name for name, value in told.items() if value is not None)
        raise ConfigError(
            f"profile={profile!r} and {name}= are given together",
            hint="A profile has its own: keep one of them.",
        )
    return Client(config.given(**told), space=space, notice=notice)


def _runs(experiment: Experiment) -> pd.DataFrame:
    """Read the runs of an experiment of the service that is connected to."""
    with connect() as client:
        return client.experiments.runs(experiment)


read_with(_runs)
