"""What the user said about the columns of the tables that are compared; what is told always wins over what is
guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROW_ORDER = "row-order"
"""What `key` may say instead of a column: rows are paired by their order."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Options of `compare` about columns; empty where nothing was said."""

    key: tuple[str, ...] = ()
    """Columns that pair the rows, or `row-order`."""
    output: tuple[str, ...] = ()
    """Column of the outputs."""
    expected: tuple[str, ...] = ()
    """Columns of what was wanted."""
    ignore: frozenset[str] = frozenset()
    """Columns to leave out."""
    metrics: tuple[str, ...] = ()
    """Metrics asked for."""
    context: tuple[str, ...] = ()
    """Columns to slice or to cluster by: no metrics."""
    passing: tuple[str, ...] = ()
    """Metrics of which it was said what a pass is, which way is better or how much matters."""
    repetitions: bool = False
    """Whether rows that repeat a key are repetitions."""

    @property
    def anything(self) -> bool:
        """Whether something was said about roles: a table that could be read without is then read anew."""
        return bool(self.key or self.output or self.expected or self.ignore or self.repetitions)


def names_in(said: Any) -> tuple[str, ...]:
    """Return the columns that an option names: one, several, or several with commas between them."""
    if said is None:
        return ()
    if isinstance(said, str):
        return tuple(part.strip() for part in said.split(",") if part.strip()) or (said,)
    return tuple(str(name) for name in said)


def metrics_in(*said: object) -> tuple[str, ...]:
    """Return the metrics that mappings by metric name."""
    return tuple(dict.fromkeys(str(name) for one in said if isinstance(one, Mapping) for name in one))


def told(
    *,
    key: str | Sequence[str] | None = None,
    output: str | Sequence[str] | None = None,
    expected: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    metrics: str | Sequence[str] | None = None,
    context: Sequence[str] = (),
    by_metric: Sequence[Any] = (),
    repetitions: bool = False,
) -> Told:
    """Return what was said, as one value."""
    return Told(
        key=names_in(key),
        output=names_in(output),
        expected=names_in(expected),
        ignore=frozenset(names_in(ignore)),
        metrics=(metrics,) if isinstance(metrics, str) else tuple(metrics or ()),
        context=tuple(context),
        passing=metrics_in(*by_metric),
        repetitions=repetitions,
    )
