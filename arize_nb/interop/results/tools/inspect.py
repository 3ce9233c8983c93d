"""Inspect logs (`.eval`, `.json`): samples of a task, scored by several scorers, over epochs."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arize_nb.errors import FileError
from arize_nb.interop.results.parsing import parse_json
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, inputs, value_columns

if TYPE_CHECKING:
    from typing import BinaryIO

VERSIONS = (2,)
"""Versions of the log format that are known (inspect_ai 0.3.100 to 0.3.285)."""
LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Inspect's letters (correct, partial, incorrect, no answer) as its own `value_to_float` counts them."""
_FACTS = (
    "task",
    "model",
    "task_args",
    "model_args",
    "model_generate_config",
    "dataset",
    "config",
    "metadata",
    "revision",
    "created",
)
ZSTANDARD = 93
LARGEST_MEMBER = 2_000_000_000
"""Bytes that a member of a log may say to unpack to."""


def recognises(content: object) -> bool:
    """Say whether a JSON document is an Inspect log, or a path an Inspect zip."""
    if isinstance(content, Path):
        return zipfile.is_zipfile(content) and _has(content, "header.json", "_journal/start.json")
    return (
        isinstance(content, Mapping)
        and isinstance(content.get("eval"), Mapping)
        and "eval_id" in content["eval"]
    )


def read(content: Any, name: str) -> list[ToolExperiment]:
    """Read a log: a parsed JSON document or the path of an `.eval` zip.

    Raises
    ------
    FileError
        A version that is not known, a log that was not finished, or one without samples.
    """
    if isinstance(content, Path):
        header, samples = _read_zip(content)
    else:
        header, samples = content, content.get("samples") or []
    version = header.get("version")
    if version not in VERSIONS:
        raise FileError(
            f"an Inspect log of version {version!r}",
            path=name,
            hint=f"Known: {', '.join(map(str, VERSIONS))}.",
        )
    if not samples:
        raise FileError(
            "an Inspect log without samples (a header only)",
            path=name,
            hint="Write it with samples: log_samples=True.",
        )
    told = header["eval"]
    notes = (
        []
        if header.get("status") == "success"
        else [f"the log's status is {header.get('status')!r}: samples may be missing"]
    )
    return [
        ToolExperiment(
            name=_name(told),
            tool="inspect",
            version=(told.get("packages") or {}).get("inspect_ai"),
            rows=[_row(sample) for sample in samples],
            input_columns=("input",),
            metadata={key: told[key] for key in _FACTS if told.get(key)},
            notes=tuple(notes),
        )
    ]


def _name(told: Mapping[str, Any]) -> str:
    """Name an experiment by its task and model."""
    return " ".join(str(told[key]) for key in ("task", "model") if told.get(key))


def _row(sample: Mapping[str, Any]) -> Row:
    """Read one sample of one epoch."""
    row: Row = {"example_id": str(sample["id"]), "repetition": sample.get("epoch", 1)}
    row["input"] = _text_of(sample.get("input"))
    target = sample.get("target")
    row["expected"] = (
        target[0]
        if isinstance(target, Sequence) and not isinstance(target, str) and len(target) == 1
        else target
    )
    row |= {key: value for key, value in inputs(sample.get("metadata")).items() if key not in row}
    error = sample.get("error")
    row["output"] = None if error else _completion(sample.get("output") or {})
    row["error"] = error.get("message") if isinstance(error, Mapping) else error
    if sample.get("total_time") is not None:
        row["latency_ms"] = 1000.0 * sample["total_time"]
    usage = list((sample.get("model_usage") or {}).values())
    for column, key in (
        ("tokens.input", "input_tokens"),
        ("tokens.output", "output_tokens"),
        ("tokens.total", "total_tokens"),
    ):
        if usage:
            row[column] = sum(one.get(key) or 0 for one in usage)
    for scorer, score in (sample.get("scores") or {}).items():
        row.update(_score(scorer, score))
    return row


def _completion(output: Mapping[str, Any]) -> Any:
    """Return the text of the first choice; older logs do not write it out."""
    if output.get("completion") is not None:
        return output["completion"]
    choices = output.get("choices") or ()
    content = choices[0]["message"].get("content") if choices else None
    if isinstance(content, Sequence) and not isinstance(content, str):
        return "".join(part.get("text") or "" for part in content if isinstance(part, Mapping))
    return content


def _score(scorer: str, score: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Read what a scorer said: its letters are scores and labels, other text is a label."""
    value, explanation = score.get("value"), score.get("explanation")
    if isinstance(value, str) and value in LETTERS:
        yield from evaluation(scorer, score=LETTERS[value], label=value, explanation=explanation)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from value_columns(scorer, {str(place): one for place, one in enumerate(value)}, explanation)
    else:
        yield from value_columns(scorer, value, explanation)


def _text_of(given: object) -> Any:
    """Return an input as it was put in: text, else the content of its messages when it is one
    user message.
    """
    if (
        isinstance(given, Sequence)
        and not isinstance(given, str)
        and len(given) == 1
        and isinstance(given[0], Mapping)
    ):
        content = given[0].get("content")
        return content if isinstance(content, str) else given
    return given


def _has(path: Path, *members: str) -> bool:
    with zipfile.ZipFile(path) as log:
        names = set(log.namelist())
    return any(member in names for member in members)


def _read_zip(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read the header and the samples of an `.eval` log."""
    with zipfile.ZipFile(path) as log, path.open("rb") as raw:
        members = {member.filename: member for member in log.infolist()}
        if "header.json" not in members:
            raise FileError(
                "an Inspect log that was not finished (no header.json)",
                path=str(path),
                hint="inspect log recover FILE",
            )
        header = parse_json(_unpacked(log, raw, members["header.json"]))
        samples = [
            parse_json(_unpacked(log, raw, member))
            for name, member in members.items()
            if name.startswith("samples/") and name.endswith(".json")
        ]
    order = {
        str(one): place
        for place, one in enumerate(((header.get("eval") or {}).get("dataset") or {}).get("sample_ids") or ())
    }
    samples.sort(key=lambda one: (one.get("epoch", 1), order.get(str(one["id"]), len(order))))
    return header, samples


def _unpacked(log: zipfile.ZipFile, raw: BinaryIO, member: zipfile.ZipInfo) -> bytes:
    """Unpack a member; Zstandard ones, which Python's zipfile reads from 3.14 on, by Arrow."""
    if member.file_size > LARGEST_MEMBER:
        raise FileError(
            f"{member.filename} says to unpack to {member.file_size:,} bytes",
            path=log.filename or "",
            hint="That is no log.",
        )
    if member.compress_type != ZSTANDARD:
        return log.read(member)
    import pyarrow as pa

    raw.seek(member.header_offset)
    name_length, extra_length = struct.unpack("<26xHH", raw.read(30))
    raw.seek(name_length + extra_length, 1)
    packed = pa.BufferReader(raw.read(member.compress_size))
    with pa.CompressedInputStream(packed, "zstd") as stream:
        unpacked: bytes = stream.read(member.file_size + 1)
    if len(unpacked) != member.file_size:
        raise FileError(
            f"{member.filename} is cut off or larger than it says",
            path=log.filename or "",
            hint="Copy the log again.",
        )
    return unpacked
