"""The table that `make proof` prints last."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "xdist")
DRILLS = """
import random

def test_all_well(seed, share, record):
    record("well", share(2000), 0)
    record.found("drawn", random.Random(seed).randrange(10**6))

def test_some_wrong(share, record):
    record("wrong at times", share(10), 2)
    assert False

def test_dies(record):
    raise OSError("gone")

def test_too_large(record):
    record("large", 3, 0)
    assert 101 < 100
"""


def run(place, *words, **environ):
    """Run pytest in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *PLUGINS, *words],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def table(output):
    """Return the lines of the table, blanks made single."""
    lines = output.split(" drills", 1)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("drill "))
    end = next(number for number, line in enumerate(lines) if line.startswith("all "))
    return [re.sub(r" +", " ", line).strip() for line in lines[start : end + 1]]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_every_drill_has_its_row(tmp_path, workers):
    """Names, seed, tries and failures are there, also of a drill that died and of one beyond a bound; the
    same seed gives the same numbers.
    """
    (tmp_path / "proof").mkdir()
    shutil.copy(HERE / "proof" / "conftest.py", tmp_path / "proof")
    (tmp_path / "proof" / "test_drills.py").write_text(DRILLS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    import random

    ran = run(tmp_path, *workers, "proof", PROOF_SEED="7", PROOF_SHARE="0.1")

    assert 1 == ran.returncode
    assert "PROOF_SHARE=0.1" in ran.stdout
    first, *rows, last = table(ran.stdout)
    assert "drill seed tried failed" == first
    assert {
        "well 7 200 0",
        f"drawn {random.Random(7).randrange(10**6):,}",
        "wrong at times 7 1 2",
        "test_dies 7 0 1 ended early",
        "large 7 3 0",
        "test_too_large 7 0 1 ended early",
    } == set(rows)
    assert "all 7 204 4" == last


def test_a_drill_of_ours():
    """A small share of the real drill of changed files runs, and stands in the table with its tries."""
    ran = run(HERE.parent, "tests/proof/test_files.py", PROOF_SHARE="0.002")

    assert 0 == ran.returncode, ran.stdout
    rows = table(ran.stdout)
    assert "mutated files: csv 20261130 3 0" in rows
    assert f"all 20261130 {3 * (len(rows) - 2)} 0" == rows[-1]
