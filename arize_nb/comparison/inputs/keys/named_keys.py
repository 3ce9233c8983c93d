"""Keys with a usual name of an id: unique, in all tables, and trusted only when the inputs
agree under them.
"""

from __future__ import annotations

from collections.abc import Sequence

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.names import read_name
from arize_nb.comparison.inputs.column_roles.profile import BOOLEAN, NESTED, NUMBER, TableProfile
from arize_nb.comparison.inputs.keys.input_keys import by_inputs
from arize_nb.comparison.inputs.keys.key_errors import tie_of_keys, untrusted_id
from arize_nb.comparison.inputs.keys.key_search import (
    NAMED,
    Key,
    KeySearch,
    agreed,
    input_like,
    is_varied,
    pair_alike,
    paired_by,
    usable,
)
from arize_nb.comparison.inputs.keys.pairing import Agreement, Pairing, agreement, pairing

_WRONG, _DOUBTFUL = 0.5, 0.05
"""From which share of misplaced values on an id is a row number, and up to which it is trusted."""


def by_name(search: KeySearch) -> Key | None:
    """Try the columns with names of ids, the likeliest first; those that may be row numbers wait for the
    inputs.
    """
    candidates = sorted(
        (name for name in search.shared if _id_like(search.profiles, name)),
        key=lambda name: _likeliness(name),
    )
    trusted: list[Pairing] = []
    for name in candidates:
        found = paired_by(search, [name])
        if not usable(search, found):
            continue
        against = _evidence(search, found)
        if not against and not _has_evidence(search, found):
            search.vacuous.append(found)
        elif _trusted(search, found, against):
            trusted.append(found)
    return _agreed(search, trusted) if trusted else _vacuous(search)


def _vacuous(search: KeySearch) -> Key | None:
    """Take an id that nothing speaks for or against, when the inputs give no key; a nameless row number
    never.
    """
    named = [found for found in search.vacuous if names.folded(found.columns[0]) != "unnamed_0"]
    return _agreed(search, named) if named else None


def _id_like(profiles: Sequence[TableProfile], name: str) -> bool:
    """Whether a column may be an id by its name: not a number with fractions, not a text of sentences."""
    if read_name(name).hint not in (names.KEY, names.ROW_NUMBER, names.RUN_ID):
        return False
    found = [profile.column(name) for profile in profiles]
    return all(one.distinct and one.kind not in (BOOLEAN, NESTED) for one in found)


def _likeliness(name: str) -> tuple[int, int]:
    plain = names.folded(name)
    hint = read_name(name).hint
    kind = {names.KEY: 0, names.RUN_ID: 1}.get(str(hint), 2)
    return kind, names.KEY_NAMES.index(plain) if plain in names.KEY_NAMES else len(names.KEY_NAMES)


def _has_evidence(search: KeySearch, found: Pairing) -> bool:
    return any(True for _ in input_like(search, found))


def _evidence(search: KeySearch, found: Pairing) -> dict[str, Agreement]:
    """Return the input-like columns that speak against a pairing, with how far they agree."""
    against = {}
    for name in input_like(search, found):
        varied = all(is_varied(profile, name) for profile in search.profiles)
        measured = agreement(found, name, elsewhere=varied)
        if measured.pairs and (
            measured.misplaced_share > _DOUBTFUL if varied and measured.present else measured.share < 0.9
        ):
            against[name] = measured
    return against


def _trusted(search: KeySearch, found: Pairing, against: dict[str, Agreement]) -> bool:
    """Decide on an id that some inputs speak against: right, a row number, or not to be told.

    Raises
    ------
    ComparisonError
        The inputs neither agree nor disagree clearly, or they differ in all rows and nothing else tells.
    """
    agreeing = [name for name in input_like(search, found) if name not in against]
    if not against:
        return True
    varied = {name: one for name, one in against.items() if one.present}
    if not varied:
        # The inputs' values are not to be found in the other table at all: another wording of the same rows,
        # or other rows.
        if agreeing or all(read_name(name).hint != names.INPUT for name in against):
            return bool(agreeing) or _refute_or_ask(search, found, against)
        if _is_row_number(search, found):
            raise untrusted_id(found, against)
        return True
    misplaced = max(one.misplaced_share for one in varied.values())
    if misplaced >= _WRONG:
        search.refuted.append((found, against))
        return False
    other = next((name for name in varied if pairing(search.profiles, [name]).unique), None)
    if other is not None:
        raise tie_of_keys(found, pairing(search.profiles, [other]), against)
    raise untrusted_id(found, against)


def _refute_or_ask(search: KeySearch, found: Pairing, against: dict[str, Agreement]) -> bool:
    if max(one.share for one in against.values()) < 1 - _WRONG:
        search.refuted.append((found, against))
        return False
    raise untrusted_id(found, against)


def _is_row_number(search: KeySearch, found: Pairing) -> bool:
    """Whether an id counts the rows from 0 or 1 in every table."""
    for profile in search.profiles:
        column = profile.column(found.columns[0])
        if (
            column.kind != NUMBER
            or column.distinct != column.rows
            or column.firsts[:1] not in (("0",), ("1",))
        ):
            return False
    return True


def _agreed(search: KeySearch, found: Sequence[Pairing]) -> Key:
    """Return the first of several ids, which must all pair alike; a row number gives way to inputs that pair
    as it does.
    """
    key = agreed(search, found, NAMED)
    if read_name(found[0].columns[0]).hint == names.ROW_NUMBER:
        better = by_inputs(search, quiet=True)
        if better is not None and pair_alike(found[0], better.paired):
            return better
    return key
