"""Split a text into the words that a diff compares, in any script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Scripts written without spaces between words: there a sentence would be one word, so each letter counts as
# one.
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Han
    "\U00020000-\U0003ffff"
)


def words(text: str) -> list[str]:
    """Split a text into words, stretches of space and single signs; accents and vowel signs stay with their
    letter.
    """
    return _pattern().findall(text)


@cache
def _pattern() -> re.Pattern[str]:
    """Return the pattern of a word; made on first use, since Python's `re` has no class for
    combining marks.
    """
    marks = "".join(
        map(
            re.escape,
            filter(lambda one: unicodedata.category(one)[0] == "M", map(chr, range(0x300, 0x10000))),
        )
    )
    return re.compile(rf"\s+|[{_UNSPACED}][{marks}]*|(?:(?![{_UNSPACED}])\w[{marks}]*)+|[^\w\s][{marks}]*")
