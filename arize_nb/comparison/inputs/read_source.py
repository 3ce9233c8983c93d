"""A table under the names of a run frame, as its reading says: `example_id`, `output`, `error`,
`eval.<metric>.<part>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.inputs.column_roles.profile import comparable
from arize_nb.comparison.inputs.keys.pairing import fold_text
from arize_nb.comparison.sources.column_source import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.inputs.column_roles.profile import TableProfile
    from arize_nb.comparison.inputs.reading import Reading
    from arize_nb.comparison.sources.alignment import Alignment
    from arize_nb.frames import Origin

    Rows = NDArray[np.integer[Any]] | None

_NOTHING_WRONG = ("", "none", "null", "nan", "n/a", "na", "-", "false", "no", "0", "0.0", "ok", "{}", "[]")
"""What a column of errors holds where there is none."""
_RUN_NAMES = frozenset({"id", "run_id", "example_id", "output", "error", "repetition"})
_BETWEEN = " · "


@dataclass(eq=False)
class ReadSource(Source):
    """The rows of a table under the names of a run frame."""

    base: Any = None
    """The table's own source."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Names here -> columns of the table."""
    made: Mapping[str, Callable[[Rows], Any]] = field(default_factory=dict)
    """Names here -> functions that make a column (or some rows of it) from several."""
    folded_id: bool = False
    """Whether rows pair with letters' case and blanks left aside."""

    @property
    def origin(self) -> Origin:
        """Where the rows are, as the table's own source says."""
        origin: Origin = self.base.origin
        return origin

    def name_in_file(self, column: str) -> str:
        """Return the table's own name of a column: `rating` of `eval.rating.score`."""
        own = self.own.get(column, column)
        return str(self.base.name_in_file(own))

    def _read(self, column: str) -> Any:
        if column in self.made:
            return self.made[column](None)
        values = self.base.arrow(self.own[column])
        return fold_text(comparable(values)) if column == "example_id" and self.folded_id else values

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        return self.made[column](rows) if column in self.made else self.base.take(self.own[column], rows)

    def filled(self, column: str) -> NDArray[np.bool_]:
        """Say for every row whether the column holds something."""
        found: NDArray[np.bool_] = (
            self.base.filled(self.own[column]) if column in self.own else super().filled(column)
        )
        return found


def read_source(profile: TableProfile, reading: Reading, number: int) -> ReadSource:
    """Return a table as the runs of an experiment.

    Parameters
    ----------
    profile : TableProfile
        The table.
    reading : Reading
        How all tables are read.
    number : int
        Which of them this is, 0 for the baseline.
    """
    base = profile.source
    own: dict[str, str] = {}
    made: dict[str, Callable[[Rows], Any]] = {}
    if len(reading.key) == 1:
        own["example_id"] = profile.own_name(reading.key[0])
    else:
        made["example_id"] = _joined_id(base, [profile.own_name(name) for name in reading.key])
    output = reading.output[number if len(reading.output) > 1 else 0] if reading.output else None
    if output is not None and output in profile:
        own["output"] = profile.own_name(output)
    errors = [profile.own_name(name) for name in reading.error if name in profile]
    if errors:
        made["error"] = _one_error(base, errors)
    if reading.repetition is not None:
        own["repetition"] = profile.own_name(reading.repetition)
    for metric in reading.metrics:
        if metric.usable:
            own |= {
                name: profile.own_name(column) for name, column in metric.columns.items() if column in profile
            }
    hidden = {"id", "run_id"} if set(reading.key) & {"id", "run_id"} or not reading.key else set()
    for name in profile.columns:
        if (
            name not in own
            and name not in made
            and not (name in _RUN_NAMES and name not in ("id", "run_id"))
            and name not in hidden
        ):
            own[name] = profile.own_name(name)
    return ReadSource(
        name=base.name,
        rows=base.rows,
        columns=tuple(
            dict.fromkeys(
                [
                    *(name for name in ("example_id", "output", "error") if name in own or name in made),
                    *own,
                    *made,
                ]
            )
        ),
        facts=base.facts,
        file=base.file,
        base=base,
        own=own,
        made=made,
        folded_id=reading.folded,
    )


def _joined_id(base: Source, columns: Sequence[str]) -> Callable[[Rows], Any]:
    """Return the function that makes an id of several columns (of the row number, when there is none)."""

    def make(rows: Rows) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not columns:
            return pa.array(np.arange(base.rows) + 1 if rows is None else np.asarray(rows) + 1)
        parts = [
            base.arrow(column).combine_chunks() if rows is None else base.take(column, rows)
            for column in columns
        ]
        # A separator that a value holds is doubled there, so that no two different keys read alike.
        texts = [pc.replace_substring(pc.fill_null(comparable(part), ""), "·", "··") for part in parts]
        return pc.binary_join_element_wise(*texts, _BETWEEN)

    return make


def _one_error(base: Source, columns: Sequence[str]) -> Callable[[Rows], Any]:
    """Return the function that makes one column of errors; words for no error are null."""

    def make(rows: Rows) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        parts = [
            comparable(base.arrow(column).combine_chunks() if rows is None else base.take(column, rows))
            for column in columns
        ]
        nothing = pa.array(_NOTHING_WRONG)
        told = [
            pc.if_else(pc.is_in(pc.utf8_lower(part), value_set=nothing), pa.scalar(None, pa.string()), part)
            for part in parts
        ]
        return pc.coalesce(*told)

    return make


@dataclass(eq=False)
class OwnExamples(Source):
    """The examples of a comparison as its own tables tell them: row `n` is example `n`."""

    alignment: Any = None
    """The aligned tables."""

    def _read(self, column: str) -> Any:
        return self._read_rows(column, np.arange(self.rows))

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if column == "id":
            return self.alignment.ids(rows)
        parts = [
            side.source.take(column, side.first_row[rows])
            for side in self.alignment.sides
            if column in side.source
        ]
        parts = [
            part.cast(part.type.value_type) if pa.types.is_dictionary(part.type) else part for part in parts
        ]
        if len({part.type for part in parts}) > 1:
            parts = [comparable(part) for part in parts]
        return pc.coalesce(*parts) if len(parts) > 1 and not pa.types.is_nested(parts[0].type) else parts[0]


def own_examples(alignment: Alignment, reading: Reading) -> OwnExamples:
    """Return the examples that tables tell of themselves: inputs, what was wanted, and the key where it is
    text.
    """
    told = (*reading.key, *reading.inputs, *reading.expected)
    known = {column for side in alignment.sides for column in side.source.columns}
    columns = tuple(
        dict.fromkeys(name for name in told if name in known and name not in ("id", "example_id"))
    )
    return OwnExamples(
        name="examples", rows=alignment.examples, columns=("id", *columns), alignment=alignment
    )
