"""Sum up the tokens and the cost of model calls that an instrumented client traces inside a task.

Needs no collector of ours: whoever instruments a model client (OpenInference, Phoenix, Arize) has a global
tracer provider, and every span of kind LLM that starts within a task is the task's. Where OpenTelemetry's SDK
is not loaded there is nothing to sum up, and nothing is imported.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

from arize_nb.harness.functions.task import current_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arize_nb.harness.functions.task import Reported

_watched: weakref.WeakSet[Any] = weakref.WeakSet()
_lock = threading.Lock()


def watch_model_calls() -> None:
    """Hear of the spans of the global tracer provider, once each; nothing is done when there is none that
    records.
    """
    sdk = sys.modules.get("opentelemetry.sdk.trace")
    if sdk is None:
        return
    from opentelemetry.trace import get_tracer_provider

    provider = get_tracer_provider()
    if not isinstance(provider, sdk.TracerProvider):
        return
    with _lock:
        if provider in _watched:
            return
        _watched.add(provider)
    # the SDK's own method: those of some providers put a new processor in the place of the one that exports
    sdk.TracerProvider.add_span_processor(provider, _processor(sdk.SpanProcessor))


def _processor(base: Any) -> Any:
    """Make a span processor; its base class is there only when the SDK is loaded."""

    class ModelCalls(base):  # type: ignore[misc]
        """Notes at its start whose call a span is in, and at its end what it cost."""

        def __init__(self) -> None:
            self._reports: dict[int, Reported] = {}

        def on_start(self, span: Any, parent_context: object = None) -> None:  # noqa: ARG002
            report = current_report()
            if report is not None:
                self._reports[span.get_span_context().span_id] = report

        def on_end(self, span: Any) -> None:
            report = self._reports.pop(span.get_span_context().span_id, None)
            if report is not None:
                add(report, span.attributes or {})

    return ModelCalls()


def add(report: Reported, attributes: Mapping[str, Any]) -> None:
    """Add a span's tokens and cost, when it is a model call.

    Attributes are OpenInference's: `llm.token_count.total`, or the sum of prompt and completion;
    `llm.cost.total`.
    """
    if attributes.get("openinference.span.kind") != "LLM":
        return
    tokens = attributes.get("llm.token_count.total")
    if tokens is None:
        parts = [attributes.get(f"llm.token_count.{part}") for part in ("prompt", "completion")]
        tokens = (
            sum(part for part in parts if part is not None)
            if any(part is not None for part in parts)
            else None
        )
    cost = attributes.get("llm.cost.total")
    with _lock:  # a task may call models from several threads
        if tokens is not None:
            report.traced_tokens = (report.traced_tokens or 0) + int(tokens)
        if cost is not None:
            report.traced_cost = (report.traced_cost or 0.0) + float(cost)
