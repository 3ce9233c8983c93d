"""Identifiers: resource ids as the service shapes them, and time-ordered run and example ids."""

from __future__ import annotations

import base64
import binascii
import secrets
import string
import threading
import time

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


class RowIds:
    """Issue UUIDv7 texts (RFC 9562) that only ever grow, within one request and across requests.

    The 74 random bits start at a random place and count up within a batch, so that ten thousand ids
    of one millisecond still sort in the order in which they were issued.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0

    def issue(self, count: int, *, after: str | None = None) -> list[str]:
        """Issue ids in ascending order.

        Parameters
        ----------
        count : int
            How many.
        after : str, optional
            An id issued earlier that all of these must follow, whatever the clock says now.

        Returns
        -------
        list of str
            Lower-case UUID texts, strictly ascending.
        """
        with self._lock:
            # A clock that was set back must not let a later row sort before an earlier one.
            floor = max(self._last_ms, _milliseconds(after)) + 1
            now_ms = max(time.time_ns() // 1_000_000, floor)
            self._last_ms = now_ms
        stamp = f"{now_ms:012x}"
        head = f"{stamp[:8]}-{stamp[8:]}-7{secrets.randbits(12):03x}-{0x8000 | secrets.randbits(14):04x}-{secrets.randbits(16):04x}"
        return [f"{head}{number:08x}" for number in range(count)]


def _milliseconds(row_id: str | None) -> int:
    """Read the time stamp of a UUIDv7 text; 0 for anything else."""
    if row_id is None or len(row_id) != 36 or row_id[14] != "7":
        return 0
    try:
        return int(row_id[:8] + row_id[9:13], 16)
    except ValueError:
        return 0
