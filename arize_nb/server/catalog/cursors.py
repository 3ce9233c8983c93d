"""Opaque page cursors: where the next page starts, bound to the question that was asked."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from arize_nb.server.problems import invalid

_DIGEST_BYTES: Final = 6


def encode(position: int, question: tuple[str | None, ...]) -> str:
    """Make a cursor.

    Parameters
    ----------
    position : int
        Sort key of the last row of this page: later inserts and deletes do not move it.
    question : tuple of str
        Everything but limit and cursor that the listing depends on.
    """
    return (
        base64.urlsafe_b64encode(_digest(question) + str(position).encode("ascii"))
        .decode("ascii")
        .rstrip("=")
    )


def decode(cursor: str | None, question: tuple[str | None, ...]) -> int | None:
    """Return the position in a cursor; None for no cursor.

    Raises
    ------
    Problem
        400: not a cursor of this server, or one of another listing or filter.
    """
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, position = raw[:_DIGEST_BYTES], int(raw[_DIGEST_BYTES:].decode("ascii"))
    except (binascii.Error, ValueError):
        raise invalid(
            "cursor: not a cursor of this listing; leave it out to start at the first page"
        ) from None
    if digest != _digest(question) or not 0 <= position < 2**63:
        raise invalid(
            "cursor: it belongs to another listing or filter; leave it out to start at the first page"
        )
    return position


def _digest(question: tuple[str | None, ...]) -> bytes:
    """Shorten a question to a few bytes."""
    return hashlib.blake2b(repr(question).encode("utf-8"), digest_size=_DIGEST_BYTES).digest()
