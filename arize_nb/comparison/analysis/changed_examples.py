"""What became of the examples; those that changed, worst first, with what both sides said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import same
from arize_nb.comparison.analysis.worst_first import IMPROVED_ROWS, Chosen, choose
from arize_nb.comparison.metrics.metric import LABEL, Metric
from arize_nb.comparison.metrics.outcome import ERRORED, MISSING, UNSCORED
from arize_nb.comparison.words.example_columns import own_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study

COLUMNS = (
    "example_id", "metric", "candidate", "baseline_label", "candidate_label", "baseline_score", "candidate_score", "delta",
    "baseline_output", "candidate_output", "baseline_explanation", "candidate_explanation",
)  # fmt: skip
EXTRA_COLUMNS = ("baseline_error", "candidate_error", "shrunken_delta")
"""Columns that are there only where some example errored, or has several runs."""
REGRESSED, IMPROVED, CHANGED, UNCHANGED, LOST_ERRORED, LOST_MISSING, LOST_UNSCORED, NOWHERE = range(8)
OUTCOMES = ("regressed", "improved", "changed", "unchanged", "errored", "missing", "unscored")
"""What can become of an example, in the order of the codes; `changed` only where neither way is better.

`errored`, `missing` and `unscored` examples are no pair: one side has an error, no run, or no value of this
metric.
"""


def changes_table(
    study: Study, metrics: Sequence[Metric], candidates: Sequence[int], which: str, limit: int | None = None
) -> Any:
    """Return the chosen examples of some metrics and candidates as one `pa.Table`, worst first over all of
    them.

    Columns: `COLUMNS`; `baseline_error, candidate_error` where one of them errored; `shrunken_delta` (the
    change to be expected in new runs) where some example has several runs; then the example's own columns,
    from the dataset or as both sides carry them. A label, output or explanation is that of one run: with
    repetitions, of the run that shows the change best. Scores and `delta` are means over the runs of an
    example.
    """
    import pyarrow as pa

    chosen = [
        choose(study, study.pairs(metric, candidate), which, limit)
        for metric in metrics
        for candidate in candidates
    ]
    severity = np.concatenate([one.severity for one in chosen])
    order = np.argsort(-severity, kind="stable")[:limit]
    if len(order) < len(severity):
        # Texts are read for the rows that are shown only.
        keep = np.zeros(len(severity), dtype=bool)
        keep[order] = True
        chosen = [
            one.kept(part)
            for one, part in zip(
                chosen, np.split(keep, np.cumsum([len(one.severity) for one in chosen])[:-1]), strict=True
            )
        ]
        order = np.argsort(-severity[keep], kind="stable")
    errors = any(np.isnan(side).any() for one in chosen for side in (one.before, one.after))
    table = pa.concat_tables(
        [_rows(study, one, which, errors=errors) for one in chosen], promote_options="permissive"
    )
    return table if len(chosen) == 1 else table.take(pa.array(order))


def _rows(study: Study, chosen: Chosen, which: str, *, errors: bool) -> Any:
    """Return the chosen examples of one metric and candidate as a `pa.Table`; with `errors` with the errors
    of both sides.
    """
    import pyarrow as pa

    pairs, metric = chosen.pairs, chosen.pairs.metric
    examples = chosen.examples
    columns: dict[str, Any] = {
        "example_id": study.alignment.ids(examples),
        "metric": _constant(metric.name, len(examples)),
        "candidate": _constant(study.names[pairs.candidate], len(examples)),
    }
    worse_first = -1 if which == IMPROVED_ROWS else 1
    wish = worse_first * (metric.sign or 1)
    sides = (("baseline", pairs.baseline, wish), ("candidate", pairs.candidate, -wish))
    rows = {name: telling_rows(study, metric, number, examples, highest) for name, number, highest in sides}
    for part in ("label", "score", "output", "explanation"):
        for name, number, _ in sides:
            column = "output" if part == "output" else metric.column(part)
            if part == "score":
                values = study.outcome(metric, number).value[examples] if metric.kind != LABEL else None
                columns[f"{name}_score"] = _score(study, metric, number, rows[name], values)
                continue
            columns[f"{name}_{part}"] = _text(
                study.alignment.sides[number].source.take(column, rows[name])
                if column
                else pa.nulls(len(examples))
            )
        if part == "score":
            delta = chosen.after - chosen.before
            columns["delta"] = (
                pa.nulls(len(examples), pa.float64())
                if metric.kind == LABEL
                else pa.array(delta, mask=np.isnan(delta))
            )
    if errors:
        for name, number, _ in sides:
            columns[f"{name}_error"] = _text(study.alignment.sides[number].source.take("error", rows[name]))
    if any(side.repeated for side in study.alignment.sides):
        shrunken = np.full(len(examples), np.nan) if chosen.shrunken is None else chosen.shrunken
        columns["shrunken_delta"] = pa.array(shrunken, mask=np.isnan(shrunken))
    return pa.table(columns | own_columns(study, examples, columns))


def _constant(text: str, n: int) -> Any:
    import pyarrow as pa

    return pa.array([text]).take(pa.array(np.zeros(n, dtype=np.int64)))


def _text(values: Any) -> Any:
    """Return values as text; anything else than text is written out."""
    import pyarrow as pa

    if pa.types.is_string(values.type):
        return values
    if pa.types.is_nested(values.type):
        import json

        return pa.array(
            [None if value is None else json.dumps(value, default=str) for value in values.to_pylist()],
            pa.string(),
        )
    return values.cast(pa.string())


def _score(
    study: Study,
    metric: Metric,
    number: int,
    rows: NDArray[np.integer[Any]],
    values: NDArray[np.float64] | None,
) -> Any:
    """Return the scores shown: the score column beside a verdict by label where there is one, else the
    compared value.
    """
    import pyarrow as pa

    source = study.alignment.sides[number].source
    if metric.by_label and not study.alignment.sides[number].repeated:
        column = metric.column("score")
        numbers = source.numbers(column) if column in source and column else None
        if numbers is not None:
            shown = numbers[rows]
            return pa.array(shown, mask=np.isnan(shown))
        if metric.kind == LABEL:
            return pa.nulls(len(rows), pa.float64())
    return pa.nulls(len(rows), pa.float64()) if values is None else pa.array(values, mask=np.isnan(values))


def telling_rows(
    study: Study, metric: Metric, number: int, examples: NDArray[np.integer[Any]], highest: int
) -> NDArray[np.integer[Any]]:
    """Return one run of every given example: the first one, or, of several, the one with the highest
    (`highest` > 0) or lowest value.
    """
    side = study.alignment.sides[number]
    if not side.repeated:
        rows: NDArray[np.integer[Any]] = side.first_row[examples]
        return rows
    found = study.outcome(metric, number)
    wanted = np.full(side.examples, -1, dtype=np.int64)
    wanted[examples] = np.arange(len(examples))
    runs = np.flatnonzero((side.codes >= 0) & (wanted[side.codes] >= 0))
    values = found.run_value[runs] * (1 if highest > 0 else -1)
    order = np.lexsort((runs, -np.where(np.isnan(values), -np.inf, values)))
    best = np.full(len(examples), -1, dtype=np.int64)
    backwards = order[::-1]
    best[wanted[side.codes[runs[backwards]]]] = runs[backwards]
    return best


def outcome_codes(study: Study, metric: Metric, candidate: int) -> NDArray[np.int8]:
    """Return the code of every example under one metric (an index into `OUTCOMES`); `NOWHERE` where neither
    side has it.
    """
    before, after = study.outcome(metric, 0), study.outcome(metric, candidate)
    codes = np.full(len(before.value), LOST_UNSCORED, dtype=np.int8)
    either = [(before.state == state) | (after.state == state) for state in (UNSCORED, ERRORED, MISSING)]
    for code, found in zip((LOST_UNSCORED, LOST_ERRORED, LOST_MISSING), either, strict=True):
        codes[found] = code
    codes[(before.state == MISSING) & (after.state == MISSING)] = NOWHERE
    pairs = study.pairs(metric, candidate)
    stayed = same(metric, pairs.before, pairs.after)
    better = (
        np.sign(pairs.after - pairs.before) * metric.sign if metric.kind != "label" else np.zeros(len(stayed))
    )
    codes[pairs.examples] = np.where(
        stayed, UNCHANGED, np.where(better < 0, REGRESSED, np.where(better > 0, IMPROVED, CHANGED))
    )
    return codes
