"""A user's task: bound to the example, called, and what it reports on the way."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.harness.fingerprints.fingerprint import Description, describe
from arize_nb.harness.functions.binding import Binding, bind, name_of
from arize_nb.harness.functions.example_view import check_columns
from arize_nb.harness.values.json_values import clean_name, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

PARAMETERS = {
    "input": "input",
    "output": "expected",
    "metadata": "metadata",
    "dataset_row": "row",
    "repetition": "repetition",
}
"""Parameter of a task -> what it receives of the example; columns of the same name are found in
`dataset_row`.
"""

RESERVED = frozenset(
    {
        "id",
        "example_id",
        "output",
        "error",
        "repetition",
        "attempts",
        "latency",
        "latency_ms",
        "execution_status",
        "exceptions",
        "annotations",
    }
)
"""Columns of a run that a task cannot report."""


LONGEST_NAME = 255
"""Characters of the name of a reported column."""


@dataclass(frozen=True)
class Task:
    """A task, bound and fingerprinted."""

    name: str
    binding: Binding
    description: Description
    """What is known of it before it is called."""

    @property
    def fingerprint(self) -> str:
        """Changes when its code does, or anything that its code reaches."""
        return self.description.mark

    def fitted(self, columns: Collection[str]) -> Task:
        """Bind it to a dataset with these columns.

        Raises
        ------
        InputError
            It asks for parameters that nothing provides, or for a part of the example that no column holds.
        """
        what = f"task {self.name!r}"
        binding = bind(self.binding.function, PARAMETERS, "row", what, columns)
        check_columns(binding.keys(), columns, what)
        return replace(self, binding=binding)


def as_task(function: Callable[..., Any]) -> Task:
    """Take a function as a task; `Task.fitted` binds it to the columns of a dataset.

    Raises
    ------
    InputError
        It cannot be called, or takes no argument.
    """
    name = name_of(function)
    return Task(
        name=name, binding=bind(function, PARAMETERS, "row", f"task {name!r}"), description=describe(function)
    )


@dataclass(slots=True)
class Reported:
    """What a task reported about its run, and what its model calls said of themselves."""

    token_count: int | None = None
    total_cost: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    traced_tokens: int | None = None
    """Tokens of the model calls that were traced inside it."""
    traced_cost: float | None = None
    """Their cost."""

    def add(self, other: Reported) -> None:
        """Add what another call of the same run reported: what a failed one has spent is spent; of fields the
        later say counts.
        """
        if other.tokens is not None:
            self.token_count = (self.token_count or 0) + other.tokens
        if other.cost is not None:
            self.total_cost = (self.total_cost or 0.0) + other.cost
        self.fields.update(other.fields)

    def without_traces(self) -> Reported:
        """Leave out what was traced: a judge's model calls are in its trace, and not what the
        task has cost.
        """
        return Reported(self.token_count, self.total_cost, self.fields)

    @property
    def tokens(self) -> int | None:
        """What the task reported; only when it said nothing, what was traced: a sum of both would count calls
        twice.
        """
        return self.traced_tokens if self.token_count is None else self.token_count

    @property
    def cost(self) -> float | None:
        """The same for the cost."""
        return self.traced_cost if self.total_cost is None else self.total_cost


_reported: contextvars.ContextVar[Reported | None] = contextvars.ContextVar("arize_nb_reported", default=None)


def report(*, token_count: int | None = None, total_cost: float | None = None, **fields: object) -> None:
    """Report, from inside a task or an evaluator, what the run cost and with what it was made.

    All that is reported for a run adds up: over several calls of a model, over attempts that failed and were
    made again, and over the task and its evaluators. Outside a run it does nothing, so that a task can be
    tried by hand. Tokens and cost that an instrumented model client traces inside a task are summed up
    without it; what an attempt reports takes the place of what was traced in it.

    Parameters
    ----------
    token_count : int, optional
        Tokens of one model call; several calls add up.
    total_cost : float, optional
        Cost of one model call, in the currency of your choice; several calls add up.
    **fields
        More columns of the run: ``report(model="gpt-4o")``. What is no number, string or boolean is kept as
        JSON text.

    Raises
    ------
    InputError
        A field has the name of a column that the runner writes.
    """
    fields = {clean_name(name): value for name, value in fields.items()}
    long = next((name for name in fields if len(name) > LONGEST_NAME), None)
    if long is not None:
        raise InputError(
            f"a task cannot report {long[:20]!r}…: the name has {len(long):,} characters, {LONGEST_NAME} are"
            " the most"
        )
    taken = [
        name for name in fields if name in RESERVED or name.startswith(("eval.", "annotation.", "result."))
    ]
    if taken:
        raise InputError(
            f"a task cannot report {taken[0]!r}: the runner writes that column", hint="Take another name."
        )
    reported = _reported.get()
    if reported is None:
        return
    if token_count is not None:
        reported.token_count = (reported.token_count or 0) + int(token_count)
    if total_cost is not None:
        reported.total_cost = (reported.total_cost or 0.0) + float(total_cost)
    reported.fields.update({name: scalar(value) for name, value in fields.items()})


def current_report() -> Reported | None:
    """Return where the call under way reports to; None outside a run."""
    return _reported.get()


def listen(reported: Reported) -> contextvars.Context:
    """Make a context whose `report` calls arrive in `reported`: one for each call of a task."""
    context = contextvars.copy_context()
    context.run(_reported.set, reported)
    return context


def listen_here(reported: Reported) -> None:
    """Let `report` calls of the current context arrive in `reported`."""
    _reported.set(reported)
