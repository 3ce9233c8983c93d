"""promptfoo's CSV: its experiments stand side by side, under the same names of columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from arize_nb.interop.results.parsing import parse_json
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, input_columns, inputs
from arize_nb.interop.results.tools.promptfoo import experiment_names, repeated_tests

_START = ("Status", "Score", "Named Scores")
_HEAD = re.compile(r"\[(?P<provider>.*?)\] (?P<prompt>.*)", re.DOTALL)
_METRIC = "Metric: "
_ROUNDED = "promptfoo's CSV holds numbers with two decimals: its JSON holds all of them"


def recognises(content: object) -> bool:
    """Say whether the cells of a CSV are promptfoo's."""
    first = content[0] if isinstance(content, list) and content else None
    return isinstance(first, list) and bool(_starts(first))


def read(content: Sequence[Sequence[str]], name: str) -> list[ToolExperiment]:  # noqa: ARG001 - experiments have names of their own
    """Read the experiments, in the order of their columns."""
    header, *lines = content
    starts = _starts(header)
    ends = [*starts[1:], len(header)]
    described = header[0] == "Description"
    variables = [
        dict(zip(header[described : starts[0]], line[described : starts[0]], strict=False)) for line in lines
    ]
    tests = repeated_tests([(one, None) for one in variables])
    heads = {place: _HEAD.fullmatch(header[start]) for place, start in enumerate(starts)}
    told = {
        place: (found["provider"], found["prompt"]) if found else (header[starts[place]], "")
        for place, found in heads.items()
    }
    names = experiment_names(told)
    return [
        ToolExperiment(
            name=names[place],
            tool="promptfoo",
            rows=[
                {**test, **inputs(given), **_run(header[start:end], line[start:end])}
                for test, given, line in zip(tests, variables, lines, strict=True)
            ],
            input_columns=input_columns(variables),
            metadata={"provider": told[place][0], "prompt": told[place][1]},
            notes=(_ROUNDED,),
        )
        for place, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _starts(header: Sequence[str]) -> list[int]:
    """Return the places at which the columns of an experiment begin."""
    return [
        place
        for place in range(len(header) - len(_START))
        if tuple(header[place + 1 : place + 1 + len(_START)]) == _START
    ]


def _run(header: Sequence[str], cells: Sequence[str]) -> Row:
    """Read the cells of one experiment in one line."""
    found = dict(zip(header[1:], cells[1:], strict=False))
    if found.get("Status") == "ERROR":
        return {"output": None, "error": found.get("Grader Reason") or cells[0] or "promptfoo says ERROR"}
    return {"output": cells[0], "error": None, **dict(_scores(found))}


def _scores(found: dict[str, str]) -> Iterator[tuple[str, Any]]:
    yield from evaluation(
        "passed", score=found.get("Status") == "PASS", explanation=found.get("Grader Reason")
    )
    named = parse_json(found["Named Scores"]) if found.get("Named Scores") else {}
    shown = {
        name.removeprefix(_METRIC): float(cell)
        for name, cell in found.items()
        if name.startswith(_METRIC) and cell
    }
    for metric, score in {**shown, **named}.items():
        yield from evaluation(metric, score=score)
