"""What the evaluators gave to experiments on the whole: a line each for the static form of a picker."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.errors import AxError
from arize_nb.text.number_text import single
from arize_nb.widgets.grid.arrow_rows import table_of

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.models import Experiment

_JUDGED = re.compile(r"^eval\.(.+)\.(score|label)$")
_MOST = 6
"""Evaluators that a line names."""


def experiment_scores(client: Any, experiments: Sequence[Experiment], *, budget_s: float) -> dict[str, str]:
    """Read the runs of experiments and return what was given to them, by experiment id, as far as the time
    goes.

    Parameters
    ----------
    client : Client
        Reads the runs.
    experiments : sequence of Experiment
        Read in this order.
    budget_s : float
        Seconds after which no further experiment is begun.
    """
    end, found = time.monotonic() + budget_s, {}
    for experiment in experiments:
        if time.monotonic() >= end:
            break
        try:
            found[str(experiment.id)] = scores_line(table_of(client.experiments.runs(experiment)))
        except AxError as error:
            found[str(experiment.id)] = f"not read: {error}"
    return found


def scores_line(runs: pa.Table) -> str:
    """Return how many runs there are, and of each evaluator the mean score, or the commonest label with its
    share.

    Missing values do not count; an evaluator that said nothing is left out.
    """
    names = list(dict.fromkeys(match[1] for name in runs.column_names if (match := _JUDGED.match(name))))
    parts = [f"{name} {value}" for name in names if (value := _value(runs, name))]
    more = f"{len(parts) - _MOST} more evaluators" if len(parts) > _MOST else ""
    return " · ".join([f"{runs.num_rows:,} runs", *parts[:_MOST], *([more] if more else [])])


def _value(runs: pa.Table, name: str) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    scores = runs[f"eval.{name}.score"] if f"eval.{name}.score" in runs.column_names else None
    if (
        scores is not None
        and scores.null_count < len(scores)
        and (pa.types.is_floating(scores.type) or pa.types.is_integer(scores.type))
    ):
        return single(float(pc.mean(scores).as_py()))
    labels = runs[f"eval.{name}.label"].drop_null() if f"eval.{name}.label" in runs.column_names else ()
    if not len(labels):
        return ""
    counts = sorted(
        pc.value_counts(labels).to_pylist(), key=lambda entry: (-entry["counts"], str(entry["values"]))
    )
    return f"{single(100 * counts[0]['counts'] / len(labels))} % {counts[0]['values']}"
