"""autoevals scorers: callable objects with `eval_async`, whose `Score` may be None."""

from __future__ import annotations

import inspect
from typing import Any

from arize_nb.errors import InputError
from arize_nb.interop.metrics.adapted_metric import AdaptedMetric
from arize_nb.interop.metrics.results import of_value


def recognises(metric: object) -> bool:
    """Say whether it is a scorer, or the class of one."""
    kind = metric if isinstance(metric, type) else type(metric)
    return any(
        base.__module__.startswith("autoevals.") and base.__name__ == "Scorer" for base in kind.__mro__
    )


def adapt(metric: Any) -> AdaptedMetric:
    """Adapt a scorer.

    Raises
    ------
    InputError
        It is a class.
    """
    if isinstance(metric, type):
        raise InputError(
            f"{metric.__name__} is a class of autoevals, not an object of it",
            hint=f"Make one: {metric.__name__}().",
        )
    parameters = inspect.signature(type(metric)._run_eval_sync).parameters
    known = [
        name for name, one in parameters.items() if one.kind is one.POSITIONAL_OR_KEYWORD and name != "self"
    ]
    required = [
        name for name in known if name == "output" or parameters[name].default is inspect.Parameter.empty
    ]

    async def judge(fields: dict[str, Any]) -> Any:
        score = await metric.eval_async(**fields)
        if score.error is not None:
            raise score.error if isinstance(score.error, BaseException) else RuntimeError(str(score.error))
        facts = dict(score.metadata or {})
        return of_value(score.score, facts.pop("rationale", None), facts)

    needs = tuple(name for name in known if name in required or name == "expected")
    optional = tuple(name for name in known if name not in needs and name in ("input", "context"))
    return AdaptedMetric(
        name=metric._name(), tool="autoevals", required=needs, optional=optional, call=judge, subject=metric
    )
