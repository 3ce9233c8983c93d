"""Whose results something is, by its content, and the experiments in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.errors import FileError

if TYPE_CHECKING:
    from arize_nb.interop.results.tool_experiment import ToolExperiment

TOOLS = ("inspect", "promptfoo", "lm_eval", "pydantic_evals", "braintrust", "deepeval", "phoenix", "langsmith", "mlflow", "ragas")
"""Readers, each a module beside this one; the first that recognises a content reads it."""
_HINTS = re.compile(
    rb'"(?:eval|evalId|promptIdx|testCases|cases|failures|summary|scores|task_runs|evaluation_runs|reference_output|doc_id|feedback\.[^"]*'
    rb'|execution_time|assessments|user_input)"'
)
"""Members that a JSON document of one of the tools has near its beginning."""
_BEGINNING = 65_536
"""Bytes of a file that are looked at before it is read whole."""
_TABLES = (".csv", ".tsv", ".parquet", ".jsonl", ".json")


def read(source: Any, name: str | None = None) -> list[ToolExperiment] | None:
    """Read the results of another tool.

    Parameters
    ----------
    source : path, mapping, list, DataFrame or an object of the tool
        What the tool wrote or returned. A folder stands for every log in it.
    name : str, optional
        Name of the experiment where the content has none; the file's stem without.

    Returns
    -------
    list of ToolExperiment or None
        None where it is no tool's that is known here.

    Raises
    ------
    FileError
        It is a known tool's, and cannot be read: an unknown version, half a file.
    """
    if isinstance(source, (str, Path)):
        path = Path(source).expanduser()
        return _folder(path) if path.is_dir() else _file(path, name)
    content = _content_of(source)
    reader = _reader(content)
    return None if reader is None else reader.read(content, name or "results")


def _reader(content: Any) -> Any:
    """Return the module that reads a content; None for none."""
    modules = (import_module(f"arize_nb.interop.results.{tool}") for tool in TOOLS)
    return next((module for module in modules if module.recognises(content)), None)


def _folder(path: Path) -> list[ToolExperiment] | None:
    """Read every log of a folder, oldest first: names of logs begin with their time."""
    found = [one for part in sorted(path.iterdir()) if part.suffix in (".eval", *_TABLES) for one in _file(part, None) or ()]
    return found or None


def _file(path: Path, name: str | None) -> list[ToolExperiment] | None:
    """Read a file of any of the tools; None where it is none of theirs."""
    if not path.is_file():
        return None
    if path.suffix == ".eval":
        reader = _reader(path)
        content: Any = path
    else:
        content = _loaded(path)
        reader = None if content is None else _reader(content)
    if reader is None:
        return None
    try:
        experiments: list[ToolExperiment] = reader.read(content, name or str(path))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        tool = reader.__name__.rsplit(".", 1)[1]
        what = f"looks like {tool}'s, and a part of it cannot be read: {type(error).__name__} {error}"
        raise FileError(what, path=str(path), hint="Was it cut off, or written by another version?") from None
    return [_named(one, path, name) for one in experiments]


def _named(experiment: ToolExperiment, path: Path, name: str | None) -> ToolExperiment:
    """Give an experiment that has no name of its own the name of its file."""
    from dataclasses import replace

    return replace(experiment, name=name or path.stem) if experiment.name == str(path) else experiment


def _loaded(path: Path) -> Any:
    """Return the content of a file that could be a tool's; None for one that surely is not."""
    ending = path.suffix.lower()
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if ending in (".json", ".jsonl"):
        return _json(path) if _HINTS.search(beginning) else None
    if ending in (".csv", ".tsv") and _tool_header(beginning):
        return _records(path)
    return None


def _json(path: Path) -> Any:
    """Parse JSON, or JSON lines; what is neither is no tool's (the readers of files say what is wrong with it)."""
    import orjson

    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".jsonl":
            return [orjson.loads(line) for line in data.splitlines() if line.strip()]
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


_HEADERS = (
    {"example_id", "execution_time"},
    {"trace_id", "state", "request", "response"},
    {"user_input", "response"},
    {"example_id", "repetition_number", "reference_output"},
)


def _tool_header(beginning: bytes) -> bool:
    """Say whether the header of a CSV has the columns of one of the tools."""
    header = beginning.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    names = {name.strip().strip('"') for name in header.split(",")}
    return any(wanted <= names for wanted in _HEADERS)


def _records(path: Path) -> list[dict[str, Any]]:
    """Read a table with its types as every file is read here."""
    from arize_nb.files import read as read_file

    rows = read_file(path, "record")
    records: list[dict[str, Any]] = rows if isinstance(rows, list) else rows.to_pylist()
    return records


def _content_of(source: Any) -> Any:
    """Return an object of a tool as plain mappings and lists."""
    for member in ("result_df", "to_pandas"):  # MLflow; LangSmith, ragas
        found = getattr(source, member, None)
        if found is not None:
            source = found() if callable(found) else found
            break
    if type(source).__module__.partition(".")[0] == "pandas":
        return [_present(row) for row in source.to_dict("records")]
    if not isinstance(source, (Mapping, Sequence)) and hasattr(source, "model_dump"):  # Inspect's EvalLog
        return source.model_dump(mode="json")
    if hasattr(source, "summary") and hasattr(source, "results"):  # Braintrust's EvalResultWithSummary
        summary = source.summary.as_dict() if hasattr(source.summary, "as_dict") else dict(source.summary)
        return {"summary": summary, "results": [dict(vars(row)) for row in source.results]}
    if hasattr(source, "cases") and hasattr(source, "failures"):  # a report of pydantic-evals, a dataclass
        from dataclasses import asdict

        return asdict(source)
    return source


def _present(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a frame with None where a cell is missing."""
    return {str(name): None if value is None or (isinstance(value, float) and value != value) else value for name, value in row.items()}


def experiments_in(sources: Sequence[Any]) -> Iterator[ToolExperiment]:
    """Yield the experiments of several results."""
    for source in sources:
        yield from read(source) or ()
