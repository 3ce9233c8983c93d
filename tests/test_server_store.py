"""The store: format and upgrades, transactions, ids that only grow, kinds that hold what arrives, nothing
else in reach.
"""

from __future__ import annotations

import threading
import uuid

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arize_nb.server.catalog import cursors, experiments, spaces
from arize_nb.server.catalog.listing import Scope, Window
from arize_nb.server.problems import Problem
from arize_nb.server.rows import reads as sheet_reads
from arize_nb.server.rows.cells import Incoming, Kind, merged_kind
from arize_nb.server.rows.tables import columns
from arize_nb.server.store import migrations
from arize_nb.server.store.clock import json_time, later, now
from arize_nb.server.store.database import one, rows, run
from arize_nb.server.store.ids import RowIds, is_resource_id, resource_id
from arize_nb.server.store.migrations import FORMAT_VERSION, NewerFormatError
from arize_nb.server.store.store import Store


@pytest.fixture
def store(tmp_path):
    """Open a new store."""
    opened = Store(tmp_path / "new" / "workspace.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def experiment(store):
    """Make an experiment of one run and return its id."""
    with store.writing() as db:
        space_id = one(db, "SELECT id FROM spaces")[0]
        made = experiments.create_experiment(db, name="e", space_id=space_id)["id"]
        experiments.add_items(db, made, [{"output": "first"}], store.row_ids)
    return made


def outputs(store, experiment):
    """Return the outputs of an experiment's runs."""
    with store.reading() as db:
        return [
            run["output"]
            for run in sheet_reads.page(db, experiments.run_sheet(db, experiment), after=0, limit=500).records
        ]


def test_a_store_keeps_everything_over_a_restart(tmp_path):
    """The same space, organization and runs are there when it is opened again."""
    path = tmp_path / "workspace.duckdb"
    for _ in range(3):
        store = Store(path)
        with store.writing() as db:
            listed = spaces.list_spaces(db, Scope(), Window(limit=50))["spaces"]
            run(db, "INSERT INTO workspace VALUES ('seen', 'yes')")
        store.close()
    assert ["local"] == [space["name"] for space in listed]
    store = Store(path)
    with store.reading() as db:
        assert (3, FORMAT_VERSION) == one(
            db,
            "SELECT count(*) FILTER (name = 'seen'), max(value) FILTER (name = 'format')::INTEGER FROM"
            " workspace",
        )
    store.close()


def test_a_file_of_a_newer_program_is_left_alone(tmp_path):
    """The error says what to do, and nothing is changed."""
    path = tmp_path / "workspace.duckdb"
    Store(path).close()
    with duckdb.connect(str(path)) as db:
        db.execute("UPDATE workspace SET value = '999' WHERE name = 'format'").fetchall()
    with pytest.raises(NewerFormatError, match=f"format 999, this program reads up to {FORMAT_VERSION}"):
        Store(path)
    with duckdb.connect(str(path)) as db:
        assert ("999",) == db.execute("SELECT value FROM workspace WHERE name = 'format'").fetchall()[0]


def test_a_file_of_an_older_format_is_brought_up_to_date_or_left_as_it_is(tmp_path, monkeypatch):
    """What it holds stays; when one of the steps fails, none of them was done, and the older program can
    still read it.
    """
    path = tmp_path / "workspace.duckdb"
    Store(path).close()
    today, current = migrations._STEPS, migrations.FORMAT_VERSION

    def opened(*steps):
        monkeypatch.setattr(migrations, "_STEPS", (*today, *steps))
        monkeypatch.setattr(migrations, "FORMAT_VERSION", current + len(steps))
        store = Store(path)
        with store.reading() as db:
            found = (
                rows(db, "SELECT value FROM workspace WHERE name = 'format'"),
                rows(db, "SELECT name FROM spaces"),
            )
        store.close()
        return found

    second = "ALTER TABLE spaces ADD COLUMN colour VARCHAR;\nUPDATE spaces SET colour = 'red'"
    with pytest.raises(duckdb.Error):
        opened(second, "UPDATE nowhere SET a = 1")
    assert ([(str(current),)], [("local",)]) == opened()
    assert ([(str(current + 2),)], [("local",)]) == opened(second, "UPDATE spaces SET colour = 'blue'")
    with duckdb.connect(str(path)) as db:
        assert [("blue",)] == db.execute("SELECT colour FROM spaces").fetchall()


def test_a_block_that_fails_writes_nothing_and_the_next_one_works(store, experiment):
    """Rows, new columns and widened columns go back together."""
    with store.writing() as db:
        experiments.add_items(db, experiment, [{"output": "second", "n": 1}], store.row_ids)

    def interrupted():
        with store.writing() as db:
            experiments.add_items(
                db, experiment, [{"output": "third", "n": "text", "more": True}], store.row_ids
            )
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with store.reading() as db:
        assert [("n", Kind.INTEGER)] == [
            (column.name, column.kind) for column in columns(db, experiments.run_sheet(db, experiment).number)
        ]
    with pytest.raises(duckdb.Error), store.writing() as db:
        run(db, "SELECT * FROM nowhere")
    with store.writing() as db:
        experiments.add_items(db, experiment, [{"output": "fourth", "n": 2}], store.row_ids)
    assert ["first", "second", "fourth"] == outputs(store, experiment)


def test_a_reader_sees_one_state_and_never_waits_for_a_writer(store, experiment):
    """A snapshot is taken at the start of the block; a writer in the middle of its block blocks no reader."""
    with store.writing() as db:
        experiments.add_items(db, experiment, [{"output": "second"}], store.row_ids)
        seen = []
        reader = threading.Thread(target=lambda: seen.append(outputs(store, experiment)))
        reader.start()
        reader.join(10)
        assert [["first"]] == seen
    with store.reading() as db:
        sheet = experiments.run_sheet(db, experiment)
        writer = threading.Thread(
            target=_append, args=(store, experiment, {"output": "third", "output2": [1]})
        )
        writer.start()
        writer.join(10)
        assert 2 == len(sheet_reads.page(db, sheet, after=0, limit=500).records)
    assert ["first", "second", "third"] == outputs(store, experiment)


def _append(store, experiment, *items):
    """Append runs in a transaction of their own."""
    with store.writing() as db:
        experiments.add_items(db, experiment, list(items), store.row_ids)


def test_writers_of_many_threads_take_turns(store, experiment):
    """Each of eight threads adds five runs and a column of its own: all are there, in ascending id order."""
    threads = [
        threading.Thread(
            target=lambda n=n: [_append(store, experiment, {"output": f"{n}", f"c{n}": n}) for _ in range(5)]
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with store.reading() as db:
        page = sheet_reads.page(db, experiments.run_sheet(db, experiment), after=0, limit=500)
    ids = [record["id"] for record in page.records]
    assert sorted(set(ids)) == ids
    assert 41 == len(ids)
    assert all(record[f"c{record['output']}"] == int(record["output"]) for record in page.records[1:])


def test_sql_of_the_store_reaches_no_file_and_no_variable(store, tmp_path):
    """Whatever text a statement holds: no file, no other database, no extension, no Python object."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    frame = {"a": [1]}
    for sql in (
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_csv('{secret}')",
        f"COPY spaces TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM frame",
    ):
        with pytest.raises(duckdb.Error), store.reading() as db:
            run(db, sql)
    assert [secret.name] == [path.name for path in tmp_path.iterdir() if path.suffix in (".csv", ".duckdb")]
    assert frame


def test_resource_ids_decode_to_what_they_are():
    """Anything else is no id, as clients see it."""
    assert all(
        is_resource_id(resource_id(kind, 10**number))
        for kind in ("Space", "DatasetVersion")
        for number in range(12)
    )
    for text in (
        "",
        "local",
        "e",
        "0198c0de-0000-7000-8000-000000000000",
        "RXhwZXJpbWVudDoxOmFCY0Q",
        "é",
        "YWJj",
    ):
        assert not is_resource_id(text)


def test_row_ids_ascend_within_a_request_across_requests_and_when_the_clock_goes_back(monkeypatch):
    """Each is a UUID of version 7; one issued earlier by another process is followed as well."""
    ids = RowIds()
    issued = [text for _ in range(50) for text in ids.reserve().texts(0, 20)]
    assert sorted(set(issued)) == issued
    assert {7} == {uuid.UUID(text).version for text in issued}
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert ids.reserve().texts(0, 1)[0] > issued[-1]
    assert RowIds().reserve(after=issued[-1]).texts(0, 1)[0] > issued[-1]
    assert RowIds().reserve(after="run_0000").texts(0, 1)


def test_a_change_shows_in_the_second(monkeypatch):
    """A second later at least, and no earlier than now."""
    monkeypatch.setattr("time.time_ns", lambda: 5_000_000_000_000)
    assert (5_000_000_000, 5_001_000_000) == (now(), later(5_000_999_999))
    assert 5_000_000_000 == later(1)
    assert "1970-01-01T01:23:20.000000Z" == json_time(now())


@given(st.sampled_from(Kind), st.sampled_from(Kind), st.booleans())
@settings(deadline=None)
def test_merging_kinds_is_symmetric_and_only_ever_widens(one_kind, other, exact):
    """The merged kind takes both again without a change."""
    merged = merged_kind(one_kind, other, exact=exact)
    assert merged == merged_kind(other, one_kind, exact=exact)
    assert merged == merged_kind(merged, one_kind, exact=exact)
    assert merged in (one_kind, other, Kind.FLOAT, Kind.JSON)


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.none() | st.text(), max_size=4),
    st.lists(st.none() | st.text(), max_size=4),
)
@settings(deadline=None)
def test_a_cursor_answers_its_own_question_only(position, question, other):
    """What goes in comes out; another question is refused."""
    cursor = cursors.encode(position, tuple(question))
    assert position == cursors.decode(cursor, tuple(question))
    if question != other:
        with pytest.raises(Problem) as refusal:
            cursors.decode(cursor, tuple(other))
        assert 400 == refusal.value.status


def test_a_bulk_insert_behind_an_empty_one_is_whole(store):
    """DuckDB 2.0.0 shows no rows of a bulk insert when its transaction inserted none before: the store never
    does.
    """
    count = 200_000
    batch = pa.record_batch(
        {
            "example_id": ["x"] * count,
            "output": [str(n) for n in range(count)],
            "error": pa.nulls(count, pa.string()),
        }
    )
    with store.writing() as db:
        space_id = one(db, "SELECT id FROM spaces")[0]
        made = experiments.create_experiment(db, name="bulk", space_id=space_id)["id"]
        for rows_of_it in (batch.slice(0, 0), batch):
            system = tuple(batch.schema.names)
            incoming = Incoming(
                system, (), rows_of_it.num_rows, lambda taken=rows_of_it: iter([taken]), batch.schema
            )
            experiments.append_table(db, made, incoming, store.row_ids)
    with store.reading() as db:
        sheet = experiments.run_sheet(db, made)
        assert (count, count) == one(db, f"SELECT count(output), max(seq) FROM sheet_{sheet.number}")
        found = sheet_reads.page(db, sheet, after=count - 1, limit=5).records
    assert [str(count - 1)] == [run["output"] for run in found]
