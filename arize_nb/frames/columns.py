"""The column table: what a run frame and an example frame are made of, and how column names are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["run", "example"]
"""What the rows are."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a frame, and where its values sit in a record of the service."""

    name: str
    """Name in the frame."""
    path: str
    """Key in a flat record of the service."""
    dtype: str
    """Arrow type of the frame's column: string, double or timestamp (milliseconds, UTC)."""
    required: bool = False
    """Whether an upload is refused without it."""
    sent: bool = True
    """Whether an upload carries it; ids of runs and times are the service's own."""


RUN_COLUMNS = (
    Column(name="id", path="id", dtype="string", sent=False),
    Column(name="example_id", path="example_id", dtype="string"),
    Column(name="output", path="output", dtype="string", required=True),
    Column(name="error", path="error", dtype="string"),
)
"""Columns that every run frame has, in this order."""

EXAMPLE_COLUMNS = (
    Column(name="id", path="id", dtype="string"),
    Column(name="created_at", path="created_at", dtype="timestamp", sent=False),
    Column(name="updated_at", path="updated_at", dtype="timestamp", sent=False),
)
"""Columns that every example frame has; `id` comes first, the times last."""

EVALUATION_MEMBERS = (
    Column(name="score", path="score", dtype="double"),
    Column(name="label", path="label", dtype="string"),
    Column(name="explanation", path="explanation", dtype="string"),
)
"""Members that every evaluator has, as `eval.<name>.<member>`."""

ANNOTATION_MEMBERS = (
    Column(name="score", path="score", dtype="double", sent=False),
    Column(name="label", path="label", dtype="string", sent=False),
    Column(name="text", path="text", dtype="string", sent=False),
)
"""Members that every annotation has, as `annotation.<name>.<member>`."""

PART_COLUMN = "dataset_part"
"""Column of runs that went over a part of their dataset on purpose: says which (`12 of 300 examples: topic =
'billing'`).
"""

ID_COLUMNS: dict[Kind, tuple[str, ...]] = {"run": ("id", "example_id"), "example": ("id",)}
"""Columns whose values must be text, since the text of a number is not known for sure (007, 1e3)."""

RENAMED = {"latency": "latency_ms"}
"""Columns of the service that frames call by another name (the runner's `latency` is in milliseconds)."""

RUNNER_COLUMN = "execution_status"
"""A column that only run harnesses write: runs that have it keep the service's names on the way back
(`latency`).
"""

_EVALUATION_EXTRAS = ("error", "trace.id", "trace.timestamp")
_ANNOTATION_EXTRAS = ("updated_at", "annotator_email", "annotator_id")


@dataclass(frozen=True, kw_only=True)
class EvalColumn:
    """A column name taken apart: `eval.<name>.<member>` or `annotation.<name>.<member>`."""

    prefix: str
    """eval or annotation."""
    name: str
    """Name of the evaluator or annotation; may hold dots and spaces."""
    member: str
    """score, label, explanation, text, error, trace.id, metadata.<key>…"""


@lru_cache(maxsize=4096)
def eval_column(column: str) -> EvalColumn | None:
    """Take a column name apart.

    Parameters
    ----------
    column : str
        Name of a column.

    Returns
    -------
    EvalColumn or None
        None for a column that belongs to no evaluator or annotation. An evaluator's name may hold dots, so
        the member is looked for from the end; only `.metadata.` is looked for from the start, since its keys
        are free.
    """
    prefix, _, rest = column.partition(".")
    if prefix == "eval":
        name, found, key = rest.partition(".metadata.")
        if name and found and key:
            return EvalColumn(prefix=prefix, name=name, member=f"metadata.{key}")
        members: tuple[str, ...] = (
            *(member.name for member in EVALUATION_MEMBERS),
            *_EVALUATION_EXTRAS,
            "metadata",
        )
    elif prefix == "annotation":
        members = (*(member.name for member in ANNOTATION_MEMBERS), *_ANNOTATION_EXTRAS)
    else:
        return None
    for member in members:
        name = rest.removesuffix(f".{member}")
        if name and name != rest:
            return EvalColumn(prefix=prefix, name=name, member=member)
    return None


def evaluator_names(columns: Iterable[str], prefix: str = "eval") -> list[str]:
    """List the evaluators (or, with prefix="annotation", the annotations) that columns belong to, by first
    appearance.
    """
    parts = (eval_column(column) for column in columns)
    return list(dict.fromkeys(part.name for part in parts if part is not None and part.prefix == prefix))


def fixed_columns(kind: Kind) -> tuple[Column, ...]:
    """Return the columns that every frame of a kind has."""
    return RUN_COLUMNS if kind == "run" else EXAMPLE_COLUMNS


@lru_cache(maxsize=4096)
def fixed_dtype(column: str, kind: Kind) -> str | None:
    """Return the Arrow type that a column always has, or None when its values decide."""
    for fixed in fixed_columns(kind):
        if fixed.name == column:
            return fixed.dtype
    part = eval_column(column)
    if part is None:
        return None
    members = EVALUATION_MEMBERS if part.prefix == "eval" else ANNOTATION_MEMBERS
    for member in members:
        if member.name == part.member:
            return member.dtype
    return "string" if part.member in ("error", "trace.id", *_ANNOTATION_EXTRAS) else None


def column_order(columns: Iterable[str], kind: Kind) -> list[str]:
    """Return the columns of a frame in the order of the contract, those that it must have included."""
    given = list(columns)
    if kind == "example":
        return [
            "id",
            *(name for name in given if name not in ("id", "created_at", "updated_at")),
            "created_at",
            "updated_at",
        ]
    parts = {column: eval_column(column) for column in given}
    ordered = dict.fromkeys(column.name for column in RUN_COLUMNS)
    for prefix, members in (("eval", EVALUATION_MEMBERS), ("annotation", ANNOTATION_MEMBERS)):
        for name in evaluator_names(given, prefix):
            ordered.update(dict.fromkeys(f"{prefix}.{name}.{member.name}" for member in members))
            ordered.update(
                dict.fromkeys(
                    c
                    for c, part in parts.items()
                    if part is not None and (part.prefix, part.name) == (prefix, name)
                )
            )
    ordered.update(dict.fromkeys(given))
    return list(ordered)
