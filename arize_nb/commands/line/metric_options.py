"""Options that say something of one metric (`METRIC=VALUE`) or, without its name, of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from arize_nb.commands.line.value_types import ReadType
from arize_nb.commands.line.variables import option
from arize_nb.errors import CommandError

if TYPE_CHECKING:
    import click

DIRECTIONS = ("higher", "lower", "neutral")


class ByMetricType(ReadType):
    """`[METRIC=]VALUE`, split at the last `=`: names of metrics may hold one. A variable may be a mapping by
    metric.
    """

    name = "by metric"
    takes_objects = True

    def __init__(self, read_one: Callable[[str], Any], words: tuple[str, ...] = ()) -> None:
        self.read_one = read_one
        self.words = words

    def read(self, value: Any) -> list[tuple[str | None, Any]]:
        """Return what is said, each with the metric that it is said of; None for all of them."""
        if not isinstance(value, str):
            said = value.items() if isinstance(value, Mapping) else [(None, value)]
            return [(metric, frozenset(one) if isinstance(one, set) else one) for metric, one in said]
        metric, named, text = value.rpartition("=")
        if (named and not metric) or not text.strip():
            raise CommandError(
                f"{value!r} lacks the {'metric' if text.strip() else 'value'}", hint="Like this: METRIC=VALUE"
            )
        return [(metric if named else None, self.read_one(text.strip()))]

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the words that a value may be; the names of metrics are not known before runs are read."""
        before, named, start = incomplete.rpartition("=")
        return [CompletionItem(f"{before}{named}{word}") for word in self.words if word.startswith(start)]


def by_metric_option(flag: str, kind: ByMetricType, *, metavar: str, help: str) -> Callable[[Any], Any]:  # noqa: A002 - click's name
    """Make an option that may be repeated and arrives as one value for all metrics, or as a mapping by
    metric; None when not given.
    """
    return option(flag, multiple=True, type=kind, metavar=metavar, help=help, callback=_joined)


def _joined(ctx: click.Context, param: click.Parameter, given: Iterable[list[tuple[str | None, Any]]]) -> Any:
    """Bring what was said together: labels add up, anything else may be said once.

    Raises
    ------
    CommandError
        Two things are said of one metric, or something of all metrics and of one.
    """
    if ctx.resilient_parsing:
        return None
    found: dict[str | None, Any] = {}
    for metric, value in (one for part in given for one in part):
        before = found.setdefault(metric, value)
        if isinstance(before, frozenset) and isinstance(value, frozenset):
            found[metric] = before | value
        elif before != value:
            of = "all metrics" if metric is None else repr(metric)
            raise CommandError(
                f"{param.opts[0]} says both {_told(before)} and {_told(value)} of {of}",
                hint=f"One of them: {param.opts[0]} METRIC=VALUE",
            )
    if None in found and len(found) > 1:
        named = next(metric for metric in found if metric is not None)
        raise CommandError(
            f"{param.opts[0]} speaks of all metrics and of {named!r}",
            hint="Name the metric each time: METRIC=VALUE, once for each.",
        )
    return found.get(None, found or None)


def _told(value: object) -> str:
    return ",".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _passing(text: str) -> float | frozenset[str]:
    """Return the score from which on a run passes, or the labels that pass; a comma makes
    labels of numbers.
    """
    number = _number(text)
    return frozenset(filter(None, map(str.strip, text.split(",")))) if number is None else number


def _direction(text: str) -> str:
    if text.lower() not in DIRECTIONS:
        raise CommandError(
            f"{text!r} is no direction", hint=f"Use {', '.join(DIRECTIONS[:-1])} or {DIRECTIONS[-1]}."
        )
    return text.lower()


def _margin(text: str) -> float:
    number = _number(text)
    if number is None or number <= 0:
        raise CommandError(
            f"{text!r} is no margin",
            hint="Give the largest difference that does not matter, above 0: METRIC=0.02",
        )
    return number


def _number(text: str) -> float | None:
    """Return a text as a number; None when it is none, or is endless."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


PASSING, DIRECTION, MARGIN = (
    ByMetricType(_passing),
    ByMetricType(_direction, DIRECTIONS),
    ByMetricType(_margin),
)
