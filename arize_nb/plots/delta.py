"""Forest plot: the delta of every metric and candidate with its interval."""

from __future__ import annotations

import math
from typing import Any

from arize_nb.comparison.verdict import FEW_PAIRS
from arize_nb.plots.forest import draw_line, frame, width_of
from arize_nb.plots.style import axes, finish, plain


def draw(comparison: Any, *, ax: Any = None, metric: str | None = None, candidate: str | None = None) -> Any:
    """Draw a line per metric and candidate: the mark is the delta, the bar its interval; better is always to the right.

    A metric that is better when lower is mirrored and says so. Metrics in other units than 0..1 are drawn as a share of the
    baseline's mean.
    """
    rows = [
        row
        for row in comparison.rows
        if metric in (None, row["metric"]) and candidate in (None, row["candidate"]) and not math.isnan(row["delta"])
    ]
    several = len(comparison.candidates) > 1
    labels = [label(row, several=several) for row in rows]
    verdicts = [verdict_text(row) for row in rows]
    said = [f"{word} (n = {row['n_paired']:,})" for word, row in zip(verdicts, rows, strict=True)]
    ax = axes(ax, width=width_of(labels, said), height=1.3 + 0.25 * sum(1 + text.count("\n") for text in labels) + 0.17 * len(rows))
    frame(ax, labels)
    words = []
    for place, (row, verdict) in enumerate(zip(rows, verdicts, strict=True)):
        draw_line(ax, place, row, said[place], scale(row))
        words.append(f"{row['metric']} {row['candidate']}: {row['delta']:+.4g} [{row['ci_low']:.4g}, {row['ci_high']:.4g}], {verdict}.")
    level = f"{100 * comparison.settings.confidence:g}%"
    title = f"Difference from {plain(comparison.baseline)}, {level} intervals"
    return finish(
        ax, title=title, x="worse  ←  difference  →  better", alt="Forest plot of differences from the baseline. " + " ".join(words)
    )


def verdict_text(row: Any) -> str:
    """Return the verdict, with its warning when there are few pairs."""
    return f"{row['verdict']}, directional only" if row["n_paired"] < FEW_PAIRS else str(row["verdict"])


def scale(row: Any) -> float:
    """Return what a delta is divided by: 1 for values within 0..1, else the size of the baseline's mean."""
    if max(abs(row["baseline_mean"]), abs(row["candidate_mean"])) <= 1:
        return 1.0
    return abs(row["baseline_mean"]) or 1.0


def label(row: Any, *, several: bool) -> str:
    """Return the name of a line."""
    extra = [word for word, there in (("lower is better", row["direction"] == "lower"), ("share of baseline", scale(row) != 1)) if there]
    lines = [plain(row["metric"], 36), *([plain(row["candidate"], 36)] if several else []), *([f"({', '.join(extra)})"] if extra else [])]
    return "\n".join(lines)
