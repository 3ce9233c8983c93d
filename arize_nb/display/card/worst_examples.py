"""The examples that got worst: what was asked, the change, both outputs cut where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from arize_nb.comparison.analysis.changed_examples import COLUMNS, EXTRA_COLUMNS
from arize_nb.comparison.analysis.worst_first import REGRESSED_ROWS
from arize_nb.comparison.words.example_names import beginning
from arize_nb.comparison.words.row_sentences import regression_count
from arize_nb.comparison.words.short_names import short_names
from arize_nb.display.card.spans import Line, Span, cell, span, wrapped
from arize_nb.text.number_text import single
from arize_nb.text.terminal import width

if TYPE_CHECKING:
    from arize_nb.comparison.comparison import Comparison

SHOWN = 5
"""Examples that a card shows."""
_BEFORE = 24
"""Characters that are kept before the first difference of two outputs that begin alike."""
_LOOKED_AT = 20_000
"""Characters of two outputs within which their first difference is looked for."""


def worst_lines(comparison: Comparison, columns: int) -> list[Line]:
    """Return the worst examples, three lines each; none where nothing got worse."""
    total = regression_count(comparison.rows)
    if not total:
        return []
    rows = comparison.changes_table(REGRESSED_ROWS, limit=SHOWN).to_pylist()
    most = f"the worst {len(rows)} of {total:,} that got worse" if len(rows) < total else "what got worse"
    lines: list[Line] = [(span(most, "head"),)]
    several = (len(comparison.metrics) > 1, len(comparison.candidates) > 1)
    names = short_names(comparison.study, [row["example_id"] for row in rows])
    for row in rows:
        lines += _example(row, names[row["example_id"]], columns, several)
    return [*lines, *wrapped((span(comparison.list_words(REGRESSED_ROWS), "faint"),), columns, 2)]


def _example(row: Mapping[str, Any], short: str, columns: int, several: tuple[bool, bool]) -> list[Line]:
    """Return what was asked with the change at the right, then both outputs."""
    beside = [str(row[name]) for name, needed in zip(("metric", "candidate"), several, strict=True) if needed]
    change = span(" ".join([*beside, change_words(row)])).text
    right = cell(change, min(width(change), columns // 2), "worse")
    own = {name: value for name, value in row.items() if name not in (*COLUMNS, *EXTRA_COLUMNS)}
    name = span(short).text
    asked = beginning(own)
    if asked and name.startswith(asked.rstrip("…")):
        asked = None  # a question that is its own id is read once
    room = columns - width(right.text) - 2
    head: Line = (cell(name, room, "name"), Span("  "), right)
    if asked:
        called = cell(name, min(width(name), room // 2), "name")
        rest = cell(asked, room - width(called.text) - 2)
        head = (called, Span("  "), rest, Span("  "), right)
    before, after = shown_outputs(row)
    label = len("  candidate ")
    return [
        head,
        *(
            (cell(f"  {side}", label, "faint"), Span(" "), cell(text, columns - label - 1, tone))
            for side, text, tone in (("baseline", before, "faint"), ("candidate", after, ""))
        ),
    ]


def change_words(row: Mapping[str, Any]) -> str:
    """Return `correct → incorrect`, or the scores; that it errored now is said."""
    pairs = ("label", "score")
    kind = next((one for one in pairs if any(row[f"{side}_{one}"] is not None for side in _SIDES)), "score")
    values = [row[f"{side}_{kind}"] for side in _SIDES]
    texts = ["–" if value is None else single(value) if kind == "score" else str(value) for value in values]
    errored = " (errored now)" if row.get("candidate_error") is not None else ""
    return " → ".join(texts) + errored


def shown_outputs(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return both outputs, from shortly before their first difference on; an error in place of none."""
    texts = []
    for side in _SIDES:
        value, error = row[f"{side}_output"], row.get(f"{side}_error")
        texts.append("–" if value is None and error is None else str(error if value is None else value))
    both = zip(*(text[:_LOOKED_AT] for text in texts), strict=False)
    alike = next((place for place, (one, other) in enumerate(both) if one != other), 0)
    start = alike - _BEFORE
    if start <= _BEFORE or texts[0] == texts[1]:
        return texts[0], texts[1]
    return f"…{texts[0][start:]}", f"…{texts[1][start:]}"


_SIDES = ("baseline", "candidate")
