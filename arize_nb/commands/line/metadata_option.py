"""Facts about an experiment given on a line: `KEY=VALUE`, once for each, or a mapping in a variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from arize_nb.commands.line.value_types import ReadType
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    import click

_HINT = "Like this: --metadata model=gpt-4o --metadata prompt=v3; a mapping in a variable: --metadata $facts"


class FactsType(ReadType):
    """`KEY=VALUE`, split at the first `=`; the value is text, so that a version 1.10 stays one."""

    name = "facts"
    takes_objects = True

    def read(self, value: object) -> Mapping[str, object]:
        """Return one fact, or those of a variable with their types."""
        if isinstance(value, Mapping):
            return value
        if not isinstance(value, str):
            raise CommandError(f"--metadata: {value!r:.40} is no fact", hint=_HINT)
        key, equals, text = value.partition("=")
        if not equals or not key.strip():
            lacking = "value" if key.strip() and not equals else "name"
            raise CommandError(f"--metadata {value!r} lacks the {lacking}", hint=_HINT)
        return {key.strip(): text}


def joined(
    ctx: click.Context, _param: click.Parameter, given: Iterable[Mapping[str, object]]
) -> dict[str, object] | None:
    """Bring all facts together; None for none.

    Raises
    ------
    CommandError
        Two values for one name.
    """
    if ctx.resilient_parsing:
        return None
    facts: dict[str, object] = {}
    for key, value in (item for one in given for item in one.items()):
        if key in facts and facts[key] != value:
            raise CommandError(
                f"--metadata says both {facts[key]!r} and {value!r} of {key!r}", hint="Say one of them."
            )
        facts[key] = value
    return facts or None
