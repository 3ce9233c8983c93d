"""Time the official SDK's runner on no-op tasks with one evaluator, nothing exported or uploaded. Runs in the
official environment.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time

import pandas as pd
from arize.experiments.functions import run_experiment
from arize.experiments.tracing import LLMSpanMetricsCollector
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider


def answer(dataset_row):
    """Answer without thinking."""
    return "x"


def judge(output):
    """Judge without thinking."""
    return True


def main() -> None:
    """Run as many examples as the first argument says and print the seconds as JSON."""
    count = int(sys.argv[1])
    dataset = pd.DataFrame(
        {"id": [str(index) for index in range(count)], "question": [f"q{index}" for index in range(count)]}
    )
    resource = Resource.create({})
    provider = TracerProvider(resource=resource)
    collector = LLMSpanMetricsCollector()
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        frame = run_experiment(
            experiment_name="bench",
            experiment_id="bench",
            dataset=dataset,
            task=answer,
            tracer=provider.get_tracer("bench"),
            resource=resource,
            metrics_collector=collector,
            evaluators={"judge": judge},
            concurrency=8,
        )
    took = time.perf_counter() - began
    assert len(frame) == count, frame
    assert frame["eval.judge.score"].sum() == count
    print(json.dumps({"seconds": took}))


main()
