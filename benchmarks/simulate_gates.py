"""How often each rule of a gate stops a candidate: a system compared with itself, and real losses.

Prints the table of docs/gates.md. `python benchmarks/simulate_gates.py` takes about two minutes of one core;
`--draws N` draws N comparisons of each case (default 400: a share is right to about .02).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

import arize_nb as ax
from arize_nb.errors import RegressionError

RULES = ("worse", "regressions=3", "min-delta=-0.05", "lost=5%", "slices", "unsure")
"""Rules that are asked, each by itself."""
TOPICS = 5
"""Slices of equal size."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of candidate."""

    name: str
    """What happened to it."""
    questions: int = 300
    """Examples; each side has one run of each."""
    loss: float = 0.0
    """By how much its pass rate fell."""
    topic_loss: float = 0.0
    """By how much it fell in one topic of five."""
    lost: float = 0.0
    """Share of runs that errored, on both sides, whatever they would have been."""
    crashed: float = 0.0
    """Share of the candidate's runs that errored beside that."""


CASES = (
    Case(name="A/A"),
    Case(name="A/A, 50 questions", questions=50),
    Case(name="A/A, 2,000 questions", questions=2_000),
    Case(name="A/A, 2% of runs lost on both sides", lost=0.02),
    Case(name="A/A, 10% of runs lost on both sides", lost=0.1),
    Case(name="5 points lost", loss=0.05),
    Case(name="10 points lost", loss=0.1),
    Case(name="20 points lost", loss=0.2),
    Case(name="30 points lost in one topic of five", topic_loss=0.3),
    Case(name="15% of the candidate's runs crash", crashed=0.15),
    Case(name="5 points gained", loss=-0.05),
)


def sides(case: Case, generator: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw both sides of a comparison: questions of mixed difficulty (pass rates Beta(4, 1.7), about .7)."""
    rates = generator.beta(4, 1.7, case.questions)
    topic = np.arange(case.questions) % TOPICS
    fallen = np.clip(rates - case.loss - case.topic_loss * (topic == 0), 0, 1)
    base = {
        "example_id": [f"q{i}" for i in range(case.questions)],
        "topic": [f"topic {number}" for number in topic],
    }

    def run(chances: np.ndarray, lost: float) -> pd.DataFrame:
        gone = generator.random(case.questions) < lost
        passed = np.where(gone, np.nan, generator.random(case.questions) < chances)
        return pd.DataFrame({**base, "eval.correct.score": passed, "error": np.where(gone, "outage", None)})

    return run(rates, case.lost), run(fallen, 1 - (1 - case.lost) * (1 - case.crashed))


def stopped(comparison: ax.Comparison, rule: str) -> bool:
    """Say whether a gate of one rule stops a candidate."""
    try:
        comparison.check(fail_on=rule)
    except RegressionError:
        return True
    return False


def shares(
    draws: int, cases: tuple[Case, ...] = CASES, rules: tuple[str, ...] = RULES
) -> Iterator[tuple[Case, dict[str, float]]]:
    """Yield, for every case, the share of candidates that each rule stops."""
    for number, case in enumerate(cases):
        generator = np.random.default_rng(number)
        counts = dict.fromkeys(rules, 0)
        for _ in range(draws):
            comparison = ax.compare(*sides(case, generator), by="topic")
            for rule in rules:
                counts[rule] += stopped(comparison, rule)
        yield case, {rule: count / draws for rule, count in counts.items()}


def main(say: Callable[[str], None] = print) -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400, help="Comparisons of each case.")
    draws = parser.parse_args().draws
    say(f"| {' | '.join(('candidate', *(f'`{rule}`' for rule in RULES)))} |")
    say(f"|{'---|' * (1 + len(RULES))}")
    for case, found in shares(draws):
        say(f"| {' | '.join((case.name, *(f'{share:.2f}' for share in found.values())))} |")


if __name__ == "__main__":
    main()
