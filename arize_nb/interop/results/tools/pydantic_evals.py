"""pydantic-evals reports: cases with assertions, scores and labels, and the cases whose task failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, input_columns, inputs

_USAGE = {
    "cost": "cost",
    "input_tokens": "tokens.input",
    "output_tokens": "tokens.output",
    "total_tokens": "tokens.total",
}
"""Metrics of a task that stand for tokens and cost."""
_REPEAT = re.compile(r"(?P<name>.*) \[(?P<turn>\d+)/\d+\]")


def recognises(content: object) -> bool:
    """Say whether a JSON document is a report."""
    if (
        not isinstance(content, Mapping)
        or not isinstance(content.get("cases"), list)
        or "failures" not in content
    ):
        return False
    first: Mapping[str, Any] = next(iter([*content["cases"], *content["failures"]]), {})
    return {"assertions", "scores", "labels"} <= set(first) or "error_message" in first


def read(content: Mapping[str, Any], name: str) -> list[ToolExperiment]:
    """Read a report: the cases in their order, then those that failed."""
    return [
        ToolExperiment(
            name=str(content.get("name") or name),
            tool="pydantic-evals",
            rows=[_row(case) for case in (*content["cases"], *content["failures"])],
            input_columns=input_columns(
                case.get("inputs") for case in (*content["cases"], *content["failures"])
            ),
            metadata={
                key: content[key]
                for key in ("dataset_name", "experiment_metadata", "trace_id")
                if content.get(key) is not None
            },
        )
    ]


def _row(case: Mapping[str, Any]) -> Row:
    """Read one case; `q001 [1/2]` is the first of two repetitions of q001."""
    match = _REPEAT.fullmatch(case["name"]) if case.get("source_case_name") else None
    row: Row = {"example_id": str(case.get("source_case_name") or case["name"])}
    if match:
        row["repetition"] = int(match["turn"])
    row |= inputs(case.get("inputs"))
    row["expected"] = case.get("expected_output")
    row |= {
        key: value for key, value in inputs(case.get("metadata"), "case_metadata").items() if key not in row
    }
    row["output"], row["error"] = case.get("output"), case.get("error_message")
    if case.get("task_duration") is not None:
        row["latency_ms"] = 1000.0 * case["task_duration"]
    row |= {_USAGE.get(key, f"metrics.{key}"): value for key, value in (case.get("metrics") or {}).items()}
    row.update(_evaluations(case))
    return row


def _evaluations(case: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Read the three kinds of results; an evaluator that failed has none."""
    for key, result in (case.get("assertions") or {}).items():
        yield from evaluation(key, score=bool(result["value"]), explanation=result.get("reason"))
    for key, result in (case.get("scores") or {}).items():
        yield from evaluation(key, score=result["value"], explanation=result.get("reason"))
    for key, result in (case.get("labels") or {}).items():
        yield from evaluation(key, label=result["value"], explanation=result.get("reason"))
    for failure in case.get("evaluator_failures") or ():
        yield from evaluation(str(failure.get("name")), error=failure.get("error_message"))
