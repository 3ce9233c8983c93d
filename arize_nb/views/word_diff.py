"""Two texts compared word by word: pure, what is marked is for whoever draws it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache

Spans = list[list[str]]
"""`[tag, text]`, tag `same`, `del` or `ins`; joined, the texts are the whole."""

# Scripts written without spaces between words: there a sentence would be one word, so each letter counts as one.
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Han
    "\U00020000-\U0003ffff"
)


def words(text: str) -> list[str]:
    """Split a text into words, stretches of space and single signs; accents and vowel signs stay with their letter."""
    return _pattern().findall(text)


def word_spans(before: str, after: str) -> tuple[Spans, Spans]:
    """Return both texts with the words that only one of them has marked."""
    return token_spans(words(before), words(after))


def token_spans(left: Sequence[str], right: Sequence[str]) -> tuple[Spans, Spans]:
    """Do the same for texts that are split already."""
    opcodes = SequenceMatcher(None, left, right, autojunk=len(left) + len(right) > 1000).get_opcodes()
    gone = _joined((("same" if kind == "equal" else "del"), "".join(left[a:b])) for kind, a, b, _, _ in opcodes)
    come = _joined((("same" if kind == "equal" else "ins"), "".join(right[c:d])) for kind, _, _, c, d in opcodes)
    return gone, come


@cache
def _pattern() -> re.Pattern[str]:
    """Return the pattern of a word; made on first use, since Python's `re` has no class for combining marks."""
    marks = "".join(map(re.escape, filter(lambda one: unicodedata.category(one)[0] == "M", map(chr, range(0x300, 0x10000)))))
    return re.compile(rf"\s+|[{_UNSPACED}][{marks}]*|(?:(?![{_UNSPACED}])\w[{marks}]*)+|[^\w\s][{marks}]*")


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
