"""Braintrust results: what `Eval` returns, or its rows as JSONL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arize_nb.interop.results.parsing import last_line
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, input_columns, inputs

_LOCAL_NAME = re.compile(r".* \[experiment_name=(?P<name>.*)\]")


def recognises(content: object) -> bool:
    """Say whether a JSON document, or the rows of a JSONL file, are Braintrust's."""
    if isinstance(content, Mapping):
        summary = content.get("summary")
        return (
            isinstance(content.get("results"), list)
            and isinstance(summary, Mapping)
            and "experiment_name" in summary
        )
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    return (
        isinstance(first, Mapping)
        and {"input", "output", "scores", "expected"} <= set(first)
        and isinstance(first["scores"], Mapping)
    )


def read(content: Any, name: str) -> list[ToolExperiment]:
    """Read the rows; repeated inputs (`trial_count`) are repetitions."""
    summary = content["summary"] if isinstance(content, Mapping) else {}
    told = str(summary.get("experiment_name") or name)
    match = _LOCAL_NAME.fullmatch(told)
    rows = content["results"] if isinstance(content, Mapping) else content
    return [
        ToolExperiment(
            name=match["name"] if match else told,
            tool="braintrust",
            rows=list(_rows(rows)),
            input_columns=input_columns(one.get("input") for one in rows),
            metadata={key: summary[key] for key in ("project_name", "experiment_url") if summary.get(key)},
        )
    ]


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    keys = [_key(one) for one in rows]
    repeated = len(set(keys)) < len(keys)
    times: dict[str, int] = {}
    for key, one in zip(keys, rows, strict=True):
        row: Row = {"example_id": key}
        if repeated:
            times[key] = row["repetition"] = times.get(key, 0) + 1
        row |= inputs(one.get("input"))
        row["expected"] = one.get("expected")
        told = one.get("metadata")
        failed = told.get("scorer_errors") if isinstance(told, Mapping) else None
        told = (
            {name: value for name, value in told.items() if name != "scorer_errors"}
            if isinstance(told, Mapping)
            else told
        )
        row |= {name: value for name, value in inputs(told, "case_metadata").items() if name not in row}
        error = one.get("error")
        row["output"], row["error"] = (None, str(error)) if error else (one.get("output"), None)
        if not error:
            for metric, score in (one.get("scores") or {}).items():
                row.update(evaluation(metric, score=score))
            for metric, why in (failed if isinstance(failed, Mapping) else {}).items():
                row.update(evaluation(metric, error=last_line(why)))
        yield row


def _key(one: Mapping[str, Any]) -> str:
    """Return what tells an example from others: its own id where the metadata has one, else its input."""
    metadata = one.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("id") is not None:
        return str(metadata["id"])
    given = one.get("input")
    if isinstance(given, str):
        return given
    import orjson

    return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()
