"""Columns of the examples themselves: those of the dataset where it is known, and those that the runs of both
sides carry alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.metrics.run_columns import OWN_ID, of_a_run

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study
    from arize_nb.comparison.sources.alignment import Side
    from arize_nb.comparison.sources.column_source import Source

_LOOK_AT = 20_000
"""Examples in which a column must be the same on both sides to be one of the example; more are not read for
it.
"""
_FEWEST, _MOST = 2, 12
"""Values of a column that examples are sliced by without being asked."""


def context_columns(study: Study) -> tuple[str, ...]:
    """Return the columns of the runs that are columns of the example: both sides carry them, with the same
    value wherever both have a run.

    A column that never varies tells examples apart no better than none, and is left out. Columns that the
    examples given have come from there.
    """
    if "context" not in study.cache:
        study.cache["context"] = tuple(_found(study))
    found: tuple[str, ...] = study.cache["context"]
    return found


def _found(study: Study) -> list[str]:
    sides = study.alignment.sides
    known = set() if study.examples is None else set(study.examples.columns)
    names = [name for name in sides[0].source.columns if not of_a_run(name) and name not in known]
    names = [name for name in names if all(name in side.source for side in sides)]
    common = np.flatnonzero(np.logical_and.reduce([side.counts > 0 for side in sides]))[:_LOOK_AT]
    return [name for name in names if len(common) and _alike(study, name, common)]


def _alike(study: Study, name: str, common: NDArray[np.intp]) -> bool:
    """Say whether a column has the same values on all sides, and more than one."""
    first = [str(value) for value in _values(study, 0, name, common[:50])]
    if any(
        first != [str(value) for value in _values(study, number, name, common[:50])]
        for number in range(1, len(study.names))
    ):
        return False
    base = _encoded(_values(study, 0, name, common))
    if len(common) > 1 and len(set(base)) < 2:
        return False
    alike = all(
        base == _encoded(_values(study, number, name, common)) for number in range(1, len(study.names))
    )
    return alike and all(_once(side, name) for side in study.alignment.sides)


def _once(side: Side, name: str) -> bool:
    """Say whether a column has one value in all runs of an example: else it belongs to the run, whichever
    comes first.
    """
    if not side.repeated:
        return True
    rows = np.flatnonzero(side.codes >= 0)[:_LOOK_AT]
    firsts = side.first_row[side.codes[rows]]
    values, expected = (side.source.take(name, chosen).to_pylist() for chosen in (rows, firsts))
    return _encoded(values) == _encoded(expected)


def _encoded(values: Any) -> list[str]:
    return [str(value) for value in values]


def _values(study: Study, number: int, name: str, examples: NDArray[np.intp]) -> list[Any]:
    side = study.alignment.sides[number]
    found: list[Any] = side.source.take(name, side.first_row[examples]).to_pylist()
    return found


def own_columns(
    study: Study, examples: NDArray[np.integer[Any]], taken: Collection[str] = ()
) -> dict[str, Any]:
    """Return the columns of the examples themselves: of the dataset where it is known, then those that the
    runs carry alike.

    One that is called like something of a run (`output`), or like a column that is `taken`, goes by
    `example.<name>`.
    """
    found: dict[str, Any] = {}
    if study.examples is not None:
        rows = study.rows_in(study.examples)[examples]
        found = {
            name: study.examples.take(name, rows) for name in study.examples.columns if name not in OWN_ID
        }
    found |= {name: study.attribute(name, examples) for name in context_columns(study)}
    return {shown_as(name, taken): values for name, values in found.items()}


def shown_as(name: str, taken: Collection[str] = ()) -> str:
    """Return the name under which a column of the example stands beside those of its runs."""
    return f"example.{name}" if name in taken or of_a_run(name) else name


def telling_columns(study: Study) -> tuple[str, ...]:
    """Return the columns of the examples that have between 2 and 12 values, each of several examples: those
    worth slicing by.
    """
    names = [] if study.examples is None else [name for name in study.examples.columns if name not in OWN_ID]
    return tuple(name for name in (*names, *context_columns(study)) if _few_values(study, name))


def _few_values(study: Study, name: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    first = study.attribute(name, np.arange(min(study.alignment.examples, _LOOK_AT)))
    if pa.types.is_nested(first.type) or pa.types.is_floating(first.type):
        return False
    values = pc.count_distinct(first).as_py()
    return bool(_FEWEST <= values <= _MOST and 2 * values <= len(first))


def carries(source: Source, column: str) -> bool:
    """Say whether the runs carry a column that is not one of their own."""
    return column in source and not of_a_run(column)
