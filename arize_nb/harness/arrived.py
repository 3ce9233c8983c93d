"""What the service has of an experiment: its runs by key, and whether they are this journal's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb.errors import NotFoundError
from arize_nb.harness.rows import run_row
from arize_nb.harness.stored import stored_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arize_nb.harness.journal import Key
    from arize_nb.harness.outcomes import RunRecord
    from arize_nb.models import Dataset, Experiment


def find_experiment(experiments: Any, name: str, dataset: Dataset) -> Experiment | None:
    """Find the experiment of that exact name in a dataset; None when there is none."""
    try:
        return next((found for found in experiments.iter(dataset=dataset, name=name) if found.name == name), None)
    except NotFoundError:
        return None


def present_runs(experiments: Any, experiment_id: str) -> dict[Key, str]:
    """Read the runs of an experiment: (example id, repetition) -> run id."""
    return {key_of(record): record["id"] for record in experiments.iter_records(experiment_id, annotations=False)}


def key_of(record: Mapping[str, Any]) -> Key:
    """Return example id and repetition of a run on the service."""
    return record["example_id"], int(record.get("repetition") or 1)


def same_runs(records: Sequence[Mapping[str, Any]], ours: Iterable[RunRecord]) -> bool:
    """Tell whether runs on the service are those of a journal, and not another's of the same examples.

    Parameters
    ----------
    records : sequence of mappings
        As `client.experiments.iter_records` gives them.
    ours : iterable of RunRecord
        What the journal has.

    Notes
    -----
    Two sessions may give the same outputs, but not at the same milliseconds: the moments at which each task and evaluator was called tell
    them apart. A moment that the service gives back in no form of a number is left out.
    """
    kept = {record.key: run_row(record) for record in ours}
    for there in stored_runs(records, ())[0]:
        here, row = kept.get(there.key), run_row(there)
        if here is None or (here["output"], here["error"]) != (row["output"], row["error"]):
            return False
        moments = {name: _number(value) for name, value in row.items() if name.endswith("trace.timestamp")}
        if any(value is not None and value != here.get(name, value) for name, value in moments.items()):
            return False
    return True


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
