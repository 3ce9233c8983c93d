"""How tables were read, in one line that stands before the verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from arize_nb.comparison.metrics.directions import HIGHER, LOWER, NEUTRAL
from arize_nb.comparison.metrics.metric import LABEL, PASS_FAIL

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.reading import Reading
    from arize_nb.comparison.metrics.metric import Metric

_NAMED = 4
"""Values and columns that are named; the others are counted."""


def reading_line(reading: Reading, metrics: Sequence[Metric], scores: Sequence[str] = ()) -> str:
    """Say what pairs the rows, which columns are the outputs and the metrics, and how to change that.

    >>> # paired 200 of 200 by question; output answer; metrics correct (yes passes), latency (lower is better); change with --key, …
    """
    parts = [_paired(reading)]
    if reading.output:
        parts.append(f"output {' and '.join(reading.output)}")
    parts.append(f"metric{'s' if len(metrics) > 1 else ''} {', '.join(map(metric_words, metrics))}")
    parts += [*reading.notes, *(re.sub(r"^eval\.(.+?)\.(?:score|label)\b", r"\1", note) for note in scores)]
    if reading.sampled:
        parts.append("roles from the first 20,000 rows")
    options = ("key", "metrics", "output")
    names = (f"--{one.removesuffix('s')}" if reading.on_a_line else f"{one}=" for one in options)
    return "; ".join([*parts, f"change with {', '.join(names)}"])


def _paired(reading: Reading) -> str:
    """Say how many rows pair, and by what."""
    counts = list(dict.fromkeys(zip(reading.paired, reading.of, strict=True)))
    said = ", ".join(f"{paired:,} of {of:,}" for paired, of in counts)
    aside = " (case and blanks aside)" if reading.folded else ""
    repeated = f", repetitions by {reading.repetition}" if reading.repetition else ""
    return f"paired {said} by {reading.by}{aside}{repeated}"


def metric_words(metric: Metric) -> str:
    """Return the name of a metric with what is good: `correct (yes passes)`, `score (higher is better)`."""
    if metric.kind == LABEL:
        meaning = "labels"
    elif metric.kind == PASS_FAIL and metric.by_label:
        passing = sorted(
            label
            for label in metric.vocabulary
            if (label if metric.cased else label.lower()) in (metric.passing or ())
        )
        meaning = f"{' or '.join(passing[:_NAMED]) or 'no label'} passes"
    elif metric.kind == PASS_FAIL and metric.threshold is None:
        meaning = f"{metric.pass_value:g} passes"
    elif metric.kind == PASS_FAIL:
        meaning = metric.rule.removeprefix("pass_when: ") + " passes"
    else:
        meaning = {
            HIGHER: "higher is better",
            LOWER: "lower is better",
            NEUTRAL: "neither way is better",
        }.get(metric.direction, "which way is better is unknown")
    return f"{metric.name} ({meaning})"
