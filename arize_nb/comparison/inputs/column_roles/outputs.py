"""Which column holds the outputs, among those that may; a tie is an error that names them all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.metric_columns import MetricColumns
from arize_nb.comparison.inputs.column_roles.names import folded
from arize_nb.comparison.inputs.column_roles.roles import METRIC, OUTPUT, Role
from arize_nb.errors import ComparisonError
from arize_nb.text.typed_language import option_words

if TYPE_CHECKING:
    from arize_nb.comparison.inputs.column_roles.profile import TableProfile
    from arize_nb.comparison.inputs.column_roles.told import Told


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What was decided about outputs."""

    columns: tuple[str, ...] = ()
    """Column of the outputs: one that all tables have, else one of each table in turn."""
    expected: tuple[str, ...] = ()
    """Columns named like outputs that say the same on both sides, beside one that does not:
    what was wanted.
    """
    labels: tuple[MetricColumns, ...] = ()
    """Outputs of few values, compared as labels, since nothing else is there to compare."""
    doubts: tuple[str, ...] = ()
    """What is doubtful."""


def choose_outputs(
    roles: Sequence[Role], profiles: Sequence[TableProfile], told: Told, metrics: Sequence[MetricColumns]
) -> Outputs:
    """Choose the output: the one told; the one by name; the only text that differs.

    Raises
    ------
    ComparisonError
        Several columns may be it.
    """
    candidates = [role for role in roles if role.role == OUTPUT] or [
        role
        for role in roles
        if role.role == METRIC and role.seen.said.hint == names.OUTPUT and not role.seen.same
    ]
    if told.output:
        for name in told.output:
            if not any(name in profile for profile in profiles):
                from arize_nb.comparison.inputs.keys.key_errors import unknown_column

                raise unknown_column("output", name, profiles[0])
        return Outputs(columns=told.output[:1] if len(told.output) == 1 else told.output)
    shared = [role for role in candidates if role.seen.everywhere]
    strong = [role for role in shared if role.strong]
    expected: list[Role] = []
    differing = [role for role in shared if not role.seen.same]
    if differing and any(role.seen.same for role in strong):
        # `question, answer, model_x`: the answer that both have is the one that was wanted.
        expected = [role for role in strong if role.seen.same]
        strong = [role for role in strong if not role.seen.same]
    chosen, labels = _among(strong or [role for role in shared if not role.strong])
    if chosen is None:
        return _one_each(candidates, len(profiles), expected)
    doubts = []
    if chosen.seen.same:
        doubts.append(
            f"{chosen.seen.name!r} is the same in all {chosen.seen.agreed.pairs:,} pairs: the same outputs on"
            " both sides"
        )
    elif not chosen.strong:
        doubts.append(f"{chosen.seen.name!r} is taken for the output, since it is the only text that differs")
    usable = any(metric.usable for metric in metrics)
    compared = [
        *labels,
        *([chosen] if not usable and not labels and chosen.seen.labels and not chosen.seen.same else []),
    ]
    return Outputs(
        columns=(chosen.seen.name,),
        expected=tuple(role.seen.name for role in expected),
        labels=tuple(
            MetricColumns(
                name=role.seen.said.shown, judge=f"eval.{role.seen.said.shown}", label=role.seen.name
            )
            for role in compared
        ),
        doubts=tuple(doubts),
    )


_PLAINEST = ("output", "model_output", "final_answer", "final_output")


def _among(candidates: Sequence[Role]) -> tuple[Role | None, list[Role]]:
    """Return the output among candidates, and those of few values beside it, which are labels."""
    if len(candidates) <= 1:
        return (candidates[0] if candidates else None), []
    long = [role for role in candidates if not role.seen.labels and not role.seen.numeric]
    short = [role for role in candidates if role.seen.labels or role.seen.numeric]
    if len(long) == 1:
        return long[0], [role for role in short if role.seen.labels]
    told = " or ".join(option_words("output", role.seen.name) for role in (long or short)[:4])
    listed = ", ".join(_described(role) for role in (long or short)[:4])
    raise ComparisonError(
        f"{len(long or short)} columns may be the output: {listed}", hint=f"Say which: {told}."
    )


def _described(role: Role) -> str:
    first = next((profile.firsts[0] for profile in role.seen.present if profile.firsts), "")
    return f"{role.seen.name} ({first[:30]!r}{'…' if len(first) > 30 else ''})"


def _one_each(candidates: Sequence[Role], tables: int, expected: Sequence[Role]) -> Outputs:
    """Take one column of each table (`answer_gpt`, `answer_claude`), when each has one of its own."""
    own: list[str] = []
    for number in range(tables):
        alone = [
            role
            for role in candidates
            if role.seen.profiles[number] is not None and len(role.seen.present) == 1
        ]
        named = [role for role in alone if role.seen.said.hint == names.OUTPUT] or alone
        if len(named) != 1:
            return Outputs(expected=tuple(role.seen.name for role in expected))
        own.append(named[0].seen.name)
    doubt = f"the outputs have a column of their own in each table: {', '.join(own)}"
    return Outputs(columns=tuple(own), expected=tuple(role.seen.name for role in expected), doubts=(doubt,))


def plain_output(name: str) -> bool:
    """Whether a name means the output and nothing else."""
    return folded(name) in _PLAINEST
