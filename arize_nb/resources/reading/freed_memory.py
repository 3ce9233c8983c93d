"""Hand freed memory back to the system between the parts of a long read."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import pyarrow as pa


def give_back() -> None:
    """Hand back what was freed.

    The buffers of a Flight stream are allocated by threads of gRPC and freed by ours. glibc keeps them for
    those threads, and after some large ones no longer asks the system for others of that size either: a
    client that holds 70 MB at a time grew by 100 MB and more with the length of the stream. Arrow's own pool
    keeps some as well. Neither call does anything but release what nobody uses; a few ms.
    """
    pa.default_memory_pool().release_unused()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], object] | None:
    """Return glibc's function for it; None with any other C library."""
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return None
    return found
