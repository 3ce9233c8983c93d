"""A comparison in words: as plain text for a terminal and as Markdown for a pull request."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.changed_examples import COLUMNS, EXTRA_COLUMNS
from arize_nb.comparison.words.row_sentences import (
    ADJUSTED,
    DIFFERENCE,
    OUTCOMES,
    amount,
    better_words,
    concern_words,
    counts_text,
    direction_asked,
    interval_text,
    level_text,
    lost_words,
    marked_verdict,
    meaning_words,
    outcome_words,
    p_text,
    regression_count,
    slice_name,
    slice_words,
    unseen,
    verdict_words,
)
from arize_nb.comparison.words.short_names import short_names
from arize_nb.comparison.words.summary_sentence import Sentence, summary_sentences
from arize_nb.display.card.card import PIPE_COLUMNS, card_lines
from arize_nb.display.card.spans import plain
from arize_nb.display.slice_sentences import shown_slices, slice_finding
from arize_nb.text.terminal import terminal_columns
from arize_nb.text.visible import visible

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison

SHOWN_CHANGES = 10
"""Regressions shown in Markdown; the rest are counted."""
_LONGEST = 200
_WHOLE = 1_000
"""Longest sentence of ours: names in it may be long."""
_OWN_COLUMNS = 2
"""Columns of the example itself that Markdown shows: mostly the question and the answer that was wanted."""


def comparison_text(comparison: Comparison) -> str:
    """Return the comparison as plain text: the card, then all that it rests on.

    As wide as the terminal that is printed to; 100 columns elsewhere, so that it is the same text every time.
    """
    card = [plain(line) for line in card_lines(comparison, terminal_columns(PIPE_COLUMNS))]
    return "\n".join([*card, "", *map(visible, detail_lines(comparison))])


def detail_lines(comparison: Comparison) -> list[str]:
    """Return what stands below the card: each row in full, what is asked, outcomes and slices."""
    lines: list[str] = []
    for row in comparison.rows:
        lines.append(f"  {verdict_words(row, comparison.settings.confidence)}")
        lines += [f"    {meaning_words(row)}", f"    {lost_words(row)}"]
    lines += [f"  {asked}"] if (asked := direction_asked(comparison.rows)) else []
    lines += [f"  {finding}"] if (finding := slice_finding(comparison)) else []
    lines += [
        "  outcomes (runs; missing counts examples)",
        *(f"    {words}" for words in map(outcome_words, _outcomes(comparison))),
    ]
    title, slices = shown_slices(comparison)
    lines += [title] if title else []
    return [*lines, *(f"  {slice_words(row, comparison.settings.confidence)}" for row in slices)]


def comparison_markdown(comparison: Comparison) -> str:
    """Return the comparison as GitHub-flavoured Markdown for a pull request.

    Every name and every piece of model text stands in a code span, where Markdown, HTML, links and mentions
    mean nothing.
    """
    lines = [f"### {', '.join(map(code, comparison.candidates))} against {code(comparison.baseline)}", ""]
    for sentence in summary_sentences(comparison.rows, comparison.settings.confidence):
        lines += [_sentence(sentence), ""]
    lines += [code(comparison.reading_line, longest=1000), ""] if comparison.reading_line else []
    if comparison.concerns:
        lines += [*(f"> - {code(concern_words(concern), _WHOLE)}" for concern in comparison.concerns), ""]
    level = f"{DIFFERENCE} ({level_text(comparison.settings.confidence)})"
    head = (
        "metric",
        "candidate",
        "verdict",
        "baseline → candidate",
        level,
        ADJUSTED,
        "test",
        "examples",
        "pairs",
    )
    lines += _table(head, map(_cells, comparison.rows))
    lines += ["", code(asked, _WHOLE)] if (asked := direction_asked(comparison.rows)) else []
    lines += ["", code(finding, _WHOLE)] if (finding := slice_finding(comparison)) else []
    parts = [_slice_lines(comparison, head), _outcome_lines(comparison), _regression_lines(comparison)]
    return "\n".join([*lines, *(line for part in parts if part for line in ("", *part)), ""])


def _sentence(sentence: Sentence) -> str:
    """Return a sentence with names in code spans, and bold where something got worse or better."""
    parts = []
    for bold, pieces in itertools.groupby(sentence, lambda piece: piece.tone in ("worse", "better", "open")):
        shown = "".join(
            code(piece.text) if piece.is_name else piece.text.replace("<", "&lt;") for piece in pieces
        )
        parts.append(f"**{shown}**" if bold else shown)
    return "".join(parts)


def _slice_lines(comparison: Comparison, head: Sequence[str]) -> list[str]:
    title, rows = shown_slices(comparison)
    table = _table(("slice", *head), ([code(slice_name(row)), *_cells(row)] for row in rows))
    return (
        ["<details>", "<summary>Slices</summary>", "", code(title), "", *table, "", "</details>"]
        if title
        else []
    )


def code(value: object, longest: int = _LONGEST) -> str:
    """Return text as a code span that holds in a table cell: fenced by more backticks than it has, pipes
    escaped, one line.
    """
    shown = visible(str(value)).replace("\n", "⏎").replace("\t", " ")
    if len(shown) > longest:
        shown = f"{shown[:longest]}… ({len(shown) - longest:,} more)"
    if not shown.strip():
        return "(empty)"
    # A backslash before a pipe would undo its escape, so such a pipe becomes a look-alike.
    shown = re.sub(r"(\\+)\|", r"\1∣", shown)
    shown = re.sub(r"(?<!\\)\|", r"\\|", shown)
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as one Markdown table, every cell in a code span; columns without any value
    are left out.
    """
    names = [
        name
        for name in dict.fromkeys(name for row in rows for name in row)
        if any(row.get(name) is not None for row in rows)
    ]
    cells = (["–" if row.get(name) is None else code(row[name]) for name in names] for row in rows)
    return "\n".join([*_table([code(name) for name in names], cells), ""]) if names else "No rows.\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]


def _cells(row: Mapping[str, Any]) -> list[str]:
    without = math.isnan(row["delta"])
    return [
        code(row["metric"]),
        code(row["candidate"]),
        (
            f"**{marked_verdict(row)}**"
            f" {code(better_words(row))}{f' {code(doubt.strip(), _WHOLE)}' if (doubt := unseen(row)) else ''}"
        ),
        (
            "–"
            if without
            else f"{amount(row['baseline_mean'], row['kind'])} → {amount(row['candidate_mean'], row['kind'])}"
        ),
        "–" if without else f"{amount(row['delta'], row['kind'], difference=True)} ({interval_text(row)})",
        p_text(row["p_adjusted"]).replace("<", "&lt;"),
        row["test"],
        counts_text(row),
        lost_words(row),
    ]


def _outcomes(comparison: Comparison) -> Sequence[Mapping[str, Any]]:
    from arize_nb.comparison.analysis.summary import outcome_rows

    return outcome_rows(comparison.study)


def _outcome_lines(comparison: Comparison) -> list[str]:
    cells = (
        [
            code(row["metric"]),
            code(row["experiment"]),
            *(f"{row[key]:,}" if row[key] >= 0 else "–" for key in OUTCOMES),
        ]
        for row in _outcomes(comparison)
    )
    return _table(("metric", "experiment", *OUTCOMES), cells)


def _regression_lines(comparison: Comparison) -> list[str]:
    total = regression_count(comparison.rows)
    if not total:
        return ["No example got worse."] if any(metric.sign for metric in comparison.metrics) else []
    shown = comparison.changes_table("regressions", limit=SHOWN_CHANGES).to_pylist()
    own = [name for name in shown[0] if name not in (*COLUMNS, *EXTRA_COLUMNS)][:_OWN_COLUMNS]
    names = (
        "example_id",
        "metric",
        "candidate",
        *own,
        "baseline_label",
        "candidate_label",
        "baseline_output",
        "candidate_output",
    )
    names = (*names, "candidate_error") if "candidate_error" in shown[0] else names
    short = short_names(comparison.study, [row["example_id"] for row in shown])
    is_short = any(name != str(whole) for whole, name in short.items())
    heads = [code(name) if name in own else name for name in names]
    heads[0] = "example" if is_short else heads[0]
    shown = [row | {"example_id": short[row["example_id"]]} for row in shown]
    cells = (["–" if row[name] is None else code(row[name]) for name in names] for row in shown)
    count = f"the worst {len(shown)} of {total:,}" if len(shown) < total else f"{total:,}"
    how = ["", code(comparison.list_words("regressions"), _WHOLE)]
    return [
        "<details>",
        f"<summary>Regressions ({count})</summary>",
        *how,
        "",
        *_table(heads, cells),
        "",
        "</details>",
    ]
