"""What a call of user code came to: a value, or a failure that is data."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass, field
from typing import Any

from arize_nb.harness.values.json_values import clean_text

TRACEBACK_LINES = 40
"""Most lines kept of a traceback: the end says what happened."""
SHORTEST_SECRET = 8
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD")


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed: the run goes on, and this is its result."""

    error_type: str
    """Class of the exception: "TimeoutError"."""
    message: str
    """Its text, secrets of the environment masked."""
    text: str
    """Its repr, as the official runner records it: "ValueError('bad')"."""
    traceback: str = ""
    """Last lines of the traceback; empty when there is none (timeout)."""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Describe an exception, without the frames of this package."""
        lines = _says(
            error, lambda item: "".join(traceback.format_exception(type(item), item, _user_frames(item)))
        )
        text = lines.splitlines()[-TRACEBACK_LINES:]
        return cls(
            error_type=type(error).__name__,
            message=mask(clean_text(_says(error, str))),
            text=mask(clean_text(_says(error, repr))),
            traceback=mask(clean_text("\n".join(text))),
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluator says about one run; at least one of score, label and explanation.

    Parameters
    ----------
    score : float, optional
        A finite number.
    label : str, optional
        A category: "correct".
    explanation : str, optional
        Why.
    metadata : dict, optional
        More facts, by name; kept as `eval.<name>.metadata.<key>`.
    name : str, optional
        Name of the metric; the evaluator's own name when left out.
    """

    score: float | None = None
    label: str | None = None
    explanation: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    name: str | None = None


@dataclass(slots=True)
class RunRecord:
    """One run of the task on one example: an output or an error, and what was measured."""

    example_id: str
    repetition: int
    output: Any = None
    """JSON-able; None when the run failed."""
    failure: Failure | None = None
    latency_ms: float | None = None
    """Duration of the last call, waiting and earlier attempts left out."""
    started_at_ms: int | None = None
    """When the last call began (epoch milliseconds)."""
    token_count: int | None = None
    total_cost: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    """More columns that the task reported."""
    trace_id: str | None = None
    attempts: int = 0
    """Calls of the task that it took; 0 where that is not known."""
    evaluations: dict[str, EvaluatorRecord] = field(default_factory=dict)
    """By evaluator name."""

    @property
    def key(self) -> tuple[str, int]:
        """What tells the run from the others of its experiment."""
        return (self.example_id, self.repetition)

    @property
    def has_failure(self) -> bool:
        """Whether the task failed, or an evaluator did."""
        return self.failure is not None or any(made.failure is not None for made in self.evaluations.values())


@dataclass(slots=True)
class EvaluatorRecord:
    """What one evaluator made of one run: evaluations by metric name, a failure, or (some
    metrics bad) both.
    """

    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    failure: Failure | None = None
    """Why there is no evaluation, or not one of each metric."""
    trace_id: str | None = None
    started_at_ms: int | None = None
    token_count: int | None = None
    """What it reported; a part of what its run has cost."""
    total_cost: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    """More columns of the run that it reported."""
    failures: dict[str, Failure] = field(default_factory=dict)
    """Metrics that could not be read, or of which nothing was said, where others could."""


def _says(error: BaseException, how: Any) -> str:
    """Take str() or repr() of an exception; a broken __str__ of user code must not end the run, nor the
    thread it is in.
    """
    try:
        return str(how(error))
    except BaseException as broken:  # noqa: BLE001 - user code
        return f"{type(error).__name__} (its text cannot be made: {type(broken).__name__})"


def _user_frames(error: BaseException) -> Any:
    """Skip the leading frames of this package."""
    trace = error.__traceback__
    while (
        trace is not None
        and "arize_nb" + os.sep + "harness" in trace.tb_frame.f_code.co_filename
        and trace.tb_next is not None
    ):
        trace = trace.tb_next
    return trace


def mask(text: str) -> str:
    """Replace secrets of the environment: error texts are uploaded, and often quote a request."""
    for name, value in os.environ.items():
        if (
            len(value) >= SHORTEST_SECRET
            and value in text
            and any(word in name.upper() for word in _SECRET_WORDS)
        ):
            text = text.replace(value, f"***{name}***")
    return text
