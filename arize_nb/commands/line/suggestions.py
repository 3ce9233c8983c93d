"""What was probably meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def closest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that was probably meant."""
    matches = get_close_matches(word, known, n=1, cutoff=0.7)
    return matches[0] if matches else None
