"""Look through the runs of one experiment: filter, sort, open a run in full."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from arize_nb.display import sections
from arize_nb.errors import InputError
from arize_nb.text.command_words import word
from arize_nb.text.values import text_of
from arize_nb.widgets.grid.arrow_rows import table_of
from arize_nb.widgets.grid.grid import Grid

if TYPE_CHECKING:
    import pyarrow as pa

_JUDGED = re.compile(r"^(eval|annotation)\.(.+)\.(label|score)$")
_SAID = re.compile(r"^(eval|annotation)\.(.+)\.(explanation|text|error)$")
_EXAMPLE_FACTS = ("id", "example_id", "created_at", "updated_at")
_FIRST = ("example_id", "output", "error")


class RunBrowser(Grid):
    """The runs of an experiment in a table; a row opens with output, evaluations and metadata.

    Parameters
    ----------
    runs : DataFrame, pyarrow.Table, list of dict, or ExperimentResult
        Runs, as `client.experiments.runs` returns them.
    examples : DataFrame, pyarrow.Table or list of dict, optional
        Examples of the dataset that the runs are of; their columns stand beside the runs, matched by
        `example_id`, before the output. A name that the runs have too is written `example.NAME`.
    page_size : int, default 25
        Rows of a page.
    command : str, optional
        The `%ax` line that fetches the runs, for `.command`; taken from `.attrs["arize"]` when the frame
        carries it.

    Attributes
    ----------
    As of `Grid`.
    """

    def __init__(
        self, runs: Any, *, examples: Any = None, page_size: int = 25, command: str | None = None
    ) -> None:
        rows = runs if hasattr(runs, "columns") else getattr(runs, "frame", runs)
        facts = (getattr(rows, "attrs", None) or {}).get("arize") or {}
        table = table_of(rows)
        asked: list[str] = []
        if examples is not None:
            table, asked = _with_examples(table, table_of(examples))
        name = facts.get("experiment_id") or facts.get("experiment")
        super().__init__(
            table,
            columns=_ordered(
                [
                    name
                    for name in table.column_names
                    if not len(table) or table[name].null_count < len(table)
                ],
                asked,
            ),
            pinned=["id"] if "id" in table.column_names else [],
            page_size=page_size,
            caption="runs",
            detail=partial(run_detail, asked=asked),
            command=command or (f"%ax experiments browse {word(name)}" if name else None),
        )


def run_detail(row: dict[str, Any], asked: Collection[str] = ()) -> tuple[str, list[sections.Section]]:
    """Return the title and sections of one run; first what its example has, in the columns `asked`."""
    example = (
        sections.record({name.removeprefix("example."): row[name] for name in asked}, "Example")
        if asked
        else []
    )
    row = {name: value for name, value in row.items() if name not in asked}
    matches = (_JUDGED.match(name) or _SAID.match(name) for name in row)
    judged = list(dict.fromkeys(f"{match[1]}.{match[2]}" for match in matches if match))
    found = [*example, sections.text("Output", row.get("output"))]
    if row.get("error") is not None:
        found.append(sections.text("Error", row["error"]))
    if judged:
        lines = [
            [name.removeprefix("eval."), text_of(row.get(f"{name}.label")), text_of(row.get(f"{name}.score"))]
            for name in judged
        ]
        found.append(
            sections.table(
                "Evaluations", ["evaluation", "label", "score"], lines, numeric=[False, False, True]
            )
        )
    for name, value in row.items():
        if _SAID.match(name) and value is not None:
            found.append(sections.text(name.removeprefix("eval."), value))
    rest = {
        name: value
        for name, value in row.items()
        if name not in ("output", "error") and not _JUDGED.match(name) and not _SAID.match(name)
    }
    return f"run {row.get('id')}", [*found, *sections.record(rest, "Run")]


def _with_examples(runs: pa.Table, examples: pa.Table) -> tuple[pa.Table, list[str]]:
    """Put the columns of each run's example beside the run; returns the names that they have there too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "example_id" not in runs.column_names or "id" not in examples.column_names:
        raise InputError(
            "runs have an example_id and examples an id, by which they are matched; one of them is missing"
        )
    ids = examples["id"].cast(pa.large_string()).combine_chunks()
    places = pc.index_in(runs["example_id"].cast(pa.large_string()), value_set=ids).combine_chunks()
    added = []
    for name in examples.column_names:
        if name in _EXAMPLE_FACTS or name.startswith("annotation."):
            continue
        called = f"example.{name}" if name in runs.column_names else name
        runs = runs.append_column(called, examples[name].take(places))
        added.append(called)
    return runs, added


def _ordered(names: list[str], asked: Collection[str] = ()) -> list[str]:
    """Return columns in reading order: ids, what the example asks, output, verdicts, the rest, what judges
    said.
    """
    verdicts = [name for name in names if _JUDGED.match(name)]
    said = [name for name in names if _SAID.match(name)]
    example = [name for name in names if name in asked]
    first = [name for name in (_FIRST[0], *example, *_FIRST[1:]) if name in names]
    return [*first, *verdicts, *(name for name in names if name not in (*first, *verdicts, *said)), *said]
