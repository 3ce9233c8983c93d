"""Bytes of a text file in any usual encoding -> UTF-8, the encoding named where it is another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arize_nb.errors import FileError

if TYPE_CHECKING:
    from arize_nb.files.facts import ReadFacts

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8 with a byte order mark"),
    (b"\xff\xfe\x00\x00", "utf-32-le", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32-be", "UTF-32"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
_HEAD = 4096
_MULTI_BYTE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"SQLite format 3", "a database"),
)


def utf8_bytes(data: bytes, facts: ReadFacts) -> bytes:
    """Return text as UTF-8 without a byte order mark.

    UTF-16 is known by its mark or by its zero bytes. Text that is no UTF-8 at all is taken for Windows-1252,
    the usual one of files from Windows; text that is UTF-8 but for a few bytes is damaged and refused.

    Raises
    ------
    FileError
        It is no text, or damaged; says at which line and byte.
    """
    for start, what in _BINARY:
        if data.startswith(start):
            raise FileError(
                f"{facts.shown} is {what}, not {facts.form}",
                path=facts.shown,
                hint="Give it the ending of what it is.",
            )
    for mark, encoding, name in _MARKS:
        if data.startswith(mark):
            facts.reading.append(name)
            return _utf8(data[len(mark) :], encoding, name, facts)
    unmarked = _utf16_without_mark(data[:_HEAD])
    if unmarked:
        facts.reading.append("UTF-16")
        return _utf8(data, unmarked, "UTF-16", facts)
    return _utf8(data, "utf-8", "UTF-8", facts)


def _utf16_without_mark(head: bytes) -> str | None:
    """Find UTF-16 by its zero bytes: nearly every second byte of text in Latin letters is one."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > 0.6 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * pairs and odd < 0.05 * pairs else None


def _utf8(data: bytes, encoding: str, name: str, facts: ReadFacts) -> bytes:
    """Decode, and encode as UTF-8."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or _MULTI_BYTE.search(data) or _CONTROLS.search(data[:_HEAD]):
            raise _damaged(data, name, error.start, facts) from None
        return _from_windows(data, error.start, facts)
    return data if encoding == "utf-8" else text.encode()


def _from_windows(data: bytes, start: int, facts: ReadFacts) -> bytes:
    """Decode Windows-1252."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise _damaged(data, "UTF-8", start, facts) from None
    facts.reading.append("Windows-1252")
    return text.encode()


def _damaged(data: bytes, name: str, start: int, facts: ReadFacts) -> FileError:
    """Make the error for bytes that are no text."""
    line = data.count(b"\n", 0, start) + 1
    what = f"{facts.shown} is not {name}: byte 0x{data[start]:02x} at offset {start:,}, line {line:,}"
    return FileError(what, path=facts.shown, hint="Save it as UTF-8 (in Excel: CSV UTF-8).")
