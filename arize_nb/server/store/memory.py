"""Give memory that is free back to the system: allocators keep what a large write took, for a next one that
may never come.
"""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def release() -> None:
    """Return what Arrow's and the C library's allocators hold and nobody uses."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
