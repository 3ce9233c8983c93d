"""An experiment as another tool left it: its rows under our names of columns, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Row = dict[str, Any]
"""A run as a flat record: `example_id`, `output`, `error`, `repetition`, `latency_ms`,
`eval.<name>.<member>`, the example's inputs.
"""


@dataclass(frozen=True, kw_only=True, repr=False)
class ToolExperiment:
    """One experiment of another tool."""

    name: str
    """What the tool calls it: model, prompt, run."""
    tool: str
    """inspect, promptfoo, lm-eval, …"""
    version: str | None = None
    """Version of the tool that wrote it; None where the file does not say."""
    rows: Sequence[Row] = field(default=())
    """Its runs, in the order of the file."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Model, prompt, seed, arguments, …, as the tool names them."""
    directions: Mapping[str, str] = field(default_factory=dict)
    """Metric -> higher or lower, where the tool says so."""
    input_columns: tuple[str, ...] = ()
    """Columns that hold the example's inputs: what pairs it with the results of another tool."""
    given: pa.Table | None = None
    """The runs, where they came as a table under the names of the contract."""
    notes: tuple[str, ...] = ()
    """What was left out or decided in reading, in words."""

    @cached_property
    def table(self) -> pa.Table:
        """The runs under the names of the contract, as Arrow."""
        if self.given is not None:
            return self.given
        from arize_nb.frames import table_from_records

        return table_from_records(list(self.rows), "run", as_given=True)

    def with_ids(self, ids: Mapping[str, str], note: str) -> ToolExperiment:
        """Return the experiment with other example ids, and a note that says why."""
        import pyarrow as pa

        old = self.table.column("example_id").to_pylist()
        new = pa.chunked_array(
            [pa.array([None if key is None else ids.get(key, key) for key in old], pa.string())]
        )
        place = self.table.column_names.index("example_id")
        return replace(self, given=self.table.set_column(place, "example_id", new), notes=(*self.notes, note))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The runs as a DataFrame of ArrowDtype columns; `.attrs["arize"]` carries the name and the
        directions.
        """
        from arize_nb.frames import to_pandas

        facts = {
            "experiment": self.name,
            "directions": dict(self.directions),
            "tool": self.tool,
            "notes": list(self.notes),
        }
        return to_pandas(self.table, {"arize": facts})

    def to_records(self) -> list[dict[str, Any]]:
        """Return the runs as nested records, as `ax.to_records` does."""
        from arize_nb.frames import nested_records

        return list(nested_records(self.table, "run"))

    def __repr__(self) -> str:
        count = len(self.rows) if self.given is None else self.given.num_rows
        return f"<{self.tool} experiment {self.name!r}: {count:,} runs>"


def evaluation(
    name: str, *, score: object = None, label: object = None, explanation: object = None, error: object = None
) -> Iterable[tuple[str, Any]]:
    """Yield the columns of one evaluation; what is None is left out, an evaluation that failed keeps its
    error alone.

    A truth value is a verdict: its label is pass or fail and its score 1 or 0.
    """
    if error is not None:
        yield f"eval.{name}.error", str(error)
        return
    if isinstance(score, float) and score != score:
        score = None
    if isinstance(score, bool):
        label, score = label if label is not None else ("pass" if score else "fail"), float(score)
    if score is not None:
        yield f"eval.{name}.score", score
    if label is not None:
        yield f"eval.{name}.label", label
    if explanation:
        yield f"eval.{name}.explanation", explanation


def value_columns(name: str, value: object, explanation: object = None) -> Iterable[tuple[str, Any]]:
    """Yield the columns of a value whose kind tells what it is: numbers are scores, text is a label, a
    mapping several metrics.

    Raises
    ------
    TypeError
        A value that is none of these, such as a list of texts.
    """
    if value is None:
        return
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from value_columns(f"{name}.{key}", one, explanation)
    elif isinstance(value, (bool, int, float)):
        yield from evaluation(name, score=value, explanation=explanation)
    elif isinstance(value, str):
        yield from evaluation(name, label=value, explanation=explanation)
    else:
        raise TypeError(f"a value of kind {type(value).__name__}")


def inputs(values: object, name: str = "input") -> Row:
    """Return an example's inputs as columns: the members of a mapping by their names, anything else under
    `name`.
    """
    if isinstance(values, Mapping):
        return {_free(str(key)): value for key, value in values.items()}
    return {} if values is None else {name: values}


def input_columns(every: Iterable[Any], name: str = "input") -> tuple[str, ...]:
    """Return the columns that the inputs of some examples become."""
    return tuple(dict.fromkeys(key for values in every for key in inputs(values, name)))


OURS = frozenset(
    {
        "id",
        "run_id",
        "example_id",
        "output",
        "error",
        "repetition",
        "latency_ms",
        "evaluations",
        "annotations",
        "metadata",
    }
)
"""Names that mean something else in a table of runs."""


def _free(name: str) -> str:
    """Return a name for an input that no column of ours has."""
    return f"input.{name}" if name in OURS or name.startswith(("eval.", "annotation.", "tokens.")) else name
