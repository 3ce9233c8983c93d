"""Whose results something is, by its content, and the experiments in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.errors import FileError
from arize_nb.interop.results.parsing import collector_paused, parse_json, parse_lines
from arize_nb.interop.results.tool_objects import content_of

if TYPE_CHECKING:
    from arize_nb.interop.results.tool_experiment import ToolExperiment

TOOLS = (
    "inspect",
    "promptfoo",
    "promptfoo_csv",
    "lm_eval",
    "pydantic_evals",
    "braintrust",
    "deepeval",
    "phoenix",
    "langsmith",
    "mlflow",
    "mlflow_tables",
    "ragas",
)
"""Readers, each a module of `tools`; the first that recognises a content reads it."""
_HINTS = re.compile(
    rb'"(?:eval|evalId|promptIdx|testCases|cases|failures|summary|scores|task_runs|evaluation_runs|reference_output|doc_id|feedback\.[^"]*'
    rb'|execution_time|assessments|user_input|trace_id|[^"]*/score)"'
)
"""Members that a JSON document of one of the tools has near its beginning."""
_BEGINNING = 1_000_000
"""Bytes of a file that are looked at before it is read whole."""


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
    if (
        isinstance(source, (list, tuple))
        and source
        and hasattr(source[0], "eval")
        and hasattr(source[0], "samples")
    ):  # Inspect's logs
        return [one for log in source for one in read(log, name) or ()]
    content = content_of(source)
    reader = _reader(content)
    return None if reader is None else _read_by(reader, content, name or "results", "")


def _reader(content: object) -> Any:
    """Return the module that reads a content; None for none."""
    modules = (import_module(f"arize_nb.interop.results.tools.{tool}") for tool in TOOLS)
    return next((module for module in modules if module.recognises(content)), None)


def _folder(path: Path) -> list[ToolExperiment] | None:
    """Read every log of a folder, oldest first: names of logs begin with their time."""
    found = [
        one
        for part in sorted(path.iterdir())
        if part.is_file() and not part.name.startswith(".")
        for one in _file(part, None) or ()
    ]
    return found or None


def _file(path: Path, name: str | None) -> list[ToolExperiment] | None:
    """Read a file of any of the tools; None where it is none of theirs."""
    if not path.is_file():
        return None
    content = _loaded(path)
    reader = None if content is None else _reader(content)
    if reader is None:
        return None
    return [_named(one, path, name) for one in _read_by(reader, content, name or str(path), str(path))]


def _read_by(reader: Any, content: object, name: str, path: str) -> list[ToolExperiment]:
    """Read a content that a tool is known to have written.

    Raises
    ------
    FileError
        A part of it cannot be read.
    """
    try:
        with collector_paused():
            experiments: list[ToolExperiment] = reader.read(content, name)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        tool = reader.__name__.rsplit(".", 1)[1]
        what = f"looks like {tool}'s, and a part of it cannot be read: {type(error).__name__} {error}"
        raise FileError(what, path=path, hint="Was it cut off, or written by another version?") from None
    return experiments


def _named(experiment: ToolExperiment, path: Path, name: str | None) -> ToolExperiment:
    """Give an experiment that has no name of its own the name of its file."""
    from dataclasses import replace

    return replace(experiment, name=name or path.stem) if experiment.name == str(path) else experiment


def _loaded(path: Path) -> Any:
    """Return the content of a file that could be a tool's, by how it begins; None for one that
    surely is not.
    """
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if beginning.startswith(b"PK"):
        return path
    if beginning.startswith(b"PAR1"):
        return _parquet(path)
    data = None
    if beginning.startswith(_COMPRESSED):
        data = _unpacked(path)
        beginning = (data or b"")[:_BEGINNING]
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return _json(path.read_bytes() if data is None else data) if _HINTS.search(beginning) else None
    if b"Status,Score,Named Scores" in beginning.split(b"\n", 1)[0].replace(b'"', b""):
        import csv
        import io

        text = (path.read_bytes() if data is None else data).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))
    return _records(path) if _tool_header(beginning) else None


_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh")


def _unpacked(path: Path) -> bytes | None:
    """Return what a compressed file holds; None for what cannot be unpacked: the readers of files say what is
    wrong with it.
    """
    import pyarrow as pa

    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            unpacked: bytes = stream.read()
    except (OSError, pa.ArrowException):
        return None
    return unpacked


def _json(data: bytes) -> Any:
    """Parse JSON, or JSON lines; what is neither is no tool's (the readers of files say what is wrong with
    it).
    """
    with collector_paused():
        try:
            if (
                data.count(b"\n", 0, _BEGINNING)
                and data.lstrip()[:1] == b"{"
                and _is_json(data.split(b"\n", 1)[0])
            ):
                return parse_lines(data)
            content = parse_json(data.removeprefix(b"\xef\xbb\xbf"))
        except ValueError:
            return None
    if (
        isinstance(content, dict)
        and set(content) <= {"columns", "data", "index"}
        and {"columns", "data"} <= set(content)
    ):
        return [
            dict(zip(content["columns"], row, strict=True)) for row in content["data"]
        ]  # a frame, as MLflow stores it
    return content


def _is_json(line: bytes) -> bool:
    """Say whether a line is a document of its own."""
    try:
        parse_json(line)
    except ValueError:
        return False
    return True


def _parquet(path: Path) -> Any:
    """Return the rows of a Parquet file with the columns of one of the tools."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = set(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None  # the reader of files says what is wrong with it
    return _records(path) if _has_columns(names) else None


_HEADERS = (
    {"example_id", "execution_time"},
    {"trace_id", "state", "request", "response"},
    {"user_input", "response"},
    {"example_id", "repetition_number", "reference_output"},
)
"""Columns that a table of LangSmith, MLflow, ragas or Phoenix has."""


def _tool_header(beginning: bytes) -> bool:
    """Say whether the header of a CSV has the columns of one of the tools."""
    header = beginning.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    return _has_columns({name.strip().strip('"') for name in header.split(",")})


def _has_columns(names: set[str]) -> bool:
    """Say whether a table has the columns of one of the tools."""
    return any(wanted <= names for wanted in _HEADERS) or any(name.endswith("/score") for name in names)


def _records(path: Path) -> list[dict[str, Any]]:
    """Read a table with its types as every file is read here."""
    from arize_nb.files import read as read_file

    rows = read_file(path, "record")
    records: list[dict[str, Any]] = rows if isinstance(rows, list) else rows.to_pylist()
    return records


def experiments_in(sources: Sequence[Any]) -> Iterator[ToolExperiment]:
    """Yield the experiments of several results."""
    for source in sources:
        yield from read(source) or ()
