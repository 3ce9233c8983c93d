"""Columns of an Arrow stream on their way in, and long lists in filters."""

from __future__ import annotations

import datetime as dt
import decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arize_nb.server.catalog import experiments
from arize_nb.server.flight.uploads import Target, spooled
from arize_nb.server.problems import Problem
from arize_nb.server.rows import examples
from arize_nb.server.rows import tables as sheets
from arize_nb.server.rows.cells import Incoming, Kind
from arize_nb.server.rows.filter_sql import condition
from arize_nb.server.rows.reads import Sheet, page
from arize_nb.server.rows.tables import Layout
from arize_nb.server.store.database import one
from arize_nb.server.store.store import Store

RUNS = Target(system={"output": pa.string()})
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678901)


def taken(tmp_path, array, name="v"):
    """Return the kind and the cells that a column of a stream becomes."""
    table = pa.table({name: array} if name == "output" else {"output": ["o"] * len(array), name: array})
    with spooled(table.schema, iter(table.to_batches()), RUNS, tmp_path) as incoming:
        cells = pa.Table.from_batches(incoming.batches()).column(0 if name == "output" else 1).to_pylist()
        return (incoming.columns[0].kind if incoming.columns else None), cells


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (pa.array([MOMENT, None]), ["2026-01-02T03:04:05.678901", None]),
        (pa.array([MOMENT], pa.timestamp("us", "UTC")), ["2026-01-02T03:04:05.678901Z"]),
        (pa.array([dt.datetime(2026, 1, 2)], pa.timestamp("s")), ["2026-01-02T00:00:00"]),
        (pa.array([dt.date(2026, 1, 2)]), ["2026-01-02"]),
        (pa.array([dt.time(3, 4, 5)], pa.time32("s")), ["03:04:05"]),
    ],
)
def test_times_are_iso_8601_text(tmp_path, array, texts):
    """As a JSON client writes them: `T` between date and time, and no quotes around an output
    that is a time.
    """
    assert (Kind.TEXT, texts) == taken(tmp_path, array)
    assert (None, texts) == taken(tmp_path, array, "output")
    for text in filter(None, texts):
        assert isinstance(
            dt.time.fromisoformat(text) if "-" not in text else dt.datetime.fromisoformat(text),
            dt.time | dt.datetime,
        )


def test_decimals_are_doubles_wherever_they_stand(tmp_path):
    """In a column of their own, and inside of structs and lists."""
    tenth = decimal.Decimal("1.10")
    assert (Kind.FLOAT, [1.1]) == taken(tmp_path, pa.array([tenth]))
    assert (Kind.JSON, ['{"a":1.1}']) == taken(tmp_path, pa.array([{"a": tenth}]))
    assert (Kind.JSON, ["[1.1,null]"]) == taken(tmp_path, pa.array([[tenth, None]]))


@pytest.mark.parametrize(
    "array",
    [
        pa.array([dt.timedelta(1)]),
        pa.nulls(1, pa.duration("s")),
        pa.array([pa.MonthDayNano([1, 2, 3])]),
        pa.array([b"x"]),
        pa.array([{"a": b"x"}]),
        pa.array([[dt.timedelta(1)]]),
    ],
    ids=str,
)
def test_what_has_no_json_is_refused_by_the_name_of_its_column(tmp_path, array):
    """422, and nothing is left of the stream."""
    with pytest.raises(Problem, match=r"^v: ") as refusal:
        taken(tmp_path, array)
    assert 422 == refusal.value.status
    assert [] == list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Open one store for many datasets."""
    store = Store(tmp_path_factory.mktemp("shelf") / "w.duckdb")
    yield store
    store.close()


KEYS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["a", "ab", "b", "B", "é", "\U0001f600", "\uffff"])),
    unique_by=lambda key: key[1],
    max_size=7,
)


@given(KEYS, st.booleans(), st.integers(1, 4))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_examples_are_kept_by_time_then_id_however_they_arrive(shelf, keys, in_order, size):
    """Rows that come in order are not sorted once more, and no row out of place is taken for one in order;
    versions keep the order.
    """
    arriving = sorted(keys) if in_order else keys
    system = ("id", "created_at", "updated_at")
    stamps = [stamp for stamp, _ in arriving]
    table = pa.table(
        [pa.array([key for _, key in arriving], pa.string()), *[pa.array(stamps, pa.int64())] * 2],
        names=list(system),
    )
    incoming = Incoming(
        system, (), len(keys), lambda: iter(table.to_batches(max_chunksize=size)), table.schema
    )
    with shelf.writing() as db:
        first = sheets.create(db, Layout.EXAMPLES)
        examples.add(db, first, incoming)
        for number in (first, sheets.copy(db, first, Layout.EXAMPLES)):
            found = page(db, Sheet(number, Layout.EXAMPLES, "nobody"), after=0, limit=9).records
            assert [key for _, key in sorted(keys)] == [record["id"] for record in found]
    assert (sorted(keys) == list(arriving)) == examples._is_in_order(incoming)


def test_the_statement_of_a_long_list_is_no_longer_than_that_of_a_short_one(tmp_path):
    """DuckDB needs seconds for a term an item; the items travel as one value instead, one of each type."""
    store = Store(tmp_path / "w.duckdb")
    runs = [{"output": "4", "n": 2**53 + 1}, {"output": "5", "n": 3}, {"output": "6", "n": None}]
    with store.writing() as db:
        made = experiments.create_experiment(db, name="e", space_id=one(db, "SELECT id FROM spaces")[0])["id"]
        experiments.add_items(db, made, runs, store.row_ids)
    with store.reading() as db:
        sheet = experiments.run_sheet(db, made)

        def found(text):
            wanted = condition(db, sheet, text)
            return len(wanted.sql), [
                record["output"] for record in page(db, sheet, after=0, limit=9, condition=wanted).records
            ]

        many = ", ".join(f"'{number}'" for number in range(4, 5000))
        assert found("output IN ('4')")[0] == found(f"output IN ({many})")[0]
        assert ["4", "5", "6"] == found(f"output IN ({many})")[1]
        assert ["6"] == found("output NOT IN ('4', '5')")[1]
        assert ["4"] == found(f"n IN ({2**53 + 1}, 0.5)")[1]
        assert [] == found(f"n IN ({2**53}, {10**30})")[1]
        assert ["4"] == found(f"n NOT IN (3, 1e999, {10**30})")[1]
    store.close()
