"""Prove to one another that both sides know the workspace's key, without showing it: a challenge each way
(HMAC-SHA256).

::

    client -> server   GET /_workspace/proof, X-Workspace-Challenge: C         C: random, new for every connection
    server -> client   {"nonce": N, "proof": hmac(key, "server", port, C, N)}   N: the server's challenge, good for a minute, once
    client -> server   Authorization: Workspace N hmac(key, "client", port, N, method, target)

The port stands in the proof so that nobody can listen on another one and pass the questions on (RFC 2104;
ISO/IEC 9798-4, mutual).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from typing import Final

CHALLENGE_HEADER: Final = "X-Workspace-Challenge"
SCHEME: Final = "Workspace"

_GOOD_FOR_S: Final = 60.0
_CHALLENGE_LENGTH: Final = 64


def new_challenge() -> str:
    """Return a challenge that nobody has seen before."""
    return secrets.token_hex(_CHALLENGE_LENGTH // 2)


def is_challenge(text: str) -> bool:
    """Tell whether a text has the form of a challenge."""
    return len(text) == _CHALLENGE_LENGTH and all(letter in "0123456789abcdef" for letter in text)


def server_proof(key: str, port: int, challenge: str, nonce: str) -> str:
    """Return what only a server on this port that has the key can answer."""
    return _mac(key, "server", str(port), challenge, nonce)


def client_proof(key: str, port: int, nonce: str, method: str, target: str) -> str:
    """Return what only a client that has the key can say of a request."""
    return _mac(key, "client", str(port), nonce, method, target)


def is_same(one: str, other: str) -> bool:
    """Compare two proofs in a time that tells nothing about them."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _mac(key: str, *parts: str) -> str:
    """Authenticate parts, none of which holds a line break."""
    return hmac.new(
        key.encode(), "\n".join(("arize_nb workspace", *parts)).encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


class Nonces:
    """Challenges of a server: good for a minute, once; nothing is kept of those that nobody answers.

    Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_hex(32)
        self._lock = threading.Lock()
        self._used: dict[str, float] = {}

    def issue(self) -> str:
        """Return a new one."""
        head = f"{time.monotonic():.3f}-{secrets.token_hex(16)}"
        return f"{head}-{_mac(self._secret, 'nonce', head)}"

    def take(self, nonce: str) -> bool:
        """Use one up; False when it is not ours, too old, or was used before."""
        head, _, mac = nonce.rpartition("-")
        if not head or not is_same(mac, _mac(self._secret, "nonce", head)):
            return False
        now, made = time.monotonic(), float(head.partition("-")[0])
        with self._lock:
            for old in [used for used, until in self._used.items() if until < now]:
                del self._used[old]
            if nonce in self._used or not made <= now + 1 <= made + 1 + _GOOD_FOR_S:
                return False
            self._used[nonce] = made + _GOOD_FOR_S
        return True
