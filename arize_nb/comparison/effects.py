"""The difference between two sides under one metric: test, interval, counts of changes, detectable difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.metrics import LABEL, PASS_FAIL, Metric
from arize_nb.comparison.stats.binary import Flips, Interval, mcnemar_exact, mcnemar_midp, newcombe
from arize_nb.comparison.stats.clusters import clustered_mean, own_clusters
from arize_nb.comparison.stats.labels import stuart_maxwell, stuart_maxwell_clustered
from arize_nb.comparison.stats.paired import Test, sign_flip, t_interval
from arize_nb.comparison.stats.power import discordance, flips_detectable, mean_detectable, unseen_change

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from arize_nb.comparison.pairs import Pairs, Settings

NAN = float("nan")
UNKNOWN = Interval(NAN, NAN)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How the candidate differs from the baseline over the pairs of one metric; means and deltas are over the pairs only."""

    n: int
    """Pairs."""
    units: int = 0
    """What is independent: the pairs, or their clusters."""
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
    test: str = "none"
    """The test that was done."""
    p_value: float = NAN
    """Its two-sided p."""
    p_exact: float = NAN
    """The exact p beside it; NaN where there is none."""
    p_adjusted: float = NAN
    """The p after the adjustment for all that was asked together (`adjusted`); NaN before."""
    least_p: float = 0.0
    """The smallest p that the test could have given with so many pairs; NaN without pairs. `adjusted` adjusts it likewise."""
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
    unseen: float = 0.0
    """How far off the delta may be though no pair differs from another; 0 where the interval says it."""

    @property
    def units_text(self) -> str:
        """Say how many independent units there are: `7 pairs`."""
        return f"{self.units:,} {'pairs' if self.units == self.n else 'clusters'}"


def adjusted(effects: Sequence[Effect], adjust: Callable[[Sequence[float]], NDArray[np.float64]]) -> list[Effect]:
    """Return effects with the p values adjusted for being one family, and with the smallest p values that they could have had likewise.

    Both adjustments used here (Holm, Benjamini-Hochberg) never lower an adjusted p when a raw one grows, so no outcome of so many pairs in
    such a family has an adjusted p below the adjusted smallest.
    """
    values = adjust([one.p_value for one in effects])
    least = adjust([NAN if math.isnan(one.p_value) else one.least_p for one in effects])
    return [replace(one, p_adjusted=float(p), least_p=float(low)) for one, p, low in zip(effects, values, least, strict=True)]


def least_p(units: int) -> float:
    """Return the smallest two-sided p of a test that flips signs: all of so many units changing the same way, 2 / 2^units."""
    return float(2.0 ** (1 - units))


def same(metric: Metric, before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which pairs stayed the same: equal but for rounding."""
    if metric.kind == LABEL:
        return np.asarray(before == after)
    equal = np.asarray(before == after)
    rest = np.flatnonzero(~equal)
    gap = np.abs(after[rest] - before[rest])
    equal[rest] = gap <= 1e-12 * np.maximum(np.abs(before[rest]), np.abs(after[rest]))
    return equal


def is_binary(values: NDArray[np.float64]) -> bool:
    """Say whether all values are 0 or 1."""
    return bool(((values == 0) | (values == 1)).all())


def effect(pairs: Pairs, settings: Settings, groups: NDArray[np.int32] | None = None) -> Effect:
    """Measure the difference under one metric with the tests and intervals that its kind calls for.

    Parameters
    ----------
    pairs : Pairs
        The pairs of one metric and candidate.
    settings : Settings
        Level and seed.
    groups : ndarray of int32, optional
        Cluster of every example of the study (not of every pair), -1 for none.
    """
    metric, before, after = pairs.metric, pairs.before, pairs.after
    if len(before) == 0:
        return Effect(n=0, least_p=NAN)
    clusters = None if groups is None else own_clusters(groups[pairs.examples])
    if metric.kind == LABEL:
        return _labels(pairs, clusters)
    if clusters is None and metric.kind == PASS_FAIL and is_binary(before) and is_binary(after):
        return _binary(pairs, settings)
    return _scores(pairs, settings, clusters)


def _changes(metric: Metric, down: int, up: int) -> tuple[int | None, int | None]:
    """Return regressions and improvements for so many values that went down and up."""
    if metric.sign == 0:
        return None, None
    return (down, up) if metric.sign > 0 else (up, down)


def _binary(pairs: Pairs, settings: Settings) -> Effect:
    """Pass/fail pairs: McNemar's mid-p (the exact p beside it) and Newcombe's paired interval."""
    passed_before, passed_after = pairs.before == 1, pairs.after == 1
    n = len(passed_before)
    both = int((passed_before & passed_after).sum())
    total_before, total_after = int(passed_before.sum()), int(passed_after.sum())
    flips = Flips(both_pass=both, lost=total_before - both, won=total_after - both, both_fail=n - total_before - total_after + both)
    regressions, improvements = _changes(pairs.metric, flips.lost, flips.won)
    margins = total_before * (n - total_before) * total_after * (n - total_after)
    share = flips.lost + flips.won
    return Effect(
        n=n,
        units=n,
        least_p=least_p(n),
        baseline_mean=total_before / n,
        candidate_mean=total_after / n,
        delta=flips.delta,
        interval=newcombe(flips, settings.confidence),
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
        correlation=(flips.both_pass * flips.both_fail - flips.lost * flips.won) / float(np.sqrt(float(margins))) if margins else NAN,
        min_detectable=flips_detectable(n, discordance(flips.lost, flips.won, n), settings.confidence),
    )


def differences_of(pairs: Pairs) -> NDArray[np.float64]:
    """Return candidate minus baseline of every pair, exactly 0 where only rounding differs."""
    differences = pairs.after - pairs.before
    differences[same(pairs.metric, pairs.before, pairs.after)] = 0.0
    return differences


def _scores(pairs: Pairs, settings: Settings, clusters: NDArray[np.int64] | None) -> Effect:
    """Graded values (pass rates of repetitions too): sign-flip permutation and t interval of the mean; with clusters the robust t."""
    before, after = pairs.before, pairs.after
    n = len(before)
    differences = differences_of(pairs)
    up = int((differences > 0).sum())
    down = int((differences < 0).sum())
    regressions, improvements = _changes(pairs.metric, down, up)
    if clusters is not None:
        found = clustered_mean(differences, clusters)
        error, interval, interval_name, test = found.standard_error, found.interval(settings.confidence), "cluster-robust t", found.test()
    else:
        error = float(differences.std(ddof=1) / np.sqrt(n)) if n > 1 else NAN
        interval, interval_name, test = t_interval(differences, settings.confidence), "t", sign_flip(differences, seed=settings.seed)
    units = n if clusters is None else int(clusters.max()) + 1
    largest = float(max(np.abs(before).max(), np.abs(after).max()))
    return Effect(
        n=n,
        units=units,
        least_p=least_p(units),
        baseline_mean=float(before.mean()),
        candidate_mean=float(after.mean()),
        delta=float(differences.mean()),
        interval=interval if math.isfinite(interval.low) else UNKNOWN,
        interval_name=interval_name,
        test=test.name,
        p_value=test.p_value,
        p_exact=test.p_value if test.exact else NAN,
        standard_error=error,
        regressions=regressions,
        improvements=improvements,
        unchanged=n - up - down,
        down=down,
        up=up,
        correlation=correlation(before, after),
        min_detectable=mean_detectable(error, settings.confidence),
        unseen=unseen_change(units, largest, settings.confidence) if error == 0 else 0.0,
    )


def _labels(pairs: Pairs, clusters: NDArray[np.int64] | None) -> Effect:
    """Labels without an order: the Stuart-Maxwell test of equal label shares; there is no mean and no delta."""
    n, k = len(pairs.before), len(pairs.metric.vocabulary)
    before, after = pairs.before.astype(np.int64), pairs.after.astype(np.int64)
    if clusters is not None:
        found = stuart_maxwell_clustered(before, after, clusters, k)
        same_label = int((before == after).sum())
        units = int(clusters.max()) + 1
        return Effect(n=n, units=units, least_p=least_p(units), test=found.name, p_value=found.p_value, unchanged=same_label)
    cells = np.bincount(before * k + after, minlength=k * k).reshape(k, k)
    if k == 2:
        lost, won = int(cells[1, 0]), int(cells[0, 1])
        found = Test(name="McNemar mid-p (two labels)", p_value=mcnemar_midp(lost, won))
        exact = mcnemar_exact(lost, won)
        return Effect(
            n=n, units=n, least_p=least_p(n), test=found.name, p_value=found.p_value, p_exact=exact, unchanged=int(np.trace(cells))
        )
    found = stuart_maxwell(cells)
    return Effect(n=n, units=n, least_p=least_p(n), test=found.name, p_value=found.p_value, unchanged=int(np.trace(cells)))


def correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Pearson's correlation; NaN when a side does not vary."""
    x, y = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 and len(x) > 1 else NAN
