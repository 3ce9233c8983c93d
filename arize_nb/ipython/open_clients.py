"""Clients that stay open from one line of a notebook to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from arize_nb import config

if TYPE_CHECKING:
    from arize_nb.client import Client


class OpenClients:
    """One client a profile, made anew when what the profile means has changed (a variable, the active
    profile, the data folder).
    """

    def __init__(self) -> None:
        self._known: dict[str | None, tuple[object, Client]] = {}
        self._notice: Callable[[str], None] = print

    def get(self, profile: str | None, notice: Callable[[str], None]) -> Client:
        """Return the client of a profile; `notice` hears what it says until the next call."""
        from arize_nb import workspace
        from arize_nb.client import connect

        self._notice = notice
        connection = config.resolve(profile)
        meaning = (connection, workspace.data_directory() if connection.is_local else None)
        known = self._known.get(profile)
        if known is None or known[0] != meaning:
            if known is not None:
                known[1].close()
            self._known[profile] = known = (meaning, connect(profile, notice=lambda text: self._notice(text)))
        return known[1]

    def close(self) -> None:
        """Close them all."""
        for _, client in self._known.values():
            client.close()
        self._known.clear()
