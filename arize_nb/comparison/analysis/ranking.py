"""All experiments of a comparison in order, with the ones that cannot be told apart tied."""

from __future__ import annotations

from itertools import combinations
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import adjusted
from arize_nb.comparison.analysis.verdict import decide, note
from arize_nb.comparison.metrics.decision_rules import DecisionRules
from arize_nb.comparison.metrics.metric import LABEL
from arize_nb.comparison.metrics.pairs import pair_up
from arize_nb.comparison.stats.multiplicity import holm

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.metric import Metric


def ranking_rows(study: Study, metric: Metric) -> list[dict[str, Any]]:
    """Return the experiments of one metric, best first, over the examples that all of them have a value for.

    Every pair of experiments is tested, Holm over all pairs. `rank` is 1 + the experiments that are clearly
    better; `group` holds a letter for every set of experiments of which none is clearly better than another,
    so experiments that share a letter are tied. Where neither way is better, the order is by mean from high
    to low.
    """
    if metric.kind == LABEL:
        return []
    sides = range(len(study.names))
    outcomes = [study.outcome(metric, number) for number in sides]
    common = np.flatnonzero(~np.isnan([found.value for found in outcomes]).any(axis=0))
    means = [float(found.value[common].mean()) if len(common) else float("nan") for found in outcomes]
    pairs = list(combinations(sides, 2))
    effects = [
        study.measure(pair_up(metric, outcomes[first], outcomes[second], first, second, common))
        for first, second in pairs
    ]
    rules = DecisionRules(confidence=study.settings.confidence)
    clear = {
        pair for pair, found in zip(pairs, adjusted(effects, holm), strict=True) if decide(found, rules).moved
    }
    apart = clear | {(second, first) for first, second in clear}
    order = sorted(sides, key=lambda number: (-means[number] * (metric.sign or 1), number))
    letters = tied_groups(order, apart)
    return [
        {
            "metric": metric.name,
            "rank": 1 + sum((other, number) in apart for other in order[:place]),
            "experiment": study.names[number],
            "mean": means[number],
            "n": len(common),
            "group": letters[number],
            "note": note(len(common)),
        }
        for place, number in enumerate(order)
    ]


def tied_groups(order: list[int], apart: set[tuple[int, int]]) -> dict[int, str]:
    """Return for every member the letters of the largest sets without a clear difference that it is in.

    References
    ----------
    Piepho (2004), J Comput Graph Stat 13:456 (insert and absorb).
    """
    groups = [set(order)]
    for first, second in sorted(apart):
        parted: list[set[int]] = []
        for group in groups:
            parted += [group - {first}, group - {second}] if {first, second} <= group else [group]
        groups = [group for group in parted if not any(group < other for other in parted)]
        groups = [group for place, group in enumerate(groups) if group not in groups[:place]]
    groups.sort(key=lambda group: sorted(order.index(member) for member in group))
    names = [ascii_lowercase[place % 26] * (1 + place // 26) for place in range(len(groups))]
    return {
        member: "".join(name for name, group in zip(names, groups, strict=True) if member in group)
        for member in order
    }
