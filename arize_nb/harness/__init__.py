"""Run experiments: tasks and evaluators under an executor that survives a notebook."""

from __future__ import annotations

from arize_nb.harness.evaluators.builtin import (
    contains,
    edit_similarity,
    exact_match,
    json_schema,
    json_valid,
    numeric_close,
    regex_match,
)
from arize_nb.harness.evaluators.evaluator import Evaluation, Evaluator, evaluator
from arize_nb.harness.evaluators.llm_judge import llm_judge
from arize_nb.harness.functions.task import report

__all__ = [
    "Evaluation",
    "Evaluator",
    "contains",
    "edit_similarity",
    "evaluator",
    "exact_match",
    "json_schema",
    "json_valid",
    "llm_judge",
    "numeric_close",
    "regex_match",
    "report",
]
