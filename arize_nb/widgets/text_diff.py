"""Diff of two texts for reading: lines matched by difflib, changed words marked inside changed lines."""

from __future__ import annotations

from difflib import SequenceMatcher

from arize_nb.views.word_diff import token_spans, words

MAX_CHARACTERS = 40_000
"""Longest text that is compared; difflib is quadratic at worst, and nobody reads more."""
MAX_TOKENS = 1_500
"""Most words of one block of changed lines that are compared word by word."""

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
    left, right = words(before), words(after)
    if max(len(left), len(right)) > MAX_TOKENS:
        return ["~", [["del", before]], [["ins", after]]]
    return ["~", *token_spans(left, right)]
