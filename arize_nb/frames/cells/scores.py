"""Scores and labels as people write them -> numbers and labels, or the cell that is neither; the one reader
of both.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from arize_nb.errors import ColumnError
from arize_nb.frames.origin import NOWHERE, Origin

NOTHING = ("", "nan", "<na>", "na", "n/a", "#n/a", "null", "none", "-")
"""Texts that stand for no score, any case, blanks around them dropped."""
NO_LABEL = ("", "nan", "NaN", "<NA>", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "None", "-")
"""Texts that stand for no label: other spellings, such as `none`, can be the name of a class."""

Form = Literal["number", "percent", "decimal comma", "percent with a decimal comma"]

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_PERCENT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+) ?%$"
_COMMA = r"^[+-]?[0-9]*,[0-9]+$"
_COMMA_OR_WHOLE = r"^[+-]?([0-9]+|[0-9]*,[0-9]+)$"
_COMMA_PERCENT = r"^[+-]?([0-9]+|[0-9]*,[0-9]+) ?%$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+$"
_QUOTED = r'^"(.*)"$'
_BOOLEAN = ("true", "false")
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class ScoreReading:
    """A column read as scores."""

    scores: pa.ChunkedArray
    """float64; null where there is no score, or a cell that is none."""
    form: Form = "number"
    """How the text was written: in percent (`95%` is 0.95), with a decimal comma, or plainly."""
    words: tuple[tuple[str, int], ...] = ()
    """Texts that stand for no score and how often each came, most first; true nulls and empty cells are not
    among them.
    """
    unreadable: int = 0
    """Cells that are something else."""
    first: int | None = None
    """Row of the first such cell, from 0."""
    cell: str = ""
    """Its text."""
    reason: str = ""
    """Why, where more can be said than that it is no number."""
    is_endless: bool = False
    """Whether the cells that cannot be read are numbers that are infinite, or beyond a double."""
    _readable: int = field(default=0, repr=False)

    @property
    def is_text(self) -> bool:
        """Whether no cell is a number and some cell is something else: a column of text."""
        return bool(self.unreadable) and not self._readable and not self.is_endless

    def checked(self, column: str, origin: Origin = NOWHERE) -> pa.ChunkedArray:
        """Return the scores when every cell could be read.

        Raises
        ------
        ColumnError
            Some cell is neither a number nor a word for nothing; names file, column, line, cell and count.
        """
        if self.first is None:
            return self.scores
        shown = self.cell if len(self.cell) <= _SHOWN else self.cell[: _SHOWN - 1] + "…"
        count = (
            f"{self.unreadable:,} of {len(self.scores):,} cells {'is' if self.unreadable == 1 else 'are'}"
            " none"
        )
        what = (
            f"{origin.prefix()}column {column!r} must hold a number: {shown!r} in {origin.row(self.first)}"
            f" ({self.reason or count})"
        )
        hint = "Write a number (0.95), or leave the cell empty where there is no score."
        raise ColumnError(what, column=column, path=column, record=origin.index(self.first), hint=hint)

    def notes(self, column: str) -> tuple[str, ...]:
        """Return what a user should know of the reading, a line each."""
        return (*self._form_note(column), *words_note(column, self.words, "unscored"))

    def _form_note(self, column: str) -> tuple[str, ...]:
        examples = {
            "percent": "in percent: 95% is 0.95",
            "decimal comma": "with a decimal comma: 0,5 is 0.5",
            "percent with a decimal comma": "in percent with a decimal comma: 9,5% is 0.095",
        }
        return (f"{column} is read {examples[self.form]}.",) if self.form in examples else ()


@dataclass(frozen=True, kw_only=True)
class LabelReading:
    """A column read as labels."""

    labels: pa.ChunkedArray
    """string, blanks around it dropped; null where there is no label."""
    words: tuple[tuple[str, int], ...] = ()
    """Texts that stand for no label and how often each came, most first."""

    def notes(self, column: str) -> tuple[str, ...]:
        """Return what a user should know of the reading, a line each."""
        return words_note(column, self.words, "without a label")


def words_note(column: str, words: tuple[tuple[str, int], ...], what: str) -> tuple[str, ...]:
    """Say in one line how many cells stand for nothing, and by which words."""
    if not words:
        return ()
    count = sum(times for _, times in words)
    listed = ", ".join(repr(word) for word, _ in words[:4]) + (", …" if len(words) > 4 else "")
    return (f"{column}: {count:,} {'is' if count == 1 else 'are'} {what} ({listed}).",)


def read_scores(column: pa.Array | pa.ChunkedArray) -> ScoreReading:
    """Read a column as scores.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray
        Of any type; dictionaries are decoded, text is read.

    Returns
    -------
    ScoreReading
        Numbers and booleans (1 and 0) are scores; NaN is none. Text of a number is that number; the words for
        nothing (`NOTHING`) are no score and counted. A column all of whose values carry `%` is read in
        percent (divided by 100), one with decimal commas and no decimal point as such, and `form` says so.
        Any other cell is unreadable: `checked` refuses it. So is a number that is infinite or beyond a
        double.
    """
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    kind = chunked.type
    if pa.types.is_dictionary(kind):
        return read_scores(chunked.cast(kind.value_type))
    if pa.types.is_null(kind):
        return ScoreReading(scores=pa.chunked_array([pa.nulls(len(chunked), pa.float64())]))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _text_scores(chunked if pa.types.is_string(kind) else chunked.cast(pa.string()))
    if pa.types.is_boolean(kind):
        return _numeric(chunked.cast(pa.int64()).cast(pa.float64()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numeric(chunked.cast(pa.float64(), safe=False))
    return _unreadable(chunked)


def _numeric(scores: pa.ChunkedArray) -> ScoreReading:
    """Read numbers: NaN is no score, an infinite one cannot be kept."""
    finite = pc.is_finite(scores)
    if pc.all(finite, min_count=0).as_py():
        return ScoreReading(scores=scores, _readable=len(scores) - scores.null_count)
    endless = pc.is_inf(scores)
    kept = pc.if_else(finite, scores, pa.scalar(None, pa.float64()))
    return replace(_reading(kept, endless, scores, words=()), is_endless=True)


def _unreadable(column: pa.ChunkedArray) -> ScoreReading:
    """Read a column of lists, objects, times: nothing in it is a score."""
    scores = pa.chunked_array([pa.nulls(len(column), pa.float64())])
    return _reading(scores, pc.is_valid(column), column, words=())


def _text_scores(given: pa.ChunkedArray) -> ScoreReading:
    """Read text."""
    bare = pc.replace_substring_regex(pc.utf8_trim_whitespace(given), _QUOTED, r"\1")
    nothing = pc.or_kleene(pc.is_null(bare), pc.is_in(pc.utf8_lower(bare), pa.array(NOTHING)))
    values = pc.if_else(nothing, pa.scalar(None, pa.string()), bare)
    words = _counts(bare.filter(nothing))
    form, scores = _parsed(values)
    if scores is None:
        return _reading(*_plain_numbers(values), given, words=words, reason=_reason(values))
    scores = pc.if_else(pc.is_finite(scores), scores, pa.scalar(None, pa.float64()))
    endless = pc.and_(pc.is_valid(values), pc.is_null(scores))
    reading = _reading(scores, endless, given, words=words, form=form)
    return replace(reading, is_endless=bool(reading.unreadable))


def _parsed(values: pa.ChunkedArray) -> tuple[Form, pa.ChunkedArray | None]:
    """Read a column whose cells are all of one form; None for one of several, or of none."""
    try:
        return "number", values.cast(pa.float64())
    except pa.ArrowInvalid:
        pass
    if _all_match(values, _PERCENT):
        return "percent", pc.divide(_without_percent(values).cast(pa.float64()), 100.0)
    if _all_match(values, _COMMA_PERCENT):
        return "percent with a decimal comma", pc.divide(
            _pointed(_without_percent(values)).cast(pa.float64()), 100.0
        )
    commas = values.filter(pc.fill_null(pc.match_substring(values, ","), False))
    if len(commas) and _all_match(values, _COMMA_OR_WHOLE) and not _all_match(commas, _THOUSANDS):
        return "decimal comma", _pointed(values).cast(pa.float64())
    if pc.all(
        pc.is_in(pc.utf8_lower(values), pa.array(_BOOLEAN)).filter(pc.is_valid(values)), min_count=0
    ).as_py():
        return "number", pc.if_else(pc.equal(pc.utf8_lower(values), "true"), 1.0, 0.0)
    return "number", None


def _plain_numbers(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Read the plain numbers of a mixed column, and say which cells are none."""
    plain = pc.fill_null(pc.match_substring_regex(values, _NUMBER), False)
    scores = pc.if_else(plain, values, pa.scalar(None, pa.string())).cast(pa.float64())
    scores = pc.if_else(pc.is_finite(scores), scores, pa.scalar(None, pa.float64()))
    return scores, pc.and_(pc.is_valid(values), pc.is_null(scores))


def _reason(values: pa.ChunkedArray) -> str:
    """Say why a column of commas cannot be read, when it could be read in two ways."""
    commas = values.filter(pc.fill_null(pc.match_substring(values, ","), False))
    if len(commas) and _all_match(commas, _THOUSANDS) and _all_match(values, _COMMA_OR_WHOLE):
        return "is its comma a decimal one, or does it part thousands? Write 1.5 or 1500"
    return ""


def _reading(
    scores: pa.ChunkedArray,
    wrong: pa.ChunkedArray,
    given: pa.ChunkedArray,
    *,
    words: tuple[tuple[str, int], ...],
    form: Form = "number",
    reason: str = "",
) -> ScoreReading:
    """Put a reading together, the first wrong cell looked up."""
    wrong = pc.fill_null(wrong, False)
    count = pc.sum(wrong, min_count=0).as_py() or 0
    first = pc.index(wrong, True).as_py() if count else None
    return ScoreReading(
        scores=scores if isinstance(scores, pa.ChunkedArray) else pa.chunked_array([scores]),
        form=form,
        words=words,
        unreadable=count,
        first=first,
        cell="" if first is None else str(given[first].as_py()),
        reason=reason,
        _readable=len(scores) - scores.null_count,
    )


def _all_match(values: pa.ChunkedArray, pattern: str) -> bool:
    """Whether every cell that is not null matches."""
    return bool(pc.all(pc.match_substring_regex(values, pattern), min_count=0).as_py())


def _without_percent(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(values, " ?%$", "")


def _pointed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring(values, ",", ".")


def _counts(words: pa.ChunkedArray) -> tuple[tuple[str, int], ...]:
    """Count the words for nothing, nulls and empty cells left out."""
    counted = pc.value_counts(words.drop_null())
    pairs = [(item["values"], item["counts"]) for item in counted.to_pylist() if item["values"]]
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def read_score(value: object) -> float | None:
    """Read one score that a person or a function gave: by the rules of `read_scores`, for a value that stands
    alone.

    Returns
    -------
    float or None
        None for no score: None, NaN, or a word for nothing.

    Raises
    ------
    ValueError
        It is no number, or beyond a double. One value alone cannot say that it is in percent or has a decimal
        comma.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in NOTHING:
            return None
        if not re.match(_NUMBER, text):
            raise ValueError(f"{value!r} is not a number")
        number = float(text)
    elif type(value).__name__ in ("NAType", "NaTType"):
        return None
    elif hasattr(value, "__float__"):
        number = float(value)
    else:
        raise ValueError(f"a {type(value).__name__} is not a number")
    if math.isnan(number):
        return None
    if math.isinf(number):
        raise ValueError(f"{value!r} is infinite, or beyond a double")
    return number


def read_labels(column: pa.Array | pa.ChunkedArray) -> LabelReading:
    """Read a column as labels: its text, blanks around it dropped; the words for nothing (`NO_LABEL`) are
    none and counted.
    """
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if pa.types.is_dictionary(chunked.type):
        chunked = chunked.cast(chunked.type.value_type)
    if not pa.types.is_string(chunked.type):
        from arize_nb.frames.cells.arrow_types import as_text

        chunked = as_text(chunked)
    bare = pc.utf8_trim_whitespace(chunked)
    nothing = pc.or_kleene(pc.is_null(bare), pc.is_in(bare, pa.array(NO_LABEL)))
    return LabelReading(
        labels=pc.if_else(nothing, pa.scalar(None, pa.string()), bare), words=_counts(bare.filter(nothing))
    )


def is_no_label(text: str) -> bool:
    """Whether a text stands for no label."""
    return text.strip() in NO_LABEL
