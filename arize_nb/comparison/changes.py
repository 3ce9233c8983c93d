"""The examples that changed, worst first, with what both sides said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.effects import same
from arize_nb.comparison.metrics import LABEL, Metric
from arize_nb.comparison.wording import OWN_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.pairs import Pairs
    from arize_nb.comparison.study import Study

REGRESSED_ROWS, IMPROVED_ROWS, CHANGED_ROWS = "regressions", "improvements", "changes"
COLUMNS = (
    "example_id", "metric", "candidate", "baseline_label", "candidate_label", "baseline_score", "candidate_score", "delta",
    "baseline_output", "candidate_output", "baseline_explanation", "candidate_explanation",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """Pairs of one metric and candidate, chosen and ordered."""

    pairs: Pairs
    """The counts of the pairs they are chosen from."""
    examples: NDArray[np.integer[Any]]
    """The chosen examples, worst first."""
    before: NDArray[np.float64]
    """Their values in the baseline."""
    after: NDArray[np.float64]
    """Their values in the candidate."""
    severity: NDArray[np.float64]
    """How bad each is: its change against the better way, as a share of the metric's range; bigger is worse."""

    def kept(self, chosen: NDArray[np.bool_]) -> Chosen:
        """Return some of them."""
        return replace(
            self,
            examples=self.examples[chosen],
            before=self.before[chosen],
            after=self.after[chosen],
            severity=self.severity[chosen],
        )


def choose(study: Study, pairs: Pairs, which: str, limit: int | None = None) -> Chosen:
    """Choose the pairs that regressed, improved or changed, the biggest change for the worse (of improvements: for the better) first.

    Ties are broken by the graded score beside a verdict, where there is one; then by example id, so that the order of the input rows does
    not matter.
    """
    places, worse = _worsened(pairs, which)
    if limit is not None and 0 < limit < len(places):
        # Grades and ids only break ties: those that cannot be among the first are not looked at.
        among = worse >= np.partition(worse, len(worse) - limit)[len(worse) - limit]
        places, worse = places[among], worse[among]
    finer = _finer(study, pairs, places, which)
    if limit is not None and 0 < limit < len(places):
        last = np.lexsort((-finer, -worse))[limit - 1]
        among = (worse > worse[last]) | ((worse == worse[last]) & (finer >= finer[last]))
        places, worse, finer = places[among], worse[among], finer[among]
    order = np.lexsort((_id_rank(study, pairs.examples[places]), -finer, -worse))[:limit]
    places = places[order]
    return Chosen(
        pairs=pairs.counted(),
        examples=pairs.examples[places],
        before=pairs.before[places],
        after=pairs.after[places],
        severity=worse[order],
    )


def _worsened(pairs: Pairs, which: str) -> tuple[NDArray[np.integer[Any]], NDArray[np.float64]]:
    """Return the places of the pairs that regressed, improved or changed, and by how much for the worse (of improvements: for the better).

    The change is a share of the metric's range; where neither way is better, its size; 1 for labels.
    """
    metric = pairs.metric
    places = np.flatnonzero(~same(metric, pairs.before, pairs.after)).astype(np.int32)
    if metric.kind == LABEL or metric.sign == 0:
        places = places if which == CHANGED_ROWS else places[:0]
        sizes = np.ones(len(places)) if metric.kind == LABEL else np.abs(pairs.before[places] - pairs.after[places]) / _range(pairs)
        return places, sizes
    if which == REGRESSED_ROWS:
        places = places[(pairs.before[places] - pairs.after[places]) * metric.sign > 0]
    elif which == IMPROVED_ROWS:
        places = places[(pairs.before[places] - pairs.after[places]) * metric.sign < 0]
    worse: NDArray[np.float64] = (pairs.before[places] - pairs.after[places]) * (metric.sign / _range(pairs))
    return places, np.negative(worse) if which == IMPROVED_ROWS else worse


def _range(pairs: Pairs) -> float:
    """Return the range of the values of both sides, 1 where there is none: changes of metrics in other units can then be ordered."""
    if not len(pairs.examples):
        return 1.0
    low = min(float(pairs.before.min()), float(pairs.after.min()))
    high = max(float(pairs.before.max()), float(pairs.after.max()))
    return (high - low) or 1.0


def _finer(study: Study, pairs: Pairs, places: NDArray[np.integer[Any]], which: str) -> NDArray[np.float64]:
    """Return the change of the graded score beside a verdict, for the worse; 0 where there is none."""
    graded = next((metric for metric in study.metrics if metric.name == f"{pairs.metric.name}.score"), None)
    if graded is None:
        return np.zeros(len(places))
    examples = pairs.examples[places]
    worse = study.outcome(graded, pairs.baseline).value[examples] - study.outcome(graded, pairs.candidate).value[examples]
    return np.asarray(np.nan_to_num(worse) * (-1 if which == IMPROVED_ROWS else 1) * (graded.sign or 1))


def _id_rank(study: Study, examples: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return the rank of the examples by id."""
    import pyarrow.compute as pc

    if not len(examples):
        return np.empty(0, dtype=np.int64)
    rank = np.empty(len(examples), dtype=np.int64)
    rank[pc.sort_indices(study.alignment.ids(examples)).to_numpy()] = np.arange(len(examples))
    return rank


def changes_table(study: Study, metrics: Sequence[Metric], candidates: Sequence[int], which: str, limit: int | None = None) -> Any:
    """Return the chosen examples of some metrics and candidates as one `pa.Table`, worst first over all of them.

    Columns: `COLUMNS`, then the example's own columns when the examples are known. A label, output or explanation is that of one run: with
    repetitions, of the run that shows the change best. Scores and `delta` are means over the runs of an example.
    """
    import pyarrow as pa

    chosen = [choose(study, study.pairs(metric, candidate), which, limit) for metric in metrics for candidate in candidates]
    severity = np.concatenate([one.severity for one in chosen])
    order = np.argsort(-severity, kind="stable")[:limit]
    if len(order) < len(severity):
        # Texts are read for the rows that are shown only.
        keep = np.zeros(len(severity), dtype=bool)
        keep[order] = True
        chosen = [
            one.kept(part) for one, part in zip(chosen, np.split(keep, np.cumsum([len(one.severity) for one in chosen])[:-1]), strict=True)
        ]
        order = np.argsort(-severity[keep], kind="stable")
    table = pa.concat_tables([_rows(study, one, which) for one in chosen], promote_options="permissive")
    return table if len(chosen) == 1 else table.take(pa.array(order))


def _rows(study: Study, chosen: Chosen, which: str) -> Any:
    """Return the chosen pairs of one metric and candidate as a `pa.Table`."""
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
                study.alignment.sides[number].source.take(column, rows[name]) if column else pa.nulls(len(examples))
            )
        if part == "score":
            delta = chosen.after - chosen.before
            columns["delta"] = pa.nulls(len(examples), pa.float64()) if metric.kind == LABEL else pa.array(delta)
    for name, values in _own_columns(study, examples).items():
        columns[name if name not in columns else f"example.{name}"] = values
    return pa.table(columns)


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

        return pa.array([None if value is None else json.dumps(value, default=str) for value in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _score(study: Study, metric: Metric, number: int, rows: NDArray[np.integer[Any]], values: NDArray[np.float64] | None) -> Any:
    """Return the scores shown: the score column beside a verdict by label where there is one, else the compared value."""
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


def telling_rows(study: Study, metric: Metric, number: int, examples: NDArray[np.integer[Any]], highest: int) -> NDArray[np.integer[Any]]:
    """Return one run of every given example: the first one, or, of several, the one with the highest (`highest` > 0) or lowest value."""
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


def _own_columns(study: Study, examples: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """Return the example's own columns, when the examples are known."""
    if study.examples is None:
        return {}
    known = study.rows_in(study.examples)
    return {name: study.examples.take(name, known[examples]) for name in study.examples.columns if name not in OWN_ID}
