"""Trace tasks and evaluators with OpenTelemetry when an OTLP endpoint is configured; otherwise nothing is
imported.

Spans are OpenInference's: `Task: <name>` of kind CHAIN and `Evaluation: <name>` of kind EVALUATOR, a trace
each, named in the run by `result.trace.id` and `eval.<name>.trace.id`. Spans of an instrumented model client
become their children. They are sent in batches from a thread, so that a collector that does not answer never
holds up a run.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from arize_nb.errors import ConfigError
from arize_nb.harness.records.run_record import Failure
from arize_nb.harness.tracing.span_project import HeldSpans
from arize_nb.harness.values.json_values import clean_text, jsonable, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STANDARD_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
ARIZE_VARIABLES = ("ARIZE_OTLP_HOST", "ARIZE_OTLP_SCHEME", "ARIZE_OTLP_PORT")
_KINDS = {"task": ("Task", "CHAIN"), "evaluator": ("Evaluation", "EVALUATOR")}


class NoSpans:
    """Traces are off."""

    make = None

    def file_under(self, project: Callable[[], str | None]) -> None:
        """There is nothing to file."""

    def close(self) -> None:
        """There is nothing to send."""


class Span:
    """A span under way."""

    def __init__(self, span: Any) -> None:
        self._span = span
        self.trace_id = format(span.get_span_context().trace_id, "032x")
        """32 hex digits."""
        self.forgotten = False
        """Whether it is never sent."""

    def forget(self, value: object) -> Any:
        """Return a coroutine that the call made, which gets a span of its own when it is awaited."""
        self.forgotten = True
        return value

    def ended(self, value: Any) -> Any:
        """Note what the call returned, and return it."""
        self._span.set_attributes(_io("output", value))
        return value


class Spans:
    """Makes spans and sends them.

    Parameters
    ----------
    exporter : SpanExporter
        Where finished spans go.
    project : str
        Trace project that they are filed under, as long as the service names none.
    facts : mapping
        Metadata of every task's span: experiment and dataset, by name and id.
    """

    def __init__(self, exporter: Any, project: str, facts: Mapping[str, Any]) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"openinference.project.name": project, "service.name": "arize_nb"})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._held = HeldSpans(exporter, project)
        self._provider.add_span_processor(BatchSpanProcessor(self._held))  # type: ignore[arg-type, unused-ignore]
        self._tracer = self._provider.get_tracer("arize_nb")
        self._facts = dict(facts)

    @contextlib.contextmanager
    def make(self, stage: str, name: str, example_id: str, args: Any, kwargs: object) -> Iterator[Span]:
        """Trace one call; an exception marks the span and goes on."""
        from opentelemetry import context, trace
        from opentelemetry.trace import Status, StatusCode

        title, kind = _KINDS[stage]
        facts = (
            {**self._facts, "example_id": example_id}
            if stage == "task"
            else {"experiment_name": self._facts.get("experiment_name")}
        )
        attributes = {
            "openinference.span.kind": kind,
            "metadata": json.dumps(facts),
            **_io("input", args[0] if args else kwargs),
        }
        with self._tracer.start_as_current_span(
            f"{title}: {name}",
            context=context.Context(),
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
            end_on_exit=False,
        ) as span:
            made = Span(span)
            try:
                yield made
            except BaseException as error:
                failure = Failure.of(error)
                span.add_event(
                    "exception", {"exception.type": failure.error_type, "exception.message": failure.message}
                )
                span.set_status(Status(StatusCode.ERROR, f"{failure.error_type}: {failure.message}"))
                raise
            else:
                span.set_status(trace.StatusCode.OK)
            finally:
                if not made.forgotten:
                    span.end()

    def file_under(self, project: Callable[[], str | None]) -> None:
        """Send spans to the project that the service has for them, once it is known; until then they are
        held.
        """
        self._held.file_under(project())

    def close(self) -> None:
        """Send what is left, for at most a few seconds."""
        self._held.file_under(None)
        self._provider.force_flush(5000)
        self._provider.shutdown()


def spans_for(
    client: object, facts: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> Spans | NoSpans:
    """Make what traces calls, or what does not.

    Traces are on when ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``…_TRACES_ENDPOINT``) is set, or one of
    ``ARIZE_OTLP_HOST``, ``_SCHEME`` and ``_PORT``, unless they name the Flight port: so clients that insist
    on traces are pointed at a local workspace, which takes none.

    Raises
    ------
    ConfigError
        They are on, but the packages of the extra `otel` are missing.
    """
    standard = next((environ[name] for name in STANDARD_VARIABLES if environ.get(name)), None)
    connection = getattr(client, "connection", None)
    arize = (
        connection is not None
        and any(environ.get(name) for name in ARIZE_VARIABLES)
        and _has_collector(connection)
    )
    if not standard and not arize:
        return NoSpans()
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise ConfigError(
            "an OTLP endpoint is set, but OpenTelemetry is not installed",
            hint='Install it: pip install "arize-nb[otel]"',
        ) from error
    if standard:
        exporter = OTLPSpanExporter()
    else:
        assert connection is not None
        headers = {
            "authorization": connection.api_key,
            "arize-space-id": str(facts.get("space_id") or ""),
            "arize-interface": "otel",
        }
        url = str(connection.otlp_url)
        exporter = OTLPSpanExporter(endpoint=url, headers=headers, insecure=url.startswith("http://"))
    return Spans(exporter, f"{facts['experiment_name']}", facts)


def _has_collector(connection: Any) -> bool:
    """Whether something other than Flight is to take traces."""
    otlp, flight = urlsplit(str(connection.otlp_url)), urlsplit(str(connection.flight_url))
    return not connection.is_local and otlp.netloc != flight.netloc


def _io(side: str, value: object) -> dict[str, str]:
    """Return the attributes of an input or output: its text and what kind of text that is."""
    try:
        plain = jsonable(value)
    except (TypeError, ValueError):  # a trace may show what no output can be
        plain = clean_text(repr(value))
    text = to_text(plain) or ""
    found = {f"{side}.value": text}
    if not isinstance(plain, str):
        found[f"{side}.mime_type"] = "application/json"
    elif side == "input":
        found[f"{side}.mime_type"] = "text/plain"
    return found
