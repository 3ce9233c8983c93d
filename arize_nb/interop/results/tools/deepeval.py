"""DeepEval test runs (JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, inputs


def recognises(content: object) -> bool:
    """Say whether a JSON document is a test run."""
    if not isinstance(content, Mapping) or not isinstance(content.get("testCases"), list):
        return False
    return not content["testCases"] or {"input", "metricsData"} <= set(content["testCases"][0])


def read(content: Mapping[str, Any], name: str) -> list[ToolExperiment]:
    """Read a test run. A test case that was not given an output is none of DeepEval's: errored tasks are not
    in its files.
    """
    return [
        ToolExperiment(
            name=str(content.get("identifier") or name),
            tool="deepeval",
            rows=[_row(case) for case in content["testCases"]],
            input_columns=("input",),
            metadata={key: content[key] for key in ("hyperparameters",) if content.get(key)},
        )
    ]


def _row(case: Mapping[str, Any]) -> Row:
    row: Row = {"example_id": str(case.get("name") or case.get("input"))} | inputs(case.get("input"))
    row |= {"output": case.get("actualOutput"), "expected": case.get("expectedOutput")}
    row |= {
        column: case[key]
        for key, column in (("context", "context"), ("retrievalContext", "retrieval_context"))
        if case.get(key)
    }
    told = case.get("metadata") or case.get("additionalMetadata")
    row |= {key: value for key, value in inputs(told, "case_metadata").items() if key not in row}
    times = {"completionTime": 1000.0, "runDuration": 1000.0}
    for key, scale in times.items():
        if case.get(key) is not None:
            row["latency_ms" if key == "completionTime" else "run_duration_ms"] = scale * case[key]
    if case.get("evaluationCost") is not None:
        row["evaluation_cost"] = case["evaluationCost"]
    row.update(_evaluations(case))
    return row


def _evaluations(case: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Read the metrics: score and verdict (`success` is the score against the threshold) apart; one that
    failed is unscored.
    """
    for one in case.get("metricsData") or ():
        if one.get("error"):
            yield from evaluation(one["name"], error=one["error"])
        else:
            label = None if one.get("success") is None else "pass" if one["success"] else "fail"
            yield from evaluation(
                one["name"], score=one.get("score"), label=label, explanation=one.get("reason")
            )
