"""Which columns pair the rows of several tables: a pure function of their profiles; a tie is an error that shows both readings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from arize_nb.comparison.inputs import names
from arize_nb.comparison.inputs.key_errors import (
    different_rows,
    no_common_key,
    no_pairs,
    repeated_key,
    tie_of_keys,
    unknown_column,
    untrusted_id,
)
from arize_nb.comparison.inputs.names import MAY_BE_ANYTHING, read_name
from arize_nb.comparison.inputs.pairing import Agreement, Pairing, agreement, pairing, row_order
from arize_nb.comparison.inputs.profile import BOOLEAN, MOST_LABELS, NESTED, NUMBER, TEXT, TIME, ColumnProfile, TableProfile
from arize_nb.comparison.inputs.told import ROW_ORDER, Told

TOLD, EXAMPLE_ID, NAMED, BY_INPUTS, BY_ORDER = "told", "example_id", "name", "inputs", "row order"
_WRONG, _DOUBTFUL = 0.5, 0.05
"""From which share of misplaced values on an id is a row number, and up to which it is trusted."""
_SAME_VALUES = 0.95
"""From which overlap on an unnamed text column holds the same values on both sides, so that it may be an input."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """What pairs the rows."""

    paired: Pairing
    """The rows, numbered."""
    rule: str
    """Which rule found it: `told`, `example_id`, `name`, `inputs` or `row order`."""
    repetition: str | None = None
    """Column that numbers the rows of one key, if they repeat."""
    refuted: tuple[str, ...] = ()
    """Columns named like ids under which the inputs disagree: row numbers of tables in different orders."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The key's columns; none for row order."""
        return self.paired.columns


@dataclass
class _Search:
    """What has been learned while keys were tried."""

    profiles: Sequence[TableProfile]
    told: Told
    shared: tuple[str, ...] = ()
    repetition: str | None = None
    repeated: list[Pairing] = field(default_factory=list)
    apart: list[Pairing] = field(default_factory=list)
    refuted: list[tuple[Pairing, dict[str, Agreement]]] = field(default_factory=list)
    vacuous: list[Pairing] = field(default_factory=list)

    def key(self, paired: Pairing, rule: str) -> Key:
        return Key(
            paired=paired,
            rule=rule,
            repetition=None if paired.unique else self.repetition,
            refuted=tuple(column for wrong, _ in self.refuted for column in wrong.columns),
        )


def choose_key(profiles: Sequence[TableProfile], told: Told) -> Key:
    """Return what pairs the rows of the tables.

    The first that holds: what was told; `example_id`; a column of a usual name that is unique, overlaps, and under which the inputs agree;
    the inputs, when together they are unique; row order, when both have as many rows and their inputs agree row by row.

    Raises
    ------
    ComparisonError
        None holds, or two do that pair the rows differently; says what was seen and the option that answers it.
    """
    shared = tuple(name for name in profiles[0].columns if all(name in other for other in profiles[1:]) and name not in told.ignore)
    search = _Search(profiles, told, shared, _repetition(profiles, shared))
    if told.key:
        return _told_key(search)
    if "example_id" in shared and all(profile.column("example_id").distinct for profile in profiles):
        return _example_id(search)
    found = _by_name(search) or _by_inputs(search) or _by_row_order(search)
    if found is None:
        raise _why_none(search)
    return found


def _repetition(profiles: Sequence[TableProfile], shared: Sequence[str]) -> str | None:
    """Return the column that numbers repetitions, if all tables have one."""
    found = [name for name in shared if read_name(name).hint == names.REPETITION]
    return next((name for name in found if any(profile.column(name).distinct > 1 for profile in profiles)), None)


def _told_key(search: _Search) -> Key:
    told = search.told
    if told.key == (ROW_ORDER,) and ROW_ORDER not in search.profiles[0]:
        if len({profile.rows for profile in search.profiles}) > 1:
            raise different_rows(search.profiles)
        return search.key(row_order(search.profiles), TOLD)
    for profile in search.profiles:
        for column in told.key:
            if column not in profile:
                raise unknown_column("key", column, profile)
    found = _paired(search, told.key)
    if not found.overlap:
        raise no_pairs(found)
    if not found.unique and not told.repetitions and not _numbered_apart(search, found):
        raise repeated_key(found)
    return search.key(found, TOLD)


def _example_id(search: _Search) -> Key:
    """Take `example_id`, as runs of a service have it; rows that repeat one are told apart by run ids."""
    found = pairing(search.profiles, ["example_id"])
    if not found.overlap:
        raise no_pairs(found)
    told_apart = any(name in search.profiles[0] for name in ("id", "run_id", "repetition"))
    if not found.unique and not told_apart and not search.told.repetitions and not _numbered_apart(search, found):
        raise repeated_key(found)
    return search.key(found, EXAMPLE_ID)


def _paired(search: _Search, columns: Sequence[str]) -> Pairing:
    """Pair by columns; where letters' case and blanks alone keep rows apart, without them."""
    found = pairing(search.profiles, columns)
    smallest = min(int((counts > 0).sum()) for counts in found.counts)
    textual = any(profile.column(column).kind == TEXT for profile in search.profiles for column in columns)
    if found.overlap >= smallest or not textual:
        return found
    loose = pairing(search.profiles, columns, fold=True)
    return loose if loose.overlap > found.overlap and (loose.unique or not found.unique) else found


def _numbered_apart(search: _Search, found: Pairing) -> bool:
    """Whether a repetition column tells the rows of one key apart."""
    if search.repetition is None or search.repetition in found.columns:
        return False
    return search.told.repetitions or pairing(search.profiles, [*found.columns, search.repetition], fold=found.folded).unique


def _usable(search: _Search, found: Pairing) -> bool:
    """Whether a pairing could be the key; keeps what speaks against it for the error."""
    if not found.overlap:
        search.apart.append(found)
        return False
    if not found.unique and not search.told.repetitions and not _numbered_apart(search, found):
        search.repeated.append(found)
        return False
    return True


def _by_name(search: _Search) -> Key | None:
    """Try the columns with names of ids, the likeliest first; those that may be row numbers wait for the inputs."""
    candidates = sorted((name for name in search.shared if _id_like(search.profiles, name)), key=lambda name: _likeliness(name))
    trusted: list[Pairing] = []
    for name in candidates:
        found = _paired(search, [name])
        if not _usable(search, found):
            continue
        against = _evidence(search, found)
        if not against and not _has_evidence(search, found):
            search.vacuous.append(found)
        elif _trusted(search, found, against):
            trusted.append(found)
    return _one_of(search, trusted, NAMED) if trusted else _vacuous(search)


def _vacuous(search: _Search) -> Key | None:
    """Take an id that nothing speaks for or against, when the inputs give no key; a nameless row number never."""
    named = [found for found in search.vacuous if names.folded(found.columns[0]) != "unnamed_0"]
    return _one_of(search, named, NAMED) if named else None


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


def _input_like(search: _Search, found: Pairing) -> Iterator[str]:
    """Yield the columns that should say the same on both sides of a pair: inputs by name, texts with the same values by what they hold."""
    for name in search.shared:
        if name in found.columns:
            continue
        hint = read_name(name).hint
        kinds = {profile.column(name).kind for profile in search.profiles}
        if hint == names.EXPECTED and names.folded(name) in MAY_BE_ANYTHING:
            continue
        if (
            hint in (names.INPUT, names.CONTEXT, names.EXPECTED) and all(profile.column(name).distinct > 1 for profile in search.profiles)
        ) or (hint is None and kinds == {TEXT} and _carries_the_same(search, name)):
            yield name


def _carries_the_same(search: _Search, name: str) -> bool:
    """Whether a column of many different texts holds the same ones in all tables."""
    return all(_varied(profile, name) for profile in search.profiles) and pairing(search.profiles, [name]).share >= _SAME_VALUES


def _varied(profile: TableProfile, name: str) -> bool:
    """Whether a column has so many different values that equal ones are no accident."""
    column = profile.column(name)
    return column.distinct > MOST_LABELS or (column.distinct > 2 and column.distinct >= 0.8 * column.rows)


def _has_evidence(search: _Search, found: Pairing) -> bool:
    return any(True for _ in _input_like(search, found))


def _evidence(search: _Search, found: Pairing) -> dict[str, Agreement]:
    """Return the input-like columns that speak against a pairing, with how far they agree."""
    against = {}
    for name in _input_like(search, found):
        varied = all(_varied(profile, name) for profile in search.profiles)
        measured = agreement(found, name, elsewhere=varied)
        if measured.pairs and (measured.misplaced_share > _DOUBTFUL if varied and measured.present else measured.share < 0.9):
            against[name] = measured
    return against


def _trusted(search: _Search, found: Pairing, against: dict[str, Agreement]) -> bool:
    """Decide on an id that some inputs speak against: right, a row number, or not to be told.

    Raises
    ------
    ComparisonError
        The inputs neither agree nor disagree clearly, or they differ in all rows and nothing else tells.
    """
    agreeing = [name for name in _input_like(search, found) if name not in against]
    if not against:
        return True
    varied = {name: one for name, one in against.items() if one.present}
    if not varied:
        # The inputs' values are not to be found in the other table at all: another wording of the same rows, or other rows.
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


def _refute_or_ask(search: _Search, found: Pairing, against: dict[str, Agreement]) -> bool:
    if max(one.share for one in against.values()) < 1 - _WRONG:
        search.refuted.append((found, against))
        return False
    raise untrusted_id(found, against)


def _is_row_number(search: _Search, found: Pairing) -> bool:
    """Whether an id counts the rows from 0 or 1 in every table."""
    for profile in search.profiles:
        column = profile.column(found.columns[0])
        if column.kind != NUMBER or column.distinct != column.rows or column.firsts[:1] not in (("0",), ("1",)):
            return False
    return True


def _one_of(search: _Search, found: Sequence[Pairing], rule: str) -> Key:
    """Return the first of several keys when they all pair alike; a row number gives way to any other.

    Raises
    ------
    ComparisonError
        They pair the rows differently.
    """
    first = found[0]
    numbered = read_name(first.columns[0]).hint == names.ROW_NUMBER and rule == NAMED
    for other in found[1:]:
        if not _pair_alike(first, other):
            raise tie_of_keys(first, other, {})
    if numbered:
        better = _by_inputs(search, quiet=True)
        if better is not None and _pair_alike(first, better.paired):
            return better
    return search.key(first, rule)


def _pair_alike(one: Pairing, other: Pairing) -> bool:
    """Whether two pairings join the same rows (in a sample of them), as far as both join them."""
    for number in range(1, len(one.codes)):
        first = dict(zip(*(rows.tolist() for rows in one.sample(number)), strict=True))
        second = dict(zip(*(rows.tolist() for rows in other.sample(number)), strict=True))
        if any(second[row] != mate for row, mate in first.items() if row in second):
            return False
    return True


_NO_INPUTS = frozenset(
    {names.OUTPUT, names.METRIC, names.MEASURE, names.EXPLANATION, names.ERROR, names.TIME, names.METADATA, names.REPETITION, names.DETAIL}
    | {names.RUN_ID, names.ROW_NUMBER, names.KEY}
)


def _by_inputs(search: _Search, *, quiet: bool = False) -> Key | None:
    """Try the columns that carry the same values on both sides: one that is unique, else the fewest that are together."""
    singles = [name for name in search.shared if _may_be_input(search, name)]
    singles.sort(key=lambda name: {names.INPUT: 0, None: 1, names.CONTEXT: 2, names.EXPECTED: 3}.get(read_name(name).hint, 4))
    # A column whose first rows repeat a value is no key by itself: it is looked at when no other is.
    telling = [name for name in singles if all(profile.column(name).distinct == profile.column(name).rows for profile in search.profiles)]
    unique = [found for found in _carried(search, telling) if found.unique and not found.gaps]
    if unique and quiet:
        return search.key(unique[0], BY_INPUTS)
    if unique:
        return _one_of(search, [found for found in unique if _is_named_input(found) == _is_named_input(unique[0])], BY_INPUTS)
    pairings = [_paired(search, [name]) for name in singles]
    carried = [found for found in pairings if _carries_inputs(found)]
    # An id that repeats may be one within another column: question 1 of every subject, turn 3 of every conversation.
    ids = [found.columns[0] for found in search.repeated if len(found.columns) == 1 and found.share >= _SAME_VALUES]
    within = [name for name in search.shared if ids and name not in singles and _may_be_within(search, name)]
    columns = list(dict.fromkeys([*(found.columns[0] for found in carried), *ids, *within]))
    for size in range(2, min(len(columns), 4) + 1):
        for chosen in itertools.islice(itertools.combinations(columns, size), 40):
            found = pairing(search.profiles, chosen)
            if found.unique and (found.share >= _SAME_VALUES or (found.overlap and not set(chosen) & {*ids, *within})):
                return search.key(found, BY_INPUTS)
    return _repeated_inputs(search, [*carried, *(found for found in pairings if not found.overlap)], quiet)


def _carried(search: _Search, candidates: Sequence[str]) -> Iterator[Pairing]:
    """Yield the pairings by columns that carry the same values on both sides; unnamed ones only when no input goes by name."""
    named = False
    for name in candidates:
        if named and read_name(name).hint != names.INPUT:
            return
        found = _paired(search, [name])
        if _carries_inputs(found):
            named = named or (_is_named_input(found) and found.unique)
            yield found


def _carries_inputs(found: Pairing) -> bool:
    return bool(found.overlap) and (_is_named_input(found) or found.share >= _SAME_VALUES)


def _repeated_inputs(search: _Search, found: Sequence[Pairing], quiet: bool) -> Key | None:
    """Take inputs that repeat, where repetitions are numbered; else keep them for the error."""
    for one in found:
        if not quiet and one.overlap and not one.unique and _numbered_apart(search, one):
            return search.key(one, BY_INPUTS)
    if not quiet:
        search.repeated += [one for one in found if one.overlap and not one.unique and _is_named_input(one)]
        search.apart += [one for one in found if not one.overlap]
    return None


def _is_named_input(found: Pairing) -> bool:
    return read_name(found.columns[0]).hint == names.INPUT


def _may_be_input(search: _Search, name: str) -> bool:
    """Whether a column could be (part of) the inputs: text, or whole numbers, that is nothing else by its name."""
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
        return hint is not None or all(_varied(profile, name) for profile in search.profiles)
    whole = all(_whole(column) for column in columns)
    return whole and (hint in (names.INPUT, names.CONTEXT) or (hint is None and all(_varied(profile, name) for profile in search.profiles)))


def _whole(column: ColumnProfile) -> bool:
    return column.kind == NUMBER and all("." not in first for first in column.firsts)


def _may_be_within(search: _Search, name: str) -> bool:
    """Whether a column could number rows within an id: whole numbers or few words, the same in all tables."""
    if read_name(name).hint not in (None, names.CONTEXT, names.KEY, names.MEASURE):
        return False
    columns = [profile.column(name) for profile in search.profiles]
    few = all(_whole(column) or (column.kind == TEXT and column.values) for column in columns)
    return few and pairing(search.profiles, [name]).share >= _SAME_VALUES


def _by_row_order(search: _Search) -> Key | None:
    """Pair by the order of rows, only when all tables have as many and their inputs agree row by row."""
    if len({profile.rows for profile in search.profiles}) > 1 or search.refuted:
        return None
    found = row_order(search.profiles)
    measured = [agreement(found, name) for name in _input_like(search, found)]
    agreeing = [one for one in measured if one.pairs and one.same == one.pairs]
    if not agreeing or len(agreeing) < len(measured):
        return None
    return search.key(found, BY_ORDER)


def _why_none(search: _Search) -> Exception:
    """Return the error that fits what was seen."""
    if search.repeated:
        return repeated_key(search.repeated[0])
    if search.refuted:
        found, against = search.refuted[0]
        return untrusted_id(found, against)
    return no_common_key(search.profiles, search.shared, search.apart)
