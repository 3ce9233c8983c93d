"""The run-filter language: text -> checked expression -> mask; the server and Flight reads share it.

::

    expression = filters.parse("eval.correctness.score < 0.5 AND topic IN ('math', 'geo')")
    runs.filter(expression.resolve(filters.column_kinds(runs.schema)).evaluate(runs))

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
    column_kinds,
)
from arize_nb.filters.grammar import parse, warm

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
    "parse",
    "warm",
]
