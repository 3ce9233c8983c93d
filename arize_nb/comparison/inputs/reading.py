"""How tables are read: what pairs their rows, and what each column is. Pure: profiles in, a `Reading` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.column_roles.metric_columns import MetricColumns, metric_columns
from arize_nb.comparison.inputs.column_roles.outputs import Outputs, choose_outputs
from arize_nb.comparison.inputs.column_roles.roles import (
    CONTEXT,
    DETAIL,
    ERROR,
    EXPECTED,
    IGNORED,
    KEY,
    METADATA,
    REPETITION,
    Role,
    roles_of,
)
from arize_nb.comparison.inputs.column_roles.told import Told
from arize_nb.comparison.inputs.keys.choose_key import choose_key
from arize_nb.comparison.inputs.keys.key_search import BY_ORDER, EXAMPLE_ID, Key
from arize_nb.text.typed_language import on_a_line

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.profile import TableProfile
    from arize_nb.comparison.inputs.keys.pairing import Pairing


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One thing that was guessed and could be wrong, or that a reader should know."""

    experiment: str
    """Experiment it is about."""
    count: int
    """Rows, columns or experiments concerned."""
    message: str
    """In words."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How tables were read."""

    names: tuple[str, ...]
    """Names of the experiments, the baseline first."""
    key: tuple[str, ...]
    """Columns that pair the rows; none for row order."""
    rule: str
    """Which rule found the key: `told`, `example_id`, `name`, `inputs`, `row order`."""
    folded: bool
    """Whether letters' case and the width of blanks were left aside in the key."""
    repetition: str | None
    """Column that numbers the repetitions of a key."""
    paired: tuple[int, ...]
    """Keys that each candidate shares with the baseline."""
    of: tuple[int, ...]
    """Keys that it or the baseline has."""
    output: tuple[str, ...]
    """Columns of the outputs: one that all have, else one of each table in turn; empty without outputs."""
    expected: tuple[str, ...]
    """Columns of what was wanted."""
    inputs: tuple[str, ...]
    """Columns of the examples: inputs and what describes them."""
    error: tuple[str, ...]
    """Columns of errors; a row with any of them errored."""
    metrics: tuple[MetricColumns, ...]
    """The metrics, each with its columns."""
    metadata: Mapping[str, tuple[str, ...]]
    """Columns that say the same in all rows of a table and something else in another, with what they say."""
    ignored: Mapping[str, str]
    """Columns that are left out -> why."""
    doubts: tuple[Doubt, ...] = ()
    """What was guessed and could be wrong."""
    notes: tuple[str, ...] = ()
    """How files were read where that is not usual: separators, encodings, numbers."""
    sampled: bool = False
    """Whether the roles are those of the first rows of long tables."""
    canonical: bool = False
    """Whether the tables are runs as a service gives them: nothing was guessed."""
    on_a_line: bool = False
    """Whether the comparison was typed as a command rather than as Python."""
    roles: tuple[Role, ...] = field(default=(), repr=False)
    """The role of every column."""
    pairing: Pairing | None = field(default=None, repr=False)
    """The rows, numbered alike."""

    @property
    def by(self) -> str:
        """What the rows are paired by, in words."""
        return ", ".join(self.key) if self.key else "row order"


def read_tables(profiles: Sequence[TableProfile], told: Told | None = None) -> Reading:
    """Read tables: find what pairs their rows and what each column is.

    Parameters
    ----------
    profiles : sequence of TableProfile
        The baseline's, then the candidates'.
    told : Told, optional
        What the user said.

    Raises
    ------
    ComparisonError
        Nothing pairs the rows, or a reading is as good as another; says both and the option that answers it.
    """
    told = told or Told()
    return read_roles(profiles, choose_key(profiles, told), told)


def read_roles(profiles: Sequence[TableProfile], key: Key, told: Told) -> Reading:
    """Read what each column of tables is, once it is known what pairs their rows."""
    roles = roles_of(profiles, key, told)
    metrics = metric_columns(roles, len(profiles))
    outputs = choose_outputs(roles, profiles, told, metrics)
    found = (*metrics, *outputs.labels)
    return Reading(
        names=tuple(profile.name for profile in profiles),
        key=key.columns,
        rule=key.rule,
        folded=key.paired.folded,
        repetition=key.repetition,
        paired=tuple(key.paired.common(number) for number in range(1, len(profiles))),
        of=tuple(_union(key.paired, number) for number in range(1, len(profiles))),
        output=outputs.columns,
        expected=(*_named(roles, EXPECTED), *outputs.expected),
        inputs=tuple(name for name in _named(roles, CONTEXT) if name not in outputs.columns),
        error=_named(roles, ERROR),
        metrics=found,
        metadata={role.seen.name: _each(role) for role in roles if role.role == METADATA},
        ignored={
            role.seen.name: role.why or "not used"
            for role in roles
            if role.role in (IGNORED, DETAIL) and role.seen.name not in outputs.columns
        },
        doubts=tuple(_doubts(profiles, key, roles, found, outputs)),
        sampled=any(profile.sampled for profile in profiles),
        on_a_line=on_a_line(),
        roles=tuple(roles),
        pairing=key.paired,
    )


def _named(roles: Sequence[Role], wanted: str) -> tuple[str, ...]:
    return tuple(role.seen.name for role in roles if role.role == wanted)


def _union(paired: Pairing, number: int) -> int:
    return int(((paired.counts[0] > 0) | (paired.counts[number] > 0)).sum())


def _each(role: Role) -> tuple[str, ...]:
    return tuple("" if profile is None else ", ".join(profile.firsts[:1]) for profile in role.seen.profiles)


def _doubts(
    profiles: Sequence[TableProfile],
    key: Key,
    roles: Sequence[Role],
    metrics: Sequence[MetricColumns],
    outputs: Outputs,
) -> list[Doubt]:
    """Return what was guessed and could be wrong."""
    last = profiles[-1].name
    return [
        *_key_doubts(profiles, key),
        *_same_doubts(profiles, roles),
        *(
            Doubt(
                experiment=last,
                count=1,
                message=f"{role.seen.name!r} is not compared: it holds {role.why}, such as {_first(role)}",
            )
            for role in roles
            if role.role == DETAIL and role.why.startswith("text")
        ),
        *(Doubt(experiment=last, count=1, message=said) for said in outputs.doubts),
        *(
            Doubt(experiment=metric.lacking or last, count=1, message=metric.doubt)
            for metric in metrics
            if metric.doubt
        ),
    ]


def _first(role: Role) -> str:
    return repr(next((profile.firsts[0] for profile in role.seen.present if profile.firsts), "")[:40])


def _same_doubts(profiles: Sequence[TableProfile], roles: Sequence[Role]) -> list[Doubt]:
    """Say it when the tables hold the same in every column: most likely one table was given twice."""
    looked_at = [role.seen for role in roles if role.role not in (KEY, REPETITION)]
    if not looked_at or not all((seen.everywhere and seen.same) or not seen.present for seen in looked_at):
        return []
    message = "every column says the same as in the baseline: is it the same table twice?"
    return [Doubt(experiment=profiles[-1].name, count=len(looked_at), message=message)]


def _key_doubts(profiles: Sequence[TableProfile], key: Key) -> list[Doubt]:
    found = []
    for column in key.refuted:
        message = (
            f"{column!r} is a row number here (the inputs stand in another order under it), so rows are"
            f" paired by {_by(key)} instead"
        )
        found.append(Doubt(experiment=profiles[-1].name, count=1, message=message))
    if key.paired.folded:
        message = f"{_by(key)} is the same only when letters' case and blanks are left aside"
        found.append(Doubt(experiment=profiles[-1].name, count=1, message=message))
    if key.rule in (EXAMPLE_ID,):
        return found
    for number, profile in enumerate(profiles[1:], start=1):
        both, either = key.paired.common(number), _union(key.paired, number)
        if 2 * both < either:
            message = f"only {both:,} of {either:,} rows by {_by(key)} are in both tables"
            found.append(Doubt(experiment=profile.name, count=either - both, message=message))
    if key.rule == BY_ORDER:
        found.append(
            Doubt(
                experiment=profiles[-1].name,
                count=profiles[0].rows,
                message="rows are paired by their order: no column tells them apart",
            )
        )
    return found


def _by(key: Key) -> str:
    return ", ".join(key.columns) or "row order"
