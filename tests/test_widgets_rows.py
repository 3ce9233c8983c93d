"""Rows of the grid: filtered, sorted and paged in Arrow."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arize_nb.errors import ColumnError, InputError
from arize_nb.widgets.grid.arrow_rows import table_of
from arize_nb.widgets.grid.row_source import MAX_PAGE, RowOrder, RowSource

RUNS = pa.table(
    {
        "id": ["r0", "r1", "r2", "r3", "r4"],
        "output": ["Paris", "paris is nice", None, "Rome", "100% (a.b)"],
        "topic": pa.array(["x", "y", "x", "y", None]).dictionary_encode(),
        "score": [0.5, None, float("nan"), 0.9, 0.1],
        "tokens": [3, 1, 2, 5, 4],
        "steps": [[1], [], None, [2, 3], [4]],
    }
)


def ids(source, **order):
    wanted = RowOrder(**order)
    return source.keys(source.positions(wanted, 0, 100))


def test_a_query_looks_in_every_text_column_in_any_case_and_literally():
    """Text is found as it stands; a dot or a bracket is no pattern."""
    source = RowSource(RUNS)

    assert ["r0", "r1"] == ids(source, query="PARIS")
    assert ["r4"] == ids(source, query="(a.b)")
    assert ["r1", "r3"] == ids(source, query="y")
    assert [] == ids(source, query="(a b)")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"score": ">0.4"}, ["r0", "r3"]),
        ({"score": "0.1..0.5"}, ["r0", "r4"]),
        ({"score": "="}, ["r1", "r2"]),
        ({"tokens": "!=3"}, ["r1", "r2", "r3", "r4"]),
        ({"tokens": "2"}, ["r2"]),
        ({"tokens": "..2"}, ["r1", "r2"]),
        ({"output": 'is:"Rome"'}, ["r3"]),
        ({"output": '-has:"paris"'}, ["r2", "r3", "r4"]),
        ({"output": "is:present"}, ["r0", "r1", "r3", "r4"]),
        ({"output": "is:missing"}, ["r2"]),
        ({"output": "=Rome"}, []),
        ({"score": "is:present"}, ["r0", "r3", "r4"]),
        ({"steps": "is:missing"}, ["r2"]),
        ({"topic": "x", "tokens": ">2"}, ["r0"]),
        ({"topic": "  "}, ["r0", "r1", "r2", "r3", "r4"]),
    ],
)
def test_a_condition_on_a_column_keeps_the_rows_that_meet_it(filters, expected):
    """Numbers compare, text contains what is typed, and presence is asked for by name (on numbers by a sign
    alone as well).
    """
    assert expected == ids(RowSource(RUNS), filters=filters)


def test_sorting_puts_missing_values_last_either_way():
    """NaN and null come after every number."""
    source = RowSource(RUNS)

    assert ["r4", "r0", "r3"] == ids(source, sort=("score", "ascending"))[:3]
    assert ["r3", "r0", "r4"] == ids(source, sort=("score", "descending"))[:3]
    assert ["r3", "r0"] == ids(source, sort=("score", "descending"), filters={"score": ">0.4"})


def test_several_columns_sort_each_among_the_equals_of_the_one_before():
    """The second key decides where the first is equal; missing values come last under either."""
    source = RowSource(RUNS)

    assert ["r2", "r0", "r1", "r3", "r4"] == ids(
        source, sort=(("topic", "ascending"), ("tokens", "ascending"))
    )
    assert ["r0", "r2", "r3", "r1", "r4"] == ids(
        source, sort=(("topic", "ascending"), ("tokens", "descending"))
    )
    assert ["r0", "r2"] == ids(
        source, sort=(("topic", "ascending"), ("tokens", "descending")), filters={"topic": "x"}
    )


@given(
    values=st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=1, max_size=60),
    size=st.integers(1, 120),
    low=st.integers(-50, 50),
)
def test_pages_together_are_the_sorted_matching_rows(values, size, low):
    """Whatever the page size, all pages in a row are what sorting and filtering in plain Python gives."""
    source = RowSource(
        pa.table({"id": [str(place) for place in range(len(values))], "n": pa.array(values, pa.int64())})
    )
    order = RowOrder(sort=("n", "ascending"), filters={"n": f">={low}"})
    pages = -(-source.matched(order) // min(size, MAX_PAGE))
    found = [position for page in range(pages) for position in source.positions(order, page, size)]
    kept = [place for place, value in enumerate(values) if value is not None and value >= low]

    assert sorted(kept, key=lambda place: values[place]) == found


def test_a_page_has_at_most_a_hundred_rows_whatever_is_asked():
    """The browser cannot make Python send a whole table."""
    source = RowSource(pa.table({"id": [str(place) for place in range(500)]}))

    assert MAX_PAGE == len(source.positions(RowOrder(), 0, 10**9))


def test_rows_are_known_by_distinct_ids_else_by_position():
    """A column with repeated or missing values identifies nothing."""
    assert "id" == RowSource(RUNS).id_column
    assert "example_id" == RowSource(pa.table({"id": ["a", "a"], "example_id": ["e1", "e2"]})).id_column
    assert RowSource(pa.table({"id": ["a", None]})).id_column is None
    assert ["0", "1"] == RowSource(pa.table({"id": ["a", "a"]})).keys([0, 1])
    assert 1 == RowSource(pa.table({"id": pa.array([7, 8])})).position("8")
    assert RowSource(RUNS).position("nobody") is None


def test_many_ids_are_found_in_one_pass_in_the_order_asked():
    """Selection of hundreds of rows comes back in the order of selection."""
    source = RowSource(pa.table({"id": [f"r{place}" for place in range(1000)], "n": list(range(1000))}))
    keys = [f"r{place}" for place in range(900, 100, -3)]

    assert [int(key[1:]) for key in keys] == source.rows_of([*keys, "gone"])["n"].to_pylist()


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"sort": ("nope", "ascending")}, ColumnError),
        ({"sort": ("score", "sideways")}, InputError),
        ({"sort": ("steps", "ascending")}, InputError),
        ({"filters": {"nope": "x"}}, ColumnError),
        ({"filters": {"score": "> many"}}, InputError),
        ({"filters": {"steps": "x"}}, InputError),
    ],
)
def test_an_order_that_makes_no_sense_is_an_error_that_names_it(order, error):
    """A column that is not there, a direction, a number that is none."""
    with pytest.raises(error):
        RowSource(RUNS).positions(RowOrder(**order), 0, 5)


def test_frames_lists_and_odd_columns_become_tables():
    """A column of mixed types is shown as text instead of failing."""
    frame = pd.DataFrame({"a": [1, "x", None], "b": pd.Categorical(["u", "v", "u"])})

    assert ["1", "x", None] == table_of(frame)["a"].to_pylist()
    assert ["u", "v", "u"] == RowSource(table_of(frame)).table["b"].to_pylist()
    assert [{"a": 1, "b": None}, {"a": None, "b": [1, 2]}] == table_of([{"a": 1}, {"b": [1, 2]}]).to_pylist()
    with pytest.raises(InputError, match="cannot show a int as rows"):
        table_of(3)
