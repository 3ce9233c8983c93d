"""Show an error of ours in IPython as what the user's own lines did: without the frames of this package, and
of IPython itself.
"""

from __future__ import annotations

import sys
import traceback
import types
from pathlib import Path
from typing import Any

_PACKAGE = str(Path(__file__).parent.parent)
_WHOLE = frozenset({"Verbose", "Docs"})
"""Modes of %xmode in which everything is wanted."""


def rendered(error: BaseException) -> list[str]:
    """Return the lines that IPython shows for an error; its `_render_traceback_`.

    Everything is shown with ``%xmode Verbose``, with ``--verbose`` on a line of ours, and where no line of
    the user is part of it.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    shown = getattr(shell, "InteractiveTB", None)
    if shown is None:
        return traceback.format_exception(error)
    trace = users_frames(error.__traceback__)
    if shown.mode in _WHOLE or trace is None or getattr(error, "whole_traceback", False):
        whole: list[str] = shown.structured_traceback(type(error), error, error.__traceback__)
        return whole
    chain = error.__cause__, error.__context__, error.__suppress_context__
    error.__cause__ = error.__context__ = None
    try:
        lines: list[str] = shown.structured_traceback(type(error), error, trace, tb_offset=0)
    finally:
        error.__cause__, error.__context__, error.__suppress_context__ = chain
    return lines


def users_frames(trace: types.TracebackType | None) -> types.TracebackType | None:
    """Return a traceback of the frames that are neither ours nor IPython's; None when there is none."""
    kept: list[Any] = []
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if (
            not file.startswith(_PACKAGE)
            and "IPython" not in file
            and "ipykernel/ipkernel" not in file.replace("\\", "/")
        ):
            kept.append(trace)
        trace = trace.tb_next
    made: types.TracebackType | None = None
    for one in reversed(kept):
        made = types.TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made
