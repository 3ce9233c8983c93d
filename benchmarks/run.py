"""Measure every speed line and print the table: make bench, or python benchmarks/run.py start transfer …."""

from __future__ import annotations

import importlib
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from rows import Row, machine, table

MODULES = ("start", "transfer", "compare", "door", "report", "interop", "harness", "widgets")


def main(names: list[str]) -> None:
    """Run the named parts (all by default), printing each row as it comes, and the table at the end."""
    rows: list[Row] = []
    for name in names or MODULES:
        print(f"== {name}", file=sys.stderr, flush=True)
        for row in importlib.import_module(f"bench_{name}").rows():
            print(f"   {row.what}: {row.result} (to reach {row.reach})", file=sys.stderr, flush=True)
            rows.append(row)
    report = f"Measured on {date.today().isoformat()}, {machine()}.\n\n{table(rows)}\n"
    print(report)
    target = Path("build") / "bench.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
