"""Runs as flat records: the columns of the official runner, and `repetition`, `attempts` and
`eval.<name>.error` besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb.harness.values.json_values import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arize_nb.harness.records.run_record import EvaluatorRecord, RunRecord

COMPLETED, FAILED = "COMPLETED", "FAILED"


def run_row(record: RunRecord) -> dict[str, Any]:
    """Return one run as a flat record under the names of frames.

    A failed run has output None and an `error` (the upload makes "" of that None). What an evaluator did not
    give is left out; an evaluator that failed has `eval.<name>.error` and nothing else. Trace ids are "" when
    traces are off: the columns are always there.
    """
    error = record.failure.text if record.failure else None
    row: dict[str, Any] = {
        "id": None,
        "example_id": record.example_id,
        "output": to_text(record.output),
        "error": error,
        "result.trace.id": record.trace_id or "",
        "result.trace.timestamp": record.started_at_ms,
        "latency_ms": record.latency_ms,
        "token_count": _sum(record.token_count, (made.token_count for made in record.evaluations.values())),
        "total_cost": _sum(record.total_cost, (made.total_cost for made in record.evaluations.values())),
        "execution_status": FAILED if error else COMPLETED,
        "exceptions": error or "",
        "repetition": record.repetition,
        "attempts": record.attempts or None,
    }
    for name, made in record.evaluations.items():
        row.update(evaluator_cells(name, made))
    row.update(record.fields)
    for made in record.evaluations.values():
        row.update(made.fields)
    return row


def _sum(own: object, others: Iterable[Any]) -> Any:
    """Add up what was reported in a run; None when nothing was."""
    told = [value for value in (own, *others) if value is not None]
    return sum(told) if told else None


def evaluator_cells(name: str, made: EvaluatorRecord) -> dict[str, Any]:
    """Return the columns of one evaluator for one run."""
    if made.failure is not None and not made.failures:
        return {f"eval.{name}.error": made.failure.text}
    cells: dict[str, Any] = {
        f"eval.{metric}.error": failure.text for metric, failure in made.failures.items()
    }
    for metric, evaluation in made.evaluations.items():
        cells[f"eval.{metric}.score"] = evaluation.score
        cells[f"eval.{metric}.label"] = evaluation.label
        cells[f"eval.{metric}.explanation"] = evaluation.explanation
        cells[f"eval.{metric}.trace.id"] = made.trace_id or ""
        cells[f"eval.{metric}.trace.timestamp"] = made.started_at_ms
        cells.update({f"eval.{metric}.metadata.{key}": value for key, value in evaluation.metadata.items()})
    return cells


def run_rows(records: Iterable[RunRecord]) -> list[dict[str, Any]]:
    """Return runs as flat records, in the order given; their `id` is what the service gives, so
    it is None.
    """
    return [run_row(record) for record in records]
