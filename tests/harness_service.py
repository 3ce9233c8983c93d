"""Runs on a real local workspace: a task that counts its calls, a dataset for it, and what the service has;
shared by tests.
"""

from __future__ import annotations

from arize_nb.harness.run_experiment import run_experiment


class Task:
    """A task that counts its calls; `broken` examples fail, until they are mended."""

    def __init__(self, broken=(), suffix=""):
        self.calls = []
        self.broken = set(broken)
        self.suffix = suffix

    def __call__(self, input):
        self.calls.append(input)
        if input in self.broken:
            raise LookupError(f"no answer for {input}")
        return input.replace("q", "a") + self.suffix


def thirty_questions(client, name):
    """Make a dataset of the questions q0 to q29 and their answers."""
    return client.datasets.create(
        name=name, examples=[{"question": f"q{i}", "answer": f"a{i}"} for i in range(30)]
    )


def run(client, dataset, task, **options):
    return run_experiment(
        client,
        name=options.pop("name", "exp"),
        dataset=dataset,
        task=task,
        progress=False,
        **{"retries": 0, **options},
    )


def stored(client, dataset, name="exp"):
    """Return the service's runs as (question, repetition, output or error), sorted."""
    questions = {row["id"]: row["question"] for row in client.datasets.iter_records(dataset)}
    records = client.experiments.iter_records(name, dataset=dataset)
    return sorted(
        (questions[row["example_id"]], row["repetition"], row["output"] or row["error"]) for row in records
    )


ALL = sorted((f"q{i}", 1, f"a{i}") for i in range(30))
"""What `stored` gives when every example was answered once."""
