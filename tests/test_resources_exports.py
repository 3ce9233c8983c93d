"""Reading all rows: the choice of transport, wholeness, filters, files; scripted where a good server would
not do it.
"""

from __future__ import annotations

import contextlib
import threading

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arize_nb import wire
from arize_nb.errors import (
    AccessError,
    ConnectionFailedError,
    FileError,
    FilterError,
    FlightUnavailableError,
    IncompleteExportError,
    InputError,
    RequestRefusedError,
    ServerFailureError,
)
from arize_nb.models import Experiment
from arize_nb.resources.experiments import Experiments
from arize_nb.resources.reading import parquet as streaming

EXPERIMENT = Experiment(
    id="RXhwZXJpbWVudDoxOmFCY0Q=", name="qa", space_id="S", dataset_id="D", dataset_version_id="V"
)


def run(index, **more):
    """Make the record of one run, as REST sends it."""
    return {
        "id": f"run_{index:05}",
        "example_id": f"ex_{index}",
        "output": f"o{index}",
        "error": None,
        "n": index,
        **more,
    }


class FakeStream:
    """Batches, and perhaps an error after them."""

    def __init__(self, table, error=None):
        self.table, self.error = table, error
        self.schema = table.schema
        self.rows = 0

    def __iter__(self):
        for batch in self.table.to_batches(max_chunksize=400):
            self.rows += batch.num_rows
            yield batch
        if self.error:
            raise self.error


class FakeLink:
    """A service with scripted runs: `pages` over REST, `flight_rows` (a table or an error) over Flight."""

    space = None
    max_payload_bytes = 8 * 2**20
    chunk_rows = 10_000
    keeps_json = True

    def __init__(self, records, *, flight_rows=None, broken=None, repeat=False, annotations=False):
        self.records = records
        self.flight_rows = flight_rows
        self.broken = broken
        self.repeat = repeat
        self.space_ids = {}
        self.notices = []
        self.sent = []
        self.tickets = []

    def send(self, request):
        self.sent.append(request)
        body = orjson.loads(request.body)
        start = int(body.get("cursor", 0)) if body.get("cursor") != "astray" else 99_999
        if self.broken is not None and start >= self.broken:
            raise ConnectionFailedError("nothing answers", address="x")
        stop = start + body["limit"]
        page = {"experiment_runs": self.records[start:stop], "pagination": {"has_more": False}}
        if stop < len(self.records):
            page["pagination"] = {"has_more": True, "next_cursor": str(0 if self.repeat and start else stop)}
        return orjson.dumps(page)

    @property
    def flight(self):
        return self

    @contextlib.contextmanager
    def stream(self, ticket, *, about):
        self.tickets.append(orjson.loads(ticket))
        if isinstance(self.flight_rows, Exception):
            raise self.flight_rows
        if isinstance(self.flight_rows, FakeStream):
            yield self.flight_rows
            return
        yield FakeStream(pa.Table.from_pylist(self.records) if self.flight_rows is None else self.flight_rows)

    def notice(self, text):
        self.notices.append(text)


BLOCKED = FlightUnavailableError("Flight does not answer at grpc+tls://f:443", address="f")


def runs_of(link, **settings):
    """Read the runs of the scripted experiment."""
    return Experiments(link).runs(EXPERIMENT, **settings)


class TestChoice:
    """REST or Flight?"""

    @pytest.mark.parametrize("count", [0, 1, 499, 500])
    def test_one_page(self, count):
        """What one page holds is read over REST alone."""
        link = FakeLink([run(index) for index in range(count)])
        frame = runs_of(link)

        assert (count, 1, 0) == (len(frame), len(link.sent), len(link.tickets))
        assert ["id", "example_id", "output", "error"] == list(frame.columns[:4])
        assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)

    def test_more(self):
        """A successor of the first page sends the whole read to Flight, which annotations may miss."""
        link = FakeLink([run(index) for index in range(501)])
        frame = runs_of(link)

        assert (501, 1, 1) == (len(frame), len(link.sent), len(link.tickets))
        assert {"getExperiment": {"spaceId": "S", "experimentId": EXPERIMENT.id}} == link.tickets[0]
        assert ["Annotations were left out"] == [text[:25] for text in link.notices]

    def test_blocked(self):
        """Where Flight is blocked, pages do, and one line says so."""
        link = FakeLink([run(index) for index in range(1200)], flight_rows=BLOCKED)
        frame = runs_of(link)

        assert (1200, 3) == (len(frame), len(link.sent))
        assert [
            "Flight does not answer at grpc+tls://f:443: reading over REST instead, which is slower."
        ] == link.notices

    def test_blocked_but_asked_for(self):
        """Who asks for Flight gets the error."""
        with pytest.raises(FlightUnavailableError):
            runs_of(FakeLink([run(0)], flight_rows=BLOCKED), transport="flight")

    def test_rest_asked_for(self):
        """Who asks for REST gets all pages."""
        link = FakeLink([run(index) for index in range(1001)])

        assert (1001, 3, 0) == (len(runs_of(link, transport="rest")), len(link.sent), len(link.tickets))

    def test_refused_on_flight(self):
        """A refusal over Flight is an error, not a reason to go round it."""
        with pytest.raises(AccessError):
            runs_of(FakeLink([run(index) for index in range(501)], flight_rows=AccessError("403")))

    def test_same_values(self):
        """Both transports give the same frame."""
        records = [
            run(index, **{"eval.c.score": 1.0, "latency": index / 3, "flag": index % 2 == 0})
            for index in range(700)
        ]
        rest, bulk = (
            runs_of(FakeLink(records), transport="rest"),
            runs_of(FakeLink(records), transport="flight"),
        )

        pd.testing.assert_frame_equal(rest, bulk)
        assert "latency_ms" in rest.columns

    @pytest.mark.parametrize(("setting", "value"), [("transport", "grpc"), ("annotations", "yes")])
    def test_wrong_words(self, setting, value):
        """A setting that means nothing is refused before anything is sent."""
        link = FakeLink([])
        with pytest.raises(InputError, match=setting):
            runs_of(link, **{setting: value})

        assert [] == link.sent

    def test_attributes(self):
        """A frame remembers where it comes from, in plain JSON."""
        expected = {
            "experiment_id": EXPERIMENT.id,
            "experiment": "qa",
            "dataset_id": "D",
            "dataset_version_id": "V",
            "space_id": "S",
        }

        assert {"arize": expected} == orjson.loads(orjson.dumps(runs_of(FakeLink([run(0)])).attrs))


def test_table():
    """The table holds what the frame shows."""
    link = FakeLink([run(index, model="m") for index in range(3)])
    table = Experiments(link).table(EXPERIMENT)
    frame = runs_of(link)

    assert list(frame.columns) == table.column_names
    assert frame.to_dict("records") == table.to_pylist()


class TestWatching:
    """`on_rows`."""

    @pytest.mark.parametrize("transport", ["auto", "rest", "flight"])
    @pytest.mark.parametrize("count", [0, 3, 500, 1200])
    def test_all_rows_are_counted(self, count, transport, tmp_path):
        """Every row is told of once, a page or a batch at a time, in the thread that reads; the same for
        frames, records and files.
        """
        reads = (
            lambda reader, **how: reader.runs(EXPERIMENT, **how),
            lambda reader, **how: reader.table(EXPERIMENT, **how),
            lambda reader, **how: list(reader.iter_records(EXPERIMENT, **how)),
            lambda reader, **how: reader.to_parquet(EXPERIMENT, tmp_path / "runs.parquet", **how),
        )
        for read in reads:
            told = []
            link = FakeLink([run(index) for index in range(count)])
            read(
                Experiments(link),
                transport=transport,
                on_rows=lambda n, told=told: told.append((n, threading.current_thread())),
            )

            assert count == sum(n for n, _ in told)
            assert {threading.main_thread()} >= {thread for _, thread in told}
            assert max((n for n, _ in told), default=0) <= 500

    def test_blocked_after_the_first_page(self):
        """What is read again after all, because Flight is blocked, is not counted twice."""
        told = []
        runs_of(FakeLink([run(index) for index in range(1200)], flight_rows=BLOCKED), on_rows=told.append)

        assert [500, 500, 200] == told


class TestWholeness:
    """All rows, or an error."""

    def test_fewer_over_flight(self):
        """A stream with fewer rows than REST has shown is refused."""
        link = FakeLink([run(index) for index in range(501)], flight_rows=pa.Table.from_pylist([run(0)]))
        with pytest.raises(IncompleteExportError) as caught:
            runs_of(link)

        assert 1 == caught.value.received

    def test_repeated_cursor(self):
        """Pages that go round in a circle end in an error."""
        with pytest.raises(IncompleteExportError, match="repeats a cursor"):
            runs_of(FakeLink([run(index) for index in range(1600)], repeat=True), transport="rest")

    def test_broken_pages(self):
        """A page that cannot be read fails the export."""
        with pytest.raises(ConnectionFailedError):
            runs_of(FakeLink([run(index) for index in range(1600)], broken=1000), transport="rest")

    @pytest.mark.parametrize(
        "order",
        [
            ("experiment_runs", "pagination"),
            ("pagination", "experiment_runs"),
            ("experiment_runs", "pagination", "x"),
        ],
    )
    def test_any_order_of_members(self, order):
        """The members of a reply may come in any order; a misleading end does not lead astray."""
        link = FakeLink([run(index) for index in range(1600)])
        send = link.send

        def reordered(request):
            page = orjson.loads(send(request)) | {"x": {"pagination": {"next_cursor": "astray"}}}
            return orjson.dumps({name: page[name] for name in order})

        link.send = reordered

        assert 1600 == len(runs_of(link, transport="rest"))

    def test_not_a_page(self):
        """A reply without its list is an error, not the end."""
        link = FakeLink([])
        link.send = lambda request: b'{"pagination": {}}'
        with pytest.raises(ServerFailureError):
            runs_of(link)


class TestOrder:
    """Rows come by run id."""

    @pytest.mark.parametrize("transport", ["rest", "flight"])
    def test_sorted(self, transport):
        """Runs that come in another order are sorted."""
        frame = runs_of(FakeLink([run(index) for index in (3, 1, 2)]), transport=transport)

        assert ["run_00001", "run_00002", "run_00003"] == list(frame["id"])


class TestAnnotations:
    """Annotations with either transport."""

    ANNOTATIONS = ({"name": "quality", "label": "good", "score": 0.5, "text": None},)

    def test_rest(self):
        """Over REST they are there."""
        frame = runs_of(FakeLink([run(0, annotations=self.ANNOTATIONS)]))

        assert ("good", 0.5) == (frame["annotation.quality.label"][0], frame["annotation.quality.score"][0])

    def test_flight_that_has_them(self):
        """Over Flight they are there when the service sends them, and nothing is said."""
        link = FakeLink([run(0, annotations=self.ANNOTATIONS)])

        assert "good" == runs_of(link, transport="flight")["annotation.quality.label"][0]
        assert [] == link.notices

    def test_at_any_price(self):
        """annotations=True reads over REST what Flight does not send."""
        link = FakeLink(
            [run(index, annotations=self.ANNOTATIONS) for index in range(501)],
            flight_rows=pa.table({"id": ["x"]}),
        )
        frame = runs_of(link, annotations=True)

        assert 501 == frame["annotation.quality.label"].count()

    @pytest.mark.parametrize("transport", ["rest", "flight"])
    def test_without(self, transport):
        """annotations=False leaves them out without a word."""
        link = FakeLink([run(0, annotations=self.ANNOTATIONS)])
        frame = runs_of(link, annotations=False, transport=transport)

        assert not [name for name in frame.columns if name.startswith("annotation")]
        assert [] == link.notices


class TestFilters:
    """The same rows over either transport."""

    def test_rest_pushes(self):
        """Over REST the service filters."""
        link = FakeLink([run(0)])
        runs_of(link, filter="n > 1")

        assert "n > 1" == orjson.loads(link.sent[0].body)["filter"]

    def test_flight_filters_after_the_read(self):
        """Over Flight the rows are filtered after the read."""
        link = FakeLink([run(index) for index in range(600)])

        assert ["run_00598", "run_00599"] == list(runs_of(link, filter="n >= 598", transport="flight")["id"])

    @pytest.mark.parametrize("column", ["latency", "latency_ms"])
    def test_renamed_column(self, column):
        """A column answers to the service's name, and to the frame's."""
        link = FakeLink([run(index, latency=float(index)) for index in range(10)])

        assert 3 == len(runs_of(link, filter=f"{column} >= 7", transport="flight"))

    def test_annotations(self):
        """Annotations can be filtered by over Flight."""
        link = FakeLink(
            [
                run(index, annotations=[{"name": "q", "label": "good" if index else "bad"}])
                for index in range(3)
            ]
        )

        assert 2 == len(runs_of(link, filter="annotation.q.label = 'good'", transport="flight"))

    def test_unknown_column(self):
        """A column that no run has is an error that names it."""
        with pytest.raises(FilterError) as caught:
            runs_of(FakeLink([run(0)]), filter="nope = 1", transport="flight")

        assert "nope" == caught.value.column

    def test_blank(self):
        """A blank filter is refused before anything is sent."""
        link = FakeLink([run(0)])
        with pytest.raises(InputError, match="filter is empty"):
            runs_of(link, filter=" ")

        assert [] == link.sent

    def test_foreign_language(self):
        """A filter that the service understands and we do not stays with the service."""
        link = FakeLink([run(index) for index in range(600)])
        frame = runs_of(link, filter="n ~~ 'magic'")

        assert (600, 2) == (len(frame), len(link.sent))


class TestRecords:
    """Nested records, without pandas."""

    def test_nested(self):
        """Evaluations and metadata are objects again."""
        link = FakeLink([run(0, **{"eval.c.label": "ok", "metadata.model": "m"})])
        record = next(Experiments(link).iter_records(EXPERIMENT))

        assert ({"c": {"label": "ok"}}, {"model": "m"}) == (record["evaluations"], record["metadata"])

    def test_whole_first(self):
        """An export that breaks hands out nothing."""
        link = FakeLink([run(index) for index in range(1600)], broken=1000)
        with pytest.raises(ConnectionFailedError):
            Experiments(link).iter_records(EXPERIMENT, transport="rest")

    def test_page(self):
        """A page is one request; its cursor leads on."""
        link = FakeLink([run(index) for index in range(30)])
        first = Experiments(link).runs_page(EXPERIMENT)
        second = Experiments(link).runs_page(EXPERIMENT, cursor=first.next_cursor)

        assert (15, 15, None) == (len(first), len(second), second.next_cursor)
        assert "run_00015" == second[0]["id"]


class TestParquet:
    """Streams into a file."""

    @pytest.mark.parametrize("transport", ["rest", "flight", "auto"])
    def test_same_as_the_frame(self, tmp_path, monkeypatch, transport):
        """The file holds what the frame holds, whatever the size of its row groups."""
        monkeypatch.setattr(streaming, "GROUP_ROWS", 300)
        records = [
            run(index, late=None if index < 650 else index, empty=None, **{"eval.c.score": 0.5})
            for index in range(1000)
        ]
        path = Experiments(FakeLink(records)).to_parquet(
            EXPERIMENT, tmp_path / "runs.parquet", transport=transport
        )
        frame = runs_of(FakeLink(records), transport="rest")

        expected = {name: str(dtype.pyarrow_dtype) for name, dtype in frame.dtypes.items()}
        assert expected == {field.name: str(field.type) for field in pq.read_schema(path)}
        pd.testing.assert_frame_equal(frame, pq.read_table(path).to_pandas(types_mapper=pd.ArrowDtype))
        assert [path] == list(tmp_path.iterdir())

    def test_kinds_that_change(self, tmp_path, monkeypatch):
        """A column whose kind changes on the way becomes doubles, or JSON text."""
        monkeypatch.setattr(streaming, "GROUP_ROWS", 500)
        values = [1] * 500 + [1.5] * 500
        mixed = [True] * 500 + ["x"] * 500
        records = [run(index, number=values[index], mixed=mixed[index]) for index in range(1000)]
        table = pq.read_table(
            Experiments(FakeLink(records)).to_parquet(EXPERIMENT, tmp_path / "r.parquet", transport="rest")
        )

        assert values == table.column("number").to_pylist()
        assert ["true", "x"] == [table.column("mixed")[index].as_py() for index in (0, 999)]

    def test_memory_is_given_back(self, tmp_path, monkeypatch):
        """Between the groups of a stream freed memory goes back to the system; where the C library cannot,
        nothing is lost.
        """
        from arize_nb.resources.reading import freed_memory

        trimmed = []
        monkeypatch.setattr(streaming, "GROUP_ROWS", 400)
        monkeypatch.setattr(freed_memory, "_malloc_trim", lambda: trimmed.append)
        with_it = Experiments(FakeLink([run(index) for index in range(1200)])).to_parquet(
            EXPERIMENT, tmp_path / "a.parquet"
        )
        monkeypatch.setattr(freed_memory, "_malloc_trim", lambda: None)
        without = Experiments(FakeLink([run(index) for index in range(1200)])).to_parquet(
            EXPERIMENT, tmp_path / "b.parquet"
        )

        assert [0] * 6 == trimmed
        assert pq.read_table(with_it).equals(pq.read_table(without))

    @pytest.mark.parametrize("error", [OSError, TypeError, AttributeError])
    def test_other_c_libraries(self, monkeypatch, error):
        """musl, macOS and Windows have no such function."""
        from arize_nb.resources.reading import freed_memory

        def load(_name):
            raise error

        monkeypatch.setattr(freed_memory.ctypes, "CDLL", load)
        freed_memory._malloc_trim.cache_clear()
        try:
            assert freed_memory._malloc_trim() is None
        finally:
            freed_memory._malloc_trim.cache_clear()

    def test_columns_that_appear(self, tmp_path, monkeypatch):
        """A column that only later rows have is there for all."""
        monkeypatch.setattr(streaming, "GROUP_ROWS", 500)
        records = [run(index) for index in range(500)] + [
            run(index, annotations=[{"name": "q", "label": "l"}]) for index in range(500, 600)
        ]
        table = pq.read_table(
            Experiments(FakeLink(records)).to_parquet(EXPERIMENT, tmp_path / "r.parquet", transport="rest")
        )

        assert (600, 100) == (table.num_rows, table.num_rows - table.column("annotation.q.label").null_count)

    def test_empty(self, tmp_path):
        """No runs make a file with the columns and no rows."""
        table = pq.read_table(Experiments(FakeLink([])).to_parquet(EXPERIMENT, tmp_path / "r.parquet"))

        assert (0, ["id", "example_id", "output", "error"]) == (table.num_rows, table.column_names)

    def test_filter(self, tmp_path):
        """A filter holds for the file too."""
        link = FakeLink([run(index) for index in range(600)])
        path = Experiments(link).to_parquet(
            EXPERIMENT, tmp_path / "r.parquet", filter="n < 5", transport="flight"
        )

        assert 5 == pq.read_metadata(path).num_rows

    def test_filter_by_annotation(self, tmp_path):
        """A filter by an annotation that few rows have works in a stream as well."""
        records = [
            run(index, annotations=[{"name": "q", "label": "good"}] if index == 599 else [])
            for index in range(600)
        ]
        path = Experiments(FakeLink(records)).to_parquet(
            EXPERIMENT, tmp_path / "r.parquet", filter="annotation.q.label = 'good'", transport="flight"
        )

        assert 1 == pq.read_metadata(path).num_rows

    def test_nothing_is_left_of_a_broken_export(self, tmp_path):
        """An export that breaks leaves no file, and an older file as it was."""
        target = tmp_path / "runs.parquet"
        target.write_text("before")
        broken = IncompleteExportError("broke", received=600)
        link = FakeLink([run(index) for index in range(600)])
        link.flight_rows = FakeStream(pa.Table.from_pylist(link.records), broken)
        with pytest.raises(IncompleteExportError):
            Experiments(link).to_parquet(EXPERIMENT, target)

        assert [target] == list(tmp_path.iterdir())
        assert "before" == target.read_text()

    def test_missing_folder(self, tmp_path):
        """A folder that is not there is named."""
        with pytest.raises(FileError, match="nowhere"):
            Experiments(FakeLink([run(0)])).to_parquet(EXPERIMENT, tmp_path / "nowhere" / "r.parquet")


def test_refused_filter():
    """The service's refusal of a filter is passed on."""
    link = FakeLink([])
    about = wire.About(kind="experiment", name="qa", filter_text="x")
    who = wire.Answerer(address="a", source="s")

    def refuse(request):
        raise wire.problem_error(422, {}, b'{"detail": "unknown column x"}', about=about, answerer=who)

    link.send = refuse
    with pytest.raises(RequestRefusedError, match="unknown column x"):
        runs_of(link, filter="x = 1")
