"""Phoenix experiments: the JSON and CSV that the app downloads, and what the client returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from arize_nb.interop.results.parsing import parsed_cell
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, input_columns, inputs

_ENDINGS = ("_score", "_label", "_explanation", "_error")


def recognises(content: object) -> bool:
    """Say whether a JSON document or the rows of a table are an experiment of Phoenix's."""
    if isinstance(content, Mapping):
        return {"experiment_id", "task_runs", "evaluation_runs"} <= set(content)
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    if not isinstance(first, Mapping) or not {"example_id", "repetition_number", "reference_output"} <= set(
        first
    ):
        return False
    return (
        "annotations" in first
        or any(name.startswith("annotation_") for name in first)
        or "latency_ms" in first
    )


def read(content: Any, name: str) -> list[ToolExperiment]:
    """Read one experiment; a run that errored has no evaluations, although Phoenix gives it scores of 0."""
    if isinstance(content, Mapping):
        facts = content.get("experiment_metadata") or {}
        rows, told = list(_ran(content)), content.get("experiment_name") or name
        return [ToolExperiment(name=str(told), tool="phoenix", rows=rows, metadata=facts)]
    given = input_columns(parsed_cell(one.get("input")) for one in content)
    return [
        ToolExperiment(name=name, tool="phoenix", rows=[_row(one) for one in content], input_columns=given)
    ]


def _row(one: Mapping[str, Any]) -> Row:
    """Read a run of a download, JSON or CSV."""
    row: Row = {"example_id": str(one["example_id"]), "repetition": int(one.get("repetition_number") or 1)}
    row |= inputs(parsed_cell(one.get("input")))
    row["expected"] = _alone(parsed_cell(one.get("reference_output")))
    row |= {
        key: value
        for key, value in inputs(parsed_cell(one.get("metadata")), "case_metadata").items()
        if key not in row
    }
    error = one.get("error") or None
    row["output"], row["error"] = None if error else _alone(parsed_cell(one.get("output"))), error
    counts = (
        ("latency_ms", "latency_ms"),
        ("tokens.input", "prompt_token_count"),
        ("tokens.output", "completion_token_count"),
    )
    row |= {column: one[key] for column, key in counts if one.get(key) is not None}
    if not error:
        row.update(_annotations(one))
    return row


def _annotations(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Read the annotations: a list in JSON, columns in CSV (names may hold `_`: known endings are cut from
    the right).
    """
    for found in one.get("annotations") or ():
        yield from evaluation(
            found["name"],
            **{member: found.get(member) for member in ("score", "label", "explanation", "error")},
        )
    names = dict.fromkeys(
        key.removeprefix("annotation_").removesuffix(ending)
        for key in one
        for ending in _ENDINGS
        if key.startswith("annotation_") and key.endswith(ending)
    )
    for name in names:
        members = {ending[1:]: one.get(f"annotation_{name}{ending}") for ending in _ENDINGS}
        yield from evaluation(name, **{key: None if value == "" else value for key, value in members.items()})


def _ran(content: Mapping[str, Any]) -> Iterator[Row]:
    """Join the runs and evaluations that the client returns."""
    judged: dict[str, list[Mapping[str, Any]]] = {}
    for one in content["evaluation_runs"]:
        judged.setdefault(one["experiment_run_id"], []).append(one)
    for run in content["task_runs"]:
        error = run.get("error")
        row: Row = {
            "example_id": str(run["dataset_example_id"]),
            "repetition": run.get("repetition_number", 1),
        }
        row |= {"output": None if error else _alone(run.get("output")), "error": error}
        if run.get("start_time") and run.get("end_time"):
            began, ended = (datetime.fromisoformat(str(run[key])) for key in ("start_time", "end_time"))
            row["latency_ms"] = (ended - began).total_seconds() * 1000
        for one in () if error else judged.get(run["id"], ()):
            results = one.get("result")
            for result in results if isinstance(results, list) else [results or {}]:
                members = {member: result.get(member) for member in ("score", "label", "explanation")}
                row.update(
                    evaluation(str(result.get("name") or one["name"]), error=one.get("error"), **members)
                )
        yield row


def _alone(value: object) -> Any:
    """Return the only member of a mapping: Phoenix wraps plain answers."""
    return next(iter(value.values())) if isinstance(value, Mapping) and len(value) == 1 else value
