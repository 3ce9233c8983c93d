"""Run a task over numbered examples, without a service: what tests of the executor share."""

from __future__ import annotations

import threading

from arize_nb import progress
from arize_nb.harness.engine.execute import MemoryStore, execute, plan
from arize_nb.harness.engine.settings import checked
from arize_nb.harness.evaluators.evaluator import as_evaluators
from arize_nb.harness.functions.example_view import columns_of
from arize_nb.harness.functions.task import as_task


def run(task, count=8, *, evaluators=(), repetitions=1, elsewhere=None, **settings):
    """Run a task over numbered examples; return records by id, and what happened."""
    examples = [{"id": str(index), "question": f"q{index}", "answer": f"a{index}"} for index in range(count)]
    columns = columns_of(examples)
    store, judges = MemoryStore(), [item.fitted(columns) for item in as_evaluators(evaluators)]
    chosen = checked(repetitions=repetitions, **settings)
    with progress.bar("x", count, quiet=True) as bar:
        happened = execute(
            plan(examples, judges, repetitions),
            count * repetitions,
            task=as_task(task).fitted(columns),
            settings=chosen,
            store=store,
            bar=bar,
            elsewhere=elsewhere,
        )
    return {record.key: record for record in store.records()}, happened


def errors(records):
    """Return the types of failures, None for runs that worked, in order of ids."""
    return [record.failure and record.failure.error_type for _, record in sorted(records.items())]


class Gauge:
    """Counts how many are inside at once."""

    def __init__(self):
        self.inside = self.most = 0
        self.lock = threading.Lock()

    def __enter__(self):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_):
        with self.lock:
            self.inside -= 1
