"""A comparison as sections: summary with intervals and verdicts, slices, what makes it shaky, plots."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.widgets import sections
from arize_nb.widgets.display_text import number, text_of

if TYPE_CHECKING:
    from arize_nb.comparison.result import Comparison
    from arize_nb.widgets.sections import Section

PLOTS = ("delta", "scores", "transitions", "slices", "latency", "scatter")
_MARKS = {
    "improved": "▲ improved",
    "regressed": "▼ regressed",
    "equivalent": "= equivalent",
    "no clear change": "· no clear change",
    "too few": "? too few",
}
_NUMERIC = [False, False, *[True] * 8, False]
MAX_SLICES = 200
"""Most rows of a slice table that are drawn; the count of all is printed."""


def summary(comparison: Comparison) -> list[Section]:
    """Show the summary, a row per metric and candidate, and under it what was lost and why."""
    rows = comparison.rows
    title = f"{', '.join(comparison.candidates)} against {comparison.baseline}"
    table = sections.table(title, _heads(comparison), [_summary_row(row) for row in rows], numeric=_NUMERIC)
    return [table, *(sections.note(line) for line in _remarks(rows))]


def _heads(comparison: Comparison) -> list[str]:
    percent = round(comparison.settings.confidence * 100)
    means = ("baseline is", "candidate is", "change", f"{percent}% interval", "p (Holm)")
    return ["metric", "candidate", *means, "worse", "better", "pairs", "verdict"]


def _summary_row(row: Mapping[str, Any]) -> list[str | None]:
    rate = row["kind"] == "pass/fail"
    interval = f"{_signed(row['ci_low'], rate)} to {_signed(row['ci_high'], rate)}" if _known(row["ci_low"]) else "—"
    counts = [_count(row[name]) for name in ("regressions", "improvements", "n_paired")]
    values = [_value(row["baseline_mean"], rate), _value(row["candidate_mean"], rate), _signed(row["delta"], rate)]
    said = _MARKS.get(row["verdict"], row["verdict"])
    return [row["metric"], row["candidate"], *values, interval, _value(row["p_adjusted"], False), *counts, said]


def _remarks(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for row in rows:
        lost = [f"{row[f'n_{why}']:,} {why}" for why in ("error", "missing", "unscored") if row[f"n_{why}"]]
        remarks = ([f"pairs lost: {', '.join(lost)}"] if lost else []) + ([row["note"]] if row.get("note") else [])
        if remarks:
            yield f"{row['metric']}, {row['candidate']}: {'; '.join(remarks)}"


def frame_table(title: str, frame: Any, *, most: int = MAX_SLICES) -> Section:
    """Show a small DataFrame as a table of text; the first `most` rows, counted."""
    shown = frame.head(most)
    numeric = [shown[name].dtype.kind in "iuf" for name in shown.columns]
    rows = [[_cell(value) for value in row] for row in shown.itertuples(index=False, name=None)]
    caption = f"{len(shown):,} of {len(frame):,} rows" if len(frame) > len(shown) else ""
    return sections.table(title, [str(name) for name in shown.columns], rows, caption=caption, numeric=numeric)


def slices(comparison: Comparison, by: str) -> list[Section]:
    """Show the summary by the values of a column."""
    frame = comparison.slices(by=by)
    rows = frame.head(MAX_SLICES).to_dict("records")
    drawn = [[text_of(row["slice"]), *_summary_row(row)] for row in rows]
    caption = f"{len(rows):,} of {len(frame):,} slices" if len(frame) > len(rows) else ""
    found = sections.table(f"Slices by {by}", [by, *_heads(comparison)], drawn, caption=caption, numeric=[False, *_NUMERIC])
    return [found, sections.note("Slices are for exploring: their p values are adjusted over the slices, and still no finding.")]


def comparability(comparison: Comparison) -> list[Section]:
    """Say what makes the comparison shaky."""
    found = comparison.comparability
    if isinstance(found, str):
        return [sections.text("Comparability", found)]
    if hasattr(found, "itertuples"):
        return [frame_table("Comparability", found)]
    lines = [str(line) for line in found] or ["Nothing found that would make the comparison shaky."]
    return [sections.facts("Comparability", [(str(place + 1), line) for place, line in enumerate(lines)])]


def plot_png(comparison: Comparison, kind: str, *, metric: str, candidate: str, by: str | None = None) -> tuple[Section, bytes]:
    """Draw one plot; returns its section (picture 0) and the PNG."""
    options: dict[str, Any] = {"metric": metric, "candidate": candidate}
    if kind == "slices" and by:
        options["by"] = by
    figure = comparison.plot(kind, **options).figure
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    return sections.image(figure.get_label(), 0), drawn.getvalue()


def _known(value: Any) -> bool:
    import pandas as pd

    return not pd.isna(value)


def _value(value: Any, rate: bool) -> str | None:
    if not _known(value):
        return None
    return f"{value:.1%}" if rate else f"{value:.3g}"


def _signed(value: Any, rate: bool) -> str | None:
    if not _known(value):
        return None
    return f"{value * 100:+.1f} pp" if rate else f"{value:+.3g}"


def _count(value: Any) -> str | None:
    return f"{value:,}" if _known(value) else None


def _cell(value: Any) -> str | None:
    if not _known(value):
        return None
    return number(float(value)) if isinstance(value, float) else text_of(value)
