"""How rows of several tables pair under some columns: measured, not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.inputs.column_roles.profile import SAMPLED, TableProfile, shared_codes
from arize_nb.comparison.sources.parquet_source import numbered, out_of_memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Pairing:
    """The rows of several tables, numbered alike by the values of some columns."""

    profiles: tuple[TableProfile, ...]
    """The tables, the baseline first."""
    columns: tuple[str, ...]
    """The columns; none when rows are paired by their order."""
    codes: tuple[Codes, ...]
    """Number of every row of every table; -1 for a row without a value."""
    keys: int
    """How many numbers there are."""
    folded: bool = False
    """Whether case and blanks within the values were left aside."""

    @cached_property
    def counts(self) -> tuple[NDArray[np.int64], ...]:
        """Rows of every number, table by table."""
        return tuple(np.bincount(codes[codes >= 0], minlength=self.keys) for codes in self.codes)

    @property
    def unique(self) -> bool:
        """Whether no table has two rows of one number."""
        return all(not len(counts) or int(counts.max()) <= 1 for counts in self.counts)

    def common(self, candidate: int) -> int:
        """Return how many numbers both the baseline and a candidate have."""
        return int(((self.counts[0] > 0) & (self.counts[candidate] > 0)).sum())

    @property
    def overlap(self) -> int:
        """Fewest numbers in common with the baseline, over the candidates."""
        return min(self.common(candidate) for candidate in range(1, len(self.codes)))

    @property
    def share(self) -> float:
        """`overlap` as a share of the smallest table's numbers."""
        smallest = min(int((counts > 0).sum()) for counts in self.counts)
        return self.overlap / smallest if smallest else 0.0

    @property
    def of(self) -> int:
        """Numbers that any table has: what could have been paired."""
        present = np.zeros(self.keys, dtype=bool)
        for counts in self.counts:
            present |= counts > 0
        return int(present.sum())

    @property
    def gaps(self) -> int:
        """Rows without a number."""
        return sum(int((codes < 0).sum()) for codes in self.codes)

    def sample(self, candidate: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return rows of the baseline and of a candidate that are pairs, at most `SAMPLED`; of repeated
        numbers the first rows.
        """
        codes = self.codes[0][:SAMPLED] if len(self.codes[0]) > SAMPLED else self.codes[0]
        mine = np.full(self.keys, -1, dtype=np.int64)
        rows = np.arange(len(codes) - 1, -1, -1)
        mine[codes[::-1][codes[::-1] >= 0]] = rows[codes[::-1] >= 0]
        theirs = np.full(self.keys, -1, dtype=np.int64)
        other = self.codes[candidate][::-1]
        theirs[other[other >= 0]] = np.arange(len(other) - 1, -1, -1)[other >= 0]
        both = np.flatnonzero((mine >= 0) & (theirs >= 0))
        order = np.argsort(mine[both], kind="stable")
        return mine[both][order], theirs[both][order]

    def repeated(self, most: int = 3) -> list[str]:
        """Return the first values that a table has twice, as `'q1' (3 rows of 'a')`."""
        found: list[str] = []
        for profile, codes, counts in zip(self.profiles, self.codes, self.counts, strict=True):
            first = dict.fromkeys(
                int(code) for code in codes[(codes >= 0) & (counts[codes] > 1)][: 50 * most]
            )
            for code in list(first)[: most - len(found)]:
                row = np.flatnonzero(codes == code)[:1]
                said = " · ".join(_shown(profile.text_of(column, row)[0].as_py()) for column in self.columns)
                found.append(f"{said} ({counts[code]:,} rows of {profile.name!r})")
        return found


def _shown(value: object, longest: int = 40) -> str:
    text = "" if value is None else str(value)
    return repr(text if len(text) <= longest else f"{text[: longest - 1]}…")


def pairing(profiles: Sequence[TableProfile], columns: Sequence[str], *, fold: bool = False) -> Pairing:
    """Return the rows of tables, numbered by the values of some columns; a row that lacks all of them has no
    number.

    Parameters
    ----------
    profiles : sequence of TableProfile
        The tables, all with these columns.
    columns : sequence of str
        As the baseline calls them.
    fold : bool
        Leave case and the width of blanks aside.
    """
    sources = [profile.source for profile in profiles]
    if out_of_memory(sources):
        own_names = [[profile.own_name(name) for name in columns] for profile in profiles]
        codes, keys = numbered(sources, own_names, fold=fold)  # type: ignore[arg-type]
        return Pairing(tuple(profiles), tuple(columns), tuple(codes), keys, fold)
    numbers, many = _numbered(profiles, columns[0], fold)
    for column in columns[1:]:
        others, more = _numbered(profiles, column, fold)
        joined = [
            np.where((a < 0) & (b < 0), -1, (a + 1).astype(np.int64) * (more + 1) + b + 1)
            for a, b in zip(numbers, others, strict=True)
        ]
        flat = np.concatenate(joined)
        values, inverse = np.unique(flat, return_inverse=True)
        every = (inverse - (1 if len(values) and values[0] == -1 else 0)).astype(np.int32)
        numbers = np.split(every, np.cumsum([len(part) for part in joined])[:-1])
        many = int(every.max()) + 1 if len(every) else 0
    return Pairing(tuple(profiles), tuple(columns), tuple(numbers), many, fold)


def row_order(profiles: Sequence[TableProfile]) -> Pairing:
    """Return the rows of tables, numbered by their order."""
    return Pairing(
        tuple(profiles),
        (),
        tuple(np.arange(profile.rows, dtype=np.int32) for profile in profiles),
        max(profile.rows for profile in profiles),
    )


def _numbered(profiles: Sequence[TableProfile], column: str, fold: bool) -> tuple[list[Codes], int]:
    texts = [profile.text(column) for profile in profiles]
    return shared_codes([fold_text(text) for text in texts] if fold else texts)


def fold_text(text: object) -> Any:
    """Return Arrow text in lower case with single blanks."""
    import pyarrow.compute as pc

    return pc.utf8_lower(pc.replace_substring_regex(text, r"\s+", " "))


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far a column says the same on both sides of the pairs, over all candidates."""

    pairs: int
    """Pairs looked at in which a side at least has a value."""
    same: int
    """Pairs whose values are equal."""
    misplaced: int
    """Pairs whose values differ although the other table has the baseline's value, in another row."""
    present: int
    """Pairs whose baseline value the other table has in some row."""

    @property
    def share(self) -> float:
        """Share of pairs whose values are equal; 1 without any."""
        return self.same / self.pairs if self.pairs else 1.0

    @property
    def misplaced_share(self) -> float:
        """Share of values that the other table has, but in another row."""
        return self.misplaced / self.present if self.present else 0.0


def agreement(paired: Pairing, column: str, *, elsewhere: bool = False) -> Agreement:
    """Measure how far a column agrees over (a sample of) the pairs.

    Parameters
    ----------
    paired : Pairing
        Which rows are pairs.
    column : str
        A column that the baseline and a candidate at least have.
    elsewhere : bool
        Look also whether values that differ stand in other rows of the other table.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    pairs = same = misplaced = present = 0
    base = paired.profiles[0]
    for number, profile in enumerate(paired.profiles[1:], start=1):
        if column not in profile or column not in base:
            continue
        mine, theirs = paired.sample(number)
        before, after = base.text_of(column, mine), profile.text_of(column, theirs)
        gone_before, gone_after = pc.is_null(before), pc.is_null(after)
        some = pc.invert(pc.and_(gone_before, gone_after))
        equal = pc.and_(some, pc.fill_null(pc.equal(before, after), False))
        counted = int(pc.sum(some.cast(pa.int64())).as_py() or 0)
        alike = int(pc.sum(equal.cast(pa.int64())).as_py() or 0)
        pairs, same = pairs + counted, same + alike
        if elsewhere and alike < counted:
            known = pc.is_in(before, value_set=profile.text(column).combine_chunks(), skip_nulls=True)
            present += int(pc.sum(known.cast(pa.int64())).as_py() or 0)
            misplaced += int(pc.sum(pc.and_(known, pc.invert(equal)).cast(pa.int64())).as_py() or 0)
        else:
            present += alike
    return Agreement(pairs=pairs, same=same, misplaced=misplaced, present=present)
