"""Hold spans back until it is known under which project the service files those of an experiment."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = "openinference.project.name"
HELD = 5_000
"""Spans that are held at most: a run that never makes its experiment must not fill the memory."""


class HeldSpans:
    """An exporter in front of another one; made like OpenTelemetry's `SpanExporter`.

    Parameters
    ----------
    exporter : SpanExporter
        Where spans go in the end.
    fallback : str
        Project for spans of an experiment that is never made, or whose project nobody names.
    """

    def __init__(self, exporter: Any, fallback: str) -> None:
        self._exporter = exporter
        self._project: str | None = None
        self._fallback = fallback
        self._held: list[Any] = []
        self._lock = threading.Lock()

    def file_under(self, project: str | None) -> None:
        """Send what was held, and all that comes, to a project; to the fallback without one."""
        with self._lock:
            if self._project is not None:
                return
            self._project = project or self._fallback
            held, self._held = self._held, []
        if held:
            self._send(held)

    def export(self, spans: Sequence[Any]) -> Any:
        """Take spans from the processor."""
        with self._lock:
            if self._project is None and len(self._held) + len(spans) <= HELD:
                self._held += spans
                return _success()
        self.file_under(None)  # too many: they go where they would go without a project
        return self._send(spans)

    def _send(self, spans: Sequence[Any]) -> Any:
        return self._exporter.export([_filed(span, str(self._project)) for span in spans])

    def shutdown(self) -> None:
        """Send what is held, and end."""
        self.file_under(None)
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait for what was sent; what is held stays."""
        return bool(self._exporter.force_flush(timeout_millis))


def _success() -> Any:
    from opentelemetry.sdk.trace.export import SpanExportResult

    return SpanExportResult.SUCCESS


def _filed(span: Any, project: str) -> Any:
    """Return a finished span under a project; spans cannot be changed."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan

    if span.resource.attributes.get(PROJECT) == project:
        return span
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource.merge(Resource({PROJECT: project})),
        attributes=span.attributes,
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def project_of(client: Any, experiment: object) -> str | None:
    """Ask the service for the project of an experiment's traces; None when it names none."""
    from arize_nb.errors import AxError

    found = getattr(experiment, "experiment_traces_project_id", None)
    if not found:
        return None
    try:
        name = client.projects.get(found).name
    except AxError:
        return None
    return str(name) if name else None
