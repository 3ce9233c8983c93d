"""MLflow's older `evaluate`: the `eval_results_table` as a frame, CSV or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arize_nb.interop.results.parsing import parsed_cell
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, inputs

_SCORE, _WHY = "/score", "/justification"
_OUTPUTS = ("outputs", "predictions", "prediction", "output", "response")
_EXPECTED = ("ground_truth", "targets", "target", "expected", "expected_response", "label")


def recognises(content: object) -> bool:
    """Say whether the rows of a table are those of MLflow's `evaluate`."""
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    if not isinstance(first, Mapping) or "trace_id" in first:
        return False
    return any(str(name).endswith(_SCORE) for name in first) and any(name in first for name in _OUTPUTS)


def read(content: Sequence[Mapping[str, Any]], name: str) -> list[ToolExperiment]:
    """Read the rows; columns that are neither output, target nor score are the example's inputs."""
    columns = dict.fromkeys(key for one in content for key in one)
    output = next(name for name in _OUTPUTS if name in columns)
    expected = next((name for name in _EXPECTED if name in columns), None)
    given = [column for column in columns if column not in (output, expected) and "/" not in column]
    told = _numbers(content, given)
    asked = [column for column in given if column not in told]
    rows = [_row(one, output, expected, asked, told) for one in content]
    return [
        ToolExperiment(name=name, tool="mlflow", rows=rows, input_columns=tuple(inputs(dict.fromkeys(asked))))
    ]


def _numbers(content: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Return the columns beside the scores that MLflow makes itself: `token_count`, `latency`."""
    return [
        name
        for name in names
        if name in ("token_count", "latency") and isinstance(content[0].get(name), (int, float))
    ]


def _row(
    one: Mapping[str, Any], output: str, expected: str | None, asked: Sequence[str], told: Sequence[str]
) -> Row:
    import orjson

    given = {name: parsed_cell(one.get(name)) for name in asked}
    key = next(iter(given.values())) if len(given) == 1 else given
    row: Row = {
        "example_id": key
        if isinstance(key, str)
        else orjson.dumps(key, option=orjson.OPT_SORT_KEYS, default=str).decode()
    }
    row |= inputs(given)
    row |= {"output": one.get(output), "expected": None if expected is None else one.get(expected)}
    if "latency" in told and one.get("latency") is not None:
        row["latency_ms"] = 1000.0 * one["latency"]
    if "token_count" in told:
        row["tokens.output"] = one.get("token_count")
    row.update(_scores(one))
    return row


def _scores(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column, value in one.items():
        if not column.endswith(_SCORE):
            continue
        metric = column.removesuffix(_SCORE)
        label = value if isinstance(value, str) else None
        yield from evaluation(
            metric, score=None if label else value, label=label, explanation=one.get(f"{metric}{_WHY}")
        )
