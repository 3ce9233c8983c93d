"""Whether a command line or Python is being answered, and how an option is called there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ON_A_LINE: ContextVar[bool] = ContextVar("on_a_line", default=False)


@contextmanager
def typed_on_a_line() -> Iterator[None]:
    """Let what is said in this block name options as a command line does (`--key qid`) instead of as Python
    does (`key='qid'`).
    """
    token = _ON_A_LINE.set(True)
    try:
        yield
    finally:
        _ON_A_LINE.reset(token)


def on_a_line() -> bool:
    """Whether what is being done was typed as a command rather than as Python."""
    return _ON_A_LINE.get()


def option_words(option: str, *values: str) -> str:
    """Return an option in the language that the user typed, with its value when there is one.

    >>> option_words("key"), option_words("key", "qid"), option_words("key", "a", "b")
    ('key=', "key='qid'", "key=['a', 'b']")
    """
    if _ON_A_LINE.get():
        flag = {"metrics": "metric"}.get(option, option).replace("_", "-")
        return " ".join([f"--{flag}", *([shlex.quote(",".join(values))] if values else [])])
    return f"{option}={'' if not values else repr(values[0]) if len(values) == 1 else repr(list(values))}"
