"""lm-evaluation-harness samples (`--log_samples`): a line per document and filter, whose metrics are told
apart by the filter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arize_nb.interop.results.tool_experiment import Row, ToolExperiment, input_columns, inputs


def recognises(content: object) -> bool:
    """Say whether the rows of a JSONL file are lm-eval's samples."""
    first = content[0] if isinstance(content, Sequence) and not isinstance(content, str) and content else None
    return isinstance(first, Mapping) and {"doc_id", "doc", "resps", "filter", "metrics"} <= set(first)


def read(content: Sequence[Mapping[str, Any]], name: str) -> list[ToolExperiment]:
    """Read the samples of one task; the results file beside them, where it is there, gives the model and
    which way is better.

    Documents are known by `doc_hash` (`doc_id` is a row number of that run). Lines of one document under
    several filters are one run with several metrics: `exact_match,strict`, `exact_match,loose`; with one
    filter a metric keeps its own name.
    """
    path = Path(name)
    results = _results_beside(path)
    filters = dict.fromkeys(str(line["filter"]) for line in content)
    rows: dict[tuple[str, int], Row] = {}
    seen: dict[tuple[str, str], int] = {}
    for line in content:
        key = str(line.get("doc_hash") or line["doc_id"])
        seen[key, line["filter"]] = turn = seen.get((key, line["filter"]), 0) + 1
        row = rows.get((key, turn))
        if row is None:
            row = rows[key, turn] = _row(key, line)
        for metric in line["metrics"]:
            shown = f"{metric},{line['filter']}" if len(filters) > 1 else metric
            row[f"eval.{shown}.score"] = line.get(metric)
    if any(turn > 1 for turn in seen.values()):
        for (_, turn), row in rows.items():
            row["repetition"] = turn
    task = next(iter((results or {}).get("results") or ()), None)
    return [
        ToolExperiment(
            name=_name(path, results, task),
            tool="lm-eval",
            version=(results or {}).get("lm_eval_version"),
            rows=list(rows.values()),
            input_columns=_asked(content[:100]),
            metadata=_metadata(results, task),
            directions=_directions(results, filters),
            notes=() if results else ("no results file beside it: model and directions are not known",),
        )
    ]


def _asked(lines: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the members of the documents that are not just the target again."""
    documents = [(inputs(line.get("doc"), "doc"), line.get("target")) for line in lines]
    names = input_columns((line.get("doc") for line in lines), "doc")
    return tuple(name for name in names if any(given.get(name) != target for given, target in documents))


def _row(key: str, line: Mapping[str, Any]) -> Row:
    """Read a document and what the model answered."""
    row: Row = {"example_id": key} | inputs(line.get("doc"), "doc")
    row.setdefault("expected", line.get("target"))
    answers = line.get("resps") or [[None]]
    answer = answers[0]
    while isinstance(answer, Sequence) and not isinstance(answer, str) and len(answer) == 1:
        answer = answer[0]
    row["output"] = (
        answer if isinstance(answer, str) else [*answers[0]] if isinstance(answers[0], Sequence) else answer
    )
    return row


def _results_beside(path: Path) -> Mapping[str, Any] | None:
    """Read `results_*.json` of the same run: it ends like the samples file."""
    import orjson

    parts = path.stem.removeprefix("samples_").split("_")
    for start in range(len(parts)):
        beside = path.with_name(f"results_{'_'.join(parts[start:])}.json")
        if beside.is_file():
            results: Mapping[str, Any] = orjson.loads(beside.read_bytes())
            return results
    return None


def _name(path: Path, results: Mapping[str, Any] | None, task: str | None) -> str:
    """Name the experiment by task and model, else by its file."""
    config = (results or {}).get("config") or {}
    told = config.get("model_args") if isinstance(config.get("model_args"), str) else None
    model = told or " ".join(map(str, (config.get("model_args") or {}).values())) or config.get("model")
    return " ".join(filter(None, (task, str(model)))) if results else path.stem.removeprefix("samples_")


def _metadata(results: Mapping[str, Any] | None, task: str | None) -> dict[str, Any]:
    """Keep what shapes the answers."""
    if results is None:
        return {}
    config = results.get("config") or {}
    kept = {
        key: config[key]
        for key in ("model", "model_args", "gen_kwargs", "random_seed", "limit")
        if config.get(key) is not None
    }
    if task is not None:
        kept |= {
            "n_shot": (results.get("n-shot") or {}).get(task),
            "task_hash": (results.get("task_hashes") or {}).get(task),
        }
    return {key: value for key, value in kept.items() if value is not None}


def _directions(results: Mapping[str, Any] | None, filters: Mapping[str, None]) -> dict[str, str]:
    """Return which way is better, by metric as it is named here."""
    found: dict[str, str] = {}
    for metrics in ((results or {}).get("higher_is_better") or {}).values():
        for metric, higher in metrics.items():
            if higher is not None:
                names = [f"{metric},{one}" for one in filters] if len(filters) > 1 else [metric]
                found |= dict.fromkeys(names, "higher" if higher else "lower")
    return found
