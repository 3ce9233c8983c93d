"""Numbers as they are shown: lined up, separated, never made into what they are not."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.comparison.words.row_sentences import amount
from arize_nb.display.tables import frame_html, text_table
from arize_nb.text.number_text import column_decimals, column_texts, exact, fixed, single
from arize_nb.widgets.column_filters.filters import column_filter

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.99999], ["0.99999"]),
        ([99.996, 10123.456, 100000.5], ["99.996", "10,123.456", "100,000.500"]),
        ([0.5, 0.25, 1.0, None], ["0.50", "0.25", "1.00", None]),
        ([1 / 3, 2 / 3], ["0.3333", "0.6667"]),
        ([1 / 3, 0.99999], ["0.33333", "0.99999"]),
        ([1 / 3, 0.999999999], ["0.333333", "0.999999999"]),
        ([1.0, 2.0, float("nan"), float("inf")], ["1", "2", "NaN", "inf"]),
        ([1e20, 1 / 3], ["1e+20", "0.3333"]),
        ([1234567, 5], ["1,234,567", "5"]),
        ([True, False], ["true", "false"]),
        ([2**60], ["1,152,921,504,606,846,976"]),
    ],
)
def test_a_column_has_one_number_of_decimals_and_separators(values, expected):
    """Points line up; what would read as 0, 1 or 100 and is not shows the digits that tell."""
    assert expected == column_texts(values)


def test_whole_numbers_that_are_names_are_not_separated():
    """An id, a seed or a year is no amount."""
    assert [["12345"]] * 4 == [
        column_texts([12345], name=name) for name in ("id", "example_id", "seed", "run.year")
    ]
    assert ["12,345"] == column_texts([12345], name="tokens")


@given(value=FLOATS, decimals=st.integers(0, 6))
def test_nothing_reads_as_none_one_or_a_hundred_that_is_not(value, decimals):
    """In a column, alone, of any sign and size."""
    for text in (fixed(value, decimals), single(value)):
        read = abs(float(text.replace(",", "")))
        assert (
            read == abs(value)
            if read in (0.0, 1.0, 100.0)
            else abs(value) not in (1.0, 100.0) or read == abs(value)
        )


@given(value=FLOATS)
def test_the_exact_form_gives_the_number_back_and_finds_it_in_a_filter(value):
    """What hover, detail and copies show can be typed again."""
    column = pa.chunked_array([pa.array([value, math.nextafter(value, math.inf)])])
    mask = column_filter("c", column.type, exact(value)).mask(column).to_pylist()

    assert float(exact(value)) == value
    assert mask[0]
    assert not mask[1] or value == column.to_pylist()[1]


@given(values=st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=30))
def test_decimals_line_up(values):
    """All of a column have the same number of digits behind the point, but for those that need more to be
    told from 0, 1 and 100.
    """
    decimals = column_decimals(values)
    lengths = {len(text.partition(".")[2]) for text in column_texts(values) if "e" not in text}

    assert decimals == min(lengths)
    assert lengths <= {decimals} or any(
        min(abs(value - near) for near in (0, 1, 100)) < 1e-5 for value in values
    )


def test_the_table_shows_rounded_and_hands_back_exact(monkeypatch):
    """Decimals are those of the whole column on every page; hover and detail have all digits; 32-bit floats
    have the digits of 32 bits.
    """
    table = pa.table(
        {
            "id": [f"r{place}" for place in range(60)],
            "score": [place / 7 for place in range(60)],
            "half": pa.array([0.1] * 60, pa.float32()),
            "tokens": [place * 1000 for place in range(60)],
        }
    )
    grid = ax.Grid(table, page_size=10)
    page = grid._page({})

    assert [["r1", "0.1429", "0.1", "1,000"], {"1": repr(1 / 7), "3": "1000"}] == [
        page["rows"][1]["cells"],
        page["rows"][1]["exact"],
    ]
    grid.page = 5
    assert ["r57", "8.1429", "0.1", "57,000"] == grid._page({})["rows"][7]["cells"]
    assert [["id", "r57"], ["score", repr(57 / 7)], ["half", "0.1"], ["tokens", "57000"]] == grid.detail_of(
        "r57"
    )[1][0]["rows"]
    assert ">8.1429</td>" in grid.to_html(60)


def test_frames_in_html_and_in_a_terminal_do_the_same():
    """A column of a printed frame lines up too; a terminal has no separators, since what it prints is typed
    again.
    """
    import pandas as pd

    frame = pd.DataFrame({"score": [1 / 3, 0.99999], "tokens": [1234567, 2]})

    assert ">0.33333</td>" in frame_html(frame)
    assert ">1,234,567</td>" in frame_html(frame)
    assert "  score   tokens\n0.33333  1234567\n0.99999        2" == text_table(frame.to_dict("records"))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.9996, "pass/fail", "99.96%"), (1.0, "pass/fail", "100.0%"), (0.9999999999999999, "pass/fail", "100.0%"),
        (0.0004, "pass/fail", "0.04%"),
        (0.99999, "score", "0.99999"), (1.0, "score", "1"), (99.99, "score", "99.99"), (0.12345, "score", "0.123"),
    ],
)  # fmt: skip
def test_the_summary_of_a_comparison_rounds_nothing_to_all_or_none(value, kind, expected):
    """A rate just below all of them is not 100 %, a mean just below one is not 1; what floats add is not
    shown.
    """
    assert expected == amount(value, kind)
