"""Diff of two texts for reading: lines matched by difflib, changed words marked inside changed lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

MAX_CHARACTERS = 40_000
"""Longest text that is compared; difflib is quadratic at worst, and nobody reads more."""
MAX_TOKENS = 1_500
"""Most words of one block of changed lines that are compared word by word."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Spans = list[list[str]]
DiffRow = list[object]


def diff_rows(before: str, after: str) -> tuple[list[DiffRow], str]:
    """Return rows `[sign, left spans, right spans]`, and a remark when a part was left out.

    Sign is ` ` (same), `~` (changed), `-` (only left) or `+` (only right). A span is `[tag, text]`, tag `same`, `del` or `ins`.
    """
    remark = ""
    if max(len(before), len(after)) > MAX_CHARACTERS:
        before, after = before[:MAX_CHARACTERS], after[:MAX_CHARACTERS]
        remark = f"Only the first {MAX_CHARACTERS:,} characters are compared."
    left, right = before.split("\n"), after.split("\n")
    rows: list[DiffRow] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right).get_opcodes():
        if tag == "equal":
            rows += [[" ", [["same", line]], [["same", line]]] for line in left[a:b]]
        else:
            rows.append(_block("\n".join(left[a:b]), "\n".join(right[c:d]), tag))
    return rows, remark


def _block(before: str, after: str, tag: str) -> DiffRow:
    """Compare a block of changed lines word by word."""
    if tag == "delete":
        return ["-", [["del", before]], []]
    if tag == "insert":
        return ["+", [], [["ins", after]]]
    left, right = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(left), len(right)) > MAX_TOKENS:
        return ["~", [["del", before]], [["ins", after]]]
    opcodes = SequenceMatcher(None, left, right).get_opcodes()
    spans_left = _joined((("same" if kind == "equal" else "del"), "".join(left[a:b])) for kind, a, b, _, _ in opcodes)
    spans_right = _joined((("same" if kind == "equal" else "ins"), "".join(right[c:d])) for kind, _, _, c, d in opcodes)
    return ["~", spans_left, spans_right]


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
