"""Which columns are the metrics of tables, and which belong together: score, label and explanation of one
judge; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arize_nb.comparison.inputs.column_roles import names
from arize_nb.comparison.inputs.column_roles.names import folded
from arize_nb.comparison.inputs.column_roles.roles import EXPLANATION, METRIC, Role
from arize_nb.comparison.metrics.metric import JUDGED

_ATTACHED = ("explanation", "error")


@dataclass(frozen=True, kw_only=True)
class MetricColumns:
    """The columns of one metric."""

    name: str
    """Name of the metric."""
    judge: str | None
    """Prefix of its columns in a table of runs (`eval.correct`); None for a measure, which keeps its own
    column.
    """
    score: str | None = None
    """Column of its numbers."""
    label: str | None = None
    """Column of its labels."""
    explanation: str | None = None
    """Column of its explanations."""
    lacking: str = ""
    """Where only some tables have it: why it cannot be compared."""
    doubt: str = ""
    """What is doubtful about it, in words."""
    usable: bool = True
    """Whether it can be compared."""

    @property
    def columns(self) -> dict[str, str]:
        """Names in a table of runs -> the columns: `{"eval.correct.label": "correct"}`; empty
        for a measure.
        """
        if self.judge is None or JUDGED.match(str(self.score or self.label)):
            return {}
        parts = {"score": self.score, "label": self.label, "explanation": self.explanation}
        return {f"{self.judge}.{part}": column for part, column in parts.items() if column is not None}


def metric_columns(roles: Sequence[Role], tables: int) -> tuple[MetricColumns, ...]:
    """Return the metrics among the columns, in the order of the columns; explanations go with the metric of
    their name.
    """
    groups: dict[str, list[Role]] = {}
    for role in roles:
        if role.role == METRIC and not JUDGED.match(role.seen.name):
            groups.setdefault(_group(role, roles), []).append(role)
    explanations = [role for role in roles if role.role == EXPLANATION]
    found = [_metric(group, tables) for group in groups.values()]
    found = _distinct(found)
    return tuple(_explained(metric, found, explanations) for metric in found)


def _group(role: Role, roles: Sequence[Role]) -> str:
    """Return what columns of one metric share: their stem, when one of them holds its numbers and another its
    labels.
    """
    stem = role.seen.said.stem
    alike = [
        other
        for other in roles
        if other.role == METRIC and other.seen.said.stem == stem and not JUDGED.match(other.seen.name)
    ]
    numbers = [other for other in alike if other.seen.numeric]
    labels = [other for other in alike if not other.seen.numeric]
    measured = any(other.seen.said.hint == names.MEASURE for other in alike)
    return (
        f"stem {stem}"
        if stem and len(numbers) == 1 and len(labels) == 1 and not measured
        else f"column {role.seen.name}"
    )


def _metric(group: Sequence[Role], tables: int) -> MetricColumns:
    """Return the metric of one or two columns."""
    numbers = next((role for role in group if role.seen.numeric), None)
    labels = next((role for role in group if not role.seen.numeric), None)
    first = numbers or group[0]
    name = first.seen.said.shown if len(group) == 1 else first.seen.said.stem
    lacking, usable = _lacking(group, tables)
    measure = first.seen.said.hint in (names.MEASURE, names.TIME) and numbers is not None
    return MetricColumns(
        name=name,
        judge=None if measure else f"eval.{name}",
        score=numbers.seen.name if numbers else None,
        label=labels.seen.name if labels else None,
        usable=usable,
        doubt=lacking or _doubt(group, name),
    )


def _lacking(group: Sequence[Role], tables: int) -> tuple[str, bool]:
    """Say why a metric cannot be compared, if so."""
    name = group[0].seen.said.shown
    mixed = next((role for role in group if role.why.startswith("numbers in one")), None)
    if mixed is not None:
        kinds = " and ".join(sorted({profile.kind for profile in mixed.seen.present}))
        return f"{name!r} is not compared: it holds {kinds}s", False
    for role in group:
        if not role.seen.numeric and not role.seen.labels and role.seen.present:
            many = max(profile.distinct for profile in role.seen.present)
            return (
                f"column {role.seen.name!r} holds text, not numbers or labels ({many:,} different values)",
                False,
            )
    having = max(sum(profile is not None for profile in role.seen.profiles) for role in group)
    filled = max(len(role.seen.present) for role in group)
    if (
        filled < 2
        or group[0].seen.profiles[0] is None
        or not any(role.seen.profiles[0] in role.seen.present for role in group)
    ):
        why = "is in one table only" if having < 2 else "is empty in one table" if filled else "is empty"
        return f"{name!r} is not compared: it {why}", False
    return (f"{name!r} is not in all {tables} tables", True) if filled < tables else ("", True)


def _doubt(group: Sequence[Role], name: str) -> str:
    """Say what is doubtful about a metric that can be compared."""
    if all(role.seen.same for role in group):
        return f"{name!r} is the same in all {group[0].seen.agreed.pairs:,} pairs"
    return ""


def _distinct(found: Sequence[MetricColumns]) -> list[MetricColumns]:
    """Give metrics whose short names clash their columns' names (`scores.x` and `metrics.x`)."""
    taken: dict[str, int] = {}
    for metric in found:
        taken[metric.name] = taken.get(metric.name, 0) + 1
    return [metric if taken[metric.name] == 1 else _in_full(metric) for metric in found]


def _in_full(metric: MetricColumns) -> MetricColumns:
    from dataclasses import replace

    column = str(metric.score or metric.label)
    return replace(metric, name=column, judge=metric.judge and f"eval.{column}")


def _explained(
    metric: MetricColumns, every: Sequence[MetricColumns], explanations: Sequence[Role]
) -> MetricColumns:
    """Give a metric the explanation of its name, or the only one there is when it is the only
    judged metric.
    """
    from dataclasses import replace

    if metric.judge is None:
        return metric
    own = {folded(metric.name), *(_stem(column) for column in (metric.score, metric.label) if column)}
    for role in explanations:
        if role.seen.said.stem in own or folded(role.seen.name) in own:
            return replace(metric, explanation=role.seen.name)
    judged = [other for other in every if other.judge is not None]
    bare = [role for role in explanations if not _belongs(role, judged)]
    return replace(metric, explanation=bare[0].seen.name) if len(judged) == 1 and len(bare) == 1 else metric


def _stem(column: str) -> str:
    from arize_nb.comparison.inputs.column_roles.names import read_name

    return read_name(column).stem


def _belongs(role: Role, judged: Sequence[MetricColumns]) -> bool:
    return any(
        role.seen.said.stem == _stem(str(column))
        for other in judged
        for column in (other.score, other.label)
        if column
    )
