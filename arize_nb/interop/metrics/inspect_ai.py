"""Inspect scorers that can stand alone (match, includes, f1…): `await scorer(TaskState, Target)`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import named, of_value, one
from arize_nb.interop.results.tools.inspect import LETTERS


def recognises(metric: object) -> bool:
    """Say whether it is a scorer of Inspect's registry."""
    return getattr(getattr(metric, "__registry_info__", None), "type", None) == "scorer" and callable(metric)


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a scorer; it is known by its name in the registry, its function is always called `score`."""
    name = str(metric.__registry_info__.name).rpartition("/")[2]
    solver, model, scorer = (sys.modules[f"inspect_ai.{part}"] for part in ("solver", "model", "scorer"))

    async def judge(fields: dict[str, Any]) -> Any:
        expected = fields["target"]
        target = scorer.Target(expected if isinstance(expected, list) else str(expected))
        text = str(fields["output"])
        state = solver.TaskState(
            model="none", sample_id="0", epoch=1, input=str(fields.get("input") or ""), messages=[], target=target,
            output=model.ModelOutput.from_content("none", text),
        )  # fmt: skip
        score = await metric(state, target)
        why, metadata = score.explanation, getattr(score, "metadata", None)
        facts = {"answer": getattr(score, "answer", None), **(metadata or {})}
        if isinstance(score.value, Mapping):
            return named({str(key): of_value(value, why, facts) for key, value in score.value.items()})
        if isinstance(score.value, Sequence) and not isinstance(score.value, str):
            values = enumerate(score.value)
            return named({f"{name}.{place}": of_value(value, why, facts) for place, value in values})
        if score.value in LETTERS:
            return one(score=LETTERS[score.value], label=score.value, explanation=why, metadata=facts)
        return of_value(score.value, why, facts)

    return AdaptedMetric(
        name=name,
        tool="inspect",
        required=("output", "target"),
        optional=("input",),
        call=judge,
        subject=metric,
    )
