"""The difference between two sides under one metric: test, interval, counts of changes, detectable
difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.analysis.special_effects import sequential_difference, weighted_difference
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL, Metric
from arize_nb.comparison.metrics.scales import ULPS, reach_of, rounding, scale_of
from arize_nb.comparison.stats.binary import (
    Flips,
    Interval,
    clopper_pearson,
    mcnemar_exact,
    mcnemar_midp,
    newcombe,
)
from arize_nb.comparison.stats.bounded import Weighted, bounded_interval, weighted
from arize_nb.comparison.stats.clusters import cluster_test, own_clusters
from arize_nb.comparison.stats.labels import (
    least_clustered_p,
    least_label_p,
    stuart_maxwell,
    stuart_maxwell_clustered,
)
from arize_nb.comparison.stats.mean_differences import FEW_DECIDE, measured_mean, units_of, wider
from arize_nb.comparison.stats.paired import Test, sign_flip
from arize_nb.comparison.stats.power import discordance, flips_detectable, unseen_share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from arize_nb.comparison.metrics.pairs import Pairs, Settings

NAN = float("nan")
UNKNOWN = Interval(NAN, NAN)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How the candidate differs from the baseline over the pairs of one metric; means and deltas are over the
    pairs only.
    """

    n: int
    """Pairs."""
    units: int = 0
    """What is independent: the pairs, or their clusters."""
    effective: float = 0.0
    """So many equal units would tell as much; below `units` where clusters differ in size."""
    baseline_interval: Interval = UNKNOWN
    """Interval of the baseline's mean, over the pairs."""
    candidate_interval: Interval = UNKNOWN
    """Interval of the candidate's mean, over the pairs."""
    baseline_mean: float = NAN
    """Mean of the baseline's values (a pass rate for verdicts); NaN for labels and without pairs."""
    candidate_mean: float = NAN
    """Mean of the candidate's values."""
    delta: float = NAN
    """Candidate minus baseline."""
    interval: Interval = UNKNOWN
    """Interval of the delta."""
    interval_name: str = ""
    """How the interval was made."""
    cautious: Interval | None = None
    """A wider interval that claims of no difference are held against; None where the interval serves them
    too.
    """
    test: str = "none"
    """The test that was done."""
    p_value: float = NAN
    """Its two-sided p."""
    p_exact: float = NAN
    """The exact p beside it; NaN where there is none."""
    p_adjusted: float = NAN
    """The p after the adjustment for all that was asked together (`adjusted`); NaN before."""
    p_interval: float = NAN
    """The p that goes with the interval, adjusted like `p_value`; what is clear among many tests is so by
    both. NaN where none does.
    """
    least_p: float = 0.0
    """The smallest p that the test could have given with so many pairs; NaN without pairs. `adjusted` adjusts
    it likewise.
    """
    standard_error: float = NAN
    """Standard error of the delta."""
    regressions: int | None = None
    """Pairs that got worse; None where neither way is better."""
    improvements: int | None = None
    """Pairs that got better; None where neither way is better."""
    unchanged: int = 0
    """Pairs that stayed the same."""
    down: int | None = None
    """Pairs whose value went down, whichever way is better; None for labels."""
    up: int | None = None
    """Pairs whose value went up; None for labels."""
    correlation: float = NAN
    """Pearson correlation of the two sides; NaN when one of them does not vary."""
    min_detectable: float = NAN
    """Smallest difference that so many such pairs find with 80% power."""
    few_decide: bool = False
    """Whether a few large differences decide the mean (they are too skewed for their number)."""

    @property
    def units_text(self) -> str:
        """Say how many independent units there are: `7 pairs`, `30 clusters that tell as much as 2.5`."""
        if self.units == self.n:
            return f"{self.units:,} pairs"
        unequal = f" that tell as much as {self.effective:.2g}" if self.effective < self.units - 0.05 else ""
        return f"{self.units:,} clusters{unequal}"


def adjusted(
    effects: Sequence[Effect], adjust: Callable[[Sequence[float]], NDArray[np.float64]]
) -> list[Effect]:
    """Return effects with the p values adjusted for being one family, and with the smallest p values that
    they could have had likewise.

    Both adjustments used here (Holm, Benjamini-Hochberg) never lower an adjusted p when a raw one grows, so
    no outcome of so many pairs in such a family has an adjusted p below the adjusted smallest.
    """
    values = adjust([one.p_value for one in effects])
    least = adjust([NAN if math.isnan(one.p_value) else one.least_p for one in effects])
    both = adjust([float(np.fmax(one.p_value, one.p_interval)) for one in effects])
    return [
        replace(
            one,
            p_adjusted=float(p),
            least_p=float(low),
            p_interval=NAN if math.isnan(one.p_interval) else float(by_both),
        )
        for one, p, low, by_both in zip(effects, values, least, both, strict=True)
    ]


def least_p(units: float) -> float:
    """Return the smallest two-sided p of a test that flips signs: all of so many units changing the same way,
    2 / 2^units.
    """
    return float(2.0 ** (1 - units))


def same(
    metric: Metric, before: NDArray[np.float64], after: NDArray[np.float64], runs: int = 1
) -> NDArray[np.bool_]:
    """Say which pairs stayed the same: equal but for rounding, of which the mean of `runs` runs has more."""
    equal = np.asarray(before == after)
    if metric.kind == LABEL:
        return equal
    rest = np.flatnonzero(~equal)
    equal[rest] = np.abs(after[rest] - before[rest]) <= rounding(before[rest], after[rest]) * max(
        runs / ULPS, 1.0
    )
    return equal


def is_binary(values: NDArray[np.float64]) -> bool:
    """Say whether all values are 0 or 1."""
    return bool(((values == 0) | (values == 1)).all())


def effect(
    pairs: Pairs,
    settings: Settings,
    groups: NDArray[np.int32] | None = None,
    weights: NDArray[np.float64] | None = None,
    *,
    tests: int = 1,
) -> Effect:
    """Measure the difference under one metric with the tests and intervals that its kind calls for.

    Parameters
    ----------
    pairs : Pairs
        The pairs of one metric and candidate.
    settings : Settings
        Level and seed.
    groups : ndarray of int32, optional
        Cluster of every example of the study (not of every pair), -1 for none.
    weights : ndarray of float64, optional
        Weight of every example of the study; labels have no mean to be weighted.
    tests : int
        How many tests will be adjusted together, for `min_detectable`.
    """
    metric = pairs.metric
    if len(pairs.before) == 0:
        return Effect(n=0, least_p=NAN)
    clusters = None if groups is None else own_clusters(groups[pairs.examples])
    if metric.kind == LABEL:
        return _labels(pairs, clusters)
    if weights is not None or settings.sequential:
        return _special(pairs, settings, weights, tests)
    # Repetitions are told by the runs and not by the values: one flaky example must not change the method.
    if clusters is None and metric.kind == PASS_FAIL and pairs.runs == 1:
        return _binary(pairs, settings, tests)
    return _scores(pairs, settings, clusters, tests)


def _special(pairs: Pairs, settings: Settings, weights: NDArray[np.float64] | None, tests: int) -> Effect:
    """Measure under weights, or for repeated looks: counts and means as ever, test and interval
    of their own.
    """
    usual = _scores(pairs, settings, None, tests)
    differences = differences_of(pairs)
    reach = reach_of(pairs.metric, *pairs.span, differences)
    if weights is None:
        own = sequential_difference(differences, reach, settings.confidence)
    else:
        own = weighted_difference(
            pairs.before, pairs.after, differences, weights[pairs.examples], reach, settings.confidence
        )
        own |= {"baseline_interval": UNKNOWN, "candidate_interval": UNKNOWN}
    return replace(
        usual,
        **{
            "p_exact": NAN,
            "p_interval": NAN,
            "min_detectable": NAN,
            "few_decide": False,
            "cautious": None,
            **own,
        },
    )


def _changes(metric: Metric, down: int, up: int) -> tuple[int | None, int | None]:
    """Return regressions and improvements for so many values that went down and up."""
    if metric.sign == 0:
        return None, None
    return (down, up) if metric.sign > 0 else (up, down)


def _binary(pairs: Pairs, settings: Settings, tests: int) -> Effect:
    """Pass/fail pairs: McNemar's mid-p (the exact p beside it) and Newcombe's paired interval, never within
    what so many can have missed.

    Newcombe's interval takes flips that were not seen for impossible where half of the examples pass (50
    pairs without any: +-4 points, though 7% may flip unseen). Claims of no difference are held against the
    bounded-mean interval too, which is never too short.
    """
    passed_before, passed_after = pairs.before == 1, pairs.after == 1
    n = len(passed_before)
    both = int((passed_before & passed_after).sum())
    total_before, total_after = int(passed_before.sum()), int(passed_after.sum())
    flips = Flips(
        both_pass=both,
        lost=total_before - both,
        won=total_after - both,
        both_fail=n - total_before - total_after + both,
    )
    regressions, improvements = _changes(pairs.metric, flips.lost, flips.won)
    margins = total_before * (n - total_before) * total_after * (n - total_after)
    share = flips.lost + flips.won
    level, unseen = settings.confidence, unseen_share(n, settings.confidence)
    interval = wider(
        newcombe(flips, level), Interval(max(flips.delta - unseen, -1.0), min(flips.delta + unseen, 1.0))
    )
    return Effect(
        n=n,
        units=n,
        effective=n,
        least_p=least_p(n),
        baseline_mean=total_before / n,
        candidate_mean=total_after / n,
        delta=flips.delta,
        baseline_interval=clopper_pearson(total_before, n, level),
        candidate_interval=clopper_pearson(total_after, n, level),
        interval=interval,
        cautious=wider(interval, bounded_interval(flip_values(flips), -1.0, 1.0, level)),
        interval_name="Newcombe",
        test="McNemar mid-p",
        p_value=mcnemar_midp(flips.lost, flips.won),
        p_exact=mcnemar_exact(flips.lost, flips.won),
        standard_error=float(np.sqrt((share - (flips.won - flips.lost) ** 2 / n) / n**2)),
        regressions=regressions,
        improvements=improvements,
        unchanged=n - share,
        down=flips.lost,
        up=flips.won,
        correlation=(flips.both_pass * flips.both_fail - flips.lost * flips.won)
        / float(np.sqrt(float(margins)))
        if margins
        else NAN,
        min_detectable=flips_detectable(n, discordance(flips.lost, flips.won, n), 1 - (1 - level) / tests),
    )


def flip_values(flips: Flips) -> Weighted:
    """Return the differences of pass/fail pairs: -1, 0 and 1, with how often each was seen."""
    counts = np.array([flips.lost, flips.n - flips.lost - flips.won, flips.won], dtype=np.float64)
    held = counts > 0
    return Weighted(
        sums=np.array([-1.0, 0.0, 1.0])[held], sizes=np.ones(int(held.sum())), counts=counts[held]
    )


def differences_of(pairs: Pairs) -> NDArray[np.float64]:
    """Return candidate minus baseline of every pair, exactly 0 where only rounding differs."""
    differences = pairs.after - pairs.before
    differences[same(pairs.metric, pairs.before, pairs.after, pairs.runs)] = 0.0
    return differences


def _scores(pairs: Pairs, settings: Settings, clusters: NDArray[np.int64] | None, tests: int) -> Effect:
    """Graded values (pass rates of repetitions too): sign-flip permutation of the mean, with clusters the
    robust t; `mean_difference`.
    """
    before, after = pairs.before, pairs.after
    n = len(before)
    differences = differences_of(pairs)
    up = int((differences > 0).sum())
    down = int((differences < 0).sum())
    regressions, improvements = _changes(pairs.metric, down, up)
    reach = reach_of(pairs.metric, *pairs.span, differences)
    found = measured_mean(differences, -reach, reach, clusters, confidence=settings.confidence, tests=tests)
    own = [_mean_interval(pairs, side, clusters, settings.confidence) for side in (before, after)]
    slack = float(rounding(before, after).sum())
    test = (
        sign_flip(differences, seed=settings.seed, rounding=slack)
        if clusters is None
        else cluster_test(differences, clusters, seed=settings.seed)
    )
    return Effect(
        n=n,
        units=found.units,
        effective=found.effective,
        least_p=least_p(found.effective),
        baseline_mean=float(before.mean()),
        candidate_mean=float(after.mean()),
        baseline_interval=own[0],
        candidate_interval=own[1],
        delta=found.mean,
        interval=found.interval,
        interval_name=found.interval_name,
        test=test.name,
        p_value=test.p_value,
        p_exact=test.p_value if test.exact else NAN,
        p_interval=found.p_bounded,
        standard_error=found.standard_error,
        regressions=regressions,
        improvements=improvements,
        unchanged=n - up - down,
        down=down,
        up=up,
        correlation=correlation(before, after),
        min_detectable=found.detectable,
        few_decide=pairs.metric.kind != PASS_FAIL and found.skew > FEW_DECIDE,
    )


def _mean_interval(
    pairs: Pairs, values: NDArray[np.float64], clusters: NDArray[np.int64] | None, confidence: float
) -> Interval:
    """Return the interval of one side's mean; of pass rates always the bounded mean's, whatever the
    repetitions.
    """
    bounds = scale_of(pairs.metric, *pairs.span)
    if pairs.metric.kind == PASS_FAIL and clusters is None:
        return bounded_interval(weighted(values), *bounds, confidence)
    return measured_mean(values, *bounds, clusters, confidence=confidence).interval


def _labels(pairs: Pairs, clusters: NDArray[np.int64] | None) -> Effect:
    """Labels without an order: the Stuart-Maxwell test of equal label shares; there is no mean
    and no delta.
    """
    n, k = len(pairs.before), len(pairs.metric.vocabulary)
    before, after = pairs.before.astype(np.int64), pairs.after.astype(np.int64)
    same_label = int((before == after).sum())
    if clusters is not None:
        units = int(clusters.max()) + 1
        found, least = (
            stuart_maxwell_clustered(before, after, clusters, k),
            least_clustered_p(before, after, clusters, k),
        )
        effective = units_of(clusters)
        least = max(least, least_p(effective))
        return Effect(
            n=n,
            units=units,
            effective=effective,
            least_p=least,
            test=found.name,
            p_value=found.p_value,
            unchanged=same_label,
        )
    cells = np.bincount(before * k + after, minlength=k * k).reshape(k, k)
    exact, least = NAN, least_p(n)
    if k == 2:
        lost, won = int(cells[1, 0]), int(cells[0, 1])
        found, exact = (
            Test(name="McNemar mid-p (two labels)", p_value=mcnemar_midp(lost, won)),
            mcnemar_exact(lost, won),
        )
    else:
        found, least = stuart_maxwell(cells), max(least, least_label_p(cells))
    return Effect(
        n=n,
        units=n,
        effective=n,
        least_p=least,
        test=found.name,
        p_value=found.p_value,
        p_exact=exact,
        unchanged=same_label,
    )


def correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Pearson's correlation; NaN when a side does not vary."""
    x, y = first - first.mean(), second - second.mean()
    largest = float(np.abs(x).max()), float(np.abs(y).max())
    if len(x) < 2 or min(largest) == 0:
        return NAN
    # Scaled first: squares of very large and very small scores are beyond what a number can hold.
    x, y = x / largest[0], y / largest[1]
    return float(x @ y) / float(np.sqrt((x @ x) * (y @ y)))
