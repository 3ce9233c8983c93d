"""How many examples of a list chance alone would give: from repetitions, from a rerun, or from how many
changed the other way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.data import Study
from arize_nb.comparison.analysis.effect import same
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.metrics.metric import Metric
    from arize_nb.comparison.sources.alignment import Alignment

REPETITIONS, RERUN, SYMMETRY = (
    "repetitions of the baseline",
    "a rerun of the baseline",
    "as many changed the other way",
)
_EXAMPLES = 2_000
"""Examples that are drawn from; of more, the share is carried over."""
_DRAWS = 50


def chance_rows(
    study: Study, rows: Sequence[Mapping[str, Any]], rerun: Alignment | None = None
) -> list[dict[str, Any]]:
    """Return, for every metric and candidate with a better way, how many got worse and better, and how many
    chance alone would give.

    `metric, candidate, regressions, improvements, worse_by_chance, better_by_chance, source`. Which source,
    the first that there is:

    - a rerun: what changed between the baseline and its rerun, over the pairs that the candidate has, too;
    - repetitions: what two fresh sets of runs of the baseline would give: for pass/fail from the posterior of
      every example's rate under a
      beta distribution of rates fitted by moments (Griffiths 1973, Biometrics 29:637), for scores drawn from
      its own runs, which with few runs of each is a little low;
    - symmetry: chance makes as many better as worse, so no more of either than there are of the fewer.
    """
    found = []
    for row in rows:
        if row["regressions"] is None:
            continue
        metric, number = study.metric(row["metric"]), study.side_number(row["candidate"])
        worse, better, source = _expected(study, metric, number, row, rerun)
        found.append(
            {
                "metric": row["metric"],
                "candidate": row["candidate"],
                "regressions": row["regressions"],
                "improvements": row["improvements"],
                "worse_by_chance": worse,
                "better_by_chance": better,
                "source": source,
            }
        )
    return found


def _expected(
    study: Study, metric: Metric, number: int, row: Mapping[str, Any], rerun: Alignment | None
) -> tuple[float, float, str]:
    """Return how many would get worse and better by chance, and from where that is known."""
    if rerun is not None:
        return (*_from_rerun(study, metric, number, rerun), RERUN)
    drawn = _from_repetitions(study, metric, number)
    if drawn is not None:
        return (*drawn, REPETITIONS)
    fewer = float(min(row["regressions"], row["improvements"]))
    return fewer, fewer, SYMMETRY


def _from_rerun(study: Study, metric: Metric, number: int, rerun: Alignment) -> tuple[float, float]:
    """Count what changed between the baseline and its rerun, as a share of their pairs, over the pairs of the
    candidate.
    """
    both = Study(alignment=rerun, metrics=study.metrics, settings=study.settings, examples=study.examples)
    pairs = both.pairs(metric, len(rerun.sides) - 1)
    changed = ~same(metric, pairs.before, pairs.after)
    gone = (pairs.before - pairs.after)[changed] * metric.sign
    share = len(study.pairs(metric, number).examples) / max(len(pairs.examples), 1)
    return float((gone > 0).sum()) * share, float((gone < 0).sum()) * share


def _from_repetitions(study: Study, metric: Metric, number: int) -> tuple[float, float] | None:
    """Draw runs for both sides from the baseline's own runs of every pair; None where it has no
    repetitions.
    """
    side, found = study.alignment.sides[0], study.outcome(metric, 0)
    if metric.kind == LABEL or found.scored_runs is None or not (found.scored_runs > 1).any():
        return None
    pairs = study.pairs(metric, number)
    generator = np.random.default_rng(study.settings.seed)
    examples = pairs.examples
    if len(examples) > _EXAMPLES:
        examples = np.sort(generator.choice(examples, _EXAMPLES, replace=False))
    runs = np.flatnonzero((side.codes >= 0) & ~np.isnan(found.run_value))
    runs = runs[np.argsort(side.codes[runs], kind="stable")]
    starts = np.searchsorted(side.codes[runs], examples)
    there = found.scored_runs[examples]
    other = study.outcome(metric, number).scored_runs
    wanted = there if other is None else other[examples]
    rates = _rates(found.value[examples], there) if metric.kind == PASS_FAIL else None
    worse = better = 0
    for _ in range(_DRAWS):
        if rates is None:
            again, once_more = (
                _means(found.run_value[runs], starts, there, counts, generator) for counts in (there, wanted)
            )
        else:
            chances = generator.beta(*rates)
            again, once_more = (generator.binomial(counts, chances) / counts for counts in (there, wanted))
        change = (once_more - again) * metric.sign
        worse += int((change < -1e-12).sum())
        better += int((change > 1e-12).sum())
    scale = len(pairs.examples) / max(len(examples), 1) / _DRAWS
    return worse * scale, better * scale


def _rates(
    means: NDArray[np.float64], runs: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two parameters of the posterior of every example's rate, from its mean and
    number of runs.
    """
    middle = float(np.clip(means.mean(), 1e-6, 1 - 1e-6))
    several = runs > 1
    # The unbiased estimate of the variance of a mean of so many runs.
    within = float((means * (1 - means) / np.maximum(runs - 1, 1))[several].mean()) if several.any() else 0.0
    between = max(float(means.var()) - within, 1e-6)
    weight = float(np.clip(middle * (1 - middle) / between - 1, 1e-2, 1e6))
    return means * runs + weight * middle, (1 - means) * runs + weight * (1 - middle)


def _means(
    values: NDArray[np.float64],
    starts: NDArray[np.integer[Any]],
    there: NDArray[np.integer[Any]],
    counts: NDArray[np.integer[Any]],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the means of so many runs of every example, drawn from those that are there."""
    owner = np.repeat(np.arange(len(starts)), counts)
    chosen = starts[owner] + np.floor(generator.random(len(owner)) * there[owner]).astype(np.int64)
    return np.bincount(owner, weights=values[chosen], minlength=len(starts)) / counts


def chance_words(rows: Sequence[Mapping[str, Any]], which: str) -> str:
    """Say how many of a list chance alone would give; nothing where no metric has a better way."""
    key = {"regressions": "worse_by_chance", "improvements": "better_by_chance"}.get(which)
    if key is None or not rows:
        return ""
    expected = sum(row[key] for row in rows)
    sources = " and ".join(dict.fromkeys(row["source"] for row in rows))
    return f"chance alone gives about {expected:,.0f} ({sources})"
