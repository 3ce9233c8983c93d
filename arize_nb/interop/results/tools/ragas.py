"""ragas' `to_pandas`: a frame, CSV or JSON of samples with a column a metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from arize_nb.interop.results.parsing import parsed_cell
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment

SAMPLE = frozenset(
    {
        "user_input",
        "response",
        "reference",
        "retrieved_contexts",
        "reference_contexts",
        "rubrics",
        "multi_responses",
    }
)
"""Columns of a sample; every other column of numbers is a metric."""


def recognises(content: object) -> bool:
    """Say whether the rows of a table are ragas'."""
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    return (
        isinstance(first, Mapping) and {"user_input", "response"} <= set(first) and bool(set(first) - SAMPLE)
    )


def read(content: Sequence[Mapping[str, Any]], name: str) -> list[ToolExperiment]:
    """Read the samples; a metric that failed is NaN, and unscored."""
    columns = dict.fromkeys(key for one in content for key in one)
    metrics = [column for column in columns if column not in SAMPLE and _numeric(content, column)]
    return [
        ToolExperiment(
            name=name,
            tool="ragas",
            rows=[_row(one, metrics) for one in content],
            input_columns=("user_input",),
        )
    ]


def _numeric(content: Sequence[Mapping[str, Any]], column: str) -> bool:
    values = [one.get(column) for one in content]
    return all(value is None or isinstance(value, (int, float)) for value in values) and any(
        value is not None for value in values
    )


def _row(one: Mapping[str, Any], metrics: Sequence[str]) -> Row:
    row: Row = {
        "example_id": f"{one['user_input']}",
        "user_input": one["user_input"],
        "output": one.get("response"),
    }
    row["expected"] = one.get("reference")
    for column in sorted(SAMPLE - {"user_input", "response", "reference"}):
        if one.get(column) is not None:
            row[column] = parsed_cell(one[column])
    for column, value in one.items():
        if column in metrics:
            if value is not None and not (isinstance(value, float) and math.isnan(value)):
                row[f"eval.{column}.score"] = value
        elif column not in SAMPLE:
            row.setdefault(column, value)
    return row
