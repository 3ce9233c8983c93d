"""A comparison as static, escaped HTML: reads the same on GitHub, in nbconvert output, in a mail and without
a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.changed_examples import COLUMNS, EXTRA_COLUMNS
from arize_nb.comparison.analysis.verdict import verdict_text
from arize_nb.comparison.metrics.metric import LABEL, SCORE
from arize_nb.comparison.words.example_names import beginning
from arize_nb.comparison.words.row_sentences import (
    ADJUSTED,
    DIFFERENCE,
    MARKS,
    amount,
    better_words,
    concern_words,
    counts_text,
    direction_asked,
    interval_text,
    level_text,
    lost_words,
    p_text,
    regression_count,
    slice_name,
    unseen,
)
from arize_nb.display.diff_html import diff_html
from arize_nb.display.slice_sentences import shown_slices, slice_finding
from arize_nb.display.tables import html_cell
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
    ":root { color-scheme: light dark } body { margin: 2em auto; max-width: 72em; padding: 0 1em;"
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


def plot_image(comparison: Comparison, kind: str, **options: Any) -> str:
    """Return one picture as an `<img>` with its alt text, the bytes inline."""
    from arize_nb.plots import plot
    from arize_nb.plots.style import img

    return img(plot(comparison, kind, **options).figure)


def comparison_html(comparison: Comparison) -> str:
    """Return the comparison as HTML: what makes it shaky, verdicts, outcomes, pictures, the worst regressions
    with both outputs.
    """
    title = f"{', '.join(comparison.candidates)} against {comparison.baseline}"
    parts = [
        f'<p style="font-weight: 600; margin: 0.3em 0">{text(title)}</p>',
        _reading(comparison),
        _concerns(comparison),
        _verdicts(comparison),
    ]
    if not all(math.isnan(row["delta"]) for row in comparison.rows):
        parts.append(plot_image(comparison, "delta"))
    if slices_drawn := _slices_drawn(comparison):
        parts.append(slices_drawn)
    parts.append(_outcomes(comparison))
    labelled = next(
        (metric for metric in comparison.metrics if metric.kind != SCORE and len(metric.vocabulary) != 1),
        None,
    )
    if labelled is not None:
        parts.append(plot_image(comparison, "transitions", metric=labelled.name))
    parts += [_regressions(comparison), _methods(comparison)]
    return f'<div class="ax-comparison" style="{_ROOT}">{"".join(parts)}</div>'


def _slices_drawn(comparison: Comparison) -> str:
    """Return the forest plot by slice of the metric that a slice clearly changed in, else of the first;
    nothing unless asked for.
    """
    if not comparison.settings.by or not shown_slices(comparison)[1]:
        return ""
    found = next((row for row in comparison.slice_findings if not math.isnan(row["delta"])), None)
    if found is None and all(metric.kind == LABEL for metric in comparison.metrics):
        return ""
    options = {} if found is None else {"metric": found["metric"], "candidate": found["candidate"]}
    return plot_image(comparison, "slices", **options)


def comparison_page(comparison: Comparison) -> str:
    """Return a whole HTML page that needs no other file and no network."""
    title = f"{', '.join(comparison.candidates)} against {comparison.baseline}"
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


def _reading(comparison: Comparison) -> str:
    """Say how tables were read, before the numbers that rest on it."""
    return (
        f'<p style="margin: 0.3em 0">{text(comparison.reading_line)}</p>' if comparison.reading_line else ""
    )


def _concerns(comparison: Comparison) -> str:
    if not comparison.concerns:
        return ""
    items = "".join(f"<li>{text(concern_words(concern))}</li>" for concern in comparison.concerns)
    return (
        f'<div role="note" style="{_WARNING}">Before the numbers:<ul style="margin: 0.2em'
        f' 0">{items}</ul></div>'
    )


def _verdicts(comparison: Comparison) -> str:
    """Return a row per metric and candidate, the verdict in words, then the numbers it rests on; folded below
    it the same by slice.
    """
    level = f"{DIFFERENCE} ({level_text(comparison.settings.confidence)})"
    head = ("metric", "candidate", "verdict", "baseline → candidate", level, ADJUSTED, "examples", "pairs")
    title, slices = shown_slices(comparison)
    caption = "p adjusted over all metrics, candidates and slices (Benjamini-Hochberg): leads, not findings"
    table = (
        table_html(
            caption,
            ("slice", *head),
            ([(_TD, text(slice_name(row))), *_verdict_cells(row)] for row in slices),
        )
        if slices
        else ""
    )
    folded = f"<details><summary>{text(title)}</summary>{table}</details>" if title else ""
    asked = direction_asked(comparison.rows)
    question = f"<p>{text(asked)}</p>" if asked else ""
    finding = slice_finding(comparison)
    seen = f"<p><strong>{text(finding)}</strong></p>" if finding else ""
    return (
        table_html("Verdicts", head, (_verdict_cells(row) for row in comparison.rows))
        + question
        + seen
        + folded
    )


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
    return f"<details><summary>Rules, tests and intervals</summary>{table}</details>"


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
    return table_html("Outcomes (runs; missing counts examples)", ("metric", "experiment", *keys), cells)


def _regressions(comparison: Comparison) -> str:
    """Return the worst regressions, each with the example, both outputs, their diff and both explanations."""
    total = regression_count(comparison.rows)
    if not total:
        return "<p>No example got worse.</p>" if any(metric.sign for metric in comparison.metrics) else ""
    shown = comparison.changes_table("regressions", limit=SHOWN_CHANGES).to_pylist()
    items = "".join(_regression(row, opened=place == 0) for place, row in enumerate(shown))
    count = f"the worst {len(shown)} of {total:,}" if len(shown) < total else f"{total:,}"
    how = (
        '<p style="opacity: 0.75; font-size: 0.92em; margin: 0 0'
        f' 0.3em">{text(comparison.list_words("regressions"))}</p>'
    )
    return f'<p style="font-weight: 600; margin: 0.6em 0 0.2em">Regressions ({count})</p>{how}{items}'


def _regression(row: Mapping[str, Any], *, opened: bool) -> str:
    change = " → ".join(
        "–" if row[f"{side}_label"] is None else str(row[f"{side}_label"])
        for side in ("baseline", "candidate")
    )
    if row["baseline_label"] is None and row["candidate_label"] is None:
        change = " → ".join(
            "–" if row[f"{side}_score"] is None else f"{row[f'{side}_score']:.4g}"
            for side in ("baseline", "candidate")
        )
    if row.get("candidate_error") is not None:
        change = f"{change} (errored now)"
    before, after = diff_html(row["baseline_output"], row["candidate_output"])
    if row.get("candidate_error") is not None and row["candidate_output"] is None:
        after = text(row["candidate_error"])
    cells = [
        ("baseline", before, row["baseline_explanation"]),
        ("candidate", after, row["candidate_explanation"]),
    ]
    heads = "".join(f'<th scope="col" style="{_TH}">{text(name)}</th>' for name, _, _ in cells)
    outputs = "".join(f'<td style="{_TEXT}">{html}</td>' for _, html, _ in cells)
    reasons = "".join(
        f'<td style="{_TEXT}; opacity: 0.85">{"–" if why is None else text(why)}</td>' for _, _, why in cells
    )
    judged = f"<tr>{reasons}</tr>" if any(why is not None for _, _, why in cells) else ""
    own = {
        name: value
        for name, value in row.items()
        if name not in (*COLUMNS, *EXTRA_COLUMNS) and value is not None
    }
    asked = beginning(own)
    facts = {"example_id": row["example_id"], **own} if asked else own
    lines = "<br>".join(f"<strong>{text(name)}</strong> {html_cell(value)}" for name, value in facts.items())
    example = f'<tr><td colspan="2" style="{_TD}; white-space: pre-wrap">{lines}</td></tr>' if own else ""
    body = (
        f'<table style="{_TABLE}; width:'
        f' 100%"><thead><tr>{heads}</tr></thead><tbody>{example}<tr>{outputs}</tr>{judged}</tbody></table>'
    )
    which = f"<bdi>{text(asked)}</bdi>" if asked else text(row["example_id"])
    title = f"{which} · {text(row['metric'])} · {text(row['candidate'])} · {text(change)}"
    return f"<details{' open' if opened else ''}><summary>{title}</summary>{body}</details>"


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
