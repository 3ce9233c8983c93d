"""promptfoo results (`-o results.json`, `.jsonl`): one experiment per provider and prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arize_nb.errors import FileError
from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, evaluation, input_columns, inputs

VERSIONS = (3,)
"""Versions of the results that are known (promptfoo 0.121)."""
ERRORED = 2
"""`failureReason` of a run that errored; 1 is a failed assertion, whose reason stands in `error` as well."""


def recognises(content: object) -> bool:
    """Say whether a JSON document, or the rows of a JSONL file, are promptfoo's."""
    if isinstance(content, Mapping):
        results = content.get("results")
        return (
            isinstance(results, Mapping) and isinstance(results.get("results"), list) and "prompts" in results
        )
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    return isinstance(first, Mapping) and {"promptIdx", "testIdx", "failureReason"} <= set(first)


def read(content: Any, name: str) -> list[ToolExperiment]:
    """Read the experiments, in the order of their prompts.

    Raises
    ------
    FileError
        A version that is not known.
    """
    version, prompts, rows = None, [], content
    if isinstance(content, Mapping):
        results = content["results"]
        if results.get("version") not in VERSIONS:
            raise FileError(
                f"promptfoo results of version {results.get('version')!r}",
                path=name,
                hint=f"Known: {', '.join(map(str, VERSIONS))}.",
            )
        version = (content.get("metadata") or {}).get("promptfooVersion")
        prompts, rows = results["prompts"], results["results"]
    by_prompt: dict[int, list[Mapping[str, Any]]] = {}
    for one in rows:
        by_prompt.setdefault(one["promptIdx"], []).append(one)
    names = experiment_names(
        {
            place: (_called(found[0].get("provider"), "id"), _called(_prompt_of(found[0], prompts), "raw"))
            for place, found in by_prompt.items()
        }
    )
    return [
        ToolExperiment(
            name=names[place],
            tool="promptfoo",
            version=version,
            rows=list(_rows(found)),
            input_columns=input_columns(one.get("vars") for one in found),
            metadata={
                "provider": (found[0].get("provider") or {}).get("id"),
                "prompt": _prompt_of(found[0], prompts).get("raw"),
            },
        )
        for place, found in sorted(by_prompt.items())
    ]


def experiment_names(told: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Name every experiment by its provider, and by its prompt where several prompts share one.

    Parameters
    ----------
    told : mapping
        Place -> provider and prompt, as they are labelled.
    """
    alone = len({provider for provider, _ in told.values()}) == len(told)
    several = len({prompt for _, prompt in told.values()}) > 1
    return {
        place: provider if alone or not several else f"{provider} · {prompt[:40]}"
        for place, (provider, prompt) in told.items()
    }


def repeated_tests(tests: Sequence[tuple[Any, Any]]) -> list[Row]:
    """Return the id of every test, a number in the order of the file, and, where some are repeated, which
    repetition it is.

    Parameters
    ----------
    tests : sequence of (vars, asserts)
        `--repeat` writes a test anew under another `testIdx`: tests with the same variables and assertions
        are one.
    """
    import orjson

    keys = [orjson.dumps(test, option=orjson.OPT_SORT_KEYS, default=str) for test in tests]
    places = {key: str(place) for place, key in enumerate(dict.fromkeys(keys))}
    if len(places) == len(keys):
        return [{"example_id": places[key]} for key in keys]
    times: dict[bytes, int] = {}
    found: list[Row] = []
    for key in keys:
        times[key] = times.get(key, 0) + 1
        found.append({"example_id": places[key], "repetition": times[key]})
    return found


def _prompt_of(one: Mapping[str, Any], prompts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the prompt of a row: its template, where the file has it; a JSONL only has it filled in, with
    its label.
    """
    place = one["promptIdx"]
    found: Mapping[str, Any] = prompts[place] if place < len(prompts) else one.get("prompt") or {}
    return found


def _called(thing: object, otherwise: str) -> str:
    """Return the label of a provider or a prompt, else what it is."""
    told = thing if isinstance(thing, Mapping) else {}
    return str(told.get("label") or told.get(otherwise) or "")


def _rows(found: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """Read the rows of one experiment; rows of one test are repetitions."""
    found = sorted(found, key=lambda one: one["testIdx"])
    tests = repeated_tests([(one.get("vars"), (one.get("testCase") or {}).get("assert")) for one in found])
    for one, test in zip(found, tests, strict=True):
        case = one.get("testCase") or {}
        row: Row = dict(test)
        row |= inputs(one.get("vars"))
        row |= {
            key: value
            for key, value in inputs(case.get("metadata")).items()
            if key not in row and not key.startswith("_")
        }
        errored = one.get("failureReason") == ERRORED
        row["output"] = None if errored else (one.get("response") or {}).get("output")
        row["error"] = one.get("error") if errored else None
        row |= _usage(one)
        if not errored:
            row.update(_scores(one))
        yield row


def _usage(one: Mapping[str, Any]) -> Row:
    """Read time, tokens and cost of a run."""
    tokens = one.get("tokenUsage") or {}
    usage = {
        "latency_ms": one.get("latencyMs"),
        "cost": one.get("cost"),
        "tokens.input": tokens.get("prompt"),
        "tokens.output": tokens.get("completion"),
        "tokens.total": tokens.get("total"),
    }
    return {name: value for name, value in usage.items() if value is not None}


def _scores(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Read what the assertions said: those with a metric by its name, and the row's own verdict
    as `passed`.
    """
    grading = one.get("gradingResult") or {}
    yield from evaluation("passed", score=bool(one.get("success")), explanation=grading.get("reason"))
    reasons: dict[str, str] = {}
    for part in grading.get("componentResults") or ():
        metric = ((part or {}).get("assertion") or {}).get("metric")
        if metric and part.get("reason"):
            reasons.setdefault(metric, part["reason"])
    for metric, score in (one.get("namedScores") or {}).items():
        yield from evaluation(metric, score=score, explanation=reasons.get(metric))
