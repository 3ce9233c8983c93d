"""What it costs to compare any two tables: two CSV files on the command line, and inferring what a million
rows of Parquet are.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from rows import Row, alternate, limit_row, process_time, ratio_row

CSV_ROWS = 10_000
PARQUET_ROWS = 1_000_000
WITHIN_S = 2.0

# What one would type instead: read both and join them, without a verdict.
MERGED = """
import sys
import pandas as pd
print(len(pd.read_csv(sys.argv[1]).merge(pd.read_csv(sys.argv[2]), on="question")))
"""


def results(n: int, seed: int) -> pa.Table:
    """Return results as people keep them: question, topic, reference, answer, a verdict, a score, a time."""
    generator = np.random.default_rng(seed)
    pages = generator.integers(0, 999, n).tolist()
    columns: dict[str, Any] = {
        "question": [f"How do I do thing number {number} of the handbook, please?" for number in range(n)],
        "topic": [f"topic {number % 12}" for number in range(n)],
        "reference": [f"Press button {number % 97}, wait, and then press it again." for number in range(n)],
        "answer": [
            f"You press button {page} and read page {number} of the manual."
            for number, page in enumerate(pages)
        ],
        "correct": np.where(generator.random(n) < 0.7, "yes", "no"),
        "score": np.round(generator.random(n), 3),
        "latency": generator.integers(100, 3000, n),
    }
    return pa.table(columns)


def rows() -> Iterator[Row]:
    """Measure the command over CSV, then the inference over Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        yield from csv_rows(Path(folder))
        yield parquet_row(Path(folder))


def csv_rows(folder: Path) -> Iterator[Row]:
    """Time `arize-nb compare a.csv b.csv`, process start included: by itself, and against pandas reading and
    joining both.
    """
    paths = [folder / name for name in ("a.csv", "b.csv")]
    for seed, path in enumerate(paths):
        arrow_csv.write_csv(results(CSV_ROWS, seed), path)
    ours_s = process_time([sys.executable, "-m", "arize_nb", "compare", *map(str, paths)])
    merged_s = process_time([sys.executable, "-c", MERGED, *map(str, paths)])
    what = f"`arize-nb compare a.csv b.csv`, 2 x {CSV_ROWS:,} rows, process start included"
    yield limit_row(what, ours_s, "s", WITHIN_S)
    yield ratio_row(what, ours_s, "`python -c` that reads both with pandas and merges", merged_s, 3)


def parquet_row(folder: Path) -> Row:
    """Time a comparison whose columns are inferred against the same with everything told."""
    paths = [folder / name for name in ("a.parquet", "b.parquet")]
    for seed, path in enumerate(paths):
        pq.write_table(results(PARQUET_ROWS, seed), path)

    def summary(**told: Any) -> None:
        import arize_nb

        if len(arize_nb.compare(*paths, **told).summary) != 3:
            raise SystemExit("the comparison did not do what is measured")

    everything = {
        "key": "question",
        "output": "answer",
        "expected": "reference",
        "metrics": ["correct", "score", "latency"],
    }
    inferred_s, told_s = alternate(summary, lambda: summary(**everything), rounds=3)
    return ratio_row(
        f"Parquet, 2 x {PARQUET_ROWS:,} rows, what each column is inferred",
        inferred_s,
        "the same with everything told",
        told_s,
        1.5,
    )


if __name__ == "__main__":
    for row in rows():
        print(
            f"{row.what}: {row.ours} against {row.against}: {row.result} (to reach {row.reach})", flush=True
        )
