"""`arize_nb.read`: the results of any tool that is known, as experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arize_nb.errors import FileError
from arize_nb.interop.results.reading import read as read_tool
from arize_nb.interop.results.tool_experiment import ToolExperiment
from arize_nb.interop.results.tool_experiments import ToolExperiments

KNOWN = (
    "Inspect, promptfoo, lm-evaluation-harness, pydantic-evals, Braintrust, DeepEval, Phoenix, LangSmith,"
    " MLflow, ragas"
)
_SHOWN = 8


def read(source: Any, *, name: str | None = None) -> ToolExperiments:
    """Read the results that another tool wrote or returned; no tool is imported.

    Parameters
    ----------
    source : path, DataFrame, list, mapping or an object of the tool
        Inspect (`.eval`, `.json`, a folder of logs, an `EvalLog`), promptfoo (`.json`, `.jsonl`, `.csv`),
        lm-evaluation-harness (`samples_*.jsonl`), pydantic-evals, Braintrust, DeepEval, Phoenix, LangSmith,
        MLflow, ragas, and run frames of this package. Whose it is shows in what it holds, not in its name.
    name : str, optional
        Name of the experiment, where there is one; else what the tool calls it, or the name of the file.

    Returns
    -------
    ToolExperiments
        A tuple of experiments with `name`, `metadata`, `frame`, `to_records()`; of a single one they can be
        asked directly. `arize_nb.compare` takes it as it stands: the first is the baseline.

    Raises
    ------
    FileError
        No tool is known to have written it; or one is, in a version that is not known, or cut off.

    Examples
    --------
    >>> report = {"name": "base", "failures": [], "cases": [{"name": "q1", "inputs": "2 + 2?", "output": "4", "expected_output": "4",
    ...     "assertions": {"right": {"value": True}}, "scores": {}, "labels": {}}]}
    >>> read(report)
    <pydantic-evals experiment 'base': 1 runs>
    """
    found = read_tool(source, name)
    if found is None:
        found = _own_runs(source, name)
    if found is None:
        raise _unknown(source)
    return ToolExperiments(found)


def _own_runs(source: object, name: str | None) -> list[ToolExperiment] | None:
    """Read runs under this package's own names; None where they have no `example_id`."""
    from arize_nb.frames import canonical, table_from_records

    told = name
    rows: Any
    if isinstance(source, (str, Path)):
        path = Path(source).expanduser()
        if not path.is_file():
            return None
        from arize_nb.files import read as read_file

        rows, told = read_file(path, "run"), name or path.stem
    else:
        rows = getattr(source, "frame", source)
        told = name or getattr(getattr(source, "experiment", None), "name", None)
    if type(rows).__module__.partition(".")[0] == "pandas":
        import pyarrow as pa

        told = told or (rows.attrs.get("arize") or {}).get("experiment")
        rows = pa.Table.from_pandas(rows, preserve_index=False)
    if isinstance(rows, list) and rows and all(isinstance(row, Mapping) for row in rows):
        rows = table_from_records(rows, "run", as_given=True) if "example_id" in rows[0] else None
    if (
        "example_id" not in getattr(rows, "column_names", ())
        or rows.column("example_id").null_count == rows.num_rows
    ):
        return None
    return [ToolExperiment(name=told or "results", tool="arize", given=canonical(rows, "run", as_given=True))]


def _unknown(source: object) -> FileError:
    """Say what was seen and which tools are known."""
    shown, path = f"a {type(source).__name__}", ""
    if isinstance(source, (str, Path)):
        where = Path(source).expanduser()
        shown = path = str(where)
        if not where.exists():
            return FileError(f"there is no file {shown}", path=path)
        if where.is_dir():
            return FileError(
                f"no file in {shown} is a tool's that is known", path=path, hint=f"Known: {KNOWN}."
            )
    return FileError(
        f"{shown} is no result of a tool that is known{_seen(source)}",
        path=path,
        hint=f"Known: {KNOWN}. Any table of questions, answers and scores can be compared: ax.compare(a, b).",
    )


def _seen(source: object) -> str:
    """Name the first members or columns of what was not recognised."""
    thing = source
    if isinstance(source, (str, Path)):
        from arize_nb.errors import AxError
        from arize_nb.files import read as read_file

        try:
            thing = read_file(Path(source).expanduser(), "record")
        except (AxError, OSError, ValueError):
            with Path(source).expanduser().open("rb") as file:
                return f"; it begins with {file.read(16)!r}"
    names: Sequence[Any] = getattr(thing, "column_names", None) or list(getattr(thing, "columns", ()))
    if isinstance(thing, list) and thing and isinstance(thing[0], Mapping):
        names = list(thing[0])
    elif isinstance(thing, Mapping):
        names = list(thing)
    return f"; it has {', '.join(map(repr, names[:_SHOWN]))}" if names else ""
