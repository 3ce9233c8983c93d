"""Does what a comparison says hold? Every verdict and interval, drawn over and over; prints the tables of
docs/statistics.md.

Run: python benchmarks/simulate_statistics.py [draws] [table …]    (2,000 draws a cell: some minutes of two cores; 200: half a minute)
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from simulated_families import FAMILIES
from simulated_runs import CLUSTERED, PAIRED, Drawn, Scenario, flipping, pairs_of

from arize_nb.comparison.analysis import effect as effects
from arize_nb.comparison.analysis.effect import Effect, adjusted, effect
from arize_nb.comparison.analysis.verdict import (
    CHANGED,
    EQUIVALENT,
    IMPROVED,
    NOT_WORSE,
    REGRESSED,
    decide,
)
from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.metrics.pairs import Settings
from arize_nb.comparison.stats.multiplicity import holm
from arize_nb.comparison.stats.paired import Test

SIZES, MORE = (5, 10, 20, 50, 200), (10, 20, 50, 200, 1_000)
CLEAR = {IMPROVED, REGRESSED, CHANGED}
MARGIN_ERRORS = 6.0
"""The margin of scores, in true standard errors: wide enough that only its near end decides."""
BREAKS = 8.0
"""Broken examples expected where the true difference lies at the margin of verdicts."""


def measured(drawn: Drawn, tests: int = 1, *, p_value: float | None = None) -> Effect:
    """Measure one draw as `compare` does; a p that is given stands for the one of the permutation test, which
    takes most of the time.
    """
    pairs = pairs_of(drawn)
    groups = None if drawn.clusters is None else drawn.clusters.astype(np.int32)
    permuted = effects.sign_flip
    if p_value is not None:
        effects.sign_flip = lambda *_, **__: Test(name="not drawn", p_value=p_value)
    try:
        return effect(pairs, Settings(), groups, tests=tests)
    finally:
        effects.sign_flip = permuted


def clear(family: Sequence[Drawn], tests: int) -> bool:
    """Say whether any verdict of a family says that something changed; the permutation test is done only
    where all else says so.
    """
    if not any(_changed(adjusted([measured(one, tests, p_value=0.0) for one in family], holm))):
        return False
    return any(_changed(adjusted([measured(one, tests) for one in family], holm)))


def _changed(family: Sequence[Effect]) -> list[bool]:
    return [decide(one, DecisionRules()).verdict in CLEAR for one in family]


def alarms(scenario: Scenario, n: int, draws: int, seed: int = 0) -> float:
    """Return how often a verdict says that something changed where nothing did."""
    generator = np.random.default_rng([seed, n])
    return float(np.mean([clear([scenario(generator, n, 0.0)], 1) for _ in range(draws)]))


def coverage(scenario: Scenario, n: int, draws: int, seed: int = 1) -> float:
    """Return how often the interval shown holds the true difference: every other time none, else a loss of
    5%.
    """
    generator = np.random.default_rng([seed, n])
    held = []
    for place in range(draws):
        drawn = scenario(generator, n, -0.05 * (place % 2))
        found = measured(drawn, p_value=1.0)
        held.append(
            found.n < 2 or found.units < 2 or found.interval.low <= drawn.truth <= found.interval.high
        )
    return float(np.mean(held))


def false_claims(scenario: Scenario, n: int, draws: int, seed: int = 2) -> float:
    """Return how often the verdict is `equivalent` or `not worse` where the candidate is worse by just the
    margin.
    """
    generator = np.random.default_rng([seed, n])
    trial = scenario(generator, 2_000, 0.0)
    wide = MARGIN_ERRORS * float((trial.after - trial.before).std()) / np.sqrt(n)
    margin = min(BREAKS / n, 0.4) if trial.verdicts else wide
    rules, claims = DecisionRules(margin=margin), 0
    for _ in range(draws):
        # Both words go by the interval alone.
        found = adjusted([measured(scenario(generator, n, -margin), p_value=1.0)], holm)[0]
        claims += decide(found, rules).verdict in {EQUIVALENT, NOT_WORSE}
    return claims / draws


def power(scenario: Scenario, n: int, draws: int, tests: int = 1, seed: int = 3) -> float:
    """Return how often the verdict sees a loss of just what `min_detectable` is on average, one of so many
    metrics.
    """
    generator = np.random.default_rng([seed, n])
    trials = [
        measured(scenario(generator, n, 0.0), tests, p_value=1.0).min_detectable
        for _ in range(min(draws, 400))
    ]
    if np.isnan(trials).all():
        return float("nan")
    wanted = -float(np.nanmedian(trials))
    found = 0
    for _ in range(draws):
        lost, *others = [
            scenario(generator, n, wanted),
            *(scenario(generator, n, 0.0) for _ in range(tests - 1)),
        ]
        if decide(measured(lost, tests, p_value=0.0), DecisionRules()).verdict == REGRESSED:
            family = adjusted([measured(one, tests) for one in (lost, *others)], holm)
            found += decide(family[0], DecisionRules()).verdict == REGRESSED
    return found / draws


Cell = tuple[str, str, int, int]


def _cell(cell: Cell) -> float:
    """Work out one cell; the function is looked up here, since a process cannot be sent one that was made by
    another.
    """
    title, name, n, draws = cell
    function = tables()[title][0]
    scenario = PAIRED.get(name) or POWERED.get(name) or CLUSTERED.get(name)
    return function(scenario, n, draws) if scenario else function(n, draws)


POWERED = {
    "pass/fail, 10% flip": flipping(0.1),
    "pass/fail, 30% flip": flipping(0.3),
    **{name: PAIRED[name] for name in ("scores within 0..1", "ratings from 1 to 5", "skewed: exponential")},
}


def _ten(scenario: Scenario, n: int, draws: int) -> float:
    return power(scenario, n, max(draws // 4, 100), tests=10)


def tables() -> dict[str, tuple[Callable[..., float], Sequence[str], Sequence[int]]]:
    """Return every table: title -> what a cell is, rows, columns."""
    return {
        "False alarms of the verdict (at most .05 promised), by examples": (alarms, list(PAIRED), SIZES),
        "Coverage of the 95% interval, by examples": (coverage, list(PAIRED), SIZES),
        "`equivalent` or `not worse` though worse by just the margin (at most .025 promised), by examples": (
            false_claims,
            list(PAIRED),
            MORE,
        ),
        "The verdict's power at `min_detectable` (.80 promised), by examples": (power, list(POWERED), MORE),
        "The same, one of ten metrics": (_ten, list(POWERED), (20, 50, 200)),
        "False alarms of the verdict, by clusters": (alarms, list(CLUSTERED), (0,)),
        "Coverage of the 95% interval, by clusters": (coverage, list(CLUSTERED), (0,)),
        "The verdict's power at `min_detectable`, by clusters": (
            power,
            [name for name in CLUSTERED if name[0] in "1250"][:4],
            (0,),
        ),
        **{title: (function, [title], columns) for title, (function, columns) in FAMILIES.items()},
    }


def main(draws: int = 2_000, *wanted: str) -> None:
    """Print all tables, or those whose title holds one of the words wanted."""
    started = time.perf_counter()
    print(f"{draws:,} draws a cell; seeds are fixed.")
    with ProcessPoolExecutor(int(os.environ.get("SIMULATE_PROCESSES", os.cpu_count() or 1))) as pool:
        for title, (_, rows, columns) in tables().items():
            if wanted and not any(word in title for word in wanted):
                continue
            cells = [(title, row, column, draws) for row in rows for column in columns]
            values = iter(list(pool.map(_cell, cells)))
            print(
                f"\n**{title}**\n\n| | {' | '.join(f'{column:,}' if column else '' for column in columns)} |\n|---|{'---|' * len(columns)}"
            )
            for row in rows:
                print(f"| {row} | {' | '.join(_shown(next(values)) for _ in columns)} |", flush=True)
    print(f"\n{time.perf_counter() - started:,.0f} seconds", file=sys.stderr)


def _shown(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.2f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, *sys.argv[2:])
