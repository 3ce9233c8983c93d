"""Keys made of inputs: the columns that carry the same values in all tables, and row order where they agree
row by row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.names import read_name
from arize_nb.comparison.inputs.column_roles.profile import NESTED, NUMBER, TEXT, TIME, ColumnProfile
from arize_nb.comparison.inputs.keys.key_search import (
    BY_INPUTS,
    BY_ORDER,
    SAME_VALUES,
    Key,
    KeySearch,
    agreed,
    input_like,
    is_varied,
    numbered_apart,
    paired_by,
)
from arize_nb.comparison.inputs.keys.pairing import Pairing, agreement, pairing, row_order

_NO_INPUTS = frozenset(
    {
        names.OUTPUT,
        names.METRIC,
        names.MEASURE,
        names.EXPLANATION,
        names.ERROR,
        names.TIME,
        names.METADATA,
        names.REPETITION,
        names.DETAIL,
    }
    | {names.RUN_ID, names.ROW_NUMBER, names.KEY}
)


def by_inputs(search: KeySearch, *, quiet: bool = False) -> Key | None:
    """Try the columns that carry the same values on both sides: one that is unique, else the fewest that are
    together.
    """
    singles = [name for name in search.shared if _may_be_input(search, name)]
    singles.sort(
        key=lambda name: {names.INPUT: 0, None: 1, names.CONTEXT: 2, names.EXPECTED: 3}.get(
            read_name(name).hint, 4
        )
    )
    # A column whose first rows repeat a value is no key by itself: it is looked at when no other is.
    telling = [
        name
        for name in singles
        if all(profile.column(name).distinct == profile.column(name).rows for profile in search.profiles)
    ]
    unique = [found for found in _carried(search, telling) if found.unique and not found.gaps]
    if unique and quiet:
        return search.key(unique[0], BY_INPUTS)
    if unique:
        return agreed(
            search,
            [found for found in unique if _is_named_input(found) == _is_named_input(unique[0])],
            BY_INPUTS,
        )
    pairings = [paired_by(search, [name]) for name in singles]
    carried = [found for found in pairings if _carries_inputs(found)]
    # An id that repeats may be one within another column: question 1 of every subject, turn 3 of every
    # conversation.
    ids = [
        found.columns[0]
        for found in search.repeated
        if len(found.columns) == 1 and found.share >= SAME_VALUES
    ]
    within = [name for name in search.shared if ids and name not in singles and _may_be_within(search, name)]
    columns = list(dict.fromkeys([*(found.columns[0] for found in carried), *ids, *within]))
    for size in range(2, min(len(columns), 4) + 1):
        for chosen in itertools.islice(itertools.combinations(columns, size), 40):
            found = pairing(search.profiles, chosen)
            if found.unique and (
                found.share >= SAME_VALUES or (found.overlap and not set(chosen) & {*ids, *within})
            ):
                return search.key(found, BY_INPUTS)
    return _repeated_inputs(search, [*carried, *(found for found in pairings if not found.overlap)], quiet)


def _carried(search: KeySearch, candidates: Sequence[str]) -> Iterator[Pairing]:
    """Yield the pairings by columns that carry the same values on both sides; unnamed ones only when no input
    goes by name.
    """
    named = False
    for name in candidates:
        if named and read_name(name).hint != names.INPUT:
            return
        found = paired_by(search, [name])
        if _carries_inputs(found):
            named = named or (_is_named_input(found) and found.unique)
            yield found


def _carries_inputs(found: Pairing) -> bool:
    return bool(found.overlap) and (_is_named_input(found) or found.share >= SAME_VALUES)


def _repeated_inputs(search: KeySearch, found: Sequence[Pairing], quiet: bool) -> Key | None:
    """Take inputs that repeat, where repetitions are numbered; else keep them for the error."""
    for one in found:
        if not quiet and one.overlap and not one.unique and numbered_apart(search, one):
            return search.key(one, BY_INPUTS)
    if not quiet:
        search.repeated += [one for one in found if one.overlap and not one.unique and _is_named_input(one)]
        search.apart += [one for one in found if not one.overlap]
    return None


def _is_named_input(found: Pairing) -> bool:
    return read_name(found.columns[0]).hint == names.INPUT


def _may_be_input(search: KeySearch, name: str) -> bool:
    """Whether a column could be (part of) the inputs: text, or whole numbers, that is nothing else by its
    name.
    """
    if name in (search.repetition, *search.told.output, *search.told.expected, *search.told.metrics) or (
        "." in name[:11] and name.startswith("eval.")
    ):
        return False
    hint = read_name(name).hint
    columns = [profile.column(name) for profile in search.profiles]
    if hint in (None, names.TIME) and all(column.kind == TIME for column in columns):
        return True  # a day or a moment that both tables have, as a series is keyed
    if hint in _NO_INPUTS:
        return False
    if all(column.kind in (TEXT, NESTED) for column in columns):
        return hint is not None or all(is_varied(profile, name) for profile in search.profiles)
    whole = all(_whole(column) for column in columns)
    return whole and (
        hint in (names.INPUT, names.CONTEXT)
        or (hint is None and all(is_varied(profile, name) for profile in search.profiles))
    )


def _whole(column: ColumnProfile) -> bool:
    return column.kind == NUMBER and all("." not in first for first in column.firsts)


def _may_be_within(search: KeySearch, name: str) -> bool:
    """Whether a column could number rows within an id: whole numbers or few words, the same in all tables."""
    if read_name(name).hint not in (None, names.CONTEXT, names.KEY, names.MEASURE):
        return False
    columns = [profile.column(name) for profile in search.profiles]
    few = all(_whole(column) or (column.kind == TEXT and column.values) for column in columns)
    return few and pairing(search.profiles, [name]).share >= SAME_VALUES


def by_row_order(search: KeySearch) -> Key | None:
    """Pair by the order of rows, only when all tables have as many and their inputs agree row by row."""
    if len({profile.rows for profile in search.profiles}) > 1 or search.refuted:
        return None
    found = row_order(search.profiles)
    measured = [agreement(found, name) for name in input_like(search, found)]
    agreeing = [one for one in measured if one.pairs and one.same == one.pairs]
    if not agreeing or len(agreeing) < len(measured):
        return None
    return search.key(found, BY_ORDER)
