"""A comparison as one tidy table: a row per example, metric and experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.changed_examples import telling_rows
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL, Metric
from arize_nb.comparison.metrics.outcome import ERRORED, MISSING, SCORED, UNSCORED
from arize_nb.comparison.words.example_columns import own_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study

STATES = {SCORED: "scored", ERRORED: "errored", UNSCORED: "unscored", MISSING: "missing"}
PARTS = ("label", "score", "explanation")


def tidy_table(study: Study) -> Any:
    """Return every example under every metric in every experiment as a `pa.Table`.

    Returns
    -------
    pyarrow.Table
        `example_id`; `metric`; `experiment`; `is_baseline`; `state` (scored, errored, unscored, missing);
        `value` (what is compared: the mean over the runs of the example, 1 or 0 for a verdict, null for
        labels and where there is none); `passed` (null where the metric has no verdict, and where runs of an
        example differ); `label, score, output, error, explanation` (as the run says; of several runs, of the
        first with the highest value); `runs` (of the example); then the example's own columns. Rows are
        ordered by metric, then experiment (the baseline first), then example.
    """
    import pyarrow as pa

    examples = np.arange(study.alignment.examples)
    ids, own = study.alignment.ids(examples), None
    parts = []
    for metric in study.metrics:
        for number in range(len(study.names)):
            columns = {"example_id": ids, **_rows(study, metric, number, examples)}
            own = own_columns(study, examples, columns) if own is None else own
            parts.append(pa.table(columns | own))
    return pa.concat_tables(parts, promote_options="permissive")


def _rows(study: Study, metric: Metric, number: int, examples: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """Return the columns of one metric of one experiment."""
    import pyarrow as pa

    found, side = study.outcome(metric, number), study.alignment.sides[number]
    rows = telling_rows(study, metric, number, examples, 1)
    n = len(examples)
    value = (
        pa.nulls(n, pa.float64())
        if metric.kind == LABEL
        else pa.array(found.value, mask=np.isnan(found.value))
    )
    verdict = (found.value == metric.pass_value) | (found.value == metric.fail_value)
    passed = pa.array(found.value == metric.pass_value, mask=~(verdict & (metric.kind == PASS_FAIL)))
    names = pa.array([metric.name, study.names[number]])
    columns: dict[str, Any] = {
        "metric": names.take(pa.array(np.zeros(n, dtype=np.int64))),
        "experiment": names.take(pa.array(np.ones(n, dtype=np.int64))),
        "is_baseline": pa.array(np.full(n, number == 0)),
        "state": pa.array(list(STATES.values())).take(pa.array(found.state.astype(np.int64))),
        "value": value,
        "passed": passed,
    }
    scores = side.source.numbers(str(metric.score_column)) if metric.score_column in side.source else None
    for part in ("label", "score", "output", "error", "explanation"):
        if part == "score":
            taken = (
                np.full(n, np.nan)
                if scores is None
                else np.where(rows < 0, np.nan, scores[np.maximum(rows, 0)])
            )
            columns[part] = pa.array(taken, mask=np.isnan(taken))
            continue
        column = metric.column(part) if part in PARTS else part
        columns[part] = _text(side.source.take(column, rows) if column else pa.nulls(n))
    columns["runs"] = pa.array(side.counts.astype(np.int64))
    return columns


def _text(values: Any) -> Any:
    """Return values as text; text stays as it stands."""
    import pyarrow as pa

    from arize_nb.comparison.inputs.column_roles.profile import comparable

    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    return (
        values.cast(pa.string())
        if pa.types.is_string(kind) or pa.types.is_large_string(kind)
        else comparable(values)
    )
