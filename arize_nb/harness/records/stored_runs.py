"""Runs as the service stores them, turned back into run records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, Failure, RunRecord

_OWN = frozenset(
    {
        "id",
        "example_id",
        "output",
        "error",
        "repetition",
        "attempts",
        "latency_ms",
        "token_count",
        "total_cost",
        "execution_status",
        "exceptions",
        "result.trace.id",
        "result.trace.timestamp",
        "annotations",
    }
)
_ERROR_TYPE = re.compile(r"([A-Za-z_][\w.]*)\(")


def stored_runs(
    records: Iterable[Mapping[str, Any]], evaluators: Iterable[str]
) -> tuple[list[RunRecord], dict[tuple[str, int], str]]:
    """Turn records of an experiment into runs to score, and the service's run ids by key.

    Parameters
    ----------
    records : iterable of mappings
        As `client.experiments.iter_records` gives them.
    evaluators : iterable of str
        Evaluators that are to score now: what an evaluator of the same name said before is left out, other
        evaluations are kept.

    Notes
    -----
    Several runs of one example without distinct repetition numbers are numbered in the order they come. A run
    of an experiment without dataset has no example: its run id stands for it.
    """
    found = list(records)
    marks = Counter((_example(record), record.get("repetition") or 1) for record in found)
    twice = {example for (example, _), count in marks.items() if count > 1}
    numbered: Counter[str] = Counter()
    again = frozenset(evaluators)
    runs, ids = [], {}
    for record in found:
        example = _example(record)
        numbered[example] += 1
        repetition = numbered[example] if example in twice else int(record.get("repetition") or 1)
        run = _run(record, example, repetition, again)
        runs.append(run)
        ids[run.key] = record["id"]
    return runs, ids


def restored_runs(records: Iterable[Mapping[str, Any]], evaluators: Collection[str]) -> list[RunRecord]:
    """Turn records of an experiment into the runs of its journal: evaluations of the `evaluators` named are
    theirs again.

    What a service does not keep stays lost: tracebacks, and the names of metrics that an evaluator of another
    name gave.
    """
    found = list(records)
    runs, _ = stored_runs(found, evaluators)
    for run, record in zip(runs, found, strict=True):
        for name, members in record.get("evaluations", {}).items():
            if name in evaluators:
                run.evaluations[name] = _evaluated(name, members)
    return runs


def _evaluated(name: str, members: Mapping[str, Any]) -> EvaluatorRecord:
    """Read what the service has of one evaluator."""
    error = members.get("error")
    if error:
        return EvaluatorRecord(failure=_failure(error))
    trace = members.get("trace") or {}
    made = {
        name: Evaluation(
            members.get("score"),
            members.get("label"),
            members.get("explanation"),
            dict(members.get("metadata") or {}),
        )
    }
    return EvaluatorRecord(made, trace_id=trace.get("id"), started_at_ms=trace.get("timestamp"))


def _example(record: Mapping[str, Any]) -> str:
    return str(record.get("example_id") or record["id"])


def _run(record: Mapping[str, Any], example: str, repetition: int, again: frozenset[str]) -> RunRecord:
    error = record.get("error")
    if not error and record.get("output") is None:
        error = "no output is stored"
    fields = {name: value for name, value in record.items() if name not in _OWN and name != "evaluations"}
    for name, members in record.get("evaluations", {}).items():
        if name not in again:
            fields.update(_flat(f"eval.{name}", members))
    return RunRecord(
        example_id=example,
        repetition=repetition,
        output=None if error else record["output"],
        failure=_failure(error) if error else None,
        latency_ms=record.get("latency_ms"),
        started_at_ms=record.get("result.trace.timestamp"),
        token_count=record.get("token_count"),
        total_cost=record.get("total_cost"),
        trace_id=record.get("result.trace.id"),
        attempts=int(record.get("attempts") or 0),
        fields=fields,
    )


def _failure(error: str) -> Failure:
    """Read the type off a repr ("ValueError('bad')"); any other text is an Error."""
    kind = _ERROR_TYPE.match(error)
    return Failure(error_type=kind[1] if kind else "Error", message=error, text=error)


def _flat(prefix: str, members: object) -> Iterator[tuple[str, Any]]:
    if not isinstance(members, Mapping):
        yield prefix, members
        return
    for name, value in members.items():
        yield from _flat(f"{prefix}.{name}", value)
