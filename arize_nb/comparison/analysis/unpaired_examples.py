"""The examples that are no pair, and why: gaps in coverage, not regressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics.pairs import lost_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.metrics.metric import Metric

WORDS = ("scored", "errored", "unscored", "missing")
"""Words for the states, in the order of their numbers."""


def lost_examples(study: Study, metric: Metric, candidate: int) -> NDArray[np.intp]:
    """Return the examples that one side at least has a run of and that are no pair, by example id."""
    import pyarrow.compute as pc

    lost = np.flatnonzero(lost_of(study.outcome(metric, 0), study.outcome(metric, candidate)))
    order: NDArray[np.intp] = pc.sort_indices(study.alignment.ids(lost)).to_numpy()
    return lost[order]


def unpaired_table(study: Study, metrics: Sequence[Metric], candidates: Sequence[int]) -> Any:
    """Return `example_id, metric, candidate, baseline_outcome, candidate_outcome` as a `pa.Table`, by example
    id within each.
    """
    import pyarrow as pa

    words = pa.array(WORDS)
    parts = []
    for metric in metrics:
        for candidate in candidates:
            before, after = study.outcome(metric, 0), study.outcome(metric, candidate)
            chosen = lost_examples(study, metric, candidate)
            parts.append(
                pa.table(
                    {
                        "example_id": study.alignment.ids(chosen),
                        "metric": pa.repeat(pa.scalar(metric.name), len(chosen)),
                        "candidate": pa.repeat(pa.scalar(study.names[candidate]), len(chosen)),
                        "baseline_outcome": words.take(pa.array(before.state[chosen])),
                        "candidate_outcome": words.take(pa.array(after.state[chosen])),
                    }
                )
            )
    return pa.concat_tables(parts)
