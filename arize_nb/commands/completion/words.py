"""The words of a line, finished or being typed, by the rules of a shell, and how a completion is written into
it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_BEFORE_COMMENT = re.compile(r"""(?:\s|[^\s'"\\#]|\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?<=\S)\#)*""", re.DOTALL)


def without_comment(line: str) -> str:
    """Return a line without the comment at its end: an unquoted `#` that begins a word, as in a shell and as
    in Python.
    """
    match = _BEFORE_COMMENT.match(line)
    end = match.end() if match else 0
    return line[:end] if line[end : end + 1] == "#" else line


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """The word being typed."""

    raw: str
    """As it stands on the line, with its opening quote."""
    value: str
    """What it means so far."""
    quote: str
    """The quote that is open; "" when there is none."""

    def written(self, value: str, after: str) -> str:
        """Write a completion as it must stand on the line; a closing quote that is there already is not
        doubled.
        """
        if value.endswith("/") and not self.quote and shlex.quote(value) != value:
            return f"'{value}"
        if self.quote:
            escaped = (
                value.replace("\\", "\\\\").replace('"', '\\"')
                if self.quote == '"'
                else value.replace("'", "'\\''")
            )
            closing = "" if after == self.quote or value.endswith("/") else self.quote
            return f"{self.quote}{escaped}{closing}"
        return value if not value or value.startswith(("$", "~")) else shlex.quote(value)

    def written_in_bash(self, value: str, breaks: str) -> str:
        """Write a completion as bash wants it: what shall stand in place of the word's last part.

        Parameters
        ----------
        value : str
            The value; for `--option=…` that of the option.
        breaks : str
            Letters at which readline begins a new part of a word (`COMP_WORDBREAKS`): it leaves alone what
            stands before the last one.
        """
        if (
            self.quote == "'"
        ):  # readline has seen the quote: the text goes behind it, and the closing one comes by itself
            return value.replace("'", "'\\''")
        if self.quote:
            return re.sub(r'([\\"$`])', r"\\\1", value)
        places = (
            [match.end() for match in re.finditer(r"(?<!\\)[" + re.escape(breaks) + "]", self.raw)]
            if breaks
            else []
        )
        before = split_unfinished(self.raw[: places[-1]])[1].value if places else ""
        if before.startswith("--") and "=" in before:
            before = before.partition("=")[2]
        return shlex.quote(value[len(before) :]) if value.startswith(before) else shlex.quote(value)


def split_unfinished(text: str) -> tuple[list[str], Unfinished]:
    """Split a line whose last word may be unfinished, by the rules of a shell.

    Returns
    -------
    list of str, Unfinished
        The finished words; the last one, empty after a blank.
    """
    words: list[str] = []
    start, value, quote, in_word = 0, "", "", False
    index = 0
    while index < len(text):
        letter = text[index]
        if quote:
            if letter == quote:
                quote = ""
            elif letter == "\\" and quote == '"' and index + 1 < len(text):
                index += 1
                value += text[index]
            else:
                value += letter
        elif letter.isspace():
            if in_word:
                words.append(value)
            start, value, in_word = index + 1, "", False
        else:
            in_word = True
            if letter in "'\"":
                quote = letter
            elif letter == "\\" and index + 1 < len(text):
                index += 1
                value += text[index]
            else:
                value += letter
        index += 1
    return words, Unfinished(raw=text[start:], value=value, quote=quote)
