"""Forest plot: the delta of every metric and candidate with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.verdict import verdict_text
from arize_nb.comparison.metrics.directions import LOWER, NEUTRAL, UNKNOWN
from arize_nb.plots.forest import draw_line, frame, height_of, width_of
from arize_nb.plots.names import plain, short_names
from arize_nb.plots.style import axes, finish, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    comparison: Any, *, ax: Axes | None = None, metric: str | None = None, candidate: str | None = None
) -> Any:
    """Draw a line per metric and candidate: the mark is the delta, the bar its interval; better is always to
    the right.

    A metric that is better when lower is mirrored and says so. Metrics in other units than 0..1 are drawn as
    a share of the baseline's mean.
    """
    rows = [
        row
        for row in comparison.rows
        if metric in (None, row["metric"])
        and candidate in (None, row["candidate"])
        and not math.isnan(row["delta"])
    ]
    lines = _lines(rows, several=len(comparison.candidates) > 1)
    labels = [text for text, _ in lines]
    verdicts = [verdict_text(row) for row in rows]
    said = [f"{word} (n = {row['n_paired']:,})" for word, row in zip(verdicts, rows, strict=True)]
    ax = axes(ax, width=width_of(labels, said), height=height_of(labels))
    frame(ax, labels)
    if not rows:
        nothing(ax, "no pair with a difference to draw")
    for text, line in zip(
        said, [(place, row) for place, (_, row) in enumerate(lines) if row is not None], strict=True
    ):
        draw_line(ax, line[0], line[1], text, scale(line[1]))
    for place, (_, row) in enumerate(lines):
        ax.get_yticklabels()[place].set_fontweight("bold" if row is None else "normal")
    words = [
        f"{row['metric']} {row['candidate']}: {row['delta']:+.4g} [{row['ci_low']:.4g},"
        f" {row['ci_high']:.4g}], {verdict}."
        for row, verdict in zip(rows, verdicts, strict=True)
    ]
    level = f"{100 * comparison.settings.confidence:g}%"
    title = f"Difference from {plain(comparison.baseline)}, {level} intervals"
    known = any(row["direction"] not in (NEUTRAL, UNKNOWN) for row in rows)
    x = "worse  ←  difference  →  better" if known else "down  ←  difference  →  up"
    return finish(
        ax, title=title, x=x, alt="Forest plot of differences from the baseline. " + " ".join(words)
    )


def _lines(rows: Sequence[Any], *, several: bool) -> list[tuple[str, Any]]:
    """Return what stands at each height: its name and its row; with several candidates a metric is a heading
    above them.
    """
    if not several:
        return [("\n".join(heading(row)), row) for row in rows]
    names = dict(
        zip(
            found := list(dict.fromkeys(row["candidate"] for row in rows)),
            short_names(found, 36),
            strict=True,
        )
    )
    lines: list[tuple[str, Any]] = []
    for _, group in groupby(rows, key=lambda row: row["metric"]):
        of_metric = list(group)
        lines.append((" ".join(heading(of_metric[0])), None))
        lines += [(names[row["candidate"]], row) for row in of_metric]
    return lines


def scale(row: Any) -> float:
    """Return what a delta is divided by: 1 for values within 0..1, else the size of the baseline's mean."""
    if max(abs(row["baseline_mean"]), abs(row["candidate_mean"])) <= 1:
        return 1.0
    return abs(row["baseline_mean"]) or 1.0


def heading(row: Any) -> list[str]:
    """Return the name of a metric, and how its differences are drawn where that is not plain."""
    way = f"{row['direction']} is better" + (f" {row['direction_rule']}" if row["direction_guessed"] else "")
    open_way = (
        "up is right: better way not known" if row["direction"] == UNKNOWN else "up is right: no better way"
    )
    said = (
        (way, row["direction"] == LOWER or row["direction_guessed"]),
        (open_way, row["direction"] in (UNKNOWN, NEUTRAL)),
        ("share of baseline", scale(row) != 1),
    )
    extra = [word for word, there in said if there]
    return [plain(row["metric"], 36), *([f"({plain(', '.join(extra), 72)})"] if extra else [])]
