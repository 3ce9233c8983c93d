"""Size of every default test and coverage of every interval, by simulation; prints the table of docs/statistics.md.

Run: python benchmarks/simulate_statistics.py [draws]      (2,000 draws a cell: four to five minutes of one core)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np

from arize_nb.comparison.stats.binary import Flips, Interval, bonett_price, mcnemar_exact, mcnemar_midp, newcombe
from arize_nb.comparison.stats.clusters import cluster_sign_flip, clustered_mean
from arize_nb.comparison.stats.distributions import normal_p
from arize_nb.comparison.stats.paired import paired_t, sign_flip, smooth_bootstrap, t_interval, wilcoxon
from arize_nb.comparison.stats.repetitions import mean_interval, pass_at_k, rerun_error

SIZES = (10, 20, 50, 100, 400)
LEVEL = 0.05
UP, DOWN = 0.12, 0.05
"""Shares of pairs that a candidate wins and loses, where there is a difference (field tables use the same)."""
STEPS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


def binary(generator: np.random.Generator, n: int, *, null: bool) -> tuple[np.ndarray, float]:
    """Draw differences of verdicts: 20% of pairs flip either way alike, or 12% up and 5% down; return them and their true mean."""
    up, down = (0.1, 0.1) if null else (UP, DOWN)
    draws = generator.random(n)
    return np.where(draws < up, 1.0, np.where(draws < up + down, -1.0, 0.0)), up - down


def tied(generator: np.random.Generator, n: int, *, null: bool) -> tuple[np.ndarray, float]:
    """Draw differences of judge scores in five steps, of which most are high and many pairs are equal; return them and their true mean."""
    shares = np.array([0.06, 0.06, 0.13, 0.25, 0.5])
    better = np.array([0.04, 0.05, 0.11, 0.24, 0.56])
    before = generator.choice(STEPS, n, p=shares)
    fresh = generator.choice(STEPS, n, p=shares if null else better)
    after = np.where(generator.random(n) < 0.5, before, fresh)
    return after - before, 0.0 if null else 0.5 * float(STEPS @ (better - shares))


def flips(differences: np.ndarray) -> Flips:
    """Return the table of verdict pairs behind their differences; equal pairs are passes for the most part."""
    lost, won = int((differences < 0).sum()), int((differences > 0).sum())
    same = len(differences) - lost - won
    return Flips(both_pass=round(same * 0.75), lost=lost, won=won, both_fail=same - round(same * 0.75))


Test = Callable[[np.ndarray], float]
Method = Callable[[np.ndarray], Interval]

TESTS: dict[str, dict[str, Test]] = {
    "binary": {
        "McNemar mid-p (default)": lambda d: mcnemar_midp(flips(d).lost, flips(d).won),
        "McNemar exact": lambda d: mcnemar_exact(flips(d).lost, flips(d).won),
        "sign-flip": lambda d: sign_flip(d).p_value,
    },
    "tied scores": {
        "sign-flip (default)": lambda d: sign_flip(d).p_value,
        "paired t": lambda d: paired_t(d).p_value,
        "Wilcoxon (by name)": lambda d: wilcoxon(d).p_value,
    },
}
INTERVALS: dict[str, dict[str, Method]] = {
    "binary": {
        "Newcombe (default)": lambda d: newcombe(flips(d)),
        "Bonett-Price": lambda d: bonett_price(flips(d)),
        "t": t_interval,
        "smooth bootstrap": lambda d: smooth_bootstrap(d, draws=1_000),
    },
    "tied scores": {"t (default)": t_interval, "smooth bootstrap": lambda d: smooth_bootstrap(d, draws=1_000)},
}
DRAW = {"binary": binary, "tied scores": tied}


def size(kind: str, name: str, n: int, draws: int, seed: int = 0) -> float:
    """Return how often a test rejects when nothing differs."""
    generator = np.random.default_rng([seed, n])
    return float(np.mean([TESTS[kind][name](DRAW[kind](generator, n, null=True)[0]) <= LEVEL for _ in range(draws)]))


def coverage(kind: str, name: str, n: int, draws: int, seed: int = 1) -> float:
    """Return how often an interval holds the true difference."""
    generator = np.random.default_rng([seed, n])
    held = 0
    for _ in range(draws):
        differences, truth = DRAW[kind](generator, n, null=False)
        found = INTERVALS[kind][name](differences)
        held += found.low <= truth <= found.high
    return held / draws


def clustered(generator: np.random.Generator, clusters: int, each: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Draw differences without a mean in clusters that share half of their variance."""
    numbers = np.repeat(np.arange(clusters), each)
    return generator.normal(0, 1, clusters)[numbers] + generator.normal(0, 1, clusters * each), numbers


def cluster_sizes(clusters: int, draws: int) -> Iterator[tuple[str, float]]:
    """Yield how often tests of clustered differences reject when nothing differs."""
    tests: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
        "paired t, clusters ignored": lambda d, _: paired_t(d).p_value,
        "cluster-robust t (default with `cluster=`)": lambda d, g: clustered_mean(d, g).test().p_value,
        "cluster sign-flip": lambda d, g: cluster_sign_flip(d, g).p_value,
    }
    for name, test in tests.items():
        generator = np.random.default_rng([2, clusters])
        yield name, float(np.mean([test(*clustered(generator, clusters)) <= LEVEL for _ in range(draws)]))


def pooled_repetitions(draws: int, *, pooled: bool, examples: int = 40, repetitions: int = 5) -> float:
    """Return how often five repetitions of forty examples show a difference that is not there, pooled as 200 pairs or averaged first."""
    generator = np.random.default_rng(3)
    alarms = 0
    for _ in range(draws):
        rates = generator.beta(0.6, 0.6, (2, examples))
        runs = (generator.random((repetitions, 2, examples)) < rates).astype(float)
        moves = runs[:, 1] - runs[:, 0]
        alarms += (
            mcnemar_midp(int((moves < 0).sum()), int((moves > 0).sum())) if pooled else sign_flip(moves.mean(axis=0)).p_value
        ) <= LEVEL
    return alarms / draws


def pass_coverage(n: int, draws: int, method: Method, *, repetitions: int = 5, k: int = 3) -> float:
    """Return how often an interval of pass@3 of a good system, five repetitions of n examples, holds the truth."""
    generator = np.random.default_rng([5, n])
    truth = 1 - float(np.prod([(0.5 + step) / (5.5 + step) for step in range(k)]))  # 1 - E[(1 - rate)^k], rate ~ Beta(5, 0.5)
    held = 0
    for _ in range(draws):
        passed = generator.binomial(repetitions, generator.beta(5, 0.5, n))
        found = method(pass_at_k(np.full(n, repetitions), passed, k))
        held += found.low <= truth <= found.high
    return held / draws


def noise_size(n: int, draws: int, *, pooled: bool) -> float:
    """Return how often a second rerun is called beyond the noise of a first one: 10% of the examples pass every other time."""
    generator = np.random.default_rng([4, n])
    alarms = 0
    for _ in range(draws):
        rates = np.where(generator.random(n) < 0.1, 0.5, np.where(generator.random(n) < 0.7, 1.0, 0.0))
        base, rerun, again = (generator.random((3, n)) < rates).astype(float)
        error = rerun_error(rerun - base, again - base if pooled else rerun - base)
        delta = float((again - base).mean())
        alarms += delta != 0 and (error == 0 or normal_p(delta / error) <= LEVEL)
    return alarms / draws


def table(title: str, rows: dict[str, list[float]], heads: tuple[object, ...]) -> None:
    """Print one Markdown table."""
    print(f"\n**{title}**\n\n| method | {' | '.join(map(str, heads))} |\n|---|{'---|' * len(heads)}")
    for name, values in rows.items():
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |")


def main(draws: int = 2_000) -> None:
    """Print all tables."""
    print(f"{draws:,} draws a cell, level {LEVEL:g}; seeds are fixed.")
    for kind in DRAW:
        rows = {name: [size(kind, name, n, draws) for n in SIZES] for name in TESTS[kind]}
        table(f"True size at nominal 5%, {kind}, by pairs", rows, SIZES)
        rows = {name: [coverage(kind, name, n, draws) for n in SIZES] for name in INTERVALS[kind]}
        table(f"Coverage of nominal 95%, {kind}, by pairs", rows, SIZES)
    counts = (5, 10, 20, 40)
    found = {clusters: dict(cluster_sizes(clusters, draws)) for clusters in counts}
    rows = {name: [found[clusters][name] for clusters in counts] for name in found[counts[0]]}
    table("True size at nominal 5%, clusters of ten pairs, by clusters", rows, counts)
    rows = {
        "t": [pass_coverage(n, draws, t_interval) for n in SIZES],
        "Wilson at the effective number of examples (default)": [pass_coverage(n, draws, mean_interval) for n in SIZES],
    }
    table("Coverage of nominal 95%, pass@3 of a good system, five repetitions, by examples", rows, SIZES)
    rows = {
        "noise of the rerun alone": [noise_size(n, draws, pooled=False) for n in SIZES],
        "pooled with the candidate's own (`p_delta`)": [noise_size(n, draws, pooled=True) for n in SIZES],
    }
    table("True size at nominal 5%, noise floor, by examples", rows, SIZES)
    rows = {
        "200 pairs pooled": [pooled_repetitions(draws, pooled=True)],
        "averaged within the example (default)": [pooled_repetitions(draws, pooled=False)],
    }
    table("True size at nominal 5%, five repetitions of forty examples", rows, ("size",))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
