"""An input with the name by which the user calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NamedInput:
    """Something to compare, and the name of the variable it stands in (`$a3`); a name that it carries itself
    comes first.
    """

    value: Any
    """The frame, table, list, result or path."""
    name: str
    """Name of the variable."""


def unwrapped(thing: object) -> Any:
    """Return an input without the name of its variable."""
    return thing.value if isinstance(thing, NamedInput) else thing
