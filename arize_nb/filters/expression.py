"""What a filter says: an immutable tree of predicates on columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Literal

from arize_nb.errors import FilterError

Kind = Literal["text", "number", "boolean", "time", "other"]
Value = str | int | float | bool
Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Expression(ABC):
    """A filter, or a part of one; `str()` gives text that parses to the same expression."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the columns it asks for, each once, in order of appearance."""
        return tuple(dict.fromkeys(predicate.field for predicate in self.predicates()))

    @abstractmethod
    def predicates(self) -> Iterator[Predicate]:
        """Yield the predicates from left to right."""

    @abstractmethod
    def rename(self, name: Callable[[str], str]) -> Expression:
        """Return the same filter with every column renamed by `name`."""

    def resolve(self, columns: Iterable[str] | Mapping[str, Kind | None]) -> Expression:
        """Check every name, and every value where the kind of its column is known.

        Parameters
        ----------
        columns : iterable of str, or mapping of str to kind
            The columns that there are. A mapping says what each holds (see `column_kinds`); None or "other"
            is not checked.

        Returns
        -------
        Expression
            The filter, ready to be applied.

        Raises
        ------
        FilterError
            A column that no row has (`column` names it; close names are in the hint), or a value that no cell
            of its column can ever match.
        """
        kinds = columns if isinstance(columns, Mapping) else dict.fromkeys(columns)
        for predicate in self.predicates():
            if predicate.field not in kinds:
                raise _unknown(predicate.field, kinds)
            predicate.check(kinds[predicate.field])
        return self


@dataclass(frozen=True, slots=True)
class _Joined(Expression):
    """Two or more parts; flat, so that a long chain is not a deep tree."""

    parts: tuple[Expression, ...]

    def predicates(self) -> Iterator[Predicate]:
        """Yield the predicates from left to right."""
        for part in self.parts:
            yield from part.predicates()

    def rename(self, name: Callable[[str], str]) -> Expression:
        """Return the same filter with every column renamed by `name`."""
        return replace(self, parts=tuple(part.rename(name) for part in self.parts))


@dataclass(frozen=True, slots=True)
class And(_Joined):
    """All of the parts hold."""

    def __str__(self) -> str:
        return " AND ".join(f"({part})" if isinstance(part, _Joined) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or(_Joined):
    """At least one of the parts holds."""

    def __str__(self) -> str:
        return " OR ".join(f"({part})" if isinstance(part, _Joined) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """The part does not hold; true where a predicate inside met a missing cell."""

    part: Expression

    def predicates(self) -> Iterator[Predicate]:
        """Yield the predicates from left to right."""
        yield from self.part.predicates()

    def rename(self, name: Callable[[str], str]) -> Expression:
        """Return the same filter with every column renamed by `name`."""
        return replace(self, part=self.part.rename(name))

    def __str__(self) -> str:
        return f"NOT ({self.part})"


@dataclass(frozen=True, slots=True)
class Predicate(Expression):
    """A question about one column; `field` is its full name, dots and all."""

    field: str

    def predicates(self) -> Iterator[Predicate]:
        """Yield itself."""
        yield self

    def rename(self, name: Callable[[str], str]) -> Expression:
        """Return the same predicate on the column renamed by `name`."""
        return replace(self, field=name(self.field))

    def values(self) -> tuple[Value, ...]:
        """Return the values that cells are held against."""
        return ()

    def check(self, kind: Kind | None) -> None:
        """Raise FilterError when no cell of a column of this kind can ever match."""
        for value in self.values():
            problem = _mismatch(self.field, kind, value)
            if problem:
                raise FilterError(problem[0], column=self.field, text=str(self), hint=problem[1])


@dataclass(frozen=True, slots=True)
class Comparison(Predicate):
    """`field op value`."""

    op: Operator
    value: Value

    def values(self) -> tuple[Value, ...]:
        """Return the one value."""
        return (self.value,)

    def __str__(self) -> str:
        return f"{_quoted(self.field)} {self.op} {_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class InList(Predicate):
    """`field [NOT] IN (value, ...)`."""

    items: tuple[Value, ...]
    negated: bool = False

    def values(self) -> tuple[Value, ...]:
        """Return the items of the list."""
        return self.items

    def __str__(self) -> str:
        return f"{_quoted(self.field)} {'NOT ' * self.negated}IN ({', '.join(map(_literal, self.items))})"


@dataclass(frozen=True, slots=True)
class Like(Predicate):
    """`field [NOT] LIKE pattern`; `%` any text, `_` one character, a backslash before an
    ordinary character.
    """

    pattern: str
    negated: bool = False

    def values(self) -> tuple[Value, ...]:
        """Return the pattern."""
        return (self.pattern,)

    def __str__(self) -> str:
        return f"{_quoted(self.field)} {'NOT ' * self.negated}LIKE {_literal(self.pattern)}"


@dataclass(frozen=True, slots=True)
class Contains(Predicate):
    """`field CONTAINS text`."""

    text: str

    def values(self) -> tuple[Value, ...]:
        """Return the text."""
        return (self.text,)

    def __str__(self) -> str:
        return f"{_quoted(self.field)} CONTAINS {_literal(self.text)}"


@dataclass(frozen=True, slots=True)
class IsNull(Predicate):
    """`field IS [NOT] NULL`."""

    negated: bool = False

    def __str__(self) -> str:
        return f"{_quoted(self.field)} IS {'NOT ' * self.negated}NULL"


def parse_time(text: str) -> datetime | None:
    """Read an ISO 8601 date or time (UTC unless it says so); None when it is neither."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mismatch(field: str, kind: Kind | None, value: Value) -> tuple[str, str] | None:
    """Say why no cell of this kind matches `value`, and what to write instead; None when one can."""
    shown = _literal(value)
    if kind == "text" and not isinstance(value, str):
        return f"column {field!r} holds text, {shown} is {_noun(value)}", f"Write it as text: '{value}'"
    if (
        kind in ("number", "boolean")
        and _noun(value) != {"number": "a number", "boolean": "a truth value"}[kind]
    ):
        wanted = "a number without quotes" if kind == "number" else "TRUE or FALSE"
        return (
            (
                f"column {field!r} holds {'numbers' if kind == 'number' else 'truth values'}, {shown} is"
                f" {_noun(value)}"
            ),
            f"Give {wanted}.",
        )
    if kind == "time" and not (isinstance(value, str) and parse_time(value)):
        return (
            f"column {field!r} holds times, {shown} is none",
            "Write one as '2026-01-31' or '2026-01-31T12:00:00Z'.",
        )
    return None


def _noun(value: Value) -> str:
    """Name the kind of a value."""
    if isinstance(value, bool):
        return "a truth value"
    return "text" if isinstance(value, str) else "a number"


def _unknown(field: str, columns: Mapping[str, Any]) -> FilterError:
    """Name the column that is not there, and those that resemble it."""
    close = get_close_matches(field, columns, n=3, cutoff=0.5)
    if not close:
        close = [name for name in columns if field in name.split(".")][:3]
    listed = ", ".join(repr(name) for name in close or list(columns)[:8])
    hint = f"Did you mean {listed}?" if close else f"There are: {listed}{', ...' if len(columns) > 8 else ''}"
    return FilterError(
        f"no run or example has a column {field!r}", column=field, hint=hint if columns else None
    )


def _quoted(field: str) -> str:
    """Quote a column name so that any character in it is taken as it is."""
    return '"' + field.replace('"', '""') + '"'


def _literal(value: Value) -> str:
    """Write a value as the language does."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
