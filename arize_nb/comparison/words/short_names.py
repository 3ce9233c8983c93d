"""What an example is called where people read: its own name, its place, never 36 characters for a machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from arize_nb.comparison.words.example_columns import context_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.analysis.data import Study

_HEX = re.compile(r"[0-9a-fA-F-]{16,}")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_ENCODED = re.compile(
    r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/_-]{16,}={0,2}|[A-Za-z0-9+/_-]{16,}={1,2}"
)
_NAMES = ("name", "key")
"""Columns of an example by which people know it, if they tell all examples apart."""
_LONGEST = 40
"""Characters of such a name."""
_MANY = 200_000
"""Examples up to which it is looked whether a name tells all of them apart."""
_TAIL = 8
"""Characters at the end of an id that stand for it where nothing else is known: the beginnings are alike."""


def is_machine_id(text: str) -> bool:
    """Say whether an id was made by a machine: a UUID, hexadecimal digits, a ULID, base64."""
    return any(pattern.fullmatch(text) for pattern in (_HEX, _ULID, _ENCODED))


def short_names(study: Study, ids: Sequence[object]) -> dict[object, str]:
    """Return what examples are called: by id -> name.

    An id that a person gave is the name. Of a machine's it is the example's own `name` or `key`, where it has
    one that tells all examples apart; else `#` and its place in the dataset (in the table of the baseline,
    where that is all there is), from 1; else the end of the id.

    Parameters
    ----------
    study : Study
        Where the examples come from.
    ids : sequence
        Their ids.
    """
    names = {one: str(one) for one in ids}
    machine = [one for one, text in names.items() if is_machine_id(text)]
    if not machine:
        return names
    examples = _examples_of(study, machine)
    own = _own_names(study, examples) or _places(study, examples)
    tails = _tails([names[one] for one in machine])
    return names | {one: name or tail for one, name, tail in zip(machine, own, tails, strict=True)}


def _examples_of(study: Study, ids: Sequence[object]) -> NDArray[np.int64]:
    """Return the number of the example of every id."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = study.alignment.ids(np.arange(study.alignment.examples))
    known = known.combine_chunks() if isinstance(known, pa.ChunkedArray) else known
    numbers = pc.index_in(pa.array(ids, known.type), value_set=known)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)


def _own_names(study: Study, examples: NDArray[np.int64]) -> list[str] | None:
    """Return a column of the examples that names each of them; None when there is none."""
    if "naming column" not in study.cache:
        study.cache["naming column"] = _naming_column(study)
    column = study.cache["naming column"]
    return None if column is None else [str(name) for name in study.attribute(column, examples).to_pylist()]


def _naming_column(study: Study) -> str | None:
    count = study.alignment.examples
    if count > _MANY:
        return None
    there = (*(() if study.examples is None else study.examples.columns), *context_columns(study))
    for column in (one for one in there if one.lower() in _NAMES):
        values = study.attribute(column, np.arange(count)).to_pylist()
        short = all(isinstance(value, str) and 0 < len(value) <= _LONGEST for value in values)
        if short and len(set(values)) == count:
            return str(column)
    return None


def _places(study: Study, examples: NDArray[np.int64]) -> list[str | None]:
    """Return `#` and the place of every example; None where it has none that means anything."""
    if study.examples is not None:
        rows = study.rows_in(study.examples)[examples].tolist()
    elif study.reading is not None:
        rows = study.alignment.sides[0].first_row[examples].tolist()
    else:
        return [None] * len(examples)
    return [f"#{row + 1}" if row >= 0 else None for row in rows]


def id_ends(ids: Sequence[str]) -> dict[str, str]:
    """Return what examples are called of which nothing but the id is known: by id -> the id, or its end."""
    machine = [one for one in dict.fromkeys(ids) if is_machine_id(one)]
    ends = dict(zip(machine, _tails(machine), strict=True)) if machine else {}
    return {one: ends.get(one, one) for one in ids}


def _tails(ids: Sequence[str]) -> list[str]:
    """Return the shortest ends of ids that tell them apart."""
    for length in range(_TAIL, max(map(len, ids)) + 1):
        tails = [f"…{one.rstrip('=')[-length:]}" for one in ids]
        if len(set(tails)) == len(set(ids)):
            return tails
    return list(ids)
