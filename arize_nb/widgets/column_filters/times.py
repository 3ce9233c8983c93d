"""Conditions on a column of days or moments: `2026-11-20` (that day), `>2026-11-20 14:00`,
`2026-11-01..2026-11-30`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from arize_nb.errors import InputError
from arize_nb.widgets.column_filters.numbers import signed

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T"
    r" ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_HINT = "Write 2026-11-20 (that day), >2026-11-20 14:00, 2026-11-01..2026-11-30, is:missing or is:present."
_EPOCH = datetime(1970, 1, 1)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400


def time_filter(name: str, kind: object, text: str) -> tuple[str, Callable[[Any], Any]]:
    """Read a condition on times; returns how it was read, and what makes the mask.

    A time without a zone is in the zone of the column. Signs compare with the moment that is written (a day
    begins at midnight); without a sign, and in a range, a day, month or year is all of it.

    Parameters
    ----------
    name : str
        The column, for the message.
    kind : pyarrow.DataType
        Timestamp or date.
    text : str
        As typed, stripped.
    """
    import pyarrow.compute as pc

    sign, operand = signed(text)
    low, dots, high = operand.partition("..")
    if dots and sign == "=" and (low or high):
        first = _span(name, kind, low.strip())[0] if low.strip() else None
        last = _span(name, kind, high.strip())[1] if high.strip() else None
        reading = " ".join(
            ([f"from {low.strip()}"] if low.strip() else [])
            + ([f"to the end of {high.strip()}"] if high.strip() else [])
        )
        return reading, _between(first, last)
    begin, end = _span(name, kind, operand)
    if sign in ("=", "≠"):
        within = _between(begin, end)
        if sign == "=":
            return f"within {operand}" if end - begin > 1 else f"= {operand}", within
        return f"not within {operand}", lambda column: pc.invert(within(column))
    compare = {">": pc.greater, "≥": pc.greater_equal, "<": pc.less, "≤": pc.less_equal}[sign]
    return f"{sign} {operand}", lambda column: compare(_ticks(column), begin)


def _between(first: int | None, end: int | None) -> Callable[[Any], Any]:
    """Return what says which values are at or after `first` and before `end`."""
    import pyarrow.compute as pc

    def mask(column: object) -> Any:
        ticks = _ticks(column)
        lower = pc.greater_equal(ticks, first) if first is not None else None
        upper = pc.less(ticks, end) if end is not None else None
        return (
            pc.and_(lower, upper)
            if lower is not None and upper is not None
            else lower
            if lower is not None
            else upper
        )

    return mask


def _ticks(column: Any) -> Any:
    """Return the moments as whole numbers of the column's own unit (days for dates)."""
    import pyarrow as pa

    return (
        column.cast(pa.int32()).cast(pa.int64())
        if pa.types.is_date32(column.type)
        else column.cast(pa.int64())
    )


def _span(name: str, kind: Any, text: str) -> tuple[int, int]:
    """Return where a written time begins and where the next one of its fineness begins, in the
    column's unit.
    """
    import pyarrow as pa

    found = _MOMENT.fullmatch(text)
    if not found:
        raise InputError(f"{text!r} is no time, and column {name!r} holds times", hint=_HINT)
    try:
        begin, step, nanoseconds = _read(found)
        end = _next(begin, step)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no time ({error}), and column {name!r} holds times", hint=_HINT
        ) from None
    zone = _zone(name, kind, found[8])
    per_second = _PER_SECOND[kind.unit] if pa.types.is_timestamp(kind) else 1
    first, last = (_seconds(moment, zone) * 10**9 for moment in (begin, end))
    first, last = (
        (first + nanoseconds, last)
        if step != "fraction"
        else (first + nanoseconds, first + nanoseconds + 10 ** (9 - len(found[7])))
    )
    if pa.types.is_date32(kind):
        return _up(first, _DAY_S * 10**9), _up(last, _DAY_S * 10**9)
    if pa.types.is_date64(kind):
        per_second = 1000
    return _up(first, 10**9 // per_second), max(
        _up(last, 10**9 // per_second), _up(first, 10**9 // per_second) + (step == "fraction")
    )


def _up(nanoseconds: int, unit: int) -> int:
    return -(-nanoseconds // unit)


def _read(found: re.Match[str]) -> tuple[datetime, str, int]:
    """Return the moment, how fine it was written, and its nanoseconds."""
    year, month, day, hour, minute, second, fraction = found.groups()[:7]
    steps = (
        ("fraction", fraction),
        ("second", second),
        ("minute", minute),
        ("day", day),
        ("month", month),
        ("year", year),
    )
    step = next(step for step, given in steps if given is not None)
    begin = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)
    )
    return begin, step, int((fraction or "0").ljust(9, "0"))


def _next(begin: datetime, step: str) -> datetime:
    if step == "year":
        return begin.replace(year=begin.year + 1)
    if step == "month":
        return begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    lasting = {"day": timedelta(days=1), "minute": timedelta(minutes=1)}
    return begin + lasting.get(step, timedelta(seconds=1))


def _zone(name: str, kind: Any, written: str | None) -> Any:
    """Return the zone that a time is meant in."""
    import pyarrow as pa

    own = kind.tz if pa.types.is_timestamp(kind) else None
    if written is None:
        return pa.lib.string_to_tzinfo(own) if own else UTC
    if own is None:
        raise InputError(f"column {name!r} holds times without a zone", hint="Leave the zone out.")
    if written.upper() in ("Z", "UTC"):
        return UTC
    sign = -1 if written[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(written[1:3]), minutes=int(written[-2:])))


def _seconds(moment: datetime, zone: Any) -> int:
    """Return whole seconds since 1970 UTC."""
    aware = zone.localize(moment) if hasattr(zone, "localize") else moment.replace(tzinfo=zone)
    return round((aware - _EPOCH.replace(tzinfo=UTC)).total_seconds())
