"""The aligned runs of a comparison with the outcome of every metric, each worked out once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.analysis.effect import Effect, effect
from arize_nb.comparison.inputs.read_source import OwnExamples
from arize_nb.comparison.metrics.outcome import Outcome, errored_runs, outcome
from arize_nb.comparison.metrics.pairs import Pairs, Settings, pair_up
from arize_nb.comparison.sources.alignment import Alignment, common_type
from arize_nb.comparison.sources.column_source import Source, labels_of, numbers_of
from arize_nb.errors import ComparisonError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.inputs.reading import Reading
    from arize_nb.comparison.metrics.metric import Metric

MANY_EXAMPLES = 3_000_000
"""Above so many examples only the latest outcomes are kept in memory; older ones are worked out again."""
KEPT_OUTCOMES = 2


@dataclass(eq=False)
class Study:
    """Sources, their alignment and what follows from it; everything is worked out on first use."""

    alignment: Alignment
    metrics: tuple[Metric, ...]
    settings: Settings
    examples: Source | None = None
    other_examples: Mapping[str, Source] = field(default_factory=dict)
    reading: Reading | None = None
    cache: dict[str, Any] = field(default_factory=dict)
    """What other modules work out once about these runs."""
    _errored: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    _outcomes: dict[tuple[str, int], Outcome] = field(default_factory=dict)
    _example_rows: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    _weights: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    _groups: dict[str, tuple[NDArray[np.int32], tuple[str, ...]]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the experiments, the baseline first."""
        return tuple(side.source.name for side in self.alignment.sides)

    def side_number(self, name: str) -> int:
        """Return the number of an experiment, 0 for the baseline."""
        if name not in self.names:
            raise ComparisonError(
                f"no experiment {name!r} in this comparison", hint=f"There are: {', '.join(self.names)}"
            )
        return self.names.index(name)

    def metric(self, name: str) -> Metric:
        """Return a metric by its name."""
        for metric in self.metrics:
            if metric.name == name or metric.name == name.removeprefix("eval."):
                return metric
        raise ComparisonError(
            f"no metric {name!r} in this comparison",
            hint=f"There are: {', '.join(metric.name for metric in self.metrics)}",
        )

    def errored(self, side: int) -> NDArray[np.bool_]:
        """Say for every run of a side whether it has an error."""
        if side not in self._errored:
            self._errored[side] = errored_runs(self.alignment.sides[side])
        return self._errored[side]

    def outcome(self, metric: Metric, side: int) -> Outcome:
        """Return what became of the runs and examples of one side under one metric."""
        key = (metric.name, side)
        found = self._outcomes.pop(key, None)
        if found is None:
            found = outcome(
                metric,
                self.alignment.sides[side],
                self.errored(side),
                errors_fail=self.settings.errors_as_fails,
            )
        if self.alignment.examples > MANY_EXAMPLES and len(self._outcomes) >= KEPT_OUTCOMES:
            # The one that was not used for longest goes, so that memory does not grow with the number of
            # metrics.
            del self._outcomes[next(iter(self._outcomes))]
        self._outcomes[key] = found
        return found

    def pairs(self, metric: Metric, candidate: int, baseline: int = 0) -> Pairs:
        """Return the pairs of two sides under one metric, and how many were lost for which reason."""
        return pair_up(
            metric, self.outcome(metric, baseline), self.outcome(metric, candidate), baseline, candidate
        )

    def measure(self, pairs: Pairs, tests: int = 1) -> Effect:
        """Measure the difference over some pairs, robust to the clusters of the settings where there are any.

        `tests` is how many will be adjusted together.
        """
        groups = None if self.settings.cluster is None else self.groups(self.settings.cluster)[0]
        weights = None if self.settings.weights is None else self.weights(self.settings.weights)
        return effect(pairs, self.settings, groups, weights, tests=tests)

    def weights(self, column: str) -> NDArray[np.float64]:
        """Return the weight of every example by a column of theirs.

        Raises
        ------
        ComparisonError
            A weight is missing, negative or no number, or all are 0.
        """
        if column not in self._weights:
            import pyarrow as pa

            values = self.attribute(column, np.arange(self.alignment.examples))
            numbers = numbers_of(pa.chunked_array([values]))
            wrong = (
                np.flatnonzero(~(numbers >= 0)) if numbers is not None else np.arange(self.alignment.examples)
            )
            if len(wrong) or numbers is None or not numbers.sum() > 0:
                named = ", ".join(map(str, self.alignment.ids(wrong[:3]).to_pylist()))
                what = (
                    f"{column!r} holds no weight for {len(wrong):,} examples ({named})"
                    if len(wrong)
                    else f"all weights in {column!r} are 0"
                )
                raise ComparisonError(what, hint="A weight is a number from 0; give every example one.")
            self._weights[column] = numbers
        return self._weights[column]

    def example_rows(self) -> NDArray[np.int64] | None:
        """Return the row of every example in the examples given, -1 where they lack it; None when none were
        given.
        """
        return None if self.examples is None else self.rows_in(self.examples)

    def rows_in(self, examples: Source) -> NDArray[np.int64]:
        """Return the row of every example of the study in a table of examples, -1 where the
        table lacks it.
        """
        if isinstance(examples, OwnExamples):
            return np.arange(self.alignment.examples)
        found = self._example_rows.get(id(examples))
        if found is None:
            import pyarrow as pa
            import pyarrow.compute as pc

            ids = self.alignment.ids(np.arange(self.alignment.examples))
            known = examples.arrow("id" if "id" in examples else "example_id")
            kind = common_type([ids.type, known.type])
            rows = pc.index_in(ids.cast(kind), value_set=known.cast(kind).combine_chunks())
            found = np.asarray(
                rows.fill_null(pa.scalar(-1, rows.type)).to_numpy(zero_copy_only=False), dtype=np.int64
            )
            self._example_rows[id(examples)] = found
        return found

    def check_columns(self, *columns: str) -> None:
        """Raise a ComparisonError for a column that neither the examples nor an experiment has."""
        tables = [
            *([] if self.examples is None else [self.examples]),
            *(side.source for side in self.alignment.sides),
        ]
        for column in columns:
            if not any(column in table for table in tables):
                known = dict.fromkeys(name for table in tables[:2] for name in table.columns)
                raise ComparisonError(
                    f"no column {column!r} in the experiments or examples",
                    hint=f"There are: {', '.join(known)}",
                )

    def attribute(self, column: str, examples: NDArray[np.integer[Any]]) -> Any:
        """Return a column of the examples themselves: from the examples given, else from the first experiment
        that has it.

        Raises
        ------
        ComparisonError
            Nothing has that column.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        self.check_columns(column)
        from arize_nb.comparison.metrics.run_columns import of_a_run

        parts = []
        if self.examples is not None and column in self.examples:
            parts.append(self.examples.take(column, self.rows_in(self.examples)[examples]))
        if not parts or not of_a_run(
            column
        ):  # an output of a run fills no gap in the dataset's column `output`
            parts += [
                side.source.take(column, side.first_row[examples])
                for side in self.alignment.sides
                if column in side.source
            ]
        parts = [
            part.cast(part.type.value_type) if pa.types.is_dictionary(part.type) else part for part in parts
        ]
        if len({part.type for part in parts}) > 1:
            parts = [part.cast(pa.string()) for part in parts]
        return pc.coalesce(*parts) if len(parts) > 1 else parts[0]

    def groups(self, column: str) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Return the group of every example by a column of theirs (-1 for none), and the names
        of the groups.
        """
        if column not in self._groups:
            import pyarrow as pa

            labels = labels_of(pa.chunked_array([self.attribute(column, np.arange(self.alignment.examples))]))
            self._groups[column] = labels.codes, labels.vocabulary
        return self._groups[column]
