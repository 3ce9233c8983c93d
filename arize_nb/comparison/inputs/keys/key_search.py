"""What is learned while keys are tried: the tables, what speaks for a key and against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.names import MAY_BE_ANYTHING, read_name
from arize_nb.comparison.inputs.column_roles.profile import MOST_LABELS, TEXT, TableProfile
from arize_nb.comparison.inputs.keys.key_errors import tie_of_keys
from arize_nb.comparison.inputs.keys.pairing import Agreement, Pairing, pairing

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.told import Told

TOLD, EXAMPLE_ID, NAMED, BY_INPUTS, BY_ORDER = "told", "example_id", "name", "inputs", "row order"
SAME_VALUES = 0.95
"""From which overlap on an unnamed text column holds the same values on both sides, so that it may be an
input.
"""


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
class KeySearch:
    """What has been learned while keys were tried."""

    profiles: Sequence[TableProfile]
    """The tables, the baseline first."""
    told: Told
    """What the user said."""
    shared: tuple[str, ...] = ()
    """Columns that all tables have."""
    repetition: str | None = None
    """Column that numbers repetitions, if all have one."""
    repeated: list[Pairing] = field(default_factory=list)
    """Columns whose values repeat in a table."""
    apart: list[Pairing] = field(default_factory=list)
    """Columns whose values no two tables share."""
    refuted: list[tuple[Pairing, dict[str, Agreement]]] = field(default_factory=list)
    """Row numbers: ids under which the inputs stand in another order."""
    vacuous: list[Pairing] = field(default_factory=list)
    """Ids that nothing speaks for or against."""

    def key(self, paired: Pairing, rule: str) -> Key:
        """Return a pairing as the key, with what was learned on the way."""
        return Key(
            paired=paired,
            rule=rule,
            repetition=None if paired.unique else self.repetition,
            refuted=tuple(column for wrong, _ in self.refuted for column in wrong.columns),
        )


def paired_by(search: KeySearch, columns: Sequence[str]) -> Pairing:
    """Pair by columns; where letters' case and blanks alone keep rows apart, without them."""
    found = pairing(search.profiles, columns)
    smallest = min(int((counts > 0).sum()) for counts in found.counts)
    textual = any(profile.column(column).kind == TEXT for profile in search.profiles for column in columns)
    if found.overlap >= smallest or not textual:
        return found
    loose = pairing(search.profiles, columns, fold=True)
    return loose if loose.overlap > found.overlap and (loose.unique or not found.unique) else found


def numbered_apart(search: KeySearch, found: Pairing) -> bool:
    """Whether a repetition column tells the rows of one key apart."""
    if search.repetition is None or search.repetition in found.columns:
        return False
    return (
        search.told.repetitions
        or pairing(search.profiles, [*found.columns, search.repetition], fold=found.folded).unique
    )


def usable(search: KeySearch, found: Pairing) -> bool:
    """Whether a pairing could be the key; keeps what speaks against it for the error."""
    if not found.overlap:
        search.apart.append(found)
        return False
    if not found.unique and not search.told.repetitions and not numbered_apart(search, found):
        search.repeated.append(found)
        return False
    return True


def input_like(search: KeySearch, found: Pairing) -> Iterator[str]:
    """Yield the columns that should say the same on both sides of a pair: inputs by name, texts with the same
    values by what they hold.
    """
    for name in search.shared:
        if name in found.columns:
            continue
        hint = read_name(name).hint
        kinds = {profile.column(name).kind for profile in search.profiles}
        if hint == names.EXPECTED and names.folded(name) in MAY_BE_ANYTHING:
            continue
        if (
            hint in (names.INPUT, names.CONTEXT, names.EXPECTED)
            and all(profile.column(name).distinct > 1 for profile in search.profiles)
        ) or (hint is None and kinds == {TEXT} and carries_the_same(search, name)):
            yield name


def carries_the_same(search: KeySearch, name: str) -> bool:
    """Whether a column of many different texts holds the same ones in all tables."""
    return (
        all(is_varied(profile, name) for profile in search.profiles)
        and pairing(search.profiles, [name]).share >= SAME_VALUES
    )


def is_varied(profile: TableProfile, name: str) -> bool:
    """Whether a column has so many different values that equal ones are no accident."""
    column = profile.column(name)
    return column.distinct > MOST_LABELS or (column.distinct > 2 and column.distinct >= 0.8 * column.rows)


def agreed(search: KeySearch, found: Sequence[Pairing], rule: str) -> Key:
    """Return the first of several keys, which must all pair alike.

    Raises
    ------
    ComparisonError
        They pair the rows differently.
    """
    for other in found[1:]:
        if not pair_alike(found[0], other):
            raise tie_of_keys(found[0], other, {})
    return search.key(found[0], rule)


def pair_alike(one: Pairing, other: Pairing) -> bool:
    """Whether two pairings join the same rows (in a sample of them), as far as both join them."""
    for number in range(1, len(one.codes)):
        first = dict(zip(*(rows.tolist() for rows in one.sample(number)), strict=True))
        second = dict(zip(*(rows.tolist() for rows in other.sample(number)), strict=True))
        if any(second[row] != mate for row, mate in first.items() if row in second):
            return False
    return True
