"""What a comparison costs: a million runs a side, growth, the jq recipes of the document, Parquet larger than
memory.
"""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rows import Row, alternate, limit_row, missing_row, process_time, ratio_row

MILLION = 1_000_000
GROWTH = 10_000
JQ_EXAMPLES = 8_000
PARQUET_RUNS = 10_000_000
_GROUP = 500_000

# The two recipes of the document, as they stand in it.
DIFFERENCE_RECIPE = """.[0] as $a | .[1][] | . as $run |
{ example_id: $run.example_id, b_score: $run.evaluations.correctness.score,
  a_score: ($a[] | select(.example_id == $run.example_id) | .evaluations.correctness.score) }"""
REGRESSION_RECIPE = """[.[0][] | select(.evaluations.correctness.label == "correct")] as $passed_a |
[.[1][] | select(.evaluations.correctness.label != "correct") |
select(.example_id as $id | $passed_a | any(.example_id == $id))]"""

# The same question as the recipe asks, answered on standard output as the recipe does.
OURS = """
import json, sys, arize_nb as ax
comparison = ax.compare(sys.argv[1], sys.argv[2], names=["a", "b"])
json.dump(comparison.changes_table(sys.argv[3], "correctness").to_pylist(), sys.stdout)
"""

PARQUET_RUN = """
import resource, sys, arize_nb as ax
comparison = ax.compare(sys.argv[1], sys.argv[2])
comparison.summary, comparison.outcomes
comparison.changes_table("regressions", limit=1000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def example_ids(numbers: Any) -> pa.Array:
    """Return ids as long as the service's."""
    return pa.array([f"RGF0YXNldEV4YW1wbGU6{number:010d}" for number in numbers.tolist()])


def runs(
    n: int, seed: int, rate: float, *, start: int = 0, count: int | None = None, order: Any = None
) -> pa.Table:
    """Return runs with outputs, a few errors, two verdicts with scores, and one graded score; part of them
    with start and count.
    """
    generator = np.random.default_rng([seed, start])
    order = np.random.default_rng(seed).permutation(n) if order is None else order
    count = n if count is None else count
    texts = pa.array(
        [
            f"The answer to question {number} is, as far as one can tell, the one above."
            for number in range(1_000)
        ]
    )
    labels = pa.array(["incorrect", "correct"])
    columns: dict[str, Any] = {
        "id": pa.array([f"run_{seed}_{number:010d}" for number in range(start, start + count)]),
        "example_id": example_ids(order[start : start + count]),
        "output": texts.take(pa.array(generator.integers(0, len(texts), count))),
        "error": pa.array(["timed out"]).take(
            pa.array(np.zeros(count, dtype=np.int64), mask=generator.random(count) > 0.01)
        ),
    }
    for name in ("correctness", "tone"):
        passed = generator.random(count) < rate
        columns[f"eval.{name}.label"] = labels.take(pa.array(passed.astype(np.int64)))
        columns[f"eval.{name}.score"] = passed.astype(np.float64)
    columns["eval.faithfulness.score"] = np.round(generator.random(count) * 4) / 4
    return pa.table(columns)


def frames(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two experiments over the same examples, in an order of their own, Arrow-backed as
    exports are.
    """
    one, other = (
        runs(n, seed, rate).to_pandas(types_mapper=pd.ArrowDtype) for seed, rate in ((1, 0.90), (2, 0.91))
    )
    return one, other


def timed(work: Any, rounds: int) -> float:
    """Return the best of some times in seconds."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def whole(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Compare, with the full summary and all regressions."""
    import arize_nb

    comparison = arize_nb.compare(one, other)
    if len(comparison.summary) != 3 or not len(comparison.regressions()):
        raise SystemExit("the comparison did not do what is measured")


def million() -> tuple[float, float]:
    """Time a million runs a side: ours, then one merge by pandas."""
    one, other = frames(MILLION)
    return alternate(lambda: whole(one, other), lambda: one.merge(other, on="example_id"))


def rows() -> Iterator[Row]:
    """Measure comparisons in memory, against jq, and from Parquet."""
    small = frames(GROWTH)
    whole(*small)
    small_s = timed(lambda: whole(*small), rounds=10)
    ours_s, merge_s = million()
    yield ratio_row(
        "`compare` of 2 x 1,000,000 runs, 3 metrics, full summary and regressions",
        ours_s,
        "one inner `merge` of them",
        merge_s,
        3,
    )
    yield ratio_row(
        "the same, growth from 10,000 to 1,000,000 runs",
        ours_s,
        "100 x the time for 10,000",
        100 * small_s,
        1.3,
    )
    yield from jq_rows()
    yield parquet_row()


def jq_rows() -> Iterator[Row]:
    """Run both recipes over the files that an export writes, and our comparison of the same files, process
    start included.
    """
    jq = shutil.which("jq")
    recipes = (
        ("difference", DIFFERENCE_RECIPE, "changes", 1 / 50),
        ("regression", REGRESSION_RECIPE, "regressions", 1 / 8),
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("a.json", "b.json")]
        for path, (seed, rate) in zip(paths, ((1, 0.8), (2, 0.7)), strict=True):
            path.write_text(json.dumps(nested(runs(JQ_EXAMPLES, seed, rate))), encoding="utf-8")
        for name, recipe, which, reach in recipes:
            what = f"the document's {name} recipe at {JQ_EXAMPLES:,} examples, process start included"
            if jq is None:
                yield missing_row(what, "jq is not installed", f"≤ {reach:.3g}x")
                continue
            ours_s = process_time([sys.executable, "-c", OURS, *map(str, paths), which])
            started = time.perf_counter()
            subprocess.run([jq, "-s", recipe, *map(str, paths)], check=True, stdout=subprocess.DEVNULL)
            yield ratio_row(what, ours_s, "`jq`", time.perf_counter() - started, reach)


def nested(table: pa.Table) -> list[dict[str, Any]]:
    """Return runs as an export nests them."""
    records = []
    for row in table.to_pylist():
        evaluations: dict[str, dict[str, Any]] = {}
        record: dict[str, Any] = {"evaluations": evaluations}
        for name, value in row.items():
            if name.startswith("eval."):
                _, evaluator, part = name.split(".")
                evaluations.setdefault(evaluator, {})[part] = value
            else:
                record[name] = value
        records.append(record)
    return records


def parquet_row() -> Row:
    """Compare two files of ten million runs in a process of its own and return its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "a.parquet", Path(folder) / "b.parquet"]
        for path, (seed, rate) in zip(paths, ((1, 0.90), (2, 0.91)), strict=True):
            order = np.random.default_rng(seed).permutation(PARQUET_RUNS)
            first = runs(PARQUET_RUNS, seed, rate, count=1, order=order)
            with pq.ParquetWriter(path, first.schema) as writer:
                for start in range(0, PARQUET_RUNS, _GROUP):
                    writer.write_table(runs(PARQUET_RUNS, seed, rate, start=start, count=_GROUP, order=order))
        done = subprocess.run(
            [sys.executable, "-c", PARQUET_RUN, *map(str, paths)], check=True, capture_output=True, text=True
        )
        what = "Parquet, 2 x 10,000,000 runs: summary, outcomes, worst 1,000; peak memory"
        return limit_row(
            what,
            float(done.stdout.split()[-1]),
            "MB",
            2_000,
            f"{sum(path.stat().st_size for path in paths) / 1e6:,.0f} MB on disk",
        )


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row.what}: {row.ours} against {row.against}: {row.result} (to reach {row.reach})", flush=True
        )
