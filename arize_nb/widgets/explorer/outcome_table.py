"""The examples of a comparison by what became of them under one metric: a table for the explorer's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.changed_examples import NOWHERE, OUTCOMES, outcome_codes, telling_rows
from arize_nb.comparison.words.example_columns import own_columns

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.comparison.metrics.metric import Metric

ALL = "all"
_SORTED = {"regressed": "regressions", "improved": "improvements"}


def outcome_counts(comparison: Comparison, metric: str, candidate: str) -> dict[str, int]:
    """Count the examples of every outcome, and all of them."""
    study = comparison.study
    codes = outcome_codes(study, study.metric(metric), study.side_number(candidate))
    tally = np.bincount(codes, minlength=len(OUTCOMES) + 1)
    counts = {
        **{name: int(tally[code]) for code, name in enumerate(OUTCOMES)},
        ALL: int(tally[:NOWHERE].sum()),
    }
    # What passed before and errored now is among what got worse, and stays among what errored.
    row = next(
        row
        for row in comparison.rows
        if (row["metric"], row["candidate"]) == (study.metric(metric).name, candidate)
    )
    counts["regressed"] += row["errored_passes"] or 0
    return counts


def first_outcome(comparison: Comparison, metric: str, candidate: str) -> str:
    """Return the outcome that an explorer opens with: the first that any example has, regressed
    before all.
    """
    counts = outcome_counts(comparison, metric, candidate)
    return next((name for name in OUTCOMES if counts[name]), ALL)


def outcome_table(comparison: Comparison, metric: str, candidate: str, outcome: str) -> pa.Table:
    """Return the examples of one outcome (or `all`).

    Columns: those of `Comparison.regressions`, with `outcome` behind `example_id`. Regressed and improved
    examples come biggest change first, the others in the order of the runs.
    """
    import pyarrow as pa

    if outcome in _SORTED:
        table = comparison.changes_table(_SORTED[outcome], metric, candidate)
        # What passed before and errored now got worse too, and is told apart.
        gone = "candidate_error" in table.column_names
        lost = table["delta"].is_null().to_numpy() if gone else np.zeros(table.num_rows, dtype=bool)
        names = pa.array(np.where(lost, "errored", outcome).tolist(), pa.string())
    else:
        study = comparison.study
        codes = outcome_codes(study, study.metric(metric), study.side_number(candidate))
        wanted = codes != NOWHERE if outcome == ALL else codes == OUTCOMES.index(outcome)
        examples = np.flatnonzero(wanted)
        table = _rows(study, study.metric(metric), study.side_number(candidate), examples)
        names = _by_code(codes[examples])
    return table.add_column(1, "outcome", names)


def _rows(study: Study, metric: Metric, candidate: int, examples: NDArray[np.int64]) -> pa.Table:
    """Return the given examples with what both sides have, nulls where a side has nothing."""
    import pyarrow as pa

    numbers = {"baseline": 0, "candidate": candidate}
    rows = {name: telling_rows(study, metric, number, examples, -1) for name, number in numbers.items()}
    columns: dict[str, Any] = {
        "example_id": study.alignment.ids(examples),
        "metric": _constant(metric.name, len(examples)),
        "candidate": _constant(study.names[candidate], len(examples)),
    }
    for part in ("label", "score", "output", "error", "explanation"):
        for name, number in numbers.items():
            if part == "score":
                values = study.outcome(metric, number).value[examples]
                columns[f"{name}_score"] = (
                    pa.array(values, mask=np.isnan(values))
                    if metric.kind != "label"
                    else pa.nulls(len(examples), pa.float64())
                )
                continue
            column = part if part in ("output", "error") else metric.column(part)
            found = (
                study.alignment.sides[number].source.take(column, rows[name])
                if column
                else pa.nulls(len(examples))
            )
            columns[f"{name}_{part}"] = (
                found.cast(pa.large_string()) if not pa.types.is_nested(found.type) else found
            )
        if part == "score" and metric.kind != "label":
            delta = (
                study.outcome(metric, candidate).value[examples] - study.outcome(metric, 0).value[examples]
            )
            columns["delta"] = pa.array(delta, mask=np.isnan(delta))
    return pa.table({**columns, **own_columns(study, examples, columns)})


def _constant(text: str, rows: int) -> Any:
    import pyarrow as pa

    return pa.array([text]).take(pa.array(np.zeros(rows, dtype=np.int64)))


def _by_code(codes: NDArray[np.int8]) -> Any:
    import pyarrow as pa

    return pa.array(OUTCOMES).take(pa.array(codes.astype(np.int64)))
