"""Which columns pair the rows of several tables: a pure function of their profiles; a tie is an error that
shows both readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.names import read_name
from arize_nb.comparison.inputs.column_roles.told import ROW_ORDER, Told
from arize_nb.comparison.inputs.keys.input_keys import by_inputs, by_row_order
from arize_nb.comparison.inputs.keys.key_errors import (
    different_rows,
    no_common_key,
    no_pairs,
    repeated_key,
    unknown_column,
    untrusted_id,
)
from arize_nb.comparison.inputs.keys.key_search import (
    EXAMPLE_ID,
    TOLD,
    Key,
    KeySearch,
    numbered_apart,
    paired_by,
)
from arize_nb.comparison.inputs.keys.named_keys import by_name
from arize_nb.comparison.inputs.keys.pairing import pairing, row_order

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.profile import TableProfile


def choose_key(profiles: Sequence[TableProfile], told: Told) -> Key:
    """Return what pairs the rows of the tables.

    The first that holds: what was told; `example_id`; a column of a usual name that is unique, overlaps, and
    under which the inputs agree; the inputs, when together they are unique; row order, when both have as many
    rows and their inputs agree row by row.

    Raises
    ------
    ComparisonError
        None holds, or two do that pair the rows differently; says what was seen and the option that answers
        it.
    """
    shared = tuple(
        name
        for name in profiles[0].columns
        if all(name in other for other in profiles[1:]) and name not in told.ignore
    )
    search = KeySearch(profiles, told, shared, _repetition(profiles, shared))
    if told.key:
        return _told_key(search)
    if "example_id" in shared and all(profile.column("example_id").distinct for profile in profiles):
        return _example_id(search)
    found = by_name(search) or by_inputs(search) or by_row_order(search)
    if found is None:
        raise _why_none(search)
    return found


def _repetition(profiles: Sequence[TableProfile], shared: Sequence[str]) -> str | None:
    """Return the column that numbers repetitions, if all tables have one."""
    found = [name for name in shared if read_name(name).hint == names.REPETITION]
    return next(
        (name for name in found if any(profile.column(name).distinct > 1 for profile in profiles)), None
    )


def _told_key(search: KeySearch) -> Key:
    told = search.told
    if told.key == (ROW_ORDER,) and ROW_ORDER not in search.profiles[0]:
        if len({profile.rows for profile in search.profiles}) > 1:
            raise different_rows(search.profiles)
        return search.key(row_order(search.profiles), TOLD)
    for profile in search.profiles:
        for column in told.key:
            if column not in profile:
                raise unknown_column("key", column, profile)
    found = paired_by(search, told.key)
    if not found.overlap:
        raise no_pairs(found)
    if not found.unique and not told.repetitions and not numbered_apart(search, found):
        raise repeated_key(found)
    return search.key(found, TOLD)


def _example_id(search: KeySearch) -> Key:
    """Take `example_id`, as runs of a service have it; rows that repeat one are told apart by run ids."""
    found = pairing(search.profiles, ["example_id"])
    if not found.overlap:
        raise no_pairs(found)
    told_apart = any(name in search.profiles[0] for name in ("id", "run_id", "repetition"))
    if (
        not found.unique
        and not told_apart
        and not search.told.repetitions
        and not numbered_apart(search, found)
    ):
        raise repeated_key(found)
    return search.key(found, EXAMPLE_ID)


def _why_none(search: KeySearch) -> Exception:
    """Return the error that fits what was seen."""
    if search.repeated:
        return repeated_key(search.repeated[0])
    if search.refuted:
        found, against = search.refuted[0]
        return untrusted_id(found, against)
    return no_common_key(search.profiles, search.shared, search.apart)
