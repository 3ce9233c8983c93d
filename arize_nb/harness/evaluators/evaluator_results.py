"""What an evaluator returned, read as evaluations by metric: exact shapes only, nothing is guessed from text
or position.
"""

from __future__ import annotations

import enum
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from arize_nb.harness.evaluators.evaluation_forms import (
    VERDICTS,
    Unscored,
    has_verdict,
    is_one,
    is_plain,
    nothing_in,
    one_evaluation,
    own_name,
)
from arize_nb.harness.records.run_record import Evaluation, EvaluatorRecord, Failure
from arize_nb.harness.values.json_values import clean_name

MOST_CHARACTERS = 255
"""Characters of a metric's name."""


_SINGLE = (bool, float, int, str, Evaluation)
"""Types of which a value is always one metric."""


class WrongName(ValueError):  # noqa: N818 - what a failure shows as its type
    """The service would refuse the name of a metric."""


@dataclass(slots=True)
class Judged:
    """What was read of one result."""

    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    """By metric name."""
    failures: dict[str, Exception] = field(default_factory=dict)
    """Metrics that could not be read, or say nothing, and why."""

    def add(self, value: Any, name: str) -> None:
        """Read one metric; `name` counts unless the value names itself."""
        try:
            kind = type(value)
            if kind is bool or (kind is float and math.isfinite(value)):  # what most evaluators return
                evaluation = Evaluation(float(value), str(value) if kind is bool else None)
            else:
                evaluation = one_evaluation(value)
            metric = metric_name(evaluation.name or name)
        except Exception as error:  # noqa: BLE001 - a member of a library's result may be a call
            self.failures[_shown_name(value, name)] = error
            return
        if metric in self.evaluations:
            raise ValueError(
                f"two evaluations are named {metric!r}: several need different names, Evaluation(name=…)"
            )
        if (
            evaluation.score is None
            and evaluation.label is None
            and not isinstance(value, Evaluation)
            and has_verdict(value)
        ):
            self.failures[metric] = Unscored(f"unscored: {nothing_in(value)}")
        if evaluation.score is not None or evaluation.label is not None or evaluation.explanation is not None:
            self.evaluations[metric] = evaluation


def judged(value: object, name: str) -> Judged:
    """Read what the evaluator `name` returned; one bad metric of several does not lose the others.

    Raises
    ------
    ValueError
        The value says nothing at all, or names one metric twice.
    TypeError
        It has no shape that is known.
    """
    found = Judged()
    items = None if type(value) in _SINGLE else _several(value, name)
    if items is None:
        found.add(value, name)
    else:
        for metric, item in items:
            found.add(item, metric)
    if not found.evaluations and len(found.failures) == 1:
        raise next(iter(found.failures.values()))
    if not found.evaluations and not found.failures:
        raise Unscored(f"unscored: the evaluator returned {value!r:.60}")
    return found


def normalise(value: object, name: str) -> dict[str, Evaluation]:
    """Read what the evaluator `name` returned, by metric; raises when there is no evaluation in it.

    Raises
    ------
    ValueError, TypeError
        As `judged`, or the first reason when no metric could be read.
    """
    found = judged(value, name)
    wrong = [
        error for error in found.failures.values() if not found.evaluations or isinstance(error, WrongName)
    ]
    if wrong:
        raise wrong[0]
    return found.evaluations


def note_result(made: EvaluatorRecord, value: object, name: str) -> None:
    """Put what an evaluator returned into its record; what cannot be read is its failure."""
    try:
        found = judged(value, name)
    except Exception as error:  # noqa: BLE001 - what user code returned
        made.evaluations, made.failure = {}, Failure.of(error)
        return
    made.evaluations = found.evaluations
    made.failures = {metric: Failure.of(error) for metric, error in found.failures.items()}
    if made.failures:
        metric, first = next(iter(made.failures.items()))
        more = f" (and {len(made.failures) - 1:,} more)" if len(made.failures) > 1 else ""
        made.failure = replace(first, message=f"metric {metric!r}: {first.message}{more}")


def _several(value: object, name: str) -> list[tuple[str, Any]] | None:
    """Return the metrics of a result that holds several; None when it is one."""
    if isinstance(value, Mapping):
        if set(value) == {"results"} and isinstance(value["results"], list | tuple):  # LangSmith
            return _several(value["results"], name)
        return None if is_one(value) else [(_key(key), item) for key, item in value.items()]
    results = getattr(value, "results", None)
    if isinstance(results, list) and not any(hasattr(value, verdict) for verdict in VERDICTS):
        return _several(results, name)
    if not isinstance(value, list | tuple) or _is_tuple(value):
        verdict = None if is_plain(value) else getattr(value, "value", None)
        return (
            _several(verdict, name)
            if isinstance(verdict, Mapping) and not isinstance(value, enum.Enum)
            else None
        )
    if not value:
        raise Unscored("unscored: the evaluator returned an empty list")
    items = [item for item in value if item is not None]
    for item in items:
        if (
            is_plain(item)
            or (isinstance(item, Mapping) and not is_one(item))
            or isinstance(item, list | tuple)
        ):
            raise TypeError(
                f"the evaluator returned a {type(value).__name__} that holds {item!r:.60}: give named"
                " evaluations, or one value"
            )
    unnamed = [item for item in items if own_name(item) is None]
    if unnamed and len(items) > 1:
        raise ValueError(f"several evaluations need different names: {unnamed[0]!r:.80} has none")
    return [(name, item) for item in items]


def _is_tuple(value: object) -> bool:
    """Tell (score, explanation) and its like: what is no list of evaluations."""
    return isinstance(value, tuple) and bool(value) and all(item is None or is_plain(item) for item in value)


def _key(key: object) -> str:
    return str(key.value if isinstance(key, enum.Enum) else key)


@functools.lru_cache(maxsize=1024)
def metric_name(name: str) -> str:
    """Clean the name of a metric, which may be made of a model's text; what the service would refuse is an
    error of this evaluator.

    Raises
    ------
    ValueError
        It has quotes, backslashes or outer spaces, or is too long.
    """
    clean = clean_name(name)
    if len(clean) > MOST_CHARACTERS:
        raise WrongName(
            f"a metric is named {clean[:40]!r}… with {len(clean):,} characters; {MOST_CHARACTERS} are the"
            " most"
        )
    if not is_name(clean):
        raise WrongName(
            f"{clean!r:.80} cannot name a metric: take a name without quotes, backslashes and outer spaces"
        )
    return clean


def is_name(name: str) -> bool:
    """Tell whether the service takes a metric of that name."""
    return bool(name) and '"' not in name and "\\" not in name and name == name.strip()


def _shown_name(value: object, name: str) -> str:
    """Name a metric that could not be read, so that a column can be headed by it."""
    own = None if is_plain(value) else own_name(value)
    shown = clean_name(own or name)[:MOST_CHARACTERS]
    return "".join(sign for sign in shown if sign not in '"\\').strip() or "evaluator"
