"""Names as words of an `%ax` line, quoted so that the line reads back as what was meant."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$[^\W\d]\w*(?:\.[^\W\d]\w*)*")
"""What the commands read as a variable of the notebook."""


def word(item: Any) -> str:
    """Return a resource, or a name or id given as text, as one word.

    A name that would read as an option or a variable, or that holds characters nobody can copy (line ends,
    controls, direction overrides), gives way to the resource's id.
    """
    name, known_id = (item, None) if isinstance(item, str) else (item.name or item.id, item.id)
    if name.startswith(("-", "$")) or not name.isprintable():
        if known_id is not None:
            return str(known_id)
        if _VARIABLE.fullmatch(name):
            name = f"${name}"  # `$$name` is the text `$name`
    return shlex.quote(name)


def options(values: Mapping[str, Any]) -> list[str]:
    """Return `--name value` of every value that is there; True is a flag, a list repeats the option."""
    found: list[str] = []
    for name, value in values.items():
        if value is True:
            found.append(f"--{name}")
        elif isinstance(value, list | tuple):
            found += [f"--{name} {word(one)}" for one in value]
        elif value is not None and value is not False:
            found.append(f"--{name} {word(str(value) if isinstance(value, int) else value)}")
    return found
