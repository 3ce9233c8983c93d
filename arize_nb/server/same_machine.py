"""Tell a program of this machine from a web page that a browser lets reach it: whom a request names, and
where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_OURS: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def is_from_here(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a request may be answered at all.

    A page of another site that has its own name point here (DNS rebinding) still sends that name as ``Host``,
    and a page that sends more than a plain read says where it is from in ``Origin``. Programs send the
    address they connected to, and no origin.

    Parameters
    ----------
    headers : iterable of (name, value)
        As ASGI has them: names in lower case.
    """
    return all(_names_this_machine(name, value) for name, value in headers if name in (b"host", b"origin"))


def _names_this_machine(name: bytes, value: bytes) -> bool:
    """Tell whether a host, or the host of an origin, is a loopback one; the port does not matter (tunnels
    change it).
    """
    text = value.decode("latin-1")
    try:
        return urlsplit(text if name == b"origin" else f"//{text}").hostname in _OURS
    except ValueError:
        return False
