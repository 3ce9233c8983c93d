"""Two tables of ten million rows each, in many Parquet files: what comparing them costs in memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PARTS, ROWS = 10, 1_000_000
MOST_MB = 2_000
"""Peak that is promised for the whole process."""

COMPARE = """
import resource, sys
import arize_nb as ax
compared = ax.compare(*sys.argv[1:])
pairs = set(compared.summary["n_paired"])
worse = len(compared.regressions(metric="q"))
print(pairs.pop(), worse > 0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.timeout(1800)
def test_twice_ten_million_rows(tmp_path, seed, record):
    """All rows pair, and the process that compares them stays under its promised peak."""
    chance = np.random.default_rng(seed)
    for name, shift in (("base", 0.0), ("candidate", 0.01)):
        (tmp_path / name).mkdir()
        for part in range(PARTS):
            numbers = range(part * ROWS, (part + 1) * ROWS)
            table = {
                "example_id": [f"ex-{number:08d}" for number in numbers],
                "output": [f"answer {number % 977}" for number in numbers],
                "eval.q.score": (chance.random(ROWS) < 0.7 + shift).astype(float),
                "eval.f.score": chance.random(ROWS) + shift,
            }
            pq.write_table(pa.table(table), tmp_path / name / f"part-{part}.parquet")
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, tmp_path / "base", tmp_path / "candidate"],
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )

    pairs, found_worse, peak = done.stdout.splitlines()[-1].split()
    record(f"2 x {PARTS * ROWS:,} rows of Parquet: peak {peak} MB", 1, int(int(peak) > MOST_MB))
    assert (PARTS * ROWS, "True") == (int(pairs), found_worse)
    assert int(peak) <= MOST_MB
