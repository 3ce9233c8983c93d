"""What to type next as a value: spelled as a command by the door that shows it, as Python to a caller in
Python.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

door: ContextVar[str | None] = ContextVar("arize_nb_door", default=None)
"""Program whose command is being carried out; None for callers in Python."""
MAGIC = "%ax"
"""How the tree is called in a notebook, and how commands are kept in a hint."""


class Choice(NamedTuple):
    """The same thing in both languages: `Choice("resume=True", "--resume")`."""

    python: str
    line: str


@dataclass(frozen=True)
class Command:
    """One line of ours: `Command(("experiments", "list"), options={"dataset": "faq"})`."""

    words: Sequence[str]
    """The noun and what is done."""
    arguments: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """By name, without dashes; None and False are left out, True is a flag, a list repeats the option."""
    python: str | None = None
    """The call, where it is not that method of a client with the same parameters."""

    @property
    def line(self) -> str:
        """As it is typed in a notebook."""
        words = [MAGIC, *self.words, *map(shlex.quote, self.arguments)]
        for name, value in self.options.items():
            for one in value if isinstance(value, list | tuple) else [value]:
                if one is True:
                    words.append(_flag(name))
                elif one is not None and one is not False:
                    words += [_flag(name), shlex.quote(str(one))]
        return " ".join(words)

    @property
    def call(self) -> str:
        """As it is called in Python."""
        if self.python is not None:
            return self.python
        given = [repr(one) for one in self.arguments]
        given += [
            f"{name.replace('-', '_')}={value!r}"
            for name, value in self.options.items()
            if value is not None and value is not False
        ]
        return f"client.{'.'.join(word.replace('-', '_') for word in self.words)}({', '.join(given)})"


def _flag(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"


class Hint(str):
    """What to do next, as a text for callers in Python, which knows how a command line says it.

    Parameters
    ----------
    python : str
        The text.
    line : str, optional
        The same for who typed a command, with `%ax` as the program; the same text when not given.
    """

    __slots__ = ("line",)
    line: str

    def __new__(cls, python: str, line: str | None = None) -> Hint:
        """Make it of both languages."""
        made = super().__new__(cls, python)
        made.line = python if line is None else line
        return made

    @classmethod
    def of(cls, template: str, *parts: Choice | Command | Hint | str) -> Hint:
        """Fill the `{}` of a text, once in each language."""
        return cls(template.format(*map(_in_python, parts)), template.format(*map(_in_line, parts)))

    def spelled(self, program: str) -> str:
        """Return it for who typed a command of `program`: `%ax` or `arize-nb`."""
        return spelled(self.line, program)

    @property
    def shown(self) -> str:
        """The text for who looks at a result now: spelled for a command line while one is carried out."""
        program = door.get()
        return str(self) if program is None else self.spelled(program)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive copies and pickling, with both languages."""
        return (Hint, (str(self), self.line))


def _in_python(part: Choice | Command | Hint | str) -> str:
    if isinstance(part, Command):
        return part.call
    return part.python if isinstance(part, Choice) else str(part)


def _in_line(part: Choice | Command | Hint | str) -> str:
    return part if type(part) is str else part.line  # type: ignore[union-attr]


def spelled(text: str, program: str) -> str:
    """Spell a hint for who typed a command of `program`; in a plain text only the program is changed."""
    line = text.line if isinstance(text, Hint) else text
    return re.sub(rf"(?<![%\w]){re.escape(MAGIC)}(?= )", lambda _: program, line)
