"""Align the runs of several experiments on example id: an outer join that drops nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.comparison.sources.parquet_source import numbered, out_of_memory
from arize_nb.errors import ColumnError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arize_nb.comparison.sources.column_source import Source


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """Where the runs of one experiment belong among all examples."""

    source: Source
    """The runs."""
    codes: NDArray[np.int32]
    """Example of every run: a number below `examples`, or -1 for a run that is left out (no example id, or a
    copy of another run).
    """
    examples: int
    """Examples in the union of all experiments."""
    copies: int
    """Runs left out because another row has the same run id."""
    nameless: int
    """Runs left out because they name no example."""

    @cached_property
    def counts(self) -> NDArray[np.int32]:
        """Runs of every example."""
        codes = self.codes if self.copies + self.nameless == 0 else self.codes[self.codes >= 0]
        return np.bincount(codes, minlength=self.examples).astype(np.int32)

    @cached_property
    def repeated(self) -> bool:
        """Whether some example has several runs."""
        return bool(self.examples) and int(self.counts.max()) > 1

    @cached_property
    def kept(self) -> NDArray[np.bool_] | None:
        """Which runs count; None when all do."""
        return None if self.copies + self.nameless == 0 else self.codes >= 0

    @cached_property
    def first_row(self) -> NDArray[np.int32]:
        """First run of every example, -1 where there is none."""
        rows = np.full(self.examples, -1, dtype=np.int32)
        backwards = np.arange(len(self.codes) - 1, -1, -1, dtype=np.int32)
        codes = self.codes[backwards]
        known = codes >= 0
        # Written from the last run to the first, so that the first stays.
        rows[codes[known]] = backwards[known]
        return rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """The outer join of several experiments; the first is the baseline."""

    sides: tuple[Side, ...]
    """One per experiment, in the order given."""
    examples: int
    """Examples that at least one of them has."""

    def ids(self, examples: NDArray[np.integer[Any]]) -> Any:
        """Return the example ids of some examples (numbers below `examples`) as a `pa.Array`."""
        import pyarrow as pa

        found = np.full(len(examples), -1, dtype=np.int64)
        parts, offset = [], 0
        for side in self.sides:
            rows = side.first_row[examples]
            new = (found < 0) & (rows >= 0)
            part = side.source.take("example_id", rows[new])
            found[new] = offset + np.arange(len(part))
            offset += len(part)
            parts.append(part)
        kind = common_type([part.type for part in parts])
        return pa.concat_arrays([part.cast(kind) for part in parts]).take(pa.array(found))


def common_type(types: Sequence[Any]) -> Any:
    """Return one type that the ids of all experiments can be compared in: theirs when it is the same, else
    text.
    """
    import pyarrow as pa

    plain = {
        str(kind.value_type if pa.types.is_dictionary(kind) else kind)
        for kind in types
        if not pa.types.is_null(kind)
    }
    if len(plain) == 1 and all(pa.types.is_integer(kind) for kind in types):
        return types[0]
    return pa.large_string()


def align(sources: Sequence[Source]) -> Alignment:
    """Join experiments: number all their examples once, and every run by its example.

    Raises
    ------
    ColumnError
        An experiment has no `example_id` column.
    """
    import pyarrow as pa

    for source in sources:
        if "example_id" not in source:
            raise ColumnError(
                f"experiment {source.name!r} has no column 'example_id', so its runs cannot be paired",
                column="example_id",
                hint=f"It has: {', '.join(source.columns[:12]) or 'no columns'}",
            )
    if out_of_memory(sources):
        codes, examples = numbered(sources)  # type: ignore[arg-type]
        return from_codes(sources, codes, examples)
    ids = [source.arrow("example_id") for source in sources]
    kind = common_type([column.type for column in ids])
    columns = [column if column.type == kind else text_ids(column, kind) for column in ids]
    encoded = pa.chunked_array(
        [chunk for column in columns for chunk in column.chunks], type=kind
    ).dictionary_encode()
    parts = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    numbers = np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
    examples = max((len(chunk.dictionary) for chunk in encoded.chunks), default=0)
    ends = np.cumsum([len(column) for column in columns])
    return from_codes(sources, np.split(numbers, ends[:-1]), examples)


def text_ids(column: Any, kind: object) -> Any:
    """Return ids as text; a whole float (7.0, what pandas makes of integers beside a gap) reads as its
    integer.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        with contextlib.suppress(pa.ArrowInvalid):
            column = column.cast(pa.int64())
    return column.cast(kind)


def from_codes(sources: Sequence[Source], codes: Sequence[NDArray[np.int32]], examples: int) -> Alignment:
    """Make an alignment of runs whose examples are numbered; rows that repeat a run id are left out."""
    sides = []
    for source, side_codes in zip(sources, codes, strict=True):
        nameless = int((side_codes < 0).sum())
        copies = _copies(source, side_codes, examples)
        if len(copies):
            side_codes = side_codes.copy()
            side_codes[copies] = -1
        sides.append(
            Side(source=source, codes=side_codes, examples=examples, copies=len(copies), nameless=nameless)
        )
    return Alignment(sides=tuple(sides), examples=examples)


def telling_column(source: Source) -> str | None:
    """Return the column that tells runs of one example apart: run ids, else repetition numbers; None when
    neither is there.
    """
    return next(
        (name for name in ("id", "run_id", "repetition") if name in source and source.filled(name).any()),
        None,
    )


def _copies(source: Source, codes: NDArray[np.int32], examples: int) -> NDArray[np.int64]:
    """Find the rows that are copies: the same run id (or, without ids, the same repetition number) of the
    same example again.
    """
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=examples)
    key = telling_column(source) if examples and counts.max() > 1 else None
    if key is None:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(known & (counts[codes] > 1))
    values = source.take(key, rows).dictionary_encode().indices
    named = values.is_valid().to_numpy(zero_copy_only=False)
    pairs = codes[rows].astype(np.int64) * (len(rows) + 1) + values.fill_null(0).to_numpy(
        zero_copy_only=False
    )
    rows, pairs = rows[named], pairs[named]
    first = np.unique(pairs, return_index=True)[1]
    again = np.ones(len(rows), dtype=bool)
    again[first] = False
    copies: NDArray[np.int64] = rows[again]
    return copies
