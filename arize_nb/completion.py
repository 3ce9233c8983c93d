"""Tab in a notebook: the words of the command tree, files, variables and live names."""

from __future__ import annotations

from typing import Any


def register(shell: Any, magics: Any) -> None:
    """Add the matcher to the shell's completer."""


def unregister(shell: Any) -> None:
    """Take the matcher away again."""
