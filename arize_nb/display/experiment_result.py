"""The result of a run as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.words.short_names import id_ends
from arize_nb.display.tables import members_text, text_table
from arize_nb.frames.columns import PART_COLUMN
from arize_nb.progress import duration

if TYPE_CHECKING:
    from arize_nb.harness.result import ExperimentResult

SHOWN_FAILURES = 10
"""Failures that the text shows; all are in `.failures`."""
_METRIC_COLUMNS = ["metric", "scored", "mean", "labels", "errors"]
_FAILURE_COLUMNS = ["example", "repetition", "input", "stage", "error_type", "message"]


def result_text(result: ExperimentResult) -> str:
    """Return a result as text: what happened, the metrics, the first failures."""
    parts = [members_text(f"Experiment run: {result.name}", _facts(result))]
    metrics = result.metrics
    if metrics:
        parts.append(text_table(metrics, _METRIC_COLUMNS))
    failures = result.failure_records()
    if failures:
        more = (
            f"\n… and {len(failures) - SHOWN_FAILURES:,} more failures"
            if len(failures) > SHOWN_FAILURES
            else ""
        )
        short = _short(row["example_id"] for row in failures)
        failures = [{**row, "example": short.get(row["example_id"])} for row in failures]
        columns = [name for name in _FAILURE_COLUMNS if name != "input" or any(row[name] for row in failures)]
        parts.append(text_table(failures[:SHOWN_FAILURES], columns) + more)
    parts += [step.shown for step in result.next_steps]
    return "\n\n".join(parts)


def _short(ids: Iterable[str | None]) -> dict[str, str]:
    """Return short names of examples; the whole ids are in `.failures`."""
    return id_ends([one for one in ids if isinstance(one, str)])


def _facts(result: ExperimentResult) -> dict[str, Any]:
    """Name what happened; what did not is left out."""
    counts = result.counts
    part = next(
        (record.fields[PART_COLUMN] for record in result.records[:1] if PART_COLUMN in record.fields), None
    )
    words = [f"{counts['completed']:,} of {counts['planned']:,} completed"]
    words += [
        f"{counts[key]:,} {label}"
        for key, label in (("failed", "failed"), ("left", "left to do"), ("unscored", "not fully scored"))
        if counts[key]
    ]
    happened = {
        "taken from the journal": result.resumed,
        "tried again": result.retries,
        "slowed by rate limits": result.slowdowns,
        "late calls left behind": result.abandoned,
        "begun again": result.requeued,
    }
    return {
        "runs": ", ".join(words),
        "dataset": result.dataset,
        **({"part": part} if part else {}),
        "experiment": result.experiment.id if result.experiment else "not uploaded",
        **{f"metadata.{name}": str(value) for name, value in (result.attrs.get("metadata") or {}).items()},
        "took": duration(result.elapsed_s),
        **{label: f"{count:,}" for label, count in happened.items() if count},
    }
