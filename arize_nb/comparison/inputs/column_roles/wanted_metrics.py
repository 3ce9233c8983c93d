"""Which metrics of tables are compared: those asked for, else all that were read; and what is said when there
is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.keys.key_errors import listed
from arize_nb.comparison.metrics.metric import judges, shown_name
from arize_nb.errors import ComparisonError
from arize_nb.text.typed_language import option_words

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.reading import Reading
    from arize_nb.comparison.sources.column_source import Source


def wanted_metrics(
    reading: Reading, sources: Sequence[Source], asked: str | Sequence[str] | None
) -> list[str]:
    """Return the names of the metrics to compare.

    Parameters
    ----------
    reading : Reading
        How the tables were read.
    sources : sequence of Source
        The tables under the names of runs.
    asked : str or sequence of str, optional
        Metrics that were asked for, by their names or their columns'.

    Raises
    ------
    ComparisonError
        One that was asked for cannot be compared, or there is none.
    """
    known = judges(sources[0].columns)
    own = [shown_name(judge) for judge in known if judge not in {metric.judge for metric in reading.metrics}]
    if asked is not None:
        names = [asked] if isinstance(asked, str) else list(dict.fromkeys(asked))
        return [_asked(name, reading) for name in names]
    shared = [
        name
        for name in own
        if any(f"eval.{name}" in judges(side.columns) or name in judges(side.columns) for side in sources[1:])
    ]
    usable = [metric.name for metric in reading.metrics if metric.usable]
    if not shared and not usable:
        raise _none(reading)
    return shared or usable


def _asked(name: str, reading: Reading) -> str:
    """Return the name of a metric that was asked for, maybe by its column's."""
    for metric in reading.metrics:
        if name in (metric.name, metric.score, metric.label):
            if not metric.usable:
                raise ComparisonError(
                    metric.doubt, hint=f"Metrics that both have: {_usable(reading) or 'none'}."
                )
            return metric.name
    return name


def _usable(reading: Reading) -> str:
    return ", ".join(metric.name for metric in reading.metrics if metric.usable)


def _none(reading: Reading) -> ComparisonError:
    """Return the error that says what every column was taken for."""
    left = [metric for metric in reading.metrics if not metric.usable]
    if left:
        return ComparisonError(
            "; ".join(metric.doubt for metric in left[:3]),
            hint=f"Name one that both have: {option_words('metrics', 'COLUMN')}.",
        )
    parts = [
        ("output", reading.output),
        ("expected", reading.expected),
        ("inputs", reading.inputs),
        ("left out", tuple(reading.ignored)),
    ]
    seen = "; ".join(f"{what} {listed(columns, 6)}" for what, columns in parts if columns)
    return ComparisonError(
        f"no metric to compare {' and '.join(reading.names[:2])} by: no column holds verdicts or numbers that"
        f" differ (paired by {reading.by}; {seen})",
        hint=f"Name one: {option_words('metrics', 'COLUMN')}, or score the outputs first.",
    )
