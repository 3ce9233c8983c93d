"""What tools return in Python -> plain mappings and lists, without importing the tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def content_of(source: Any) -> Any:
    """Return an object of a tool as the mappings and lists that its files hold.

    Parameters
    ----------
    source : object
        A frame of any library, `EvalLog`, `TestRun`, `EvaluationResult`, `EvalResultWithSummary`,
        `RanExperiment`, a report, ….
    """
    source = _table_of(source)
    if hasattr(source, "to_dicts"):  # polars
        return source.to_dicts()
    if hasattr(source, "to_pylist"):  # pyarrow
        return source.to_pylist()
    if type(source).__module__.partition(".")[0] == "pandas":
        return [_present(row) for row in source.to_dict("records")]
    if hasattr(source, "test_cases") and hasattr(source, "model_dump"):  # DeepEval's TestRun
        return source.model_dump(by_alias=True, mode="json")
    if hasattr(source, "test_results"):  # DeepEval's EvaluationResult
        return {"testCases": [_test_case(one) for one in source.test_results]}
    if hasattr(source, "summary") and hasattr(source, "results"):  # Braintrust's EvalResultWithSummary
        summary = source.summary.as_dict() if hasattr(source.summary, "as_dict") else dict(source.summary)
        return {"summary": summary, "results": [dict(vars(row)) for row in source.results]}
    if hasattr(source, "cases") and hasattr(source, "failures"):  # a report of pydantic-evals, a dataclass
        from dataclasses import asdict

        return asdict(source)
    if not isinstance(source, (Mapping, Sequence)) and hasattr(source, "model_dump"):  # Inspect's EvalLog
        return source.model_dump(mode="json")
    if isinstance(source, list) and source and not isinstance(source[0], Mapping):
        return [_members(one) for one in source]
    if isinstance(source, Mapping) and "task_runs" in source:  # Phoenix's RanExperiment
        return {
            **source,
            **{
                key: [_members(one) for one in source[key]]
                for key in ("task_runs", "evaluation_runs")
                if key in source
            },
        }
    return source


def _table_of(source: object) -> Any:
    """Return the table that an object of MLflow, LangSmith or ragas holds; anything else is itself."""
    tables = getattr(source, "tables", None)  # MLflow's evaluate
    if isinstance(tables, Mapping) and "eval_results_table" in tables:
        return tables["eval_results_table"]
    if type(source).__module__.partition(".")[0] in ("polars", "pyarrow"):
        return source
    for member in ("result_df", "to_pandas"):
        found = getattr(source, member, None)
        if found is not None:
            return found() if callable(found) else found
    return source


def _members(one: object) -> Any:
    """Return the members of a dataclass or plain object; anything else is itself."""
    if isinstance(one, (Mapping, str, int, float, list, tuple)) or one is None:
        return one
    if hasattr(one, "model_dump"):
        return one.model_dump(mode="json")
    return dict(vars(one)) if hasattr(one, "__dict__") else one


def _test_case(one: Any) -> dict[str, Any]:
    """Return a result of DeepEval's under the names of its files."""
    metrics = [
        metric.model_dump(by_alias=True) if hasattr(metric, "model_dump") else dict(vars(metric))
        for metric in one.metrics_data or ()
    ]
    names = {
        "name": "name",
        "input": "input",
        "actualOutput": "actual_output",
        "expectedOutput": "expected_output",
        "context": "context",
        "retrievalContext": "retrieval_context",
        "metadata": "metadata",
    }
    return {**{key: getattr(one, member, None) for key, member in names.items()}, "metricsData": metrics}


def _present(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a frame with None where a cell is missing, and plain values for NumPy's."""
    return {str(name): _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if type(value).__module__ == "numpy":
        value = value.tolist()
    return None if isinstance(value, float) and value != value else value
