"""A text that is not shown: keys in a notebook end up in saved outputs, tracebacks and screen shots."""

from __future__ import annotations


class Secret(str):
    """A key: it can be sent, compared and passed on as any text, but what shows it shows four characters at
    most.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Show what the console shows."""
        return repr(masked(self))


def masked(key: str) -> str:
    """Return a key for display: its last four characters at most, and only when it is long enough to hide the
    rest.
    """
    if not key:
        return "(none)"
    return f"****{key[-4:]}" if len(key) >= 16 else "****"
