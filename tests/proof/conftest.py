"""Long drills: seeded, run on demand by `make proof`, each with a row in the table that is printed at the
end.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

ROWS: list[tuple[str, int, int]] = []


@pytest.fixture
def seed() -> int:
    """The seed of the drills: PROOF_SEED, else a fixed one, so that a failure can be run again."""
    return int(os.environ.get("PROOF_SEED", "20261130"))


@pytest.fixture
def record() -> Callable[[str, int, int], None]:
    """Give a drill its row of the table: what, how often tried, how often failed."""

    def add(what: str, tried: int, failed: int) -> None:
        ROWS.append((what, tried, failed))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of drills."""
    if ROWS:
        terminalreporter.section("drills")
        for what, tried, failed in ROWS:
            terminalreporter.write_line(f"{what:70} tried {tried:>7,}  failed {failed:>5,}")
