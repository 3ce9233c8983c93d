"""The card of a run that has ended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.comparison.words.example_names import counted
from arize_nb.comparison.words.short_names import id_ends
from arize_nb.display.run_card.metric_means import MetricMean, metric_means
from arize_nb.display.templates import sheet, template
from arize_nb.frames.columns import PART_COLUMN
from arize_nb.progress import duration
from arize_nb.text.command_line import Command
from arize_nb.text.number_text import single

if TYPE_CHECKING:
    from typing import Any

    from arize_nb.harness.result import ExperimentResult

_HERE = "arize_nb.display.run_card"
SHOWN_CAUSES = 6
"""Causes of failures that the card shows; all failures are in `.failures`."""
SHOWN_EXAMPLES = 5
"""Examples that each of them shows."""
_SHOWN_LABELS = 5
_VARIES = re.compile(r"0x[0-9a-fA-F]+|[0-9]+|'[^']*'|\"[^\"]*\"")
"""What tells messages of one cause apart: numbers, addresses, what is quoted."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar of all runs."""

    tone: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A metric as it is read."""

    name: str
    mean: str
    interval: str
    drawn: tuple[float, float, float] | None
    """Begin, width and point in percent of an axis from 0 to 1."""
    scored: str
    labels: Sequence[tuple[str, str]]
    errors: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures that came of one thing."""

    count: str
    what: str
    stage: str
    examples: Sequence[tuple[str, str, str]]
    """Name, input and message of the first."""
    rest: str


def ended_html(result: ExperimentResult) -> str:
    """Return the card of a result as static HTML, escaped."""
    css = sheet(("arize_nb.display.html_card", "card.css"), (_HERE, "run.css"))
    return template(_HERE, "ended.html.j2").render(
        css=css,
        result=result,
        facts=_facts(result),
        parts=_parts(result.counts),
        metrics=[_line(one) for one in metric_means(result.records)],
        summary=[(name, _plain(value)) for name, value in result.summary.items()],
        causes=_causes(result.failure_records(), _names(result)),
        notes=result.notes,
        steps=[step.shown for step in result.next_steps],
        command=_browse(result),
    )


def _facts(result: ExperimentResult) -> list[str]:
    """Name what happened beside the counts; what did not is left out."""
    counts = {
        "taken from the journal": result.resumed,
        "tried again": result.retries,
        "slowed by rate limits": result.slowdowns,
        "late calls left behind": result.abandoned,
        "begun again": result.requeued,
    }
    metadata = result.attrs.get("metadata") or {}
    part = next((one.fields[PART_COLUMN] for one in result.records[:1] if PART_COLUMN in one.fields), None)
    return [
        *([str(part)] if part else []),
        f"took {duration(result.elapsed_s)}",
        *(f"{count:,} {words}" for words, count in counts.items() if count),
        *(f"{name} {value}" for name, value in metadata.items()),
        *([] if result.experiment else ["not uploaded"]),
    ]


def _parts(counts: Mapping[str, int]) -> list[Part]:
    """Return the bar of all runs: scored, not fully scored, failed, left to do."""
    tones = {"b": "completed", "n": "not fully scored", "w": "failed", "l": "left to do"}
    whole = counts["completed"] - counts["unscored"]
    numbers = (whole, counts["unscored"], counts["failed"], counts["left"])
    return [
        Part(tone, count, f"{count:,} {words}")
        for (tone, words), count in zip(tones.items(), numbers, strict=True)
        if count
    ]


def _line(one: MetricMean) -> MetricLine:
    mean = "–" if one.mean is None else _amount(one.mean, one)
    interval = ""
    drawn: tuple[float, float, float] | None = None
    if one.low is not None and one.high is not None and one.mean is not None:
        interval = f"95%: {_amount(one.low, one)} to {_amount(one.high, one)}"
        if 0 <= one.low <= one.high <= 1:
            drawn = (_percent(one.low), _percent(one.high - one.low), _percent(one.mean))
    labels = list(one.labels.items())
    more = len(labels) - _SHOWN_LABELS
    return MetricLine(
        name=one.name,
        mean=mean,
        interval=interval,
        drawn=drawn,
        scored=f"{one.scored:,} scored",
        labels=[
            *((label, f"{count:,}") for label, count in labels[:_SHOWN_LABELS]),
            *([("…", f"{more:,} more")] if more > 0 else []),
        ],
        errors=counted(one.errors, "error") if one.errors else "",
    )


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _amount(value: float, one: MetricMean) -> str:
    return f"{100 * value:.1f}%" if one.is_rate else single(value)


def _plain(value: object) -> str:
    return "–" if value is None else single(value) if isinstance(value, float) else str(value)


def _names(result: ExperimentResult) -> Mapping[str, str]:
    """Return what examples are called: an id that a person gave, else `#` and the place in the dataset, where
    all of it was run; else the end of the id.
    """
    ids = list(dict.fromkeys(record.example_id for record in result.records))
    names = id_ends(ids)
    is_whole = not result.counts["left"] and PART_COLUMN not in result.records[0].fields if ids else False
    if not is_whole:
        return names
    return {one: one if names[one] == one else f"#{place}" for place, one in enumerate(ids, start=1)}


def _causes(failures: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[Cause]:
    """Group failures by where they happened, their type, and what their messages have in common."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in failures:
        alike = _VARIES.sub("…", str(row["message"]))
        groups.setdefault((str(row["stage"]), str(row["error_type"]), alike), []).append(row)
    largest = sorted(groups.items(), key=lambda item: -len(item[1]))
    causes = [_cause(key, rows, names) for key, rows in largest[:SHOWN_CAUSES]]
    others = sum(len(rows) for _, rows in largest[SHOWN_CAUSES:])
    if others:
        causes.append(Cause(counted(others, "run"), "other causes: see .failures", "", [], ""))
    return causes


def _cause(key: tuple[str, str, str], rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Cause:
    """Name what failures have in common; a message that all of them have is said once."""
    stage, error_type, alike = key
    messages = {str(row["message"]) for row in rows}
    is_one = len(messages) == 1
    return Cause(
        count=counted(len(rows), "run"),
        what=f"{error_type}: {messages.pop() if is_one else alike}",
        stage="" if stage == "task" else stage,
        examples=[
            (
                names.get(row["example_id"], ""),
                row["input"] or "",
                "" if is_one else str(row["message"]),
            )
            for row in rows[:SHOWN_EXAMPLES]
        ],
        rest=f"and {len(rows) - SHOWN_EXAMPLES:,} more" if len(rows) > SHOWN_EXAMPLES else "",
    )


def _browse(result: ExperimentResult) -> str:
    """Return the line that opens the runs; none where nothing was uploaded."""
    if result.experiment is None or not result.dataset:
        return ""
    return Command(("experiments", "browse"), (result.name,), {"dataset": result.dataset}).line
