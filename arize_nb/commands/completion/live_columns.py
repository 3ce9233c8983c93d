"""Columns of what a line names, for completion: of experiments (asked of the service), frames and files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.commands.line.session import Session
from arize_nb.comparison.inputs.places.named_input import unwrapped

if TYPE_CHECKING:
    import click

_SUBJECTS = ("which", "baseline", "candidates", "experiments", "subjects", "results")
"""Parameters that hold experiments, results, frames or files."""
_OF_RUNS = frozenset(
    {"id", "run_id", "example_id", "output", "error", "repetition", "trace_id", "created_at", "updated_at"}
)
_EVALUATION = re.compile(
    r"(?:eval\.(?P<evaluator>.+)|(?P<annotation>annotation\..+))\.(?:score|label|explanation|text|error)"
)
_LAST_WORD = re.compile(r"""(?:"[^"]*|[^\s()=<>!,'"]*)$""")


def columns(ctx: click.Context, *, of_examples: bool = False) -> list[str]:
    """Return the columns of everything that the line names so far, without repeats; those of the dataset's
    examples too where they are asked for, or where nothing else is named.
    """
    session = ctx.find_object(Session)
    if session is None:
        return []
    known: dict[str, None] = {}
    subjects = list(_subjects(ctx))
    for thing, kind in subjects:
        known.update(dict.fromkeys(_columns_of(thing, kind, session, ctx)))
    if (of_examples or not subjects) and ctx.params.get("dataset"):
        known.update(dict.fromkeys(session.names("example column", "", _where(ctx, session))))
    return list(known)


def _subjects(ctx: click.Context) -> Iterator[tuple[Any, str]]:
    """Yield what the line names so far, each with what it is of: a run or an example."""
    for param in ctx.command.params:
        given = ctx.params.get(str(param.name)) if param.name in _SUBJECTS else None
        if given is None:
            continue
        kind = "example" if "dataset" in getattr(param.type, "kinds", ()) else "run"
        for thing in given if isinstance(given, (tuple, list)) else [given]:
            yield thing, kind


def _where(ctx: click.Context, session: Session) -> dict[str, Any]:
    return {
        "space": ctx.params.get("space"),
        "dataset": ctx.params.get("dataset"),
        "profile": session.profile,
    }


def _columns_of(thing: object, kind: str, session: Session, ctx: click.Context) -> Sequence[str]:
    """Return the columns of one frame, table, file, result or experiment."""
    thing = unwrapped(thing)
    frame = getattr(thing, "frame", thing)
    if hasattr(frame, "columns") and not callable(frame.columns):
        return [str(name) for name in getattr(frame, "column_names", frame.columns)]
    if isinstance(thing, (str, Path)) and Path(thing).is_file():
        return _columns_of_file(Path(thing))
    asked = {"dataset": thing} if kind == "example" else {"experiment": thing}
    return session.names(f"{kind} column", "", _where(ctx, session) | asked)


def _columns_of_file(path: Path) -> Sequence[str]:
    """Return the columns of a file that says them at its beginning; none where the whole of it would have to
    be read.
    """
    if path.suffix.lower() in (".parquet", ".pq"):
        import pyarrow.parquet as pq

        return list(pq.read_schema(path).names)
    if path.suffix.lower() in (".csv", ".tsv"):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return next(
                csv.reader(
                    [lines.readline(100_000)], delimiter="\t" if path.suffix.lower() == ".tsv" else ","
                ),
                [],
            )
    return []


def metrics_of(names: Iterable[str]) -> list[str]:
    """Return the metrics among columns: evaluators and annotations by their names, then what else could be
    compared.
    """
    found: dict[str, None] = {}
    plain: dict[str, None] = {}
    for name in names:
        match = _EVALUATION.fullmatch(name)
        if match is not None:
            found[match["evaluator"] or match["annotation"]] = None
        elif name not in _OF_RUNS:
            plain[name] = None
    return [*found, *plain]


def grouping_columns(names: Iterable[str]) -> list[str]:
    """Return the columns that examples can be grouped by."""
    return [name for name in names if name not in _OF_RUNS and not _EVALUATION.fullmatch(name)]


def filter_words(text: str, names: Iterable[str]) -> list[str]:
    """Return a filter with its last word completed to the columns that fit; none inside a text in quotes.

    A column whose name is no plain word is put into double quotes, as the filter language wants.
    """
    if text.count("'") % 2:
        return []
    match = _LAST_WORD.search(text)
    start = match.start() if match else len(text)
    word = text[start:].removeprefix('"').lower()
    before = text[:start]
    fitting = [name for name in names if name.lower().startswith(word)]
    return [before + (name if re.fullmatch(r"[^\W\d][\w.]*", name) else f'"{name}"') for name in fitting]
