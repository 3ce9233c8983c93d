"""Names that the service has now, for completion: from a short-lived cache, never waited for long."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arize_nb.client import Client

TTL_S = 60.0
"""How long names are good."""
COLD_S = 0.3
"""Longest wait for names never asked for before; they are there at the next Tab."""
SHELL_S = 1.5
"""The same for a shell, whose every Tab is a new process: there is no next time."""
WARM_S = 0.15
"""Longest wait for fresh names where old ones can be shown instead."""

_UNTYPABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Letters of a name that would break the line or steer the terminal; such a resource is called by its id."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which names."""

    kind: str
    """experiment, dataset, space, project or annotation config; run column, example column."""
    profile: str | None = None
    space: Any = None
    """Name, id or object of the space they are in."""
    dataset: Any = None
    """Name, id or object of the dataset they are of."""
    experiment: Any = None
    """Name, id or object of the experiment whose columns are asked for."""
    containing: str | None = None
    """Text that the service shall look for; None asks for the first page."""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one question from another."""
        return (
            self.kind,
            *(
                str(getattr(one, "id", one))
                for one in (self.profile, self.space, self.dataset, self.experiment, self.containing)
            ),
        )


@dataclass(frozen=True, kw_only=True)
class _Answer:
    names: tuple[str, ...]
    is_all: bool
    at: float


class LiveNames:
    """Names by question, each asked for in a daemon thread.

    Parameters
    ----------
    cold_s : float
        Longest wait for names never asked for before, in seconds.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(self, *, cold_s: float = COLD_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._cold_s = cold_s
        self._clock = clock
        self._answers: dict[tuple[str, ...], _Answer] = {}
        self._running: dict[tuple[str, ...], threading.Thread] = {}
        self._clients: dict[str | None, tuple[Any, Client]] = {}
        self._lock = threading.Lock()

    def __call__(self, kind: str, start: str, where: Mapping[str, Any]) -> list[str]:
        """Answer a session that completes: `where` has the space, the dataset and the profile of the line."""
        return self.starting_with(Asked(kind=kind, **where), start)

    def starting_with(self, asked: Asked, start: str) -> list[str]:
        """Return the names that start with a text, any case; empty when the service is slow, silent or not
        known.

        Where there are more than one page of names, the service is asked for those that contain the text.
        """
        answer = self._answer(asked)
        if answer is not None and not answer.is_all and start:
            answer = self._answer(replace(asked, containing=start)) or answer
        names = answer.names if answer is not None else ()
        return [
            name for name in names if name.lower().startswith(start.lower()) and not _UNTYPABLE.search(name)
        ]

    def _answer(self, asked: Asked) -> _Answer | None:
        """Return what is known, asking again when it is old."""
        known = self._answers.get(asked.key)
        if known is not None and self._clock() - known.at < TTL_S:
            return known
        with self._lock:
            thread = self._running.get(asked.key)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(target=self._ask, args=(asked,), name="ax-names", daemon=True)
                self._running[asked.key] = thread
                thread.start()
        thread.join(self._cold_s if known is None else WARM_S)
        return self._answers.get(asked.key)

    def _ask(self, asked: Asked) -> None:
        """Ask the service; whatever goes wrong leaves what was known."""
        try:
            client = self._client(asked.profile)
            if client is not None:
                self._answers[asked.key] = _answer(client, asked, self._clock())
        except Exception:  # noqa: BLE001, S110 - completion is a convenience: it must never get in the way
            pass

    def _client(self, profile: str | None) -> Client | None:
        """Return a client; None where there is nothing to ask yet: Tab starts no local workspace."""
        from arize_nb import config, workspace
        from arize_nb.client import Client

        connection = config.resolve(profile)
        if connection.is_local and not connection.api_url:
            running = workspace.status()
            if running is None:
                return None
            # with its addresses filled in, the client says nothing about the local workspace
            connection = replace(
                connection, api_url=running.api_url, flight_url=running.flight_url, api_key=running.api_key
            )
        known = self._clients.get(profile)
        if known is None or known[0] != connection:
            self._clients[profile] = known = (connection, Client(connection, notice=lambda _text: None))
        return known[1]


def _answer(client: Client, asked: Asked, now: float) -> _Answer:
    """Ask for what is wanted: a page of names, or the columns of the first few records."""
    if asked.kind.endswith("column"):
        return _Answer(names=_columns(client, asked), is_all=True, at=now)
    page = _page(client, asked)
    names = tuple(dict.fromkeys(item.name for item in page if item.name))
    return _Answer(names=names, is_all=page.next_cursor is None, at=now)


_FEW = 20
"""Records whose columns are offered: a column that comes later only is not."""


def _columns(client: Client, asked: Asked) -> tuple[str, ...]:
    """Return the columns of the first few runs of an experiment, or examples of a dataset."""
    from arize_nb.frames import table_from_records

    if asked.kind == "example column":
        page = client.datasets.examples_page(asked.dataset, space=asked.space, limit=_FEW)
        return tuple(table_from_records(list(page), "example").column_names)
    page = client.experiments.runs_page(
        asked.experiment, dataset=asked.dataset, space=asked.space, limit=_FEW
    )
    return tuple(table_from_records(list(page), "run").column_names)


def _page(client: Client, asked: Asked) -> Any:
    """Ask for one page of names."""
    where: dict[str, Any] = {"limit": 100, "name": asked.containing}
    if asked.kind == "space":
        return client.spaces.list(**where)
    where["space"] = asked.space
    if asked.kind == "dataset":
        return client.datasets.list(**where)
    if asked.kind == "project":
        return client.projects.list(**where)
    if asked.kind == "annotation config":
        return client.annotation_configs.list(**where)
    return client.experiments.list(dataset=asked.dataset, **where)
