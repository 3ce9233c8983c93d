"""Label x label counts of the pairs, and the label of every example."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL, Metric
from arize_nb.comparison.metrics.outcome import SCORED, commonest
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study


def example_labels(
    study: Study, metric: Metric, side_number: int
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the label of every example on one side (-1 for none) and the names of the labels.

    Of several runs the commonest label counts, of equally common ones the first in the alphabet. A metric
    without labels has `fail` and `pass`.

    Raises
    ------
    ComparisonError
        The metric is a graded score.
    """
    side = study.alignment.sides[side_number]
    found = study.outcome(metric, side_number)
    if metric.kind == LABEL:
        return np.where(np.isnan(found.value), -1, found.value).astype(np.int32), metric.vocabulary
    if metric.kind != PASS_FAIL:
        raise ComparisonError(
            f"metric {metric.name!r} is a graded score: it has no labels to count",
            hint="Use .changes() or .plot('scatter').",
        )
    vocabulary = (
        metric.vocabulary if metric.by_label else ("fail", "pass") if metric.pass_value else ("pass", "fail")
    )
    if metric.by_label and metric.label_column and metric.label_column in side.source:
        labels = side.source.labels(metric.label_column)
        places = [vocabulary.index(label) for label in labels.vocabulary]
        runs = np.array([*places, -1], dtype=np.int32)[labels.codes]
    else:
        runs = np.where(np.isnan(found.run_value), -1, found.run_value).astype(np.int32)
    counted = (side.codes >= 0) & (found.run_state == SCORED) & (runs >= 0)
    if not side.repeated:
        codes = np.full(study.alignment.examples, -1, dtype=np.int32)
        codes[side.codes[counted]] = runs[counted]
        return codes, vocabulary
    values = commonest(side.codes[counted], runs[counted], study.alignment.examples)
    return np.where(np.isnan(values), -1, values).astype(np.int32), vocabulary


def transition_counts(study: Study, metric: Metric, candidate: int) -> pd.DataFrame:
    """Count the pairs by label in the baseline (rows) and in the candidate (columns)."""
    import pandas as pd

    before, vocabulary = example_labels(study, metric, 0)
    after, _ = example_labels(study, metric, candidate)
    both = (before >= 0) & (after >= 0)
    k = len(vocabulary)
    cells = np.bincount(before[both] * np.int32(k) + after[both], minlength=k * k).reshape(k, k)
    names = study.names
    return pd.DataFrame(
        cells, index=pd.Index(vocabulary, name=names[0]), columns=pd.Index(vocabulary, name=names[candidate])
    )
