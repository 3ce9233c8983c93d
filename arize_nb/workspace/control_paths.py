"""Where the server answers whoever starts, finds and stops it."""

from __future__ import annotations

from typing import Final

PROOF_PATH: Final = "/_workspace/proof"
STATUS_PATH: Final = "/_workspace/status"
STOP_PATH: Final = "/_workspace/stop"
VISIT_QUERY: Final = "visit=1"
"""Added to `STATUS_PATH` by somebody who is about to send requests: the server does not stop for want of them
just then.
"""
