"""Evaluators: bound by parameter name, and whatever they return made into evaluations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from arize_nb.errors import InputError
from arize_nb.harness.evaluators.evaluator_results import metric_name, normalise
from arize_nb.harness.fingerprints.fingerprint import Description, describe
from arize_nb.harness.functions.binding import Binding, bind, name_of
from arize_nb.harness.functions.example_view import check_columns
from arize_nb.harness.records.run_record import Evaluation

if TYPE_CHECKING:
    from arize_nb.interop.metrics.adapted_metric import AdaptedMetric

__all__ = ["Evaluation", "Evaluator", "as_evaluators", "evaluator", "normalise"]

PARAMETERS = {
    "output": "output",
    "expected": "expected",
    "input": "input",
    "dataset_row": "row",
    "metadata": "metadata",
    "repetition": "repetition",
    "experiment_output": "output",
    "dataset_output": "expected",
}
"""Parameter of an evaluator -> what it receives; the last two are the official runner's names."""

SUMMARY_PARAMETERS = {
    "records": "records",
    "frame": "frame",
    "outputs": "outputs",
    "expected": "expected",
    "evaluations": "evaluations",
}
"""Parameter of a summary evaluator -> what it receives of the whole run."""

BUILTIN = frozenset(
    {
        "contains",
        "edit_similarity",
        "exact_match",
        "json_schema",
        "json_valid",
        "llm_judge",
        "numeric_close",
        "regex_match",
    }
)
"""Names of `arize_nb.harness` that make an evaluator, for who gives a name instead of one."""


@dataclass(frozen=True)
class Evaluator:
    """A named function that judges one run, or (summary) all runs of an experiment.

    Call it as the function it wraps.
    """

    name: str
    """Name of the metric: `eval.<name>.score`."""
    function: Callable[..., Any]
    binding: Binding
    summary: bool = False
    """Whether it judges all runs at once."""
    cheap: bool = False
    """Whether it runs where it stands, without a thread or a time limit: for built-in text
    comparisons only.
    """
    metric: AdaptedMetric | None = None
    """The metric of another tool that it stands for; its fields are found when the columns are known."""

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call the wrapped function."""
        return self.function(*args, **kwargs)

    @cached_property
    def description(self) -> Description:
        """What is known of the function when first asked: before it is called."""
        return describe(self.function if self.metric is None else self.metric.subject)

    @property
    def fingerprint(self) -> str:
        """Changes when the function does something else."""
        return self.description.mark

    def fitted(self, columns: Collection[str]) -> Evaluator:
        """Bind it to a dataset with these columns; a summary evaluator stays as it is.

        Raises
        ------
        InputError
            It asks for parameters that nothing provides, for a part of the example that no column holds, or
            for columns without the output.
        """
        if self.summary:
            return self
        what = f"evaluator {self.name!r}"
        if self.metric is not None:
            function = self.metric.fitted(columns)
            return replace(
                self, function=function, binding=bind(function, PARAMETERS, "output", what, columns)
            )
        binding = bind(self.function, PARAMETERS, "output", what, columns)
        keys, taken = binding.keys(), binding.columns()
        if taken and "output" not in keys:
            names = f"column{'s' * (len(taken) > 1)} {', '.join(map(repr, taken))}"
            raise InputError(
                f"{what} takes the {names} of the dataset, not the output",
                hint="A parameter `output` receives what the task returned; name it so, or add it.",
            )
        check_columns(keys, columns, what)
        return replace(self, binding=binding)


def make(
    function: Callable[..., Any], *, name: str | None = None, summary: bool = False, cheap: bool = False
) -> Evaluator:
    """Wrap a function as an evaluator.

    Raises
    ------
    InputError
        It cannot be called, takes no argument, or its name cannot be one.
    """
    name = name or name_of(function)
    try:
        name = metric_name(name)
    except ValueError as error:
        hint = "Take a name without quotes, backslashes and outer spaces, of 255 characters at most."
        raise InputError(f"{name!r:.80} cannot name an evaluator", hint=hint) from error
    known, free = (SUMMARY_PARAMETERS, "records") if summary else (PARAMETERS, "output")
    return Evaluator(
        name, function, bind(function, known, free, f"evaluator {name!r}"), summary=summary, cheap=cheap
    )


def of_tool(metric: AdaptedMetric, *, name: str | None = None) -> Evaluator:
    """Wrap a metric of another tool, under its own name unless told otherwise."""
    name = metric_name(name or metric.name)
    everything = metric.fitted([*metric.required, *metric.optional, *metric.map.values()])
    return Evaluator(
        name, everything, bind(everything, PARAMETERS, "output", f"evaluator {name!r}"), metric=metric
    )


@overload
def evaluator(
    function: object,
    *,
    name: str | None = None,
    summary: bool = False,
    map: Mapping[str, str] | None = None,
) -> Evaluator: ...
@overload
def evaluator(
    function: None = None,
    *,
    name: str | None = None,
    summary: bool = False,
    map: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Evaluator]: ...
def evaluator(
    function: Any = None,
    *,
    name: str | None = None,
    summary: bool = False,
    map: Mapping[str, str] | None = None,  # noqa: A002 - the word that users write
) -> Any:
    """Make an evaluator of a function; as a decorator with or without parentheses.

    Parameters
    ----------
    function : callable
        `def` or `async def` with any of the parameters `output` (of the task), `expected`, `input`,
        `dataset_row`, `metadata`, `repetition`, and those named like columns of the dataset, which receive
        their value (None where there is none); a single parameter of another name receives the output. It
        returns a bool, a number, a label (str), ``(score, explanation)``, ``(label, score, explanation)``, an
        `Evaluation`, a mapping with `score`, `label`, `explanation`, or a mapping of several metrics by name.
        Or a metric of another tool (autoevals, DeepEval, ragas, pydantic-evals, Phoenix, openevals, MLflow,
        LangSmith, Inspect, scikit-learn), recognised by its shape.
    name : str, optional
        Name of the metric; the function's or the metric's own by default.
    summary : bool
        Judge all runs at once, when they are done. Parameters are then any of `records` (list of dicts, one a
        run, also what a parameter of another name receives), `frame` (DataFrame), `outputs`, `expected`
        (lists), `evaluations` (metric -> list of `Evaluation` or None); lists have one item a run, None where
        it failed.
    map : mapping, optional
        For a metric of another tool: its field -> the column of the dataset that holds it (`{"reference":
        "answer_key"}`).

    Returns
    -------
    Evaluator

    Examples
    --------
    >>> @evaluator
    ... def short(output):
    ...     return len(output) < 80
    >>> short.name
    'short'
    """
    if function is None:
        return lambda wrapped: evaluator(wrapped, name=name, summary=summary, map=map)
    if isinstance(function, Evaluator):
        return replace(function, name=name) if name else function
    from arize_nb.interop.metrics.adapting import adapted

    metric = None if summary else adapted(function, map)
    if metric is not None:
        return of_tool(metric, name=name)
    if map:
        what = f"map= is for metrics of other tools, and {name_of(function)!r} is none that is known"
        raise InputError(what, hint="Name the parameters of a function like the columns instead.")
    return make(function, name=name, summary=summary)


def as_evaluators(given: object) -> tuple[Evaluator, ...]:
    """Take one evaluator, several, or a mapping of names to evaluators.

    Raises
    ------
    InputError
        Something cannot be called, or two have the same name.
    """
    if isinstance(given, Mapping):
        found = [_evaluator(item, str(name)) for name, item in given.items()]
    elif isinstance(given, Iterable) and not isinstance(given, str):
        found = [_evaluator(item) for item in given]
    else:
        found = [] if given is None else [_evaluator(given)]
    names = [item.name for item in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"two evaluators are named {twice!r}", hint='Name them: evaluators={"first": f, "second": g}.'
        )
    return tuple(found)


def _evaluator(item: object, name: str | None = None) -> Evaluator:
    """Take a function, a metric of another tool, or an object with an `evaluate` method."""
    from arize_nb.interop.metrics.adapting import adapted

    metric = None if isinstance(item, Evaluator) else adapted(item)
    return evaluator(_callable(item), name=name) if metric is None else of_tool(metric, name=name)


def _callable(item: Any) -> Callable[..., Any]:
    """Take a function, or an object of another library with an `evaluate` method."""
    if callable(item):
        _refuse_uncalled(item)
        return item  # type: ignore[no-any-return]
    method = getattr(item, "evaluate", None)
    if callable(method):
        return make(method, name=getattr(item, "name", None) or type(item).__name__)
    hint = None
    if isinstance(item, str):
        known = item if item in BUILTIN else "exact_match"
        hint = (
            f"Give the evaluator, not its name: from arize_nb.harness import {known}; evaluators=[{known}()]"
        )
    raise InputError(f"{item!r} is no evaluator: it cannot be called", hint=hint)


def _refuse_uncalled(function: Callable[..., Any]) -> None:
    """Refuse a function that makes an evaluator and was not called: `exact_match` for `exact_match()`."""
    returned = getattr(function, "__annotations__", {}).get("return")
    if returned is Evaluator or returned == Evaluator.__name__:
        name = name_of(function)
        raise InputError(f"{name!r} makes an evaluator, and is none", hint=f"Call it: {name}()")
