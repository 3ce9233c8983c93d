"""The run-filter language: text -> checked expression -> mask; the server and Flight reads share it.

::

    expression = filters.parse("eval.correctness.score < 0.5 AND topic IN ('math', 'geo')")
    runs.filter(filters.mask(expression.resolve(filters.column_kinds(runs.schema)), runs))

Meaning, the same wherever a filter is applied (an export over Flight, a search by the local workspace):

- The logic has two values. A predicate on a missing cell (null, NaN, or a column that this row lacks) is
  false, its own
  negations included: `a != 1`, `a NOT IN (1)` and `a NOT LIKE 'x'` are all false there. Only `IS NULL` is
  true. `NOT (...)` inverts what stands inside, so `NOT (a = 1)` is true there.
- Numbers compare with numbers, text with text (by code point), truth values with truth values (`=` and `!=`),
  times with text
  that holds an ISO 8601 time (UTC unless it says so). Across kinds a predicate is false; `Expression.resolve`
  refuses it, when it is told the kinds of the columns.
- A column of mixed or nested values (lists, objects) is its JSON text, as in every frame: `tags CONTAINS
  '"math"'`.
- `LIKE` takes `%` (any text, also none, line ends too) and `_` (one character); a backslash makes the next
  character an ordinary
  one. `CONTAINS` takes plain text. Both mind the case and are false on anything but text.
- `= NULL` is read as `IS NULL`, `!= NULL` as `IS NOT NULL`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arize_nb.filters.expression import (
    And,
    Comparison,
    Contains,
    Expression,
    InList,
    IsNull,
    Kind,
    Like,
    Not,
    Or,
)
from arize_nb.filters.grammar import parse, warm

if TYPE_CHECKING:
    from arize_nb.filters.masks import column_kinds, mask

__all__ = [
    "And",
    "Comparison",
    "Contains",
    "Expression",
    "InList",
    "IsNull",
    "Kind",
    "Like",
    "Not",
    "Or",
    "column_kinds",
    "mask",
    "parse",
    "warm",
]


def __getattr__(name: str) -> Any:
    """Import what needs pyarrow on first use, so that a filter is parsed without it (PEP 562)."""
    if name not in ("column_kinds", "mask"):
        raise AttributeError(f"module 'arize_nb.filters' has no attribute {name!r}")
    from arize_nb.filters import masks

    return getattr(masks, name)
