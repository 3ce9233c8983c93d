"""Every test and interval that fits one metric and candidate, by name, beside the ones the summary uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import differences_of, is_binary
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.metrics.scales import reach_of
from arize_nb.comparison.stats import binary, clusters, labels, paired
from arize_nb.comparison.stats.bounded import bounded_interval, weighted

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.pairs import Pairs


def method_rows(study: Study, pairs: Pairs) -> list[dict[str, Any]]:
    """Return a row per test (`method, p_value`) and interval (`method, ci_low, ci_high`) of one metric and
    candidate.
    """
    if not len(pairs.examples):
        return []
    if pairs.metric.kind == LABEL:
        return _of_labels(pairs)
    rows = []
    if pairs.metric.kind == PASS_FAIL and is_binary(pairs.before) and is_binary(pairs.after):
        rows += _of_flips(study, pairs)
    rows += _of_differences(study, pairs)
    if study.settings.cluster is not None:
        rows += _of_clusters(study, pairs, study.settings.cluster)
    return rows


def _test(found: paired.Test) -> dict[str, Any]:
    return {"method": found.name, "p_value": found.p_value}


def _interval(name: str, found: binary.Interval) -> dict[str, Any]:
    return {"method": f"{name} interval", "ci_low": found.low, "ci_high": found.high}


def _of_labels(pairs: Pairs) -> list[dict[str, Any]]:
    k = len(pairs.metric.vocabulary)
    cells = np.bincount((pairs.before * k + pairs.after).astype(np.int64), minlength=k * k).reshape(k, k)
    return [_test(labels.stuart_maxwell(cells)), _test(labels.bowker(cells))]


def _of_flips(study: Study, pairs: Pairs) -> list[dict[str, Any]]:
    before, after = pairs.before == 1, pairs.after == 1
    flips = binary.Flips(
        both_pass=int((before & after).sum()),
        lost=int((before & ~after).sum()),
        won=int((~before & after).sum()),
        both_fail=int((~before & ~after).sum()),
    )
    level = study.settings.confidence
    return [
        _test(paired.Test(name="McNemar mid-p", p_value=binary.mcnemar_midp(flips.lost, flips.won))),
        _test(paired.Test(name="McNemar exact", p_value=binary.mcnemar_exact(flips.lost, flips.won))),
        _interval("Newcombe", binary.newcombe(flips, level)),
        _interval("Bonett-Price", binary.bonett_price(flips, level)),
    ]


def _of_differences(study: Study, pairs: Pairs) -> list[dict[str, Any]]:
    differences, level, seed = differences_of(pairs), study.settings.confidence, study.settings.seed
    reach = reach_of(pairs.metric, *pairs.span, differences)
    return [
        _test(paired.sign_flip(differences, seed=seed)),
        _test(paired.paired_t(differences)),
        _test(paired.wilcoxon(differences)),
        _interval("t", paired.t_interval(differences, level)),
        _interval("bounded mean", bounded_interval(weighted(differences), -reach, reach, level)),
        _interval("smooth bootstrap", paired.smooth_bootstrap(differences, level, seed=seed)),
    ]


def _of_clusters(study: Study, pairs: Pairs, column: str) -> list[dict[str, Any]]:
    numbers = clusters.own_clusters(study.groups(column)[0][pairs.examples])
    differences, level, seed = differences_of(pairs), study.settings.confidence, study.settings.seed
    found = clusters.clustered_mean(differences, numbers)
    return [
        _test(found.test()),
        _test(clusters.cluster_sign_flip(differences, numbers, seed=seed)),
        _interval("cluster-robust t", found.interval(level)),
        _interval("cluster bootstrap", clusters.cluster_bootstrap(differences, numbers, level, seed=seed)),
    ]
