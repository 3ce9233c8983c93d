"""Long drills: seeded, run on demand by `make proof`, each with its rows in the table that is printed last.

The table::

    drill                                                    seed        tried  failed
    kill -9 of a server with four writers                    20261130       60       0
        writes acknowledged                                    1,415
    Flight uploads with changed bytes                        20261130        0       1  ended early
    all                                                      20261130       60       1

drill
    What is done to the program. The rows that are set in below it are numbers found in it, such as how many
    of its operations were refused: they are no tries, and nothing fails there.
seed
    All that is random in the drill comes from it: ``make proof PROOF_SEED=20261130`` does the same again.
    What times and threads do is not in it.
tried
    How often it was done, and looked at afterwards. ``make proof PROOF_SHARE=0.02`` does that share of
    each drill's full number, at least once, to see that all of them run; the table says so.
failed
    How many of those tries were wrong: data lost or changed that was acknowledged, an answer 5xx, an error of
    somebody else's, a broken connection, a wait beyond the limit, a key that was sent to a stranger. Only
    0 is right. A drill that ended before it had counted (its own error stands above the table), or
    that held one of its bounds no more, has "ended early" and counts as one failure.

The rows come with the reports of the tests, so that they are there under ``-n`` too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

SHARE = float(os.environ.get("PROOF_SHARE", "1"))
SEED = int(os.environ.get("PROOF_SEED", "20261130"))
KEY = "drill"


class Record:
    """The rows of one drill.

    Parameters
    ----------
    row : function
        Takes one row: name, how often tried, how often failed; the last two None and None for a number found.
    """

    def __init__(self, row: Callable[[str, int, int | None], None]) -> None:
        self._row = row

    def __call__(self, what: str, tried: int, failed: int) -> None:
        """Say what was done, how often, and how often it failed."""
        self._row(what, tried, failed)

    def found(self, what: str, number: int) -> None:
        """Say a number that was found in the drill."""
        self._row(what, number, None)


@pytest.fixture
def seed() -> int:
    """The seed of the drills: PROOF_SEED, else a fixed one, so that a failure can be run again."""
    return SEED


@pytest.fixture
def share() -> Callable[[int], int]:
    """Scale a full number of tries by PROOF_SHARE; one at least."""
    return lambda full: max(1, round(full * SHARE))


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Give a drill its rows of the table."""
    return Record(lambda *row: request.node.user_properties.append((KEY, row)))


def rows_of(reports: list[pytest.TestReport]) -> Iterator[tuple[str, int, int | None, str]]:
    """Return the rows of all drills: name, tried, failed, what is to be said besides."""
    for report in reports:
        rows = [value for key, value in report.user_properties if key == KEY]
        counted = sum(failed or 0 for _, _, failed in rows)
        yield from ((what, tried, failed, "") for what, tried, failed in rows)
        if report.outcome == "failed" and not counted:
            yield report.nodeid.rpartition("::")[2], 0, 1, "ended early"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of drills."""
    reports = [
        report
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if "/proof/" in f"/{report.nodeid}" and (report.when == "call" or report.outcome == "failed")
    ]
    rows = list(rows_of(reports))
    if not rows:
        return
    part = "" if SHARE == 1 else f" (PROOF_SHARE={SHARE:g} of the full numbers)"
    terminalreporter.section(f"drills{part}")
    terminalreporter.write_line(f"{'drill':60} {'seed':>12} {'tried':>8} {'failed':>7}")
    for what, tried, failed, besides in rows:
        if failed is None:
            terminalreporter.write_line(f"    {what:56} {'':12} {tried:>8,}")
        else:
            line = f"{what:60} {SEED:>12} {tried:>8,} {failed:>7,}  {besides}"
            terminalreporter.write_line(line.rstrip())
    tried, failed = (sum(row[place] for row in rows if row[2] is not None) for place in (1, 2))
    terminalreporter.write_line(f"{'all':60} {SEED:>12} {tried:>8,} {failed:>7,}")
