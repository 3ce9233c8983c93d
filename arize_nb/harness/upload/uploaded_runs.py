"""What the service has of an experiment: its runs by key, and whether they are this journal's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb.errors import NotFoundError
from arize_nb.harness.records.run_rows import run_row
from arize_nb.harness.records.stored_runs import stored_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arize_nb.harness.journal.run_journal import Key
    from arize_nb.harness.records.run_record import RunRecord
    from arize_nb.models import Dataset, Experiment


LARGE_BYTES = 100_000
"""Runs from this size on are read a few at a time."""
PAGE_BYTES = 8_000_000
"""Runs that are in memory at once then, about."""
MOST_RUNS = 500
"""Runs that one page may have."""


def find_experiment(experiments: Any, name: str, dataset: Dataset) -> Experiment | None:
    """Find the experiment of that exact name in a dataset; None when there is none."""
    try:
        return next(
            (found for found in experiments.iter(dataset=dataset, name=name) if found.name == name), None
        )
    except NotFoundError:
        return None


def page_of(mean_bytes: float) -> int | None:
    """Return how many runs to read at once when only their keys are wanted; None when they are small, and all
    may come at once.
    """
    return None if mean_bytes < LARGE_BYTES else int(min(max(PAGE_BYTES // mean_bytes, 1), MOST_RUNS))


def present_runs(experiments: Any, experiment_id: str, page: int | None = None) -> dict[Key, str]:
    """Read the runs of an experiment: (example id, repetition) -> run id.

    Parameters
    ----------
    experiments : Experiments
        The service's.
    experiment_id : str
        Whose runs.
    page : int, optional
        Runs to read at once: of large outputs, all of them would be in memory several times over.
    """
    if page is not None:
        found: dict[Key, str] = {}
        cursor = None
        while True:
            part = experiments.runs_page(experiment_id, limit=page, cursor=cursor)
            found.update((key_of(record), record["id"]) for record in part)
            cursor = part.next_cursor
            if cursor is None:
                return found
    table = experiments.table(experiment_id, annotations=False)
    columns = [table.column(name).to_pylist() for name in ("example_id", "id")]
    repetitions = (
        table.column("repetition").to_pylist()
        if "repetition" in table.column_names
        else [None] * table.num_rows
    )
    return {
        (example_id, int(repetition or 1)): run_id
        for example_id, run_id, repetition in zip(*columns, repetitions, strict=True)
    }


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
    Two sessions may give the same outputs, but not at the same milliseconds: the moments at which each task
    and evaluator was called tell them apart. A moment that the service gives back in no form of a number is
    left out.
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
