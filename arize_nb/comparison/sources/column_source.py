"""The runs of one experiment, read a column at a time, whatever they came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from arize_nb.errors import ColumnError

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from arize_nb.files import ReadFacts
    from arize_nb.frames import Origin

LARGEST = 1e150
"""Largest size of a number that is compared: the square of a larger one, and infinity, are
beyond a double.
"""


@dataclass(frozen=True)
class Labels:
    """A text column by number: `codes` (int32, -1 where there is no label) into `vocabulary`."""

    codes: NDArray[np.int32]
    vocabulary: tuple[str, ...]


@dataclass(eq=False)
class Source:
    """The runs of one experiment; a column is read when it is first asked for.

    Subclasses say how a column is read (`_read`) and how a few of its rows are (`_read_rows`).
    """

    name: str
    """Name of the experiment, unique in the comparison."""
    rows: int
    """Runs it has."""
    columns: tuple[str, ...]
    """Names of the columns, in order."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the frame carried in `.attrs["arize"]`: ids of experiment, dataset, version and space."""
    file: Origin | None = field(default=None, repr=False)
    """The file it was read from, which knows its lines; None for an object."""
    _notes: dict[str, None] = field(default_factory=dict, repr=False)
    _numbers: dict[str, NDArray[np.float64] | None] = field(default_factory=dict, repr=False)
    _labels: dict[str, Labels] = field(default_factory=dict, repr=False)

    @property
    def part(self) -> bool:
        """Whether the runs are marked as a part of their dataset: the examples outside it were never meant to
        run.
        """
        return bool(self.facts.get("part")) or bool(self.part_words)

    @cached_property
    def part_words(self) -> str:
        """Which part that is, as its runs say; "" where they say nothing."""
        from arize_nb.frames.columns import PART_COLUMN

        if PART_COLUMN not in self:
            return ""
        values = self.arrow(PART_COLUMN)
        known = values.filter(values.is_valid())
        return str(known[0].as_py()) if len(known) else ""

    def __contains__(self, column: object) -> bool:
        """Say whether there is a column of that name."""
        return column in self.columns

    def tell(self, facts: ReadFacts) -> None:
        """Take what was seen of the file that the runs come from."""
        self.file = facts.origin
        if facts.line:
            self._notes[facts.line] = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the file, and scores so far, were read: guesses, words for nothing,
        percent.
        """
        return tuple(self._notes)

    @property
    def origin(self) -> Origin:
        """What an error calls the runs."""
        from arize_nb.frames import Origin

        return self.file or Origin(shown=f"experiment {self.name!r}")

    def name_in_file(self, column: str) -> str:
        """Return the name that whoever made the table gave a column."""
        return column

    def _read(self, column: str) -> Any:
        raise TypeError(f"{type(self).__name__} does not say how to read {column!r}")

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        return self._read(column).take(rows)

    def arrow(self, column: str) -> Any:
        """Return a whole column as a `pa.ChunkedArray`."""
        import pyarrow as pa

        if column not in self.columns:
            raise ColumnError(
                f"experiment {self.name!r} has no column {column!r}",
                column=column,
                hint=f"It has: {', '.join(self.columns[:12])}",
            )
        values = self._read(column)
        return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])

    def take(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        """Return some rows of a column as a `pa.Array`; a row number of -1 gives a null.

        Parameters
        ----------
        column : str
            Name of the column; an unknown one gives nulls, since a side may lack what the other has.
        rows : ndarray of int64
            Row numbers from 0, or -1.
        """
        import pyarrow as pa

        if column not in self.columns:
            return pa.nulls(len(rows))
        known = rows >= 0
        if known.all():
            return _flat(self._read_rows(column, rows))
        present = _flat(self._read_rows(column, rows[known]))
        positions = np.where(known, np.cumsum(known) - 1, 0)
        return (
            present.take(pa.array(positions, mask=~known))
            if known.any()
            else pa.nulls(len(rows), present.type)
        )

    def first_rows(self, count: int) -> Any:
        """Return the first rows of all columns as a `pa.Table`, in one pass."""
        import pyarrow as pa

        rows = np.arange(min(count, self.rows))
        return pa.table({column: self.take(column, rows) for column in self.columns})

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        """Return a column as float64, NaN where there is none (or one beyond `LARGEST`); None for text, see
        `scores_of`.
        """
        if column not in self._numbers:
            shown = self.name_in_file(column)
            self._numbers[column] = scores_of(
                self.arrow(column), column, self.origin, self._notes, shown=shown
            )
        return self._numbers[column]

    def labels(self, column: str) -> Labels:
        """Return a column as labels; white space around them is dropped and an empty one counts as none."""
        if column not in self._labels:
            self._labels[column] = labels_of(self.arrow(column), column)
        return self._labels[column]

    def filled(self, column: str) -> NDArray[np.bool_]:
        """Say for every run whether the column holds something other than null or empty text."""
        return filled_of(self.arrow(column))


@dataclass(eq=False)
class FrameSource(Source):
    """Runs in a pandas DataFrame of any dtypes."""

    frame: Any = None

    def _read(self, column: str) -> Any:
        return arrow_of(self.frame[column])

    def _read_rows(self, column: str, rows: NDArray[np.integer[Any]]) -> Any:
        # The rows first: turning a million Python strings into Arrow to keep a hundred of them costs far
        # more.
        return arrow_of(self.frame[column].iloc[rows])


@dataclass(eq=False)
class TableSource(Source):
    """Runs in a `pa.Table`."""

    table: Any = None

    def _read(self, column: str) -> Any:
        return self.table.column(column)


def _flat(values: object) -> Any:
    """Return one array for a chunked one."""
    import pyarrow as pa

    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def arrow_of(series: Any) -> Any:
    """Return a pandas Series as Arrow; a column of mixed types, or of integers beyond 64 bits,
    becomes text.
    """
    import pyarrow as pa

    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        present = series.notna()
        return pa.array(
            [str(value) if there else None for value, there in zip(series, present, strict=True)], pa.string()
        )


def numbers_of(values: Any) -> NDArray[np.float64] | None:
    """Return Arrow values as float64 (see `Source.numbers`)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_null(values.type):
        return np.full(len(values), np.nan)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), None, values)
    if pa.types.is_float32(values.type) or pa.types.is_float16(values.type):
        values = _as_written(values)
    try:
        cast = values.cast(pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if cast.null_count:
        cast = cast.fill_null(float("nan"))
    numbers = np.asarray(cast.to_numpy(), dtype=np.float64)
    absurd = np.abs(numbers) > LARGEST
    return np.where(absurd, np.nan, numbers) if absurd.any() else numbers


def _as_written(values: Any) -> Any:
    """Return numbers of a narrow type as the shortest decimals that they stand for: 0.7 stored in four bytes
    is 0.7 and not 0.699999988.

    How wide a score was stored decides nothing: not whether it reaches a threshold of 0.7, nor whether it is
    the 0.7 of the other side.
    """
    import pyarrow as pa

    if pa.types.is_float32(values.type):
        return values.cast(pa.string())
    numbers = np.asarray(
        values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values.to_numpy(),
        dtype=np.float16,
    )
    distinct, places = np.unique(numbers, return_inverse=True)
    return pa.array(np.array([float(str(number)) for number in distinct])[places], from_pandas=True)


def scores_of(
    values: Any,
    column: str = "",
    origin: Origin | None = None,
    notes: dict[str, None] | None = None,
    *,
    shown: str | None = None,
) -> NDArray[np.float64] | None:
    """Return Arrow values as float64 scores, NaN where there is none; None for a column of text.

    Read as `frames.read_scores` does, the one reader of scores: a judge that says "N/A" gave nothing for that
    run.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        The column.
    column : str
        Its name. In the score column of an evaluator or annotation every cell must be a score once one is;
        any other column that holds something else is text.
    origin : Origin, optional
        What an error calls the runs.
    notes : dict, optional
        Takes what a user should know of the reading, in order, each line once.
    shown : str, optional
        What errors and notes call the column, where its user gave it another name.

    Raises
    ------
    ColumnError
        Some scores cannot be read, or are infinite; names the experiment or file, column, row, cell and
        count.
    """
    import pyarrow as pa

    from arize_nb.frames import NOWHERE, eval_column, read_scores

    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        values = _as_written(values.cast(kind))
    reading = read_scores(values)
    if reading.is_text:
        return None
    part = eval_column(column)
    called = shown or column
    if part is not None and part.member == "score":
        reading.checked(called, origin or NOWHERE)
    elif reading.unreadable and (not reading.is_endless or not _is_number(kind)):
        return None
    numbers = np.asarray(reading.scores.fill_null(float("nan")).to_numpy(), dtype=np.float64)
    absurd = np.abs(numbers) > LARGEST
    if notes is not None:
        notes.update(dict.fromkeys(reading.notes(called)))
        if reading.is_endless:
            notes[f"{called}: {reading.unreadable:,} infinite, which is no number to compare: left out."] = (
                None
            )
        if absurd.any():
            notes[
                f"{called}: {absurd.sum():,} beyond {LARGEST:g} in size, which is not compared: left out."
            ] = None
    return np.where(absurd, np.nan, numbers) if absurd.any() else numbers


def _is_number(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds numbers."""
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def labels_of(values: Any, column: str = "") -> Labels:
    """Return Arrow values as labels (see `Source.labels`).

    In the label column of an evaluator or annotation the words for nothing ("N/A", "None", see
    `frames.read_labels`) count as none; in any other column they are text like all else.
    """
    import pyarrow as pa

    from arize_nb.frames import eval_column, is_no_label

    part = eval_column(column)
    judged = part is not None and part.member == "label"
    if pa.types.is_null(values.type):
        return Labels(np.full(len(values), -1, dtype=np.int32), ())
    if not pa.types.is_dictionary(values.type):
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            values = values.cast(pa.string())
        values = values.dictionary_encode()
    values = values.unify_dictionaries()
    if not values.num_chunks:
        return Labels(np.empty(0, dtype=np.int32), ())
    raw = [str(text) if text is not None else "" for text in values.chunk(0).dictionary.to_pylist()]
    codes = np.concatenate(
        [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in values.chunks]
    ).astype(np.int32)
    trimmed = [text.strip() for text in raw]
    vocabulary = tuple(dict.fromkeys(text for text in trimmed if text and not (judged and is_no_label(text))))
    if vocabulary == tuple(raw):
        return Labels(codes, vocabulary)
    places = {text: place for place, text in enumerate(vocabulary)}
    new_code = np.array([*(places.get(text, -1) for text in trimmed), -1], dtype=np.int32)
    return Labels(new_code[codes], vocabulary)


def filled_of(values: Any) -> NDArray[np.bool_]:
    """Say for every Arrow value whether it is something other than null, false, NaN or empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if values.null_count == len(values):
        return np.zeros(len(values), dtype=bool)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    present = pc.is_valid(values)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        present = pc.fill_null(pc.greater(pc.binary_length(values), 0), False)
    elif pa.types.is_boolean(values.type):
        present = pc.fill_null(values, False)
    elif pa.types.is_floating(values.type):
        present = pc.and_(present, pc.invert(pc.fill_null(pc.is_nan(values), True)))
    flat = (
        present.to_numpy() if isinstance(present, pa.ChunkedArray) else present.to_numpy(zero_copy_only=False)
    )
    return np.asarray(flat, dtype=bool)
