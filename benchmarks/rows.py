"""A measured row, how it is timed, and the table it is printed in."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    """What was done."""
    ours: str
    """Our figure, with its unit."""
    against: str
    """What it was measured against, with its figure and unit."""
    result: str
    """The ratio, or the absolute figure again."""
    reach: str
    """What was to be reached."""
    met: bool | None
    """Whether it was; None when the reference could not be had."""


def ratio_row(what: str, ours_s: float, against: str, reference_s: float, reach: float) -> Row:
    """Make a row of two times taken in one run; `reach` is the largest ratio allowed."""
    ratio = ours_s / reference_s
    return Row(
        what=what,
        ours=seconds(ours_s),
        against=f"{against}: {seconds(reference_s)}",
        result=f"{figure(ratio)}x",
        reach=f"≤ {reach:.3g}x",
        met=ratio <= reach,
    )


def limit_row(what: str, ours: float, unit: str, reach: float, against: str = "nothing") -> Row:
    """Make a row of an absolute figure; `reach` is the largest allowed, in the same unit."""
    ours_text = f"{figure(ours)} {unit}"
    return Row(
        what=what,
        ours=ours_text,
        against=against,
        result=ours_text,
        reach=f"≤ {figure(reach)} {unit}",
        met=ours <= reach,
    )


def missing_row(what: str, why: str, reach: str) -> Row:
    """Make a row that says why it could not be measured."""
    return Row(what=what, ours="-", against=why, result="not measured", reach=reach, met=None)


def figure(value: float) -> str:
    """Write a number in three significant digits, never with an exponent."""
    return f"{float(f'{value:.3g}'):,.10g}"


def seconds(value: float) -> str:
    """Write a time with a unit that suits its size."""
    return f"{figure(value * 1000)} ms" if value < 1 else f"{value:.2f} s"


def alternate(
    ours: Callable[[], object], reference: Callable[[], object], rounds: int = 5
) -> tuple[float, float]:
    """Time two calls in turn, so that the machine's mood hits both; return the medians in seconds."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for slot, call in zip(times, (ours, reference), strict=True):
            started = time.perf_counter()
            call()
            slot.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def process_time(command: Sequence[str], rounds: int = 5, env: dict[str, str] | None = None) -> float:
    """Return the median wall time of a whole process in seconds; a failing process is an error."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=env)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def official_python() -> Path | None:
    """Return the interpreter of the official clients' environment, None when there is none."""
    path = Path(os.environ.get("ARIZE_NB_OFFICIAL_VENV", ".venv-official")) / "bin" / "python"
    return path if path.exists() else None


def official(script: str, *arguments: str, env: dict[str, str]) -> dict[str, float]:
    """Run a measuring script under the official SDK and return what it printed as JSON on its last line."""
    python = official_python()
    if python is None:
        raise FileNotFoundError("the official clients are not installed (make official)")
    done = subprocess.run(
        [str(python), str(Path(__file__).parent / script), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=env,
    )
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def machine() -> str:
    """Name the machine that the figures were taken on."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {cpu}, {memory_gb:.0f} GB, {system}"


def table(rows: Iterable[Row]) -> str:
    """Lay the rows out as a Markdown table."""
    lines = ["| What | Ours | Against | Result | To reach | |", "|---|---|---|---|---|---|"]
    for row in rows:
        mark = {True: "met", False: "**missed**", None: "-"}[row.met]
        lines.append(f"| {row.what} | {row.ours} | {row.against} | {row.result} | {row.reach} | {mark} |")
    return "\n".join(lines)
