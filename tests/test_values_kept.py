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

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["1", "1.10", "007", "1e2", "true", "null", "NaN", "[]", '["a"]', '{"a": 1}', '"quoted"', " 4", "-", "1e400"]
)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6)
PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_names = itertools.count()


def same(first, second):
    """Compare values by type as well: 1, 1.0 and True are three values; a column of numbers may write whole ones as doubles."""
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
    assert "v" not in frames.json_names(table) or back == frames.decoded(frames.to_pandas(table)["v"], is_json=True)


def test_text_beside_other_kinds_has_no_quotes():
    """In a column of mixed kinds text is text; only text that spells a JSON value is quoted, so that it is told from one."""
    table = frames.table_from_records([{"q": "What?"}, {"q": 42}, {"q": "42"}, {"q": ["a"]}], "example")

    assert ["What?", "42", '"42"', '["a"]'] == table.column("q").to_pylist()
    assert ["What?", 42, "42", ["a"]] == frames.decoded(table.column("q"), is_json=True)
    assert {"q"} == frames.json_names(table) == frames.json_names(frames.to_pandas(table))


@pytest.mark.parametrize("column", [pa.array([["a"], None]), pa.array([{"k": 1}, None]), pa.array([1, None]), pa.array([True, None])])
def test_arrow_values_decode_as_they_are(column):
    """Typed and nested columns of Arrow need no mark."""
    assert column.to_pylist() == frames.decoded(column)
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
    """Examples of any JSON values, through either transport, are read as the values that were given, and so is what was exported."""
    made = client.datasets.create(name=f"kept-{next(_names)}", examples=records)
    for transport in ("rest", "flight"):
        back = list(client.datasets.iter_records(made, transport=transport))
        assert len(records) == len(back)
        for record, one in zip(records, back, strict=True):
            for name in ("v", "w"):
                assert one.get(name) == record.get(name), (name, record, one)
    again = client.datasets.create(name=f"kept-{next(_names)}", examples=client.datasets.examples(made).drop(columns="id"))
    first, second = ([{name: row.get(name) for name in ("v", "w")} for row in client.datasets.iter_records(one)] for one in (made, again))
    assert first == second
    client.datasets.delete(made)
    client.datasets.delete(again)


@pytest.mark.parametrize("rows", [3, 1200])
def test_lists_and_mixtures_at_every_size(client, rows, tmp_path):
    """Lists, objects and mixed columns are themselves for 3 rows (REST) and 1,200 (Flight), and through JSON and Parquet files."""
    kinds = ["text", "4", 4, ["s1", "s2"], {"k": [1, None]}, True]
    records = [{"n": index, "v": kinds[index % len(kinds)], "contexts": [f"c{index}", "x"]} for index in range(rows)]
    made = client.datasets.create(name=f"sizes-{rows}", examples=records)

    def values(which):
        return [{name: row[name] for name in ("n", "v", "contexts")} for row in client.datasets.iter_records(which)]

    assert records == values(made)
    for ending in ("json", "jsonl", "parquet"):
        path = tmp_path / f"examples.{ending}"
        files.write(client.datasets.table(made).drop_columns("id"), path, kind="example")
        again = client.datasets.create(name=f"sizes-{rows}-{ending}", examples=path)
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

    assert ["Paris", 4, ["Paris", "paris"]] == [row["expected"] for row in client.datasets.examples_page(made)]
