"""What each column is in a comparison: input, expected, output, error, metric or none of these; pure, from
profiles and agreement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.names import ColumnName, read_name
from arize_nb.comparison.inputs.column_roles.profile import (
    BOOLEAN,
    EMPTY,
    MOST_LABELS,
    NESTED,
    NUMBER,
    TEXT,
    TIME,
    ColumnProfile,
    TableProfile,
)
from arize_nb.comparison.inputs.keys.pairing import Agreement, agreement
from arize_nb.comparison.metrics.directions import FAILS, PASSES, pair_of
from arize_nb.comparison.metrics.metric import JUDGED

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.told import Told
    from arize_nb.comparison.inputs.keys.key_search import Key

KEY, REPETITION, CONTEXT, EXPECTED = "key", "repetition", "context", "expected"
OUTPUT, ERROR, METRIC, EXPLANATION = "output", "error", "metric", "explanation"
METADATA, IGNORED, DETAIL = "metadata", "ignored", "detail"
_COUNTED_INPUTS = frozenset(
    (
        "length",
        "len",
        "words",
        "word",
        "chars",
        "characters",
        "count",
        "counts",
        "bytes",
        "input",
        "prompt",
        "question",
    )
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One column in all tables."""

    name: str
    """As the baseline calls it."""
    profiles: tuple[ColumnProfile | None, ...]
    """Its profile in every table, None where a table lacks it."""
    agreed: Agreement
    """How far it says the same over the pairs."""
    said: ColumnName
    """What its name says."""

    @property
    def present(self) -> list[ColumnProfile]:
        """The profiles of the tables that have it with a value."""
        return [profile for profile in self.profiles if profile is not None and profile.kind != EMPTY]

    @property
    def everywhere(self) -> bool:
        """Whether all tables have it with a value."""
        return len(self.present) == len(self.profiles)

    @property
    def same(self) -> bool:
        """Whether it says the same in all pairs."""
        return self.agreed.pairs > 0 and self.agreed.same == self.agreed.pairs

    @property
    def kinds(self) -> set[str]:
        """Its kinds over the tables."""
        return {profile.kind for profile in self.present}

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers, truth beside them taken as 0 and 1."""
        return NUMBER in self.kinds and self.kinds <= {NUMBER, BOOLEAN}

    @property
    def odd(self) -> int:
        """Values that are no numbers, where most are."""
        return sum(profile.odd for profile in self.present)

    @property
    def values(self) -> set[str]:
        """Its different values, where there are few; else none."""
        few = all(profile.values for profile in self.present)
        return {value for profile in self.present for value in profile.values} if few else set()

    @property
    def verdicts(self) -> bool:
        """Whether it holds words for passed and failed only."""
        plain = {value.lower() for value in self.values}
        return bool(plain) and (plain <= PASSES | FAILS or (len(plain) > 1 and pair_of(plain) is not None))

    @property
    def labels(self) -> bool:
        """Whether it holds labels: truth, verdicts, or text of few values that repeat."""
        if self.kinds <= {BOOLEAN} or self.verdicts:
            return bool(self.kinds)
        if not self.kinds <= {TEXT, BOOLEAN} or not 0 < len(self.values) <= MOST_LABELS:
            return False
        return 2 * len(self.values) <= sum(profile.present for profile in self.present)

    @property
    def constant(self) -> bool:
        """Whether it has one value in each table, not the same in all."""
        return (
            bool(self.present) and all(profile.constant for profile in self.present) and len(self.values) > 1
        )

    @property
    def machine_made(self) -> bool:
        """Whether it holds ids that a program made for each row, none of them in two tables."""
        apart = all(profile.distinct == profile.present and profile.present > 0 for profile in self.present)
        return (
            apart
            and self.agreed.same == 0
            and all(profile.machine_made for profile in self.present)
            and bool(self.present)
        )

    @property
    def length(self) -> float:
        """Mean length of its text, of the table where it is longest."""
        return max((profile.length for profile in self.present), default=0.0)


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a column is, and why where that needs saying."""

    seen: Seen
    """The column."""
    role: str
    """One of the roles above."""
    why: str = ""
    """Why it is left out, or what is doubtful about it."""
    strong: bool = True
    """Whether its name says so; else only its values do."""


def see(profiles: Sequence[TableProfile], key: Key) -> Iterator[Seen]:
    """Look at every column of the tables once."""
    every = dict.fromkeys(name for profile in profiles for name in profile.columns)
    for name in every:
        found = tuple(profile.column(name) if name in profile else None for profile in profiles)
        yield Seen(name=name, profiles=found, agreed=agreement(key.paired, name), said=read_name(name))


def roles_of(profiles: Sequence[TableProfile], key: Key, told: Told) -> list[Role]:
    """Return the role of every column; outputs and explanations among several candidates are
    decided later.
    """
    return [_role(one, key, told) for one in see(profiles, key)]


def _role(one: Seen, key: Key, told: Told) -> Role:
    for rule in (_told_role, _fixed_role, _left_out, _role_by_name):
        found = rule(one, key, told)
        if found is not None:
            return found
    return _role_by_value(one)


def _told_role(one: Seen, key: Key, told: Told) -> Role | None:
    """Return what was told of a column."""
    if one.name in told.ignore:
        return Role(seen=one, role=IGNORED, why="told")
    if one.name in key.columns:
        return Role(seen=one, role=KEY)
    if one.name in told.output:
        return Role(seen=one, role=OUTPUT)
    if one.name in told.expected:
        return Role(seen=one, role=EXPECTED)
    if {one.name, one.said.shown, one.said.stem} & {*told.metrics, *told.passing} and not JUDGED.match(
        one.name
    ):
        return Role(seen=one, role=METRIC) if one.said.part != "explanation" else None
    return Role(seen=one, role=CONTEXT) if one.name in told.context else None


def _fixed_role(one: Seen, key: Key, _told: Told) -> Role | None:
    """Return the role of columns that are what they are whatever they hold."""
    if one.name == key.repetition:
        return Role(seen=one, role=REPETITION)
    if JUDGED.match(one.name):
        return Role(seen=one, role=METRIC)
    if one.name in key.refuted:
        return Role(seen=one, role=IGNORED, why="a row number: the inputs are in another order")
    if not one.present:
        return Role(seen=one, role=ERROR if one.said.hint == names.ERROR else IGNORED, why="empty")
    return None


def _left_out(one: Seen, _key: Key, _told: Told) -> Role | None:
    """Leave out times, ids of runs, row numbers, and what describes an experiment as a whole."""
    hint = one.said.hint
    if one.same and hint in (names.KEY, names.RUN_ID, names.TIME, names.METADATA, names.ROW_NUMBER):
        return Role(
            seen=one,
            role=CONTEXT if hint != names.ROW_NUMBER else IGNORED,
            why="" if hint != names.ROW_NUMBER else "a row number",
        )
    if (
        hint == names.TIME
        and one.numeric
        and names.folded(one.name) in ("time", "elapsed_time")
        and _small(one)
    ):
        return Role(seen=one, role=METRIC)
    if hint == names.TIME and not one.verdicts and (one.kinds <= {TIME} or one.numeric):
        return Role(seen=one, role=IGNORED, why="a time")
    if one.kinds <= {TIME} and hint not in (names.METRIC, names.OUTPUT):
        return Role(seen=one, role=IGNORED, why="a time") if not one.same else Role(seen=one, role=CONTEXT)
    if hint in (names.ROW_NUMBER, names.REPETITION):
        return Role(
            seen=one, role=IGNORED, why="a row number" if hint == names.ROW_NUMBER else "it numbers rows"
        )
    if hint in (names.KEY, names.RUN_ID) or (one.machine_made and hint != names.OUTPUT):
        return Role(seen=one, role=IGNORED, why="ids of its own")
    if hint == names.METADATA and not one.verdicts:
        return Role(seen=one, role=METADATA)
    if (
        one.constant
        and one.everywhere
        and hint not in (names.METRIC, names.MEASURE, names.OUTPUT, names.INPUT, names.EXPECTED)
    ):
        return Role(seen=one, role=METADATA) if not one.verdicts else None
    return None


def _small(one: Seen) -> bool:
    """Whether numbers are too small for the seconds since 1970: they are durations."""
    return all(
        float(first.replace(",", "")) < 1e8
        for profile in one.present
        for first in profile.firsts
        if first[:1].isdigit()
    )


def _role_by_name(one: Seen, _key: Key, _told: Told) -> Role | None:
    """Return what the name says, as far as the values allow it."""
    hint = one.said.hint
    if hint == names.ERROR:
        return Role(seen=one, role=METRIC if one.numeric and BOOLEAN not in one.kinds else ERROR)
    if hint == names.EXPLANATION or (
        one.said.part == "explanation"
        and one.said.stem
        and hint not in (names.METRIC, names.INPUT, names.OUTPUT)
    ):
        return Role(seen=one, role=METRIC if one.numeric or (one.labels and not one.same) else EXPLANATION)
    if hint in (names.INPUT, names.CONTEXT):
        return _input_role(one)
    if hint == names.EXPECTED:
        return _expected_role(one)
    if hint == names.OUTPUT:
        return _output_role(one)
    if hint == names.METRIC:
        return _metric_role(one)
    if hint == names.MEASURE:
        return _measure_role(one)
    return Role(seen=one, role=CONTEXT if one.same else DETAIL) if hint == names.DETAIL else None


def _input_role(one: Seen) -> Role:
    if one.everywhere and not one.same and one.agreed.pairs:
        return Role(
            seen=one,
            role=CONTEXT,
            why=f"differs in {one.agreed.pairs - one.agreed.same:,} of {one.agreed.pairs:,} pairs",
        )
    return Role(seen=one, role=CONTEXT)


def _expected_role(one: Seen) -> Role:
    """Take `label` for what was wanted when both sides have the same, and for a verdict of each when they do
    not.
    """
    if one.same or not one.everywhere:
        return Role(seen=one, role=EXPECTED)
    plain = names.folded(one.name)
    if plain in names.MAY_BE_ANYTHING and one.agreed.share < 0.9:
        return Role(seen=one, role=METRIC) if one.labels or one.numeric else Role(seen=one, role=OUTPUT)
    return Role(
        seen=one,
        role=EXPECTED,
        why=f"differs in {one.agreed.pairs - one.agreed.same:,} of {one.agreed.pairs:,} pairs",
    )


def _output_role(one: Seen) -> Role:
    """Take a column named like an output for a metric where it holds verdicts."""
    plain = names.folded(one.name)
    if one.verdicts and not one.same and plain in ("result", "actual", "outcome", "content"):
        return Role(seen=one, role=METRIC)
    if plain == "result" and (one.numeric or one.labels) and not one.same:
        return Role(seen=one, role=METRIC)
    return Role(seen=one, role=OUTPUT)


def _metric_role(one: Seen) -> Role:
    if one.numeric or one.labels:
        return Role(seen=one, role=METRIC)
    if one.kinds & {NUMBER, BOOLEAN}:
        return Role(seen=one, role=METRIC, why="numbers in one, text in another")
    if one.same:
        return Role(seen=one, role=CONTEXT)
    return Role(seen=one, role=DETAIL, why="text, not labels or numbers")


def _measure_role(one: Seen) -> Role | None:
    """Take a count that is the same on both sides for one of the inputs."""
    if one.same and set(names.words_of(one.name)) & _COUNTED_INPUTS:
        return Role(seen=one, role=CONTEXT)
    if one.numeric or NUMBER in one.kinds:
        return Role(seen=one, role=METRIC, why="" if one.numeric else "numbers in one, text in another")
    return Role(seen=one, role=CONTEXT if one.same else DETAIL, why="text, not numbers")


def _role_by_value(one: Seen) -> Role:
    """Return what the values of a column say whose name says nothing."""
    if one.same:
        return Role(seen=one, role=CONTEXT, strong=False)
    if not one.everywhere and (not one.numeric or one.odd):
        return Role(seen=one, role=DETAIL, why="in one only", strong=False)
    if (one.numeric and not one.odd) or one.labels:
        return Role(seen=one, role=METRIC, strong=False)
    if NUMBER in one.kinds and not one.odd:
        return Role(seen=one, role=METRIC, why="numbers in one, text in another", strong=False)
    if one.kinds <= {NESTED, BOOLEAN} or (one.odd and not one.kinds & {TEXT}):
        return Role(seen=one, role=DETAIL, strong=False)
    return Role(seen=one, role=OUTPUT, strong=False)
