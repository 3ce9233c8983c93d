"""Identifiers: resource ids as the service shapes them, and time-ordered run and example ids."""

from __future__ import annotations

import base64
import binascii
import secrets
import string
import threading
import time
from dataclasses import dataclass

_ALPHABET = string.ascii_letters + string.digits
_SUFFIX_LENGTH = 4


def resource_id(kind: str, number: int) -> str:
    """Make a resource id: padded base64 of ``Type:number:suffix``.

    Clients tell ids from names by decoding them, and put them in URLs: base64 of letters, digits and colons
    alone has neither ``/`` nor ``+``.

    Parameters
    ----------
    kind : str
        The type word, such as ``Experiment``.
    number : int
        Running number of the store, from 1.

    Returns
    -------
    str
        For instance ``RXhwZXJpbWVudDoxOmFCY0Q=``.
    """
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX_LENGTH))
    return base64.b64encode(f"{kind}:{number}:{suffix}".encode("ascii")).decode("ascii")


def is_resource_id(text: str) -> bool:
    """Tell whether a text has the shape of a resource id (it need not exist)."""
    try:
        return b":" in base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return False


@dataclass(frozen=True)
class IdRange:
    """Ids in ascending order that were set aside for the rows of one request."""

    head: str
    """What they share: all but the last eight digits."""

    def texts(self, start: int, stop: int) -> list[str]:
        """Return the ids of rows `start` to `stop`, counted from 0."""
        return [f"{self.head}{number:08x}" for number in range(start, stop)]


class RowIds:
    """Issue UUIDv7 texts (RFC 9562) that only ever grow, within one request and across requests.

    The lowest 32 of the random bits count up within a request, so that the ids of one millisecond still sort
    in the order in which they were issued.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0

    def reserve(self, *, after: str | None = None) -> IdRange:
        """Set ids aside for one request.

        Parameters
        ----------
        after : str, optional
            An id issued earlier that all of these must follow, whatever the clock says now.
        """
        with self._lock:
            # A clock that was set back must not let a later row sort before an earlier one.
            floor = max(self._last_ms, _milliseconds(after)) + 1
            self._last_ms = max(time.time_ns() // 1_000_000, floor)
            stamp = f"{self._last_ms:012x}"
        head = f"{stamp[:8]}-{stamp[8:]}-7{secrets.randbits(12):03x}-{0x8000 | secrets.randbits(14):04x}-{secrets.randbits(16):04x}"
        return IdRange(head)


def _milliseconds(row_id: str | None) -> int:
    """Read the time stamp of a UUIDv7 text; 0 for anything else."""
    if row_id is None or len(row_id) != 36 or row_id[14] != "7":
        return 0
    try:
        return int(row_id[:8] + row_id[9:13], 16)
    except ValueError:
        return 0
