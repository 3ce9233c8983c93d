"""Records, Arrow and DataFrames: names, order, types, null rules, and what an upload refuses."""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arize_nb import frames
from arize_nb.errors import ColumnError, InputError
from arize_nb.frames.columns import EvalColumn
from arize_nb.models import Dataset, DatasetVersion, Page

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["output", "example_id", "a", "b.c", "größe"]), VALUES),
    min_size=1,
    max_size=8,
)


def column(table: pa.Table, name: str) -> list:
    """Return the values of one column."""
    return table.column(name).to_pylist()


class TestColumnNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("eval.correctness.score", ("eval", "correctness", "score")),
            ("eval.my.judge.v2.label", ("eval", "my.judge.v2", "label")),
            ("eval.<lambda> at 0x1.explanation", ("eval", "<lambda> at 0x1", "explanation")),
            ("eval.j.metadata.score", ("eval", "j", "metadata.score")),
            ("eval.j.trace.id", ("eval", "j", "trace.id")),
            ("annotation.quality.text", ("annotation", "quality", "text")),
        ],
    )
    def test_taken_apart(self, name, expected):
        """An evaluator's name may hold dots, so the member is found from the end."""
        prefix, evaluator, member = expected
        assert EvalColumn(prefix=prefix, name=evaluator, member=member) == frames.eval_column(name)

    @pytest.mark.parametrize(
        "name",
        [
            "model",
            "eval",
            "eval.x",
            "eval..score",
            "eval.score",
            "evaluation.x.score",
            "annotation.x.explanation",
        ],
    )
    def test_others_are_plain_columns(self, name):
        """A name that fits neither form belongs to no evaluator."""
        assert frames.eval_column(name) is None


class TestRunFrames:
    def test_order_and_types_of_the_contract(self):
        """Columns come as id, example_id, output, error, evaluators, annotations, the rest; each evaluator
        has its three.
        """
        table = frames.table_from_records(
            [
                {
                    "model": "m",
                    "eval.b.label": "good",
                    "annotation.q.score": 1,
                    "output": "x",
                    "eval.a.error": "late",
                    "id": "r1",
                },
                {"eval.a.score": 1, "eval.a.metadata.k": 3, "id": "r2", "output": "y", "latency": 2.5},
            ]
        )

        expected = {
            "id": "string",
            "example_id": "string",
            "output": "string",
            "error": "string",
            "eval.b.score": "double",
            "eval.b.label": "string",
            "eval.b.explanation": "string",
            "eval.a.score": "double",
            "eval.a.label": "string",
            "eval.a.explanation": "string",
            "eval.a.error": "string",
            "eval.a.metadata.k": "int64",
            "annotation.q.score": "double",
            "annotation.q.label": "string",
            "annotation.q.text": "string",
            "model": "string",
            "latency_ms": "double",
        }
        assert expected == {field.name: str(field.type) for field in table.schema}
        assert list(expected) == table.column_names

    def test_every_column_is_arrow(self):
        """Every column of the frame is a pandas.ArrowDtype, also without rows."""
        for records in ([{"id": "1", "output": "x", "n": 1, "ok": True, "none": None}], []):
            frame = frames.to_pandas(frames.table_from_records(records), {"arize": {"experiment": "e"}})
            assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
            assert {"arize": {"experiment": "e"}} == frame.attrs
            assert len(records) == len(frame)

    def test_conversion_to_pandas_copies_nothing(self):
        """The frame's arrays are the table's own buffers."""
        table = frames.table_from_records([{"id": "1", "output": "a text"}])
        frame = frames.to_pandas(table)

        buffers = [
            buffer.address
            for buffer in pa.chunked_array(pa.array(frame["output"])).chunk(0).buffers()
            if buffer
        ]
        assert [buffer.address for buffer in table.column("output").chunk(0).buffers() if buffer] == buffers

    def test_rows_are_sorted_by_run_id(self):
        """Rows come in run-id order whatever order they arrived in."""
        table = frames.table_from_records([{"id": "b", "output": "2"}, {"id": "a", "output": "1"}])

        assert ["a", "b"] == column(table, "id")
        assert ["1", "2"] == column(table, "output")

    def test_nested_records_are_flattened(self):
        """evaluations, metadata and additional_properties become columns, so that inline
        evaluations attach.
        """
        table = frames.table_from_records(
            [
                {
                    "id": "1",
                    "output": "x",
                    "evaluations": {"c": {"label": "correct", "score": 1.0, "metadata": {"judge": "j"}}},
                    "metadata": {"model": "gpt", "usage": {"in": 3}, "none": {}},
                    "additional_properties": {"eval.d.score": 0.5, "k": [1, {"a": None}]},
                }
            ]
        )

        assert ["correct"] == column(table, "eval.c.label")
        assert [1.0] == column(table, "eval.c.score")
        assert ["j"] == column(table, "eval.c.metadata.judge")
        assert ["gpt"] == column(table, "metadata.model")
        assert [3] == column(table, "metadata.usage.in")
        assert ["{}"] == column(table, "metadata.none")
        assert [0.5] == column(table, "eval.d.score")
        assert ['[1,{"a":null}]'] == column(table, "k")

    def test_annotations_become_columns(self):
        """The annotations list becomes annotation.<name>.* columns, from dicts as from Arrow structs."""
        annotation = {
            "name": "q",
            "score": 0.5,
            "label": "ok",
            "text": "t",
            "updated_at": "2026-01-02T03:04:05Z",
            "annotator": {"id": "u"},
        }
        records = [
            {"id": "1", "output": "x", "annotations": [annotation]},
            {"id": "2", "output": "y", "annotations": []},
        ]
        from_rest = frames.table_from_records(records)
        from_flight = frames.canonical(pa.Table.from_pylist(records), "run")

        assert [0.5, None] == column(from_rest, "annotation.q.score")
        assert "annotations" not in from_rest.column_names
        assert from_rest.equals(from_flight)

    def test_annotations_of_a_few_rows(self):
        """Rows without annotations stay as they are beside rows that have some; a column of none at all
        vanishes.
        """
        kind = pa.list_(pa.struct({"name": pa.string(), "label": pa.string()}))
        table = pa.table({"id": ["1", "2", "3", "4"], "output": ["a", "b", "c", "d"]})
        some = pa.chunked_array(
            [[None, [{"name": "q", "label": "ok"}]], [[], [{"name": "q", "label": None}]]], kind
        )

        assert [None, "ok", None, None] == column(
            frames.canonical(table.append_column("annotations", some), "run"), "annotation.q.label"
        )
        for none in (pa.nulls(4), pa.nulls(4, kind), pa.array([[], [], None, []], kind)):
            assert frames.canonical(table.append_column("annotations", none), "run").equals(
                frames.canonical(table, "run")
            )

    def test_a_failed_run_of_rest_has_no_output(self):
        """REST cannot send null: output "" beside an error is read as no output, and an empty
        error as none.
        """
        table = frames.table_from_records(
            [
                {"id": "1", "output": "", "error": "boom"},
                {"id": "2", "output": "", "error": ""},
                {"id": "3", "output": "", "error": None},
            ]
        )

        assert [None, "", ""] == column(table, "output")
        assert ["boom", None, None] == column(table, "error")

    def test_latency_of_the_runner_gets_its_unit(self):
        """The wire's latency is latency_ms in frames, unless both are there."""
        assert [1.5] == column(frames.table_from_records([{"id": "1", "latency": 1.5}]), "latency_ms")
        both = frames.table_from_records([{"id": "1", "latency": 1.5, "latency_ms": 2.5}])
        assert ([1.5], [2.5]) == (column(both, "latency"), column(both, "latency_ms"))

    def test_types_do_not_depend_on_the_transport(self):
        """Narrow, wide, dictionary, null and struct types of Arrow end as the types that JSON gives."""
        arrow = pa.table(
            {
                "id": pa.array(["1", "2"]).dictionary_encode(),
                "output": pa.array(["x", None], pa.large_string()),
                "small": pa.array([1, 2], pa.int8()),
                "half": pa.array([0.5, float("nan")], pa.float32()),
                "nothing": pa.nulls(2),
                "empty": pa.array([None, None], pa.int64()),
                "tags": pa.array([["a"], None]),
                "usage": pa.array([{"in": 1, "out": None}, None]),
                "eval.c.score": pa.array([1, 0], pa.int64()),
            }
        )
        records = [
            {
                "id": "1",
                "output": "x",
                "small": 1,
                "half": 0.5,
                "nothing": None,
                "empty": None,
                "tags": ["a"],
                "usage": {"in": 1},
                "eval.c.score": 1,
            },
            {
                "id": "2",
                "output": None,
                "small": 2,
                "half": None,
                "nothing": None,
                "empty": None,
                "tags": None,
                "usage": None,
                "eval.c.score": 0,
            },
        ]

        assert frames.table_from_records(records).equals(frames.canonical(arrow, "run"))

    def test_json_columns_of_the_service_are_read(self):
        """A metadata column that arrives as JSON text is taken apart; text that is no JSON stays."""
        table = frames.canonical(
            pa.table({"id": ["1", "2"], "output": ["x", "y"], "metadata": ['{"model": "m"}', "{free text"]}),
            "run",
        )

        assert ["m", None] == column(table, "metadata.model")
        assert [None, "{free text"] == column(table, "metadata")


class TestExamples:
    def test_order_and_times(self):
        """id comes first, the times last; ISO text of REST and milliseconds of Flight give the
        same column.
        """
        stamp = dt.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=dt.UTC)
        over_rest = frames.table_from_records(
            [
                {
                    "created_at": "2026-01-02T03:04:05.678901Z",
                    "updated_at": "2026-01-02T03:04:05.678901Z",
                    "q": "2+2",
                    "id": "e1",
                }
            ],
            "example",
        )
        millis = pa.array([int(stamp.timestamp() * 1000)], pa.int64())
        over_flight = frames.canonical(
            pa.table({"id": ["e1"], "q": ["2+2"], "created_at": millis, "updated_at": millis}), "example"
        )

        assert ["id", "q", "created_at", "updated_at"] == over_rest.column_names
        assert [stamp] == column(over_rest, "created_at")
        assert over_rest.equals(over_flight)

    def test_metadata_of_an_example_is_the_users_own(self):
        """Objects of examples are not taken apart, they are JSON text."""
        table = frames.table_from_records(
            [{"id": "e", "metadata": {"a": {"b": 1}}, "evaluations": "text"}], "example"
        )

        assert ['{"a":{"b":1}}'] == column(table, "metadata")
        assert ["text"] == column(table, "evaluations")

    def test_records_are_flat(self):
        """Exported examples are flat, times as text, missing values null."""
        table = frames.table_from_records(
            [{"id": "e", "q": None, "created_at": "2026-01-02T03:04:05Z"}], "example"
        )

        assert [{"id": "e", "q": None, "created_at": "2026-01-02T03:04:05Z"}] == list(
            frames.nested_records(table, "example")
        )

    def test_made_ids_keep_the_order_of_rows(self):
        """Ids made for a Flight upload are valid, differ, and ascend with the rows: the service orders by
        time and id.
        """
        sent = frames.wire_table(
            frames.from_input([{"q": index} for index in range(3000)], "example"), "example"
        )
        ids = column(sent, "id")

        assert sorted(set(ids)) == ids
        assert {(7, uuid.RFC_4122)} == {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in ids}

    def test_flight_wants_ids_and_times(self):
        """A Flight upload carries an id for each example, given or made, and its times in milliseconds."""
        table = frames.from_input([{"id": "own", "q": 1}, {"q": 2}], "example")
        sent = frames.wire_table(table, "example", now_ms=1234)

        assert ["id", "q", "created_at", "updated_at"] == sent.column_names
        assert "own" == column(sent, "id")[0]
        assert 7 == uuid.UUID(column(sent, "id")[1]).version
        assert [1234, 1234] == column(sent, "created_at")


class TestColumnsOfManyKinds:
    @pytest.mark.parametrize(
        ("values", "expected", "kind"),
        [
            ([1, 2], [1, 2], "int64"),
            ([1, 2.5], [1.0, 2.5], "double"),
            ([True, None], [True, None], "bool"),
            ([None, None], [None, None], "string"),
            (["a", 1, None], ["a", "1", None], "string"),
            (
                ["1", 1, "[]", "true", "null", '"x"'],
                ['"1"', "1", '"[]"', '"true"', "null", '"\\"x\\""'],
                "string",
            ),
            ([1, True], ["1", "true"], "string"),
            ([1.5, True], ["1.5", "true"], "string"),
            ([{"b": 1}, "x"], ['{"b":1}', "x"], "string"),
            ([[], {}], ["[]", "{}"], "string"),
            ([2**63, 1], [str(2**63), "1"], "string"),
            ([2**60 + 1, 0.5], [str(2**60 + 1), "0.5"], "string"),
            ([math.nan, 1], [None, 1.0], "double"),
            ([math.inf, -math.inf], [None, None], "string"),
            (["é\u0000\n", "\U0001f600"], ["é\u0000\n", "\U0001f600"], "string"),
        ],
    )
    def test_one_rule(self, values, expected, kind):
        """One kind keeps its type, whole numbers beside others are doubles; else cells of JSON: text as it is
        unless it spells JSON.
        """
        records = [{"id": str(index), "v": value} for index, value in enumerate(values)]
        table = frames.table_from_records(records)

        assert expected == column(table, "v")
        assert kind == str(table.schema.field("v").type)

    def test_text_columns_stay_text(self):
        """An output, label or explanation that is no text becomes JSON text alone; its neighbours keep their
        text.
        """
        table = frames.table_from_records(
            [
                {"id": "1", "output": {"a": 1}, "eval.c.label": True},
                {"id": "2", "output": "plain", "eval.c.label": "yes"},
            ]
        )

        assert ['{"a":1}', "plain"] == column(table, "output")
        assert ["true", "yes"] == column(table, "eval.c.label")

    @given(records=RECORDS, cut=st.integers(0, 8))
    @settings(max_examples=60, deadline=None)
    @example(records=[{"a": 0}, {"a": 0.5}, {"a": []}], cut=2)
    def test_pages_do_not_matter(self, records, cut):
        """Records that come in two pages give the same table as all at once."""
        paged = frames.RecordColumns("run")
        paged.add(records[:cut])
        paged.add(records[cut:])
        whole = frames.table_from_records(records)

        assert whole.to_pylist() == paged.table().to_pylist()
        assert whole.schema == paged.table().schema

    @given(records=RECORDS)
    @settings(max_examples=60, deadline=None)
    def test_transports_agree(self, records):
        """What REST would carry and what Flight would carry are read as the same table."""
        table = frames.from_input(
            [{**record, "output": str(record.get("output")), "example_id": "e"} for record in records], "run"
        )
        over_rest = frames.table_from_records(frames.wire_records(table, "run"))
        over_flight = frames.canonical(frames.wire_table(table, "run"), "run")

        assert over_flight.schema == over_rest.schema
        assert over_flight.to_pylist() == over_rest.to_pylist()
        assert over_flight.equals(table.select(over_flight.column_names))


class TestScoresThatAreSent:
    def test_scores_of_runs(self):
        """Numbers as text are scores, words for nothing are none and counted, and so for labels and errors;
        each is said in a line.
        """
        notes = []
        runs = [
            {"output": "x", "error": "nan", "eval.c.score": "0.7", "eval.c.label": " good "},
            {"output": "y", "error": None, "eval.c.score": "N/A", "eval.c.label": "NA"},
            {"output": "z", "error": "boom", "eval.c.score": 1, "eval.c.label": "none"},
        ]
        table = frames.from_input(runs, "run", notes=notes)

        assert [0.7, None, 1.0] == column(table, "eval.c.score")
        assert ["good", None, "none"] == column(table, "eval.c.label")
        assert [None, None, "boom"] == column(table, "error")
        assert [
            "eval.c.score: 1 is unscored ('N/A').",
            "eval.c.label: 1 is without a label ('NA').",
            "error: 1 is no error ('nan').",
        ] == sorted(notes, reverse=True, key=lambda line: (line[:4] == "eval", "score" in line))

    def test_a_cell_that_is_no_score(self):
        """A cell that is no score is refused with file, column, line, cell and count, from text as from
        nested values.
        """
        origin = frames.Origin(shown="runs.csv", lines=lambda: [2, 4])

        with pytest.raises(
            ColumnError,
            match=(
                r"runs\.csv: column 'eval\.c\.score' must hold a number: '0,1' in line 4 \(1 of 2 cells is"
                r" none\)"
            ),
        ):
            frames.from_input(
                pa.table({"output": ["x", "y"], "eval.c.score": ["0.9", "0,1"]}), "run", origin=origin
            )
        with pytest.raises(
            ColumnError, match=r"column 'eval\.c\.score' must hold a number: '\[1\]' in record 1"
        ):
            frames.from_input(
                [{"output": "x", "eval.c.score": 1}, {"output": "y", "eval.c.score": [1]}], "run"
            )

    def test_scores_of_annotations(self):
        """All scores of one annotation are read together; an annotation that says nothing is left out and
        counted.
        """
        notes = []
        rows = [
            {"record_id": one, "name": "q", "score": score}
            for one, score in zip("abc", ("95%", "7,5%", "N/A"), strict=True)
        ]
        records = frames.annotation_records(rows, notes=notes)

        assert [("a", 0.95), ("b", 0.075)] == [
            (record["record_id"], record["values"][0]["score"]) for record in records
        ]
        assert [
            "annotation.q.score is read in percent with a decimal comma: 9,5% is 0.095.",
            "annotation.q.score: 1 is unscored ('N/A').",
        ] == notes

    def test_any_arrow_stream(self):
        """Objects that give an Arrow stream, as those of other libraries do, are taken as they are."""
        table = pa.table({"output": ["x", "y"], "n": [1, 2]})
        query = duckdb.sql("SELECT 'x' AS output, 1::BIGINT AS n UNION ALL SELECT 'y', 2 ORDER BY n")

        for stream in (pa.RecordBatchReader.from_batches(table.schema, table.to_batches()), query):
            assert table.to_pydict() == frames.from_input(stream, "run").select(["output", "n"]).to_pydict()

    def test_an_index_named_as_a_column(self):
        """A frame whose index has the name of a column is refused: one of the two would vanish."""
        frame = pd.DataFrame({"id": ["a"], "output": ["x"]}).set_index("id", drop=False)

        with pytest.raises(ColumnError, match="the index and a column are both named 'id'"):
            frames.from_input(frame, "run")


class TestNestedForm:
    def test_the_documents_shape(self):
        """A run comes back as the document shows it; missing values are left out, output is always there."""
        frame = frames.to_pandas(
            frames.table_from_records(
                [
                    {
                        "id": "run_001",
                        "example_id": "ex_001",
                        "output": "4",
                        "eval.correctness.label": "correct",
                        "eval.correctness.score": 1.0,
                        "metadata.model": "gpt-4o",
                        "metadata.latency_ms": 1234,
                        "tokens": 7,
                    },
                    {"id": "run_002", "example_id": "ex_002", "output": None, "error": "boom"},
                ]
            )
        )

        expected = [
            {
                "id": "run_001",
                "example_id": "ex_001",
                "output": "4",
                "evaluations": {"correctness": {"score": 1.0, "label": "correct"}},
                "metadata": {"model": "gpt-4o", "latency_ms": 1234},
                "tokens": 7,
            },
            {"id": "run_002", "example_id": "ex_002", "output": None, "error": "boom"},
        ]
        assert expected == frames.to_records(frame)

    def test_an_annotation_is_shown_among_the_evaluations(self):
        """An annotation without an evaluator of its name appears under evaluations too, and is read back
        once.
        """
        table = frames.table_from_records(
            [
                {
                    "id": "1",
                    "output": "x",
                    "annotation.q.label": "ok",
                    "annotation.q.text": "fine",
                    "eval.c.score": 1.0,
                }
            ]
        )
        (record,) = frames.nested_records(table, "run")

        assert {"c": {"score": 1.0}, "q": {"label": "ok", "explanation": "fine"}} == record["evaluations"]
        assert [{"name": "q", "label": "ok", "text": "fine"}] == record["annotations"]
        assert table.equals(frames.table_from_records([record]))

    def test_an_evaluation_without_content_keeps_flat_names(self):
        """Metadata of an evaluator that gave nothing is not nested: an upload would refuse such an
        evaluation.
        """
        table = frames.table_from_records(
            [
                {"id": "1", "output": "x", "eval.c.metadata.k": 1},
                {"id": "2", "output": "x", "eval.c.score": 1.0},
            ]
        )
        first, second = frames.nested_records(table, "run")

        assert {"id": "1", "output": "x", "eval.c.metadata.k": 1} == first
        assert {"c": {"score": 1.0}} == second["evaluations"]

    @given(
        rows=st.lists(
            st.fixed_dictionaries(
                {"id": st.uuids().map(str), "output": TEXT},
                optional={
                    "eval.a.b.score": st.floats(allow_nan=False, allow_infinity=False),
                    "eval.a.b.label": TEXT,
                    "eval.a.b.metadata.x": st.integers(-5, 5),
                    "annotation.q.label": TEXT,
                    "metadata.m": TEXT,
                    "metadata.m.n": st.booleans(),
                    "free": st.integers(-(2**63), 2**63 - 1),
                },
            ),
            min_size=1,
            max_size=5,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_there_and_back(self, rows):
        """Reading the nested records of a table gives the table again, through JSON too."""
        table = frames.table_from_records(rows)
        back = frames.table_from_records(json.loads(json.dumps(list(frames.nested_records(table, "run")))))

        assert table.to_pylist() == back.select(table.column_names).to_pylist()
        assert set(table.column_names) == set(back.column_names)


class TestUploads:
    def test_a_frame_of_all_dtypes(self):
        """NumPy, nullable, categorical, time and Arrow columns of a DataFrame end as plain values."""
        frame = pd.DataFrame(
            {
                "output": ["a", "b"],
                "aware": pd.to_datetime(["2026-01-01T01:00:00+01:00", None], utc=True),
                "naive": pd.to_datetime(["2026-01-01T01:02:03.5", None]),
                "took": pd.to_timedelta([1.5, 2], unit="s"),
                "kind": pd.Categorical(["x", None]),
                "count": pd.array([1, None], dtype="Int64"),
                "flag": pd.array([True, None], dtype="boolean"),
                "single": np.array([1.5, np.nan], dtype="float32"),
                "huge": np.array([1, 2**64 - 1], dtype="uint64"),
                "arrow": pd.array([1.5, None], dtype=pd.ArrowDtype(pa.float64())),
                "days": [dt.date(2026, 1, 1), pd.NaT],
                "price": [Decimal("1.25"), None],
                "objects": [{"a": np.int64(3)}, [np.float64("nan")]],
            },
            index=[7, 7],
        )
        table = frames.from_input(frame, "run")

        expected = {
            "output": ["a", "b"],
            "aware": ["2026-01-01T00:00:00Z", None],
            "naive": ["2026-01-01T01:02:03.500000", None],
            "took": [1.5, 2.0],
            "kind": ["x", None],
            "count": [1, None],
            "flag": [True, None],
            "single": [1.5, None],
            "huge": ["1", str(2**64 - 1)],
            "arrow": [1.5, None],
            "days": ["2026-01-01", None],
            "price": [1.25, None],
            "objects": ['{"a":3}', "[null]"],
        }
        assert expected == {name: column(table, name) for name in expected}

    def test_ids_that_are_whole_numbers_become_text(self):
        """Integer ids are safe to write as text."""
        for source in (
            [{"output": "x", "example_id": 7}],
            pd.DataFrame({"output": ["x"], "example_id": [7]}),
        ):
            assert ["7"] == column(frames.from_input(source, "run"), "example_id")

    def test_a_named_index_is_a_column(self):
        """Ids that somebody made the index are found; a nameless index is left out."""
        frame = pd.DataFrame({"example_id": ["e1", "e2"], "output": ["x", "y"]})

        assert ["e1", "e2"] == column(frames.from_input(frame.set_index("example_id"), "run"), "example_id")
        assert ["id", "example_id", "output", "error"] == frames.from_input(
            frame.iloc[::-1], "run"
        ).column_names

    @pytest.mark.parametrize(
        ("source", "message", "record"),
        [
            ([{"example_id": "e"}], "the column 'output' is missing", None),
            (
                pd.DataFrame({"answer": ["a"]}),
                r"the column 'output' is missing: .* \(columns: answer\)",
                None,
            ),
            (
                [{"output": "x", "example_id": "e"}, {"output": None, "example_id": "f"}],
                "1 of 2 runs have neither an output nor an error",
                1,
            ),
            ([{"output": "x"}], "the column 'example_id' is missing", None),
            (
                [{"output": "x", "example_id": "e"}, {"output": "x"}],
                "column 'example_id' is empty in 1 of 2 records, first in record 1",
                1,
            ),
            ([{"output": "x", "example_id": 1.5}], "an id must be text, not the float 1.5", 0),
            (
                pd.DataFrame({"output": ["x"], "example_id": [1.0]}),
                "column 'example_id' must hold text ids",
                None,
            ),
            (
                [{"output": "x", "example_id": "e", "evaluations": {"c": {}}}],
                r"evaluation 'c' has none of score, label, explanation \(run 0, e\)",
                0,
            ),
            (
                [{"output": "x", "example_id": "e", "evaluations": {"c": 1}}],
                "evaluation 'c' must be an object",
                0,
            ),
            ([{"output": "x", "example_id": "e", "evaluations": "none"}], "evaluations must be an object", 0),
            (
                [
                    {"output": "x", "example_id": "e"},
                    {"output": "y", "example_id": "f", "eval.c.score": "high"},
                ],
                "'high' in record 1",
                1,
            ),
            (
                [{"output": "x", "example_id": "e", "blob": b"1"}],
                "column 'blob', record 0: a bytes cannot be written as JSON",
                0,
            ),
            ([{"output": "x", "example_id": "e", "t": "\ud800"}], "not valid Unicode", 0),
            (
                pd.DataFrame([["a", "b"]], columns=["output", "output"]),
                "two columns are named 'output'",
                None,
            ),
            (pd.DataFrame({"output": ["a"], 3: ["b"]}), "the column name 3 is not text", None),
            ([{"output": "a", "example_id": "e", 3: "b"}], "the column name 3 is not text", None),
        ],
    )
    def test_refused(self, source, message, record):
        """What cannot be meant is refused, naming column and record."""
        with pytest.raises(ColumnError, match=message) as caught:
            frames.from_input(source, "run", needs_example_id=True)
        assert record == caught.value.record
        assert 4 == caught.value.exit_status

    @pytest.mark.parametrize(
        ("source", "kind", "message"),
        [
            ([], "run", "there are no runs to send"),
            (pd.DataFrame({"output": []}), "run", "there are no runs to send"),
            ({"output": "x"}, "run", "a dict is neither a DataFrame nor a list of dicts"),
            (object(), "run", "an object is neither a DataFrame nor a list of dicts"),
            ("runs.csv", "run", "a str is neither"),
            ([["x"]], "run", "record 0 is a list, not a dict"),
            ([{"id": "e"}], "example", "no columns of their own"),
        ],
    )
    def test_not_rows(self, source, kind, message):
        """An object that holds no rows is refused with what to give instead."""
        with pytest.raises(InputError, match=message):
            frames.from_input(source, kind)

    def test_a_failed_run_is_accepted(self):
        """A run with an error needs no output: REST gets an empty text beside the error, Flight a null."""
        table = frames.from_input([{"example_id": "e", "output": None, "error": "boom"}], "run")

        assert [{"example_id": "e", "output": "", "error": "boom"}] == frames.wire_records(table, "run")
        assert [{"example_id": "e", "output": None, "error": "boom"}] == frames.wire_table(
            table, "run"
        ).to_pylist()

    def test_the_services_own_columns_are_not_sent(self):
        """Run ids, annotations and columns that only the contract added stay behind."""
        table = frames.from_input(
            [{"id": "r", "output": "x", "annotation.q.label": "ok", "eval.c.score": 1, "note": None}], "run"
        )

        assert [{"output": "x", "eval.c.score": 1.0, "note": None}] == frames.wire_records(table, "run")
        assert ["output", "eval.c.score", "note"] == frames.wire_table(table, "run").column_names

    def test_an_evaluator_that_gave_nothing_is_still_known(self):
        """An evaluator without any value keeps its score column over either transport."""
        table = frames.from_input(
            [{"output": "x", "eval.c.score": None, "eval.d.label": "ok", "eval.d.metadata.k": None}], "run"
        )

        assert [
            {"output": "x", "eval.c.score": None, "eval.d.label": "ok", "eval.d.metadata.k": None}
        ] == frames.wire_records(table, "run")
        assert ["output", "eval.c.score", "eval.d.label", "eval.d.metadata.k"] == frames.wire_table(
            table, "run"
        ).column_names

    def test_some_rows(self):
        """A request carries the rows from start to stop."""
        table = frames.from_input([{"output": str(index)} for index in range(5)], "run")

        assert [{"output": "1"}, {"output": "2"}] == frames.wire_records(table, "run", 1, 3)

    def test_rows_stay_in_the_callers_order(self):
        """An upload is not sorted: receipts name ids in input order."""
        assert ["b", "a"] == column(
            frames.from_input([{"id": "b", "output": "1"}, {"id": "a", "output": "2"}], "run"), "id"
        )


FLAT = [
    {"record_id": "r1", "name": "q", "score": 0.5, "label": None},
    {"record_id": "r1", "name": "z", "label": "ok", "text": ""},
]
NESTED = [{"record_id": "r1", "values": [{"name": "q", "score": 0.5}, {"name": "z", "label": "ok"}]}]


class TestAnnotationRecords:
    @pytest.mark.parametrize(
        "source",
        [
            FLAT,
            pd.DataFrame(FLAT),
            pa.Table.from_pylist(
                FLAT,
                pa.schema(
                    {
                        "record_id": pa.string(),
                        "name": pa.string(),
                        "score": pa.float64(),
                        "label": pa.string(),
                    }
                ),
            ),
            NESTED,
            [{"record_id": "r1", "values": json.dumps(NESTED[0]["values"])}],
            pd.DataFrame({"id": ["r1"], "annotation.q.score": [0.5], "annotation.z.label": ["ok"]}),
        ],
        ids=["flat", "frame", "arrow", "nested", "json cell", "columns"],
    )
    def test_every_form(self, source):
        """Nested records, a row each, and columns of a run frame give the same request."""
        assert NESTED == frames.annotation_records(source)

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ([], "there are no annotations"),
            (["x"], "annotation 0 is a str"),
            ([{"name": "q", "score": 1}], "a record_id is missing"),
            ([{"record_id": 1.5, "name": "q", "score": 1}], "a record_id must be text"),
            ([{"record_id": "r", "name": "", "score": 1}], "an annotation has no name"),
            ([{"record_id": "r", "name": "q"}], "none of score, label, text"),
            (
                [{"record_id": "r", "name": "q", "score": "high"}],
                r"column 'annotation.q.score' must hold a number: 'high' in record 0",
            ),
            ([{"record_id": "r", "values": []}], "values must be a list"),
            ([{"record_id": "r", "label": "x"}], "neither values nor a name"),
            ([{"record_id": "r", "name": "q", "score": 1}] * 2, "record 'r' has two annotations named 'q'"),
        ],
    )
    def test_refused(self, source, message):
        """Annotations that cannot be meant are refused with the row."""
        with pytest.raises(InputError, match=message):
            frames.annotation_records(source)


class TestPages:
    def test_a_page_of_resources(self):
        """A page becomes a frame with the name first, lists counted, and the cursor in attrs."""
        version = DatasetVersion(id="v", created_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
        frame = Page(
            items=(Dataset(id="d", name="qa", versions=(version,)),), next_cursor="c", kind="datasets"
        ).to_frame()

        assert ["name", "id", "space_id", "created_at", "updated_at", "num_versions"] == list(frame.columns)
        assert {"next_cursor": "c"} == frame.attrs
        assert 1 == frame["num_versions"][0]

    def test_a_page_of_runs(self):
        """A page of runs becomes a run frame; the last page carries no cursor."""
        frame = Page(
            items=({"id": "1", "output": "x", "metadata": {"model": "m"}},), kind="experiment_runs"
        ).to_frame()

        assert ["id", "example_id", "output", "error", "metadata.model"] == list(frame.columns)
        assert {} == frame.attrs
