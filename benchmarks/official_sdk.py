"""Time the official SDK: read all runs of an experiment, create one from a Parquet file. Runs in the official
clients' environment.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import pandas as pd
from arize import ArizeClient


def timed(call, rounds: int = 3) -> float:
    """Return the median of some calls in seconds."""
    times = []
    for number in range(rounds):
        started = time.perf_counter()
        call(number)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Do what the first argument says and print the figures as JSON."""
    client = ArizeClient()
    if sys.argv[1] == "read":
        seconds = timed(lambda _: client.experiments.list_runs(experiment=sys.argv[2], all=True).to_df())
    else:
        from arize.experiments import ExperimentTaskFieldNames

        frame = pd.read_parquet(sys.argv[3])
        fields = ExperimentTaskFieldNames(example_id="example_id", output="output")
        seconds = timed(
            lambda number: client.experiments.create(
                name=f"official-{time.time_ns()}-{number}",
                dataset=sys.argv[2],
                experiment_runs=frame,
                task_fields=fields,
            )
        )
    print(json.dumps({"seconds": seconds}))


main()
