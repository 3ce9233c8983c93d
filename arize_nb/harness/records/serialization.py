"""Runs and evaluations as bytes for the journal, and back."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import asdict
from typing import Any

from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, Failure, RunRecord

_LONG_INTEGER = re.compile(rb"[0-9]{19}")
"""Digits of an integer that 64 bits may not hold, or of a text that looks like one."""
_FIELDS = (
    "output",
    "latency_ms",
    "started_at_ms",
    "token_count",
    "total_cost",
    "fields",
    "trace_id",
    "attempts",
)


def dump_run(record: RunRecord) -> bytes:
    """Write a run without its key and its evaluations."""
    body: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS}
    if record.failure is not None:
        body["failure"] = asdict(record.failure)
    return _dumps(body)


def load_run(example_id: str, repetition: int, body: bytes) -> RunRecord:
    """Read a run."""
    found = _loads(body)
    failure = found.pop("failure", None)
    return RunRecord(example_id, repetition, failure=Failure(**failure) if failure else None, **found)


def dump_evaluation(record: EvaluatorRecord) -> bytes:
    """Write what one evaluator made of one run."""
    import orjson

    try:
        return orjson.dumps(record)  # reads dataclasses by itself, many times as fast
    except TypeError:  # integers beyond 64 bits
        return _dumps(asdict(record))


def load_evaluation(body: bytes) -> EvaluatorRecord:
    """Read what one evaluator made of one run."""
    found = _loads(body)
    failure = found.pop("failure")
    made = {name: Evaluation(**item) for name, item in found.pop("evaluations").items()}
    failures = {metric: Failure(**item) for metric, item in (found.pop("failures", None) or {}).items()}
    return EvaluatorRecord(made, failure=Failure(**failure) if failure else None, failures=failures, **found)


def _loads(body: bytes) -> dict[str, Any]:
    """Read JSON; long integers, whose digits orjson would round, and NaN go the long way."""
    import orjson

    if _LONG_INTEGER.search(body) is None:
        with contextlib.suppress(orjson.JSONDecodeError):
            quickly: dict[str, Any] = orjson.loads(body)
            return quickly
    exactly: dict[str, Any] = json.loads(body)
    return exactly


def _dumps(body: object) -> bytes:
    """Write JSON; integers beyond 64 bits, which orjson refuses, go the long way."""
    import orjson

    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body).encode()
