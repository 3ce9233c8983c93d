"""Which delimiter a table of text has, found from its header and first rows; what is no such table is refused
in a word.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from arize_nb.errors import FileError
from arize_nb.files.formats import HEAD, refuse_other_kinds

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
"""Delimiters, and what they are called; in the order in which one is preferred."""

_SAMPLE = 64 << 10
_ROWS = 30
_SEP = re.compile(r"sep=([,;\t|^~:])\r?\n", re.IGNORECASE)
_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the rows of a file are written."""

    delimiter: str
    """One of `NAMES`, or what the file's `sep=` line says."""
    start: int = 0
    """Byte at which the header begins: after a `sep=` line and empty lines."""
    is_guess: bool = False
    """Whether it is not what the file's ending says."""


def dialect_of(data: bytes, form: str, shown: str) -> Dialect:
    """Find the delimiter of a text.

    Parameters
    ----------
    data : bytes
        UTF-8.
    form : "csv" or "tsv"
        What the file's ending says, for the case that the text fits several.
    shown : str
        What errors call the file.

    Returns
    -------
    Dialect
        The delimiter under which header and first rows all have as many cells; of several the one with most
        cells, then a tab, which hardly ever stands inside a cell. A choice between several is a guess, and
        said.

    Raises
    ------
    FileError
        It is HTML, a table in Markdown, or a pointer of git-lfs.
    """
    start = len(data) - len(data.lstrip(b"\r\n"))
    sample = data[start : start + _SAMPLE].decode("utf-8", "ignore")
    _refuse_other_kinds(sample, form, shown)
    said = _SEP.match(sample)
    if said:
        start += said.end()
        return Dialect(delimiter=said[1], start=start + _blank_bytes(data, start), is_guess=said[1] != ",")
    usual = "\t" if form == "tsv" else ","
    widths = {delimiter: _width(sample, delimiter, whole=len(data) <= start + _SAMPLE) for delimiter in NAMES}
    best = max(NAMES, key=lambda delimiter: (widths[delimiter], delimiter == "\t", delimiter == usual))
    if widths[best] < 2:
        best = _in_header(sample, usual)
    tied = widths[best] > 1 and sum(width == widths[best] for width in widths.values()) > 1
    return Dialect(delimiter=best, start=start, is_guess=tied or best != usual)


def _blank_bytes(data: bytes, start: int) -> int:
    """Count the line ends at a place."""
    end = start
    while data[end : end + 1] in (b"\r", b"\n"):
        end += 1
    return end - start


def _refuse_other_kinds(sample: str, form: str, shown: str) -> None:
    """Refuse text that is a document of another kind."""
    refuse_other_kinds(sample[:HEAD].encode("utf-8", "replace"), form.upper(), shown)
    lines = sample.lstrip().splitlines()[:2]
    if len(lines) < 2 or "|" not in lines[0] or not _RULE.match(lines[1]) or "-" not in lines[1]:
        return
    hint = "Write it with commas: frame.to_csv(…, index=False)"
    raise FileError(f"{shown} is a table in Markdown, no {form.upper()}", path=shown, hint=hint)


def _width(sample: str, delimiter: str, *, whole: bool) -> int:
    """Return how many cells header and first rows all have; 0 when they differ, or there is no
    row to tell.
    """
    rows = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > _ROWS:
                break
    except csv.Error:
        return 0
    if not whole and len(rows) <= _ROWS:
        rows = rows[:-1]  # the last one may be cut
    widths = {len(row) for row in rows}
    return widths.pop() if len(widths) == 1 else 0


def _in_header(sample: str, usual: str) -> str:
    """Return the delimiter of the header line alone, for rows that do not all fit: an error
    will name them.
    """
    header = sample.split("\n", 1)[0]
    if usual in header:
        return usual
    return max(NAMES, key=lambda delimiter: (header.count(delimiter), delimiter == usual))
