"""Pairwise judgements: which of two outputs was preferred, in which order they were shown; win rates,
position bias, a ranking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import Effect, adjusted, least_p
from arize_nb.comparison.analysis.verdict import decide, note
from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.stats.binary import Flips, bonett_price, mcnemar_exact, mcnemar_midp
from arize_nb.comparison.stats.distributions import normal_p, normal_quantile
from arize_nb.comparison.stats.judgements.bradley_terry import bradley_terry
from arize_nb.comparison.stats.multiplicity import holm
from arize_nb.comparison.stats.paired import sign_flip, t_interval
from arize_nb.errors import ColumnError, ComparisonError
from arize_nb.frames.uncalled import uncalled

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COLUMNS = ("example_id", "first", "second", "winner")
FIRST_WORDS = frozenset({"first", "a", "1", "model_a", "output_a", "left"})
SECOND_WORDS = frozenset({"second", "b", "2", "model_b", "output_b", "right"})
TIE_WORDS = frozenset({"tie", "draw", "both", "neither", "equal", "same", "tie (bothbad)", "c"})


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Pairwise:
    """What pairwise judgements say about some experiments."""

    experiments: tuple[str, ...]
    """Names, the baseline first."""
    examples: NDArray[np.int64]
    """Example of every judgement, a number."""
    first: NDArray[np.int64]
    """Experiment whose output was shown first, a place in `experiments`."""
    second: NDArray[np.int64]
    """Experiment whose output was shown second."""
    won: NDArray[np.float64]
    """1 where the first was preferred, 0 where the second was, 0.5 for a tie."""
    unread: int
    """Judgements without a winner (an empty cell): left out."""
    confidence: float = 0.95

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row per pair of experiments.

        `baseline, candidate, n` (examples), `wins, losses, ties` (of the candidate, over examples; a tie is a
        tie in every order), `inconsistent` (another winner in the other order: counted as a tie),
        `both_orders` (examples asked in both), `net_win_rate` ((wins - losses) / n, -1..1) with `ci_low,
        ci_high` (Bonett-Price), `p_value` (mid-p of wins against losses), `p_adjusted` (Holm over all pairs),
        `verdict`, `note`.
        """
        import pandas as pd

        pairs = list(combinations(range(len(self.experiments)), 2))
        rows = [self._row(one, other) for one, other in pairs]
        met = [(row, effect) for row, effect in rows if effect.n]
        rules = DecisionRules(confidence=self.confidence)
        for (row, _), effect in zip(met, adjusted([effect for _, effect in met], holm), strict=True):
            decision = decide(effect, rules)
            row |= {"p_adjusted": decision.p_adjusted, "verdict": decision.verdict}
        return uncalled(pd.DataFrame([row for row, _ in met]), "summary")

    @cached_property
    def position_bias(self) -> pd.DataFrame:
        """How much the order decides: one row.

        `n` (examples asked in both orders), `first_rate` (share of judgements that prefer what is shown
        first, ties half; 0.5 is no bias) with `ci_low, ci_high` (t over examples) and `p_value` (of 0.5, by
        sign flips), `inconsistent` (share of examples and pairs whose winner changes with the order), `note`.
        """
        import pandas as pd

        values, changed = self._both_orders()
        n = len(values)
        around = t_interval(values - 0.5, self.confidence)
        row = {
            "n": n,
            "first_rate": float(values.mean()) if n else float("nan"),
            "ci_low": around.low + 0.5,
            "ci_high": around.high + 0.5,
            "p_value": sign_flip(values - 0.5, seed=0).p_value if n else float("nan"),
            "inconsistent": float(changed.mean()) if n else float("nan"),
            "note": (
                note(n)
                if n
                else (
                    "no example was asked in both orders: a bias for one place cannot be told from a better"
                    " output"
                )
            ),
        }
        return uncalled(pd.DataFrame([row]), "position_bias")

    def ranking(self) -> pd.DataFrame:
        """Rank the experiments by Bradley-Terry strength: `rank, experiment, strength, ci_low, ci_high,
        games, win_rate`.

        `strength` is the log odds of being preferred to the average experiment, its interval robust to
        judgements of one example not being independent; `win_rate` counts ties half. `rank` is 1 + the
        experiments that are clearly stronger (Holm over all pairs).

        Raises
        ------
        ComparisonError
            Some experiments never lost to the others, or never met them: there is no finite strength.
        """
        import pandas as pd

        k = len(self.experiments)
        items = np.unique(self.examples, return_inverse=True)[1]
        fit = bradley_terry(self.first, self.second, self.won, items, k)
        if fit is None:
            raise ComparisonError(
                "the experiments cannot be ranked: some always beat the others, or never met them",
                hint="Ask for more judgements between them, ties included; .summary shows every pair.",
            )
        errors = np.sqrt(np.diag(fit.covariance))
        z = normal_quantile(self.confidence)
        stronger = self._stronger(fit.value, fit.covariance)
        order = sorted(range(k), key=lambda number: (-fit.value[number], number))
        rows = [
            {
                "rank": 1 + sum((other, number) in stronger for other in range(k)),
                "experiment": self.experiments[number],
                "strength": float(fit.value[number]),
                "ci_low": float(fit.value[number] - z * errors[number]),
                "ci_high": float(fit.value[number] + z * errors[number]),
                "games": int(((self.first == number) | (self.second == number)).sum()),
                "win_rate": self._win_rate(number),
            }
            for number in order
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        parts = [self.summary.to_string(index=False), self.position_bias.to_string(index=False)]
        return "\n".join(
            [f"pairwise: {len(self.won):,} judgements of {len(np.unique(self.examples)):,} examples", *parts]
        )

    def _stronger(self, value: NDArray[np.float64], covariance: NDArray[np.float64]) -> set[tuple[int, int]]:
        """Return the ordered pairs of experiments of which the first is clearly stronger."""
        pairs = list(combinations(range(len(value)), 2))
        gaps = [value[one] - value[other] for one, other in pairs]
        spreads = [np.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]) for i, j in pairs]
        p_values = holm(
            [
                normal_p(gap / spread) if spread > 0 else float("nan")
                for gap, spread in zip(gaps, spreads, strict=True)
            ]
        )
        clear = [
            (pair, gap)
            for pair, gap, p in zip(pairs, gaps, p_values, strict=True)
            if p <= 1 - self.confidence
        ]
        return {pair if gap > 0 else pair[::-1] for pair, gap in clear}

    def _win_rate(self, number: int) -> float:
        """Return the share of its judgements that an experiment won, ties half."""
        points = np.concatenate([self.won[self.first == number], 1 - self.won[self.second == number]])
        return float(points.mean()) if len(points) else float("nan")

    def _of_pair(
        self, baseline: int, candidate: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return the judgements of one pair: example, 1 where the candidate was preferred, whether it was
        shown first.
        """
        forward = (self.first == candidate) & (self.second == baseline)
        backward = (self.first == baseline) & (self.second == candidate)
        examples = np.concatenate([self.examples[forward], self.examples[backward]])
        points = np.concatenate([self.won[forward], 1 - self.won[backward]])
        return examples, points, np.arange(len(points)) < int(forward.sum())

    def _by_example(
        self, baseline: int, candidate: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the examples of a pair, and the candidate's mean points shown first, and shown second; NaN
        where not asked.
        """
        examples, points, is_first = self._of_pair(baseline, candidate)
        asked_examples, places = np.unique(examples, return_inverse=True)
        n = len(asked_examples)
        means = []
        for asked in (is_first, ~is_first):
            counts = np.bincount(places[asked], minlength=n)
            sums = np.bincount(places[asked], weights=points[asked], minlength=n)
            means.append(np.divide(sums, counts, out=np.full(n, np.nan), where=counts > 0))
        return asked_examples, means[0], means[1]

    def _row(self, baseline: int, candidate: int) -> tuple[dict[str, Any], Effect]:
        """Count one pair of experiments, an example at a time."""
        _, as_first, as_second = self._by_example(baseline, candidate)
        both = ~np.isnan(as_first) & ~np.isnan(as_second)
        inconsistent = both & ((as_first - 0.5) * (as_second - 0.5) < 0)
        net = np.sign(np.nan_to_num(as_first - 0.5) + np.nan_to_num(as_second - 0.5))
        net[inconsistent] = 0
        wins, losses, n = int((net > 0).sum()), int((net < 0).sum()), len(net)
        if n == 0:
            return {}, Effect(n=0, least_p=float("nan"))
        around = bonett_price(
            Flips(both_pass=n - wins - losses, lost=losses, won=wins, both_fail=0), self.confidence
        )
        effect = Effect(
            n=n,
            units=n,
            delta=(wins - losses) / n,
            interval=around,
            interval_name="Bonett-Price",
            test="mid-p of wins against losses",
            p_value=mcnemar_midp(losses, wins),
            p_exact=mcnemar_exact(losses, wins),
            least_p=least_p(n),
        )
        row: dict[str, Any] = {
            "baseline": self.experiments[baseline],
            "candidate": self.experiments[candidate],
            "n": n,
            "wins": wins,
            "losses": losses,
            "ties": n - wins - losses - int(inconsistent.sum()),
            "inconsistent": int(inconsistent.sum()),
            "both_orders": int(both.sum()),
            "net_win_rate": effect.delta,
            "ci_low": around.low,
            "ci_high": around.high,
            "p_value": effect.p_value,
            "p_adjusted": float("nan"),
            "verdict": "",
            "note": (
                note(n) or ("" if both.any() else "one order only: a bias for one place is not cancelled")
            ),
        }
        return row, effect

    def _both_orders(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return how far what is shown first is preferred, per example asked in both orders, and per pair of
        it whether the winner changed.

        The pairs of experiments of one example are not independent: they are averaged.
        """
        examples, rates, changed = [np.empty(0, dtype=np.int64)], [np.empty(0)], [np.empty(0, dtype=bool)]
        for baseline, candidate in combinations(range(len(self.experiments)), 2):
            asked, as_first, as_second = self._by_example(baseline, candidate)
            both = ~np.isnan(as_first) & ~np.isnan(as_second)
            examples.append(asked[both])
            rates.append((as_first[both] + 1 - as_second[both]) / 2)
            changed.append((as_first[both] - 0.5) * (as_second[both] - 0.5) < 0)
        places = np.unique(np.concatenate(examples), return_inverse=True)[1]
        means = (
            np.bincount(places, weights=np.concatenate(rates)) / np.bincount(places)
            if len(places)
            else np.empty(0)
        )
        return means, np.concatenate(changed)


def pairwise(
    judgements: object,
    *,
    experiments: Sequence[str] = (),
    confidence: float = 0.95,
    columns: Mapping[str, str] | None = None,
) -> Pairwise:
    """Read pairwise judgements.

    Parameters
    ----------
    judgements : DataFrame, Table or list of dicts
        A row per judgement: `example_id`, `first` and `second` (names of the experiments whose outputs were
        shown, in that order), `winner` (the name of one, or a usual word: first, a, 1; second, b, 2; tie,
        draw). An empty winner counts as no judgement.
    experiments : sequence of str
        Their order, the baseline first; those that are not named follow as they come.
    confidence : float
        Level of the intervals.
    columns : mapping, optional
        Other names of the four columns: `{"winner": "choice"}`.

    Raises
    ------
    ColumnError
        A column is missing.
    ComparisonError
        A winner that is neither of the two nor a known word, an output judged against itself, or no judgement
        at all.
    """
    from arize_nb.comparison.inputs.accepted_inputs import source_of
    from arize_nb.comparison.sources.column_source import labels_of

    source = source_of(judgements, "judgements", "example")
    named = {name: (columns or {}).get(name, name) for name in COLUMNS}
    lacking = [name for name in named.values() if name not in source]
    if lacking:
        hint = f"It has: {', '.join(source.columns[:12])}. Name others: columns={{'winner': …}}."
        raise ColumnError(f"the judgements have no column {lacking[0]!r}", column=lacking[0], hint=hint)
    read = {name: labels_of(source.arrow(column)) for name, column in named.items()}
    texts = {name: np.array([*read[name].vocabulary, ""], dtype=object)[read[name].codes] for name in COLUMNS}
    known = texts["winner"] != ""
    first, second, winner = (texts[name][known] for name in ("first", "second", "winner"))
    if not len(winner):
        raise ComparisonError(
            "there is no judgement", hint=f"{named['winner']} holds no winner in {source.rows:,} rows."
        )
    names = list(dict.fromkeys([*experiments, *np.ravel(np.column_stack([first, second]))]))
    if "" in names or (first == second).any():
        raise ComparisonError(
            "a judgement lacks one of its two experiments, or holds one twice",
            hint="`first` and `second` name two.",
        )
    places = {name: place for place, name in enumerate(names)}
    return Pairwise(
        experiments=tuple(names),
        examples=read["example_id"].codes[known].astype(np.int64),
        first=np.array([places[name] for name in first], dtype=np.int64),
        second=np.array([places[name] for name in second], dtype=np.int64),
        won=_points(first, second, winner),
        unread=int((~known).sum()),
        confidence=confidence,
    )


def _points(first: NDArray[Any], second: NDArray[Any], winner: NDArray[Any]) -> NDArray[np.float64]:
    """Return 1 where the first won, 0 where the second did, 0.5 for a tie."""
    folded = np.array([str(word).strip().casefold() for word in winner], dtype=object)
    points = np.full(len(winner), np.nan)
    for words, value in ((TIE_WORDS, 0.5), (SECOND_WORDS, 0.0), (FIRST_WORDS, 1.0)):
        points[np.isin(folded, list(words))] = value
    points[winner == second] = 0.0
    points[winner == first] = 1.0
    unknown = np.flatnonzero(np.isnan(points))
    if len(unknown):
        row = int(unknown[0])
        raise ComparisonError(
            f"{winner[row]!r} is no winner between {first[row]!r} and {second[row]!r} ({len(unknown):,}"
            " such)",
            hint="The winner is the name of one of the two, or first, second, tie.",
        )
    return points
