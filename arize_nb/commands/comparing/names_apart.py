"""`--names a b`: names given apart, of which a command line takes all but the first for experiments."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from arize_nb.errors import CommandError
from arize_nb.files.formats import form_of

_FLAG = "--names"


def refuse_apart(words: Sequence[str], experiments: Sequence[object], names: Sequence[str] | None) -> None:
    """Refuse names that stand apart, and say the form that is meant.

    Parameters
    ----------
    words : sequence of str
        The line.
    experiments : sequence
        What it is read to compare.
    names : sequence of str, optional
        The names that it is read to give.

    Raises
    ------
    CommandError
        As many words behind the flag are names as are lacking, once they are not taken for experiments.
    """
    if not names or len(names) == len(experiments) or _FLAG not in words:
        return
    apart = _words_behind(words)
    counts = range(1, len(apart) + 1)
    exact = [count for count in counts if len(experiments) - count == len(names) + count]
    of_one_table = [count for count in counts if len(experiments) - count == 1]
    if not exact + of_one_table:
        return
    extra = apart[: (exact + of_one_table)[0]]
    every = [*names, *extra]
    read_as = "an experiment" if len(extra) == 1 else "experiments"
    raise CommandError(
        f"{_FLAG} {' '.join(map(shlex.quote, every))}: a flag takes one word, so"
        f" {', '.join(map(repr, extra))} would be read as {read_as}",
        hint=f"With commas: {_FLAG} {shlex.quote(','.join(every))}",
    )


def _words_behind(words: Sequence[str]) -> list[str]:
    """Return the words behind the flag and its value that may be names: no flags, files and variables."""
    last = len(words) - 1 - list(reversed(words)).index(_FLAG)
    behind = takewhile(lambda word: not word.startswith(("-", "$")), words[last + 2 :])
    return list(takewhile(lambda word: form_of(Path(word)) is None and not Path(word).exists(), behind))
