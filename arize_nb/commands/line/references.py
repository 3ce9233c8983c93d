"""How a variable is written on a line: `$name`, `$name.member`, `${name}`, `{name}`; `$$` is a
dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_REFERENCE = re.compile(
    rf"""\$\$(?=\{{?[^\W\d])                                       # a dollar sign that is meant
       | \$(?P<dollar>{_DOTTED})(?:\[['"]?(?P<subscript>\w+)['"]?\])?
       | \$\{{(?P<braces>{_DOTTED})\}}
       | \$\((?P<parentheses>{_DOTTED})\)                            # make's spelling: told, not looked up
       | (?<![\w{{$])\{{(?P<bare>{_DOTTED})\}}(?!\}})                 # as IPython's own expansion has it
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A variable named in a text."""

    dotted: str
    """The name, with the members asked for behind dots."""
    subscript: str
    """What stood in brackets behind it, which is not looked up; "" for nothing."""
    is_bare_brace: bool
    """Whether it is `{name}`, which is as often just text."""
    in_parentheses: bool
    """Whether it is `$(name)`, which no variable is written as."""
    written: str
    """As it stands."""
    start: int
    end: int


def references(text: str) -> Iterator[Reference]:
    """Yield the variables that a text names, from left to right."""
    for match in _REFERENCE.finditer(text):
        dotted = match["dollar"] or match["braces"] or match["parentheses"] or match["bare"]
        if dotted:
            yield Reference(
                dotted=dotted,
                subscript=match["subscript"] or "",
                is_bare_brace=match["bare"] is not None,
                in_parentheses=match["parentheses"] is not None,
                written=match[0],
                start=match.start(),
                end=match.end(),
            )


def whole_reference(text: str) -> Reference | None:
    """Return the variable that a text wholly is; None where it is more, or something else."""
    reference = next(references(text), None)
    return reference if reference is not None and (reference.start, reference.end) == (0, len(text)) else None


def unescaped(text: str) -> str:
    """Return a text with `$$name` as `$name`."""
    return re.sub(r"\$\$(?=\{?[^\W\d])", "$", text)
