"""Commands that arrive over Flight (JSON renderings of protobuf messages) and the binary protobuf replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from arize_nb.server.problems import invalid, unprocessable

_TEXT_WIRE_TYPE: Final = 2


@dataclass(frozen=True)
class Command:
    """One request: its name and its text fields, both in lower case without underscores."""

    name: str
    """Such as ``getexperiment``: clients write ``getExperiment`` or ``get_experiment``."""
    fields: Mapping[str, str]
    """Field texts by name, such as ``spaceid``; fields of default value are left out by clients."""

    def text(self, name: str) -> str:
        """Return a field that must be there.

        Raises
        ------
        Problem
            422: it is missing.
        """
        value = self.fields.get(name)
        if not value:
            raise unprocessable(f"{self.name}: {name} is required")
        return value


def parse(payload: bytes) -> Command:
    """Read a command.

    Raises
    ------
    Problem
        400: not a JSON object with one request in it.
    """
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise invalid("the command is not JSON") from None
    if isinstance(message, dict) and set(message) == {"request"}:
        message = message["request"]
    if not isinstance(message, dict) or len(message) != 1:
        raise invalid("the command must be a JSON object with exactly one request")
    name, body = next(iter(message.items()))
    if not isinstance(body, dict):
        raise invalid(f"{name}: must be a JSON object")
    return Command(
        _plain(name), {_plain(key): value for key, value in body.items() if isinstance(value, str)}
    )


def reply(*texts: str) -> bytes:
    """Write a message whose fields are all texts, numbered from 1; empty ones are left out."""
    return b"".join(
        _field(number, text.encode("utf-8")) for number, text in enumerate(texts, start=1) if text
    )


def _field(number: int, data: bytes) -> bytes:
    """Write one length-delimited field."""
    return _varint(number << 3 | _TEXT_WIRE_TYPE) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Write an unsigned integer, seven bits a byte."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _plain(name: object) -> str:
    """Fold lowerCamelCase and snake_case into one spelling."""
    return str(name).replace("_", "").lower()
