"""A comparison as one card: put together from its parts, and rendered by a template that escapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from arize_nb.comparison.words.row_sentences import (
    DIFFERENCE,
    Row,
    concern_words,
    direction_asked,
    level_text,
    lost_words,
)
from arize_nb.comparison.words.summary_sentence import Sentence, summary_sentences
from arize_nb.display.html_card.examples import WorstExample, worst_examples
from arize_nb.display.html_card.panels import Panel, panels
from arize_nb.display.html_card.rows import MetricRow, metric_rows
from arize_nb.display.slice_sentences import slice_finding
from arize_nb.display.templates import sheet, template

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison


_HERE = "arize_nb.display.html_card"


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What the card shows, in its order."""

    baseline: str
    candidates: str
    facts: str
    sentences: Sequence[Sentence]
    reading: str
    concerns: Sequence[str]
    difference_head: str
    several: bool
    rows: Sequence[MetricRow]
    under_rows: Sequence[str]
    panels: Sequence[Panel]
    examples_head: str
    examples_how: str
    examples: Sequence[WorstExample]
    folded: Sequence[Markup]
    command: str


def card_html(comparison: Comparison, folded: Sequence[str]) -> str:
    """Return the card of a comparison.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    folded : sequence of str
        Parts that stand folded at the end, as HTML that is escaped already.
    """
    card = _card(comparison, [Markup(html) for html in folded])  # noqa: S704 - made and escaped by display
    css = sheet((_HERE, "card.css"))
    return template(_HERE, "card.html.j2").render(card=card, css=css)


def _card(comparison: Comparison, folded: Sequence[Markup]) -> Card:
    head, how, examples = worst_examples(comparison)
    confidence = comparison.settings.confidence
    given = comparison.given_paths
    return Card(
        baseline=comparison.baseline,
        candidates=", ".join(comparison.candidates),
        facts=f"{comparison.study.alignment.examples:,} examples",
        sentences=summary_sentences(comparison.rows, confidence),
        reading=comparison.reading_line or "",
        concerns=[concern_words(concern) for concern in comparison.concerns],
        difference_head=f"{DIFFERENCE}, {level_text(confidence)}",
        several=len(comparison.candidates) > 1,
        rows=metric_rows(comparison),
        under_rows=[line for line in _under_rows(comparison) if line],
        panels=panels(comparison),
        examples_head=head,
        examples_how=how,
        examples=examples,
        folded=folded,
        command="" if given is None else " ".join(["%ax explore", *map(_word, given.paths)]),
    )


def _under_rows(comparison: Comparison) -> list[str]:
    """Return what the rows leave open: lost pairs (rows that lost alike in one line), directions, slices."""
    lost: dict[tuple[str, str], list[str]] = {}
    for row in comparison.rows:
        if _lost(row):
            lost.setdefault((row["candidate"], lost_words(row)), []).append(row["metric"])
    several = len(comparison.candidates) > 1
    lines = [
        f"{', '.join(metrics)}{f', {candidate}' if several else ''}: {words}"
        for (candidate, words), metrics in lost.items()
    ]
    asked = direction_asked(comparison.rows)
    return [*lines, asked, slice_finding(comparison)]


def _lost(row: Row) -> bool:
    return any((row["n_error"], row["n_missing"], row["n_unscored"]))


def _word(path: object) -> str:
    from arize_nb.text.command_words import word

    return word(str(path))
