"""The whole card, line by line: title, sentence, concerns, metrics, slices, the worst examples."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from arize_nb.comparison.analysis.verdict import CHANGED, IMPROVED, REGRESSED
from arize_nb.comparison.words.row_sentences import Row, concern_words, slice_name
from arize_nb.comparison.words.summary_sentence import summary_sentences
from arize_nb.display.card.metric_lines import Labelled, foot_lines, head_lines, layout, table_lines
from arize_nb.display.card.spans import Line, span, wrapped
from arize_nb.display.card.worst_examples import worst_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arize_nb.comparison.comparison import Comparison

PIPE_COLUMNS = 100
"""Columns where the output is no terminal: the same text whatever window it was made in."""
NARROWEST, WIDEST = 60, 140
"""Columns that a card is fitted to; a terminal that has fewer breaks the lines."""
MANY_ROWS = 12
"""Rows of metrics and candidates that are all shown; of more, those that clearly moved."""
MOVED_SLICES = 5
"""Slices that clearly changed which a card shows; the others are counted."""


def card_lines(comparison: Comparison, columns: int) -> list[Line]:
    """Return the card of a comparison.

    Parameters
    ----------
    comparison : Comparison
        What is shown.
    columns : int
        Columns of the terminal; `PIPE_COLUMNS` where there is none.
    """
    columns = min(max(columns, NARROWEST), WIDEST)
    lines = [*_top(comparison, columns), *_table(comparison, columns)]
    worst = worst_lines(comparison, columns)
    return [*lines, (), *worst] if worst else lines


def _top(comparison: Comparison, columns: int) -> list[Line]:
    """Return title, sentences, how tables were read, and concerns: what the numbers rest on, in whole
    sentences that a pipe does not break.
    """
    title = f"{', '.join(comparison.candidates)} against {comparison.baseline}"
    lines = wrapped((span(title, "head"),), columns)
    for sentence in summary_sentences(comparison.rows, comparison.settings.confidence):
        lines += wrapped((span(piece.text, piece.tone) for piece in sentence), columns)
    if comparison.reading_line:
        lines.append((span(comparison.reading_line, "faint"),))
    return [*lines, *((span(f"! {concern_words(one)}", "warning"),) for one in comparison.concerns)]


def _table(comparison: Comparison, columns: int) -> list[Line]:
    """Return the metrics, then what moved among the slices, in the same columns."""
    rows = shown_rows(comparison.rows)
    if not rows:
        return []
    several = len(comparison.candidates) > 1
    metrics = [
        Labelled(row["candidate"], row, row["metric"]) if several else Labelled(row["metric"], row)
        for row in rows
    ]
    slices = _slices(comparison.slice_findings, several)
    fit = layout([*metrics, *slices], columns)
    lines: list[Line] = [(), *head_lines(fit), *table_lines(fit, metrics)]
    if len(rows) < len(comparison.rows):
        lines.append((span(_others(comparison.rows, rows), "faint"),))
    if slices:
        total = len(comparison.slice_findings)
        more = f", the first {len(slices)} of {total:,}" if total > len(slices) else ""
        lines += [(), (span(f"slices that moved (exploratory, adjusted{more})", "head"),)]
        lines += table_lines(fit, slices)
    notes = foot_lines(fit, [*metrics, *slices])
    return [*lines, *(part for note in notes for part in wrapped(note, columns, 2))]


def _slices(rows: Sequence[Row], several: bool) -> list[Labelled]:
    """Return the first slices that clearly changed, those of one metric below each other."""
    groups: dict[str, list[Labelled]] = {}
    for row in rows[:MOVED_SLICES]:
        group = f"{row['metric']}, {row['candidate']}" if several else str(row["metric"])
        groups.setdefault(group, []).append(Labelled(slice_name(row), row, group))
    return [one for group in groups.values() for one in group]


def shown_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows that a card shows: all of a few, of many those that clearly moved."""
    moved = [row for row in rows if row["verdict"] in (REGRESSED, IMPROVED, CHANGED)]
    return rows if len(rows) <= MANY_ROWS else moved or rows[:MANY_ROWS]


def _others(rows: Sequence[Row], shown: Sequence[Row]) -> str:
    """Count the rows that are not shown by what is said of them."""
    left = Counter(row["verdict"] for row in rows)
    left.subtract(Counter(row["verdict"] for row in shown))
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in left.items() if count)
    return f"and {len(rows) - len(shown):,} more (below): {counts}"
