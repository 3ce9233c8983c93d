"""What is said when no column pairs the rows, or more than one does: what was seen, and the option that
answers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from arize_nb.errors import ColumnError, ComparisonError
from arize_nb.text.typed_language import option_words

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.profile import TableProfile
    from arize_nb.comparison.inputs.keys.pairing import Agreement, Pairing

_COLUMNS = 12


def columns_of(profiles: Sequence[TableProfile]) -> str:
    """Return the columns of every table: `'a' has id, question; 'b' has qid`."""
    return "; ".join(f"{profile.name!r} has {listed(profile.source.columns)}" for profile in profiles)


def listed(names: Sequence[str], most: int = _COLUMNS) -> str:
    """Return names with commas between them, the last ones counted."""
    if not names:
        return "no columns"
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def unknown_column(option: str, column: str, profile: TableProfile) -> ColumnError:
    """Return the error about a column that a table lacks."""
    import difflib

    close = difflib.get_close_matches(column, profile.columns, n=1, cutoff=0.5)
    meant = f"Did you mean {option_words(option, close[0])}? " if close else ""
    return ColumnError(
        f"{option_words(option, column)}: {profile.name!r} has no column {column!r}",
        column=column,
        hint=f"{meant}It has {listed(profile.columns)}.",
    )


def first_values(paired: Pairing) -> str:
    """Return the first values of a key in every table."""
    return "; ".join(
        f"{profile.name!r} begins"
        f" {', '.join(map(_shown, profile.column(paired.columns[0]).firsts)) or 'empty'}"
        for profile in paired.profiles
    )


def _shown(value: str, longest: int = 40) -> str:
    return repr(value if len(value) <= longest else f"{value[: longest - 1]}…")


def by(paired: Pairing) -> str:
    """Return what rows are paired by, in words."""
    return ", ".join(paired.columns) or "row order"


def no_pairs(paired: Pairing) -> ComparisonError:
    """Return the error about a key that no two rows share."""
    return ComparisonError(
        f"no row of one table has the {by(paired)} of a row of the other: {first_values(paired)}",
        hint=f"Pair by another column: {option_words('key', 'COLUMN')}.",
    )


def repeated_key(paired: Pairing) -> ComparisonError:
    """Return the error about rows that repeat a key."""
    key = option_words("key", *paired.columns, "COLUMN")
    return ComparisonError(
        f"rows repeat {by(paired)}, so they cannot be paired by it: {', '.join(paired.repeated())}",
        hint=f"Name what tells them apart ({key}), or call them repetitions: {_flag('repetitions')}.",
    )


def _flag(option: str) -> str:
    said = option_words(option)
    return f"{said}True" if said.endswith("=") else said


def different_rows(profiles: Sequence[TableProfile]) -> ComparisonError:
    """Return the error about row order in tables of different lengths."""
    counts = "; ".join(f"{profile.name!r} has {profile.rows:,} rows" for profile in profiles)
    return ComparisonError(
        f"row order pairs nothing when tables differ in length: {counts}",
        hint=f"Name a column: {option_words('key', 'COLUMN')}.",
    )


def tie_of_keys(one: Pairing, other: Pairing, against: Mapping[str, Agreement]) -> ComparisonError:
    """Return the error about two keys that pair the rows differently."""
    differs = "".join(
        f", under which {name} agrees in {measured.same:,} of {measured.pairs:,}"
        for name, measured in list(against.items())[:1]
    )
    readings = f"by {by(one)} ({one.overlap:,} pairs{differs}) or by {by(other)} ({other.overlap:,} pairs)"
    return ComparisonError(
        f"the rows can be paired {readings}, and these are different pairs",
        hint=f"Say which: {option_words('key', *one.columns)} or {option_words('key', *other.columns)}.",
    )


def untrusted_id(paired: Pairing, against: Mapping[str, Agreement]) -> ComparisonError:
    """Return the error about an id under which inputs differ."""
    name, measured = next(iter(against.items()))
    same, other = option_words("key", *paired.columns), option_words("key", "COLUMN")
    return ComparisonError(
        f"{by(paired)} pairs {paired.overlap:,} rows, but {name} agrees in {measured.same:,} of"
        f" {measured.pairs:,} of them",
        hint=f"If these are the same examples: {same}; else name what pairs them: {other}.",
    )


def no_common_key(
    profiles: Sequence[TableProfile], shared: Sequence[str], apart: Sequence[Pairing]
) -> ComparisonError:
    """Return the error about tables that nothing pairs."""
    seen = (
        f". {by(apart[0])}: {first_values(apart[0])}" if apart else "" if shared else ". They share no column"
    )
    order = (
        f", or {option_words('key', 'row-order')}" if len({profile.rows for profile in profiles}) == 1 else ""
    )
    return ComparisonError(
        f"nothing pairs the rows: {columns_of(profiles)}{seen}",
        hint=f"Name the column that does: {option_words('key', 'COLUMN')}{order}.",
    )
