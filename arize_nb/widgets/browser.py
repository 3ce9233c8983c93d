"""Look through the runs of one experiment: filter, sort, open a run in full."""

from __future__ import annotations

import re
from typing import Any

from arize_nb.widgets import sections
from arize_nb.widgets.command_words import word
from arize_nb.widgets.display_text import text_of
from arize_nb.widgets.grid import Grid
from arize_nb.widgets.tables import table_of

_JUDGED = re.compile(r"^(eval|annotation)\.(.+)\.(label|score)$")
_SAID = re.compile(r"^(eval|annotation)\.(.+)\.(explanation|text|error)$")
_FIRST = ("example_id", "output", "error")


class RunBrowser(Grid):
    """The runs of an experiment in a table; a row opens with output, evaluations and metadata.

    Parameters
    ----------
    runs : DataFrame, pyarrow.Table, list of dict, or ExperimentResult
        Runs, as `client.experiments.runs` returns them.
    page_size : int, default 25
        Rows of a page.
    command : str, optional
        The `%ax` line that fetches the runs, for `.command`; taken from `.attrs["arize"]` when the frame carries it.

    Attributes
    ----------
    As of `Grid`.
    """

    def __init__(self, runs: Any, *, page_size: int = 25, command: str | None = None) -> None:
        rows = runs if hasattr(runs, "columns") else getattr(runs, "frame", runs)
        facts = (getattr(rows, "attrs", None) or {}).get("arize") or {}
        table = table_of(rows)
        name = facts.get("experiment_id") or facts.get("experiment")
        super().__init__(
            table,
            columns=_ordered([name for name in table.column_names if not len(table) or table[name].null_count < len(table)]),
            pinned=["id"] if "id" in table.column_names else [],
            page_size=page_size,
            caption="runs",
            detail=run_detail,
            command=command or (f"%ax experiments browse {word(name)}" if name else None),
        )


def run_detail(row: dict[str, Any]) -> tuple[str, list[sections.Section]]:
    """Return the title and sections of one run."""
    matches = (_JUDGED.match(name) or _SAID.match(name) for name in row)
    judged = list(dict.fromkeys(f"{match[1]}.{match[2]}" for match in matches if match))
    found = [sections.text("Output", row.get("output"))]
    if row.get("error") is not None:
        found.append(sections.text("Error", row["error"]))
    if judged:
        lines = [[name.removeprefix("eval."), text_of(row.get(f"{name}.label")), text_of(row.get(f"{name}.score"))] for name in judged]
        found.append(sections.table("Evaluations", ["evaluation", "label", "score"], lines, numeric=[False, False, True]))
    for name, value in row.items():
        if _SAID.match(name) and value is not None:
            found.append(sections.text(name.removeprefix("eval."), value))
    rest = {
        name: value for name, value in row.items() if name not in ("output", "error") and not _JUDGED.match(name) and not _SAID.match(name)
    }
    return f"run {row.get('id')}", [*found, *sections.record(rest, "Run")]


def _ordered(names: list[str]) -> list[str]:
    """Return columns in reading order: ids, output, verdicts, the rest, what judges said."""
    verdicts = [name for name in names if _JUDGED.match(name)]
    said = [name for name in names if _SAID.match(name)]
    first = [name for name in _FIRST if name in names]
    return [*first, *verdicts, *(name for name in names if name not in (*first, *verdicts, *said)), *said]
