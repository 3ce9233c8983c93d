"""Diff of two texts for reading: lines matched first, then the words within lines that changed; as spans, and
as escaped HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape

from arize_nb.text.visible import visible
from arize_nb.text.words import words

MAX_CHARACTERS = 40_000
"""Longest part of a text that is compared; difflib is quadratic at worst, and nobody reads more."""
SHOWN_CHARACTERS = 4_000
"""Longest part of a text that static HTML shows and compares."""
MAX_TOKENS = 1_500
"""Most words and gaps of one block of changed lines that are compared word by word."""
_MOST_LINES = 2_000
_STYLES = {
    "del": "background: rgba(213, 94, 0, 0.18); text-decoration: line-through; color: inherit",
    "ins": "background: rgba(0, 114, 178, 0.18); text-decoration: underline; color: inherit",
}

Spans = list[list[str]]
DiffRow = list[object]


def diff_rows(before: str, after: str) -> tuple[list[DiffRow], str]:
    """Return rows `[sign, left spans, right spans]`, and a remark when a part was left out.

    Sign is ` ` (same), `~` (changed), `-` (only left) or `+` (only right). A span is `[tag, text]`, tag
    `same`, `del` or `ins`.
    """
    remark = ""
    if max(len(before), len(after)) > MAX_CHARACTERS:
        before, after = before[:MAX_CHARACTERS], after[:MAX_CHARACTERS]
        remark = f"Only the first {MAX_CHARACTERS:,} characters are compared."
    return [[sign, left, right] for sign, left, right in _compared(before, after)], remark


def diff_html(before: str | None, after: str | None) -> tuple[str, str]:
    """Return both texts as HTML: words that only the first has within `<del>`, words that only the second has
    within `<ins>`.

    Marks are lines as well as colours. Text beyond 4,000 characters is cut, and the cut is said. None is a
    dash.
    """
    if before is None or after is None or before == after:
        return _whole(before), _whole(after)
    lines = list(_compared(visible(before[:SHOWN_CHARACTERS]), visible(after[:SHOWN_CHARACTERS])))
    left, right = (
        "\n".join("".join(map(_span_html, line[side])) for line in lines if line[side]) for side in (1, 2)
    )
    return left + _cut(before), right + _cut(after)


def _compared(before: str, after: str) -> Iterator[tuple[str, Spans, Spans]]:
    """Yield the lines of both texts beside each other: sign, spans of the left, spans of the right."""
    left, right = before.split("\n"), after.split("\n")
    for tag, a, b, c, d in _opcodes(left, right, _MOST_LINES):
        if tag == "equal":
            yield from ((" ", [["same", line]], [["same", line]]) for line in left[a:b])
        else:
            yield _block("\n".join(left[a:b]), "\n".join(right[c:d]), tag)


def _opcodes(
    left: Sequence[str], right: Sequence[str], most: int
) -> Sequence[tuple[str, int, int, int, int]]:
    """Match two sequences with difflib.

    Its `autojunk` takes what makes up more than a hundredth of a sequence, such as the gap between words, for
    noise from 200 parts on, and then finds next to nothing in common in an answer of a hundred words. It is
    left for sequences that would take too long without.
    """
    return SequenceMatcher(None, left, right, autojunk=max(len(left), len(right)) > most).get_opcodes()


def _block(before: str, after: str, tag: str) -> tuple[str, Spans, Spans]:
    """Compare a block of changed lines word by word."""
    if tag == "delete":
        return "-", [["del", before]], []
    if tag == "insert":
        return "+", [], [["ins", after]]
    left, right = words(before), words(after)
    if max(len(left), len(right)) > MAX_TOKENS:
        return "~", [["del", before]], [["ins", after]]
    opcodes = _opcodes(left, right, MAX_TOKENS)
    spans_left = _joined(
        (("same" if kind == "equal" else "del"), "".join(left[a:b])) for kind, a, b, _, _ in opcodes
    )
    spans_right = _joined(
        (("same" if kind == "equal" else "ins"), "".join(right[c:d])) for kind, _, _, c, d in opcodes
    )
    return "~", spans_left, spans_right


def _joined(parts: Iterator[tuple[str, str]]) -> Spans:
    """Drop empty spans and join neighbours of one tag."""
    found: Spans = []
    for tag, text in parts:
        if not text:
            continue
        if found and found[-1][0] == tag:
            found[-1][1] += text
        else:
            found.append([tag, text])
    return found


def _span_html(span: Sequence[str]) -> str:
    tag, text = span
    return (
        escape(text) if tag == "same" or not text else f'<{tag} style="{_STYLES[tag]}">{escape(text)}</{tag}>'
    )


def _whole(text: str | None) -> str:
    return "–" if text is None else escape(visible(text[:SHOWN_CHARACTERS])) + _cut(text)


def _cut(text: str) -> str:
    return f"… ({len(text) - SHOWN_CHARACTERS:,} more characters)" if len(text) > SHOWN_CHARACTERS else ""
