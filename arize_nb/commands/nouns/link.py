"""`link`: where the Arize UI shows a dataset, an experiment or a trace."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

import click

from arize_nb.commands.line.options import in_dataset, subject
from arize_nb.commands.line.variables import option
from arize_nb.commands.root import AxCommand
from arize_nb.config.addresses import is_loopback, ui_url
from arize_nb.errors import AxError, CommandError, ConfigError, NotFoundError
from arize_nb.models import Dataset, Experiment

if TYPE_CHECKING:
    from arize_nb.commands.line.options import Scope
    from arize_nb.commands.line.session import Session


@dataclass(frozen=True, kw_only=True)
class Link:
    """An address of the Arize UI."""

    url: str
    """The address."""
    title: str
    """What it shows."""

    def __str__(self) -> str:
        """Return the address."""
        return self.url

    def _repr_html_(self) -> str:
        """Return an anchor, escaped."""
        return (
            f'<a href="{escape(self.url, quote=True)}" target="_blank" rel="noopener'
            f' noreferrer">{escape(self.title)}</a>'
        )


@click.command("link", cls=AxCommand)
@subject("experiment", "dataset")
@in_dataset
@option(
    "--trace",
    "trace_id",
    metavar="ID",
    help="Link to this trace of the experiment (a run's result.trace.id).",
)
@click.pass_obj
def command(session: Session, which: object, scope: Scope, trace_id: str | None) -> Link:
    """Link to the Arize UI: an experiment (with --dataset, or by its id), a dataset, or a trace."""
    connection = session.client.connection
    if connection.is_local or is_loopback(connection.api_url):
        raise ConfigError(
            "a local workspace has no web pages",
            hint="Look at an experiment here: %ax experiments browse NAME --dataset DATASET",
        )
    found = _find(session.client, which, scope)
    organization = session.client.spaces.get(str(found.space_id)).organization_id
    if not organization:
        raise ConfigError(
            f"the service does not say which organization space {found.space_id} belongs to, and the link"
            " needs it",
            hint=f"Open {connection.app_url} and look for {found.name!r}.",
        )
    base = (connection.app_url, organization, str(found.space_id))
    if trace_id is not None:
        return _trace_link(base, found, trace_id)
    if isinstance(found, Experiment) and not found.dataset_id:
        raise CommandError(
            f"experiment {found.name!r} belongs to no dataset, and the UI shows experiments under their"
            " dataset"
        )
    dataset_id, tab = (
        (found.id, "examples") if isinstance(found, Dataset) else (str(found.dataset_id), "experiments")
    )
    return Link(url=ui_url(*base, "datasets", dataset_id, selectedTab=tab), title=f"{found.name} ({tab})")


def _find(client: Any, which: Any, scope: Scope) -> Dataset | Experiment:
    """Find what is meant: an object, an id of either kind, an experiment of the dataset given, a dataset, an
    experiment of the space.
    """
    if isinstance(which, (Dataset, Experiment)):
        return which
    kind = _kind_of_id(which)
    if kind == "Experiment" or scope.dataset is not None:
        experiment: Experiment = client.experiments.get(which, dataset=scope.dataset, space=scope.space)
        return experiment
    try:
        dataset: Dataset = client.datasets.get(which, space=scope.space)
    except NotFoundError:
        if kind is not None:
            raise
        try:
            standalone: Experiment = client.experiments.get(which, space=scope.space)
        except AxError:
            raise NotFoundError(
                "dataset or experiment", which, hint="Name the experiment's dataset: --dataset DATASET"
            ) from None
        return standalone
    return dataset


def _kind_of_id(text: str) -> str | None:
    """Return the type word of a resource id (`Experiment:1:aBcD` in base64); None for a name."""
    from arize_nb.wire.ids import is_resource_id

    return base64.b64decode(text).decode().partition(":")[0] if is_resource_id(text) else None


def _trace_link(base: tuple[str, str, str], found: Dataset | Experiment, trace_id: str) -> Link:
    """Link to a trace; the page wants a window of time, so it is opened a day around the experiment."""
    project = getattr(found, "experiment_traces_project_id", None)
    if not project:
        raise CommandError(
            f"{found.name!r} has no project of traces",
            hint="Only experiments that were run with tracing have one.",
        )
    start = (found.created_at or datetime.now(UTC)) - timedelta(days=1)
    end = (found.updated_at or datetime.now(UTC)) + timedelta(days=1)
    query = {
        "selectedTraceId": trace_id,
        "queryFilterA": "",
        "selectedTab": "llmTracing",
        "timeZoneA": "UTC",
        "startA": str(int(start.timestamp() * 1000)),
        "endA": str(int(end.timestamp() * 1000)),
        "envA": "tracing",
        "modelType": "generative_llm",
    }
    return Link(url=ui_url(*base, "projects", project, **query), title=f"trace {trace_id}")
