"""The line of a magic and the cell that it stands in: what it says, which variables it sees, whether its
value is shown.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Mapping, Sequence
from types import CodeType, FrameType
from typing import Any


def user_frame(user_globals: Mapping[str, Any]) -> FrameType | None:
    """Return the nearest frame that runs the user's own code; None when a program calls the magic."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals is not user_globals:
        frame = frame.f_back
    return frame


def scopes(
    local_ns: Mapping[str, Any], frame: FrameType | None, user_ns: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return where variables are looked for, nearest first: the function, those that it is written in while
    they run, the notebook.
    """
    found: list[Mapping[str, Any]] = [local_ns]
    inner = frame.f_code if frame is not None else None
    outer = frame.f_back if frame is not None else None
    while outer is not None and inner is not None and inner.co_name != "<module>":
        if _contains(outer.f_code, inner):
            found.append(outer.f_locals)
            inner = outer.f_code
        outer = outer.f_back
    return [*found, user_ns]


def _contains(outer: CodeType, inner: CodeType) -> bool:
    """Say whether a function is written inside another one."""
    return any(
        one is inner or (isinstance(one, CodeType) and _contains(one, inner)) for one in outer.co_consts
    )


def look_up(dotted: str, scopes: Sequence[Mapping[str, Any]]) -> Any:
    """Return the variable behind `$name`; behind `$name.member`, a key of a mapping or an attribute.

    Raises
    ------
    UndefinedVariableError
        No scope has it, or it has no such member.
    """
    from difflib import get_close_matches

    from arize_nb.commands.line.variables import UndefinedVariableError

    name, *members = dotted.split(".")
    scope = next((scope for scope in scopes if name in scope), None)
    if scope is None:
        known = [one for scope in scopes for one in scope if isinstance(one, str) and not one.startswith("_")]
        near = get_close_matches(name, known, n=1)
        meant = f"Did you mean ${near[0]}? " if near else ""
        inner = len(scopes) > 2 or scopes[0] is not scopes[-1]
        seen = (
            "An inner function sees what it mentions itself: write the name once in it. "
            if inner and not near
            else ""
        )
        raise UndefinedVariableError(
            f"${dotted}: the variable {name!r} is not defined",
            hint=f"{meant}{seen}To write a dollar sign, double it: $${dotted}",
        )
    value = scope[name]
    for member in members:
        if isinstance(value, Mapping) and member in value:
            value = value[member]
        elif hasattr(value, member):
            value = getattr(value, member)
        else:
            keys = (
                f" It has: {', '.join(map(str, list(value)[:8]))}"
                if isinstance(value, Mapping) and value
                else None
            )
            raise UndefinedVariableError(f"${dotted}: {name!r} has no {member!r}", hint=keys and keys.strip())
    return value


def without_semicolon(line: str) -> tuple[str, bool]:
    """Return a line without its comment and the `;` at its end, and whether there was one; in quotes, or
    escaped, it is text.
    """
    from arize_nb.commands.completion.words import without_comment

    line = without_comment(line).strip()
    if line.endswith(";") and not line.endswith("\\;"):
        return line[:-1].rstrip(), True
    return line, False


def command_in_body(body: str) -> tuple[str, str]:
    """Return the command that stands in the first line of a body (lines that end in a backslash go on), and
    the rest.
    """
    lines = body.lstrip("\n").splitlines(keepends=True)
    words: list[str] = []
    while lines:
        text = lines.pop(0).rstrip("\n")
        words.append(text.removesuffix("\\"))
        if not text.endswith("\\"):
            break
    return " ".join(words).strip(), "".join(lines)


def is_shown(frame: FrameType | None) -> bool:
    """Say whether the magic is the last statement of its cell and nothing takes its value, so that the
    notebook would show it.

    What is parsed is the cell as IPython compiled it, where the line is a string.
    """
    if frame is None or frame.f_code.co_name != "<module>":
        return False
    source = "".join(linecache.getlines(frame.f_code.co_filename))
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # top-level await in an old form, or no source: then the value is shown
        return False
    last = statements[-1] if statements else None
    call = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr == "run_line_magic" and frame.f_lineno >= last.lineno if last is not None else False
