"""Where the Arize UI shows an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arize_nb.config.addresses import is_loopback, ui_url


def has_pages(connection: Any) -> bool:
    """Say whether the service behind a connection has web pages; a workspace on this machine has none."""
    return connection is not None and not connection.is_local and not is_loopback(connection.api_url)


def experiment_link(app_url: str, organization_id: str, facts: Mapping[str, Any]) -> str | None:
    """Return the address of an experiment's dataset in the Arize UI, at its experiments; None when an id is
    not known.
    """
    if not facts.get("space_id") or not facts.get("dataset_id"):
        return None
    return ui_url(
        app_url,
        organization_id,
        str(facts["space_id"]),
        "datasets",
        str(facts["dataset_id"]),
        selectedTab="experiments",
    )
