"""Tell ids of the service from names."""

from __future__ import annotations

import base64
import binascii


def is_resource_id(text: str) -> bool:
    """Say whether a text is an id: strict base64 of UTF-8 text that holds a colon (`Type:number:suffix`).

    Every client decides so; anything else is a name, a UUID too.
    """
    try:
        return ":" in base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeError, ValueError):
        return False
