"""The Flight side: bulk reads and writes of runs and examples as Arrow streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.flight as flight

if TYPE_CHECKING:
    from arize_nb.server.rest_gate import Activity
    from arize_nb.server.store import Store


class FlightService(flight.FlightServerBase):  # type: ignore[misc]
    """Serve the workspace over Arrow Flight.

    Parameters
    ----------
    store : Store
        Where everything is kept.
    api_key : str
        The key that every call must carry as ``auth-token-bin``.
    location : str
        Where to listen, such as ``grpc://127.0.0.1:0``.
    activity : Activity, optional
        Told of every call while it is open.
    """

    def __init__(self, store: Store, api_key: str, location: str, *, activity: Activity | None = None) -> None:
        super().__init__(location)
        self._store = store
        self._activity = activity
