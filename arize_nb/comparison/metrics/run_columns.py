"""Which columns belong to a run by their names."""

from __future__ import annotations

from arize_nb.comparison.metrics.metric import JUDGED

RUN_NAMES = frozenset(
    {
        "id",
        "run_id",
        "example_id",
        "repetition",
        "output",
        "error",
        "latency",
        "latency_ms",
        "evaluations",
        "annotations",
        "additional_properties",
        "created_at",
        "updated_at",
        "attempts",
        "result",
    }
)
"""Names that mean something of a run, also where a dataset has a column called so."""
OWN_ID = frozenset({"id", "example_id", "created_at", "updated_at"})
"""Columns of an example that are not its content."""


def of_a_run(column: str) -> bool:
    """Say whether a column belongs to a run by its name, whatever it holds."""
    return column in RUN_NAMES or JUDGED.match(column) is not None or ".trace." in column
