"""A comparison as text, static HTML and Markdown; everything from a model is escaped."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arize_nb.comparison.result import Comparison

SHOWN_CHANGES = 10


def number(value: float | None, digits: int = 3) -> str:
    """Return a number for people: significant digits, a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.{digits}g}"


def verdict_words(row: Mapping[str, Any], confidence: float) -> str:
    """Say in one sentence what a summary row means."""
    few = ", directional only" if row["note"] else ""
    start = f"{row['metric']}, {row['candidate']} against {row['baseline']}: {row['verdict']}{few}"
    if math.isnan(row["delta"]):
        moved = row["n_paired"] - row["unchanged"]
        return f"{start}. {moved:,} of {row['n_paired']:,} labels changed (p = {number(row['p_adjusted'])}, {row['test']})."
    means = f"{number(row['baseline_mean'])} → {number(row['candidate_mean'])}"
    interval = f"{100 * confidence:g}% interval {number(row['ci_low'])} to {number(row['ci_high'])}"
    moved = (
        ""
        if row["regressions"] is None
        else f" {row['regressions']:,} got worse, {row['improvements']:,} better, {row['unchanged']:,} stayed."
    )
    seen = ""
    if row["verdict"] == "no clear change" and not math.isnan(row["min_detectable"]):
        seen = f" So many pairs show a difference of {number(row['min_detectable'])} or more."
    return f"{start}. {means}, difference {row['delta']:+.3g} ({interval}, p = {number(row['p_adjusted'])}).{moved}{seen}"


def comparison_text(comparison: Comparison) -> str:
    """Return the comparison as plain text."""
    lines = [f"Comparison of {', '.join(comparison.candidates)} with {comparison.baseline}"]
    for row in comparison.rows:
        lines.append(f"  {verdict_words(row, comparison.settings.confidence)}")
        lost = [
            f"{row[key]:,} {word}"
            for key, word in (("n_error", "errored"), ("n_missing", "missing"), ("n_unscored", "unscored"))
            if row[key]
        ]
        lines.append(f"    {row['n_paired']:,} pairs" + (f"; lost: {', '.join(lost)}" if lost else ""))
    return "\n".join(lines)


def plot_image(comparison: Comparison, kind: str, **options: Any) -> str:
    """Return one picture as an `<img>` with its alt text, the bytes inline."""
    from arize_nb.plots import plot
    from arize_nb.plots.style import png

    figure = plot(comparison, kind, **options).figure
    data = base64.b64encode(png(figure)).decode("ascii")
    return f'<img alt="{escape(str(figure.get_label()))}" style="max-width:100%" src="data:image/png;base64,{data}">'


def comparison_html(comparison: Comparison) -> str:
    """Return the comparison as static HTML: verdicts, pictures, the worst regressions."""
    words = "".join(f"<li>{escape(verdict_words(row, comparison.settings.confidence))}</li>" for row in comparison.rows)
    table = comparison.changes_table("regressions", limit=SHOWN_CHANGES)
    columns = [
        "example_id",
        "metric",
        "candidate",
        "baseline_label",
        "candidate_label",
        "delta",
        "baseline_output",
        "candidate_output",
    ]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if row[name] is None else str(row[name])[:300])}</td>" for name in columns) + "</tr>"
        for row in table.to_pylist()
    )
    picture = plot_image(comparison, "delta")
    return f"<div><ul>{words}</ul>{picture}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def comparison_page(comparison: Comparison) -> str:
    """Return a whole HTML page."""
    head = '<head><meta charset="utf-8"><title>Comparison</title></head>'
    return f'<!doctype html><html lang="en">{head}<body>{comparison_html(comparison)}</body></html>'


def comparison_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown."""
    return "\n".join(f"- {escape(verdict_words(row, comparison.settings.confidence))}" for row in comparison.rows) + "\n"
