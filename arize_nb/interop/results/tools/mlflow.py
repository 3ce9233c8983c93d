"""MLflow's `genai.evaluate`: the `result_df` as a frame, CSV or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arize_nb.interop.results.parsing import parsed_cell
from arize_nb.interop.results.tool_experiment import (
    Row,
    ToolExperiment,
    evaluation,
    input_columns,
    inputs,
    value_columns,
)

_EXPECTATIONS = frozenset(
    {"expected_response", "expected_facts", "expected_retrieved_context", "guidelines", "ground_truth"}
)
"""Assessments that are what was expected, no metrics."""


def recognises(content: object) -> bool:
    """Say whether the rows of a table are MLflow's."""
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    return isinstance(first, Mapping) and {"trace_id", "state", "request", "response", "assessments"} <= set(
        first
    )


def read(content: Sequence[Mapping[str, Any]], name: str) -> list[ToolExperiment]:
    """Read the rows, one experiment. Rows whose trace errored have no evaluations, although MLflow gives them
    values.
    """
    rows = [_row(one) for one in content]
    return [
        ToolExperiment(
            name=name,
            tool="mlflow",
            rows=rows,
            input_columns=input_columns(parsed_cell(one.get("request")) for one in content),
        )
    ]


def _row(one: Mapping[str, Any]) -> Row:
    request = parsed_cell(one.get("request"))
    row: Row = {"example_id": _key(request)} | inputs(request)
    expectations = _expectations(one)
    row["expected"] = next(iter(expectations.values())) if len(expectations) == 1 else expectations or None
    errored = one.get("state") == "ERROR"
    row["output"] = None if errored else parsed_cell(one.get("response"))
    row["error"] = _message(one) if errored else None
    if one.get("execution_duration") is not None:
        row["latency_ms"] = _milliseconds(one["execution_duration"])
    if not errored:
        row.update(_evaluations(one, expectations))
    return row


def _key(request: object) -> str:
    """Return what tells an example from others: its inputs."""
    import orjson

    return (
        request
        if isinstance(request, str)
        else orjson.dumps(request, option=orjson.OPT_SORT_KEYS, default=str).decode()
    )


def _milliseconds(value: Any) -> float:
    """Return a duration in milliseconds; frames hold timedeltas."""
    seconds = getattr(value, "total_seconds", None)
    return 1000.0 * seconds() if seconds is not None else float(value)


def _assessments(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = parsed_cell(one.get("assessments"))
    return [part for part in found if isinstance(part, Mapping)] if isinstance(found, list) else []


def _expectations(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was expected: the assessments that say so, else the columns of the usual names."""
    told = dict.fromkeys(str(part["assessment_name"]) for part in _assessments(one) if "expectation" in part)
    names = sorted(told or _EXPECTATIONS)
    return {name: one[f"{name}/value"] for name in names if one.get(f"{name}/value") is not None}


def _evaluations(one: Mapping[str, Any], expectations: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column, value in one.items():
        name = column.removesuffix("/value")
        if name == column or name in expectations or name in _EXPECTATIONS:
            continue
        error = one.get(f"{name}/error_message")
        if error:
            yield from evaluation(name, error=error)
        elif value in ("True", "False"):
            yield from evaluation(name, score=value == "True", explanation=one.get(f"{name}/rationale"))
        else:
            yield from value_columns(name, value, one.get(f"{name}/rationale"))


def _message(one: Mapping[str, Any]) -> str:
    """Return why a run errored: what its spans say, else that it did."""
    for span in parsed_cell(one.get("spans")) or ():
        status = span.get("status") if isinstance(span, Mapping) else None
        if isinstance(status, Mapping) and status.get("message"):
            return str(status["message"])
    return "the trace's state is ERROR"
