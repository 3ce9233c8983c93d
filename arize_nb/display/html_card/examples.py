"""The worst examples of a comparison, each folded: what was asked, the change, both outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from arize_nb.comparison.analysis.changed_examples import COLUMNS, EXTRA_COLUMNS
from arize_nb.comparison.words.example_names import beginning
from arize_nb.comparison.words.row_sentences import regression_count
from arize_nb.comparison.words.short_names import short_names
from arize_nb.display.card.worst_examples import change_words
from arize_nb.display.diff_html import diff_html
from arize_nb.display.tables import html_cell
from arize_nb.text.visible import visible

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison

SHOWN = 10
"""Examples that a card shows; the others are counted, and are in `.regressions()`."""
_OWN_STYLE = re.compile(r'<(del|ins) style="[^"]*">')


@dataclass(frozen=True, slots=True)
class SideOutput:
    """What one side said, and why it was judged so."""

    name: str
    html: Markup
    why: str


@dataclass(frozen=True, slots=True)
class WorstExample:
    """One example that got worse."""

    name: str
    asked: str
    metric: str
    before: str
    after: str
    before_tone: str
    after_tone: str
    facts: tuple[tuple[str, Markup], ...]
    sides: tuple[SideOutput, ...]


def worst_examples(comparison: Comparison) -> tuple[str, str, list[WorstExample]]:
    """Return a heading, how the list is ordered, and the examples; the heading alone where none got worse."""
    total = regression_count(comparison.rows)
    if not total:
        return ("No example got worse." if any(one.sign for one in comparison.metrics) else "", "", [])
    rows = comparison.changes_table("regressions", limit=SHOWN).to_pylist()
    names = short_names(comparison.study, [row["example_id"] for row in rows])
    head = f"The {len(rows)} that got worst, of {total:,}" if len(rows) < total else f"{total:,} got worse"
    several = len(comparison.metrics) > 1, len(comparison.candidates) > 1
    examples = [_example(row, names[row["example_id"]], comparison, several) for row in rows]
    return head, comparison.list_words("regressions"), examples


def _example(
    row: Mapping[str, Any], short: str, comparison: Comparison, several: tuple[bool, bool]
) -> WorstExample:
    has_errored = row.get("candidate_error") is not None
    before, _, after = change_words(row).partition(" → ")
    own = {
        name: value
        for name, value in row.items()
        if name not in (*COLUMNS, *EXTRA_COLUMNS) and value is not None
    }
    asked = beginning(own) or ""
    known_id = row["example_id"]
    is_told = known_id in own.values() or not (asked or short != str(known_id))
    facts = own if is_told else {"example_id": known_id, **own}
    left, right = diff_html(row["baseline_output"], row["candidate_output"])
    if has_errored and row["candidate_output"] is None:
        right = str(Markup.escape(visible(str(row["candidate_error"]))))
    texts = {"baseline": left, "candidate": right}
    candidate = str(row["candidate"])
    return WorstExample(
        # a question that is its own id is read once
        name="" if asked and short.startswith(asked.rstrip("…")) else short,
        asked=asked,
        metric=" · ".join(
            str(row[n]) for n, yes in zip(("metric", "candidate"), several, strict=True) if yes
        ),
        before=before,
        after=after,
        before_tone="b" if row["baseline_label"] is not None else "",
        after_tone="e" if has_errored else "w",
        facts=tuple((str(name), _escaped(value)) for name, value in facts.items()),
        sides=tuple(
            SideOutput(
                name=name,
                html=Markup(_OWN_STYLE.sub(r"<\1>", texts[side])),  # noqa: S704 - escaped by diff_html
                why=row[f"{side}_explanation"] or "",
            )
            for side, name in (("baseline", comparison.baseline), ("candidate", candidate))
        ),
    )


def _escaped(value: object) -> Markup:
    return Markup(html_cell(value))  # noqa: S704 - escaped there
