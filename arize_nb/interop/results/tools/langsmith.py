"""LangSmith's `to_pandas`: a frame, CSV or JSON of `inputs.*`, `outputs.*`, `reference.*`, `feedback.*`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arize_nb.interop.results.tool_experiment import OURS, Row, ToolExperiment, evaluation, value_columns


def recognises(content: object) -> bool:
    """Say whether the rows of a table are LangSmith's."""
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    if not isinstance(first, Mapping) or not {"example_id", "execution_time"} <= set(first):
        return False
    return any(name.startswith(("inputs.", "feedback.")) for name in first)


def read(content: Sequence[Mapping[str, Any]], name: str) -> list[ToolExperiment]:
    """Read the rows; several of one example are repetitions in the order in which they stand."""
    keys = [str(one["example_id"]) for one in content]
    repeated = len(set(keys)) < len(keys)
    times: dict[str, int] = {}
    rows = []
    for key, one in zip(keys, content, strict=True):
        row = _row(key, one)
        if repeated:
            times[key] = row["repetition"] = times.get(key, 0) + 1
        rows.append(row)
    given = tuple(
        dict.fromkeys(
            _plain(name, "inputs.") for one in content for name in one if name.startswith("inputs.")
        )
    )
    return [ToolExperiment(name=name, tool="langsmith", rows=rows, input_columns=given)]


def _row(key: str, one: Mapping[str, Any]) -> Row:
    row: Row = {"example_id": key}
    row |= {_plain(name, "inputs."): value for name, value in one.items() if name.startswith("inputs.")}
    expected = {
        name.removeprefix("reference."): value for name, value in one.items() if name.startswith("reference.")
    }
    outputs = {
        name.removeprefix("outputs."): value for name, value in one.items() if name.startswith("outputs.")
    }
    outputs = {name: value for name, value in outputs.items() if value is not None} or {"output": None}
    error = one.get("error")
    row["expected"] = next(iter(expected.values())) if len(expected) == 1 else expected or None
    row["output"] = None if error else next(iter(outputs.values())) if len(outputs) == 1 else outputs
    row["error"] = str(error).split("\n\n", 1)[0] if error else None
    if one.get("execution_time") is not None:
        row["latency_ms"] = 1000.0 * float(one["execution_time"])
    if not error:
        row.update(_feedback(one))
    return row


def _plain(name: str, prefix: str) -> str:
    short = name.removeprefix(prefix)
    return f"input.{short}" if short in OURS else short


def _feedback(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Read the feedback; True and False stand as text in a CSV with empty cells."""
    for name, value in one.items():
        if name.startswith("feedback."):
            metric = name.removeprefix("feedback.")
            if value in ("True", "False"):
                yield from evaluation(metric, score=value == "True")
            else:
                yield from value_columns(metric, value)
