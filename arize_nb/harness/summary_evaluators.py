"""Summary evaluators: one verdict on all runs of an experiment (precision, pass@k, share of refusals)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb.harness.engine.call import Call
from arize_nb.harness.engine.remote_calls import call_within
from arize_nb.harness.evaluators.evaluator_results import note_result
from arize_nb.harness.functions.example_view import EXPECTED_COLUMNS, first_of
from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, RunRecord
from arize_nb.harness.records.run_rows import run_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arize_nb.harness.engine.settings import RunSettings
    from arize_nb.harness.evaluators.evaluator import Evaluator


def summarise(
    evaluators: Sequence[Evaluator],
    records: Sequence[RunRecord],
    examples: Sequence[Mapping[str, Any]],
    settings: RunSettings,
) -> dict[str, EvaluatorRecord]:
    """Call summary evaluators on all runs, failed ones included; each within the time limit of a call."""
    if not evaluators:
        return {}
    by_id = {example["id"]: example for example in examples}
    values = {
        "records": lambda: run_rows(records),
        "frame": lambda: _frame(records),
        "outputs": lambda: [record.output for record in records],
        "expected": lambda: [
            first_of(by_id.get(record.example_id, {}), EXPECTED_COLUMNS) for record in records
        ],
        "evaluations": lambda: _by_metric(records),
    }
    made = {}
    for item in evaluators:
        args, kwargs = item.binding.arguments(values)
        result = call_within(Call(item.function, args, kwargs, output=False), settings.timeout_s)
        told = result.reported
        record = EvaluatorRecord(
            failure=result.failure,
            started_at_ms=result.started_at_ms,
            token_count=told.tokens,
            total_cost=told.cost,
            fields=told.fields,
        )
        if result.failure is None:
            note_result(record, result.value, item.name)
        made[item.name] = record
    return made


def _frame(records: Sequence[RunRecord]) -> Any:
    from arize_nb.frames import table_from_records, to_pandas

    return to_pandas(table_from_records(run_rows(records), "run"))


def _by_metric(records: Sequence[RunRecord]) -> dict[str, list[Evaluation | None]]:
    """Turn evaluations around: metric -> one item a run, None where there is none."""
    found: dict[str, list[Evaluation | None]] = {}
    for index, record in enumerate(records):
        for made in record.evaluations.values():
            for metric, evaluation in made.evaluations.items():
                found.setdefault(metric, [None] * len(records))[index] = evaluation
    return found
