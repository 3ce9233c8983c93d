"""Show characters that would act instead of being read: terminal commands, direction overrides, lone
surrogates.
"""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """Show control characters, bidirectional overrides and lone surrogates instead of obeying them; line ends
    and tabs stay.

    C0 controls become their pictures (␛), other characters that cannot be printed their number (`[U+202E]`),
    odd spaces a space.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character == "\n" or character.isprintable() or character in " \t\u200d"
        else _picture(character)
        for character in text
    )


def visible_line(text: str) -> str:
    """Show it in one line: line ends become ⏎."""
    return visible(text).replace("\n", "⏎")


def file_name_part(text: str, longest: int = 50) -> str:
    """Make a part of a file name of a name that anybody may have chosen: what separates folders or cannot be
    printed becomes _.
    """
    return "".join(
        character if character.isprintable() and character not in "/\\" else "_"
        for character in text[:longest]
    )


def _picture(character: str) -> str:
    """Return what stands for a character that cannot be shown."""
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    return " " if unicodedata.category(character) == "Zs" else f"[U+{code:04X}]"
