"""What an interactive report holds of its examples: columns, as JSON that cannot end a script element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.changed_examples import COLUMNS, outcome_codes, telling_rows
from arize_nb.comparison.analysis.label_transitions import example_labels
from arize_nb.comparison.analysis.slices import slice_codes
from arize_nb.comparison.diagnostics.lost_runs import newly_errored
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL
from arize_nb.comparison.words.example_columns import own_columns, shown_as, telling_columns
from arize_nb.comparison.words.example_names import input_column
from arize_nb.comparison.words.short_names import short_names
from arize_nb.display.html_card.panels import Panel, panels
from arize_nb.errors import ComparisonError
from arize_nb.text.command_line import Choice, Hint
from arize_nb.text.number_text import single
from arize_nb.text.values import whole
from arize_nb.text.visible import visible

if TYPE_CHECKING:
    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.comparison.metrics.metric import Metric

MOST_EXAMPLES = 20_000
"""Examples that a report answers at the speed of typing."""
MOST_BYTES = 40_000_000
"""Bytes of a report that a browser opens without a long wait."""
MOST_CHARACTERS = 20_000
"""Characters of a text; what is behind them is counted."""
ERRORED_PASS = 8
"""Code of an example that passed before and errored now: it got worse, and it has an error."""

Text = str | None


def report_data(comparison: Comparison) -> bytes:
    """Return the examples of a comparison, for the script of the report.

    Raises
    ------
    ComparisonError
        More than 20,000 examples, or more text than 40 MB.
    """
    import orjson

    study = comparison.study
    n = study.alignment.examples
    if n > MOST_EXAMPLES:
        raise _too_much(f"{n:,} examples", f"{MOST_EXAMPLES:,}")
    data = {
        "names": _names(study, n),
        **_own(study, n),
        "sides": [_side(study, number) for number in range(len(study.names))],
        "metrics": [_metric(study, metric) for metric in study.metrics],
        "rows": _rows(comparison),
        "panels": [_panel(study, panel) for panel in panels(comparison)],
        "facets": _facets(study),
    }
    # Nothing in it may look like a tag: JSON reads the escape as the same character.
    written = orjson.dumps(data).replace(b"<", b"\\u003c")
    if len(written) > MOST_BYTES:
        raise _too_much(f"{len(written) / 1e6:,.0f} MB of text", f"{MOST_BYTES / 1e6:.0f} MB")
    return written


def _too_much(has: str, most: str) -> ComparisonError:
    return ComparisonError(
        f"an interactive report holds at most {most}, and this comparison has {has}",
        hint=Hint.of("Leave out {}, or compare fewer examples.", Choice("interactive=True", "--interactive")),
    )


def _names(study: Study, n: int) -> list[str]:
    """Return what every example is called."""
    ids = study.alignment.ids(np.arange(n)).to_pylist()
    names = short_names(study, ids)
    return [visible(names[one]) for one in ids]


def _own(study: Study, n: int) -> dict[str, Any]:
    """Return the columns of the examples themselves, and which of them was asked (-1 for none)."""
    ids = [visible(str(one)) for one in study.alignment.ids(np.arange(n)).to_pylist()]
    own = own_columns(study, np.arange(n), COLUMNS)
    asked = input_column(own)
    columns = [{"name": visible(name), "values": _texts(own[name].to_pylist())} for name in own]
    return {
        "ids": ids,
        "own": columns,
        "asked": -1 if asked is None else list(own).index(asked),
    }


def _side(study: Study, number: int) -> dict[str, Any]:
    """Return what one experiment said: of several runs of an example the one that shows the change best."""
    metric = study.metrics[0]
    rows = telling_rows(study, metric, number, np.arange(study.alignment.examples), 1 if number == 0 else -1)
    source = study.alignment.sides[number].source
    return {
        "name": visible(study.names[number]),
        **{
            part: _texts(source.take(part, rows).to_pylist()) if part in source else None
            for part in ("output", "error")
        },
    }


def _metric(study: Study, metric: Metric) -> dict[str, Any]:
    """Return what a metric says of every example on every side, and what became of it."""
    candidates = range(1, len(study.names))
    return {
        "name": visible(metric.name),
        "sign": metric.sign,
        "shown": [_values(study, metric, number) for number in range(len(study.names))],
        "why": [_explanations(study, metric, number) for number in range(len(study.names))],
        "became": [_codes(study, metric, number) for number in candidates],
        "change": [_changes(study, metric, number) for number in candidates],
    }


def _values(study: Study, metric: Metric, number: int) -> dict[str, Any]:
    """Return labels, or scores as text where there are none, by their place among the distinct ones."""
    values = study.outcome(metric, number).value
    scores = [None if np.isnan(value) else single(float(value)) for value in values]
    texts: list[Text] = scores
    column = metric.column("label")
    source = study.alignment.sides[number].source
    if column and column in source:
        rows = telling_rows(study, metric, number, np.arange(len(values)), 1 if number == 0 else -1)
        labels = _texts(source.take(column, rows).to_pylist())
        texts = [label or score for label, score in zip(labels, scores, strict=True)]
    elif metric.kind == PASS_FAIL:
        words = {metric.pass_value: "pass", metric.fail_value: "fail"}
        texts = [words.get(float(value), score) for value, score in zip(values, scores, strict=True)]
    return _encoded(texts)


def _explanations(study: Study, metric: Metric, number: int) -> dict[str, Any] | None:
    column = metric.column("explanation")
    source = study.alignment.sides[number].source
    if not column or column not in source:
        return None
    rows = telling_rows(study, metric, number, np.arange(study.alignment.examples), 1 if number == 0 else -1)
    return _encoded(_texts(source.take(column, rows).to_pylist()))


def _codes(study: Study, metric: Metric, candidate: int) -> list[int]:
    """Return what became of every example, with those that passed before and errored now apart."""
    codes = outcome_codes(study, metric, candidate)
    if metric.kind == PASS_FAIL and metric.sign:
        pairs = study.pairs(metric, candidate)
        gone = newly_errored(pairs, study.outcome(metric, 0), study.outcome(metric, candidate))
        codes = np.where(gone, np.int8(ERRORED_PASS), codes)
    tallied: list[int] = codes.tolist()
    return tallied


def _changes(study: Study, metric: Metric, candidate: int) -> list[float | None] | None:
    """Return the change of every example; None where labels have no distance."""
    if metric.kind == LABEL:
        return None
    change = study.outcome(metric, candidate).value - study.outcome(metric, 0).value
    return [None if np.isnan(one) else float(f"{one:.6g}") for one in change]


def _rows(comparison: Comparison) -> list[list[int]]:
    """Return metric and candidate of every row of the card, by their places."""
    metrics = [metric.name for metric in comparison.metrics]
    candidates = list(comparison.candidates)
    return [[metrics.index(row["metric"]), candidates.index(row["candidate"])] for row in comparison.rows]


def _panel(study: Study, panel: Panel) -> dict[str, Any]:
    """Return what a panel of the card is about, to count in it and to filter by it."""
    metric, candidate = study.metric(panel.metric), study.side_number(panel.candidate)
    about = {"kind": panel.kind, "metric": study.metrics.index(metric), "candidate": candidate - 1}
    if panel.kind == "labels":
        sides = ((0, "before"), (candidate, "after"))
        codes = {side: example_labels(study, metric, number)[0].tolist() for number, side in sides}
        return {**about, "names": [visible(name) for name in panel.names], **codes}
    if panel.kind == "slices":
        return {**about, **_sliced(study, panel.column, [one.name for one in panel.slices])}
    return {**about, "edges": panel.edges}


def _facets(study: Study) -> list[dict[str, Any]]:
    """Return the columns of few values, each with the value of every example."""
    return [_sliced(study, column) for column in telling_columns(study)]


def _sliced(study: Study, column: str, shown: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the slice of every example by a column, as a place among those shown; -1 for another."""
    codes, labels = slice_codes(study, column)
    order = list(labels) if shown is None else list(shown)
    places = np.array([order.index(label) if label in order else -1 for label in labels] + [-1])
    return {
        "column": visible(shown_as(column, COLUMNS)),
        "values": [visible(str(label)) for label in order],
        "codes": [int(place) for place in places[codes]],
    }


def _texts(values: Iterable[object]) -> list[Text]:
    """Return values as text that shows what would act, as much of each as a person reads; nothing stays
    nothing.
    """
    return [whole(value, MOST_CHARACTERS) for value in values]


def _encoded(values: Sequence[Text]) -> dict[str, Any]:
    """Return texts as distinct ones and their places; -1 for nothing."""
    places: dict[str, int] = {}
    codes = [-1 if value is None else places.setdefault(value, len(places)) for value in values]
    return {"of": list(places), "at": codes}
