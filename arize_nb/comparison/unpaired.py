"""The examples that are no pair, and why: gaps in coverage, not regressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.outcomes import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arize_nb.comparison.metrics import Metric
    from arize_nb.comparison.study import Study

WORDS = ("scored", "errored", "unscored", "missing")
"""Words for the states, in the order of their numbers."""


def unpaired_table(study: Study, metrics: Sequence[Metric], candidates: Sequence[int]) -> Any:
    """Return `example_id, metric, candidate, baseline_outcome, candidate_outcome` as a `pa.Table`, by example id within each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(WORDS)
    parts = []
    for metric in metrics:
        for candidate in candidates:
            before, after = study.outcome(metric, 0), study.outcome(metric, candidate)
            there = (before.state != MISSING) | (after.state != MISSING)
            lost = np.flatnonzero(there & (np.isnan(before.value) | np.isnan(after.value)))
            ids = study.alignment.ids(lost)
            order = pc.sort_indices(ids).to_numpy()
            chosen = lost[order]
            parts.append(
                pa.table(
                    {
                        "example_id": ids.take(pa.array(order)),
                        "metric": pa.repeat(pa.scalar(metric.name), len(chosen)),
                        "candidate": pa.repeat(pa.scalar(study.names[candidate]), len(chosen)),
                        "baseline_outcome": words.take(pa.array(before.state[chosen])),
                        "candidate_outcome": words.take(pa.array(after.state[chosen])),
                    }
                )
            )
    return pa.concat_tables(parts)
