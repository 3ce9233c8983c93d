"""What a task or an evaluator may ask of an example: input, expected output, metadata, a column, the row."""

from __future__ import annotations

import copy
import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from arize_nb.errors import InputError
from arize_nb.harness.functions.binding import Column, columns_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from arize_nb.harness.functions.binding import Key

INPUT_COLUMNS = ("attributes.input.value", "input", "question", "query", "prompt")
"""Where `input` is looked for, first one wins; the first is what the official runner takes."""
EXPECTED_COLUMNS = (
    "attributes.output.value",
    "expected",
    "expected_output",
    "reference",
    "ground_truth",
    "answer",
    "output",
)
"""Where the expected output is looked for."""
METADATA_COLUMNS = ("attributes.metadata", "metadata")
"""Where the metadata of an example is looked for."""

SHOWN_INPUT = 200
"""Most characters of an input that a table of failures shows."""
_PLAIN = frozenset({str, int, float, bool, type(None), bytes, Decimal, date, datetime})
"""Values that cannot be changed in place, and so need no copy."""
_LOOKUPS = {"input": INPUT_COLUMNS, "expected": EXPECTED_COLUMNS, "metadata": METADATA_COLUMNS}


class ExampleView:
    """Lazy access to one example: nothing is looked up or copied before it is asked for."""

    __slots__ = ("_example", "values")

    def __init__(self, example: Mapping[str, Any], repetition: int = 1) -> None:
        self._example = example
        self.values: dict[str, Callable[..., Any]] = {
            "row": self.row,
            "column": self.column,
            "repetition": lambda: repetition,
            "input": lambda: self._first(INPUT_COLUMNS),
            "expected": lambda: self._first(EXPECTED_COLUMNS),
            "metadata": lambda: self._first(METADATA_COLUMNS),
        }

    def row(self) -> dict[str, Any]:
        """Copy the example: what one call changes must not reach the next."""
        return {
            name: value if type(value) in _PLAIN else own_copy(value) for name, value in self._example.items()
        }

    def column(self, name: str) -> Any:
        """Copy the value of one column; None where this example has none."""
        return own_copy(self._example.get(name))

    def _first(self, columns: Sequence[str]) -> Any:
        return own_copy(first_of(self._example, columns))


def first_of(example: Mapping[str, Any], columns: Sequence[str]) -> Any:
    """Return the value of the first of `columns` that has one; None when none has."""
    return next((example[name] for name in columns if example.get(name) is not None), None)


def input_text(example: Mapping[str, Any], taken: Sequence[str] = ()) -> str | None:
    """Return the input of an example as text, cut when it is long; in its place the columns `taken` by the
    task; None without either.
    """
    value = first_of(example, INPUT_COLUMNS)
    if value is None:
        given = {name: example[name] for name in taken if example.get(name) is not None}
        value = next(iter(given.values())) if len(given) == 1 else given or None
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_INPUT else f"{text[: SHOWN_INPUT - 1]}…"


def own_copy(value: object) -> Any:
    """Copy what could be changed in place: user code gets a value of its own."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, list) and kind is list:
        return [item if type(item) in _PLAIN else own_copy(item) for item in value]
    if isinstance(value, dict) and kind is dict:
        return {key: item if type(item) in _PLAIN else own_copy(item) for key, item in value.items()}
    return copy.deepcopy(value)


def columns_of(examples: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the columns that at least one example has."""
    return set().union(*examples)


def check_columns(keys: Iterable[Key], columns: Collection[str], what: str) -> None:
    """Refuse a function that asks for something no example has, before anything is called.

    Raises
    ------
    InputError
        Names the columns that were looked for and those there are.
    """
    for key in keys:
        sought = () if isinstance(key, Column) or key == "metadata" else _LOOKUPS.get(key, ())
        if sought and not any(name in columns for name in sought):
            raise InputError(
                f"{what} asks for `{key}`, but no example has a column {' or '.join(sought)}",
                hint=(
                    f"{columns_text(columns)} Name the parameter like one of them, or take `dataset_row` for"
                    " the whole example."
                ),
            )


def example_ids(examples: Sequence[Mapping[str, Any]], dataset: str) -> list[str]:
    """Return the ids of the examples.

    Raises
    ------
    InputError
        There is no example, one has no id, or two have the same.
    """
    if not examples:
        raise InputError(f"dataset {dataset!r} has no examples", hint="Add some: client.datasets.append(…).")
    ids = [example.get("id") for example in examples]
    missing = next(
        (index for index, value in enumerate(ids) if not isinstance(value, str) or not value), None
    )
    if missing is not None:
        raise InputError(f"example {missing} of dataset {dataset!r} has no `id`")
    if len(set(ids)) < len(ids):
        raise InputError(f"{len(ids) - len(set(ids)):,} example ids of dataset {dataset!r} appear twice")
    return ids  # type: ignore[return-value]
