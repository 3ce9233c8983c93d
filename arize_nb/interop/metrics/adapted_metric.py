"""A metric of another tool as a function that the harness can call: which fields it needs, and where an
example has them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from arize_nb.errors import InputError

OUTPUT = frozenset(
    {
        "output",
        "outputs",
        "actual_output",
        "response",
        "prediction",
        "predictions",
        "completion",
        "submission",
        "y_pred",
    }
)
"""Names that the tools give to what the task returned."""
EXPECTED = (
    *(
        "expected",
        "expected_output",
        "reference",
        "reference_output",
        "reference_outputs",
        "references",
        "ground_truth",
        "target",
    ),
    *("ideal", "answer", "gold", "y_true", "expectations"),
)
INPUT = ("input", "question", "query", "prompt", "user_input", "inputs")
CONTEXT = (
    "retrieved_contexts",
    "retrieval_context",
    "contexts",
    "context",
    "documents",
    "reference_contexts",
)
"""Names that the tools give to one thing (expected, asked, looked up); a field takes the first column there
is.
"""


@dataclass(frozen=True, kw_only=True)
class AdaptedMetric:
    """A metric of another tool."""

    name: str
    """Its own name: `.name`, `.key`."""
    tool: str
    """autoevals, deepeval, …"""
    required: tuple[str, ...]
    """Fields that it cannot do without, by the tool's names."""
    call: Callable[[dict[str, Any]], Any]
    """Judge one run: fields by the tool's names -> what evaluations are made of. A coroutine function where
    the tool has one.
    """
    optional: tuple[str, ...] = ()
    """Fields that it takes when they are there."""
    takes_all: bool = False
    """Whether it takes every column besides (`**kwargs`)."""
    map: Mapping[str, str] = field(default_factory=dict)
    """Field -> column, as the user said."""
    subject: Any = None
    """The tool's own object: what a fingerprint describes."""

    def fitted(self, columns: Collection[str]) -> Callable[..., Any]:
        """Return a function whose parameters say what it takes of an example.

        Raises
        ------
        InputError
            A required field that no column holds, or a column of `map` that is not there.
        """
        places = {name: self._place(name, columns) for name in (*self.required, *self.optional)}
        lacking = [name for name in self.required if places[name] is None]
        if lacking:
            what = (
                f"the {self.tool} metric {self.name!r} needs {', '.join(map(repr, lacking))}, which no column"
                " holds"
            )
            told = f'Say which it is: ax.evaluator(metric, map={{{lacking[0]!r}: "COLUMN"}}).'
            raise InputError(what, hint=f"Columns are {', '.join(sorted(columns)[:20])}. {told}")
        taken = {name: place for name, place in places.items() if place is not None}
        if self.takes_all:
            taken |= {
                name: name
                for name in columns
                if name not in taken and name.isidentifier() and name not in OUTPUT
            }
        return _function(self, taken)

    def _place(self, name: str, columns: Collection[str]) -> str | None:
        """Return where a field comes from: `output` or a column; None for nowhere."""
        if name in self.map:
            if self.map[name] in columns or self.map[name] == "output":
                return self.map[name]
            hint = f"Columns are {', '.join(sorted(columns)[:20])}."
            raise InputError(
                f"map={{{name!r}: {self.map[name]!r}}} names no column of the dataset", hint=hint
            )
        if name in OUTPUT:
            return "output"
        if name in columns:
            return name
        for names in (EXPECTED, INPUT, CONTEXT):
            if name in names:
                return next((other for other in names if other in columns), None)
        return None


def _function(metric: AdaptedMetric, taken: Mapping[str, str]) -> Callable[..., Any]:
    """Make the function that the harness binds and calls."""

    def fields(values: Mapping[str, Any]) -> dict[str, Any]:
        row = values.get("dataset_row") or {}
        return {
            name: values["output"] if place == "output" else row.get(place) for name, place in taken.items()
        }

    async def judge_async(**values: object) -> Any:
        return await metric.call(fields(values))

    def judge_sync(**values: object) -> Any:
        return metric.call(fields(values))

    judge: Any = judge_async if inspect.iscoroutinefunction(metric.call) else judge_sync
    parts = ["output"] if set(taken.values()) <= {"output"} else ["output", "dataset_row"]
    judge.__name__ = judge.__qualname__ = metric.name
    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in parts]
    judge.__signature__ = inspect.Signature(parameters)
    judge.__wrapped_metric__ = metric.subject
    function: Callable[..., Any] = judge
    return function
