"""What goes in comes through: JSON values and the order of rows, whatever the size and the transport."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arize_nb import files, frames
from arize_nb.errors import ColumnError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "1",
        "1.10",
        "007",
        "1e2",
        "true",
        "null",
        "NaN",
        "[]",
        '["a"]',
        '{"a": 1}',
        '"quoted"',
        " 4",
        "-",
        "1e400",
    ]
)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PROPERTY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_names = itertools.count()


def same(first, second):
    """Compare values by type as well: 1, 1.0 and True are three values; a column of numbers may write whole
    ones as doubles.
    """
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


@given(st.lists(st.none() | VALUES, min_size=1, max_size=6))
@PROPERTY
@example(["Paris", 4])
@example([["s1", "s2"], "s3", '["s1","s2"]', None, {"a": None}])
@example([2**70, "x", 0.1])
def test_cells_stand_for_their_values(values):
    """Whatever kinds a column mixes, each cell decodes to the value that was put in."""
    table = frames.table_from_records([{"v": value} for value in values], "example")
    back = frames.decoded(table.column("v"), is_json="v" in frames.json_names(table))

    plain = {type(value) for value in values if value is not None} <= {int, float}
    assert all(one == other if plain else same(one, other) for one, other in zip(values, back, strict=True))
    assert "v" not in frames.json_names(table) or back == frames.decoded(
        frames.to_pandas(table)["v"], is_json=True
    )


def test_text_beside_other_kinds_has_no_quotes():
    """In a column of mixed kinds text is text; only text that spells a JSON value is quoted, so that it is
    told from one.
    """
    table = frames.table_from_records([{"q": "What?"}, {"q": 42}, {"q": "42"}, {"q": ["a"]}], "example")

    assert ["What?", "42", '"42"', '["a"]'] == table.column("q").to_pylist()
    assert ["What?", 42, "42", ["a"]] == frames.decoded(table.column("q"), is_json=True)
    assert {"q"} == frames.json_names(table) == frames.json_names(frames.to_pandas(table))


@pytest.mark.parametrize(
    "column",
    [pa.array([["a"], None]), pa.array([{"k": 1}, None]), pa.array([1, None]), pa.array([True, None])],
)
def test_arrow_values_decode_as_they_are(column):
    """Typed and nested columns of Arrow need no mark."""
    assert column.to_pylist() == frames.decoded(column)
    assert column.to_pylist() == frames.decoded(pd.Series(column.to_pylist(), dtype=object))
    assert frames.decoded(pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64()))) == [{"a": 1}, None]


def test_arrows_json_type_is_read():
    """A column of Arrow's own JSON type (DuckDB, Polars) holds JSON values."""
    column = pa.array(['{"a":1}', '"text"', None], pa.json_())

    assert [{"a": 1}, "text", None] == frames.decoded(column)
    table = frames.from_input(pa.table({"v": column}), "example")
    assert [{"a": 1}, "text", None] == frames.decoded_columns(table)["v"]


@given(st.lists(st.dictionaries(st.sampled_from(["v", "w"]), VALUES, min_size=1), min_size=1, max_size=5))
@PROPERTY
def test_examples_come_back_as_they_were(client, records):
    """Examples of any JSON values, through either transport, are read as the values that were given, and so
    is what was exported.
    """
    made = client.datasets.create(name=f"kept-{next(_names)}", examples=records)
    for transport in ("rest", "flight"):
        back = list(client.datasets.iter_records(made, transport=transport))
        assert len(records) == len(back)
        for record, one in zip(records, back, strict=True):
            for name in ("v", "w"):
                assert one.get(name) == record.get(name), (name, record, one)
    again = client.datasets.create(
        name=f"kept-{next(_names)}", examples=client.datasets.examples(made).drop(columns="id")
    )
    first, second = (
        [{name: row.get(name) for name in ("v", "w")} for row in client.datasets.iter_records(one)]
        for one in (made, again)
    )
    assert first == second
    client.datasets.delete(made)
    client.datasets.delete(again)


@pytest.mark.parametrize(("rows", "over_flight"), [(3, False), (1200, False), (1200, True)])
def test_lists_and_mixtures_at_every_size(client, rows, over_flight, tmp_path):
    """Lists, objects and mixed columns are themselves for 3 rows and 1,200, over REST and Flight, and through
    JSON and Parquet files.
    """
    client.keeps_json = over_flight
    kinds = ["text", "4", 4, ["s1", "s2"], {"k": [1, None]}, True]
    records = [
        {"n": index, "v": kinds[index % len(kinds)], "contexts": [f"c{index}", "x"]} for index in range(rows)
    ]
    made = client.datasets.create(name=f"sizes-{rows}-{over_flight}", examples=records)

    def values(which):
        return [
            {name: row[name] for name in ("n", "v", "contexts")}
            for row in client.datasets.iter_records(which)
        ]

    assert records == values(made)
    for ending in ("json", "jsonl", "parquet"):
        path = tmp_path / f"examples.{ending}"
        files.write(client.datasets.table(made).drop_columns("id"), path, kind="example")
        again = client.datasets.create(name=f"sizes-{rows}-{over_flight}-{ending}", examples=path)
        assert records == values(again)


def test_order_of_rows_is_the_order_given(client):
    """1,001 examples, which go over Flight, come back in the order given."""
    questions = [f"q{index:05d}" for index in np.random.default_rng(7).permutation(1001)]
    made = client.datasets.create(name="ordered", examples=pd.DataFrame({"q": questions}))

    for transport in ("rest", "flight"):
        assert questions == client.datasets.examples(made, transport=transport)["q"].tolist()


def test_the_official_shape_is_kept_over_rest(client):
    """A page over REST shows the JSON types that were put in, as the official clients see them."""
    records = [{"expected": "Paris"}, {"expected": 4}, {"expected": ["Paris", "paris"]}]
    made = client.datasets.create(name="official-shape", examples=records)

    assert ["Paris", 4, ["Paris", "paris"]] == [
        row["expected"] for row in client.datasets.examples_page(made)
    ]


def test_numpy_types(client):
    """One line gives NumPy's types: whole numbers, gaps as NaN, lists and mixtures as Python values."""
    first = {"n": 1, "gap": 1, "f": 0.5, "ok": True, "q": "a", "v": ["x"]}
    records = [first, {"n": 2, "gap": None, "f": None, "ok": False, "q": None, "v": 4}]
    frame = frames.numpy_types(
        client.datasets.examples(client.datasets.create(name="numpy-types", examples=records))
    )

    kinds = {name: str(frame[name].dtype) for name in ("n", "gap", "f", "ok", "q", "v", "created_at")}
    expected = {"n": "int64", "gap": "float64", "f": "float64", "ok": "bool", "q": "object", "v": "object"}
    assert expected | {"created_at": "datetime64[ms, UTC]"} == kinds
    assert ([["x"], 4], ["a", None]) == (frame["v"].tolist(), frame["q"].tolist())
    assert np.isnan(frame["gap"][1])


def test_what_was_guessed_is_said(client, tmp_path):
    """A file that is read by guesses is named in one line, and what stood for nothing in one more."""
    made = client.datasets.create(name="guessed", examples=[{"q": "a"}, {"q": "b"}])
    first, second = client.datasets.examples(made)["id"]
    (tmp_path / "runs.csv").write_text(
        f"example_id;output;eval.c.score\n{first};x;0,5\n{second};y;N/A\n", encoding="utf-16"
    )
    client.experiments.create(name="guessed", runs=tmp_path / "runs.csv", dataset=made)

    read = f"{tmp_path / 'runs.csv'}: read as UTF-16, semicolon-separated."
    scores = "eval.c.score is read with a decimal comma: 0,5 is 0.5. eval.c.score: 1 is unscored ('N/A')."
    assert [read, scores] == client.notices


def test_a_score_that_cannot_be_read_names_the_line(client, tmp_path):
    """An upload from a file names file, line, cell and count, and sends nothing."""
    (tmp_path / "runs.csv").write_text('example_id,output,eval.c.score\na,"two\nlines",0.5\nb,x,95%\n')

    with pytest.raises(
        ColumnError, match=r"runs\.csv: column 'eval\.c\.score' must hold a number: '95%' in line 4"
    ):
        client.experiments.create(name="bad", runs=tmp_path / "runs.csv", dataset="there-is-none")


def test_an_empty_cell_says_what_it_does(client, tmp_path):
    """A table that updates examples empties fields by empty cells, and a line says which and how to keep
    them.
    """
    made = client.datasets.create(name="emptied", examples=[{"q": "a", "topic": "T0"}])
    (identity,) = client.datasets.examples(made)["id"]
    (tmp_path / "update.csv").write_text(f"id,q,topic\n{identity},,T1\n")
    client.datasets.update_examples(made, tmp_path / "update.csv")

    assert [
        "Empty cells empty these fields: q in 1 of 1 example. To keep what is there, leave the column out."
    ] == client.notices
    assert [(None, "T1")] == [(row["q"], row["topic"]) for row in client.datasets.iter_records(made)]
