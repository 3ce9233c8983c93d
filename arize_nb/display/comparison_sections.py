"""A comparison as sections: summary with intervals and verdicts, slices, what makes it shaky, plots."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.slices import verdict_first
from arize_nb.comparison.words.row_sentences import (
    ADJUSTED,
    DIFFERENCE,
    amount,
    better_words,
    concern_words,
    direction_asked,
    interval_text,
    level_text,
    lost_reasons,
    marked_verdict,
    p_text,
)
from arize_nb.display import sections
from arize_nb.display.slice_sentences import slice_finding
from arize_nb.text.number_text import single
from arize_nb.text.values import shortened, text_of

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.display.sections import Section

PLOTS = ("delta", "scores", "transitions", "slices", "latency", "scatter")
_NUMERIC = [False, False, False, *[True] * 8]
MAX_SLICES = 200
"""Most rows of a slice table that are drawn; the count of all is printed."""
_LONG_NAME = 48
_CONCERNS = 3
"""Most concerns said right under the summary; the whole list is among what can be shown beside it."""


def summary(comparison: Comparison, *, current: int | None = None) -> list[Section]:
    """Show the summary, a row per metric and candidate, and under it what makes it shaky and which pairs were
    lost.

    With `current`, a row's place or -1, the rows can be chosen.
    """
    rows = comparison.rows
    title = f"{', '.join(comparison.candidates)} against {comparison.baseline}"
    table = sections.table(
        title, _heads(comparison), [_summary_row(row) for row in rows], numeric=_NUMERIC, current=current
    )
    asked = direction_asked(rows)
    said = [line for line in (slice_finding(comparison), asked) if line]
    lines = (*_reading_line(comparison), *said, *_concern_lines(comparison), *_remarks(rows))
    return [table, *(sections.note(line) for line in lines)]


def _heads(comparison: Comparison) -> list[str]:
    means = (
        "baseline value",
        "candidate value",
        DIFFERENCE,
        level_text(comparison.settings.confidence),
        ADJUSTED,
    )
    return ["metric", "candidate", "verdict", *means, "worse", "better", "pairs"]


def _summary_row(row: Mapping[str, Any]) -> list[str | None]:
    kind = row["kind"]
    counts = [*_changed(row), _count(row["n_paired"])]
    values = [
        _amount(row["baseline_mean"], kind),
        _amount(row["candidate_mean"], kind),
        _amount(row["delta"], kind, difference=True),
    ]
    interval = interval_text(row) if _known(row["ci_low"]) else None
    verdict = (
        f"{marked_verdict(row)} ({better_words(row)})" if row["direction_guessed"] else marked_verdict(row)
    )
    return [
        row["metric"],
        shortened(row["candidate"], _LONG_NAME),
        verdict,
        *values,
        interval,
        _p(row["p_adjusted"]),
        *counts,
    ]


def _changed(row: Mapping[str, Any]) -> list[str | None]:
    """Return how many examples got worse and better; how many went down and up, and that, where it is not
    known which is better.
    """
    if _known(row["regressions"]) or not _known(row["down"]):
        return [_count(row["regressions"]), _count(row["improvements"])]
    return [f"{row['down']:,} down", f"{row['up']:,} up"]


def _reading_line(comparison: Comparison) -> Iterable[str]:
    return [comparison.reading_line] if comparison.reading_line else []


def _concern_lines(comparison: Comparison) -> Iterable[str]:
    concerns = comparison.concerns
    yield from (f"⚠ {concern_words(one)}" for one in concerns[:_CONCERNS])
    if len(concerns) > _CONCERNS:
        yield f"… and {len(concerns) - _CONCERNS:,} more: also show what makes it shaky."


def _remarks(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """Say which pairs were lost; rows with the same remark share a line."""
    said: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        if lost := lost_reasons(row):
            said.setdefault(f"pairs lost: {lost}", {}).setdefault(row["metric"], []).append(row["candidate"])
    candidates = {row["candidate"] for row in rows}
    for remark, where in said.items():
        names = [
            metric if len(who) == len(candidates) else f"{metric} ({', '.join(who)})"
            for metric, who in where.items()
        ]
        yield f"{', '.join(names)}: {remark}"


def frame_table(title: str, frame: Any, *, most: int = MAX_SLICES) -> Section:
    """Show a small DataFrame as a table of text; the first `most` rows, counted."""
    shown = frame.head(most)
    numeric = [shown[name].dtype.kind in "iuf" for name in shown.columns]
    rows = [[_cell(value) for value in row] for row in shown.itertuples(index=False, name=None)]
    caption = f"{len(shown):,} of {len(frame):,} rows" if len(frame) > len(shown) else ""
    return sections.table(
        title, [str(name) for name in shown.columns], rows, caption=caption, numeric=numeric
    )


def slices(comparison: Comparison, by: str) -> list[Section]:
    """Show the summary by the values of a column."""
    frame = comparison.slices(by=by)
    rows = verdict_first(frame.to_dict("records"))[:MAX_SLICES]
    drawn = [[text_of(row["slice"]), *_summary_row(row)] for row in rows]
    caption = f"{len(rows):,} of {len(frame):,} slices" if len(frame) > len(rows) else ""
    found = sections.table(
        f"Slices by {by}", [by, *_heads(comparison)], drawn, caption=caption, numeric=[False, *_NUMERIC]
    )
    return [
        found,
        sections.note(
            "Slices are for exploring: their p values are adjusted over the slices, and still no finding."
        ),
    ]


def comparability(comparison: Comparison) -> list[Section]:
    """Say what makes the comparison shaky."""
    found = comparison.comparability
    if not len(found):
        return [sections.note("Nothing found that would make the comparison shaky.")]
    return [frame_table("What makes it shaky", found)]


def plot_png(
    comparison: Comparison, kind: str, *, metric: str, candidate: str, by: str | None = None
) -> tuple[Section, bytes]:
    """Draw one plot; returns its section (picture 0) and the PNG."""
    options: dict[str, Any] = {"metric": metric, "candidate": candidate}
    if kind == "slices" and by:
        options["by"] = by
    figure = comparison.plot(kind, **options).figure
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    return sections.image(figure.get_label(), 0), drawn.getvalue()


def _known(value: object) -> bool:
    import pandas as pd

    return not pd.isna(value)


def _amount(value: Any, kind: str, *, difference: bool = False) -> str | None:
    return amount(value, kind, difference=difference) if _known(value) else None


def _p(value: Any) -> str | None:
    return p_text(value).removeprefix("p = ").removeprefix("p ") if _known(value) else None


def _count(value: object) -> str | None:
    return f"{value:,}" if _known(value) else None


def _cell(value: object) -> str | None:
    if not _known(value):
        return None
    return single(float(value)) if isinstance(value, float) else text_of(value)
