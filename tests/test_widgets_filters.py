"""Conditions above the columns of a table: read as meant, said as read, exact."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import arize_nb as ax
from arize_nb.errors import ColumnError, InputError
from arize_nb.widgets.column_filters.filters import column_filter, quoted

COUNT = 600
OUTPUTS = [
    f"<think>plan</think> {i}" if i % 7 == 0 else (f"zebra {i}" if i % 2 else f"answer {i}")
    for i in range(COUNT)
]
TOKENS = [
    "!important" if i % 10 == 0 else ">5 items" if i % 10 == 2 else "=SUM(A1)" if i % 10 == 4 else "plain"
    for i in range(COUNT)
]


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame(
        {
            "output": OUTPUTS,
            "bucket": pd.Categorical(list(range(12)) * 50),
            "ok": [i % 3 == 0 for i in range(COUNT)],
            "big": [2**60 + i for i in range(COUNT)],
            "token": TOKENS,
            "cost": [Decimal(i) / 100 for i in range(COUNT)],
            "small": np.arange(COUNT, dtype=np.float32) / np.float32(10),
            "when": pd.date_range("2026-01-01", periods=COUNT, freq="6h"),
        }
    )


def kept(values, kind, text):
    """Return which of the values a condition keeps."""
    column = pa.chunked_array([pa.array(values, kind)])
    mask = column_filter("c", column.type, text).mask(column)
    return [value for value, met in zip(values, mask.to_pylist(), strict=True) if met]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("output", "<think>", 86),
        ("token", ">5 items", 60),
        ("token", "!important", 60),
        ("token", "=SUM(A1)", 60),
        ("token", "=", 60),
        ("token", 'is:"plain"', 420),
        ("token", '-is:"plain"', 180),
        ("token", '-has:"sum"', 540),
        ("bucket", ">9", 100),
        ("ok", "=True", 200),
        ("ok", "!=true", 400),
        ("ok", "no", 400),
        ("big", ">0", COUNT),
        ("big", f"={2**60 + 1}", 1),
        ("big", f"{2**60:,}", 1),
        ("big", f">{2**60 + 597}", 2),
        ("big", "<1e30", COUNT),
        ("big", f"<={2**60 + 0.5:.1f}", 1),
        ("cost", "0.07", 1),
        ("cost", ">=5.985", 1),
        ("small", "=0.1", 1),
        ("small", ">0.1", COUNT - 2),
        ("when", "2026-01-03", 4),
        ("when", ">=2026-01-03", COUNT - 8),
        ("when", ">2026-01-03", COUNT - 9),
        ("when", "2026-01", 124),
        ("when", "2026-01-02..2026-01-03", 8),
        ("when", "!=2026-01-03 06:00", COUNT - 1),
    ],
)
def test_a_condition_keeps_the_rows_that_pandas_or_counting_by_hand_keeps(frame, name, text, expected):
    """Text is text whatever it begins with; truth values, 64-bit integers, decimals and times compare as what
    they are.
    """
    grid = ax.Grid(frame)
    grid.filters = {name: text}

    assert expected == len(grid.frame(all_pages=True))


@pytest.mark.parametrize(
    ("name", "text", "reading"),
    [
        ("output", "<think>", 'output contains "<think>"'),
        ("output", 'is:"a \\"b\\""', 'output is "a "b""'),
        ("output", '-has:"x"', 'output does not contain "x"'),
        ("output", "is:missing", "output is missing"),
        ("small", ">0.5", "small > 0.5"),
        ("small", "0..1", "small from 0 to 1"),
        ("small", "..1", "small ≤ 1"),
        ("ok", "!=true", "ok is false"),
        ("when", "2026-01-03", "when within 2026-01-03"),
        ("when", "2026-01..", "when from 2026-01"),
        ("when", "..2026-01", "when to the end of 2026-01"),
    ],
)
def test_how_a_condition_was_read_is_said(frame, name, text, reading):
    """One line a condition, for the pill and for Python."""
    grid = ax.Grid(frame)
    grid.filters = {name: text}

    assert (reading,) == grid.readings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("small", "abc"), ("big", ">5 items"), ("big", "1,00"), ("ok", "maybe"), ("when", "yesterday"), ("when", "2026-02-30"),
        ("when", ">2026-01-01Z"),        ("small", "nan"), ("small", ".."), ("when", "9999"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_is_refused_and_leaves_what_was_there(frame, name, text):
    """From Python as from the browser: the filters, the rows and the display stay as they were."""
    grid = ax.Grid(frame)
    grid.filters = {"token": "plain"}
    with pytest.raises(InputError, match=name):
        grid.filters = {"token": "plain", name: text}

    assert {"token": "plain"} == grid.filters
    assert 420 == len(grid.frame(all_pages=True))
    assert "420" in grid._repr_mimebundle_()["text/html"]


def test_conditions_cannot_be_changed_behind_the_tables_back(frame):
    """In place nothing is checked, so it is refused; so are a column that is not there and a value that says
    nothing.
    """
    grid = ax.Grid(frame)
    with pytest.raises(InputError, match="not changed in place"):
        grid.filters["small"] = "abc"
    with pytest.raises(ColumnError):
        grid.filters = {"smal": "1"}
    with pytest.raises(InputError, match="such as"):
        grid.filters = {"small": [1]}
    with pytest.raises(InputError):
        grid.sort = ("small", "sideways")
    with pytest.raises(ColumnError):
        grid.sort = [("small", "ascending"), ("gone", "ascending")]
    grid.filters = {"ok": True, "big": 2**60 + 3, "small": " "}

    assert ({"ok": "True", "big": str(2**60 + 3)}, None, 1) == (
        grid.filters,
        grid.sort,
        len(grid.frame(all_pages=True)),
    )


@given(text=st.text(min_size=1).filter(str.strip), around=st.tuples(st.text(max_size=3), st.text(max_size=3)))
def test_every_text_can_be_looked_for_as_it_stands(text, around):
    """Whatever a model wrote, the condition made of it finds it, and says that it does not look for anything
    else.
    """
    text = text.strip().encode("utf-8", "replace").decode()
    hay = "".join((around[0], text, around[1])).encode("utf-8", "replace").decode()

    assert [hay] == kept([hay, None], pa.large_string(), quoted(text))
    assert column_filter("c", pa.large_string(), quoted(text)).reading.startswith('c contains "')


@given(
    values=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20),
    bound=st.one_of(
        st.integers(-(2**64), 2**64),
        st.decimals(-(10**20), 10**20, allow_nan=False, places=3),
        st.sampled_from(["1e400", "-1e400", "1e-400", "-1e-400", "1e-99", "9223372036854775807.5"]).map(
            Decimal
        ),
    ),
)
@pytest.mark.parametrize("sign", [">", ">=", "<", "<=", "=", "!="])
def test_whole_numbers_of_64_bits_compare_exactly_with_any_number(values, bound, sign):
    """As Python's own integers do, at the borders of the type and beyond them."""
    compare = {">": "__gt__", ">=": "__ge__", "<": "__lt__", "<=": "__le__", "=": "__eq__", "!=": "__ne__"}[
        sign
    ]

    assert [value for value in values if getattr(Decimal(value), compare)(Decimal(bound))] == kept(
        values, pa.int64(), f"{sign}{bound}"
    )


@given(
    days=st.lists(st.integers(0, 800), max_size=20),
    day=st.integers(0, 800),
    unit=st.sampled_from(["s", "ms", "us", "ns"]),
    zone=st.booleans(),
)
def test_a_day_is_all_of_it_in_the_columns_own_zone(days, day, unit, zone):
    """Midnight belongs to the day that begins; units and zones do not matter."""
    start = datetime(2025, 1, 1)
    moments = [start + timedelta(hours=7 * number) for number in days]
    wanted = (start + timedelta(days=day)).date()
    column = pa.chunked_array(
        [pa.array(pd.DatetimeIndex(moments).tz_localize("Asia/Kathmandu" if zone else None).as_unit(unit))]
    )
    mask = column_filter("c", column.type, wanted.isoformat()).mask(column)

    assert [moment.date() == wanted for moment in moments] == mask.to_pylist()


def test_every_kind_of_column_aligns_asks_and_sorts_by_the_same_list(frame):
    """Numbers stand right with a number to type, times with a time, text with `contains`; lists cannot be
    sorted.
    """
    heads = {head["name"]: head for head in ax.Grid(frame.assign(steps=[[1]] * COUNT))._view.heads()}

    assert {"bucket", "big", "cost", "small"} == {name for name, head in heads.items() if head["numeric"]}
    assert (">2026-01-31", "true", "contains") == tuple(
        heads[name]["placeholder"] for name in ("when", "ok", "output")
    )
    assert ["steps"] == [name for name, head in heads.items() if not head["sortable"]]


def test_where_nothing_matches_a_text_that_looks_like_a_question_the_spelling_of_the_question_is_said(frame):
    """Who meant `exactly` sees at once why there is nothing, and what to write."""
    grid = ax.Grid(frame)
    grid.filters = {"token": "=plain"}
    hint = 'no rows match: text is looked for as it stands; for "is" write is:"plain"'

    assert hint == grid._page({})["empty"]
    assert "is:&quot;plain&quot;" in grid.to_html()
    grid.filters = {"token": 'is:"plain"', "small": ">1000"}
    assert "no rows match" == grid._page({})["empty"]


@given(
    values=st.lists(st.decimals(-999, 999, allow_nan=False, places=2), max_size=20),
    bound=st.one_of(
        st.decimals(-1000, 1000, allow_nan=False, places=4),
        st.sampled_from(["1e-400", "-1e-400", "1e99"]).map(Decimal),
    ),
)
@pytest.mark.parametrize("sign", [">", ">=", "<", "<=", "=", "!="])
def test_decimals_compare_exactly_with_finer_numbers(values, bound, sign):
    """A bound between two hundredths is moved to the one that keeps the answer."""
    compare = {">": "__gt__", ">=": "__ge__", "<": "__lt__", "<=": "__le__", "=": "__eq__", "!=": "__ne__"}[
        sign
    ]

    assert [value for value in values if getattr(value, compare)(bound)] == kept(
        values, pa.decimal128(10, 2), f"{sign}{bound}"
    )


def test_columns_of_rare_types_are_filtered_sorted_or_refused_in_one_line():
    """Half floats as numbers, durations and times of day by their text, bytes and lists by presence only;
    nothing raw.
    """
    table = pa.table(
        {
            "half": pa.array(np.array([0.5, 1.5, 2], dtype=np.float16)),
            "lasted": pa.array([timedelta(seconds=1), timedelta(seconds=20), None]),
            "bytes": pa.array([b"\xff", b"a", None]),
            "nothing": pa.nulls(3),
        }
    )
    grid = ax.Grid(table)
    found = {}
    for name, text in (("half", ">1"), ("lasted", "20"), ("nothing", "is:missing"), ("bytes", "is:missing")):
        grid.filters = {name: text}
        found[name] = len(grid.frame(all_pages=True))
    with pytest.raises(InputError, match="'bytes'"):
        grid.filters = {"bytes": "a"}
    assert {"bytes": "is:missing"} == grid.filters
    grid.filters = {}
    grid.sort = [("half", "descending"), ("lasted", "ascending")]

    assert {"half": 2, "lasted": 1, "nothing": 3, "bytes": 1} == found
    assert [2.0, 1.5, 0.5] == grid.frame()["half"].tolist()
