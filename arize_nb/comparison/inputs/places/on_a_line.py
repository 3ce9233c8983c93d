"""What was given to `compare`, as far as a line can say it again: paths and plain options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WORDS = ("key", "output", "expected", "ignore", "metrics", "names", "split", "baseline")
_FLAGS = ("repetitions", "errors_as_fails")
_NUMBERS = {"confidence": 0.95, "seed": 0}
_LINE_NAMES = {"metrics": "metric", "errors_as_fails": "errors-as-fails"}


@dataclass(frozen=True, kw_only=True)
class GivenPaths:
    """Files that were compared, and how."""

    paths: tuple[str, ...]
    """As they were given."""
    options: Mapping[str, Any]
    """Options by the names that a line has for them; those that were left at their default are not there."""


def given_paths(inputs: Sequence[Any], options: Mapping[str, Any]) -> GivenPaths | None:
    """Return what a line would say; None where it holds objects, standard input, or an option that is more
    than words.

    Parameters
    ----------
    inputs : sequence
        What was compared.
    options : mapping
        The options of `compare` by name.
    """
    paths = [os.fspath(one) for one in inputs if isinstance(one, (str, os.PathLike))]
    if len(paths) < len(inputs) or not all(_is_sayable(path) and path != "-" for path in paths):
        return None
    found: dict[str, Any] = {}
    for name, value in options.items():
        if value is None or value is False or value == _NUMBERS.get(name, ()):
            continue
        said = [value] if isinstance(value, str) else value
        if (
            name in _WORDS
            and isinstance(said, (list, tuple))
            and all(_is_sayable(one) and "," not in one for one in said)
        ):
            found[_LINE_NAMES.get(name, name)] = value if isinstance(value, str) else list(said)
        elif name in _FLAGS or name in _NUMBERS:
            found[_LINE_NAMES.get(name, name)] = value if name in _FLAGS else str(value)
        else:
            return None
    return GivenPaths(paths=tuple(paths), options=found)


def _is_sayable(text: object) -> bool:
    """Whether a text can stand on a line: nothing that would read as an option or a variable, nothing that
    nobody can copy.
    """
    return (
        isinstance(text, str)
        and text.isprintable()
        and not text.startswith(("-", "$", "{"))
        and "$" not in text
        and "{" not in text
    )
