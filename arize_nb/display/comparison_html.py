"""A comparison as static, escaped HTML: reads the same on GitHub, in nbconvert output, in a mail and without
a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.verdict import verdict_text
from arize_nb.comparison.metrics.metric import SCORE
from arize_nb.comparison.words.row_sentences import (
    ADJUSTED,
    DIFFERENCE,
    MARKS,
    amount,
    better_words,
    counts_text,
    interval_text,
    level_text,
    lost_words,
    p_text,
    slice_name,
    unseen,
)
from arize_nb.display.slice_sentences import shown_slices
from arize_nb.text.visible import visible

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison
    from arize_nb.comparison.diagnostics.corrected import Corrected
    from arize_nb.comparison.diagnostics.judge_agreement import Agreement

SHOWN_CHANGES = 10
"""Regressions shown; the rest are counted and are in `.regressions()`."""
_COLOURS = {"improved": "#0072B2", "regressed": "#D55E00"}

_LINE = "var(--jp-border-color2, rgba(128, 128, 128, 0.4))"
_TABLE = (
    "border-collapse: collapse; color: inherit; background: transparent; font-size: 0.9em; margin: 0.5em 0"
)
_CELL = f"text-align: left; padding: 0.25em 0.7em; border-bottom: 1px solid {_LINE}; background: transparent"
_TH = f"{_CELL}; font-weight: 600; vertical-align: bottom"
_TD = f"{_CELL}; vertical-align: top; overflow-wrap: break-word"
_NUMBER = f"{_TD}; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap"
_TEXT = f"{_TD}; white-space: pre-wrap; width: 50%; max-width: 36em"
_CAPTION = "caption-side: top; text-align: left; font-weight: 600; color: inherit; padding: 0.3em 0"
_WARNING = (
    "border-left: 4px solid #E69F00; padding: 0.2em 0.8em; margin: 0.5em 0; border-top: 0; color: inherit;"
    " background: transparent"
)
_ROOT = (
    "color: var(--jp-ui-font-color1, inherit); font-family: var(--jp-ui-font-family, system-ui, sans-serif);"
    " max-width: 70em"
)
_PAGE_STYLE = (
    ":root { color-scheme: light dark } body { margin: 2em auto; max-width: 1200px; padding: 0 1em;"
    " font-family: system-ui, sans-serif; background: #fff; color: #1a1a1a } @media (prefers-color-scheme:"
    " dark) { body { background: #111; color: #ddd } }"
)


def text(value: object) -> str:
    """Return text as HTML, control characters shown instead of obeyed."""
    return escape(visible(str(value)))


def table_html(caption: str, head: Sequence[str], rows: Iterable[Sequence[tuple[str, str]]]) -> str:
    """Return a table; cells are (style, html), so what they hold is escaped already."""
    heads = "".join(f'<th scope="col" style="{_TH}">{text(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{style}">{html}</td>' for style, html in row) + "</tr>" for row in rows
    )
    top = f'<caption style="{_CAPTION}">{text(caption)}</caption><thead><tr>{heads}</tr></thead>'
    return f'<div style="overflow-x: auto"><table style="{_TABLE}">{top}<tbody>{body}</tbody></table></div>'


def comparison_html(comparison: Comparison) -> str:
    """Return the comparison as a card of static HTML: the sentence, a row a metric with its interval, panels,
    the worst examples; folded at its end what the numbers rest on.
    """
    from arize_nb.display.html_card.card import card_html

    return card_html(comparison, [_numbers(comparison), _outcomes(comparison), _methods(comparison)])


def comparison_page(comparison: Comparison, *, interactive: bool = False) -> str:
    """Return a whole HTML page that needs no other file and no network; an interactive one holds all
    examples, and a script that filters and searches them.
    """
    title = f"{', '.join(comparison.candidates)} against {comparison.baseline}"
    if interactive:
        from arize_nb.display.interactive_report.page import interactive_page

        return interactive_page(comparison, comparison_html(comparison), visible(title), _PAGE_STYLE)
    policy = (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src'
        " 'unsafe-inline'\">"
    )
    meta = f'<meta charset="utf-8">{policy}<meta name="viewport" content="width=device-width">'
    head = f"{meta}<title>{text(title)}</title><style>{_PAGE_STYLE}</style>"
    return (
        "<!doctype html>\n<html"
        f' lang="en"><head>{head}</head><body>{comparison_html(comparison)}</body></html>\n'
    )


def _numbers(comparison: Comparison) -> str:
    """Return, folded, a row per metric and candidate with all its numbers; below it the same by slice."""
    level = f"{DIFFERENCE} ({level_text(comparison.settings.confidence)})"
    head = ("metric", "candidate", "verdict", "baseline → candidate", level, ADJUSTED, "examples", "pairs")
    numbers = _folded(
        "Verdicts in numbers", table_html("Verdicts", head, map(_verdict_cells, comparison.rows))
    )
    title, slices = shown_slices(comparison)
    if not title:
        return numbers
    caption = "p adjusted over all metrics, candidates and slices (Benjamini-Hochberg): leads, not findings"
    rows = ([(_TD, text(slice_name(row))), *_verdict_cells(row)] for row in slices)
    return numbers + _folded(title, table_html(caption, ("slice", *head), rows) if slices else "")


def _folded(title: str, html: str) -> str:
    return f"<details><summary>{text(title)}</summary>{html}</details>"


def _verdict_cells(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    colour, mark = _COLOURS.get(row["verdict"], "inherit"), MARKS[row["verdict"]]
    word = (
        f'<strong style="color: {colour}"><span'
        f' aria-hidden="true">{mark}</span>&nbsp;{text(verdict_text(row))}</strong>'
    )
    means = f"{amount(row['baseline_mean'], row['kind'])} → {amount(row['candidate_mean'], row['kind'])}"
    gap = amount(row["delta"], row["kind"], difference=True)
    without = math.isnan(row["delta"])
    return [
        (_TD, text(row["metric"]) + _small(f"{row['kind']}: {row['rule']}")),
        (_TD, text(row["candidate"])),
        (_TD, word + _small(better_words(row)) + (_small(unseen(row).strip()) if unseen(row) else "")),
        (_NUMBER, "–" if without else text(means)),
        (_NUMBER, "–" if without else f"{text(gap)}{_small(interval_text(row))}"),
        (_NUMBER, text(p_text(row["p_adjusted"]))),
        (_TD, text(counts_text(row))),
        (_TD, text(lost_words(row))),
    ]


def _small(words: str) -> str:
    return f'<br><span style="opacity: 0.75; font-size: 0.92em">{text(words)}</span>'


def _methods(comparison: Comparison) -> str:
    """Return, folded, the rule that made each metric what it is, and the test and interval
    behind each row.
    """
    head = (
        "metric",
        "candidate",
        "rule",
        "better",
        "test",
        "p",
        "exact p",
        "interval",
        "correlation",
        "smallest difference seen",
    )
    rows = []
    for row in comparison.rows:
        least = amount(row["min_detectable"], row["kind"], difference=True).removeprefix("+")
        words = [
            row["metric"],
            row["candidate"],
            row["rule"],
            f"{row['direction']}: {row['direction_rule']}",
            row["test"],
            p_text(row["p_value"]),
            p_text(row["p_exact"]),
        ]
        words += [row["interval"] or "–", amount(row["correlation"], SCORE), least]
        rows.append([(_TD, text(word)) for word in words])
    table = table_html(
        "p before adjusting; the smallest difference that so many pairs reliably show (80% power)", head, rows
    )
    return _folded("Rules, tests and intervals", table)


def _outcomes(comparison: Comparison) -> str:
    from arize_nb.comparison.analysis.summary import outcome_rows

    keys = ("passed", "failed", "scored", "errored", "missing", "unscored")
    rows = outcome_rows(comparison.study)
    cells = (
        [
            (_TD, text(row["metric"])),
            (_TD, text(row["experiment"])),
            *((_NUMBER, f"{row[key]:,}" if row[key] >= 0 else "–") for key in keys),
        ]
        for row in rows
    )
    table = table_html("Outcomes (runs; missing counts examples)", ("metric", "experiment", *keys), cells)
    return _folded("Outcomes of all runs", table)


def agreement_html(agreement: Agreement) -> str:
    """Return an agreement as HTML tables."""
    parts = []
    for caption, frame in (
        ("Agreement", agreement.table),
        ("The difference, on the examples that people labelled", agreement.difference),
    ):
        rows = ([(_TD, text(_cell(value))) for value in row] for row in frame.itertuples(index=False))
        parts.append(
            table_html(
                f"{caption}: {agreement.metric} against {agreement.annotation}",
                list(map(str, frame.columns)),
                rows,
            )
        )
    return f'<div style="{_ROOT}">{"".join(parts)}</div>'


def corrected_html(corrected: Corrected) -> str:
    """Return a corrected judge as HTML tables, with what people see otherwise above them."""
    parts = [f"<p>{text(sentence)}</p>" for sentence in corrected.sentences]
    for caption, frame in (("Means", corrected.means), ("Differences", corrected.difference)):
        rows = ([(_TD, text(_cell(value))) for value in row] for row in frame.itertuples(index=False))
        parts.append(
            table_html(
                f"{caption}: {corrected.metric} corrected by {corrected.annotation}",
                list(map(str, frame.columns)),
                rows,
            )
        )
    return f'<div style="{_ROOT}">{"".join(parts)}</div>'


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3g}"
    return str(value)
