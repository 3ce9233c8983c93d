"""The REST side: the application, its key check and how refusals become problem documents."""

from __future__ import annotations

import hmac
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from fastapi import FastAPI

if TYPE_CHECKING:
    from arize_nb.server.store import Store


class Activity(Protocol):
    """Something that wants to know while requests and streams are open."""

    def request(self) -> AbstractContextManager[object]:
        """Mark a request as open until the block ends."""


def make_app(store: Store, api_key: str, *, activity: Activity | None = None) -> FastAPI:
    """Make the REST application over a store.

    Parameters
    ----------
    store : Store
        Where everything is kept.
    api_key : str
        The key that every request under ``/v2`` must carry.
    activity : Activity, optional
        Told of every request while it is open.
    """
    app = FastAPI(title="arize_nb embedded workspace", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.store = store
    return app
