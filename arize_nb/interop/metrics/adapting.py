"""Whose metric an object is, by its shape, and the evaluator that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arize_nb.interop.metrics.adapted_metric import AdaptedMetric

TOOLS = (
    "autoevals",
    "deepeval",
    "ragas",
    "pydantic_evals",
    "phoenix",
    "mlflow",
    "langsmith",
    "inspect_ai",
    "openevals",
    "sklearn",
)
"""Adapters, each a module beside this one; the first that recognises a metric adapts it."""


def adapted(metric: object, map: Mapping[str, str] | None = None) -> AdaptedMetric | None:  # noqa: A002 - the word that users write
    """Return a metric of another tool as it can be called here; None where it is none that is known.

    Parameters
    ----------
    metric : object
        A metric, scorer or evaluator of a tool of `TOOLS`.
    map : mapping, optional
        Field of the metric, by the tool's name -> column of the dataset.

    Raises
    ------
    InputError
        It is a tool's and cannot stand alone, or it is a class.
    """
    for tool in TOOLS:
        module = import_module(f"arize_nb.interop.metrics.{tool}")
        if module.recognises(metric):
            found: AdaptedMetric = module.adapt(metric)
            return replace(found, map=dict(map or {}))
    return None
