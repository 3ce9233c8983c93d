"""Which columns the explorer draws, and which are worth slicing by."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from arize_nb.comparison.words.example_columns import telling_columns
from arize_nb.widgets.explorer.outcome_table import ALL

if TYPE_CHECKING:
    import pyarrow as pa

    from arize_nb.comparison.comparison import Comparison
    from arize_nb.comparison.sources.column_source import Source

_FIRST = ("outcome", "baseline_label", "candidate_label", "baseline_score", "candidate_score", "delta")
_OUTPUTS = ("baseline_output", "candidate_output", "baseline_error", "candidate_error")
_HIDDEN = ("example_id", "metric", "candidate", "baseline_explanation", "candidate_explanation")
_NO_SLICES = ("id", "example_id", "created_at", "updated_at")
_MOST_SLICES = 30
_LOOK_AT = 5_000
_OWN_FIRST = 2
"""Columns of the example that stand before the outputs."""


def slice_columns(comparison: Comparison) -> list[str]:
    """Return columns worth slicing by: those asked for, the examples' own that repeat a few values, and those
    that both sides carry.
    """
    by = comparison.settings.by
    asked = [by] if isinstance(by, str) else list(by or ())
    examples = comparison.study.examples
    own = (
        [name for name in examples.columns if name not in _NO_SLICES and _few_values(examples, name)]
        if examples
        else []
    )
    return list(dict.fromkeys([*asked, *own, *telling_columns(comparison.study)]))


def _few_values(examples: Source, name: str) -> bool:
    """Say whether the first rows of a column repeat few values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = examples.arrow(name).slice(0, _LOOK_AT)
    if pa.types.is_nested(first.type) or pa.types.is_floating(first.type):
        return False
    return bool(1 < pc.count_distinct(first).as_py() <= min(_MOST_SLICES, max(2, len(first) // 2)))


def drawn_columns(table: pa.Table, hidden: Collection[str] = ()) -> list[str]:
    """Return the columns to draw, most telling first, without those that are hidden or hold nothing."""
    filled = [
        name for name in table.column_names if table.num_rows == 0 or table[name].null_count < table.num_rows
    ]
    full = [name for name in filled if name not in hidden]
    own = [name for name in full if name not in (*_FIRST, *_OUTPUTS, *_HIDDEN)]
    order = [*_FIRST, *own[:_OWN_FIRST], *_OUTPUTS, *_HIDDEN[3:], *own[_OWN_FIRST:]]
    return [name for name in order if name in full]


def hidden_columns(comparison: Comparison, metric: str, outcome: str) -> set[str]:
    """Return columns that would only repeat what stands beside them: one outcome, the score that a label
    stands for.
    """
    found = comparison.study.metric(metric)
    hidden = set() if outcome == ALL else {"outcome"}
    by_label = found.kind == "pass/fail" and found.by_label
    return hidden | ({"baseline_score", "candidate_score", "delta"} if by_label else set())
